"""How many leads networks and flows have taken, against their caps.

A lead is taken on the day it was delivered, a day of the network's time zone; leads on their way count as today's.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet

from affiliate.delivery.hours import day_start
from affiliate.models import Flow, Lead, Network
from affiliate.vocabulary import Delivery

log = logging.getLogger(__name__)
SENDING = (Delivery.SENDING,)
# A router counts what already waits too: else a burst of leads would all go where only the first of them may pass.
ASSIGNED = (Delivery.QUEUED, Delivery.SENDING)
DAILY, TOTAL = "daily-cap", "total-cap"
# Settlements that began before midnight are long committed by then, so the sum of earlier leads is final.
_MARGIN = timedelta(hours=1)
_A_DAY = 24 * 3600


@dataclass
class Taken:
    """Leads by country: today's, and all there ever were (empty where no cap asks for them)."""

    day: Counter = field(default_factory=Counter)
    ever: Counter = field(default_factory=Counter)

    def add(self, country: str) -> None:
        self.day[country] += 1
        self.ever[country] += 1


def taken[Owner: (Network, Flow)](owners: Iterable[Owner], *, now: datetime, deliveries=SENDING) -> dict[Owner, Taken]:
    """Of networks, or of flows, that have caps: what they took, with those on their way in `deliveries`.

    One query, over today's leads and not over the table; total caps count the days before once a day.
    """
    found = {owner: Taken() for owner in owners if owner.capped}
    by_pk = {owner.pk: took for owner, took in found.items()}
    counts = [count for owner in found for count in _counts(owner, deliveries, now)]
    for pk, country, ever, today in counts[0].union(*counts[1:], all=True) if counts else ():
        by_pk[pk].day[country] += today
        by_pk[pk].ever[country] += ever
    for owner, took in found.items():
        if owner.capped_for_ever:
            took.ever.update(_before(owner, _since(owner, now)))
    return found


def reached(owner: Network | Flow, took: Taken, country: str = "") -> tuple[str, str] | None:
    """The cap that keeps a lead of a country out, as DAILY or TOTAL and its number; without a country, the caps of all."""
    for kind, count, cap, by_country in _caps(owner, took):
        if cap is not None and count.total() >= cap:
            return kind, str(cap)
        if country in by_country and count[country] >= by_country[country]:
            return kind, f"{country}: {by_country[country]}"
    return None


def room(owner: Network | Flow, took: Taken) -> int | None:
    """How many leads the caps leave altogether; None without such a cap."""
    left = [cap - count.total() for _kind, count, cap, _countries in _caps(owner, took) if cap is not None]
    return max(min(left), 0) if left else None


def room_by_country(owner: Network | Flow, took: Taken) -> dict[str, int]:
    """How many leads of each country that has caps they leave."""
    left: dict[str, int] = {}
    for _kind, count, _cap, by_country in _caps(owner, took):
        for country, cap in by_country.items():
            left[country] = min(left.get(country, cap), max(cap - count[country], 0))
    return left


def _caps(owner, took: Taken):
    yield DAILY, took.day, owner.daily_cap, owner.daily_country_caps
    yield TOTAL, took.ever, owner.total_cap, owner.total_country_caps


def _since(owner, now: datetime) -> datetime:
    return day_start(owner.zone, now) - _MARGIN


def _counts(owner, deliveries, now: datetime) -> list[QuerySet]:
    """Rows of (owner, country, leads, today's leads), a query for each index to walk."""
    of = _column(owner)
    leads = Lead.objects.filter(**{of: owner.pk}).order_by().values_list(of, "country")
    on_their_way = [
        leads.filter(delivery=delivery.value).annotate(count=Count("pk"), today=Count("pk")) for delivery in deliveries
    ]
    today = Q(delivered_at__gte=day_start(owner.zone, now))
    delivered = leads.filter(delivered_at__gte=_since(owner, now))
    return [*on_their_way, delivered.annotate(count=Count("pk"), today=Count("pk", filter=today))]


def _before(owner, since: datetime) -> dict[str, int]:
    """Leads delivered before, by country. The cache spares counting them; without it they are counted."""
    key = f"taken:{_column(owner)}:{owner.pk}:{since.timestamp():.0f}"
    if (known := _cached(cache.get, key)) is not None:
        return known
    leads = Lead.objects.filter(**{_column(owner): owner.pk}, delivered_at__lt=since)
    counted = dict(leads.order_by().values_list("country").annotate(Count("pk")))
    _cached(cache.set, key, counted, _A_DAY)
    return counted


def _cached(call, *args):
    try:
        return call(*args)
    except Exception:
        log.warning("the cache does not answer; leads of earlier days are counted anew", exc_info=True)


def _column(owner) -> str:
    return owner._meta.model_name
