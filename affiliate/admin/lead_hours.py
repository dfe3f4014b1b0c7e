"""Finds the leads of a filter without reading the whole table: the counted hours say in which hours any can be.

An index for each filter would have to be written to with each change of a status; the counted hours are there anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet, Sum

from affiliate.models import ChangedHours, HourCount
from affiliate.models.statistics import TEST, TOTAL

HOUR = timedelta(hours=1)
# Leads that are looked through for one page, and in the first query for it.
MOST, FIRST = 150_000, 10_000
# Stretches of hours in one query.
STRETCHES = 100
# How many leads an hour may hold that is not counted yet.
UNCOUNTED = 1000


@dataclass(frozen=True)
class Wanted:
    """What a filter asks for: side → key of the counted hours, columns of theirs that must not be 0, and the days."""

    sides: dict[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    tests: bool | None = None
    first: datetime | None = None
    until: datetime | None = None


def find(leads: QuerySet, wanted: Wanted, *, count: int) -> tuple[list[int], datetime | None]:
    """The keys of the first `count` of `leads`, which are ordered from the newest received.

    And the moment before which nothing was looked at, None where all was: the rest is for who asks for earlier days.
    """
    hours, found, looked, size = _hours(wanted), [], 0, FIRST
    while hours and len(found) < count:
        if looked >= MOST:
            return found, hours[-1][0] + HOUR
        part = []
        cost = 0
        while hours and cost < size and len(part) < STRETCHES:
            part.append(hours.pop())
            cost += part[-1][1]
        found += leads.filter(_within(hour for hour, _cost in part)).values_list("pk", flat=True)[: count - len(found)]
        looked, size = looked + cost, size * 4
    return found, None


def _hours(wanted: Wanted) -> list[tuple[datetime, int]]:
    """Hours that may hold such leads, the newest last, each with the number of leads that it holds in all."""
    # Marks are read before counts: a mark that is gone by then has become a count.
    marked = {
        datetime.fromtimestamp(hour, UTC)
        for hours in ChangedHours.objects.values_list("hours", flat=True)
        for hour in hours
    }
    costs = dict(_counted(TOTAL, "", wanted).values_list("hour").annotate(Sum("received")))
    tests = dict(_counted(TEST, "", wanted).values_list("hour").annotate(Sum("received")))
    possible = set() if wanted.tests else set(costs)
    for side, key in {TOTAL: "", **wanted.sides}.items():
        rows = _counted(side, key, wanted)
        for column in wanted.columns:
            rows = rows.filter(**{f"{column}__gt": 0})
        if side != TOTAL or wanted.columns:
            possible &= set(rows.values_list("hour", flat=True))
    if wanted.tests is not False:
        possible |= set(tests)
    marked = {
        hour
        for hour in marked
        if (not wanted.first or hour + HOUR > wanted.first) and (not wanted.until or hour < wanted.until)
    }
    return sorted(
        (hour, costs.get(hour, UNCOUNTED if hour in marked else 0) + tests.get(hour, 0)) for hour in possible | marked
    )


def _counted(side: str, key: str, wanted: Wanted) -> QuerySet[HourCount]:
    rows = HourCount.objects.filter(side=side, key=key)
    if wanted.first:
        rows = rows.filter(hour__gt=wanted.first - HOUR)
    return rows.filter(hour__lt=wanted.until) if wanted.until else rows


def _within(hours: Iterable[datetime]) -> Q:
    """Hours in a row make one stretch. The ends of all bound the walk along the index."""
    stretches: list[list[datetime]] = []
    for hour in hours:
        if stretches and stretches[-1][0] == hour + HOUR:
            stretches[-1][0] = hour
        else:
            stretches.append([hour, hour + HOUR])
    ends = Q(created_at__gte=stretches[-1][0], created_at__lt=stretches[0][1])
    return ends & reduce(or_, (Q(created_at__gte=first, created_at__lt=until) for first, until in stretches))
