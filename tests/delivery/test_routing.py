"""Which flow takes a lead, and why not another."""

import pytest

from affiliate.delivery import parameters, routing, sweep
from affiliate.delivery.routing import route
from affiliate.models import Flow, Geo, Lead
from affiliate.vocabulary import Delivery
from tests.fixtures import make_network

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(offer, network, fake_network, probes):
    return Flow.objects.create(
        offer=offer, network=make_network(fake_network, "deduping"), parameters={"place": "P2"}, priority=20
    )


def reasons(lead):
    return [line["reason"] for line in lead.routing]


def test_the_smallest_priority_goes_first(flow, second, make_lead):
    lead = make_lead()
    assert (lead.flow, lead.network) == (flow, flow.network)
    assert reasons(lead) == ["taken", ""]


def test_equals_share_by_weight(flow, second, make_lead, monkeypatch):
    second.priority, second.weight = flow.priority, 3
    second.save()
    seen = {}
    monkeypatch.setattr(routing.random, "choices", lambda flows, weights: seen.update(w=weights) or flows[-1:])
    assert make_lead().flow == second and seen["w"] == [1, 3]


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
