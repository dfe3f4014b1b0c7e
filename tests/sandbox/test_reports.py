"""Decisions on their way to partners."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses
from django.utils import timezone
from model_bakery import baker

from affiliate.models import Lead, Network, Postback, SandboxAccount, SandboxOrder
from affiliate.models.source import hash_key
from affiliate.postbacks import drain
from affiliate.sandbox import reports

HUB = "https://hub.example/api/sale/status.json"


@pytest.fixture
def hub():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as hub:
        hub.get(HUB, json={"status": "ok"})
        yield hub


@pytest.fixture
def decided(account):
    """An order whose decision is due."""
    return baker.make(
        SandboxOrder, account=account, sub1="OID-1", decision="approved", report_at=timezone.now(), phone="1"
    )


def said(hub):
    return [dict(parse_qsl(urlsplit(call.request.url).query, keep_blank_values=True)) for call in hub.calls]


def test_a_decision_is_reported_with_the_macros_replaced(hub, decided):
    assert reports.send_due() == 1
    assert said(hub) == [
        {
            "id": "7-TOKEN-k-0001",
            "oid": "OID-1",
            "status": "approved",
            "pay": "25.00",
            "cc": "USD",
            "eid": decided.number,
        }
    ]
    decided.refresh_from_db()
    assert decided.reported_at


@pytest.mark.parametrize("decision", ["rejected", "trash", "pending"])
def test_what_is_not_approved_pays_nothing(hub, decided, decision):
    SandboxOrder.objects.update(decision=decision)
    reports.send_due()
    assert [(one["status"], one["pay"]) for one in said(hub)] == [(decision, "0.00")]


def test_values_are_encoded(decided):
    decided.sub1 = "a&b c=Ж"
    assert reports.report_url("https://x.example/?s={sub1}&z={zone}", decided) == (
        "https://x.example/?s=a%26b%20c%3D%D0%96&z={zone}"
    )


def test_a_report_is_sent_once(hub, decided):
    assert [reports.send_due(), reports.send_due()] == [1, 0]
    assert len(hub.calls) == 1


def test_an_order_is_not_reported_before_its_decision(hub, decided):
    SandboxOrder.objects.update(report_at=timezone.now() + timedelta(seconds=3))
    assert reports.send_due() == 0


def test_an_account_without_a_postback_url_waits_to_be_polled(hub, decided, polled):
    SandboxOrder.objects.update(account=polled)
    assert reports.send_due() == 0
    assert not hub.calls


def test_two_workers_never_send_the_same_report(hub, decided, monkeypatch):
    """The second one comes while the first one's request is under way."""
    second = []
    send = reports._send

    def sending(session, url):
        second.append(reports.send_due())
        return send(session, url)

    monkeypatch.setattr(reports, "_send", sending)
    assert reports.send_due() == 1
    assert second == [0]
    assert len(hub.calls) == 1


@pytest.mark.parametrize(
    "answer",
    [{"status": 503}, {"status": 302}, {"body": requests.ConnectionError()}, {"body": requests.ReadTimeout()}],
    ids=["503", "redirect", "refused", "timeout"],
)
def test_a_report_that_did_not_arrive_is_tried_again_after_a_pause(decided, answer, caplog):
    with responses.RequestsMock() as hub:
        hub.get(HUB, **answer)
        assert [reports.send_due(), reports.send_due()] == [0, 0]
        assert len(hub.calls) == 1
    assert "did not arrive" in caplog.text or "answered with HTTP" in caplog.text
    assert "TOKEN" not in caplog.text
    decided.refresh_from_db()
    assert decided.reported_at is None
    SandboxOrder.objects.update(report_at=timezone.now())
    with responses.RequestsMock() as hub:
        hub.get(HUB, json={"status": "ok"})
        assert reports.send_due() == 1


def test_a_silent_hub_is_asked_once_a_run(decided, account):
    baker.make(SandboxOrder, account=account, decision="trash", report_at=timezone.now(), phone="2", _quantity=3)
    with responses.RequestsMock() as hub:
        hub.get(HUB, body=requests.ConnectTimeout())
        reports.send_due()
        assert len(hub.calls) == 1


def test_a_silent_hub_does_not_hold_up_another(decided, hub):
    hub.get("https://other.example/", body=requests.ConnectTimeout())
    other = SandboxAccount.objects.create(name="Other", token_hash="0", postback_url="https://other.example/")
    early = timezone.now() - timedelta(seconds=9)
    baker.make(SandboxOrder, account=other, decision="trash", report_at=early, phone="2", _quantity=2)
    assert reports.send_due() == 1


@pytest.mark.parametrize("url", ["not an address", "http://", "http://[::1", "ftp://x.example/"])
def test_an_address_that_is_none_is_no_crash(decided, account, url):
    account.postback_url = url
    account.save()
    assert reports.send_due() == 0


def test_reports_are_given_up_after_a_day(hub, decided):
    SandboxOrder.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert reports.send_due() == 0


@pytest.mark.django_db(transaction=True)
def test_a_report_over_real_http_changes_the_lead(live_server):
    network = Network.objects.create(name="Sandbox", integration="sandbox")
    lead = baker.make(Lead, network=network, delivery="delivered")
    url = f"{live_server}/api/sale/status.json?id={network.pk}-{network.postback_key}"
    account = SandboxAccount.objects.create(
        name="Hub",
        token_hash=hash_key("t"),
        postback_url=url + "&oid={sub1}&status={status}&pay={payout}&cc={currency}",
    )
    baker.make(SandboxOrder, account=account, sub1=lead.oid, decision="approved", report_at=timezone.now(), phone="1")
    assert reports.send_due() == 1
    drain.apply_due()
    lead.refresh_from_db()
    assert (lead.status, str(lead.payout), lead.payout_currency) == ("approve", "25.0000", "USD")
    assert network.postback_key not in Postback.objects.get().query
