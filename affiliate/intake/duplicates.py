"""Which earlier lead a new one repeats, by the rules of its offer or its source."""

from collections.abc import Mapping, Sequence
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


class Earlier:
    """The leads that some new ones may repeat, read at once. Tests repeat nothing and are not repeated."""

    def __init__(self, rules: DuplicateRules, source: Source, new: Sequence[Mapping]):
        self._rules, self._newest = rules, {}
        phones = Q(phone__in={values["phone"] for values in new})
        emails = Q(email__in={values["email"] for values in new} - {""})
        same = {
            DuplicateBy.PHONE: phones,
            DuplicateBy.EMAIL: emails,
            DuplicateBy.BOTH: phones & emails,
            DuplicateBy.EITHER: phones | emails,
        }
        leads = Lead.objects.filter(same[rules.duplicate_by], test=False)
        if rules.duplicate_days:
            leads = leads.filter(created_at__gte=timezone.now() - timedelta(days=rules.duplicate_days))
        found = leads.only("oid", "source", "offer", "phone", "email", "status", "created_at")
        # Offer, source and status are compared here: SQLite would look through all leads of an offer for a few phones.
        for lead in sorted(found, key=lambda lead: lead.created_at):
            if self._counts(lead) and (lead.source_id == source.pk or not rules.duplicate_own_source):
                self._note(lead)

    def find(self, values: Mapping) -> Lead | None:
        """The newest lead that this one repeats."""
        found = [self._newest.get(mark) for mark in self._marks(values)]
        return max(filter(None, found), key=lambda lead: lead.created_at, default=None)

    def add(self, lead: Lead) -> None:
        """A new lead that the next ones may repeat."""
        if self._counts(lead):
            lead.created_at = timezone.now()
            self._note(lead)

    def _counts(self, lead: Lead) -> bool:
        return not self._rules.duplicate_statuses or lead.status in self._rules.duplicate_statuses

    def _note(self, lead: Lead) -> None:
        values = {"offer_id": lead.offer_id, "phone": lead.phone, "email": lead.email}
        self._newest |= dict.fromkeys(self._marks(values), lead)

    def _marks(self, values: Mapping) -> list[tuple]:
        """A lead repeats those with one of its marks."""
        offer, phone, email = values["offer_id"], values["phone"], values["email"]
        if self._rules.duplicate_by == DuplicateBy.BOTH:
            return [(offer, phone, email)] if email else []
        by = {DuplicateBy.PHONE: ("phone",), DuplicateBy.EMAIL: ("email",), DuplicateBy.EITHER: ("phone", "email")}
        return [(offer, name, values[name]) for name in by[self._rules.duplicate_by] if values[name]]


def find(rules: DuplicateRules, source: Source, values: Mapping) -> Lead | None:
    """The newest lead that one lead repeats."""
    return Earlier(rules, source, [values]).find(values)


def rejected(source: Source, earlier: Lead) -> Repeats:
    own = earlier.source_id == source.pk
    message = _("It repeats the lead %(oid)s.") % {"oid": earlier.oid} if own else _("It repeats an earlier lead.")
    remedy = _("Do not send it again: the earlier lead is on its way or decided.")
    return Repeats(FieldError("phone", CODE, message, remedy), earlier.oid if own else "")
