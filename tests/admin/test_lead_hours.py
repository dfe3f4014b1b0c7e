"""Leads of a filter are looked for in the hours that can hold them, and the search has an end."""

from datetime import UTC, datetime, timedelta

import pytest

from affiliate.admin import lead_hours
from affiliate.delivery import statistics
from affiliate.models import HourCount, Lead
from tests.admin.conftest import leave

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIST = "/admin/affiliate/lead/"


@pytest.fixture
def put(flow, make_lead):
    """A function: a lead received so many hours before noon, counted already."""

    def make(hours=0, *, count=True, **columns):
        if "delivery" in columns:
            columns["next_attempt_at"] = None
        lead = leave(
            make_lead(country=columns.pop("country", "RO")), created_at=NOON - timedelta(hours=hours), **columns
        )
        if count:
            statistics.mark([lead.created_at])
            statistics.catch_up()
        return lead

    return make


def shown(client, query) -> list[int]:
    return [lead.pk for lead in client.get(f"{LIST}?{query}").context["cl"].result_list]


def asked_for_leads(captured) -> list[str]:
    return [one["sql"] for one in captured if 'FROM "affiliate_lead"' in one["sql"]]


@pytest.mark.parametrize(
    "query",
    [
        "status__exact=hold",
        "delivery__exact=refused",
        "status__exact=hold&delivery__exact=refused",
        "country=BG",
        "country=BG&status__exact=hold",
        "test=0&country=BG",
        "created_at_from=2026-02-01&created_at_to=2026-03-01&country=BG",
    ],
)
def test_a_filter_finds_its_leads_in_whichever_hours_they_are(admin_client, put, query):
    for hours in range(3):
        put(hours)
    wanted = [put(hours, country="BG", status="hold", delivery="refused").pk for hours in (1, 30, 500)]
    assert shown(admin_client, query) == wanted


def test_leads_whose_hours_are_not_counted_yet_are_found(admin_client, put):
    lead = put(100, status="hold")
    HourCount.objects.all().delete()
    statistics.mark([lead.created_at])
    assert shown(admin_client, "status__exact=hold") == [lead.pk]
    assert shown(admin_client, "status__exact=hold&created_at_from=2026-03-01") == []


def test_test_leads_are_among_the_others_or_alone(admin_client, put):
    real, test = put(1, status="hold"), put(200, status="hold", test=True)
    assert shown(admin_client, "status__exact=hold") == [real.pk, test.pk]
    assert shown(admin_client, "test=1") == [test.pk]
    assert shown(admin_client, "status__exact=hold&test=0") == [real.pk]


def test_leads_without_a_network_have_a_filter(admin_client, put):
    lead = put(5, network=None, flow=None)
    put(5)
    assert shown(admin_client, "network=none") == [lead.pk]


def test_pages_go_on_where_the_last_one_ended(admin_client, put, monkeypatch):
    monkeypatch.setattr("affiliate.admin.leads.LeadAdmin.list_per_page", 2)
    leads = [put(hours * 50, status="hold").pk for hours in range(5)]
    put()
    pages = [shown(admin_client, f"status__exact=hold&p={number}") for number in (1, 2, 3)]
    assert pages == [leads[:2], leads[2:4], leads[4:]]


def test_hours_that_hold_none_are_not_read(admin_client, put, django_assert_max_num_queries):
    for hours in range(20):
        put(hours)
    put(500, status="hold")
    wanted = lead_hours.Wanted(columns=("hold",))
    with django_assert_max_num_queries(5) as captured:
        found = lead_hours.find(Lead.objects.order_by("-created_at"), wanted, count=51)
    [sql] = asked_for_leads(captured.captured_queries)
    assert "2026-03-01" not in sql and len(found[0]) == 1


def test_a_long_search_ends_and_says_how_far_it_looked(admin_client, put, monkeypatch):
    monkeypatch.setattr(lead_hours, "FIRST", 1)
    monkeypatch.setattr(lead_hours, "MOST", 2)
    near, far = (put(hours, status="hold", delivery="refused") for hours in (0, 72))
    for hours in range(24, 60):
        put(hours, delivery="refused")
        put(hours, status="hold")
    answer = admin_client.get(f"{LIST}?delivery__exact=refused&status__exact=hold")
    assert [lead.pk for lead in answer.context["cl"].result_list] == [near.pk]
    assert "Looked for among leads received since" in answer.content.decode()
    earlier = answer.context["cl"].paginator.earlier_days
    assert "created_at_to=2026-02-28" in earlier and "status__exact=hold" in earlier
    monkeypatch.undo()
    assert shown(admin_client, earlier) == [far.pk]
