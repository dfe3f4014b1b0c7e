"""Takes leads in: the one service under every door."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliate.delivery import bulk, clock, reports, statistics, wake
from affiliate.delivery.outcomes import PUSH_DUE
from affiliate.delivery.remembered import Remembered
from affiliate.delivery.reports import News
from affiliate.delivery.routing import Router
from affiliate.intake import bans, checks, duplicates, normalise
from affiliate.intake.errors import FieldError, Invalid
from affiliate.models import Lead, Offer, Source
from affiliate.models.duplicates import DuplicateRules, OnDuplicate

# Landing pages post again after 30-65 s, people press reload; a second order of the same things takes longer.
REPEAT_WINDOW = timedelta(minutes=10)


_offers = Remembered()
_NEWEST = f"(SELECT id FROM {duplicates.TABLE} WHERE {{}} ORDER BY created_at DESC LIMIT 1)"


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
    caller: Mapping | None = None,
) -> Taken:
    """Normalise, check, route and store a lead, due at once.

    The same `key` from the same source gives the same lead for ever; without one, the same content does within ten
    minutes. Two calls at once make one lead. Raises Invalid: a wrong or missing field, an offer that takes no leads, a
    banned phone or address, a rejected duplicate, or a key that came with other content before (named `key_field`).
    A `router` serves many leads without reading flows anew. `caller` fills columns that the data leaves empty and says
    nothing of what the lead is: a browser's address.
    """
    key = normalise.idempotency_key(key_field, key)
    values = normalise.lead(data)
    fingerprint = normalise.fingerprint(values)
    offer = _offers.get(values["offer_id"], lambda: Offer.objects.filter(pk=values["offer_id"]).first())
    rules = duplicates.rules_of(source, offer) if offer and not values["test"] else None
    with transaction.atomic():
        marks = duplicates.marks(rules, values) if rules else []
        marks.append(f"{source.pk}:{key or fingerprint}")
        now, earlier, repeated = _ask(*_questions(source, key, fingerprint, rules, values), marks)
        if earlier:
            earlier = Lead.objects.get(pk=earlier)
            if earlier.fingerprint != fingerprint:
                raise Invalid(reused(key_field, earlier))
            return Taken(earlier, created=False)
        values |= {name: value for name, value in (caller or {}).items() if not values[name]}
        checks.offer_is_open(offer, values["offer_id"])
        checks.required_fields(offer, values)
        bans.check(source, values)
        if repeated and rules.on_duplicate == OnDuplicate.REJECT:
            raise duplicates.rejected(source, Lead.objects.get(pk=repeated))
        lead = Lead(source=source, idempotency_key=key, fingerprint=fingerprint, duplicate_of_id=repeated, **values)
        lead.created_at = timezone.now()
        routed = (router or Router(lately=True)).route(lead, now=now)
        if lead.sandbox_only and not routed:
            raise Invalid(checks.no_sandbox(offer))
        bulk.insert_one(lead, along=statistics.marking([lead.created_at]))
        reports.note(map(News.received, [lead]), now=now)
        if lead.network_id:
            wake.soon(PUSH_DUE, lead.network_id)
    return Taken(lead, created=True)


def one_at_a_time(marks: Iterable[str]) -> None:
    """Hold back another lead with one of the marks until this one is committed; SQLite's transactions do so anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(*_lock(marks))


def _lock(marks: Iterable[str]) -> tuple[str, list]:
    digests = (hashlib.sha256(mark.encode()).digest()[:8] for mark in marks)
    # In one order everywhere, so that two leads do not wait for each other.
    numbers = sorted(int.from_bytes(digest, "big", signed=True) for digest in digests)
    return "SELECT count(pg_advisory_xact_lock(n)) FROM unnest(%s::bigint[]) AS n", [numbers]


def _questions(
    source: Source, key: str | None, fingerprint: str, rules: DuplicateRules | None, values: Mapping
) -> tuple[list[str], list]:
    """In SQL with its values: the key of the lead that the same call made before, and of the one that this one repeats by
    the rules.

    Nearly always there is neither, so nothing else is read. Past Django, which takes longer to write the question than the
    database to answer it.
    """
    if key:
        same, given = "source_id = %s AND idempotency_key = %s", [source.pk, key]
    else:
        since = duplicates.moment(timezone.now() - REPEAT_WINDOW)
        same, given = "source_id = %s AND fingerprint = %s AND created_at >= %s", [source.pk, fingerprint, since]
    matching = duplicates.condition(rules, source, [values]) if rules else None
    if not matching:
        return [_NEWEST.format(same), "NULL"], given
    return [_NEWEST.format(same), _NEWEST.format(matching[0])], given + matching[1]


def _ask(questions: list[str], values: list, marks: list[str]) -> tuple[datetime, int | None, int | None]:
    """The database's moment and its answers, once no other lead with one of the marks is being taken."""
    question = f"SELECT {', '.join(questions)}"
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(question, values)
            return clock.now(), *cursor.fetchone()
        # One message: the second statement begins after the lock is held, and sees what the lock waited for.
        lock, numbers = _lock(marks)
        cursor.execute(f"{lock}; {question}, {clock.sql()}", [*numbers, *values])
        cursor.nextset()
        earlier, repeated, now = cursor.fetchone()
        return now, earlier, repeated


def reused(key_field: str, earlier: Lead) -> FieldError:
    return FieldError(
        key_field,
        "reused",
        _("This key came with other content before, as the lead %(oid)s.") % {"oid": earlier.oid},
        _("Send a new key with a new lead, and the same content with the same key."),
    )
