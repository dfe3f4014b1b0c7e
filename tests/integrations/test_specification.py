"""Every network asks and says what the specification lays down, to the letter of its Russian texts."""

import io
import json
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.utils import translation

from affiliate.integrations import registry

TABLE = yaml.safe_load((Path(__file__).resolve().parent.parent / "specification.yaml").read_text(encoding="utf-8"))
OPTIONAL = ("необязательный", "если требуется")

of_each_network = pytest.mark.parametrize("slug", sorted(TABLE))


@cache
def listed() -> dict[str, dict]:
    """What `manage.py networks --json` prints, by slug."""
    printed = io.StringIO()
    call_command("networks", "--json", stdout=printed)
    return {network["slug"]: network for network in json.loads(printed.getvalue())}


def test_every_network_of_the_specification_is_there():
    assert len(TABLE) == 48
    assert TABLE.keys() <= registry.networks().keys()


def test_the_command_lists_the_networks_of_the_registry():
    assert sorted(listed()) == sorted(registry.networks())


@of_each_network
def test_name_and_site(slug):
    wanted = TABLE[slug]
    site = f"https://{wanted['site']}" if wanted["site"] else ""
    assert (listed()[slug]["title"], listed()[slug]["site"]) == (wanted["name"], site)


@of_each_network
def test_credentials_with_their_russian_labels_and_help(slug):
    asked = [(one["name"], one["label_ru"], one["help_ru"]) for one in listed()[slug]["credentials"]]
    wanted = TABLE[slug]["credentials"]
    assert asked == [(name, one["label_ru"], one["help_ru"]) for name, one in wanted.items()]


@of_each_network
def test_every_credential_is_required(slug):
    assert all(one["required"] for one in listed()[slug]["credentials"])


@of_each_network
def test_parameters_with_their_russian_help(slug):
    asked = [(one["name"], one["help_ru"]) for one in listed()[slug]["parameters"]]
    assert asked == [(name, one["help_ru"]) for name, one in TABLE[slug]["parameters"].items()]


@of_each_network
def test_a_parameter_is_required_unless_its_help_says_otherwise(slug):
    for one in listed()[slug]["parameters"]:
        assert one["required"] != any(word in one["help_ru"] for word in OPTIONAL), one["name"]


@of_each_network
def test_tails_with_their_russian_events(slug):
    said = [(one["event_ru"], one["tail"]) for one in listed()[slug]["tails"]]
    assert said == [(one["event_ru"], one["tail"]) for one in TABLE[slug].get("tails", [])]


@of_each_network
def test_what_introduces_the_tails(slug):
    assert listed()[slug]["tails_intro_ru"] == TABLE[slug].get("tails_intro_ru", "")


@of_each_network
def test_instructions(slug):
    assert listed()[slug]["instructions_ru"] == TABLE[slug].get("instructions_ru", "")


@of_each_network
def test_the_postback_field_by_field(slug):
    said = {one["field_ru"]: one["value"] for one in listed()[slug]["postback_fields"]}
    assert list(said.items()) == list(TABLE[slug].get("postback_fields", {}).items())


@pytest.mark.parametrize("slug", [slug for slug in sorted(TABLE) if "notes_ru" in TABLE[slug]])
def test_notes(slug):
    assert [one["note_ru"] for one in listed()[slug]["notes"]] == TABLE[slug]["notes_ru"]


@of_each_network
def test_the_declaration_itself_speaks_russian(slug):
    wanted, integration = TABLE[slug], registry.get(slug)
    with translation.override("ru"):
        said = {
            "credentials": {
                name: {"label_ru": one.label, "help_ru": str(one.help)}
                for name, one in integration.credentials().items()
            },
            "parameters": {name: str(one.help) for name, one in integration.parameters().items()},
            "tails": [(str(one.event), one.tail) for one in integration.tails],
            "instructions": str(integration.instructions),
        }
    assert said == {
        "credentials": wanted["credentials"],
        "parameters": {name: one["help_ru"] for name, one in wanted["parameters"].items()},
        "tails": [(one["event_ru"], one["tail"]) for one in wanted.get("tails", [])],
        "instructions": wanted.get("instructions_ru", ""),
    }
