"""Finds whatever a lost message or a dead worker left behind, and wakes workers for it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from affiliate.delivery import bulk, clock, limits, outcomes, push, statistics, wake
from affiliate.delivery.poll_schedule import Queue
from affiliate.delivery.routing import Router
from affiliate.models import Lead, Network
from affiliate.vocabulary import Delivery

BATCH = 500


def sweep() -> None:
    recover()
    route_waiting()
    now = clock.now()
    of_network = Lead.objects.filter(network=OuterRef("pk"))
    due = bulk.any_of(of_network.filter(delivery=Delivery.QUEUED.value, next_attempt_at__lte=now))
    for network in limits.open_networks(Network.objects.filter(due), now=now):
        wake.send("affiliate.push_due", network.pk)
    for network_id in polls_due(now):
        wake.send("affiliate.poll_due", network_id)


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
        bulk.update(Lead, leads, ["flow", "network", "routing", "delivery", "next_attempt_at", "deadline_at"])
        statistics.mark(lead.created_at for lead in leads if lead.network_id)
    return found
