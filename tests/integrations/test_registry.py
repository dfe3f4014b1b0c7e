"""A file that breaks the contract stops the start, and is named."""

import importlib
import sys

import pytest

from affiliate.integrations import registry

GOOD = """
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.vocabulary import Evidence, Status

class Acme(Integration):
    slug, title = "acme", "Acme"
    evidence = Evidence.CLIENT_CODE
    api = Credential("token.")
    offer = Parameter("offer ID.")
    tails = [Tail("Global", "&oid={sub1}")]
    statuses = {"ok": Status.APPROVE}

    def push(self, lead):
        yield
"""


@pytest.fixture
def found(tmp_path, monkeypatch):
    """A function: files by name in, the registry's networks out, with these files for the folder of networks."""
    package = f"networks_of_{tmp_path.name}".replace("-", "_")
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def walk(**files):
        for name, text in files.items():
            (tmp_path / package / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(registry, "networks_folder", importlib.import_module(package))
        monkeypatch.setattr(registry, "integrations", registry.integrations.__wrapped__)
        return registry.networks()

    yield walk
    for name in [name for name in sys.modules if name.startswith(package)]:
        del sys.modules[name]


def test_a_file_in_the_folder_is_a_network(found):
    networks = found(acme=GOOD, other=GOOD.replace('"acme"', '"other"'))
    assert list(networks) == ["acme", "other"]
    assert registry.get("acme") is networks["acme"]


def test_an_unknown_slug_is_told(found):
    found(acme=GOOD)
    with pytest.raises(registry.UnknownIntegration, match="nope"):
        registry.get("nope")


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (GOOD.replace('"acme"', '"acne"'), "slug 'acne' differs from the file's name 'acme'"),
        (GOOD.replace('"Acme"', '""'), "title is empty"),
        ("", "exactly one Integration with a slug, found 0"),
        (GOOD + GOOD.replace("Acme(", "Second("), "exactly one Integration with a slug, found 2"),
        (GOOD.replace("api =", "token ="), "credential token is not one of api, user, owner, key, secret, flow"),
        (GOOD.replace("def push", "def other"), "push is missing"),
        (GOOD + "    def poll(self, leads):\n        yield\n", "poll is there but poll_batch is 0"),
        (GOOD.replace("Status.APPROVE", '"paid"'), "statuses map to Status values"),
        (GOOD.replace('Tail("Global", "&oid={sub1}")', '"&oid={sub1}"'), "tails hold Tail values"),
        (GOOD.replace("Evidence.CLIENT_CODE", '"seen"'), "evidence is not an Evidence"),
        (GOOD.replace("offer =", "report ="), "parameter report hides a name of Integration"),
        (GOOD.replace('Parameter("offer ID.")', "Parameter()"), "parameter offer has no help"),
        ("import no_such_module_at_all", "cannot be imported"),
        ("def (", "cannot be imported"),
    ],
)
def test_a_broken_file_is_named_with_the_rule(found, broken, rule):
    with pytest.raises(registry.RegistryError) as error:
        found(acme=broken)
    assert ".acme: " in str(error.value)
    assert rule in str(error.value)


def test_networks_are_among_the_integrations():
    assert {"drcash", "adcombo", "webvork"} <= set(registry.networks())
    assert set(registry.networks()) <= set(registry.integrations())
