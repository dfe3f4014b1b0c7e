"""Adding a network, its secrets, its postback URLs, its troubles."""

import pytest
from django.urls import reverse
from django.utils import timezone

from affiliate.delivery import check
from affiliate.integrations import registry
from affiliate.models import ConnectionCheck, Flow, Lead, Network, NetworkState, Postback
from tests.integrations.described import PUSH

ADD = "/admin/affiliate/network/add/"
SECRET = "SECRET-xyz-0001-abcd"


def page_of(network) -> str:
    return reverse("admin:affiliate_network_change", args=[network.pk])


def typed(network=None, **values):
    """The form of a probe network as a browser would post it."""
    return {
        "name": network.name if network else "Probe main",
        "base_url": network.base_url if network else "",
        "description": "",
        "enabled": "on",
        "max_in_flight": "8",
        "deadline_hours": "24",
        "upsell": "replace",
        "credentials_api": "",
        **values,
    }


def test_adding_starts_with_a_list_of_every_integration(admin_client):
    html = admin_client.get(ADD).content.decode()
    for integration in registry.integrations().values():
        assert f'href="?integration={integration.slug}"' in html


def test_the_list_tells_how_statuses_come_and_how_well_the_wire_is_known(admin_client, probes):
    html = admin_client.get(ADD).content.decode()
    card = html[html.index("?integration=probe") :]
    assert "status poll" in card[:600] and "documented" in card[:600]


@pytest.mark.parametrize("slug", sorted(registry.integrations()))
def test_the_form_has_exactly_the_credentials_of_the_integration(admin_client, slug):
    form = admin_client.get(f"{ADD}?integration={slug}").context["adminform"].form
    asked = {name for name in form.fields if name.startswith("credentials_")}
    assert asked == {f"credentials_{name}" for name in registry.get(slug).credentials()}


def test_an_unknown_integration_leads_back_to_the_list(admin_client):
    assert "data-pick" in admin_client.get(f"{ADD}?integration=nobody").content.decode()


def test_a_network_is_added_and_its_page_shows_what_to_do_next(admin_client, probes):
    answer = admin_client.post(f"{ADD}?integration=probe", typed(credentials_api=f" {SECRET} "))
    network = Network.objects.get()
    assert answer["Location"] == page_of(network)
    assert (network.integration, network.credentials) == ("probe", {"api": SECRET})


def test_a_missing_credential_is_told_at_its_field_and_once(admin_client, probes):
    form = admin_client.post(f"{ADD}?integration=probe", typed()).context["adminform"].form
    assert list(form.errors) == ["credentials_api"]


def test_a_credential_is_checked_by_its_own_declaration(admin_client, probes):
    answer = admin_client.post(f"{ADD}?integration=probe", typed(credentials_api="two\nlines"))
    assert "line breaks" in answer.context["adminform"].form.errors["credentials_api"][0]


def test_a_stored_secret_is_hinted_at_and_never_sent_to_the_browser(admin_client, network):
    network.credentials = {"api": SECRET}
    network.save()
    html = admin_client.get(page_of(network)).content.decode()
    assert SECRET not in html and "<code>abcd</code>" in html


def test_a_short_secret_is_not_given_away_by_its_hint(admin_client, network):
    network.credentials = {"api": "tiny9"}
    network.save()
    assert "iny9" not in admin_client.get(page_of(network)).content.decode()


def test_an_empty_secret_keeps_the_stored_one(admin_client, network):
    before = network.credentials
    admin_client.post(page_of(network), typed(network, name="Renamed"))
    network.refresh_from_db()
    assert (network.name, network.credentials) == ("Renamed", before)


def test_a_new_secret_replaces_the_stored_one(admin_client, network):
    admin_client.post(page_of(network), typed(network, credentials_api=SECRET))
    network.refresh_from_db()
    assert network.credentials == {"api": SECRET}


def test_a_new_address_wants_the_secret_again(admin_client, network):
    moved = typed(network, base_url="https://elsewhere.example")
    form = admin_client.post(page_of(network), moved).context["adminform"].form
    assert "type this value again" in form.errors["credentials_api"][0]
    admin_client.post(page_of(network), moved | {"credentials_api": SECRET})
    network.refresh_from_db()
    assert network.base_url == "https://elsewhere.example"


