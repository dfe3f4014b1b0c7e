"""A source's leads as it asks for them: by id, or what was created or changed since."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliate.intake.errors import FieldError, Invalid
from affiliate.models import Lead, Source

IDS_LIMIT = 100
# A change becomes visible when its transaction ends, a little after its own moment; a page never runs past such a one.
SETTLES = timedelta(seconds=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OID = re.compile(r"[0-9A-Z]{26}")
CURSOR = re.compile(r"([0-9]{1,17})-([0-9A-Z]{26})")


@dataclass(frozen=True)
class Page:
    """`cursor` leads to the next page, "" on the last one."""

    leads: Sequence[Lead]
    cursor: str = ""


def one(source: Source, oid: str) -> Lead | None:
    return Lead.objects.filter(source=source, oid=oid).first() if _OID.fullmatch(oid) else None


def page(source: Source, *, ids: str = "", since: str | None = None, cursor: str = "", limit: int = 100) -> Page:
    """Leads by the moment of their last status, or of their arrival, oldest first. Raises Invalid.

    `ids` is a comma list of oids; what is not the source's is left out. Without it the last ten seconds are left for
    the next call.
    """
    leads = Lead.objects.filter(source=source).annotate(changed_at=Coalesce("status_at", "created_at"))
    leads = leads.filter(oid__in=_oids(ids)) if ids else leads.filter(changed_at__lt=timezone.now() - SETTLES)
    if since is not None:
        leads = leads.filter(changed_at__gte=_moment(since))
    if cursor:
        moment, oid = _read_cursor(cursor)
        leads = leads.filter(Q(changed_at__gt=moment) | Q(changed_at=moment, oid__gt=oid))
    found = list(leads.order_by("changed_at", "oid")[: limit + 1])
    return Page(found[:limit], _write_cursor(found[limit - 1]) if len(found) > limit else "")


def _oids(ids: str) -> list[str]:
    oids = [oid.strip() for oid in ids.split(",") if oid.strip()]
    if len(oids) > IDS_LIMIT:
        message = _("ids holds %(count)s ids.") % {"count": len(oids)}
        remedy = _("Send at most %(limit)s at once.") % {"limit": IDS_LIMIT}
        raise Invalid(FieldError("ids", "too_long", message, remedy))
    return [oid for oid in oids if _OID.fullmatch(oid)]


def _moment(typed: str) -> datetime:
    try:
        # A plus that was not escaped arrives as a space.
        moment = datetime.fromisoformat(typed.replace(" ", "+") if "T" in typed else typed)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = _("%(field)s cannot be read.") % {"field": "changed_since"}
        remedy = _("Send a moment by ISO 8601, for example 2026-03-01T10:00:00Z.")
        raise Invalid(FieldError("changed_since", "malformed", message, remedy)) from None


def _write_cursor(lead: Lead) -> str:
    return f"{(lead.changed_at - _EPOCH) // timedelta(microseconds=1)}-{lead.oid}"


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    match = CURSOR.fullmatch(cursor)
    if not match:
        message = _("%(field)s cannot be read.") % {"field": "cursor"}
        raise Invalid(FieldError("cursor", "malformed", message, _("Send `next` of the page before, unchanged.")))
    return _EPOCH + timedelta(microseconds=int(match[1])), match[2]
