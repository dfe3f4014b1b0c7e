"""Black lists: phones and addresses whose leads are not taken."""

from collections.abc import Mapping

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliate.delivery.remembered import Remembered
from affiliate.intake.errors import FieldError, Invalid
from affiliate.models import Ban, Source
from affiliate.models.ban import BanKind, networks_of

CODE = "banned"
_remembered = Remembered()


def check(source: Source, values: Mapping) -> None:
    """Raises Invalid for a lead whose phone or address is banned, with the reason."""
    if not _remembered.get("any", Ban.objects.exists):
        return
    named = [values["phone"], *(networks_of(values["ip"]) if values["ip"] else ())]
    bans = Ban.objects.filter(Q(source=None) | Q(source=source), value__in=named)
    if ban := bans.filter(Q(until=None) | Q(until__gt=timezone.now())).first():
        raise Invalid(_error(ban))


def _error(ban: Ban) -> FieldError:
    if ban.kind == BanKind.PHONE:
        field, message = "phone", _("The phone is on the black list.")
    else:
        field, message = "ip", _("The address is on the black list.")
    if ban.reason:
        message = f"{message} {ban.reason}"
    return FieldError(field, CODE, message, _("Do not send it again; if this is an error, ask the hub's manager."))