def test_a_described_address_wants_the_secret_again(admin_client, network):
    described = typed(network, description="poll: {url: 'https://elsewhere.example/?key={api}'}")
    form = admin_client.post(page_of(network), described).context["adminform"].form
    assert "credentials_api" in form.errors


def test_a_wrong_description_is_told_at_its_field(admin_client, network):
    wrong = typed(network, description="statuses: {sold: sometimes}")
    assert "description" in admin_client.post(page_of(network), wrong).context["adminform"].form.errors


def test_a_description_is_stored_as_values_and_shown_as_text(admin_client, network):
    admin_client.post(page_of(network), typed(network, description="statuses: {sold: approve}"))
    network.refresh_from_db()
    assert network.description == {"statuses": {"sold": "approve"}}
    assert "sold: approve" in admin_client.get(page_of(network)).content.decode()


def test_postback_urls_stand_ready_for_each_event_and_an_empty_slot_is_said(admin_client, settings):
    settings.SITE_URL = "https://hub.example"
    network = Network.objects.create(name="R", integration="leadrock", credentials={"key": "1", "secret": SECRET})
    html = admin_client.get(page_of(network)).content.decode()
    start = f"https://hub.example/api/sale/status.json?id={network.pk}-{network.postback_key}"
    for word in ("approve", "cancel", "trash"):
        assert f"{start}&amp;oid={{sub1}}&amp;status={word}" in html
    assert "Leave this slot empty" in html


def test_a_postback_that_is_set_up_value_by_value_has_our_host_and_key_in_it(admin_client, settings):
    settings.SITE_URL = "https://hub.example"
    network = Network.objects.create(name="A", integration="affbay", credentials={"api": SECRET})
    html = admin_client.get(page_of(network)).content.decode()
    assert ">hub.example<" in html and f"{network.pk}-{network.postback_key}<" in html
    assert "{domain}" not in html and "{id}" not in html


def test_a_paused_network_says_why_and_resumes_by_a_button(admin_client, network):
    NetworkState.objects.create(network=network, paused_at=timezone.now(), paused_reason="Invalid <key>")
    assert "Invalid &lt;key&gt;" in admin_client.get(page_of(network)).content.decode()
    admin_client.post(reverse("admin:affiliate_network_resume", args=[network.pk]))
    assert NetworkState.objects.get().paused_at is None


def test_a_link_resumes_nothing(admin_client, network):
    assert admin_client.get(reverse("admin:affiliate_network_resume", args=[network.pk])).status_code == 405


def test_resuming_needs_the_right_to_change_networks(client_with, network):
    client = client_with("network.view")
    assert client.post(reverse("admin:affiliate_network_resume", args=[network.pk])).status_code == 403


def test_a_network_that_took_leads_cannot_be_deleted(admin_client, flow, make_lead):
    make_lead()
    assert admin_client.post(f"/admin/affiliate/network/{flow.network_id}/delete/", {"post": "yes"}).status_code == 403


def test_secrets_that_cannot_be_opened_are_a_message_and_no_crash(admin_client, network, settings):
    settings.ENCRYPTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    assert admin_client.get("/admin/affiliate/network/").status_code == 200
    answer = admin_client.get(page_of(network), follow=True)
    assert "ENCRYPTION_KEYS" in answer.content.decode()


def test_a_network_of_an_integration_that_is_gone_is_a_message_and_no_crash(admin_client, network):
    Network.objects.update(integration="gone")
    assert admin_client.get("/admin/affiliate/network/").status_code == 200
    assert "“gone”" in admin_client.get(page_of(network), follow=True).content.decode()


def test_a_change_is_logged_without_values(admin_client, network):
    admin_client.post(page_of(network), typed(network, credentials_api=SECRET))
    history = admin_client.get(f"/admin/affiliate/network/{network.pk}/history/").content.decode()
    assert SECRET not in history and "API" in history


