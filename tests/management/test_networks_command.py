import io
import json
import sys

import pytest
from django.core.management import call_command

from affiliate.integrations import registry


def listed(capsys, *options):
    call_command("networks", "--json", *options)
    return {one["slug"]: one for one in json.loads(capsys.readouterr().out)}


def test_every_network_of_the_specification_is_listed(capsys):
    assert list(listed(capsys)) == sorted(registry.networks())


def test_all_adds_the_general_integrations(capsys):
    assert list(listed(capsys, "--all")) == sorted(registry.integrations())


def test_a_network_with_its_settings(capsys):
    one = listed(capsys)["terraleads"]
    assert (one["title"], one["site"], one["evidence"]) == ("TerraLeads", "https://terraleads.com", "client-code")
    assert [(value["name"], value["label"], value["required"], value["secret"]) for value in one["credentials"]] == [
        ("user", "User", True, False),
        ("api", "API", True, True),
    ]
    assert [(value["name"], value["label"], value["help"], value["required"]) for value in one["parameters"]] == [
        ("terra", "Offer ID", "offer ID.", True)
    ]
    assert one["push"] is True
    assert one["poll"] == {"batch": 1}
    assert one["tails"] == []
    assert one["statuses"]["expect"] == "hold"


def test_a_network_whose_protocol_is_not_published_is_described(capsys):
    one = listed(capsys)["apileads"]
    assert (one["push"], one["described"], one["poll"]) == (False, True, None)


def test_a_network_with_postbacks(capsys):
    one = listed(capsys)["leadrock"]
    assert one["poll"] is None
    assert [(tail["event"], tail["tail"]) for tail in one["tails"]] == [
        ("Conversion", None),
        ("Approval", "&oid={sub1}&status=approve"),
        ("Rejection", "&oid={sub1}&status=cancel"),
        ("Trash", "&oid={sub1}&status=trash"),
    ]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_english_and_russian_stand_side_by_side_whatever_the_language(capsys, settings, language):
    settings.LANGUAGE_CODE = language
    one = listed(capsys)["terraleads"]
    assert (one["credentials"][0]["label"], one["credentials"][0]["label_ru"]) == ("User", "Пользователь")
    assert one["parameters"][0]["help_ru"] == "идентификатор оффера."
    event = listed(capsys)["leadrock"]["tails"][1]
    assert (event["event"], event["event_ru"]) == ("Approval", "Одобрение")


def test_russian_is_printed_on_a_terminal_of_another_encoding(monkeypatch):
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="latin-1"))
    call_command("networks", "--json")
    sys.stdout.flush()
    assert "Пользователь" in printed.getvalue().decode("utf-8")


def test_the_table_has_a_line_for_each_network(capsys):
    call_command("networks")
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["slug", "title", "evidence", "push", "poll", "tails", "credentials", "parameters"]
    assert [line.split()[0] for line in lines] == sorted(registry.networks())
    assert next(line for line in lines if line.startswith("terraleads")).split()[-3:] == ["user,", "api", "terra"]
