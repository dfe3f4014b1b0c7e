"""Leads counted by hour and by day ahead of time, so that a page about a million leads reads some thousand rows.

Whoever writes leads marks their hours in the same transaction; the marked hours are counted anew from the leads
themselves. A count is never added to, so nothing can drift, and counting an hour twice changes nothing.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from affiliate.delivery import bulk, wake
from affiliate.models import ChangedHours, DayCount, HourCount, Lead
from affiliate.models.statistics import DELIVERIES, SIDES, STATUSES, TEST, TOTAL

COUNT_HOURS = "affiliate.count_hours"
HOUR, QUARTER = 3600, 900
# Marks read at once, and hours counted in one transaction.
MARKS = 1000
BATCH = 48
# An advisory lock of PostgreSQL, by a number of our own.
_LOCK = 7_061_982


def mark(moments: Iterable[datetime]) -> None:
    """Say that leads received at these moments came or changed. Inside the transaction that writes them."""
    if row := marking(moments):
        bulk.insert_one(row)


def marking(moments: Iterable[datetime]) -> ChangedHours | None:
    """The row that `mark` would write, for who writes it along with others."""
    hours = _hours(moments)
    return ChangedHours(hours=sorted(hours)) if hours else None


def mark_all() -> None:
    """Count everything anew: after a restored backup, or when the hub's time zone has changed."""
    with transaction.atomic():
        HourCount.objects.all().delete()
        DayCount.objects.all().delete()
        ends = Lead.objects.aggregate(first=Min("created_at"), last=Max("created_at"))
        if ends["first"]:
            [first], [last] = _hours([ends["first"]]), _hours([ends["last"]])
            hours = list(range(first, last + 1, HOUR))
            marks = [ChangedHours(hours=hours[start : start + BATCH]) for start in range(0, len(hours), BATCH)]
            ChangedHours.objects.bulk_create(marks)


def catch_up(*, limit: int = BATCH, wait: bool = True) -> int:
    """Count marked hours anew, the newest first, at most `limit`; returns how many were counted.

    One counts at a time; without `wait`, nothing is done while another does. A mark is deleted before its hour's leads are
    read, so a change that commits meanwhile is either read or has a mark that stays.
    """
    if not ChangedHours.objects.exists():
        return 0
    with transaction.atomic():
        if not _alone(wait):
            return 0
        marks = dict(ChangedHours.objects.order_by("pk").values_list("pk", "hours")[:MARKS])
        ChangedHours.objects.filter(pk__in=marks).delete()
        hours = sorted(set().union(*marks.values()), reverse=True)
        now, later = hours[:limit], hours[limit:]
        if later:
            ChangedHours.objects.create(hours=later)
        if now:
            _count(now)
            _sum_days({datetime.fromtimestamp(hour, timezone.get_default_timezone()).date() for hour in now})
    return len(now)


def count_all() -> None:
    """Count whatever is marked, in short transactions."""
    while catch_up(wait=False):
        pass


def up_to_date(*, limit: int = BATCH) -> bool:
    """Before figures are read: count what is marked, a bounded number of hours, and wake a worker for the rest.

    Returns whether nothing is left.
    """
    catch_up(limit=limit)
    if left := ChangedHours.objects.exists():
        wake.send(COUNT_HOURS)
    return not left


