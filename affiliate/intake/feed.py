"""A source's leads as it asks for them: by id, or what changed since."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliate.intake.errors import FieldError, Invalid
from affiliate.models import Lead, LeadChange, Source

IDS_LIMIT = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OID = re.compile(r"[0-9A-Z]{26}")
CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
# When the oldest transaction began that may still commit: what it has written is not seen yet.
_HORIZON = (
    "SELECT least(min(xact_start), statement_timestamp()) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True)
class Page:
    """`cursor` goes on where the page ends; `more`: there are leads already."""

    leads: Sequence[Lead]
    cursor: str = ""
    more: bool = False


def one(source: Source, oid: str) -> Lead | None:
    return _leads(source).filter(oid=oid).first() if _OID.fullmatch(oid) else None


def by_ids(source: Source, ids: str) -> list[Lead]:
    """Leads by a comma list of oids; what is not the source's is left out. Raises Invalid."""
    return list(_leads(source).filter(oid__in=_oids(ids)).order_by("pk"))


def changed(
    source: Source, *, since: datetime | None = None, after: tuple[datetime, int] | None = None, limit: int = 100
) -> Page:
    """Leads whose status, delivery or money changed, the oldest change first; a lead may come again on a later page.

    `after` is where the page before ended. A page never passes a change that is not committed yet, so that going on from
    its cursor misses none.
    """
    changes = LeadChange.objects.filter(source=source, at__lt=_horizon())
    if since:
        changes = changes.filter(at__gte=since)
    if after:
        at, pk = after
        changes = changes.filter(Q(at__gt=at) | Q(at=at, pk__gt=pk), at__gte=at)
    rows = list(changes.order_by("at", "pk").values_list("lead", "at", "pk")[: limit + 1])
    page, more = rows[:limit], len(rows) > limit
    # Of a lead that changed several times, the last place.
    places = {pk: number for number, (pk, *_rest) in enumerate(page)}
    leads = sorted(_leads(source).filter(pk__in=places), key=lambda lead: places[lead.pk])
    end = page[-1][1:] if page else after
    return Page(leads, _write_cursor(*end) if end else "", more)


def _leads(source: Source) -> QuerySet[Lead]:
    return Lead.objects.filter(source=source).select_related("duplicate_of")


def _horizon() -> datetime:
    if connection.vendor != "postgresql":
        # One writes at a time, so that what was written before is committed before.
        return timezone.now() + timedelta(days=1)
    with connection.cursor() as asked:
        asked.execute(_HORIZON)
        return asked.fetchone()[0]


def _oids(ids: str) -> list[str]:
    oids = [oid.strip() for oid in ids.split(",") if oid.strip()]
    if len(oids) > IDS_LIMIT:
        message = _("ids holds %(count)s ids.") % {"count": len(oids)}
        remedy = _("Send at most %(limit)s at once.") % {"limit": IDS_LIMIT}
        raise Invalid(FieldError("ids", "too_long", message, remedy))
    return [oid for oid in oids if _OID.fullmatch(oid)]


def read_moment(typed: str) -> datetime:
    """A moment by ISO 8601; UTC when it names no zone. Raises Invalid."""
    try:
        # A plus that was not escaped arrives as a space.
        moment = datetime.fromisoformat(typed.replace(" ", "+") if "T" in typed else typed)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = _("%(field)s cannot be read.") % {"field": "changed_since"}
        remedy = _("Send a moment by ISO 8601, for example 2026-03-01T10:00:00Z.")
        raise Invalid(FieldError("changed_since", "malformed", message, remedy)) from None


def _write_cursor(at: datetime, pk: int) -> str:
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}-{pk}"


def read_cursor(cursor: str) -> tuple[datetime, int]:
    """Where a page ended. Raises Invalid."""
    match = CURSOR.fullmatch(cursor)
    if not match:
        message = _("%(field)s cannot be read.") % {"field": "cursor"}
        raise Invalid(FieldError("cursor", "malformed", message, _("Send `next` of the page before, unchanged.")))
    return _EPOCH + timedelta(microseconds=int(match[1])), int(match[2])
