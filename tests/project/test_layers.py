"""What import-linter cannot say: it knows other packages only as a whole."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted((ROOT / "affiliate" / "integrations").rglob("*.py"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_integrations_take_only_texts_from_django(path):
    assert {name for name in imported(path) if name.startswith("django")} <= {
        "django.utils.translation",
        "django.utils.text",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_integrations_open_nothing(path):
    assert not imported(path) & {"socket", "http.client", "urllib.request", "subprocess", "os", "pathlib"}


def test_the_vocabulary_is_standard_library_only():
    assert imported(ROOT / "affiliate" / "vocabulary.py") == {"enum"}