def midnight(day: date) -> datetime:
    """When this day of the hub's time zone begins."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def _hours(moments: Iterable[datetime]) -> set[int]:
    """The starts of the hours as seconds since 1970: hours of the hub's time zone, which may be half an hour off."""
    zone = timezone.get_default_timezone()
    return {_start(int(moment.timestamp()) // QUARTER, zone) for moment in moments}


@lru_cache(maxsize=20_000)
def _start(quarter: int, zone: tzinfo) -> int:
    moment = quarter * QUARTER
    shift = datetime.fromtimestamp(moment, zone).utcoffset() // timedelta(seconds=1)
    return moment - (moment + shift) % HOUR


def _alone(wait: bool) -> bool:
    """Hold the lock until the transaction ends; SQLite lets one transaction write at a time anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return cursor.fetchone()[0]


# What stands for each side in a lead's row.
_KEYS = {
    TOTAL: "''",
    "network": "COALESCE(CAST(network_id AS varchar(20)), '')",
    "offer": "CAST(offer_id AS varchar(20))",
    "country": "country",
    "source": "CAST(source_id AS varchar(20))",
    TEST: "''",
}
_COUNTS = {
    "received": "COUNT(*)",
    **{name: f"COUNT(*) FILTER (WHERE delivery = '{name}')" for name in DELIVERIES},
    "queued": "COUNT(*) FILTER (WHERE delivery IN ('queued', 'sending'))",
    **{name: f"COUNT(*) FILTER (WHERE status = '{name}')" for name in STATUSES},
    "payout": "COALESCE(SUM(payout) FILTER (WHERE status = 'approve'), 0)",
    "payout_on_hold": "COALESCE(SUM(payout) FILTER (WHERE status = 'hold'), 0)",
}


def _count(hours: list[int]) -> None:
    """Replace the counted rows of these hours by what the leads say now."""
    starts = [datetime.fromtimestamp(hour, UTC) for hour in hours]
    HourCount.objects.filter(side__in=_KEYS, hour__in=starts).delete()
    ends = [start + timedelta(seconds=HOUR) for start in starts]
    moment = "%s::timestamptz" if connection.vendor == "postgresql" else "%s"
    values = ", ".join([f"({moment}, {moment})"] * len(hours))
    adapt = connection.ops.adapt_datetimefield_value
    parameters = [adapt(moment) for pair in zip(starts, ends, strict=True) for moment in pair]
    counts = ", ".join(_COUNTS.values())
    sides = " UNION ALL ".join(
        f"SELECT hour, '{side}', {key}, currency, {counts} FROM leads"
        f" WHERE {'test' if side == TEST else 'NOT test'} GROUP BY 1, 3, 4"
        for side, key in _KEYS.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {HourCount._meta.db_table} (hour, side, key, currency, {", ".join(_COUNTS)})
            WITH hours (hour, until) AS (VALUES {values}), leads AS (
                SELECT hours.hour, network_id, offer_id, country, source_id, delivery, status, payout, test,
                    CASE WHEN payout IS NULL THEN '' ELSE payout_currency END AS currency
                FROM hours CROSS JOIN {Lead._meta.db_table} AS lead
                WHERE lead.created_at >= hours.hour AND lead.created_at < hours.until
            ) {sides}
            """,
            parameters,
        )


def _sum_days(days: set[date]) -> None:
    """Replace the rows of these days by the sums of their hours. A day is some thousand rows, so one hour costs little."""
    DayCount.objects.filter(day__in=days).delete()
    day_of = "%s::date" if connection.vendor == "postgresql" else "%s"
    sums = ", ".join(f"SUM({name})" for name in _COUNTS)
    sides = ", ".join(f"'{side}'" for side in SIDES)
    # Ranges written out, one select a day: a planner guesses joined ranges badly.
    selects = " UNION ALL ".join(
        [
            f"SELECT {day_of}, side, key, currency, {sums} FROM {HourCount._meta.db_table}"
            f" WHERE side IN ({sides}) AND hour >= %s AND hour < %s GROUP BY side, key, currency"
        ]
        * len(days)
    )
    adapt = connection.ops.adapt_datetimefield_value
    parameters = []
    for day in days:
        ends = (midnight(day), midnight(day + timedelta(days=1)))
        parameters += [connection.ops.adapt_datefield_value(day), *(adapt(end.astimezone(UTC)) for end in ends)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {DayCount._meta.db_table} (day, side, key, currency, {', '.join(_COUNTS)}) {selects}",
            parameters,
        )
