"""Where a lead would go now: every flow with its reason, and nothing is saved or sent."""

import pytest
from django.urls import reverse
from django.utils import timezone

from affiliate.models import Flow, Lead, Network, NetworkState
from tests.admin.conftest import PHONE
from tests.fixtures import make_network

WHERE = "/admin/affiliate/offer/where/"


def asked(client, offer, country="RO", phone=""):
    return client.post(WHERE, {"offer": offer.pk, "country": country, "phone": phone})


def reasons(answer) -> dict[str, str]:
    return {line["title"]: line["reason"] for line in answer.context["lines"]}


@pytest.fixture
def flows(flow, offer, fake_network):
    """The first, one for another country, one of a paused network, one that lacks a parameter."""
    Flow.objects.filter(pk=flow.pk).update(title="First", priority=5)
    paused = make_network(fake_network, name="Paused")
    NetworkState.objects.create(network=paused, paused_at=timezone.now(), paused_reason="bad key")
    place = {"parameters": {"place": "P1"}, "offer": offer}
    Flow.objects.create(title="Elsewhere", network=flow.network, countries="BG", **place)
    Flow.objects.create(title="Waiting", network=paused, **place)
    Flow.objects.create(title="Unfinished", network=flow.network, offer=offer)
    Flow.objects.create(title="Second", network=flow.network, priority=9, **place)
    return flow


def test_every_flow_of_the_offer_has_its_reason_and_the_chosen_one_stands_first(admin_client, offer, flows):
    answer = asked(admin_client, offer)
    assert reasons(answer) == {
        "First": "taken",
        "Elsewhere": "country",
        "Waiting": "network-paused",
        "Unfinished": "parameters",
        "Second": "priority",
    }
    html = answer.content.decode()
    assert "It would go to First" in html and "bad key" in html and "the network is paused" in html


def test_nothing_is_saved(admin_client, offer, flows):
    asked(admin_client, offer, phone="0712345678")
    assert not Lead.objects.exists()


def test_a_phone_goes_where_its_last_lead_went(admin_client, offer, flows, make_lead):
    second = Flow.objects.get(title="Second")
    Lead.objects.filter(pk=make_lead(phone=PHONE).pk).update(flow=second, delivery="delivered")
    assert reasons(asked(admin_client, offer, phone="0712345678"))["Second"] == "sticky"


def test_a_phone_that_is_none_is_told_at_its_field(admin_client, offer, flows):
    answer = asked(admin_client, offer, phone="12")
    assert "phone" in answer.context["form"].errors and "lines" not in answer.context


def test_a_link_may_name_the_offer_and_the_country(admin_client, offer, flows):
    assert reasons(admin_client.get(f"{WHERE}?offer={offer.pk}&country=BG"))["Elsewhere"] == "priority"
    assert admin_client.get(f"{WHERE}?offer={offer.pk}").context["form"].initial == {"offer": str(offer.pk)}


def test_a_lead_is_asked_about_without_its_phone_in_the_address(admin_client, client_with, offer, flows, make_lead):
    lead = make_lead(phone=PHONE)
    page = admin_client.get(reverse("admin:affiliate_lead_change", args=[lead.pk])).content.decode()
    assert f"{WHERE}?lead={lead.pk}" in page
    assert PHONE in admin_client.get(f"{WHERE}?lead={lead.pk}").content.decode()
    shown = client_with("lead.view", "offer.view", "flow.view").get(f"{WHERE}?lead={lead.pk}").content.decode()
    assert PHONE not in shown and "+407•••78" in shown


def test_a_stranger_to_leads_learns_nothing_of_one(client_with, flows, make_lead):
    answer = client_with("offer.view").get(f"{WHERE}?lead={make_lead().pk}")
    assert "lines" not in answer.context


@pytest.mark.parametrize("query", ["lead=x", "lead=99999999999999999999", "offer=x&country=RO", "offer=1&country=ZZ"])
def test_an_address_that_makes_no_sense_shows_the_form(admin_client, flows, query):
    answer = admin_client.get(f"{WHERE}?{query}")
    assert answer.status_code == 200 and "lines" not in answer.context


def test_a_lead_that_would_have_to_wait_is_told_so(admin_client, offer, flows):
    Flow.objects.exclude(title="Waiting").update(enabled=False)
    answer = asked(admin_client, offer)
    assert reasons(answer)["Waiting"] == "waits" and "It would wait in Waiting" in answer.content.decode()


def test_where_nobody_takes_it_it_is_said_what_happens(admin_client, offer):
    assert "without a flow" in asked(admin_client, offer).content.decode()
    network = Network.objects.create(name="N", integration="limonad")
    Flow.objects.create(offer=offer, network=network, enabled=False)
    assert "No flow takes it now" in asked(admin_client, offer).content.decode()


def test_fifty_flows_cost_as_many_queries_as_one(
    admin_client, offer, flows, fake_network, django_assert_max_num_queries
):
    for number in range(50):
        network = make_network(fake_network, name=f"N{number}", daily_cap=3)
        Flow.objects.create(offer=offer, network=network, parameters={"place": "P1"}, daily_cap=3)
    with django_assert_max_num_queries(20):
        asked(admin_client, offer)
