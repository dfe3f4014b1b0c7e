"""Which earlier lead a new one repeats, by the rules of its offer or its source."""

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliate.intake.errors import FieldError, Invalid
from affiliate.models import Lead, Offer, Source
from affiliate.models.duplicates import DuplicateBy, DuplicateRules, OnDuplicate

CODE = "duplicate"


class Repeats(Invalid):
    """A lead that is rejected for repeating another; `oid` is that one's, "" when it is another source's."""

    def __init__(self, error: FieldError, oid: str):
        super().__init__(error)
        self.oid = oid


def rules_of(source: Source, offer: Offer) -> DuplicateRules | None:
    """A source's own rules go before its offer's; None where duplicates are not looked for."""
    rules = offer if source.on_duplicate == OnDuplicate.INHERIT else source
    return None if rules.on_duplicate == OnDuplicate.OFF else rules


def marks(rules: DuplicateRules, values: Mapping) -> list[str]:
    """What two leads must share to be compared: of those that do, one is taken after the other."""
    by = {
        DuplicateBy.PHONE: ("phone",),
        DuplicateBy.EMAIL: ("email",),
        DuplicateBy.BOTH: ("phone",),
        DuplicateBy.EITHER: ("phone", "email"),
    }
    return [f"{name}:{values['offer_id']}:{values[name]}" for name in by[rules.duplicate_by] if values[name]]


def find(rules: DuplicateRules, source: Source, values: Mapping) -> Lead | None:
    """The newest lead that this one repeats. Tests repeat nothing and are not repeated."""
    phone, email = Q(phone=values["phone"]), Q(email=values["email"])
    same = {
        DuplicateBy.PHONE: phone,
        DuplicateBy.EMAIL: email,
        DuplicateBy.BOTH: phone & email,
        DuplicateBy.EITHER: phone | email if values["email"] else phone,
    }
    if not values["email"] and rules.duplicate_by in (DuplicateBy.EMAIL, DuplicateBy.BOTH):
        return None
    leads = Lead.objects.filter(same[rules.duplicate_by], offer=values["offer_id"], test=False)
    if rules.duplicate_days:
        leads = leads.filter(created_at__gte=timezone.now() - timedelta(days=rules.duplicate_days))
    if rules.duplicate_statuses:
        leads = leads.filter(status__in=rules.duplicate_statuses)
    if rules.duplicate_own_source:
        leads = leads.filter(source=source)
    return leads.order_by("-created_at").first()


def rejected(source: Source, earlier: Lead) -> Repeats:
    own = earlier.source_id == source.pk
    message = _("It repeats the lead %(oid)s.") % {"oid": earlier.oid} if own else _("It repeats an earlier lead.")
    remedy = _("Do not send it again: the earlier lead is on its way or decided.")
    return Repeats(FieldError("phone", CODE, message, remedy), earlier.oid if own else "")
