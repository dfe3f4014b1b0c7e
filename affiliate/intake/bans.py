"""Black lists: phones and addresses whose leads are not taken."""

from collections.abc import Mapping, Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliate.delivery.remembered import Remembered
from affiliate.intake.errors import FieldError, Invalid
from affiliate.models import Ban, Source
from affiliate.models.ban import BanKind, networks_of

CODE = "banned"
# Leads asked for at once: an address stands in as many as 129 networks.
CHUNK = 100
_remembered = Remembered()


def check(source: Source, values: Mapping) -> None:
    """Raises Invalid for a lead whose phone or address is banned, with the reason."""
    [error] = find(source, [values])
    if error:
        raise Invalid(error)


def find(source: Source, leads: Sequence[Mapping]) -> list[FieldError | None]:
    """For each lead why it is banned, None where it is not."""
    if not _remembered.get("any", Ban.objects.exists):
        return [None] * len(leads)
    named = [[values["phone"], *(networks_of(values["ip"]) if values["ip"] else ())] for values in leads]
    bans = Ban.objects.filter(Q(source=None) | Q(source=source), Q(until=None) | Q(until__gt=timezone.now()))
    newest = {}
    for start in range(0, len(leads), CHUNK):
        for ban in bans.filter(value__in=set().union(*named[start : start + CHUNK])).order_by("pk"):
            newest[ban.value] = ban
    found = [max(filter(None, map(newest.get, names)), key=lambda ban: ban.pk, default=None) for names in named]
    return [ban and _error(ban) for ban in found]


def _error(ban: Ban) -> FieldError:
    if ban.kind == BanKind.PHONE:
        field, message = "phone", _("The phone is on the black list.")
    else:
        field, message = "ip", _("The address is on the black list.")
    if ban.reason:
        message = f"{message} {ban.reason}"
    return FieldError(field, CODE, message, _("Do not send it again; if this is an error, ask the hub's manager."))
