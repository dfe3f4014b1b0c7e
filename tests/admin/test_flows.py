"""Offers and flows: parameters as named fields, where a value comes from, what is missing."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from affiliate.models import Flow, Geo, Offer
from tests.fixtures import make_network

ADD = "/admin/affiliate/flow/add/"

# What the form of an offer asks besides.
RULES = {"on_duplicate": "off", "duplicate_by": "phone", "duplicate_days": "1"}


def page_of(row) -> str:
    return reverse(f"admin:affiliate_{row._meta.model_name}_change", args=[row.pk])


def typed(*geos, **values):
    """The form of a probe flow; each geo is (country, place) or (country, place, id)."""
    data = {
        "parameters_place": "P1",
        "parameters_note": "",
        "countries": "",
        "priority": "10",
        "weight": "1",
        "enabled": "on",
        "title": "",
        "geos-TOTAL_FORMS": str(len(geos)),
        "geos-INITIAL_FORMS": str(sum(len(geo) == 3 for geo in geos)),
    }
    for number, (country, place, *pk) in enumerate(geos):
        data |= {f"geos-{number}-country": country, f"geos-{number}-parameters_place": place}
        if pk:
            data[f"geos-{number}-id"] = str(pk[0])
    return data | values


@pytest.fixture
def add(offer, network):
    return f"{ADD}?offer={offer.pk}&network={network.pk}"


def messages_of(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_a_new_flow_asks_for_offer_and_network_first(admin_client, offer, network):
    form = admin_client.get(f"{ADD}?offer={offer.pk}").context["form"]
    assert list(form.fields) == ["offer", "network"] and form["offer"].value() == str(offer.pk)


def test_a_choice_that_does_not_exist_is_told_and_no_crash(admin_client, network):
    answer = admin_client.get(f"{ADD}?offer=77&network={network.pk}")
    assert "offer" in answer.context["form"].errors


def test_the_fields_are_those_of_the_networks_integration(admin_client, add):
    fields = admin_client.get(add).context["adminform"].form.fields
    assert [name for name in fields if name.startswith("parameters_")] == ["parameters_place", "parameters_note"]


def test_a_flow_is_added_with_its_parameters_and_geos(admin_client, add, offer, network):
    admin_client.post(add, typed(("RO", "P2"), ("BG", ""), countries="ro bg", parameters_place=" P1 "))
    flow = Flow.objects.get()
    assert (flow.offer, flow.network, flow.parameters, flow.countries) == (offer, network, {"place": "P1"}, "BG, RO")
    assert dict(flow.geos.values_list("country", "parameters")) == {"RO": {"place": "P2"}, "BG": {}}


def test_a_missing_parameter_is_told_when_the_flow_is_saved(admin_client, add):
    answer = admin_client.post(add, typed(parameters_place=""), follow=True)
    assert Flow.objects.exists() and "Place ID" in messages_of(answer)


def test_a_parameter_that_is_missing_in_one_country_is_told_with_that_country(admin_client, add):
    answer = admin_client.post(add, typed(("RO", "P2"), parameters_place="", countries="RO, BG"), follow=True)
    assert "BG · Bulgaria" in messages_of(answer) and "Romania" not in messages_of(answer)


def test_a_country_that_alone_has_its_value_is_left_out_of_what_is_told(admin_client, add):
    answer = admin_client.post(add, typed(("RO", "P2"), parameters_place=""), follow=True)
    assert "every other country: no value for Place ID" in messages_of(answer)


def test_a_geo_outside_the_flows_countries_is_told(admin_client, add):
    answer = admin_client.post(add, typed(("RO", "P2"), countries="BG"), follow=True)
    assert "takes no leads from RO · Romania" in messages_of(answer)


def test_nothing_is_told_of_a_complete_flow(admin_client, add):
    assert "No value" not in messages_of(admin_client.post(add, typed(), follow=True))


def test_the_value_of_the_offer_fills_a_flow_without_its_own(admin_client, add, offer):
    Offer.objects.update(parameters={"place": "P0"})
    assert "No value" not in messages_of(admin_client.post(add, typed(parameters_place=""), follow=True))


def shown(answer) -> set[tuple[str, str, str, str]]:
    """Label, countries, value and origin of each line of “What leads get”."""
    return {
        (line["label"], strip_tags(line["countries"]).replace("  ", " ").strip(), line["value"], str(line["origin"]))
        for line in answer.context["resolved"]
    }


def test_each_value_stands_with_its_origin(admin_client, flow, offer):
    Offer.objects.update(parameters={"note": "from the offer"})
    Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
    assert shown(admin_client.get(page_of(flow))) == {
        ("Place ID", "every other country", "P1", "flow"),
        ("Place ID", "BG · Bulgaria", "P2", "geo"),
        ("Note", "every other country, BG · Bulgaria", "from the offer", "offer"),
    }


def test_each_country_of_a_flow_stands_with_its_value(admin_client, flow, offer):
    Flow.objects.update(countries="BG, IT, RO")
    Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
    assert shown(admin_client.get(page_of(flow))) == {
        ("Place ID", "BG · Bulgaria", "P2", "geo"),
        ("Place ID", "IT · Italy, RO · Romania", "P1", "flow"),
        ("Note", "BG · Bulgaria, IT · Italy, RO · Romania", "", ""),
    }


def test_a_geo_is_changed_and_removed(admin_client, flow):
    geo = Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
    admin_client.post(page_of(flow), typed(("BG", "P3", geo.pk)))
    geo.refresh_from_db()
    assert geo.parameters == {"place": "P3"}
    admin_client.post(page_of(flow), typed(("BG", "P3", geo.pk)) | {"geos-0-DELETE": "on"})
    assert not Geo.objects.exists()


def test_a_country_twice_is_told(admin_client, add):
    answer = admin_client.post(add, typed(("RO", "P2"), ("RO", "P3")))
    assert answer.status_code == 200 and not Geo.objects.exists()


@pytest.mark.parametrize("wrong", ["UK", "Romania", "R0"])
def test_a_wrong_country_code_is_told(admin_client, add, wrong):
    assert "countries" in admin_client.post(add, typed(countries=wrong)).context["adminform"].form.errors


def test_the_countries_of_a_flow_are_chosen_by_name(admin_client, add, flow):
    admin_client.post(add, typed(countries=["RO", "BG"]))
    assert Flow.objects.latest("pk").countries == "BG, RO"
    Flow.objects.update(countries="BG, RO")
    html = admin_client.get(page_of(flow)).content.decode()
    chosen = ('value="BG" selected>BG · Bulgaria<', 'value="RO" selected>RO · Romania<', 'value="IT">IT · Italy<')
    assert all(text in html for text in chosen)


def test_a_flow_without_chosen_countries_takes_leads_from_all(admin_client, flow):
    Flow.objects.update(countries="BG, RO")
    admin_client.post(page_of(flow), typed(countries=[]))
    flow.refresh_from_db()
    assert flow.countries == ""


def test_a_stored_code_of_no_country_is_told_and_not_lost(admin_client, flow):
    Flow.objects.update(countries="UK")
    assert 'value="UK" selected' in admin_client.get(page_of(flow)).content.decode()
    answer = admin_client.post(page_of(flow), typed(countries=["UK"]))
    assert "UK" in answer.context["adminform"].form.errors["countries"][0]


def test_an_offer_offers_the_parameters_its_networks_take(admin_client, flow, offer):
    data = RULES | {"title": offer.title, "enabled": "on", "parameters_place": "P9", "parameters_note": ""}
    admin_client.post(page_of(offer), data)
    offer.refresh_from_db()
    assert offer.parameters == {"place": "P9"}


def test_an_emptied_value_of_the_offer_is_told_for_the_flows_that_lived_on_it(admin_client, flow, offer):
    Flow.objects.update(parameters={})
    Offer.objects.update(parameters={"place": "P0"})
    data = RULES | {"title": offer.title, "enabled": "on", "parameters_place": "", "parameters_note": ""}
    answer = admin_client.post(page_of(offer), data, follow=True)
    assert f"{flow}: No value for Place ID" in messages_of(answer)


def test_parameters_of_an_offer_are_grouped_by_the_integration_that_asks_for_them(
    admin_client, flow, offer, fake_network
):
    other = make_network(fake_network, "deduping")
    Flow.objects.create(offer=offer, network=other)
    sets = admin_client.get(page_of(offer)).context["adminform"].fieldsets
    titles = [str(title) for title, _options in sets if title]
    assert [title for title in titles if title.startswith("Parameters")] == ["Parameters for all flows to Probe"]


def test_values_of_networks_that_left_the_offer_stay(admin_client, flow, offer):
    Offer.objects.update(parameters={"old": "kept"})
    data = RULES | {"title": offer.title, "enabled": "on", "parameters_place": "P9", "parameters_note": ""}
    admin_client.post(page_of(offer), data)
    offer.refresh_from_db()
    assert offer.parameters == {"old": "kept", "place": "P9"}


def test_an_offer_shows_its_flows_and_what_they_lack(admin_client, flow, offer):
    Flow.objects.update(parameters={})
    html = admin_client.get(page_of(offer)).content.decode()
    assert page_of(flow) in html and "missing: Place ID" in html


def test_a_new_offer_leads_to_its_first_flow(admin_client):
    answer = admin_client.post("/admin/affiliate/offer/add/", RULES | {"title": "New", "enabled": "on"})
    assert answer["Location"] == f"{ADD}?offer={Offer.objects.get().pk}"


def test_a_flow_that_took_leads_cannot_be_deleted(admin_client, flow, make_lead):
    make_lead()
    assert admin_client.post(f"/admin/affiliate/flow/{flow.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_copy_opens_its_form_and_takes_no_leads_before_it_is_saved(admin_client, flow):
    answer = admin_client.post(f"/admin/affiliate/flow/{flow.pk}/copy/")
    twin = Flow.objects.exclude(pk=flow.pk).get()
    assert answer["Location"] == f"{page_of(twin)}?copied=on" and not twin.enabled
    page = admin_client.get(answer["Location"])
    assert "It takes no leads until you save it here" in page.content.decode()
    assert page.context["adminform"].form["enabled"].value() is True
    admin_client.post(answer["Location"], typed(title="Second"))
    twin.refresh_from_db()
    assert twin.enabled and twin.title == "Second"


def test_the_copy_of_a_disabled_flow_stays_disabled(admin_client, flow):
    Flow.objects.update(enabled=False)
    location = admin_client.post(f"/admin/affiliate/flow/{flow.pk}/copy/")["Location"]
    assert admin_client.get(location).context["adminform"].form["enabled"].value() is False


def test_flows_are_copied_to_other_offers(admin_client, flow):
    others = [Offer.objects.create(title=title) for title in ("Cream", "Tea")]
    data = {"ids": str(flow.pk), "offers": [other.pk for other in others]}
    answer = admin_client.post("/admin/affiliate/flow/bulk/copy/", data, follow=True)
    assert [other.flows.get().enabled for other in others] == [False, False]
    assert "2 copies are made" in messages_of(answer)


def test_many_flows_are_switched_off_and_on(admin_client, flow):
    admin_client.post("/admin/affiliate/flow/bulk/disable/", {"ids": str(flow.pk)})
    assert not Flow.objects.get().enabled
    admin_client.post("/admin/affiliate/flow/bulk/enable/", {"ids": str(flow.pk)})
    assert Flow.objects.get().enabled


def test_who_may_only_look_copies_nothing(client_with, flow):
    client = client_with("flow.view", "geo.view")
    assert client.post(f"/admin/affiliate/flow/{flow.pk}/copy/").status_code == 403
    assert client.post("/admin/affiliate/flow/bulk/copy/", {"ids": str(flow.pk)}).status_code == 403
