"""What an outcome does to its lead."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from affiliate.delivery import bulk, changes, clock, limits, poll_schedule, retry, statistics, statuses, wake, words
from affiliate.delivery import reports as outgoing
from affiliate.delivery.reports import News
from affiliate.delivery.routing import Router, chosen_by_hand
from affiliate.models import Flow, Lead, Network
from affiliate.vocabulary import ChangeSource, Delivery, OutcomeKind, Status

PUSH_DUE = "affiliate.push_due"
# The network said nothing of the lead.
_NO_ANSWER = (OutcomeKind.UNCLEAR, OutcomeKind.POSTPONED)
_COLUMNS = [
    "delivery",
    "delivery_reason",
    "attempts_made",
    "next_attempt_at",
    "deadline_at",
    "lease",
    "lease_until",
    "unclear_since",
    "eid",
    "delivered_at",
    "next_poll_at",
    "poll_queue",
    "flow",
    "network",
    "routing",
]


@dataclass(frozen=True)
class Settled:
    """The outcome of one lead's conversation, as the attempt row keeps it. `began` is when the attempt did.

    `ours`: our worker stopped, or could make no request, which says nothing about the network.
    """

    lead_id: int
    lease: uuid.UUID
    kind: OutcomeKind
    began: datetime
    eid: str = ""
    reason: str = ""
    status: Status | None = None
    word: str = ""
    after: float | None = None
    ours: bool = False


def settle(network: Network, results: Sequence[Settled]) -> bool:
    """Apply outcomes to their leads in one transaction; whether the network is neither paused nor resting after them.

    A lead whose lease is no longer the attempt's was recovered meanwhile. A late answer still ends the doubt that the
    recovery began: nothing else of it counts.
    """
    with transaction.atomic():
        now = clock.now()
        told = [one for one in results if not one.ours]
        kinds, reasons = [one.kind for one in told], [one.reason for one in told]
        state, suspicious = limits.note_results(network, kinds, reasons=reasons, now=now)
        suspicious = {told[place].lead_id for place in suspicious}
        leads = {lead.pk: lead for lead in bulk.locked(Lead.objects.filter(pk__in=[one.lead_id for one in results]))}
        integration = network.integrate()
        context = {"network": network, "integration": integration, "router": Router(), "now": now}
        reports, changed, wakes = [], [], set()
        for one in results:
            lead = leads[one.lead_id]
            if not (lead.delivery == Delivery.SENDING and lead.lease == one.lease):
                if not _counts_late(lead, one, network):
                    continue
                if lead.unclear_since == one.began:
                    lead.unclear_since = None
            kind = OutcomeKind.MISCONFIGURED if one.lead_id in suspicious else one.kind
            if kind in _NO_ANSWER and lead.delivered_at and lead.delivered_at >= one.began:
                # The network told a status of it meanwhile.
                kind = OutcomeKind.ACCEPTED
            status = _APPLY[kind](lead, one, **context)
            lead.lease = lead.lease_until = None
            changed.append(lead)
            if status and (report := _report(lead, status, one, integration)):
                reports.append(report)
            if lead.delivery == Delivery.QUEUED and lead.network_id != network.pk and lead.network_id:
                wakes.add(lead.network_id)
        bulk.update(Lead, changed, _COLUMNS)
        statistics.mark(lead.created_at for lead in changed)
        delivered = (News.delivered(lead) for lead in changed if lead.delivery == Delivery.DELIVERED)
        outgoing.note(delivered, now=now)
        changes.note(lead.pk for lead in changed if lead.delivery != Delivery.QUEUED)
        if reports:
            statuses.apply(reports, source=ChangeSource.PUSH)
        for network_id in wakes:
            wake.wake(PUSH_DUE, network_id)
        return not (state.paused_at or (state.open_until and state.open_until > now))


def _report(lead: Lead, status: Status, one: Settled, integration) -> statuses.Report | None:
    """What the status door is told of an outcome, if it is news; a word is read as it is mapped now."""
    if one.word:
        status = integration.status_of(one.word)
    if status == lead.status:
        return None
    why = words.why(status) if one.word else ""
    return statuses.Report(lead.pk, status, one.word or one.kind.value, one.reason, why=why)


def _counts_late(lead: Lead, one: Settled, network: Network) -> bool:
    """An acceptance shows that the lead arrived, wherever it stands now; any other clear answer that it did not, as long
    as no other attempt is in doubt or on its way."""
    if lead.network_id != network.pk or one.kind is OutcomeKind.UNCLEAR or lead.delivery == Delivery.DELIVERED:
        return False
    if one.kind is OutcomeKind.ACCEPTED:
        return lead.delivery != Delivery.REFUSED
    return lead.delivery in (Delivery.UNCLEAR, Delivery.QUEUED) and lead.unclear_since == one.began


def _accepted(lead, one, *, integration, now, **context):
    lead.delivery, lead.delivery_reason = Delivery.DELIVERED.value, ""
    lead.attempts_made += 1
    lead.next_attempt_at = lead.unclear_since = None
    lead.eid = one.eid or lead.eid
    lead.delivered_at = now
    if integration.can_poll():
        poll_schedule.plan(lead, since=now, now=now)
    return one.status


def _duplicate(lead, one, **context):
    if lead.unclear_since:
        # We asked twice on purpose: the first one had arrived.
        return _accepted(lead, Settled(one.lead_id, one.lease, OutcomeKind.ACCEPTED, one.began, eid=one.eid), **context)
    return _final(lead, one, Delivery.REFUSED, Status.CANCEL)


def _refused(lead, one, *, router, now, **context):
    """To the next flow; where the next is only full for today, the lead waits for it as long as its deadline allows."""
    before, deadline = (lead.flow, lead.network), lead.deadline_at
    if not chosen_by_hand(lead):
        found = router.route(lead, refused={lead.flow_id: one.reason})
        if found or router.may_wait(lead, deadline, now=now):
            lead.deadline_at = lead.deadline_at if found else deadline
            lead.attempts_made, lead.unclear_since, lead.delivery_reason = 0, None, "" if found else one.reason
            return None
    lead.flow, lead.network = before
    return _final(lead, one, Delivery.REFUSED, one.status or Status.CANCEL)


def refuse(leads: Sequence[Lead]) -> None:
    """Leads that a network refused and that waited for another flow in vain, in a transaction that holds them."""
    flows = Flow.objects.in_bulk({lead.refused_by[-1] for lead in leads})
    for lead in leads:
        lead.flow = flows.get(lead.refused_by[-1])
        lead.network_id = lead.flow and lead.flow.network_id
        lead.delivery, lead.next_attempt_at = Delivery.REFUSED.value, None
    bulk.update(Lead, leads, ["flow", "network", "routing", "delivery", "next_attempt_at"])
    statistics.mark(lead.created_at for lead in leads)
    changes.note(lead.pk for lead in leads)
    kind = OutcomeKind.REFUSED.value
    reports = [statuses.Report(lead.pk, Status.CANCEL, raw_status=kind, comment=lead.delivery_reason) for lead in leads]
    statuses.apply(reports, source=ChangeSource.PUSH)


def _misconfigured(lead, one, *, now, **context):
    lead.delivery, lead.delivery_reason, lead.next_attempt_at = Delivery.QUEUED.value, one.reason, now


def _postponed(lead, one, *, network, now, **context):
    lead.attempts_made += 1
    moment = retry.next_try(
        attempts=lead.attempts_made,
        now=now,
        deadline=lead.deadline_at,
        after=one.after,
        schedule=network.retry_schedule,
    )
    if moment is None:
        return _final(lead, one, Delivery.UNCLEAR if lead.unclear_since else Delivery.FAILED, None)
    lead.delivery, lead.delivery_reason, lead.next_attempt_at = Delivery.QUEUED.value, one.reason, moment
    return None


def _unclear(lead, one, *, network, integration, now, **context):
    """Never re-sent blindly: only where the network drops the second copy, and only while it surely still does. Else the
    network is asked for it by our id where that can be."""
    lead.unclear_since = lead.unclear_since or one.began
    dedupes = network.integration_class.dedupes
    if dedupes:
        until = lead.unclear_since + dedupes.within if dedupes.within else None
        deadline = min(filter(None, [until, lead.deadline_at]), default=None)
        moment = retry.next_try(
            attempts=lead.attempts_made + 1, now=now, deadline=deadline, schedule=network.retry_schedule
        )
        if moment:
            lead.attempts_made += 1
            lead.delivery, lead.delivery_reason, lead.next_attempt_at = Delivery.QUEUED.value, one.reason, moment
            return None
    lead.attempts_made += 1
    if integration.can_poll() and integration.finds_by_oid:
        poll_schedule.look_up(lead, now=now)
    return _final(lead, one, Delivery.UNCLEAR, None)


def _final(lead, one, delivery: Delivery, status: Status | None) -> Status | None:
    lead.delivery, lead.delivery_reason, lead.next_attempt_at = delivery.value, one.reason, None
    return status


_APPLY = {
    OutcomeKind.ACCEPTED: _accepted,
    OutcomeKind.DUPLICATE: _duplicate,
    OutcomeKind.REFUSED: _refused,
    OutcomeKind.MISCONFIGURED: _misconfigured,
    OutcomeKind.POSTPONED: _postponed,
    OutcomeKind.UNCLEAR: _unclear,
}
