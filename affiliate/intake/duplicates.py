"""Which earlier lead a new one repeats, by the rules of its offer or its source."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliate.intake.errors import FieldError, Invalid
from affiliate.models import Lead, Offer, Source
from affiliate.models.duplicates import DuplicateBy, DuplicateRules, OnDuplicate

CODE = "duplicate"
TABLE = Lead._meta.db_table


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
    """The leads of an offer that some new ones may repeat, read at once. Tests repeat nothing and are not repeated."""

    def __init__(self, rules: DuplicateRules, source: Source, new: Sequence[Mapping]):
        self._rules, self._newest = rules, {}
        if matching := condition(rules, source, new):
            where, values = matching
            columns = "id, oid, source_id, offer_id, phone, email, created_at"
            for lead in Lead.objects.raw(f"SELECT {columns} FROM {TABLE} WHERE {where} ORDER BY created_at", values):
                self._note(lead)

    def find(self, values: Mapping) -> Lead | None:
        """The newest lead that this one repeats."""
        found = [self._newest.get(mark) for mark in self._marks(values)]
        return max(filter(None, found), key=lambda lead: lead.created_at, default=None)

    def add(self, lead: Lead) -> None:
        """A new lead that the next ones may repeat."""
        if not self._rules.duplicate_statuses or lead.status in self._rules.duplicate_statuses:
            lead.created_at = timezone.now()
            self._note(lead)

    def _note(self, lead: Lead) -> None:
        values = {"phone": lead.phone, "email": lead.email}
        self._newest |= dict.fromkeys(self._marks(values), lead)

    def _marks(self, values: Mapping) -> list[tuple]:
        """A lead repeats those with one of its marks."""
        if self._rules.duplicate_by == DuplicateBy.BOTH:
            return [(values["phone"], values["email"])] if values["email"] else []
        return [(name, values[name]) for name in _compared(self._rules) if values[name]]


def condition(rules: DuplicateRules, source: Source, new: Sequence[Mapping]) -> tuple[str, list] | None:
    """What holds of the leads that new ones of one offer repeat, in SQL with its values; None: they can repeat none.

    Of several new leads, those found by phone and e-mail may have them from two.
    """
    found, values = [], []
    for name in _compared(rules):
        if wanted := list({one[name] for one in new} - {""}):
            # The index of e-mails is without empty ones, and SQLite uses it only where it is told so.
            found.append(f"({name} IN ({_marks_for(wanted)}) AND NOT ({name} = ''))")
            values += wanted
    both = rules.duplicate_by == DuplicateBy.BOTH
    if not found or (both and len(found) < 2):
        return None
    # The plus keeps SQLite from looking through all leads of an offer or a source for a few phones.
    where = [f"({(' AND ' if both else ' OR ').join(found)})", "+offer_id = %s", "NOT test"]
    values.append(new[0]["offer_id"])
    if rules.duplicate_own_source:
        where.append("+source_id = %s")
        values.append(source.pk)
    if rules.duplicate_statuses:
        where.append(f"status IN ({_marks_for(rules.duplicate_statuses)})")
        values += rules.duplicate_statuses
    if rules.duplicate_days:
        where.append("created_at >= %s")
        values.append(moment(timezone.now() - timedelta(days=rules.duplicate_days)))
    return " AND ".join(where), values


def moment(value: datetime):
    """As the column `created_at` is compared with."""
    return Lead._meta.get_field("created_at").get_db_prep_value(value, connections["default"])


def _compared(rules: DuplicateRules) -> tuple[str, ...]:
    by = {DuplicateBy.PHONE: ("phone",), DuplicateBy.EMAIL: ("email",)}
    return by.get(rules.duplicate_by, ("phone", "email"))


def _marks_for(values: Sequence) -> str:
    return ", ".join(["%s"] * len(values))


def rejected(source: Source, earlier: Lead) -> Repeats:
    own = earlier.source_id == source.pk
    message = _("It repeats the lead %(oid)s.") % {"oid": earlier.oid} if own else _("It repeats an earlier lead.")
    remedy = _("Do not send it again: the earlier lead is on its way or decided.")
    return Repeats(FieldError("phone", CODE, message, remedy), earlier.oid if own else "")
