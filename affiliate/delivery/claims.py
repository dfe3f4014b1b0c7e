"""Takes due leads for one network under a lease, and finds the leases that ran out."""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from affiliate.delivery import bulk, clock, evidence, limits, parameters
from affiliate.delivery.wire_lead import wire_lead
from affiliate.integrations import conversation
from affiliate.integrations.base import Integration
from affiliate.integrations.outcomes import Postponed
from affiliate.models import Attempt, Lead, Network
from affiliate.vocabulary import Delivery, OutcomeKind

log = logging.getLogger(__name__)
# Longer than any single request may last; renewed before each step.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)


@dataclass
class Claim:
    """A lead in hand: its row, its attempt, its conversation and the moment its first request may leave."""

    lead: Lead
    attempt: Attempt
    talk: conversation.Conversation
    secrets: list[str]
    send_at: datetime
    now: datetime


def claim(network: Network, *, wanted: int) -> list[Claim]:
    """Due leads of a network, at most `wanted`, each with an attempt row that says what is about to leave.

    One transaction. No other worker gets the same leads; the order is that of `next_attempt_at`.
    """
    with transaction.atomic():
        state = limits.lock_state(network)
        now = clock.now()
        allowed = limits.allowance(network, state, wanted=wanted, now=now)
        if not allowed.room:
            return []
        ids = allowed.fitting(
            bulk.skip_locked(due(network, allowed, now=now)).values_list("pk", "country")[: allowed.room]
        )
        if not ids:
            return []
        lease = uuid.uuid4()
        Lead.objects.filter(pk__in=ids, delivery=Delivery.QUEUED.value).update(
            delivery=Delivery.SENDING.value, lease=lease, lease_until=now + LEASE
        )
        leads = Lead.objects.filter(lease=lease, delivery=Delivery.SENDING.value).order_by("next_attempt_at", "pk")
        leads = list(leads.select_related("flow__offer").prefetch_related("flow__geos"))
        slots = allowed.slots[: len(leads)]
        limits.take(network, state, slots=slots)
        claims = [begin(network, lead, slot, now) for lead, slot in zip(leads, slots, strict=True)]
        Attempt.objects.bulk_create([one.attempt for one in claims])
        return claims


def due(network: Network, allowed: limits.Allowance, *, now: datetime) -> QuerySet[Lead]:
    """What would be claimed now, the longest due first."""
    leads = Lead.objects.filter(network=network, delivery=Delivery.QUEUED.value, next_attempt_at__lte=now)
    if closed := allowed.closed_countries:
        leads = leads.exclude(country__in=closed)
    return leads.order_by("next_attempt_at", "pk")


def begin(network: Network, lead: Lead, send_at: datetime, now: datetime) -> Claim:
    lead.network = network
    values = {}
    if lead.flow:
        lead.flow.network = network
        values = parameters.values(lead.flow, lead.country)
    integration = network.integrate(values)
    talk = _talk(integration, lead)
    attempt = Attempt(lead=lead, network=network, flow=lead.flow, lease=lead.lease, started_at=now)
    claimed = Claim(lead, attempt, talk, integration.secrets, send_at, now)
    note_request(claimed)
    return claimed


def _talk(integration: Integration, lead: Lead) -> conversation.Conversation:
    """A bug of one integration must not keep a whole batch from being claimed: nothing was sent, so it may pass later."""
    try:
        return conversation.push(integration, wire_lead(lead))
    except Exception:
        log.exception("%s cannot make a request", integration.slug)
        return conversation.ended(Postponed("the integration could not make a request"))


def note_request(claimed: Claim) -> None:
    """Put the request that is about to leave on the attempt."""
    if request := claimed.talk.request:
        if claimed.attempt.exchanges and claimed.attempt.exchanges[-1]["answer"] is None:
            # It is noted once more, since the database could not keep it.
            claimed.attempt.exchanges.pop()
        claimed.attempt.exchanges.append({"request": evidence.keep_request(request, claimed.secrets), "answer": None})
        claimed.attempt.commits = claimed.attempt.commits or request.commits


def step(claims: list[Claim]) -> list[Claim]:
    """Before the next request of these conversations: write it down and renew the lease.

    Returns the claims that are still ours; a lead whose lease ran out belongs to the recovery, and nothing more is sent.
    """
    with transaction.atomic():
        now = clock.now()
        ours = Lead.objects.filter(pk__in=[one.lead.pk for one in claims], lease__in={one.lead.lease for one in claims})
        held = set(bulk.locked(ours.filter(delivery=Delivery.SENDING.value)).values_list("pk", flat=True))
        kept = [one for one in claims if one.lead.pk in held]
        Lead.objects.filter(pk__in=held).update(lease_until=now + LEASE)
        for one in kept:
            note_request(one)
            one.send_at, one.now = limits.next_slot(one.lead.network, now=now), now
        bulk.update(Attempt, [one.attempt for one in claims], ["exchanges", "commits"])
    return kept


def expired(network: Network, *, now: datetime, limit: int = 500) -> list[Attempt]:
    """The attempts whose lease ran out, one a lead, with the leads locked. The network's state must be locked before."""
    due = Lead.objects.filter(network=network, delivery=Delivery.SENDING.value, lease_until__lt=now).order_by("pk")
    leases = dict(bulk.skip_locked(due).values_list("pk", "lease")[:limit])
    attempts = Attempt.objects.filter(lead__in=leases, lease__in=set(leases.values())).order_by("pk")
    return list({one.lead_id: one for one in attempts if leases[one.lead_id] == one.lease}.values())


def break_off(attempt: Attempt, *, now: datetime) -> None:
    """Close the books on an attempt whose worker is gone: it is unclear only when the lead may have left."""
    if attempt.finished_at is None:
        attempt.finished_at = now
        attempt.outcome = (OutcomeKind.UNCLEAR if attempt.commits else OutcomeKind.POSTPONED).value
        attempt.reason = "the worker stopped before the answer came"
