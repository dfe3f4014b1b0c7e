"""Every network against its wire cases: what leaves, how each answer is read, what hostile answers do."""

from datetime import UTC, datetime

import pytest

from affiliate.integrations import checking, conversation, registry, wire
from affiliate.integrations.lead import Lead
from tests.integrations import cases

SLUGS = cases.slugs()
POLLING = [slug for slug in SLUGS if "poll" in cases.load(slug)]
CHECKED = [slug for slug in SLUGS if "check" in cases.load(slug)]
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def each(kind, slugs=SLUGS):
    return [
        pytest.param(slug, case, id=f"{slug}-{case['case']}")
        for slug in slugs
        for case in cases.load(slug).get(kind, [])
    ]


def assert_holds(actual: dict, expected: dict):
    """The expected keys hold; keys not named are free."""
    assert {key: actual.get(key) for key in expected} == expected


def assert_request(actual: dict, expected: dict):
    known = {"method", "url", "query", "headers", "format", "body", "raw"}
    assert set(expected) <= known, f"unknown keys {set(expected) - known}"
    for key, value in expected.items():
        if key == "headers":
            assert {name: actual["headers"].get(name) for name in value} == value
        elif key == "query" or (key == "body" and actual["format"] in ("form", "multipart")):
            assert actual[key] == [[str(name), str(item)] for name, item in _pairs(value)]
        else:
            assert actual[key] == value


def _pairs(value):
    return list(value.items()) if isinstance(value, dict) else value


@pytest.mark.parametrize("slug", sorted(registry.networks()))
def test_every_network_has_wire_cases(slug):
    file = cases.load(slug)
    assert set(file["requests"]) == {"plain", "unicode"}
    assert file["push"]
    integration = wire.build(cases.case_of(slug), "push")
    assert ("poll" in file) == integration.can_poll()
    assert ("check" in file) == integration.can_check()


@pytest.mark.parametrize("lead", ["plain", "unicode"])
@pytest.mark.parametrize("slug", SLUGS)
def test_request(slug, lead):
    ran = wire.run("push", cases.case_of(slug, lead=cases.LEADS[lead], answers=cases.accepted(slug)))
    expected = cases.load(slug)["requests"][lead]
    assert len(ran["requests"]) == len(expected)
    for actual, wanted in zip(ran["requests"], expected, strict=True):
        assert_request(actual, wanted)


@pytest.mark.parametrize(("slug", "case"), each("push"))
def test_answer(slug, case):
    ran = wire.run("push", cases.case_of(slug, lead=cases.PLAIN, answers=case["answers"]))
    assert_holds(ran["outcome"], case["outcome"])
    for actual, wanted in zip(ran["requests"], case.get("requests", []), strict=False):
        assert_request(actual, wanted)


@pytest.mark.parametrize("name", sorted(cases.HOSTILE))
@pytest.mark.parametrize("slug", SLUGS)
def test_hostile_answer(slug, name):
    """At each step of the conversation. A file names the exceptions under `hostile`, `"1.html"` for the first of two steps."""
    good = cases.accepted(slug)
    exceptions = cases.load(slug).get("hostile", {})
    for step in range(len(good)):
        integration = wire.build(cases.case_of(slug), "push")
        talk = conversation.push(integration, Lead.from_mapping(cases.PLAIN))
        for raw in good[:step]:
            talk.answer(wire.read_answer(0, raw))
        commits = talk.request.commits
        for _again in range(5):
            if talk.request:
                talk.answer(wire.read_answer(0, cases.HOSTILE[name]))
        last = step == len(good) - 1
        wanted = exceptions.get(name if last else f"{step + 1}.{name}")
        if wanted is None:
            wanted = "unclear" if commits and name not in cases.SAFE else "postponed"
        assert talk.outcome.kind == wanted, f"step {step + 1}: {talk.outcome}"
        if wanted == "postponed" and name in ("429", "503"):
            assert talk.outcome.after == 7


