"""Whatever a network answers, a push and a poll end in a typed outcome."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affiliate.integrations import checking, conversation, registry, wire
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer
from affiliate.integrations.outcomes import Outcome
from affiliate.vocabulary import OutcomeKind, Status
from tests.integrations import cases

SLUGS = cases.slugs()
ENOUGH = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
BARE = {"phone": "+40712345678"}
ASKED = [
    {"oid": "A1", "eid": "1", "created_at": "2026-01-01T10:00:00Z"},
    {"oid": "A2", "eid": "abc123", "created_at": "2026-03-01T10:00:00Z"},
    {"oid": "A3"},
    {"eid": "4"},
]


def bodies(slug):
    """The answers of a network's own cases: their words and shapes are where its branches are."""
    file = cases.load(slug)
    texts = [
        raw.get("body", "")
        for kind in ("push", "poll", "check")
        for case in file.get(kind, [])
        for raw in case["answers"]
    ]
    return [text if isinstance(text, str) else json.dumps(text) for text in texts]


def words(value, found):
    if isinstance(value, dict):
        found.update(value)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            words(item, found)
    elif isinstance(value, str):
        found.add(value)
    return found


def answers(slug):
    known = set()
    for text in bodies(slug):
        words(Answer(body=text.encode()).json.value, known)
    word = st.sampled_from(sorted(known) or ["status"])
    leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | word | st.sampled_from(["A1", "1", 4])
    shape = st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(word, inner, max_size=6), max_leaves=20
    )
    junk = st.binary(max_size=60)
    body = (
        st.sampled_from(bodies(slug) or [""]).map(str.encode)
        | shape.map(lambda value: json.dumps(value).encode())
        | st.sampled_from(bodies(slug) or [""]).flatmap(lambda text: junk.map(lambda more: text.encode()[:-9] + more))
        | junk
    )
    came = st.builds(
        Answer,
        status=st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 423, 429, 500, 503])
        | st.integers(0, 999),
        headers=st.dictionaries(st.sampled_from(["Content-Type", "Retry-After", "Location"]), st.text(max_size=20)),
        body=body,
    )
    return st.lists(came | st.builds(Answer, error=st.sampled_from(wire.ERRORS)), min_size=1, max_size=6)


def ended(talk, given_answers):
    """The conversation after these answers, the last of them repeated until it ends."""
    for number in range(100):
        if talk.request is None:
            break
        talk.answer(given_answers[min(number, len(given_answers) - 1)])
    assert isinstance(talk.outcome, Outcome)
    assert talk.outcome.kind in OutcomeKind
    json.dumps(wire.show_outcome(talk.outcome), ensure_ascii=False).encode()
    return talk


@pytest.mark.parametrize("lead", [cases.PLAIN, BARE], ids=["full", "bare"])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_push_ends_typed(slug, lead):
    integration = wire.build(cases.case_of(slug), "push")

    @ENOUGH
    @given(answers(slug))
    def run(given_answers):
        talk = ended(conversation.push(integration, Lead.from_mapping(lead)), given_answers)
        if talk.outcome.kind in (OutcomeKind.ACCEPTED, OutcomeKind.DUPLICATE):
            assert isinstance(talk.outcome.eid, str)
            assert isinstance(talk.outcome.status, Status)
        else:
            assert isinstance(talk.outcome.reason, str)

    run()


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if "poll" in cases.load(slug)])
def test_a_poll_ends_typed_and_reports_asked_leads_only(slug):
    integration = wire.build(cases.case_of(slug), "poll")
    leads = [Lead.from_mapping(lead) for lead in ASKED]

    @ENOUGH
    @given(answers(slug))
    def run(given_answers):
        talk = ended(conversation.poll(integration, leads), given_answers)
        assert talk.outcome.kind != OutcomeKind.DUPLICATE
        for report in talk.reports:
            assert any(report.oid == lead.oid or report.eid == lead.eid for lead in leads)
            assert report.status is None or isinstance(report.status, Status)
            json.dumps(wire.show_report(report), ensure_ascii=False).encode()

    run()


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if "check" in cases.load(slug)])
def test_a_check_ends_typed(slug):
    integration = wire.build(cases.case_of(slug), "push")

    @ENOUGH
    @given(answers(slug))
    def run(given_answers):
        ended(checking.check(integration, now=datetime(2026, 3, 1, tzinfo=UTC)), given_answers)

    run()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_network_without_its_settings_still_ends_typed(slug):
    """A value that was never typed is "", and the network is the one to complain."""
    integration = registry.get(slug)(base_url=cases.load(slug).get("base_url", ""))
    ended(conversation.push(integration, Lead.from_mapping(BARE)), [Answer(status=200, body=b"{}")])
