"""Finds whatever a lost message or a dead worker left behind, and wakes workers for it."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from affiliate.delivery import bulk, clock, push, wake
from affiliate.delivery.routing import Router
from affiliate.models import Lead, Network
from affiliate.vocabulary import Delivery

BATCH = 500


def sweep() -> None:
    recover()
    route_waiting()
    now = clock.now()
    of_network = Lead.objects.filter(network=OuterRef("pk"))
    free = Q(state__isnull=True) | Q(state__paused_at__isnull=True)
    networks = Network.objects.filter(free, enabled=True)
    due = Exists(of_network.filter(delivery=Delivery.QUEUED.value, next_attempt_at__lte=now))
    for network_id in networks.filter(due).values_list("pk", flat=True):
        wake.send("affiliate.push_due", network_id)
    due = Exists(of_network.filter(next_poll_at__lte=now))
    for network_id in networks.filter(due).values_list("pk", flat=True):
        wake.send("affiliate.poll_due", network_id)


def recover() -> int:
    """Settle every lead whose lease ran out."""
    gone = Lead.objects.filter(network=OuterRef("pk"), delivery=Delivery.SENDING.value, lease_until__lt=clock.now())
    return sum(push.recover(network) for network in Network.objects.filter(Exists(gone)))


def route_waiting() -> int:
    """Look again for a flow for leads that none took; returns how many found one."""
    with transaction.atomic():
        due = Lead.objects.filter(network=None, delivery=Delivery.QUEUED.value, next_attempt_at__lte=clock.now())
        leads = list(bulk.skip_locked(due.order_by("next_attempt_at"))[:BATCH])
        router = Router()
        found = sum([router.route(lead) for lead in leads])
        bulk.update(Lead, leads, ["flow", "network", "routing", "delivery", "next_attempt_at", "deadline_at"])
    return found
