"""What docs/new-network.md shows is a network that passes its own wire cases, in both languages of the page."""

import re
import types
from pathlib import Path

import pytest
import yaml

from affiliate.integrations import registry, wire
from affiliate.integrations.base import Integration
from tests.integrations import cases

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ["new-network.md", "new-network.ru.md"]


def shown(page: str, language: str) -> str:
    [block] = re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    return block


@pytest.fixture
def acme(request, monkeypatch):
    """The page's wire cases, with its module registered."""
    module = types.ModuleType("acme")
    exec(shown(request.param, "python"), vars(module))
    [integration] = [
        one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Integration) and one.slug
    ]
    monkeypatch.setitem(registry.integrations(), integration.slug, integration)
    return yaml.safe_load(shown(request.param, "yaml"))


def run(file: dict, kind: str, **more) -> dict:
    return wire.run(
        kind, {"network": "acme", "credentials": file["credentials"], "parameters": file["parameters"], **more}
    )


@pytest.mark.parametrize("acme", PAGES, indirect=True)
def test_the_module_sends_and_reads_what_the_cases_say(acme):
    good = next(case["answers"] for case in acme["push"] if case["outcome"]["kind"] == "accepted")
    for name, [wanted] in acme["requests"].items():
        [sent] = run(acme, "push", lead=cases.LEADS[name], answers=good)["requests"]
        assert sent["body"] == wanted["body"]
    for case in acme["push"]:
        outcome = run(acme, "push", lead=cases.PLAIN, answers=case["answers"])["outcome"]
        assert outcome | case["outcome"] == outcome
    for case in acme["poll"]:
        reports = run(acme, "poll", leads=case["leads"], answers=case["answers"])["reports"]
        assert [report | wanted for report, wanted in zip(reports, case["reports"], strict=True)] == reports
