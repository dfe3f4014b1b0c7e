"""Statuses are asked for by age, in packs, and a failure is never an empty success."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.utils import timezone

from affiliate.delivery import http, poll, poll_schedule, push, sweep
from affiliate.delivery.poll_schedule import Queue
from affiliate.models import Lead, NetworkState, StatusPoll
from affiliate.vocabulary import Status
from tests.fixtures import TOKEN, make_network

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def delivered(flow, make_lead, fake_network):
    """Leads the network has, due for a poll."""

    def make(count=1):
        leads = [make_lead() for _number in range(count)]
        push.push_due(flow.network_id)
        Lead.objects.update(next_poll_at=F("next_poll_at") - timedelta(days=1))
        for lead in leads:
            lead.refresh_from_db()
        return leads

    return make


def test_a_status_comes_back_with_its_money(delivered, fake_network):
    [lead] = delivered()
    fake_network.statuses[lead.eid] = {"status": "sold", "pay": "1,50", "cc": "usd"}
    assert poll.poll_due(lead.network_id) == 1
    lead.refresh_from_db()
    assert (lead.status, lead.payout, lead.payout_currency) == (Status.APPROVE, Decimal("1.5"), "USD")
    assert lead.status_changes.get().source == "poll"


@pytest.mark.parametrize("pay", ["NaN", "Infinity", "1e40", "9" * 40, "free", {"sum": 1}, [1], True, None])
def test_bad_money_never_blocks_a_status(delivered, fake_network, pay):
    [lead] = delivered()
    fake_network.statuses[lead.eid] = {"status": "sold", "pay": pay, "cc": pay}
    poll.poll_due(lead.network_id)
    lead.refresh_from_db()
    assert (lead.status, lead.payout, StatusPoll.objects.get().outcome) == (Status.APPROVE, None, "accepted")


def test_an_approval_that_the_network_takes_back_is_noticed_and_ends_the_polls(delivered, fake_network):
    [lead] = delivered()
    for word in ("sold", "no"):
        fake_network.statuses[lead.eid] = {"status": word}
        poll.poll_due(lead.network_id)
        Lead.objects.update(next_poll_at=F("next_poll_at") - timedelta(days=2))
    lead.refresh_from_db()
    assert (lead.status, lead.next_poll_at) == (Status.CANCEL, None)
    assert list(lead.status_changes.values_list("new", flat=True)) == ["approve", "cancel"]


@pytest.mark.parametrize("change", ["moved", "deleted"])
def test_a_lead_that_left_the_network_while_it_was_asked_stays_as_it_is(
    delivered, fake_network, probes, monkeypatch, change
):
    gone, stays = delivered(2)
    for lead in (gone, stays):
        fake_network.statuses[lead.eid] = {"status": "no"}
    other = make_network(fake_network, "twostep")
    send = http.send

    def meanwhile(*args, **options):
        if change == "moved":
            Lead.objects.filter(pk=gone.pk).update(network=other, next_poll_at=None)
        else:
            gone.delete()
        return send(*args, **options)

    monkeypatch.setattr(http, "send", meanwhile)
    poll.poll_due(stays.network_id)
    stays.refresh_from_db()
    assert (stays.status, StatusPoll.objects.get().outcome) == (Status.CANCEL, "accepted")
    assert list(Lead.objects.exclude(pk=stays.pk).values_list("status", "next_poll_at")) in ([], [("wait", None)])


def test_leads_are_asked_for_in_packs_of_the_networks_size(delivered, fake_network):
    leads = delivered(7)
    poll.poll_due(leads[0].network_id)
    assert [len(query["ids"].split(",")) for query in fake_network.asked] == [3, 3, 1]
    poll.poll_due(leads[0].network_id)
    assert len(fake_network.asked) == 3, "nothing is due any more"


def test_undecided_leads_are_asked_for_first(delivered, fake_network):
    leads = delivered(4)
    approved = leads[0]
    earlier = F("next_poll_at") - timedelta(days=9)
    Lead.objects.filter(pk=approved.pk).update(status="approve", poll_queue=Queue.DECIDED, next_poll_at=earlier)
    poll.poll_due(approved.network_id)
    assert fake_network.asked[1]["ids"] == approved.eid


@pytest.mark.parametrize("backlog", Queue)
def test_however_many_leads_wait_in_one_queue_those_of_the_others_are_asked_for(delivered, fake_network, backlog):
    leads = delivered(20)
    Lead.objects.update(poll_queue=backlog)
    late = {queue: lead for queue, lead in zip(Queue, leads[-3:], strict=True) if queue is not backlog}
    for queue, lead in late.items():
        Lead.objects.filter(pk=lead.pk).update(poll_queue=queue, next_poll_at=F("next_poll_at") + timedelta(hours=1))
    poll.poll_due(leads[0].network_id)
    first = ",".join(query["ids"] for query in fake_network.asked[:3])
    assert all(lead.eid in first.split(",") for lead in late.values())


def test_a_lead_changes_its_queue_as_it_ages_and_when_it_is_decided(delivered, fake_network):
    [lead] = delivered()
    assert lead.poll_queue == Queue.YOUNG
    Lead.objects.update(delivered_at=F("delivered_at") - timedelta(days=2))
    poll.poll_due(lead.network_id)
    lead.refresh_from_db()
    assert lead.poll_queue == Queue.OLD
    Lead.objects.update(next_poll_at=F("next_poll_at") - timedelta(days=1))
    fake_network.statuses[lead.eid] = {"status": "sold"}
    poll.poll_due(lead.network_id)
    lead.refresh_from_db()
    assert lead.poll_queue == Queue.DECIDED


def test_the_poll_is_on_record_without_the_secret(delivered, fake_network):
    [lead] = delivered()
    poll.poll_due(lead.network_id)
    row = StatusPoll.objects.get()
    assert (row.leads_asked, row.leads_reported, row.outcome) == (1, 0, "accepted")
    assert lead.eid in row.exchanges[0]["request"]["url"] and TOKEN not in str(row.exchanges)


@pytest.mark.parametrize("answer", [(200, '{"error": "key"}'), (200, ""), (500, "oops"), (200, "<html></html>")])
def test_an_unexpected_answer_is_a_failure_that_is_seen_and_the_network_rests(delivered, fake_network, answer):
    [lead] = delivered()
    fake_network.verdicts["poll"] = answer
    poll.poll_due(lead.network_id)
    row, state = StatusPoll.objects.get(), NetworkState.objects.get()
    assert row.outcome == "postponed" and row.reason
    assert state.poll_failures == 1 and state.poll_after > row.finished_at
    poll.poll_due(lead.network_id)
    assert len(fake_network.asked) == 1


def test_after_the_rest_the_leads_that_were_not_reported_are_asked_for_again(delivered, fake_network):
    [lead] = delivered()
    fake_network.verdicts["poll"] = (500, "")
    poll.poll_due(lead.network_id)
    lead.refresh_from_db()
    assert lead.polled_at is None and lead.next_poll_at
    del fake_network.verdicts["poll"]
    NetworkState.objects.update(poll_after=None)
    Lead.objects.update(next_poll_at=F("next_poll_at") - timedelta(days=1))
    fake_network.statuses[lead.eid] = {"status": "no"}
    poll.poll_due(lead.network_id)
    lead.refresh_from_db()
    assert lead.status == Status.CANCEL and NetworkState.objects.get().poll_failures == 0


def test_a_poll_that_is_refused_rests_and_leads_still_go_out(delivered, make_lead, fake_network):
    [lead] = delivered()
    fake_network.verdicts["poll"] = (401, "bad token")
    poll.poll_due(lead.network_id)
    row = StatusPoll.objects.get()
    assert (row.outcome, row.reason) == ("misconfigured", "HTTP 401: bad token")
    another = make_lead()
    push.push_due(lead.network_id)
    another.refresh_from_db()
    assert another.delivery == "delivered"


def test_an_unknown_word_leaves_the_lead_and_is_kept(delivered, fake_network):
    [lead] = delivered()
    fake_network.statuses[lead.eid] = {"status": "zzz"}
    poll.poll_due(lead.network_id)
    lead.refresh_from_db()
    assert (lead.status, lead.status_changes.get().ignored) == (Status.WAIT, "unknown-word")


def test_a_bug_of_an_integration_is_a_failed_poll(delivered, monkeypatch, caplog):
    [lead] = delivered()

    def broken(self, leads):
        yield from ()
        raise KeyError("id")

    monkeypatch.setattr("tests.fixtures.Probe.poll", broken)
    poll.poll_due(lead.network_id)
    assert StatusPoll.objects.get().outcome == "unclear" and "cannot read a status answer" in caplog.text


def test_the_sweep_wakes_a_poll_for_each_network_with_due_leads(delivered, monkeypatch):
    [lead] = delivered()
    woken = []
    monkeypatch.setattr("affiliate.delivery.wake.send", lambda *message: woken.append(message))
    sweep.sweep()
    assert woken == [("affiliate.poll_due", lead.network_id)]


def test_the_sweep_lets_a_poll_that_failed_rest(delivered, fake_network, monkeypatch):
    [lead] = delivered()
    fake_network.verdicts["poll"] = (500, "")
    poll.poll_due(lead.network_id)
    Lead.objects.update(next_poll_at=F("next_poll_at") - timedelta(days=1))
    woken = []
    monkeypatch.setattr("affiliate.delivery.wake.send", lambda *message: woken.append(message))
    sweep.sweep()
    assert woken == []


@pytest.mark.parametrize(
    ("age", "period"),
    [
        (timedelta(minutes=10), timedelta(minutes=5)),
        (timedelta(hours=5), timedelta(minutes=15)),
        (timedelta(days=3), timedelta(hours=1)),
        (timedelta(days=20), timedelta(hours=6)),
        (timedelta(days=129), timedelta(hours=24)),
        (timedelta(days=131), None),
    ],
)
def test_an_undecided_lead_is_asked_for_by_age(age, period):
    now = timezone.now()
    moment = poll_schedule.next_poll(status=Status.WAIT, since=now - age, decided=None, now=now)
    assert moment == (now + period if period else None)


@pytest.mark.parametrize(("days", "polled"), [(1, True), (29, True), (31, False)])
def test_an_approved_lead_is_read_again_for_a_month(days, polled):
    now = timezone.now()
    decided = now - timedelta(days=days)
    moment = poll_schedule.next_poll(status=Status.APPROVE, since=decided, decided=decided, now=now)
    assert bool(moment) is polled
