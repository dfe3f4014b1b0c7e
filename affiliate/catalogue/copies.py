"""A flow once more, with its caps, parameters and geos."""

from copy import copy

from django.db import transaction
from django.utils.translation import gettext as _

from affiliate.models import Flow, Geo, Offer

_LONGEST_TITLE = Flow._meta.get_field("title").max_length


def copy_flow(flow: Flow, *, offer: Offer | None = None) -> Flow:
    """A copy within its offer, or in another one. It is disabled: it takes no leads before somebody looked at it."""
    twin = copy(flow)
    twin.pk, twin.enabled = None, False
    twin._state = type(flow._state)()
    if offer is None or offer == flow.offer:
        # Two flows of one offer to one network would be called the same.
        twin.title = (_("Copy of %(flow)s") % {"flow": flow})[:_LONGEST_TITLE]
    else:
        twin.offer = offer
    with transaction.atomic():
        twin.save(force_insert=True)
        for geo in flow.geos.all():
            Geo.objects.create(flow=twin, country=geo.country, parameters=geo.parameters)
    return twin
