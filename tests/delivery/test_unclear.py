"""What becomes of leads of which nobody knows whether they arrived."""

from datetime import timedelta

import pytest
from django.db.models import F

from affiliate.delivery import actions, claims, limits, outcomes, poll, push, statuses, sweep
from affiliate.integrations import registry
from affiliate.integrations.base import Asked
from affiliate.integrations.messages import Request
from affiliate.models import Attempt, Flow, Lead
from affiliate.vocabulary import ChangeSource, Delivery, OutcomeKind, Status
from tests.fixtures import Probe, make_network

pytestmark = pytest.mark.django_db(transaction=True)


class FindingProbe(Probe):
    """The made-up network, asked for orders by our id."""

    slug = "finding"
    polls_by_oid = True

    def poll(self, leads):
        asked = Asked(leads)
        answer = yield Request.get(self.url("/statuses"), {"ids": ",".join(lead.oid for lead in leads)}, commits=False)
        rows = answer.json.items("orders")
        if rows is None:
            return self.unexpected(answer)
        for row in rows:
            if lead := asked.find(oid=row.text("id")):
                yield self.report(lead, row.text("status"), eid=row.text("eid"))


@pytest.fixture
def unclear(probes, monkeypatch, fake_network, offer, make_lead):
    """A lead that may have arrived at a network that can be asked by our id."""
    monkeypatch.setitem(registry.integrations(), FindingProbe.slug, FindingProbe)
    Flow.objects.create(offer=offer, network=make_network(fake_network, "finding"), parameters={"place": "P1"})
    fake_network.verdicts["Ion"] = (500, "")
    lead = make_lead()
    push.push_due(lead.network_id)
    lead.refresh_from_db()
    assert lead.delivery == Delivery.UNCLEAR
    return lead


def look_up(lead):
    """The doubt is a little older, and the network is asked."""
    Lead.objects.update(next_poll_at=F("next_poll_at") - timedelta(days=1))
    poll.poll_due(lead.network_id)
    lead.refresh_from_db()
    return lead


class TestLookedUpByOurId:
    def test_one_that_is_found_is_delivered_under_the_networks_id(self, unclear, fake_network):
        assert unclear.next_poll_at > unclear.unclear_since
        fake_network.statuses[unclear.oid] = {"status": "new", "eid": "N77"}
        lead = look_up(unclear)
        assert (lead.delivery, lead.eid, lead.status) == (Delivery.DELIVERED, "N77", Status.WAIT)
        assert lead.next_poll_at > lead.polled_at

    def test_one_that_is_not_found_is_asked_for_again_and_then_left_to_a_person(self, unclear, fake_network):
        looks = 0
        while look_up(unclear).next_poll_at:
            looks += 1
            Lead.objects.update(unclear_since=F("unclear_since") - timedelta(hours=5))
        assert looks > 2 and unclear.delivery == Delivery.UNCLEAR
        assert "does not know the lead" in unclear.delivery_reason

    def test_a_network_that_cannot_answer_has_not_denied_it(self, unclear, fake_network):
        fake_network.verdicts["poll"] = (200, '{"error": "maintenance"}')
        Lead.objects.update(unclear_since=F("unclear_since") - timedelta(hours=30))
        assert look_up(unclear).next_poll_at and "does not know" not in unclear.delivery_reason

    def test_where_the_network_cannot_be_asked_by_our_id_nobody_asks(self, flow, make_lead, fake_network):
        fake_network.verdicts["Ion"] = (500, "")
        lead = make_lead()
        push.push_due(lead.network_id)
        lead.refresh_from_db()
        assert (lead.delivery, lead.next_poll_at) == (Delivery.UNCLEAR, None)


