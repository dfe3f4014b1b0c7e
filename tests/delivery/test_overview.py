"""What the pages and `manage.py hub_status` know of each network."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from affiliate.delivery import claims, limits, overview, push
from affiliate.models import Attempt, Flow, Lead, Network, NetworkState
from tests.fixtures import make_network

pytestmark = pytest.mark.django_db(transaction=True)


def only():
    [row] = overview.networks()
    return row


def test_a_network_without_leads(network):
    row = only()
    assert (row.network, row.queued, row.sending, row.due, row.oldest_due, row.next_poll) == (
        network,
        0,
        0,
        0,
        None,
        None,
    )
    assert (row.refusal_rate, row.error_rate, row.closed, row.half_open) == (None, None, "", False)


def test_what_is_queued_due_and_in_flight(flow, make_lead, network):
    for _number in range(5):
        make_lead()
    network.max_in_flight = 1
    claimed = claims.claim(network, limits.Share())
    claims.begin(network, claimed[:1])
    late = Lead.objects.filter(delivery="queued").order_by("pk")
    Lead.objects.filter(pk=late[0].pk).update(next_attempt_at=F("next_attempt_at") - timedelta(minutes=5))
    Lead.objects.filter(pk=late[1].pk).update(next_attempt_at=F("next_attempt_at") + timedelta(minutes=5))
    row = only()
    assert (row.queued, row.sending, row.due) == (4, 1, 3)
    assert timedelta(minutes=5) <= row.oldest_due_age < timedelta(minutes=6)


def test_deliveries_of_the_last_minute_and_hour(flow, make_lead, network):
    leads = [make_lead() for _number in range(3)]
    push.push_due(network.pk)
    Lead.objects.filter(pk=leads[0].pk).update(delivered_at=timezone.now() - timedelta(minutes=5))
    Lead.objects.filter(pk=leads[1].pk).update(delivered_at=timezone.now() - timedelta(hours=2))
    row = only()
    assert (row.delivered_minute, row.delivered_hour) == (1, 2)


def test_refusals_and_errors_of_the_last_hour(flow, make_lead, network, fake_network):
    fake_network.verdicts = {"No": "refused", "Twice": "duplicate", "Later": "later", "Lost": (500, "")}
    for name in ("Ion", "No", "Twice", "Later", "Lost"):
        make_lead(name=name)
    push.push_due(network.pk)
    row = only()
    assert (row.attempts, row.refusal_rate, row.error_rate) == (5, 0.4, 0.4)
    Attempt.objects.update(started_at=timezone.now() - timedelta(hours=2))
    assert only().attempts == 0


def test_what_keeps_it_closed(network):
    Network.objects.update(daily_cap=0)
    row = only()
    assert (row.closed, row.closed_detail) == ("cap", "0")
    NetworkState.objects.create(network=network, paused_at=timezone.now(), paused_reason="bad key")
    row = only()
    assert (row.closed, row.closed_detail) == ("paused", "bad key")


def test_a_breaker_whose_rest_is_over_lets_one_lead_try(network):
    NetworkState.objects.create(network=network, open_until=timezone.now() - timedelta(seconds=1))
    row = only()
    assert (row.closed, row.half_open) == ("", True)


def test_the_next_poll_waits_for_the_end_of_the_back_off(flow, make_lead, network):
    lead = make_lead()
    push.push_due(network.pk)
    lead.refresh_from_db()
    assert only().next_poll == lead.next_poll_at
    until = timezone.now() + timedelta(hours=3)
    NetworkState.objects.update(poll_after=until)
    assert only().next_poll == until


def test_the_next_poll_may_be_of_an_approved_lead(flow, make_lead, network):
    make_lead()
    approved = make_lead()
    push.push_due(network.pk)
    first = timezone.now() - timedelta(minutes=1)
    Lead.objects.filter(pk=approved.pk).update(status="approve", next_poll_at=first)
    assert only().next_poll == first


def test_leads_that_no_flow_takes(offer, make_lead):
    make_lead()
    assert overview.without_network() == 1


def test_more_networks_and_leads_cost_no_more(offer, make_lead, fake_network, probes, django_assert_max_num_queries):
    for number in range(5):
        one = make_network(fake_network, name=str(number), daily_cap=5)
        flow = Flow.objects.create(offer=offer, network=one, parameters={"place": "P"})
        make_lead()
        flow.delete()
    with django_assert_max_num_queries(4):
        assert [row.queued for row in overview.networks()] == [1] * 5
