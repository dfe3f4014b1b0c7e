"""Finds whatever a lost message or a dead worker left behind, and wakes workers for it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from affiliate.delivery import bulk, caps, clock, limits, outcomes, push, statistics, wake
from affiliate.delivery.poll_schedule import Queue
from affiliate.delivery.routing import REFUSED, Router, chosen_by_hand
from affiliate.models import Lead, Network
from affiliate.vocabulary import Delivery

BATCH = 500
_ROUTED = ["flow", "network", "routing", "delivery", "next_attempt_at", "deadline_at"]


def sweep() -> None:
    recover()
    leave_full_networks()
    route_waiting()
    now = clock.now()
    for network in limits.open_networks(_with_due_leads(now), now=now):
        wake.send("affiliate.push_due", network.pk)
    for network_id in polls_due(now):
        wake.send("affiliate.poll_due", network_id)


def _with_due_leads(now: datetime) -> QuerySet[Network]:
    due = Lead.objects.filter(network=OuterRef("pk"), delivery=Delivery.QUEUED.value, next_attempt_at__lte=now)
    return Network.objects.filter(bulk.any_of(due))


def polls_due(now: datetime) -> QuerySet:
    """Keys of the networks that have leads to ask for and are not resting from a failed poll."""
    # Every queue by name: the index goes by queue first.
    due = bulk.any_of(Lead.objects.filter(network=OuterRef("pk"), poll_queue__in=list(Queue), next_poll_at__lte=now))
    free = Q(state__isnull=True) | Q(state__paused_at__isnull=True)
    rested = Q(state__poll_after__isnull=True) | Q(state__poll_after__lte=now)
    return Network.objects.filter(free, rested, due, enabled=True).values_list("pk", flat=True)


def recover() -> int:
    """Settle every lead whose lease ran out."""
    gone = Lead.objects.filter(network=OuterRef("pk"), delivery=Delivery.SENDING.value, lease_until__lt=clock.now())
    return sum(push.recover(network) for network in Network.objects.filter(Exists(gone)))


def leave_full_networks() -> int:
    """Leads that wait at a network whose cap was reached before their turn are routed anew; returns how many.

    Those that may be there already stay, and those that a person sent there. Leads on their way do not fill a cap yet:
    the network may refuse them.
    """
    now, left = clock.now(), 0
    networks = _with_due_leads(now).defer("credentials", "postback_keys")
    for network, took in caps.taken(networks, now=now, deliveries=()).items():
        waiting = Lead.objects.filter(network=network, delivery=Delivery.QUEUED.value, next_attempt_at__lte=now)
        waiting = waiting.filter(unclear_since=None).order_by("next_attempt_at")
        if not caps.reached(network, took):
            full = [country for country, room in caps.room_by_country(network, took).items() if not room]
            if not full:
                continue
            waiting = waiting.filter(country__in=full)
        with transaction.atomic():
            leads = [lead for lead in bulk.skip_locked(waiting)[:BATCH] if not chosen_by_hand(lead)]
            router = Router()
            for lead in leads:
                deadline, lead.attempts_made, lead.delivery_reason = lead.deadline_at, 0, ""
                if not router.route(lead, now=now) and (
                    refused := [one for one in lead.routing if one["reason"] == REFUSED]
                ):
                    lead.deadline_at, lead.delivery_reason = deadline, refused[-1]["detail"]
            bulk.update(Lead, leads, [*_ROUTED, "attempts_made", "delivery_reason"])
            statistics.mark(lead.created_at for lead in leads)
        left += len(leads)
    return left


def route_waiting() -> int:
    """Look again for a flow for leads that none took; returns how many found one."""
    with transaction.atomic():
        now = clock.now()
        due = Lead.objects.filter(network=None, delivery=Delivery.QUEUED.value, next_attempt_at__lte=now)
        leads = list(bulk.skip_locked(due.order_by("next_attempt_at"))[:BATCH])
        router = Router()
        deadlines, in_vain, found = {lead.pk: lead.deadline_at for lead in leads}, [], 0
        for lead in leads:
            if router.route(lead, now=now):
                found += 1
            elif lead.refused_by:
                lead.deadline_at = deadlines[lead.pk]
                if not router.may_wait(lead, lead.deadline_at, now=now):
                    in_vain.append(lead)
        if in_vain:
            outcomes.refuse(in_vain)
            leads = [lead for lead in leads if lead not in in_vain]
        bulk.update(Lead, leads, _ROUTED)
        statistics.mark(lead.created_at for lead in leads if lead.network_id)
    return found
