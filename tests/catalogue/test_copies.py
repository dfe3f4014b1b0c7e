"""A copy of a flow has everything that sends leads, and sends none yet."""

import pytest

from affiliate.catalogue.copies import copy_flow
from affiliate.models import Flow, Geo, Offer


@pytest.fixture
def whole(flow):
    """A flow with a value in every column that people type."""
    Flow.objects.update(
        countries="BG, RO",
        priority=3,
        weight=7,
        daily_cap=50,
        total_cap=900,
        daily_country_caps={"RO": 20},
        total_country_caps={"RO": 300},
    )
    Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
    flow.refresh_from_db()
    return flow


def values(flow: Flow, *without: str) -> dict:
    left_out = {"id", "created_at", "enabled", *without}
    columns = {one.attname: getattr(flow, one.attname) for one in Flow._meta.concrete_fields}
    return {name: value for name, value in columns.items() if name not in left_out} | {
        "geos": list(flow.geos.values_list("country", "parameters"))
    }


def test_it_has_the_same_values_caps_and_geos(whole):
    twin = copy_flow(whole)
    assert twin.pk != whole.pk and values(twin, "title") == values(whole, "title")


def test_it_takes_no_leads_and_the_original_goes_on(whole):
    twin = copy_flow(whole)
    whole.refresh_from_db()
    assert (twin.enabled, whole.enabled) == (False, True)


def test_within_its_offer_its_title_says_that_it_is_a_copy(whole):
    assert str(copy_flow(whole)) == f"Copy of {whole}"


def test_in_another_offer_it_keeps_its_title(whole):
    other = Offer.objects.create(title="Other")
    twin = copy_flow(whole, offer=other)
    assert twin.offer == other and values(twin, "offer_id") == values(whole, "offer_id")


def test_the_title_of_a_copy_of_a_copy_fits(whole):
    Flow.objects.update(title="x" * 150)
    whole.refresh_from_db()
    assert len(copy_flow(whole).title) == 150
