"""Offers by country: which flows take the leads, which cannot, and where there is none."""

import pytest

from affiliate.catalogue.coverage import coverage
from affiliate.models import Flow, Geo, Network, Offer
from tests.fixtures import make_network


def table(**filters) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Offer → country → (network, state)."""
    return {
        row.offer.title: {
            code: [(way.flow.network.name, way.state.value) for way in ways] for code, ways in row.ways.items()
        }
        for row in coverage(**filters).rows
    }


@pytest.fixture
def second(fake_network, probes):
    return make_network(fake_network, "deduping", name="Second")


def test_a_flow_stands_in_each_of_its_countries(flow):
    Flow.objects.update(countries="RO, BG")
    assert coverage().countries == ["BG", "RO"]
    assert table() == {"Watch": {"BG": [("Network probe", "open")], "RO": [("Network probe", "open")]}}


def test_flows_of_a_country_stand_in_the_order_they_are_tried_in(flow, offer, second):
    Flow.objects.create(offer=offer, network=second, priority=1, parameters={"place": "P"})
    assert [name for name, _state in table()["Watch"][""]] == ["Second", "Network probe"]


def test_a_flow_for_every_country_stands_in_every_column(flow, offer, second):
    Flow.objects.create(offer=offer, network=second, countries="RO", parameters={"place": "P"})
    assert coverage().countries == ["RO", ""]
    assert [name for name, _state in table()["Watch"]["RO"]] == ["Network probe", "Second"]
    assert [name for name, _state in table()["Watch"][""]] == ["Network probe"]


def test_an_offer_without_flows_is_there_with_nothing(flow):
    Offer.objects.create(title="Lonely")
    assert table()["Lonely"] == {}


def test_a_flow_that_lacks_a_value_in_a_country_says_so(flow):
    Flow.objects.update(parameters={}, countries="BG, RO")
    Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
    assert table()["Watch"] == {"BG": [("Network probe", "open")], "RO": [("Network probe", "lacks")]}


@pytest.mark.parametrize("model", [Offer, Flow, Network])
def test_what_is_disabled_says_so(flow, model):
    model.objects.update(enabled=False)
    assert table()["Watch"][""] == [("Network probe", "off")]


def test_it_is_narrowed_to_an_offer_a_network_or_a_country(flow, offer, second):
    other = Offer.objects.create(title="Cream")
    Flow.objects.create(offer=other, network=second, countries="BG", parameters={"place": "P"})
    assert table(offer=other).keys() == {"Cream"}
    assert table(network=flow.network).keys() == {"Watch"}
    assert table(country="BG") == {"Cream": {"BG": [("Second", "open")]}, "Watch": {"BG": [("Network probe", "open")]}}


def test_two_hundred_offers_cost_three_queries(flow, network, django_assert_num_queries):
    offers = Offer.objects.bulk_create(Offer(title=f"Offer {number}") for number in range(200))
    flows = Flow.objects.bulk_create(
        Flow(offer=one, network=network, countries="BG, RO", parameters={"place": "P"}) for one in offers
    )
    Geo.objects.bulk_create(Geo(flow=one, country="BG", parameters={"place": "P2"}) for one in flows)
    with django_assert_num_queries(3):
        assert len(coverage().rows) == 201
