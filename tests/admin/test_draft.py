"""The editor of a protocol's description: what is wrong is told with its line, what is right shows its request."""

import pytest

from affiliate.admin.description_field import EXAMPLE
from affiliate.integrations import description, registry

DRAFT = "/admin/affiliate/network/draft/"
SECRET = "SECRET-draft-0001"


def asked(client, text, **more):
    values = {"integration": "template", "base_url": "https://n.example", "description": text, "answer": "", "code": ""}
    return client.post(DRAFT, values | more)


def html_of(*args, **more) -> str:
    return asked(*args, **more).json()["html"]


def test_the_example_is_right_and_shows_its_request(admin_client):
    assert description.validate(description.load(EXAMPLE), registry.get("template")) == []
    html = html_of(admin_client, EXAMPLE)
    assert "the description is right" in html and "https://n.example/api/lead" in html and "+40712034567" in html


@pytest.mark.parametrize(
    ("answer", "code", "read"),
    [('{"status":"ok","id":"77"}', "200", "eid"), ('{"error":"wrong phone"}', "422", "wrong phone")],
)
def test_an_answer_from_the_document_is_read_by_the_rules(admin_client, answer, code, read):
    assert read in html_of(admin_client, EXAMPLE, answer=answer, code=code)


def test_a_problem_has_its_line_and_its_place(admin_client):
    html = html_of(admin_client, EXAMPLE.replace("encoding: json", "encoding: morse"))
    assert "line 4" in html and "push.encoding" in html


def test_what_cannot_be_read_at_all_has_its_line(admin_client):
    assert "Line 2" in html_of(admin_client, "push:\n  url: 'x")


def test_nothing_typed_yet_names_the_first_step(admin_client):
    assert "Begin with the example" in html_of(admin_client, "")


@pytest.mark.parametrize("wrong", [{"integration": "nobody"}, {"code": "99"}, {"description": "x" * 70_000}])
def test_values_that_make_no_sense_are_no_crash(admin_client, wrong):
    assert "hub-bad" in asked(admin_client, EXAMPLE, **wrong).json()["html"]


def test_no_stored_secret_takes_part(admin_client, network):
    network.credentials = {"api": SECRET}
    network.save()
    text = EXAMPLE.replace("{lead.ip}", "{api|upper}")
    assert SECRET not in html_of(admin_client, text) and SECRET.upper() not in html_of(admin_client, text)


def test_only_who_sets_networks_up_may_ask_and_only_by_post(client_with, admin_client):
    assert asked(client_with("network.view"), EXAMPLE).status_code == 403
    assert asked(client_with("network.add"), EXAMPLE).status_code == 200
    assert admin_client.get(DRAFT).status_code == 405


def test_the_form_of_a_described_network_has_the_editor_and_others_do_not(admin_client):
    add = "/admin/affiliate/network/add/?integration="
    assert f'data-draft="{DRAFT}"' in admin_client.get(f"{add}template").content.decode()
    assert "data-draft" not in admin_client.get(f"{add}limonad").content.decode()
