"""The figures of the first page: a period against the one before, a chart, and tables that lead to the leads."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.utils import timezone

from affiliate.admin import dashboard, periods
from affiliate.delivery import statistics
from affiliate.delivery.alerts import watch
from affiliate.models import Postback
from affiliate.models.postback import Verdict
from tests.admin.conftest import leave

NOW = datetime(2026, 3, 15, 14, 30, tzinfo=UTC)


@pytest.fixture
def now():
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def put(flow, make_lead):
    """A function: a lead received so long before now, with these columns, counted like any other."""

    def make(ago=timedelta(), **columns):
        lead = make_lead(country=columns.pop("country", "RO"))
        columns = {"next_attempt_at": None} | columns if "delivery" in columns else columns
        return leave(lead, created_at=NOW - ago, **columns)

    return make


def cards(client, query="") -> dict:
    shown = client.get(f"/admin/{query}").context["cards"]
    return {f"{card['title']} {card['value'].partition(' ')[2]}".strip() if card["title"].startswith("payout")
            else card["title"]: (card["value"], card["change"]) for card in shown}  # fmt: skip


# Periods.


@pytest.mark.parametrize(
    ("query", "first", "last", "before"),
    [
        ("", "2026-03-15 00", "2026-03-15 15", ("2026-03-14 00", "2026-03-14 15")),
        ("period=yesterday", "2026-03-14 00", "2026-03-15 00", ("2026-03-13 00", "2026-03-14 00")),
        ("period=7", "2026-03-09 00", "2026-03-15 15", ("2026-03-02 00", "2026-03-08 15")),
        ("period=30", "2026-02-14 00", "2026-03-15 15", ("2026-01-15 00", "2026-02-13 15")),
        ("period=month", "2026-03-01 00", "2026-03-15 15", ("2026-02-01 00", "2026-02-15 15")),
        (
            "period=custom&from=2026-03-01&to=2026-03-03",
            "2026-03-01 00",
            "2026-03-04 00",
            ("2026-02-26 00", "2026-03-01 00"),
        ),
        (
            "period=custom&from=2026-03-03&to=2026-03-01",
            "2026-03-01 00",
            "2026-03-04 00",
            ("2026-02-26 00", "2026-03-01 00"),
        ),
        ("period=custom&from=x&to=", "2026-03-15 00", "2026-03-15 15", ("2026-03-14 00", "2026-03-14 15")),
        ("period=explode", "2026-03-15 00", "2026-03-15 15", ("2026-03-14 00", "2026-03-14 15")),
    ],
)
def test_a_period_is_as_long_as_the_one_it_is_held_against(now, query, first, last, before):
    period = periods.read({name: values[0] for name, values in parse_qs(query).items()})
    said = [f"{moment:%Y-%m-%d %H}" for moment in (*period.span, *period.before)]
    assert said == [first, last, *before]


def test_the_31st_is_held_against_the_whole_month_before_and_no_more():
    with time_machine.travel(datetime(2026, 3, 31, 12, tzinfo=UTC)):
        period = periods.read({"period": "month"})
    assert [f"{moment:%m-%d %H}" for moment in period.before] == ["02-01 00", "03-01 00"]


def test_days_are_those_of_the_hub(now, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    with timezone.override("Asia/Kolkata"):
        first, until = periods.read({}).span
    assert (first, until) == (NOW.replace(day=14, hour=18), NOW.replace(hour=15))


def test_a_period_of_days_to_come_is_empty(now, admin_client, put):
    put()
    assert cards(admin_client, "?period=custom&from=2027-01-01&to=2027-01-02")["received"] == ("0", "")


# Numbers.


def test_a_period_is_counted_and_held_against_the_one_before(now, admin_client, put):
    for columns in (
        {"delivery": "delivered", "status": "approve", "payout": Decimal("1200.5"), "payout_currency": "USD"},
        {"delivery": "delivered", "status": "hold", "payout": Decimal(7), "payout_currency": "EUR"},
        {"delivery": "delivered", "status": "trash"},
        {"delivery": "refused", "status": "cancel"},
        {"delivery": "unclear"},
    ):
        put(**columns)
    put(timedelta(days=1), delivery="delivered", status="approve", payout=Decimal(601), payout_currency="USD")
    put(timedelta(days=1), delivery="delivered", status="cancel")
    put(timedelta(hours=20), delivery="refused", status="cancel")
    assert cards(admin_client) == {
        "received": ("5", "+150 %"),
        "delivered": ("3", "+50 %"),
        "refused": ("1", ""),
        "unclear": ("1", ""),
        "approve rate": ("50.0 %", "+0.0 points"),
        "payout of approved leads EUR": ("0.00 EUR", ""),
        "payout of approved leads USD": ("1,200.50 USD", "+100 %"),
    }
    assert "and 7.00 EUR on hold" in admin_client.get("/admin/").content.decode()


def test_what_changed_a_moment_ago_is_in_the_figures(now, admin_client, put):
    lead = put(delivery="delivered")
    assert cards(admin_client)["approve rate"][0] == "0.0 %"
    leave(lead, status="approve")
    statistics.mark([lead.created_at])
    assert cards(admin_client)["approve rate"][0] == "100.0 %"


def test_a_page_that_could_not_count_everything_says_so(now, admin_client, put, monkeypatch):
    put(timedelta(days=3))
    put()
    monkeypatch.setattr(dashboard, "HOURS_AT_ONCE", 1)
    assert "still being counted" in admin_client.get("/admin/").content.decode()
    assert "still being counted" not in admin_client.get("/admin/").content.decode()


# The chart.


def chart(client, query="") -> tuple[list[str], dict[str, list[int]]]:
    drawn = json.loads(client.get(f"/admin/{query}").context["chart"])
    return drawn["labels"], {line["label"]: line["data"] for line in drawn["datasets"]}


def test_a_day_is_drawn_by_hours_until_now(now, admin_client, put):
    put(timedelta(hours=2), delivery="delivered", status="approve")
    put(timedelta(hours=26))
    labels, lines = chart(admin_client)
    assert (len(labels), labels[12]) == (24, "12:00")
    assert lines["received"] == lines["delivered"] == lines["approved"] == [0] * 12 + [1, 0, 0]
    assert lines["received before"] == [0] * 12 + [1, 0, 0]


def test_a_week_is_drawn_by_days(now, admin_client, put):
    put(timedelta(days=6))
    put(timedelta(days=7))
    labels, lines = chart(admin_client, "?period=7")
    assert (labels[0], labels[-1]) == ("9 Mar", "15 Mar")
    assert lines["received"] == [1, 0, 0, 0, 0, 0, 0] and lines["received before"] == [0, 0, 0, 0, 0, 0, 1]


# The tables.


def test_each_row_of_a_table_leads_to_its_leads(now, admin_client, put, flow):
    wanted = put(country="BG")
    put(timedelta(days=2), country="BG")
    leave(put(country=""), network=None, flow=None, next_attempt_at=NOW)
    for table in admin_client.get("/admin/").context["tables"]:
        for row in table["rows"]:
            found = admin_client.get(row["url"]).context["cl"].result_list
            assert len(found) == int(row["counts"][0]), row["url"]
            if parse_qs(urlsplit(row["url"]).query).get("country") == ["BG"]:
                assert [lead.pk for lead in found] == [wanted.pk]


def test_the_busiest_come_first_and_the_rest_is_counted(now, admin_client, put, monkeypatch):
    put(country="BG")
    put(country="RO")
    put(country="RO")
    monkeypatch.setattr(dashboard, "MOST_ROWS", 1)
    answer = admin_client.get("/admin/")
    countries = next(table for table in answer.context["tables"] if table["title"] == "Countries")
    assert "Romania" in countries["rows"][0]["name"] and countries["more"] == 1


def test_a_day_without_leads_says_so(now, admin_client, put):
    put(timedelta(days=9))
    assert admin_client.get("/admin/").content.decode().count("No leads were received") == 4


def test_the_page_reads_a_bounded_number_of_rows(now, admin_client, put, django_assert_max_num_queries):
    for number in range(30):
        put(timedelta(hours=number))
    with django_assert_max_num_queries(40):
        admin_client.get("/admin/?period=30")


# Silent networks.


@pytest.fixture
def waiting(flow, make_lead):
    """The network of leads that have waited for a first status since yesterday."""
    for _number in range(10):
        leave(
            make_lead(), delivery="delivered", next_attempt_at=None, delivered_at=timezone.now() - timedelta(hours=20)
        )
    return flow.network


def silent(client) -> list[str]:
    """What the overview says after a look for trouble."""
    watch.watch()
    return [need["detail"] for need in client.get("/admin/").context["needs"] if "silent" in str(need.get("badge"))]


def test_a_network_that_has_leads_and_tells_nothing_is_named(admin_client, waiting):
    [detail] = silent(admin_client)
    assert "10 leads have waited for more than 12 h" in detail and "None ever came" in detail


def test_a_network_that_was_heard_of_is_not_named(admin_client, waiting):
    Postback.objects.create(network=waiting, method="GET", verdict=Verdict.SAME)
    assert silent(admin_client) == []


def test_one_that_was_heard_of_long_ago_has_the_right_address(admin_client, waiting):
    row = Postback.objects.create(network=waiting, method="GET", verdict=Verdict.SAME)
    Postback.objects.filter(pk=row.pk).update(received_at=timezone.now() - timedelta(days=2))
    [detail] = silent(admin_client)
    assert "10 leads have waited" in detail and "None ever came" not in detail


def test_silence_can_be_switched_off(admin_client, waiting, settings):
    settings.SILENCE_HOURS = 0
    assert silent(admin_client) == []
