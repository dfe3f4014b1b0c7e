"""`manage.py wire`: JSON in, JSON out, no socket; code 2 and a reason for what cannot be run."""

import io
import json
import socket
import sys

import pytest
from django.core.management import CommandError, call_command

from affiliate.integrations import registry

PUSH = {
    "network": "terraleads",
    "credentials": {"user": "38950", "api": "TOKEN-terraleads-0001"},
    "parameters": {"terra": "1234"},
    "lead": {"oid": "A1", "name": "Ольга", "phone": "+380501234567", "country": "UA"},
}
ACCEPTED = {"status": 200, "headers": {}, "body": '{"status":"ok","data":{"id":5,"status":"accept"}}'}
POLL = {key: PUSH[key] for key in ("network", "credentials", "parameters")} | {"leads": [{"oid": "A1", "eid": "5"}]}


@pytest.fixture
def run(monkeypatch, capsys):
    """A function: standard input in; what was printed and the reason of a refusal out."""

    def no_socket(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)

    def command(kind, given):
        data = given if isinstance(given, bytes) else (given if isinstance(given, str) else json.dumps(given)).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        reason = ""
        try:
            call_command("wire", kind)
        except CommandError as error:
            assert error.returncode == 2
            reason = str(error)
        return capsys.readouterr().out, reason

    return command


def test_a_push_that_awaits_its_answer(run):
    printed, reason = run("push", PUSH)
    shown = json.loads(printed)
    assert reason == ""
    assert shown["outcome"] is None
    (request,) = shown["requests"]
    assert list(request) == ["method", "url", "query", "headers", "format", "body", "raw"]
    assert (request["method"], request["url"]) == ("POST", "https://t-api.org/api/lead/create")
    assert [name for name, _sum in request["query"]] == ["check_sum"]
    assert request["headers"] == {"Content-Type": "application/json"}
    assert request["format"] == "json"
    assert request["body"]["data"]["name"] == "Ольга"
    assert json.loads(request["raw"]) == request["body"]


def test_a_push_with_its_answer(run):
    printed, _reason = run("push", PUSH | {"answers": [ACCEPTED]})
    assert json.loads(printed)["outcome"] == {
        "kind": "accepted",
        "eid": "5",
        "status": "wait",
        "reason": None,
        "after": None,
    }


def test_an_outcome_that_says_when_to_come_back(run):
    printed, _reason = run("push", PUSH | {"answers": [{"status": 429, "headers": {"Retry-After": "7"}, "body": ""}]})
    assert json.loads(printed)["outcome"] == {
        "kind": "postponed",
        "eid": None,
        "status": None,
        "reason": "HTTP 429",
        "after": 7,
    }


@pytest.mark.parametrize(("error", "kind"), [("timeout", "unclear"), ("connect", "postponed")])
def test_an_answer_that_never_came(run, error, kind):
    printed, _reason = run("push", PUSH | {"answers": [{"error": error}]})
    assert json.loads(printed)["outcome"]["kind"] == kind


def test_a_form_is_shown_as_pairs_and_as_text(run):
    case = {"network": "everad", "parameters": {"everad": "1"}, "lead": {"phone": "+1", "name": "A b"}}
    (request,) = json.loads(run("push", case)[0])["requests"]
    assert request["body"][:2] == [["campaign_id", "1"], ["name", "A b"]]
    assert request["raw"].startswith("campaign_id=1&name=A+b&phone=%2B1")


def test_a_request_without_a_body(run):
    case = {"network": "adcombo", "credentials": {"api": "T"}, "parameters": {"adcombo": "1"}, "lead": {"phone": "+1"}}
    (request,) = json.loads(run("push", case)[0])["requests"]
    assert (request["format"], request["body"], request["raw"]) == ("none", None, None)
    assert ["phone", "+1"] in request["query"]


