"""How many leads networks and flows have taken, against their caps.

A lead is taken on the day it was delivered, a day of the network's time zone; leads on their way count as today's. An
unclear one may be there: it counts on the day the doubt began, until somebody knows better.
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


def taken(
    owners: Iterable[Network] | Iterable[Flow], *, now: datetime, deliveries=SENDING
) -> dict[Network | Flow, Taken]:
    """Of networks, or of flows, that have caps: what they took, with those on their way in `deliveries`.

    One query, over today's leads and not over the table; total caps count the days before once a day.
    """
    found = {owner: Taken() for owner in owners if owner.capped}
    if not found:
        return found
    by_pk = {owner.pk: took for owner, took in found.items()}
    first, *others = _counts(list(found), deliveries, now)
    for pk, country, ever, today in first.union(*others, all=True):
        by_pk[pk].day[country] += today
        by_pk[pk].ever[country] += ever
    for pk, by_country in _before([owner for owner in found if owner.capped_for_ever], now).items():
        by_pk[pk].ever.update(by_country)
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


def _counts(owners: list, deliveries, now: datetime) -> list[QuerySet]:
    """Rows of (owner, country, leads, today's leads): a query for each delivery, and two for each day the owners live in."""
    of = _column(owners[0])
    leads = Lead.objects.order_by().values_list(of, "country")
    on_their_way = leads.filter(**{f"{of}__in": [owner.pk for owner in owners]})
    counts = [
        on_their_way.filter(delivery=delivery.value).annotate(count=Count("pk"), today=Count("pk"))
        for delivery in deliveries
    ]
    for start, ids in _by_day(owners, now).items():
        delivered = leads.filter(**{f"{of}__in": ids}, delivered_at__gte=start - _MARGIN)
        unclear = leads.filter(**{f"{of}__in": ids}, delivery=Delivery.UNCLEAR.value)
        for rows, moment in ((delivered, "delivered_at"), (unclear, "unclear_since")):
            today = Count("pk", filter=Q(**{f"{moment}__gte": start}))
            counts.append(rows.annotate(count=Count("pk"), today=today))
    return counts


def _before(owners: list, now: datetime) -> dict[int, dict[str, int]]:
    """Leads delivered before those of `_counts`, by owner and country. The cache spares counting them twice a day."""
    found = {}
    for start, ids in _by_day(owners, now).items():
        of, until = _column(owners[0]), start - _MARGIN
        keys = {pk: f"taken:{of}:{pk}:{until.timestamp():.0f}" for pk in ids}
        known = _cached(cache.get_many, keys.values()) or {}
        found |= {pk: known[key] for pk, key in keys.items() if key in known}
        if unknown := [pk for pk in ids if pk not in found]:
            counted = {pk: {} for pk in unknown}
            leads = Lead.objects.filter(**{f"{of}__in": unknown}, delivered_at__lt=until).order_by()
            for pk, country, count in leads.values_list(of, "country").annotate(Count("pk")):
                counted[pk][country] = count
            _cached(cache.set_many, {keys[pk]: by_country for pk, by_country in counted.items()}, _A_DAY)
            found |= counted
    return found


def _by_day(owners: list, now: datetime) -> dict[datetime, list[int]]:
    """The owners' keys by the moment their day began."""
    days = {}
    for owner in owners:
        days.setdefault(day_start(owner.zone, now), []).append(owner.pk)
    return days


def _cached(call, *args):
    try:
        return call(*args)
    except Exception:
        log.warning("the cache does not answer; leads of earlier days are counted anew", exc_info=True)


def _column(owner) -> str:
    return owner._meta.model_name
