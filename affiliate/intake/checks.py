"""What an offer asks of a lead."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from affiliate.intake.errors import FieldError, Invalid
from affiliate.models import Offer

# What an offer may ask for; the phone it always does.
MAY_BE_REQUIRED = (
    "name",
    "email",
    "country",
    "ip",
    "user_agent",
    "address",
    "city",
    "region",
    "zip",
    "comment",
    "price",
    "currency",
    "landing_url",
    "referer",
    "sub1",
    "sub2",
    "sub3",
    "sub4",
    "sub5",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "language",
    "timezone",
)


def offer_is_open(offer: Offer | None, offer_id: int) -> None:
    """Raises Invalid for an offer that takes no leads."""
    remedy = _("GET /api/offers lists the offers that take leads.")
    if offer is None:
        message = _("There is no offer %(offer)s.") % {"offer": offer_id}
        raise Invalid(FieldError("offer", "unknown", message, remedy))
    if not offer.enabled:
        message = _("The offer %(offer)s (%(title)s) is switched off.") % {"offer": offer_id, "title": offer.title}
        raise Invalid(FieldError("offer", "disabled", message, remedy))


def required_fields(offer: Offer, values: Mapping) -> None:
    """Raises Invalid with each field that the offer requires and the lead lacks."""
    lacking = [name for name in offer.required_fields if values.get(name) in ("", None)]
    if lacking:
        raise Invalid(*(_lacks(offer, name) for name in lacking))


def no_sandbox(offer: Offer) -> FieldError:
    message = _("The offer %(offer)s has no open flow to the sandbox.") % {"offer": offer.pk}
    remedy = _("Ask the hub's manager for a flow of the offer to the sandbox network, or leave test out.")
    return FieldError("test", "no_sandbox", message, remedy)


def _lacks(offer: Offer, name: str) -> FieldError:
    message = _("The offer %(offer)s needs %(field)s.") % {"offer": offer.pk, "field": name}
    return FieldError(name, "required", message, _("Send %(field)s with each lead of this offer.") % {"field": name})
