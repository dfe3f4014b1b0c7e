"""How each network is doing: the page, its refreshing, its buttons, what it costs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from affiliate.models import Flow, Network, NetworkState
from tests.fixtures import make_network

STATE = "/admin/affiliate/network/state/"


def pause(network, reason="bad key"):
    NetworkState.objects.update_or_create(
        network=network, defaults={"paused_at": timezone.now(), "paused_reason": reason}
    )


def text_of(client, address=STATE) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_each_network_has_its_queue_and_its_state(admin_client, flow, make_lead):
    make_lead()
    html = text_of(admin_client)
    assert "working" in html and f"?network={flow.network_id}&amp;delivery__exact=queued" in html


def test_a_pause_names_its_cause_and_offers_a_check_and_the_end_of_it(admin_client, network):
    pause(network, "Invalid <key>")
    html = text_of(admin_client)
    assert "Invalid &lt;key&gt;" in html
    assert reverse("admin:affiliate_network_check", args=[network.pk]) in html
    assert reverse("admin:affiliate_network_resume", args=[network.pk]) in html


def test_a_network_that_rests_says_until_when(admin_client, network):
    NetworkState.objects.create(network=network, open_until=timezone.now() + timedelta(minutes=1))
    html = text_of(admin_client)
    assert "paused: the network is failing" in html and "UTC" in html and "Try now" in html


def test_a_button_of_this_page_leads_back_to_it(admin_client, network, fake_network):
    pause(network)
    check = reverse("admin:affiliate_network_check", args=[network.pk])
    answer = admin_client.post(f"{check}?back=state", follow=True)
    assert answer.redirect_chain == [(STATE, 302)]
    assert f"{network}: The connection works" in answer.content.decode()


def test_the_page_asks_for_what_changed_since(admin_client, network):
    now = reverse("admin:affiliate_network_state_now")
    assert f'data-follow="{now}"' in text_of(admin_client)
    told = admin_client.get(now).json()
    assert str(network) in told["html"] and told["pause"] > 0


def test_who_may_only_look_has_no_buttons(client_with, network):
    pause(network)
    client = client_with("network.view")
    assert "bad key" in text_of(client) and "Resume" not in text_of(client)
    assert client_with("lead.view").get(STATE).status_code == 403
    assert client_with("lead.view").get(reverse("admin:affiliate_network_state_now")).status_code == 403


def test_leads_that_no_flow_takes_are_told(admin_client, make_lead):
    make_lead()
    assert "1 lead waits" in text_of(admin_client)


def test_without_networks_the_next_step_is_named(admin_client, db):
    assert reverse("admin:affiliate_network_add") in text_of(admin_client)


@pytest.mark.parametrize("path", [STATE, "/admin/affiliate/network/state/now/"])
def test_a_hundred_networks_cost_as_many_queries_as_one(
    admin_client, probes, fake_network, offer, make_lead, django_assert_max_num_queries, path
):
    for number in range(100):
        network = make_network(fake_network, name=f"N{number}", daily_cap=5)
        Flow.objects.create(offer=offer, network=network, parameters={"place": "P1"})
        pause(network)
    make_lead()
    assert Network.objects.count() == 100
    with django_assert_max_num_queries(16):
        assert admin_client.get(path).status_code == 200
