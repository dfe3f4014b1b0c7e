"""What people do to leads and networks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from affiliate.delivery import (
    bulk,
    changes,
    clock,
    limits,
    outcomes,
    poll_schedule,
    routing,
    statistics,
    statuses,
    wake,
)
from affiliate.models import Lead, Network, NetworkState
from affiliate.vocabulary import ChangeSource, Delivery, Status

RESENDABLE = (Delivery.QUEUED, Delivery.REFUSED, Delivery.UNCLEAR, Delivery.FAILED)
CANCELLABLE = (Delivery.QUEUED, Delivery.UNCLEAR, Delivery.FAILED)


class NotPossible(ValueError):
    """The lead is in a state where this cannot be done; the text says which."""


@dataclass
class Acted:
    """How many leads something was done to, and how many of each delivery were left alone."""

    done: int
    left: Counter


def resend(leads: Iterable[Lead], *, person=None) -> Acted:
    """Queue leads once more, in one transaction. Leads on their way or delivered are left alone.

    A lead keeps its flow if that still takes leads; an unclear one as long as its network does, since it may be there.
    """
    with transaction.atomic():
        now = clock.now()
        rows, left = _those(leads, RESENDABLE)
        router = routing.Router()
        for lead in rows:
            if _keeps_flow(lead):
                lead.delivery, lead.next_attempt_at = Delivery.QUEUED.value, now
                lead.deadline_at = routing.deadline(lead.network, now)
            else:
                lead.routing = []
                router.route(lead)
            lead.attempts_made, lead.delivery_reason = 0, ""
        statuses.reopen(rows, person=person)
        bulk.update(
            Lead,
            rows,
            [
                "delivery",
                "next_attempt_at",
                "deadline_at",
                "attempts_made",
                "delivery_reason",
                "flow",
                "network",
                "routing",
            ],
        )
        statistics.mark(lead.created_at for lead in rows)
        changes.note(lead.pk for lead in rows)
        for network_id in {lead.network_id for lead in rows if lead.network_id}:
            wake.wake(outcomes.PUSH_DUE, network_id)
    return Acted(len(rows), left)


def _keeps_flow(lead: Lead) -> bool:
    if lead.flow is None or not lead.network.enabled:
        return False
    return (lead.flow.enabled and lead.flow.offer.enabled) or bool(lead.unclear_since)


def poll_now(leads: Iterable[Lead]) -> Acted:
    """Make delivered leads of polling networks due for a status poll; those of other networks are left as delivered."""
    with transaction.atomic():
        now = clock.now()
        rows, left = _those(leads, (Delivery.DELIVERED,))
        polls = {network.pk: network.integrate().can_poll() for network in {lead.network for lead in rows}}
        left.update(lead.delivery for lead in rows if not polls[lead.network_id])
        rows = [lead for lead in rows if polls[lead.network_id]]
        for lead in rows:
            lead.next_poll_at = now
        bulk.update(Lead, rows, ["next_poll_at"])
        for network_id in {lead.network_id for lead in rows}:
            wake.wake("affiliate.poll_due", network_id)
    return Acted(len(rows), left)


def start_polls(network: Network) -> int:
    """Make the undecided leads that nobody asks for due, once the network's statuses can be polled; returns how many.

    A described poll may be confirmed long after leads were delivered.
    """
    if not network.integrate().can_poll():
        return 0
    now = clock.now()
    oldest = now - poll_schedule.UNDECIDED[-1][0]
    waiting = Lead.objects.filter(network=network, delivery=Delivery.DELIVERED.value, delivered_at__gt=oldest)
    undecided = [status.value for status in Status if not status.decided]
    silent = waiting.filter(next_poll_at=None, status__in=undecided).exclude(eid="")
    return silent.update(next_poll_at=now, poll_queue=poll_schedule.Queue.OLD.value)


def arrived(lead: Lead, *, eid: str, person=None) -> None:
    """A person found an unclear lead at the network: it is delivered under `eid`. Raises NotPossible."""
    with transaction.atomic():
        lead = _locked(lead, Delivery.UNCLEAR)
        now = clock.now()
        lead.delivery, lead.delivery_reason, lead.eid = Delivery.DELIVERED.value, "", eid.strip()[:100]
        lead.delivered_at, lead.unclear_since = lead.unclear_since or now, None
        if lead.network.integrate().can_poll():
            poll_schedule.plan(lead, since=lead.delivered_at, now=now)
        columns = ["delivery", "delivery_reason", "eid", "delivered_at", "unclear_since", "next_poll_at", "poll_queue"]
        lead.save(update_fields=columns)
        statuses.decided(lead, statuses.ARRIVED, comment=lead.eid, person=person)
        statistics.mark([lead.created_at])
        changes.note([lead.pk])


def give_up(lead: Lead, *, person=None) -> None:
    """A person decides that an unclear lead is not delivered and will not be sent again. Raises NotPossible."""
    with transaction.atomic():
        lead = _locked(lead, Delivery.UNCLEAR)
        lead.delivery, lead.next_poll_at = Delivery.FAILED.value, None
        lead.save(update_fields=["delivery", "next_poll_at"])
        statuses.decided(lead, statuses.GAVE_UP, person=person)
        statistics.mark([lead.created_at])
        changes.note([lead.pk])


def cancel(leads: Iterable[Lead], *, reason: str, person=None) -> Acted:
    """Leads that no network has are not sent any more and cancelled, for a person's `reason`.

    Leads on their way, delivered or refused are left alone. An unclear one is given up.
    """
    with transaction.atomic():
        rows, left = _those(leads, CANCELLABLE)
        for lead in rows:
            lead.delivery, lead.delivery_reason, lead.next_attempt_at = Delivery.FAILED.value, reason[:300], None
        bulk.update(Lead, rows, ["delivery", "delivery_reason", "next_attempt_at"])
        reports = [statuses.Report(lead.pk, Status.CANCEL, comment=reason) for lead in rows]
        results = statuses.apply(reports, source=ChangeSource.PERSON, person=person)
        # The others are told of by the status.
        cancelled_before = [lead for lead, result in zip(rows, results, strict=True) if not result.changed]
        statistics.mark(lead.created_at for lead in cancelled_before)
        changes.note(lead.pk for lead in cancelled_before)
    return Acted(len(rows), left)


def resume(network: Network) -> None:
    """Take a network off its pause and close its breaker: its leads go out at once."""
    with transaction.atomic():
        NetworkState.objects.filter(network=network).update(
            paused_at=None, paused_reason="", poll_failures=0, poll_after=None, **limits.UNBROKEN
        )
        wake.wake(outcomes.PUSH_DUE, network.pk)


def _those(leads: Iterable[Lead], wanted: Iterable[Delivery]) -> tuple[list[Lead], Counter]:
    """The leads in one of the wanted deliveries, locked, and how many are in each of the others."""
    rows = list(
        bulk.locked(Lead.objects.filter(pk__in=[lead.pk for lead in leads]).select_related("network", "flow__offer"))
    )
    wanted = {one.value for one in wanted}
    others = Counter(lead.delivery for lead in rows if lead.delivery not in wanted)
    return [lead for lead in rows if lead.delivery in wanted], others


def _locked(lead: Lead, wanted: Delivery) -> Lead:
    row = bulk.locked(Lead.objects.filter(pk=lead.pk).select_related("network")).get()
    if row.delivery != wanted:
        raise NotPossible(row.get_delivery_display())
    return row
