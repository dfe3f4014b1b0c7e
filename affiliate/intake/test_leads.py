"""Test leads that people send to one flow."""

from django.db import transaction

from affiliate.delivery import outcomes, routing
from affiliate.delivery.wake import wake
from affiliate.intake import normalise
from affiliate.models import Flow, Lead, Source

# Never translated: it is a row's name.
SOURCE = "Hub (test leads)"


def send(*, flow: Flow, data: dict) -> Lead:
    """Store a test lead that goes to this flow and to no other, due at once. Raises Invalid with the wrong fields.

    The network gets it as any other lead. `data` as a source sends it, without the offer.
    """
    values = normalise.lead(data | {"offer": flow.offer_id})
    with transaction.atomic():
        source, _created = Source.objects.get_or_create(name=SOURCE, defaults={"enabled": False})
        lead = Lead(source=source, **values | {"test": True})
        routing.send_by(lead, flow)
        lead.save(force_insert=True)
        wake(outcomes.PUSH_DUE, flow.network_id)
    return lead
