"""Leads counted by hour: what is marked, what is counted, and that nothing is missed."""

import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from affiliate.delivery import actions, figures, outcomes, statistics, statuses, sweep
from affiliate.delivery.outcomes import Settled
from affiliate.delivery.statuses import Report
from affiliate.models import ChangedHours, DayCount, HourCount, Lead
from affiliate.vocabulary import ChangeSource, OutcomeKind, Status
from tests.admin.conftest import leave

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def counted(side="total", key="", **values) -> dict | None:
    return HourCount.objects.filter(side=side, key=key, **values).values().first()


@pytest.fixture
def lead(flow, make_lead):
    """With nothing marked."""
    lead = leave(make_lead(), created_at=NOON + timedelta(minutes=59, seconds=59))
    ChangedHours.objects.all().delete()
    return lead


def marked() -> set[int]:
    return set().union(*ChangedHours.objects.values_list("hours", flat=True))


# What is counted.


def test_an_hour_is_counted_by_each_side(flow, lead):
    statistics.mark([lead.created_at])
    assert statistics.catch_up() == 1
    sides = {(row.side, row.key): row for row in HourCount.objects.all()}
    assert set(sides) == {
        ("total", ""),
        ("network", str(flow.network_id)),
        ("offer", str(flow.offer_id)),
        ("country", "RO"),
        ("source", str(lead.source_id)),
    }
    assert {(row.hour, row.received, row.queued, row.wait) for row in sides.values()} == {(NOON, 1, 1, 1)}


def test_deliveries_and_statuses_have_a_column_each(flow, make_lead):
    for delivery, status in (
        ("delivered", "approve"),
        ("delivered", "hold"),
        ("delivered", "trash"),
        ("refused", "cancel"),
        ("unclear", "wait"),
        ("failed", "wait"),
    ):
        leave(make_lead(), delivery=delivery, status=status, next_attempt_at=None, created_at=NOON)
    statistics.mark([NOON])
    statistics.catch_up()
    row = counted()
    assert {name: row[name] for name in ("received", "delivered", "refused", "unclear", "failed", "queued")} == {
        "received": 6,
        "delivered": 3,
        "refused": 1,
        "unclear": 1,
        "failed": 1,
        "queued": 0,
    }
    assert [row[name] for name in ("wait", "hold", "approve", "cancel", "trash")] == [2, 1, 1, 1, 1]


def test_money_is_summed_by_currency_for_what_is_approved_and_what_is_on_hold(flow, make_lead):
    for status, payout, currency in (
        ("approve", "10.5", "USD"),
        ("approve", "2", "USD"),
        ("hold", "4", "USD"),
        ("cancel", "100", "USD"),
        ("approve", "900", "RUB"),
    ):
        leave(make_lead(), status=status, payout=Decimal(payout), payout_currency=currency, created_at=NOON)
    statistics.mark([NOON])
    statistics.catch_up()
    dollars, roubles = counted(currency="USD"), counted(currency="RUB")
    assert (dollars["payout"], dollars["payout_on_hold"], dollars["received"]) == (Decimal("12.5"), Decimal(4), 4)
    assert (roubles["payout"], roubles["received"]) == (Decimal(900), 1)


def test_test_leads_are_counted_apart(lead):
    leave(lead, test=True)
    statistics.mark([lead.created_at])
    statistics.catch_up()
    assert [(row.side, row.received) for row in HourCount.objects.all()] == [("test", 1)]


def test_a_lead_that_no_flow_takes_has_no_network(make_lead, offer):
    leave(make_lead(), created_at=NOON)
    statistics.mark([NOON])
    statistics.catch_up()
    assert counted("network", "")["received"] == 1


def test_counting_again_changes_nothing(lead):
    for _time in range(2):
        statistics.mark([lead.created_at])
        statistics.catch_up()
    assert HourCount.objects.filter(side="total").count() == 1 and counted()["received"] == 1


def test_an_hour_follows_what_becomes_of_its_leads(lead):
    statistics.mark([lead.created_at])
    statistics.catch_up()
    statuses.apply([Report(lead.pk, Status.APPROVE, payout=Decimal(5), currency="USD")], source=ChangeSource.POSTBACK)
    statistics.catch_up()
    assert counted()["approve"] == 1 and counted()["wait"] == 0 and counted(currency="USD")["payout"] == 5