def test_caps_and_working_hours_are_typed_as_people_write_them(admin_client, network):
    caps = {"daily_cap": "100", "daily_country_caps": "ro 50\nBG: 20", "total_country_caps": "", "total_cap": ""}
    hours = {"time_zone": "Europe/Bucharest", "works_from": "09:00", "works_until": "18:00", "work_days": ["1", "5"]}
    admin_client.post(page_of(network), typed(network, **caps, **hours))
    network.refresh_from_db()
    assert (network.daily_cap, network.daily_country_caps) == (100, {"RO": 50, "BG": 20})
    assert (network.works_from.hour, network.work_days) == (9, [1, 5])
    form = admin_client.get(page_of(network)).context["adminform"].form
    assert form["daily_country_caps"].value() == "BG 20\nRO 50"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("RO", "the number is missing"),
        ("50", "“50” is no code of a country"),
        ("UK 10", "“UK” is no code of a country"),
        ("RO many", "“many” is no whole number"),
        ("RO 50 BG 20", "“50 BG 20” is no whole number"),
        ("BG 5\nbg 6", "BG stands there twice"),
    ],
)
def test_each_wrong_line_of_caps_by_country_is_told_with_the_reason(admin_client, network, line, told):
    answer = admin_client.post(page_of(network), typed(network, daily_country_caps=f"IT 7\n{line}\nXX 1"))
    first, last = answer.context["adminform"].form.errors["daily_country_caps"]
    assert told in first and last.startswith("“XX 1”")


def test_a_network_outside_its_working_hours_says_when_it_works_again(admin_client, network):
    yesterday = (timezone.now() - timezone.timedelta(days=1)).isoweekday()
    Network.objects.update(work_days=[yesterday])
    assert "Outside its working hours until" in admin_client.get(page_of(network)).content.decode()


def test_addresses_of_postbacks_are_checked_at_their_field(admin_client, network):
    admin_client.post(page_of(network), typed(network, postback_ips="203.0.113.7, 198.51.100.0/24", upsell="add"))
    network.refresh_from_db()
    assert (network.postback_ips, network.upsell) == ("203.0.113.7, 198.51.100.0/24", "add")
    answer = admin_client.post(page_of(network), typed(network, postback_ips="everywhere"))
    assert "postback_ips" in answer.context["adminform"].form.errors


def check_of(network) -> str:
    return reverse("admin:affiliate_network_check", args=[network.pk])


def test_the_connection_is_checked_by_a_button_and_the_page_shows_what_was_said(admin_client, network, fake_network):
    assert "Not checked with the present settings" in admin_client.get(page_of(network)).content.decode()
    html = admin_client.post(check_of(network), follow=True).content.decode()
    assert "The connection works." in html and "/statuses" in html


def test_a_refused_key_is_told_in_the_networks_words(admin_client, network, fake_network):
    fake_network.verdicts["poll"] = (401, "no such token")
    html = admin_client.post(check_of(network), follow=True).content.decode()
    assert "the network refuses the settings" in html and "no such token" in html


def test_a_check_that_finds_a_paused_network_working_resumes_it(admin_client, network, fake_network):
    NetworkState.objects.create(network=network, paused_at=timezone.now(), paused_reason="bad key")
    html = admin_client.post(check_of(network), follow=True).content.decode()
    assert "on their way again" in html and NetworkState.objects.get().paused_at is None


def test_what_was_found_of_other_settings_is_forgotten(admin_client, network, fake_network):
    check.check(network)
    admin_client.post(page_of(network), typed(network, name="Renamed"))
    assert ConnectionCheck.objects.exists()
    admin_client.post(page_of(network), typed(network, credentials_api=SECRET))
    assert not ConnectionCheck.objects.exists()


def test_without_a_harmless_request_a_test_lead_is_offered(admin_client, db):
    network = Network.objects.create(name="L", integration="limonad", credentials={"api": SECRET})
    html = admin_client.get(page_of(network)).content.decode()
    assert "only a lead shows" in html and "Check the connection" not in html
    assert "send a test lead" in admin_client.post(check_of(network), follow=True).content.decode()


def test_a_check_needs_the_right_to_change_networks_and_a_button(client_with, admin_client, network):
    assert client_with("network.view").post(check_of(network)).status_code == 403
    assert admin_client.get(check_of(network)).status_code == 405


def test_what_the_network_answered_is_for_those_who_may_see_personal_data(client_with, network, fake_network):
    check.check(network)
    assert "/statuses" not in client_with("network.view").get(page_of(network)).content.decode()


