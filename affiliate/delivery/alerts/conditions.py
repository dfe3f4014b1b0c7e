"""What is wrong now: looked up in a fixed number of queries however many networks and leads there are."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Sum

from affiliate.delivery import bulk, clock, limits, reports
from affiliate.models import HourCount, Lead, Network, Postback, StatusPoll
from affiliate.models.alert import Event
from affiliate.models.statistics import NETWORK
from affiliate.vocabulary import Delivery, OutcomeKind, Status

# An unclear lead is often settled by the next status poll.
UNCLEAR_AFTER = timedelta(minutes=10)
# A network is silent when leads it took since this wait for a first word.
SILENCE_SINCE = timedelta(days=3)
SILENCE_LEADS = 3
# Leads of the last days against those of the weeks before; only decided ones count, so young ones do not spoil it.
RATE_NOW, RATE_BEFORE = timedelta(days=3), timedelta(days=30)
RATE_LEADS, RATE_LEADS_BEFORE = 30, 100
RATE_LEAST = 0.1
SIGMAS = 3
# Report addresses that a message names.
SHOWN = 5


@dataclass(frozen=True)
class Condition:
    """`facts` are numbers and texts that the message needs; they may change while the condition lasts."""

    event: Event
    network_id: int | None
    facts: dict = field(default_factory=dict)


def find() -> list[Condition]:
    now = clock.now()
    networks = list(
        Network.objects.filter(enabled=True)
        .select_related("state")
        .defer("credentials", "postback_keys", "description")
    )
    return [
        *_states(networks),
        *_refused_polls(),
        *_unclear(now),
        *_silent(now),
        *_rates(now),
        *_queues(now),
        *_reports(),
    ]


def _states(networks: list[Network]) -> Iterator[Condition]:
    for network in networks:
        state = getattr(network, "state", None)
        if state and state.paused_at:
            yield Condition(Event.PAUSED, network.pk, {"reason": state.paused_reason})
        elif state and state.open_until:
            yield Condition(Event.BREAKER, network.pk, {"failures": state.failures})


def _refused_polls() -> Iterator[Condition]:
    """A poll that is refused rests the polls and never pauses the pushes."""
    newest = StatusPoll.objects.filter(network=OuterRef("pk"), finished_at__isnull=False).order_by("-started_at")
    failing = Network.objects.filter(enabled=True, state__poll_failures__gt=0, state__paused_at__isnull=True)
    rows = failing.annotate(outcome=Subquery(newest.values("outcome")[:1]), why=Subquery(newest.values("reason")[:1]))
    for pk, reason in rows.filter(outcome=OutcomeKind.MISCONFIGURED.value).values_list("pk", "why"):
        yield Condition(Event.REFUSED, pk, {"reason": reason})


def _unclear(now: datetime) -> Iterator[Condition]:
    leads = Lead.objects.filter(delivery=Delivery.UNCLEAR.value, unclear_since__lt=now - UNCLEAR_AFTER).order_by()
    for network_id, count in leads.values_list("network").annotate(Count("pk")):
        yield Condition(Event.UNCLEAR, network_id, {"count": count})


def _silent(now: datetime) -> Iterator[Condition]:
    """Leads that were delivered before the hours of silence still wait, and since then neither postback nor poll told anything."""
    if not settings.SILENCE_HOURS:
        return
    before = now - timedelta(hours=settings.SILENCE_HOURS)
    taken = Lead.objects.filter(
        network=OuterRef("pk"), delivered_at__gt=now - SILENCE_SINCE, delivered_at__lt=before, status=Status.WAIT.value
    )
    counted = taken.order_by().values("network").annotate(count=Count("pk")).values("count")
    told = StatusPoll.objects.filter(network=OuterRef("pk"), started_at__gt=before, leads_reported__gt=0)
    last = Postback.objects.filter(network=OuterRef("pk")).order_by("-id").values("received_at")[:1]
    rows = (
        Network.objects.exclude(bulk.any_of(told))
        .filter(enabled=True)
        .annotate(waiting=Subquery(counted), heard=Subquery(last))
    )
    for pk, count, heard in rows.filter(waiting__gte=SILENCE_LEADS).values_list("pk", "waiting", "heard"):
        if heard is None or heard < before:
            facts = {"count": count, "hours": settings.SILENCE_HOURS, "never": heard is None}
            yield Condition(Event.SILENCE, pk, facts)


def _rates(now: datetime) -> Iterator[Condition]:
    """Approved of decided leads, trash apart: in the last days against the weeks before."""
    approved, cancelled = ("approve", "hold"), ("cancel",)
    recent, older = Q(hour__gte=now - RATE_NOW), Q(hour__lt=now - RATE_NOW)
    sums = {
        f"{name}_{when}": Sum(name, filter=part)
        for name in (*approved, *cancelled)
        for when, part in (("now", recent), ("before", older))
    }
    rows = HourCount.objects.filter(side=NETWORK, hour__gte=now - RATE_BEFORE).exclude(key="").order_by()
    known = {str(pk): pk for pk in Network.objects.filter(enabled=True).values_list("pk", flat=True)}
    for row in rows.values("key").annotate(**sums):
        good_now, all_now = _share(row, "now")
        good, whole = _share(row, "before")
        if row["key"] not in known or all_now < RATE_LEADS or whole < RATE_LEADS_BEFORE:
            continue
        rate, usual = good_now / all_now, good / whole
        band = max(SIGMAS * math.sqrt(usual * (1 - usual) / all_now), RATE_LEAST)
        if abs(rate - usual) > band:
            facts = {"rate": round(100 * rate), "usual": round(100 * usual), "count": all_now}
            yield Condition(Event.RATE, known[row["key"]], facts)


def _share(row: dict, when: str) -> tuple[int, int]:
    good = (row[f"approve_{when}"] or 0) + (row[f"hold_{when}"] or 0)
    return good, good + (row[f"cancel_{when}"] or 0)


def _queues(now: datetime) -> Iterator[Condition]:
    """Leads that are due and nobody takes: of networks that take leads now, and those that no flow takes."""
    late = now - timedelta(minutes=settings.QUEUE_MINUTES)
    queued = Lead.objects.filter(delivery=Delivery.QUEUED.value).order_by()
    takes = limits.open_networks(Network.objects.filter(bulk.any_of(_late(queued, late))), now=now)
    due = queued.filter(network__in=takes, next_attempt_at__lt=late).values_list("network")
    for network_id, count, oldest in due.annotate(Count("pk"), Min("next_attempt_at")) if takes else ():
        yield Condition(Event.QUEUE, network_id, _waits(count, oldest, now))
    homeless = queued.filter(network=None, created_at__lt=late).aggregate(count=Count("pk"), oldest=Min("created_at"))
    if homeless["count"]:
        yield Condition(Event.QUEUE, None, _waits(homeless["count"], homeless["oldest"], now))


def _reports() -> Iterator[Condition]:
    if failing := reports.failing():
        names = ", ".join(str(address) for address in failing[:SHOWN])
        yield Condition(Event.REPORTS, None, {"count": len(failing), "names": names})


def _late(queued: QuerySet[Lead], late: datetime) -> QuerySet[Lead]:
    return queued.filter(network=OuterRef("pk"), next_attempt_at__lt=late)


def _waits(count: int, oldest: datetime, now: datetime) -> dict:
    return {"count": count, "minutes": int((now - oldest).total_seconds() // 60)}
