"""Takes due leads for one network under a lease, records what begins, and finds the leases that ran out.

A lead is claimed ahead of its turn, so that the next one is at hand when a slot becomes free. It has no attempt until it
begins: a claim without one is simply due again when its lease ends.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from affiliate.delivery import attempts, bulk, clock, evidence, leases, limits, parameters
from affiliate.delivery.wire_lead import wire_lead
from affiliate.integrations import conversation
from affiliate.integrations.base import Integration
from affiliate.integrations.outcomes import Postponed
from affiliate.models import Attempt, Flow, Lead, Network
from affiliate.vocabulary import Delivery

log = logging.getLogger(__name__)
LEASE = limits.LEASE


@dataclass(eq=False)
class Claim:
    """A lead in hand: its row, its attempt, its conversation and, once it began, the moment its next request may leave.

    `tried`: the database was asked to put it on record.
    """

    lead: Lead
    attempt: Attempt
    talk: conversation.Conversation
    secrets: list[str]
    delay: float = 0.0
    tried: bool = False


def claim(network: Network, share: limits.Share) -> list[Claim]:
    """Due leads of a network, as many as the share may have in hand beyond what it has; the longest due first.

    One transaction. No other worker gets the same leads. The share's slots are booked anew by what the network takes now.
    """
    with transaction.atomic():
        state = limits.lock_state(network)
        now = clock.now()
        allowed = limits.allowance(network, state, share, now=now)
        ids = []
        if allowed.room:
            due_leads = bulk.skip_locked(due(network, allowed, now=now))
            ids = allowed.fitting(due_leads.values_list("pk", "country")[: allowed.room])
        limits.book(state, share, allowed, claimed=len(ids), now=now)
        if not ids:
            return []
        lease = uuid.uuid4()
        rows = Lead.objects.filter(pk__in=ids, delivery=Delivery.QUEUED.value)
        rows.update(delivery=Delivery.SENDING.value, lease=lease, lease_until=now + LEASE)
        leads = list(
            Lead.objects.filter(lease=lease, delivery=Delivery.SENDING.value).order_by("next_attempt_at", "pk")
        )
        return prepare(network, leads)


def due(network: Network, allowed: limits.Allowance, *, now: datetime) -> QuerySet[Lead]:
    """What would be claimed now, the longest due first."""
    leads = Lead.objects.filter(network=network, delivery=Delivery.QUEUED.value, next_attempt_at__lte=now)
    if closed := allowed.closed_countries:
        leads = leads.exclude(country__in=closed)
    # By nothing else: leads that people queue are due at one moment, and would all be sorted for each claim.
    return leads.order_by("next_attempt_at")


def prepare(network: Network, leads: Sequence[Lead]) -> list[Claim]:
    """The leads with the first request of each; nothing is written."""
    flows = Flow.objects.filter(pk__in={lead.flow_id for lead in leads if lead.flow_id})
    flows = {flow.pk: flow for flow in flows.select_related("offer").prefetch_related("geos")}
    for flow in flows.values():
        flow.network = network
    speaking, claims = {}, []
    for lead in leads:
        lead.network, lead.flow = network, flows.get(lead.flow_id)
        key = (lead.flow_id, lead.country)
        if key not in speaking:
            integration = network.integrate(parameters.values(lead.flow, lead.country) if lead.flow else {})
            speaking[key] = integration, integration.secrets
        integration, secrets = speaking[key]
        attempt = Attempt(lead_id=lead.pk, network_id=network.pk, flow_id=lead.flow_id, lease=lead.lease)
        claimed = Claim(lead, attempt, _talk(integration, lead), secrets)
        note_request(claimed)
        claims.append(claimed)
    return claims


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


def begin(network: Network, claims: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Put attempts on record for claims whose first requests leave next.

    Returns those, and the rest that must wait for the network's rate. A claim whose lease ran out is in neither: the lead
    is somebody else's now.
    """
    if not network.rate:
        return _begin(claims, [0.0] * len(claims)), []
    with transaction.atomic():
        moments = limits.moments(network, len(claims))
        return _begin(claims[: len(moments)], moments), list(claims[len(moments) :])


def _begin(starting: Sequence[Claim], moments: list[float]) -> list[Claim]:
    if not starting:
        return []
    repeated = any(one.tried for one in starting)
    for one in starting:
        one.tried = True
    begun = attempts.begin([one.attempt for one in starting], repeated=repeated)
    ours = [one for one in starting if one.lead.pk in begun]
    for one, moment in zip(ours, moments, strict=False):
        one.delay = moment
    return ours


def step(claims: Sequence[Claim]) -> list[Claim]:
    """Before the next request of these conversations: write it down and renew the lease.

    Returns the claims that are still ours; a lead whose lease ran out belongs to the recovery, and nothing more is sent.
    """
    with transaction.atomic():
        network = claims[0].lead.network
        moments = limits.moments(network, len(claims), all_of_them=True) if network.rate else [0.0] * len(claims)
        held = _held(claims)
        kept = [one for one in claims if one.lead.pk in held]
        leases.renew(held)
        for one, moment in zip(kept, moments, strict=False):
            note_request(one)
            one.delay = moment
        bulk.update(Attempt, [one.attempt for one in claims], ["exchanges", "commits"])
    return kept


def renew(network: Network, share: limits.Share, claims: Sequence[Claim]) -> None:
    """The share's slots and the leads stay ours for the length of a lease from now, those that still are."""
    with transaction.atomic():
        limits.keep(limits.lock_state(network), share, now=clock.now())
        leases.renew(_held(claims))


def leave(network: Network, share: limits.Share) -> None:
    """Others may have the slots."""
    with transaction.atomic():
        share.slots = 0
        limits.keep(limits.lock_state(network), share, now=clock.now())


def give_back(claims: Sequence[Claim]) -> None:
    """Leads that did not begin are due again, where they stood."""
    with transaction.atomic():
        leases.release(_held(claims))


def _held(claims: Sequence[Claim]) -> dict[int, datetime]:
    return leases.held((one.lead.pk, one.lead.lease) for one in claims)


def expired(network: Network, *, now: datetime, limit: int = 500) -> tuple[list[Attempt], int]:
    """The attempts whose lease ran out, one a lead, with the leads locked; and how many leads that never began were given
    back. The network's state must be locked before."""
    gone = Lead.objects.filter(network=network, delivery=Delivery.SENDING.value, lease_until__lt=now).order_by("pk")
    lost = dict(bulk.skip_locked(gone).values_list("pk", "lease")[:limit])
    broken = Attempt.objects.filter(lead__in=lost, lease__in=set(lost.values())).order_by("pk")
    found = {one.lead_id: one for one in broken if lost[one.lead_id] == one.lease}
    unbegun = lost.keys() - found.keys()
    leases.release(unbegun)
    return list(found.values()), len(unbegun)
