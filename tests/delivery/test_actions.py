"""What people do to leads and networks."""

import pytest
from django.utils import timezone

from affiliate.delivery import actions, push
from affiliate.models import Flow, Lead, LeadChange, NetworkState
from affiliate.vocabulary import Delivery, Status
from tests.fixtures import make_network

pytestmark = pytest.mark.django_db(transaction=True)


def leave(lead, **columns):
    Lead.objects.filter(pk=lead.pk).update(**columns)
    lead.refresh_from_db()
    return lead


def test_a_failed_lead_is_sent_again(flow, make_lead, fake_network):
    lead = leave(make_lead(), delivery="failed", next_attempt_at=None, attempts_made=9)
    assert actions.resend([lead]).done == 1
    push.push_due(lead.network_id)
    lead.refresh_from_db()
    assert (lead.delivery, lead.attempts_made) == (Delivery.DELIVERED, 1)


def test_a_refused_lead_that_is_sent_again_waits_again(flow, make_lead, admin_user):
    lead = leave(make_lead(), delivery="refused", next_attempt_at=None, status="cancel")
    actions.resend([lead], person=admin_user)
    lead.refresh_from_db()
    assert (lead.status, lead.delivery) == (Status.WAIT, Delivery.QUEUED)
    assert lead.status_changes.get().person == admin_user


def test_delivered_leads_and_leads_on_their_way_are_not_sent_again(flow, make_lead):
    leads = [leave(make_lead(), delivery="delivered", next_attempt_at=None), make_lead()]
    assert actions.resend(leads) == actions.Acted(1, {"delivered": 1})


@pytest.mark.parametrize(("state", "goes_to"), [("failed", "the other"), ("unclear", "the first")])
def test_a_lead_whose_flow_is_closed_is_routed_anew_unless_it_may_be_there(
    flow, make_lead, fake_network, probes, offer, state, goes_to
):
    lead = make_lead()
    leave(lead, delivery=state, next_attempt_at=None, unclear_since=timezone.now() if state == "unclear" else None)
    other = Flow.objects.create(offer=offer, network=make_network(fake_network, "twostep"), parameters={"place": "2"})
    Flow.objects.filter(pk=flow.pk).update(enabled=False)
    actions.resend([lead])
    lead.refresh_from_db()
    assert lead.flow == {"the first": flow, "the other": other}[goes_to]


@pytest.mark.parametrize("status", ["wait", "cancel"])
def test_a_cancelled_lead_stands_in_the_feed_once(flow, make_lead, admin_user, status):
    lead = leave(make_lead(), delivery="failed", next_attempt_at=None, status=status)
    assert actions.cancel([lead], reason="The buyer called", person=admin_user).done == 1
    lead.refresh_from_db()
    assert (lead.status, lead.delivery_reason) == (Status.CANCEL, "The buyer called")
    assert LeadChange.objects.filter(lead=lead).count() == 1


def test_an_unclear_lead_that_a_person_sends_again_and_is_a_duplicate_had_arrived(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = [(500, ""), "duplicate"]
    lead = make_lead()
    push.push_due(lead.network_id)
    actions.resend([lead])
    push.push_due(lead.network_id)
    lead.refresh_from_db()
    assert (lead.delivery, lead.status) == (Delivery.DELIVERED, Status.WAIT)


def test_an_unclear_lead_that_arrived_gets_its_id_and_is_polled(flow, make_lead):
    lead = leave(make_lead(), delivery="unclear", next_attempt_at=None, unclear_since=timezone.now())
    actions.arrived(lead, eid=" N77 ")
    lead.refresh_from_db()
    assert (lead.delivery, lead.eid) == (Delivery.DELIVERED, "N77") and lead.next_poll_at


def test_an_unclear_lead_is_given_up(flow, make_lead):
    lead = leave(make_lead(), delivery="unclear", next_attempt_at=None)
    actions.give_up(lead)
    lead.refresh_from_db()
    assert lead.delivery == Delivery.FAILED


def test_only_an_unclear_lead_can_have_arrived(flow, make_lead):
    with pytest.raises(actions.NotPossible):
        actions.arrived(make_lead(), eid="1")


def test_a_resumed_network_sends_what_it_kept(flow, make_lead, fake_network):
    fake_network.verdicts["Ion"] = ["misconfigured", "ok"]
    lead = make_lead()
    push.push_due(lead.network_id)
    actions.resume(lead.network)
    assert NetworkState.objects.get().paused_at is None
    push.push_due(lead.network_id)
    lead.refresh_from_db()
    assert lead.delivery == Delivery.DELIVERED


def test_poll_now_makes_delivered_leads_due(flow, make_lead):
    lead = make_lead()
    push.push_due(lead.network_id)
    assert actions.poll_now([lead]).done == 1
    lead.refresh_from_db()
    assert lead.next_poll_at <= timezone.now()