class TestALateAnswer:
    """The lease was lost and the lead recovered as unclear; then the conversation's own worker learns how it ended."""

    @pytest.fixture
    def late(self, flow, make_lead, network):
        lead = make_lead()
        claims.begin(network, claims.claim(network, limits.Share()))
        Lead.objects.update(lease_until=F("lease_until") - timedelta(hours=1))
        lease = Lead.objects.get().lease
        sweep.recover()

        def settle(kind, **values):
            began = Attempt.objects.get().started_at
            outcomes.settle(network, [outcomes.Settled(lead.pk, lease, kind, began, **values)])
            lead.refresh_from_db()
            return lead

        return settle

    def test_an_acceptance(self, late):
        lead = late(OutcomeKind.ACCEPTED, eid="N5")
        assert (lead.delivery, lead.eid, lead.unclear_since) == (Delivery.DELIVERED, "N5", None)

    @pytest.mark.parametrize("kind", [OutcomeKind.REFUSED, OutcomeKind.DUPLICATE])
    def test_a_refusal(self, late, kind):
        lead = late(kind, reason="no")
        assert (lead.delivery, lead.status, lead.delivery_reason) == (Delivery.REFUSED, Status.CANCEL, "no")

    def test_later_is_later(self, late):
        lead = late(OutcomeKind.POSTPONED, reason="busy")
        assert (lead.delivery, lead.unclear_since) == (Delivery.QUEUED, None)

    def test_no_news_changes_nothing(self, late):
        assert late(OutcomeKind.UNCLEAR).delivery == Delivery.UNCLEAR

    def test_a_refusal_does_not_answer_for_an_earlier_doubt(self, late):
        Lead.objects.update(unclear_since=F("unclear_since") - timedelta(hours=1))
        assert late(OutcomeKind.REFUSED).delivery == Delivery.UNCLEAR

    def test_an_acceptance_counts_though_the_lead_is_on_its_way_again(self, late, network, fake_network):
        actions.resend(Lead.objects.all())
        claims.begin(network, claims.claim(network, limits.Share()))
        began = Attempt.objects.order_by("pk").first()
        outcomes.settle(
            network, [outcomes.Settled(began.lead_id, began.lease, OutcomeKind.ACCEPTED, began.started_at, eid="N1")]
        )
        lead = Lead.objects.get()
        assert (lead.delivery, lead.eid, lead.lease) == (Delivery.DELIVERED, "N1", None)


@pytest.mark.parametrize("kind", [OutcomeKind.UNCLEAR, OutcomeKind.POSTPONED])
@pytest.mark.parametrize("word", [Status.WAIT, Status.APPROVE])
def test_a_lead_whose_status_came_while_its_answer_did_not_is_delivered(flow, make_lead, network, kind, word):
    lead = make_lead()
    [claimed] = claims.claim(network, limits.Share())
    claims.begin(network, [claimed])
    statuses.apply([statuses.Report(lead.pk, word, eid="N8")], source=ChangeSource.POSTBACK)
    lead.refresh_from_db()
    assert (lead.delivery, lead.lease) == (Delivery.SENDING, claimed.lead.lease)
    began = claimed.attempt.started_at
    outcomes.settle(network, [outcomes.Settled(lead.pk, lead.lease, kind, began, reason="no answer in time")])
    lead.refresh_from_db()
    assert (lead.delivery, lead.status, lead.eid, lead.unclear_since) == (Delivery.DELIVERED, word, "N8", None)


def test_a_lead_whose_status_came_while_it_waited_for_another_try_is_not_sent_again(flow, make_lead, network):
    lead = make_lead()
    Lead.objects.update(attempts_made=1)
    waiting = claims.claim(network, limits.Share())
    statuses.apply([statuses.Report(lead.pk, Status.HOLD, eid="N8")], source=ChangeSource.POSTBACK)
    assert claims.begin(network, waiting) == ([], [])
    lead.refresh_from_db()
    assert (lead.delivery, lead.eid, lead.lease) == (Delivery.DELIVERED, "N8", None)


def test_what_a_person_decides_is_kept_with_the_name(flow, make_lead, admin_user):
    def unclear():
        lead = make_lead()
        Lead.objects.filter(pk=lead.pk).update(delivery="unclear", next_attempt_at=None)
        return lead

    came, gone, again = unclear(), unclear(), unclear()
    actions.arrived(came, eid="N1", person=admin_user)
    actions.give_up(gone, person=admin_user)
    actions.resend([again], person=admin_user)
    lines = [lead.status_changes.get() for lead in (came, gone, again)]
    assert [line.raw_status for line in lines] == ["arrived", "gave-up", "sent-again"]
    assert {line.person for line in lines} == {admin_user} and lines[0].comment == "N1"
