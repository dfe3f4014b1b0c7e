"""Which flow takes a lead, and why not another."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone
from model_bakery import baker

from affiliate.delivery import caps, parameters, push, routing, sweep
from affiliate.delivery.routing import route
from affiliate.models import Flow, Geo, Lead, NetworkState, Offer, labels
from affiliate.vocabulary import Delivery, Status
from tests.fixtures import make_network

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(offer, network, fake_network, probes):
    return Flow.objects.create(
        offer=offer, network=make_network(fake_network, "deduping"), parameters={"place": "P2"}, priority=20
    )


def reasons(lead):
    return [line["reason"] for line in lead.routing]


def detail(lead, flow):
    return next(line["detail"] for line in lead.routing if line["flow"] == flow.pk)


def change(row, **values):
    type(row).objects.filter(pk=row.pk).update(**values)


def pause(network):
    NetworkState.objects.update_or_create(
        network=network, defaults={"paused_at": timezone.now(), "paused_reason": "key"}
    )


def rest(network):
    open_until = timezone.now() + timedelta(minutes=1)
    NetworkState.objects.update_or_create(network=network, defaults={"open_until": open_until})


def close_by_hours(network):
    change(network, time_zone="UTC", work_days=[(timezone.now() + timedelta(days=2)).isoweekday()])


def test_the_smallest_priority_goes_first(flow, second, make_lead):
    lead = make_lead()
    assert (lead.flow, lead.network) == (flow, flow.network)
    assert reasons(lead) == ["taken", "priority"]


def test_equals_share_by_weight(flow, second, make_lead, monkeypatch):
    second.priority, second.weight = flow.priority, 3
    second.save()
    seen = {}
    monkeypatch.setattr(routing.random, "choices", lambda flows, weights: seen.update(w=weights) or flows[-1:])
    lead = make_lead()
    assert lead.flow == second and seen["w"] == [1, 3]
    assert reasons(lead) == ["weight", "taken"]


def test_a_flow_of_weight_zero_is_left_out_among_equals(flow, second, make_lead):
    change(second, priority=flow.priority, weight=0)
    assert {make_lead(phone=f"+4071{number:07}").flow for number in range(20)} == {flow}


def test_a_country_the_flow_does_not_take(flow, second, make_lead):
    flow.countries = "BG, IT"
    flow.save()
    lead = make_lead(country="RO")
    assert lead.flow == second and reasons(lead) == ["country", "taken"]


def test_disabled_flows_and_networks_are_passed_over(flow, second, make_lead):
    flow.enabled = False
    flow.save()
    second.network.enabled = False
    second.network.save()
    lead = make_lead()
    assert lead.flow is None and reasons(lead) == ["disabled", "network-disabled"]


def test_a_flow_that_lacks_a_required_parameter(flow, second, make_lead):
    flow.parameters = {}
    flow.save()
    lead = make_lead()
    assert lead.flow == second and lead.routing[0]["detail"] == "Place ID"


def test_a_lead_that_no_flow_takes_stays_queued_and_is_looked_at_again(offer, network, make_lead):
    lead = make_lead()
    assert (lead.network, lead.delivery) == (None, Delivery.QUEUED) and lead.next_attempt_at
    flow = Flow.objects.create(offer=offer, network=network, parameters={"place": "P1"})
    Lead.objects.update(next_attempt_at=lead.created_at)
    assert sweep.route_waiting() == 1
    lead.refresh_from_db()
    assert (lead.flow, lead.network) == (flow, network) and lead.deadline_at


def test_many_leads_of_one_offer_read_its_flows_once(flow, make_lead, django_assert_max_num_queries):
    leads = [make_lead() for _number in range(20)]
    router = routing.Router()
    with django_assert_max_num_queries(2 + 20):
        for lead in leads:
            router.route(lead)


class TestCaps:
    @pytest.fixture(autouse=True)
    def _each_by_itself(self, settings):
        settings.STICKY_DAYS = 0

    def deliver(self, lead, **values):
        change(lead, delivery="delivered", next_attempt_at=None, delivered_at=timezone.now(), **values)

    def test_a_flows_daily_cap_goes_on_to_the_next_flow(self, flow, second, make_lead):
        change(flow, daily_cap=2)
        assert [make_lead().flow for _number in range(3)] == [flow, flow, second]

    def test_the_line_says_which_cap(self, flow, second, make_lead):
        change(flow, daily_cap=0)
        lead = make_lead()
        assert reasons(lead) == ["daily-cap", "taken"] and detail(lead, flow) == "0"

    def test_a_cap_is_for_what_was_delivered_today_and_for_what_waits(self, flow, second, make_lead):
        change(flow, daily_cap=2)
        self.deliver(make_lead(), flow=flow)
        make_lead()
        assert make_lead().flow == second
        Lead.objects.filter(flow=flow).update(delivered_at=timezone.now() - timedelta(days=2))
        Lead.objects.filter(flow=flow, delivery="queued").update(delivered_at=None)
        assert make_lead().flow == flow

    def test_a_total_cap_counts_all_days(self, flow, second, make_lead):
        self.deliver(make_lead())
        Lead.objects.update(delivered_at=timezone.now() - timedelta(days=50))
        change(flow, total_cap=1)
        lead = make_lead()
        assert lead.flow == second and reasons(lead) == ["total-cap", "taken"]

    def test_what_left_the_flow_no_longer_counts(self, flow, second, make_lead):
        change(flow, daily_cap=1)
        change(make_lead(), delivery="refused", next_attempt_at=None)
        assert make_lead().flow == flow

    def test_a_countrys_cap_of_a_flow(self, flow, second, make_lead):
        change(flow, daily_country_caps={"RO": 1})
        make_lead(country="RO")
        lead = make_lead(country="RO")
        assert lead.flow == second and detail(lead, flow) == "RO: 1"
        assert make_lead(country="BG").flow == flow

    def test_a_networks_cap_counts_its_flows_together(self, flow, second, make_lead, network):
        third = Flow.objects.create(
            offer=Offer.objects.create(title="Soap"), network=network, parameters={"place": "P"}
        )
        change(network, daily_cap=2)
        make_lead()
        make_lead(offer=third.offer)
        lead = make_lead()
        assert lead.flow == second and reasons(lead) == ["network-daily-cap", "taken"]

    def test_a_networks_cap_for_a_country(self, flow, second, make_lead, network):
        change(network, total_country_caps={"RO": 0})
        lead = make_lead()
        assert reasons(lead) == ["network-total-cap", "taken"] and detail(lead, flow) == "RO: 0"
        assert make_lead(country="BG").flow == flow

    def test_a_batch_keeps_to_the_caps(self, flow, second, source, offer):
        change(flow, daily_cap=3)
        router = routing.Router()
        leads = baker.prepare("affiliate.Lead", 5, source=source, offer=offer, country="RO")
        for lead in leads:
            router.route(lead)
        assert [lead.flow for lead in leads] == [flow] * 3 + [second] * 2

    def test_where_every_flow_is_full_the_lead_waits_without_one(self, flow, make_lead):
        change(flow, daily_cap=0)
        lead = make_lead()
        assert (lead.flow, lead.delivery, lead.deadline_at) == (None, Delivery.QUEUED, None)

    def test_a_refused_lead_passes_over_a_full_flow(self, flow, second, make_lead, fake_network):
        third = Flow.objects.create(offer=flow.offer, network=second.network, parameters={"place": "P3"}, priority=30)
        change(second, daily_cap=0)
        fake_network.verdicts["Ion"] = "refused"
        lead = make_lead()
        push.push_due(flow.network_id)
        lead.refresh_from_db()
        assert lead.flow == third and reasons(lead) == ["refused", "daily-cap", "taken"]

    def test_wrong_caps_are_told_when_the_flow_is_saved(self, flow):
        flow.daily_country_caps = {"Romania": 5}
        with pytest.raises(ValidationError) as told:
            flow.full_clean()
        assert "daily_country_caps" in told.value.message_dict


class TestClosedNetworks:
    @pytest.mark.parametrize(
        ("close", "reason"), [(close_by_hours, "network-hours"), (pause, "network-paused"), (rest, "network-resting")]
    )
    def test_a_closed_network_is_passed_over(self, flow, second, make_lead, close, reason):
        close(flow.network)
        lead = make_lead()
        assert lead.flow == second and reasons(lead) == [reason, "taken"] and detail(lead, flow)

    @pytest.mark.parametrize("close", [close_by_hours, pause, rest])
    def test_where_nothing_else_is_open_the_lead_waits_there(self, flow, second, make_lead, close):
        close(flow.network)
        change(second, countries="BG")
        lead = make_lead()
        assert (lead.flow, lead.network) == (flow, flow.network)
        assert reasons(lead) == ["waits", "country"] and detail(lead, flow)

    def test_a_full_network_is_no_place_to_wait_for_its_hours(self, flow, make_lead, network):
        close_by_hours(network)
        change(network, daily_cap=0)
        assert make_lead().flow is None

    def test_a_network_whose_rest_is_over_is_open(self, flow, second, make_lead):
        NetworkState.objects.create(network=flow.network, open_until=timezone.now() - timedelta(seconds=1))
        assert make_lead().flow == flow


class TestSticky:
    @pytest.fixture(autouse=True)
    def _drawn(self, flow, second, monkeypatch):
        """Both flows are equals, and the draw falls on the first."""
        change(second, priority=flow.priority)
        monkeypatch.setattr(routing.random, "choices", lambda flows, weights: flows[:1])

    def had(self, make_lead, second, **values):
        values = {"flow": second, "network": second.network} | values
        change(make_lead(), **values)

    def test_a_phone_goes_where_its_last_lead_went(self, flow, second, make_lead):
        self.had(make_lead, second)
        lead = make_lead()
        assert lead.flow == second and reasons(lead) == ["phone", "sticky"]

    def test_it_outweighs_priority(self, flow, second, make_lead):
        change(second, priority=99)
        self.had(make_lead, second)
        assert make_lead().flow == second

    def test_the_last_lead_counts(self, flow, second, make_lead):
        self.had(make_lead, second, created_at=timezone.now() - timedelta(days=2))
        self.had(make_lead, flow, created_at=timezone.now() - timedelta(days=1))
        assert make_lead().flow == flow

    def test_another_phone_goes_by_itself(self, flow, second, make_lead):
        self.had(make_lead, second)
        assert make_lead(phone="+40712345679").flow == flow

    def test_no_phone_goes_by_itself(self, flow, second, make_lead):
        self.had(make_lead, second, phone="")
        assert make_lead(phone="").flow == flow

    def test_another_offer_goes_by_itself(self, flow, second, make_lead):
        self.had(make_lead, second, offer=Offer.objects.create(title="Soap"))
        assert make_lead().flow == flow

    @pytest.mark.parametrize("delivery", ["refused", "failed"])
    def test_what_the_flow_did_not_take_does_not_count(self, flow, second, make_lead, delivery):
        self.had(make_lead, second, delivery=delivery, next_attempt_at=None)
        assert make_lead().flow == flow

    def test_a_flow_that_is_closed_does_not_hold_the_phone(self, flow, second, make_lead):
        self.had(make_lead, second)
        change(second, daily_cap=0)
        lead = make_lead()
        assert lead.flow == flow and reasons(lead) == ["taken", "daily-cap"]

    @pytest.mark.parametrize(("age", "days", "sticks"), [(6, 7, True), (8, 7, False), (8, 10, True), (0, 0, False)])
    def test_it_lasts_as_long_as_the_setting_says(self, flow, second, make_lead, settings, age, days, sticks):
        settings.STICKY_DAYS = days
        self.had(make_lead, second, created_at=timezone.now() - timedelta(days=age))
        assert (make_lead().flow == second) is sticks

    def test_leads_of_one_batch_stick_together(self, flow, second, source, offer, monkeypatch):
        router, leads = routing.Router(), baker.prepare("affiliate.Lead", 2, source=source, offer=offer, phone="+40700")
        router.route(leads[0])
        monkeypatch.setattr(routing.random, "choices", lambda flows, weights: flows[-1:])
        router.route(leads[1])
        assert leads[1].flow == leads[0].flow == flow


class TestExplain:
    """Where would a lead go now: the same code as the real thing, and nothing happens."""

    def test_it_says_what_routing_would_say(self, flow, second, make_lead, offer):
        change(flow, countries="BG")
        assert routing.explain(offer, "RO", "+40712345678") == make_lead().routing

    def test_it_saves_and_counts_nothing(self, flow, second, offer):
        change(flow, daily_cap=1)
        for _time in range(3):
            assert routing.explain(offer, "RO")[0]["reason"] == "taken"
        assert not Lead.objects.exists()

    def test_it_knows_the_phone(self, flow, second, make_lead, offer):
        change(make_lead(), flow=second)
        assert [line["reason"] for line in routing.explain(offer, "RO", "+40712345678")] == ["phone", "sticky"]

    def test_an_offer_without_flows(self, offer):
        assert routing.explain(offer, "RO") == []


class TestCost:
    def limited(self, flow, second):
        for row in (flow, second, flow.network, second.network):
            change(row, daily_cap=1000, total_cap=1000, daily_country_caps={"RO": 900})
        change(second.network, time_zone="Asia/Tokyo")

    def test_a_lead_is_routed_by_a_few_queries(self, flow, second, source, offer, django_assert_max_num_queries):
        self.limited(flow, second)
        lead = baker.prepare("affiliate.Lead", source=source, offer=offer, phone="+40712345678", country="RO")
        route(lead)
        with django_assert_max_num_queries(6):
            assert route(lead)

    def test_each_more_of_a_batch_costs_two(self, flow, second, source, offer, django_assert_max_num_queries):
        self.limited(flow, second)
        router, leads = routing.Router(), baker.prepare("affiliate.Lead", 20, source=source, offer=offer, country="RO")
        for number, lead in enumerate(leads):
            lead.phone = f"+407{number:08}"
        router.route(leads.pop())
        with django_assert_max_num_queries(2 * len(leads)):
            for lead in leads:
                router.route(lead)

    def test_more_flows_cost_no_more(
        self, flow, second, source, offer, probes, fake_network, django_assert_max_num_queries
    ):
        self.limited(flow, second)
        for number in range(10):
            one = make_network(fake_network, name=str(number), daily_cap=5)
            Flow.objects.create(offer=offer, network=one, parameters={"place": "P"}, daily_cap=5)
        lead = baker.prepare("affiliate.Lead", source=source, offer=offer, phone="+40712345678", country="RO")
        route(lead)
        with django_assert_max_num_queries(6):
            route(lead)


def test_every_reason_has_its_words():
    of_flows = {value for name, value in vars(routing).items() if name in REASONS} | {caps.DAILY, caps.TOTAL}
    of_networks = {routing.NETWORK_DISABLED, *routing.PASSING} | {
        routing.OF_NETWORK + cap for cap in (caps.DAILY, caps.TOTAL)
    }
    assert of_flows | of_networks == dict(labels.ROUTING).keys()


REASONS = {
    "TAKEN",
    "STICKY",
    "WAITS",
    "PRIORITY",
    "WEIGHT",
    "PHONE",
    "DISABLED",
    "COUNTRY",
    "REFUSED",
    "BY_HAND",
    "PARAMETERS",
    "TEST",
}


class TestParameters:
    def test_the_most_specific_value_wins(self, flow):
        flow.offer.parameters = {"place": "offer", "note": "offer"}
        flow.parameters = {"place": "flow"}
        Geo.objects.create(flow=flow, country="RO", parameters={"place": "geo"})
        assert {name: (one.value, one.origin) for name, one in parameters.resolve(flow, "RO").items()} == {
            "place": ("geo", "geo"),
            "note": ("offer", "offer"),
        }
        assert parameters.values(flow, "BG") == {"place": "flow", "note": "offer"}

    def test_what_is_required_and_missing_is_named(self, flow):
        flow.parameters = {"place": "  "}
        assert parameters.missing(flow) == ["Place ID"]

    def test_values_the_integration_does_not_declare_never_travel(self, flow):
        flow.parameters = {"place": "P", "api": "x"}
        assert parameters.values(flow) == {"place": "P"}


def test_route_answers_whether_a_flow_was_found(flow, make_lead):
    assert route(make_lead()) is True


class TestALeadWhoseNetworkIsFullBeforeItsTurn:
    @pytest.fixture
    def lead(self, flow, second, make_lead):
        make_lead(delivery="delivered")
        Lead.objects.update(delivery="delivered", delivered_at=timezone.now(), next_attempt_at=None)
        return make_lead()

    def swept(self, lead):
        sweep.sweep()
        lead.refresh_from_db()
        return lead

    @pytest.mark.parametrize(
        "cap",
        [{"daily_cap": 1}, {"total_cap": 1}, {"daily_country_caps": {"RO": 1}}, {"total_country_caps": {"RO": 1}}],
    )
    def test_it_goes_to_the_next_flow(self, lead, network, second, cap):
        change(network, **cap)
        Lead.objects.filter(pk=lead.pk).update(attempts_made=3)
        assert self.swept(lead).flow == second
        assert (lead.attempts_made, reasons(lead)[0].partition("-")[0]) == (0, "network")

    @pytest.mark.parametrize("cap", [{}, {"daily_cap": 2}, {"daily_country_caps": {"BG": 0}}])
    def test_as_long_as_there_is_room_it_stays(self, lead, network, flow, cap):
        change(network, **cap)
        assert self.swept(lead).flow == flow

    def test_without_another_flow_it_waits_for_one(self, lead, network, second):
        change(network, daily_cap=1)
        change(second, enabled=False)
        assert (self.swept(lead).network, lead.delivery) == (None, Delivery.QUEUED)

    def test_leads_on_their_way_do_not_fill_the_cap_yet(self, lead, network, flow):
        Lead.objects.exclude(pk=lead.pk).update(
            delivery="sending", delivered_at=None, lease=uuid4(), lease_until=timezone.now() + timedelta(hours=1)
        )
        change(network, daily_cap=1)
        assert self.swept(lead).flow == flow

    def test_one_that_may_be_there_stays(self, lead, network, flow):
        change(network, daily_cap=1)
        change(lead, unclear_since=timezone.now())
        assert self.swept(lead).flow == flow

    def test_one_that_a_person_sent_there_stays(self, lead, network, flow):
        routing.send_by(lead, flow)
        lead.save()
        change(network, daily_cap=1)
        assert self.swept(lead).flow == flow

    def test_one_that_was_refused_before_ends_where_it_was_refused(self, flow, second, make_lead, fake_network):
        fake_network.verdicts["Ion"] = "refused"
        lead = make_lead()
        push.push_due(flow.network_id)
        change(second.network, total_cap=0)
        Lead.objects.update(next_attempt_at=F("next_attempt_at") - timedelta(minutes=2))
        self.swept(lead)
        Lead.objects.update(next_attempt_at=F("next_attempt_at") - timedelta(minutes=2))
        assert (self.swept(lead).delivery, lead.flow) == (Delivery.REFUSED, flow)
        assert lead.status_reason == "because refused"


class TestARefusedLeadWaitsForAFlowThatIsFullToday:
    @pytest.fixture
    def waiting(self, flow, offer, fake_network, make_lead):
        full = make_network(fake_network, "twostep", daily_cap=0)
        Flow.objects.create(offer=offer, network=full, parameters={"place": "P2"}, priority=20)
        fake_network.verdicts["Ion"] = ["refused", "ok"]
        lead = make_lead()
        Lead.objects.update(deadline_at=timezone.now() + timedelta(days=3))
        push.push_due(lead.network_id)
        lead.refresh_from_db()
        return lead, full

    def later(self, lead):
        Lead.objects.update(next_attempt_at=F("next_attempt_at") - timedelta(minutes=2))
        sweep.route_waiting()
        lead.refresh_from_db()
        return lead

    def test_it_is_not_cancelled(self, waiting):
        lead, _full = waiting
        assert (lead.delivery, lead.network, lead.status) == (Delivery.QUEUED, None, Status.WAIT)
        assert lead.deadline_at and self.later(lead).network is None

    def test_it_goes_on_when_the_flow_has_room(self, waiting):
        lead, full = waiting
        type(full).objects.filter(pk=full.pk).update(daily_cap=5)
        assert self.later(lead).network == full
        assert [line["reason"] for line in lead.routing] == ["refused", "taken"]

    def test_past_its_deadline_it_is_refused_where_it_was(self, waiting, network):
        lead, _full = waiting
        Lead.objects.update(deadline_at=timezone.now())
        lead = self.later(lead)
        assert (lead.delivery, lead.network, lead.status) == (Delivery.REFUSED, network, Status.CANCEL)
        assert lead.delivery_reason == lead.status_reason == "because refused"
