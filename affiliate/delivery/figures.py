"""What the counted hours and days say of a period; `statistics.py` counts them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils import timezone

from affiliate.delivery.statistics import midnight
from affiliate.models import DayCount, HourCount
from affiliate.models.statistics import DELIVERIES, SIDES, STATUSES, TOTAL

COUNTS = ("received", *DELIVERIES, *STATUSES)
MONEY = ("payout", "payout_on_hold")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Figures:
    """Leads of a period and what became of them. `money`: currency → amounts of approved leads and of leads on hold."""

    received: int = 0
    queued: int = 0
    delivered: int = 0
    refused: int = 0
    unclear: int = 0
    failed: int = 0
    wait: int = 0
    hold: int = 0
    approve: int = 0
    cancel: int = 0
    trash: int = 0
    money: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)

    def add(self, currency: str, counts, payout: Decimal, on_hold: Decimal) -> None:
        for name, count in zip(COUNTS, counts, strict=True):
            setattr(self, name, getattr(self, name) + count)
        if payout or on_hold:
            known = self.money.get(currency, (Decimal(0), Decimal(0)))
            self.money[currency] = (known[0] + payout, known[1] + on_hold)

    @property
    def approved(self) -> int:
        return self.approve + self.hold

    @property
    def approve_rate(self) -> float | None:
        """Percent of the leads that are not trash; None without any."""
        worth = self.received - self.trash
        return 100 * self.approved / worth if worth else None


def by_side(first: datetime, until: datetime) -> dict[str, dict[str, Figures]]:
    """Side → key → figures of the leads received from `first` on, before `until`; both are starts of hours."""
    found = {side: defaultdict(Figures) for side in SIDES}
    sums = {f"sum_{name}": Sum(name) for name in (*COUNTS, *MONEY)}
    for rows in _rows(first, until):
        rows = rows.filter(side__in=SIDES).values_list("side", "key", "currency")
        for side, key, currency, *values in rows.annotate(**sums):
            found[side][key].add(currency, values[: len(COUNTS)], *values[len(COUNTS) :])
    return found


def by_hour(*spans: tuple[datetime, datetime]) -> list[dict[datetime, Figures]]:
    """For each span (first, until) the figures of its hours that had leads; spans in the order of time, in one query."""
    rows = HourCount.objects.filter(side=TOTAL, hour__gte=spans[0][0], hour__lt=spans[-1][1])
    found = [defaultdict(Figures) for _span in spans]
    for hour, currency, *values in rows.values_list("hour", "currency", *COUNTS, *MONEY):
        for (first, until), hours in zip(spans, found, strict=True):
            if first <= hour < until:
                hours[hour].add(currency, values[: len(COUNTS)], *values[len(COUNTS) :])
    return found


def by_day(first: datetime, until: datetime) -> dict[date, Figures]:
    """Day of the hub's time zone → figures of its leads received from `first` on, before `until`; days that had any."""
    found = defaultdict(Figures)
    for rows in _rows(first, until):
        time = "day" if rows.model is DayCount else "hour"
        for moment, currency, *values in rows.filter(side=TOTAL).values_list(time, "currency", *COUNTS, *MONEY):
            day = moment if time == "day" else moment.astimezone(timezone.get_default_timezone()).date()
            found[day].add(currency, values[: len(COUNTS)], *values[len(COUNTS) :])
    return found


def _rows(first: datetime, until: datetime) -> list[QuerySet]:
    """The fewest counted rows that make up a span: those of its whole days, and of the hours before and after them."""
    zone = timezone.get_default_timezone()
    whole, end = first.astimezone(zone).date(), until.astimezone(zone).date()
    if midnight(whole) < first:
        whole += DAY
    if whole >= end:
        return [HourCount.objects.filter(hour__gte=first, hour__lt=until)]
    rows = [DayCount.objects.filter(day__gte=whole, day__lt=end)]
    ends = [(start, stop) for start, stop in ((first, midnight(whole)), (midnight(end), until)) if start < stop]
    return rows + [HourCount.objects.filter(hour__gte=start, hour__lt=stop) for start, stop in ends]


def together(many) -> Figures:
    """The sum of figures."""
    total = Figures()
    for one in many:
        total.add("", [getattr(one, name) for name in COUNTS], Decimal(0), Decimal(0))
        for currency, amounts in one.money.items():
            total.add(currency, [0] * len(COUNTS), *amounts)
    return total