def test_a_poll_shows_what_it_learned(run):
    answer = {"status": 200, "body": '{"status":"ok","data":{"id":5,"status":"confirm","comment":"sold"}}'}
    shown = json.loads(run("poll", POLL | {"answers": [answer]})[0])
    assert len(shown["requests"]) == 1
    assert shown["outcome"]["kind"] == "accepted"
    assert shown["reports"] == [
        {
            "oid": "A1",
            "eid": "5",
            "status": "approve",
            "raw_status": "confirm",
            "comment": "sold",
            "payout": None,
            "currency": "",
        }
    ]


def test_a_poll_by_dates_needs_no_more_than_both_ids(run):
    case = {"network": "adcombo", "credentials": {"api": "T"}, "leads": [{"oid": "A1", "eid": "5"}]}
    body = '{"data":[{"order_id":5,"status":"confirmed","price":"12.00"}]}'
    shown = json.loads(run("poll", case | {"answers": [{"status": 200, "headers": {}, "body": body}]})[0])
    assert shown["reports"][0]["status"] == "approve"
    assert (shown["reports"][0]["payout"], shown["reports"][0]["currency"]) == ("12.00", "USD")


def test_a_body_may_be_given_as_json(run):
    answer = {"status": 200, "body": {"status": "ok", "data": {"id": 5}}}
    assert json.loads(run("push", PUSH | {"answers": [answer]})[0])["outcome"]["eid"] == "5"


def test_a_network_without_an_address_of_its_own_asks_for_one(run, monkeypatch):
    network = registry.get(PUSH["network"])
    monkeypatch.setattr(network, "base_url", "")
    monkeypatch.setattr(network, "needs_base_url", True)
    assert run("push", PUSH)[1].startswith("base_url: terraleads has no address of its own; give the one")
    (request,) = json.loads(run("push", PUSH | {"base_url": "https://crm.example/"})[0])["requests"]
    assert request["url"] == "https://crm.example/api/lead/create"


def test_one_line_in_one_line_out(run):
    lines = [PUSH, PUSH | {"answers": [ACCEPTED]}]
    printed, reason = run("push", "\n".join(map(json.dumps, lines)) + "\n\n")
    assert [json.loads(line)["outcome"] is None for line in printed.splitlines()] == [True, False]
    assert reason == ""


def test_a_bad_line_costs_its_own_line_only(run):
    printed, reason = run("push", f"{json.dumps(PUSH)}\nnot json\n[]\n{json.dumps(PUSH)}\n")
    shown = [json.loads(line) for line in printed.splitlines()]
    assert ["requests" in one for one in shown] == [True, False, False, True]
    assert set(shown[1]) == {"error"}
    assert reason.splitlines()[0].startswith("line 2: standard input: not JSON")
    assert reason.splitlines()[1].startswith("line 3: the case: expected an object")


def test_a_case_over_several_lines_is_answered_over_several_lines(run):
    printed, _reason = run("push", json.dumps(PUSH, indent=2))
    assert printed.startswith('{\n  "requests": [\n')
    assert "Ольга" in printed


def test_a_byte_order_mark_is_no_harm(run):
    assert run("push", b"\xef\xbb\xbf" + json.dumps(PUSH).encode())[1] == ""


