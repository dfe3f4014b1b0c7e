"""Takes leads in: the one service under every door."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliate.delivery import reports, statistics
from affiliate.delivery.reports import News
from affiliate.delivery.routing import Router
from affiliate.delivery.wake import wake
from affiliate.intake import normalise
from affiliate.intake.errors import FieldError, Invalid
from affiliate.models import Lead, Offer, Source

# Landing pages post again after 30-65 s, people press reload; a second order of the same things takes longer.
REPEAT_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Taken:
    """A lead and whether this call stored it; False: the same content came before."""

    lead: Lead
    created: bool


def take(
    *,
    source: Source,
    data: Mapping,
    key: str | None = None,
    key_field: str = "Idempotency-Key",
    router: Router | None = None,
) -> Taken:
    """Normalise, route and store a lead, due at once.

    The same `key` from the same source gives the same lead for ever; without one, the same content does within ten
    minutes. Two calls at once make one lead. Raises Invalid: a wrong field, an offer that takes no leads, or a key that
    came with other content before (named `key_field`). A `router` serves many leads without reading flows anew.
    """
    key = normalise.idempotency_key(key_field, key)
    values = normalise.lead(data)
    fingerprint = normalise.fingerprint(values)
    with transaction.atomic():
        _one_at_a_time(source, key or fingerprint)
        if earlier := _earlier(source, key, fingerprint):
            if earlier.fingerprint != fingerprint:
                raise Invalid(_reused(key_field, earlier))
            return Taken(earlier, created=False)
        _require_open_offer(values["offer_id"])
        lead = Lead(source=source, idempotency_key=key, fingerprint=fingerprint, **values)
        (router or Router()).route(lead)
        lead.save(force_insert=True)
        statistics.mark([lead.created_at])
        reports.note(map(News.received, [lead]))
        if lead.network_id:
            wake("affiliate.push_due", lead.network_id)
    return Taken(lead, created=True)


def _one_at_a_time(source: Source, mark: str) -> None:
    """Hold back a second post of the same lead until the first is committed; SQLite's transactions do so by themselves."""
    if connection.vendor != "postgresql":
        return
    number = hashlib.sha256(f"{source.pk}:{mark}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(number, "big", signed=True)])


def _earlier(source: Source, key: str | None, fingerprint: str) -> Lead | None:
    leads = Lead.objects.filter(source=source)
    if key:
        return leads.filter(idempotency_key=key).first()
    since = timezone.now() - REPEAT_WINDOW
    return leads.filter(fingerprint=fingerprint, created_at__gte=since).order_by("-created_at").first()


def _require_open_offer(offer_id: int) -> None:
    offer = Offer.objects.filter(pk=offer_id).first()
    remedy = _("GET /api/offers lists the offers that take leads.")
    if offer is None:
        message = _("There is no offer %(offer)s.") % {"offer": offer_id}
        raise Invalid(FieldError("offer", "unknown", message, remedy))
    if not offer.enabled:
        message = _("The offer %(offer)s (%(title)s) is switched off.") % {"offer": offer_id, "title": offer.title}
        raise Invalid(FieldError("offer", "disabled", message, remedy))


def _reused(key_field: str, earlier: Lead) -> FieldError:
    return FieldError(
        key_field,
        "reused",
        _("This key came with other content before, as the lead %(oid)s.") % {"oid": earlier.oid},
        _("Send a new key with a new lead, and the same content with the same key."),
    )
