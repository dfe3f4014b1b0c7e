"""Black lists as people paste them: one phone, address or network a line."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from affiliate.intake import phones
from affiliate.intake.errors import Invalid
from affiliate.models import Ban, Source
from affiliate.models.ban import BanKind, as_network

MOST_LINES = 10_000


@dataclass(frozen=True)
class Wrong:
    """A line that is neither a phone nor an address; `number` from 1."""

    number: int
    line: str
    why: str


@dataclass(frozen=True)
class Added:
    """How many were new, how many there were before, and the lines that cannot be read."""

    new: int
    known: int
    wrong: list[Wrong]


def add(text: str, *, source: Source | None, reason: str = "", until: datetime | None = None) -> Added:
    """Ban every line: `+40712345678`, `203.0.113.7`, `198.51.100.0/24`; what follows a semicolon is the line's reason.

    Lines that are wrong do not hold the others. Raises ValidationError for more than MOST_LINES.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_LINES:
        raise ValidationError(_("Paste at most %(most)s lines at once."), params={"most": MOST_LINES})
    bans, wrong = {}, []
    for number, line in lines:
        value, _mark, own = (part.strip() for part in line.partition(";"))
        try:
            kind, value = _read(value)
        except ValueError as error:
            wrong.append(Wrong(number, line, str(error)))
            continue
        bans[value] = Ban(kind=kind, value=value, source=source, reason=(own or reason)[:200], until=until)
    known = set(Ban.objects.filter(source=source, value__in=bans).values_list("value", flat=True))
    new = [ban for value, ban in bans.items() if value not in known]
    Ban.objects.bulk_create(new, batch_size=1000, ignore_conflicts=True)
    return Added(len(new), len(known), wrong)


def _read(value: str) -> tuple[BanKind, str]:
    try:
        return BanKind.ADDRESS, as_network(value)
    except ValidationError as error:
        if "/" in value or ":" in value or value.count(".") == 3:
            raise ValueError(error.messages[0]) from None
    try:
        return BanKind.PHONE, phones.normalise(value, "").e164
    except Invalid as error:
        raise ValueError(error.errors[0].message) from None