def test_hours_are_those_of_the_hubs_time_zone(lead, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    statistics.mark([lead.created_at])
    statistics.catch_up()
    assert counted()["hour"] == NOON + timedelta(minutes=30)


# Days.


def days() -> dict:
    """Day and side with a key → what is counted of it."""
    return {
        (row.day.isoformat(), row.side, row.key, row.currency): (row.received, row.wait, row.approve, row.payout)
        for row in DayCount.objects.all()
    }


def summed() -> dict:
    """The same, summed up here from the hours."""
    found = defaultdict(lambda: (0, 0, 0, Decimal(0)))
    for row in HourCount.objects.exclude(side="test"):
        key = (timezone.localtime(row.hour).date().isoformat(), row.side, row.key, row.currency)
        values = (row.received, row.wait, row.approve, row.payout)
        found[key] = tuple(map(sum, zip(found[key], values, strict=True)))
    return dict(found)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_a_day_is_the_sum_of_its_hours_after_any_change(flow, make_lead, settings, zone):
    """On 8 March 2026 New York goes over to summer time."""
    settings.TIME_ZONE = zone
    leads = [
        leave(make_lead(), created_at=datetime(2026, 3, 7, tzinfo=UTC) + timedelta(hours=n)) for n in range(0, 72, 5)
    ]
    leave(make_lead(), created_at=NOON, test=True)
    statistics.mark([lead.created_at for lead in leads])
    statistics.count_all()
    assert days() == summed() and sum(counts[0] for (_day, side, *_), counts in days().items() if side == "total") == 15
    approved = [Report(lead.pk, Status.APPROVE, payout=Decimal(5), currency="USD") for lead in leads[3:6]]
    statuses.apply(approved, source=ChangeSource.POSTBACK)
    leads[-1].delete()
    statistics.mark([leads[-1].created_at])
    statistics.count_all()
    assert days() == summed() and sum(counts[2] for (_day, side, *_), counts in days().items() if side == "total") == 3


def test_the_day_of_the_change_to_summer_time_has_an_hour_less(flow, make_lead, settings):
    settings.TIME_ZONE = "America/New_York"
    first, last = datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 9, 3, 59, tzinfo=UTC)
    for moment in (first, last, last + timedelta(minutes=1)):
        leave(make_lead(), created_at=moment)
        statistics.mark([moment])
    statistics.count_all()
    assert {day: counts[0] for (day, side, *_), counts in days().items() if side == "total"} == {
        "2026-03-08": 2,
        "2026-03-09": 1,
    }


def test_figures_of_whole_days_are_read_from_days_and_those_of_broken_ends_from_hours(flow, make_lead):
    for hours in range(0, 96, 3):
        moment = NOON + timedelta(hours=hours)
        leave(make_lead(), created_at=moment)
        statistics.mark([moment])
    statistics.count_all()
    midnight = NOON + timedelta(hours=12)
    spans = [
        (midnight, midnight + timedelta(days=2)),
        (NOON, midnight + timedelta(days=2, hours=7)),
        (NOON, midnight + timedelta(hours=5)),
        (NOON, NOON + timedelta(hours=5)),
    ]
    expected = [figures.together(figures.by_hour(span)[0].values()).received for span in spans]
    assert [figures.by_side(*span)["total"][""].received for span in spans] == expected == [16, 23, 6, 2]
    assert [figures.together(figures.by_day(*span).values()).received for span in spans] == expected
    HourCount.objects.all().delete()
    assert figures.by_side(*spans[0])["offer"][str(flow.offer_id)].received == 16
    assert [one.received for one in figures.by_day(*spans[1]).values()] == [8, 8], "without the hours of the ends"


# What is marked.


def test_a_lead_that_is_taken_in_marks_its_hour(source, flow, db):
    from affiliate.intake import leads

    taken = leads.take(source=source, data={"offer": flow.offer_id, "phone": "+40712345678", "country": "RO"})
    statistics.catch_up()
    assert counted()["received"] == 1 and taken.created


