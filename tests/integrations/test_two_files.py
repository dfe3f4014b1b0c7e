"""A network is two files: its module and its wire cases. No other code knows its name."""

import ast
import re
from pathlib import Path

import pytest

from affiliate.integrations import registry

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = ROOT / "affiliate" / "integrations" / "networks"
SLUGS = sorted(registry.networks())
NAMES = re.compile(rf"(?<![\w-])({'|'.join(SLUGS)})(?![\w-])")


def names_in(path: Path) -> set[str]:
    """The slugs that stand as a word in a text of the code, docstrings apart, or in an import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            found |= set(NAMES.findall(node.value))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("affiliate.integrations.networks"):
            found |= {node.module.rpartition(".")[2], *(alias.name for alias in node.names)} & set(SLUGS)
        elif isinstance(node, ast.Import):
            found |= {alias.name.rpartition(".")[2] for alias in node.names if ".networks." in alias.name} & set(SLUGS)
    return found


def code() -> list[Path]:
    everything = [path for folder in ("affiliate", "project") for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in everything if "migrations" not in path.parts]


@pytest.mark.parametrize("path", code(), ids=lambda path: str(path.relative_to(ROOT)))
def test_code_names_no_network_but_its_own(path):
    own = {path.stem} if path.parent == NETWORKS else set()
    assert names_in(path) - own == set()


def test_templates_name_no_network():
    quoted = re.compile(rf"""["']({"|".join(SLUGS)})["']""")
    templates = sorted((ROOT / "templates").rglob("*.html"))
    assert {path.name: names for path in templates if (names := quoted.findall(path.read_text("utf-8")))} == {}


@pytest.mark.parametrize("slug", SLUGS)
def test_both_files_are_there(slug):
    assert (NETWORKS / f"{slug}.py").is_file()
    assert (ROOT / "tests" / "networks" / f"{slug}.yaml").is_file()


def test_the_rule_sees_a_name(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        f'"""{SLUGS[0]} in a docstring is no code."""\n'
        f"from affiliate.integrations.networks import {SLUGS[1]}\n"
        f'if slug == "{SLUGS[2]}" or host == "api.{SLUGS[3]}.com" or word == "x{SLUGS[4]}":\n    pass\n'
    )
    assert names_in(path) == {SLUGS[1], SLUGS[2], SLUGS[3]}