def steps_of(client, network) -> dict[str, bool]:
    return {str(step.title): step.done for step in client.get(page_of(network)).context["steps"]}


def test_the_next_steps_are_ticked_off_until_none_is_left(admin_client, network, offer, make_lead, fake_network):
    assert steps_of(admin_client, network) == {
        "Check the connection": False,
        "Add a flow": False,
        "Send a test lead": False,
    }
    check.check(network)
    Flow.objects.create(offer=offer, network=network, parameters={"place": "P1"})
    assert steps_of(admin_client, network) == {
        "Check the connection": True,
        "Add a flow": True,
        "Send a test lead": False,
    }
    make_lead()
    Lead.objects.update(delivered_at=timezone.now())
    assert steps_of(admin_client, network) == {}


def test_postbacks_are_a_step_where_the_network_has_to_be_told_their_address(admin_client, db):
    network = Network.objects.create(name="R", integration="leadrock", credentials={"key": "1", "secret": SECRET})
    assert steps_of(admin_client, network)["Set up postbacks"] is False
    Postback.objects.create(network=network, method="GET", query="status=approve")
    assert steps_of(admin_client, network)["Set up postbacks"] is True


def test_a_protocol_that_is_not_described_yet_is_the_first_step(admin_client, db):
    network = Network.objects.create(name="T", integration="template", base_url="https://n.example")
    assert next(iter(steps_of(admin_client, network).items())) == ("Describe the protocol", False)
    network.description = {"push": PUSH}
    network.save()
    assert steps_of(admin_client, network)["Describe the protocol"] is True


def test_networks_known_by_name_stand_first_and_what_takes_any_network_apart(admin_client):
    first, second = admin_client.get(ADD).context["groups"]
    assert {card["slug"] for card in first["cards"]} == set(registry.networks())
    assert {"template", "altercpa_wm"} <= {card["slug"] for card in second["cards"]}


def test_the_page_shows_limits_the_last_attempts_and_why_it_cannot_be_deleted(admin_client, history):
    network = history.network
    Network.objects.update(daily_cap=50, requests_per_second=2)
    html = " ".join(admin_client.get(page_of(network)).content.decode().split())
    assert "0, at most 4 at once" in html and "<dd>1 / 50</dd>" in html and "at most 2" in html
    assert reverse("admin:affiliate_attempt_change", args=[history.attempts.get().pk]) in html
    assert "it can be disabled, not deleted" in html


def test_disabling_tells_what_becomes_of_the_leads_that_wait(admin_client, flow, make_lead):
    make_lead()
    off = {name: text for name, text in typed(flow.network).items() if name != "enabled"}
    html = admin_client.post(page_of(flow.network), off, follow=True).content.decode()
    assert "1 lead stays in this network" in html and "Send again" in html
    assert "stays in this network" not in admin_client.post(page_of(flow.network), off, follow=True).content.decode()


def test_a_page_costs_a_bounded_number_of_queries(admin_client, history, django_assert_max_num_queries):
    Network.objects.update(daily_cap=50, total_cap=500)
    with django_assert_max_num_queries(36):
        admin_client.get(page_of(history.network))


def test_waits_between_tries_are_typed_as_seconds_and_kept_in_the_history(admin_client, network):
    admin_client.post(page_of(network), typed(network, retry_schedule="10, 60 600;"))
    network.refresh_from_db()
    assert network.retry_schedule == [10, 60, 600]
    assert 'value="10, 60, 600"' in admin_client.get(page_of(network)).content.decode()
    history = reverse("admin:affiliate_network_history", args=[network.pk])
    assert "10, 60, 600" in admin_client.get(history).content.decode()


@pytest.mark.parametrize("waits", ["soon", "0", "-5", "1.5", "604801", "9" * 30, ",".join(["1"] * 31)])
def test_waits_that_cannot_be_are_told_at_their_field(admin_client, network, waits):
    form = admin_client.post(page_of(network), typed(network, retry_schedule=waits)).context["adminform"].form
    assert list(form.errors) == ["retry_schedule"]
    assert "whole seconds from 1 to 604800" in form.errors["retry_schedule"][0]
