"""Whose a lead on its way is: it belongs to a claim until the moment that its lease ends."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now

from affiliate.delivery import bulk, limits
from affiliate.models import Lead
from affiliate.vocabulary import Delivery


def held(claimed: Iterable[tuple[int, UUID]]) -> dict[int, datetime]:
    """Which of the leads, ids with leases, are under these still, locked, each with the moment of the database."""
    claimed = dict(claimed)
    leads = Lead.objects.filter(pk__in=claimed, delivery=Delivery.SENDING.value)
    ours = leads.filter(lease__in=set(claimed.values()))
    return dict(bulk.locked(ours).values_list("pk", Now()))


def renew(held: dict[int, datetime]) -> None:
    if held:
        Lead.objects.filter(pk__in=held).update(lease_until=max(held.values()) + limits.LEASE)


def release(ids: Iterable[int]) -> None:
    """Due again, where they stood."""
    if ids:
        Lead.objects.filter(pk__in=ids).update(delivery=Delivery.QUEUED.value, lease=None, lease_until=None)