def test_a_batch_of_statuses_makes_one_mark(flow, make_lead):
    leads = [leave(make_lead(), created_at=NOON + timedelta(hours=number // 2)) for number in range(6)]
    ChangedHours.objects.all().delete()
    statuses.apply([Report(lead.pk, Status.APPROVE) for lead in leads], source=ChangeSource.POSTBACK)
    hour = int(NOON.timestamp())
    assert ChangedHours.objects.get().hours == [hour, hour + 3600, hour + 7200]


def test_reports_without_news_mark_nothing(lead):
    statuses.apply([Report(lead.pk, Status.WAIT)], source=ChangeSource.POSTBACK)
    assert not ChangedHours.objects.exists()


def _settled(lead):
    leave(lead, delivery="sending", lease="0" * 32, lease_until=timezone.now())
    outcomes.settle(lead.network, [Settled(lead.pk, lead.lease, OutcomeKind.ACCEPTED, NOON, eid="N1")])


def _resent(lead):
    leave(lead, delivery="failed", next_attempt_at=None)
    actions.resend([lead])


def _arrived(lead):
    actions.arrived(leave(lead, delivery="unclear", next_attempt_at=None), eid="N1")


def _given_up(lead):
    actions.give_up(leave(lead, delivery="unclear", next_attempt_at=None))


def _routed(lead):
    leave(lead, network=None, flow=None)
    sweep.route_waiting()


@pytest.mark.parametrize("change", [_settled, _resent, _arrived, _given_up, _routed])
def test_whatever_changes_a_lead_marks_its_hour(lead, change):
    change(lead)
    assert marked() == {int(NOON.timestamp())}


# Nothing is missed.


def test_what_is_over_the_limit_stays_marked(lead):
    statistics.mark([lead.created_at, lead.created_at - timedelta(days=1)])
    assert (statistics.catch_up(limit=1), counted()["hour"]) == (1, NOON), "the newest first"
    assert marked() == {int((NOON - timedelta(days=1)).timestamp())}


def test_a_page_is_told_whether_all_is_counted(lead):
    statistics.mark([lead.created_at, lead.created_at - timedelta(days=1)])
    assert [statistics.up_to_date(limit=1), statistics.up_to_date(limit=1)] == [False, True]


def test_nothing_marked_costs_one_query(lead, django_assert_num_queries):
    with django_assert_num_queries(1):
        statistics.catch_up()


def test_many_hours_are_counted_in_few_queries(lead, django_assert_max_num_queries):
    statistics.mark([lead.created_at - timedelta(hours=number) for number in range(200)])
    with django_assert_max_num_queries(11):
        statistics.catch_up(limit=200)


def test_everything_can_be_counted_anew(lead, flow, make_lead):
    leave(make_lead(), created_at=NOON - timedelta(days=3))
    HourCount.objects.create(hour=NOON - timedelta(days=9), side="total", received=77)
    DayCount.objects.create(day=NOON - timedelta(days=9), side="total", received=77)
    statistics.mark_all()
    statistics.count_all()
    rows = HourCount.objects.filter(side="total").order_by("hour")
    assert [(row.hour, row.received) for row in rows] == [(NOON - timedelta(days=3), 1), (NOON, 1)]
    assert days() == summed()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time")
def test_a_change_that_commits_while_its_hour_is_counted_is_not_missed(lead):
    statistics.mark([lead.created_at])
    written, go_on = threading.Event(), threading.Event()

    def change():
        with transaction.atomic():
            Lead.objects.filter(pk=lead.pk).update(status="approve")
            statistics.mark([lead.created_at])
            written.set()
            go_on.wait(10)
        connection.close()

    other = threading.Thread(target=change)
    other.start()
    written.wait(10)
    statistics.catch_up()
    assert counted()["approve"] == 0, "it is not committed yet"
    go_on.set()
    other.join()
    statistics.catch_up()
    assert counted()["approve"] == 1 and not ChangedHours.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time")
def test_two_workers_count_one_after_the_other(lead):
    statistics.mark([lead.created_at])
    found = []

    def count(wait):
        found.append(statistics.catch_up(wait=wait))
        connection.close()

    with transaction.atomic():
        statistics.catch_up()
        statistics.mark([lead.created_at])
        hurried = threading.Thread(target=count, args=(False,))
        hurried.start()
        hurried.join()
        # A change of another transaction, and a worker that waits for the first one.
        patient = threading.Thread(target=count, args=(True,))
        patient.start()
    patient.join()
    assert found[0] == 0
    statistics.count_all()
    assert counted()["received"] == 1 and HourCount.objects.filter(side="total").count() == 1