@pytest.mark.parametrize("slug", SLUGS)
def test_byte_order_mark_changes_nothing(slug):
    good = [{**raw, "body": "\ufeff" + str(raw.get("body", ""))} for raw in cases.accepted(slug)]
    plain = wire.run("push", cases.case_of(slug, lead=cases.PLAIN, answers=cases.accepted(slug)))
    assert wire.run("push", cases.case_of(slug, lead=cases.PLAIN, answers=good)) == plain


@pytest.mark.parametrize("slug", SLUGS)
def test_truncated_answer_is_never_a_verdict(slug):
    *before, last = cases.accepted(slug)
    body = str(last.get("body", ""))
    if not body.startswith(("{", "[")):
        pytest.skip("the verdict of this network is not in JSON")
    cut = {**last, "body": body[: len(body) - 2]}
    answers = [*before, *[cut] * 5]
    ran = wire.run("push", cases.case_of(slug, lead=cases.PLAIN, answers=answers))
    assert ran["outcome"]["kind"] == cases.load(slug).get("hostile", {}).get("truncated", "unclear")


@pytest.mark.parametrize(("slug", "case"), each("poll", POLLING))
def test_poll(slug, case):
    ran = wire.run("poll", cases.case_of(slug, leads=case["leads"], answers=case["answers"]))
    if "requests" in case:
        assert len(ran["requests"]) == len(case["requests"])
        for actual, wanted in zip(ran["requests"], case["requests"], strict=True):
            assert_request(actual, wanted)
    if "outcome" in case:
        assert_holds(ran["outcome"], case["outcome"])
    assert len(ran["reports"]) == len(case["reports"])
    for actual, wanted in zip(ran["reports"], case["reports"], strict=True):
        assert_holds(actual, wanted)


@pytest.mark.parametrize("name", sorted(cases.HOSTILE))
@pytest.mark.parametrize("slug", POLLING)
def test_hostile_poll_answer_is_a_failure_and_never_an_empty_page(slug, name):
    leads = cases.load(slug)["poll"][0]["leads"]
    ran = wire.run("poll", cases.case_of(slug, leads=leads, answers=[cases.HOSTILE[name]] * 5))
    assert ran["outcome"]["kind"] in ("postponed", "unclear", "misconfigured")
    assert ran["reports"] == []


def checked(slug, answers):
    """The requests of a check, its verdict and what was said."""
    talk, last, requests = checking.check(wire.build(cases.case_of(slug), "push"), now=NOW), None, []
    for raw in answers:
        if talk.request is None:
            break
        assert not talk.request.commits, "a check creates nothing"
        requests.append(wire.show_request(talk.request))
        talk.answer(last := wire.read_answer(0, raw))
    return requests, checking.verdict(talk.outcome, last), getattr(talk.outcome, "reason", "")


@pytest.mark.parametrize(("slug", "case"), each("check", CHECKED))
def test_check(slug, case):
    requests, verdict, reason = checked(slug, case["answers"])
    assert verdict == case["verdict"]
    assert reason == case.get("reason", reason)
    for actual, wanted in zip(requests, case.get("requests", []), strict=False):
        assert_request(actual, wanted)


@pytest.mark.parametrize("name", sorted(cases.HOSTILE))
@pytest.mark.parametrize("slug", CHECKED)
def test_hostile_answer_never_says_that_the_connection_works(slug, name):
    _requests, verdict, _reason = checked(slug, [cases.HOSTILE[name]] * 2)
    assert verdict == ("unexpected" if name in ("html", "empty") else "unreachable")


@pytest.mark.parametrize("slug", CHECKED)
def test_a_page_that_is_not_there_is_no_refusal_of_the_credentials(slug):
    _requests, verdict, _reason = checked(slug, [{"status": 404, "body": "<h1>Not Found</h1>"}] * 2)
    assert verdict == "unexpected"