def changed(case, path, value):
    case = json.loads(json.dumps(case))
    *parents, last = path.split(".")
    place = case
    for name in parents:
        place = place[name]
    place[last] = value
    return case


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("network", "nope", "network: no network has the slug 'nope'; `manage.py networks` lists them"),
        ("network", None, "network: give the slug"),
        ("network", 5, "network: give the slug"),
        ("shop", "x", "shop: unknown key; known keys: "),
        ("leads", [], "leads: unknown key"),
        ("credentials", [], "credentials: expected an object"),
        ("credentials.key", "x", "credentials.key: not declared by this network; declared: user, api"),
        ("credentials.user", "", "credentials.user: This value is required. (user ID)"),
        ("credentials.user", ["x"], "credentials.user: expected text"),
        ("credentials.user", "a\nb", "credentials.user: Remove line breaks"),
        ("parameters", None, "parameters: expected an object"),
        ("parameters", {}, "parameters.terra: This value is required. (offer ID)"),
        ("parameters.terra", True, "parameters.terra: expected text"),
        ("base_url", "ftp://x", "base_url: expected an address such as https://api.example.com"),
        ("base_url", "https://[", "base_url: expected an address"),
        ("lead", "x", "lead: expected an object"),
        ("lead", {}, "lead.phone: missing"),
        ("lead.phone", " ", "lead.phone: missing"),
        ("lead.phone", None, "lead.phone: missing"),
        ("lead.phone", ["+1"], "lead.phone: expected text"),
        ("lead.surname", "x", "lead.surname: unknown field; known fields: "),
        ("lead.eid", "5", "lead.eid: not known before the lead was sent"),
        ("lead.name", {"first": "x"}, "lead.name: expected text"),
        ("lead.name", "half \ud800", "lead.name: holds half of a character"),
        ("lead.price", "much", "lead.price: expected a number"),
        ("lead.price", "1e999999999", "lead.price: expected a number"),
        ("lead.price", -1, "lead.price: expected a number"),
        ("lead.quantity", 1.5, "lead.quantity: expected a whole number"),
        ("lead.quantity", 0, "lead.quantity: expected a whole number"),
        ("lead.created_at", "yesterday", "lead.created_at: expected an ISO 8601 moment"),
        ("lead.created_at", "0001-01-01", "lead.created_at: expected an ISO 8601 moment"),
        ("answers", {}, "answers: expected a list"),
        ("answers", ["ok"], "answers.0: expected an object"),
        ("answers", [{}], "answers.0: empty; give "),
        ("answers", [ACCEPTED, {"status": "ok"}], "answers.1.status: expected an HTTP code"),
        ("answers", [{"status": True}], "answers.0.status: expected an HTTP code"),
        ("answers", [{"status": 42}], "answers.0.status: expected an HTTP code"),
        ("answers", [{"status": 200, "headers": []}], "answers.0.headers: expected an object"),
        ("answers", [{"status": 200, "headers": {"A": None}}], "answers.0.headers.A: expected text"),
        ("answers", [{"status": 200, "body": 5}], "answers.0.body: expected text"),
        ("answers", [{"status": 200, "text": ""}], "answers.0.text: unknown key"),
        ("answers", [{"error": "lost"}], "answers.0.error: expected one of timeout, connect, reset"),
        ("answers", [{"error": ["timeout"]}], "answers.0.error: expected one of"),
        ("answers", [{"error": "timeout", "status": 200}], "answers.0.error: expected one of"),
    ],
)
def test_bad_input_names_the_field_and_the_remedy(run, path, value, reason):
    printed, said = run("push", changed(PUSH, path, value))
    assert said.startswith(reason)
    assert json.loads(printed) == {"error": said}


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (POLL | {"leads": []}, "leads: give at least one lead"),
        (POLL | {"leads": {}}, "leads: expected a list"),
        (POLL | {"leads": [{"oid": "A1"}, {"phone": "+1"}]}, "leads.1: give its oid, its eid or both"),
        (POLL | {"leads": [{"oid": "A1"}, {"eid": []}]}, "leads.1.eid: expected text"),
        (POLL | {"leads": [{"oid": "A1", "id": 5}]}, "leads.0.id: unknown field"),
        (POLL | {"lead": {}}, "lead: unknown key"),
        (
            {"network": "everad", "parameters": {}, "leads": [{"oid": "A1"}]},
            "network: everad has no status poll; its statuses come by postback",
        ),
    ],
)
def test_bad_input_of_a_poll(run, case, reason):
    assert run("poll", case)[1].startswith(reason)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "standard input: empty"),
        (" \n ", "standard input: empty"),
        ("nope", "standard input: not JSON"),
        ('{"network": "terraleads"', "standard input: not JSON"),
        ('{\n "network": \n', "standard input: not JSON"),
        ("[]", "the case: expected an object"),
        ("5", "the case: expected an object"),
        ("[" * 100_000, "standard input: not JSON: nested too deep"),
        (b'{"network": "\xff"}', "standard input: not UTF-8 at byte 13"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_case_is_told(run, given, reason):
    assert run("push", given)[1].startswith(reason)
