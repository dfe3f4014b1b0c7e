"""The hub's integration and the sandbox network talk to each other: each behaviour ends in the outcome it is there for."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from affiliate.integrations import conversation
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer
from affiliate.integrations.platforms.sandbox import Sandbox
from affiliate.models import SandboxOrder
from affiliate.sandbox import orders
from affiliate.sandbox.behaviours import BEHAVIOURS
from tests.sandbox.conftest import TOKEN

OUTCOMES = {
    "cancel": "accepted",
    "trash": "accepted",
    "hold": "accepted",
    "wait": "accepted",
    "duplicate": "duplicate",
    "once": "accepted",
    "refuse": "refused",
    "garbage": "unclear",
    "error": "unclear",
    "limit": "postponed",
    "slow": "accepted",
}


@pytest.fixture
def hold_talk(client, account, monkeypatch):
    """Lets a conversation ask the sandbox through Django's test client."""
    monkeypatch.setattr(orders.time, "sleep", lambda seconds: None)

    def holding(talk):
        while talk.request:
            request = talk.request
            got = client.generic(
                request.method,
                urlsplit(request.full_url)._replace(scheme="", netloc="").geturl(),
                request.body or b"",
                content_type=request.headers.get("Content-Type", ""),
                headers={"Authorization": request.headers["Authorization"]},
            )
            talk.answer(Answer(status=got.status_code, headers=dict(got.headers), body=got.content))
        return talk

    return holding


def integration(token=TOKEN):
    return Sandbox({"api": token}, {"sandbox": "watch"}, base_url="https://hub.example/sandbox")


def lead(name="Ion", **values):
    return Lead(oid="OID-1", name=name, phone="+40712345678", **values)


@pytest.mark.parametrize("word", [one.word for one in BEHAVIOURS if one.word != "timeout"])
def test_each_behaviour_ends_in_its_outcome(hold_talk, word):
    assert hold_talk(conversation.push(integration(), lead(word))).outcome.kind == OUTCOMES[word]


def test_a_wrong_token_is_misconfigured(hold_talk):
    assert hold_talk(conversation.push(integration("wrong"), lead())).outcome.kind == "misconfigured"


@pytest.mark.parametrize("word", ["garbage", "timeout"])
def test_asked_again_the_network_says_under_which_number_it_has_the_order(hold_talk, word):
    hold_talk(conversation.push(integration(), lead(word)))
    again = hold_talk(conversation.push(integration(), lead(word))).outcome
    assert (again.kind, again.eid) == ("duplicate", SandboxOrder.objects.get().number)


def test_an_unclear_lead_is_found_by_poll(hold_talk):
    hold_talk(conversation.push(integration(), lead("garbage")))
    SandboxOrder.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    talk = hold_talk(conversation.poll(integration(), [lead()]))
    (report,) = talk.reports
    assert (report.oid, report.eid, report.status) == ("OID-1", SandboxOrder.objects.get().number, "approve")
    assert talk.outcome.kind == "accepted"
