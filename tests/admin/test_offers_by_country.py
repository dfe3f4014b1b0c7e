"""The page of offers × countries."""

import pytest

from affiliate.admin import countries
from affiliate.models import Flow, Offer

PAGE = "/admin/affiliate/offer/by-country/"


def test_a_cell_leads_to_the_flow_and_an_empty_one_says_that_nobody_takes_it(admin_client, flow):
    Offer.objects.create(title="Lonely")
    Flow.objects.update(countries="RO")
    html = admin_client.get(PAGE).content.decode()
    assert f'href="/admin/affiliate/flow/{flow.pk}/change/">Network probe</a>' in html
    assert html.count('title="no flow takes it"') == 1 and "/flags/ro.gif" in html


def test_the_list_of_offers_leads_there(admin_client, flow):
    assert PAGE in admin_client.get("/admin/affiliate/offer/").content.decode()


@pytest.mark.parametrize("query", ["offer=77", "network=x", "country=XX", "offer=&network=&country="])
def test_a_filter_that_names_nothing_known_shows_everything(admin_client, flow, query):
    assert "Watch" in admin_client.get(f"{PAGE}?{query}").content.decode()


def test_a_new_hub_is_told_the_next_step(admin_client, db):
    assert "Add an offer" in admin_client.get(PAGE).content.decode()


def test_many_offers_and_countries_cost_as_much_as_one(admin_client, flow, network, django_assert_max_num_queries):
    codes = list(countries.names())[:60]
    offers = Offer.objects.bulk_create(Offer(title=f"Offer {number}") for number in range(50))
    Flow.objects.bulk_create(
        Flow(offer=offer, network=network, countries=", ".join(codes), parameters={"place": "P"}) for offer in offers
    )
    with django_assert_max_num_queries(8):
        html = admin_client.get(PAGE).content.decode()
    assert html.count("Network probe</a>") == 50 * 60 + 61
