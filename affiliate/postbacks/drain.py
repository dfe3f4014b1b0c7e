"""Applies stored calls to leads, in batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from affiliate.delivery import bulk, clock, statuses, wake
from affiliate.integrations import registry
from affiliate.integrations.money import parse_amount, parse_currency
from affiliate.models import Network, Postback, labels
from affiliate.models.postback import Verdict
from affiliate.postbacks.matching import Ids, Leads, ids_of
from affiliate.postbacks.reasons import comment_of
from affiliate.postbacks.recognition import LISTS, Recognised, Why, macro, recognise
from affiliate.vocabulary import ChangeSource, Status

TASK = "affiliate.apply_postbacks"
# A call whose lead is not known yet is tried again, ever more seldom, until this has passed since it came.
PATIENCE = timedelta(days=1)
SHORTEST, LONGEST = timedelta(seconds=2), timedelta(minutes=30)


def apply_due(limit: int = 500) -> int:
    """Apply the calls that are due; returns how many. Calls that another worker holds are left to it."""
    with transaction.atomic():
        now = clock.now()
        due = Postback.objects.filter(due_at__lte=now, network__isnull=False).order_by("due_at", "pk")
        rows = list(bulk.skip_locked(due.defer("query", "body"))[:limit])
        if rows:
            _apply(rows, now)
    return len(rows)


def replay(rows: QuerySet[Postback]) -> int:
    """Have rows applied once more, after a mapping was mended; returns how many. Calls with a wrong key stay as they are."""
    with transaction.atomic():
        count = rows.exclude(network=None).update(verdict=Verdict.PENDING, detail="", due_at=Now(), applied_at=None)
        wake.wake(TASK)
    return count


@dataclass(frozen=True)
class _Reading:
    """What a call says, before it is known whose lead it is about."""

    row: Postback
    ids: Ids
    word: Recognised


def _apply(rows: Sequence[Postback], now: datetime) -> None:
    own = _own_words({row.network_id for row in rows})
    readings = [_Reading(row, ids_of(row.fields), _recognise(row, own[row.network_id])) for row in rows]
    leads = Leads((reading.row.network_id, reading.ids) for reading in readings)
    reported = []
    for reading in readings:
        reading.row.lead_id = leads.find(reading.row.network_id, reading.ids)
        if unusable := _unusable(reading, leads, now):
            reading.row.verdict, reading.row.detail = unusable
        else:
            reported.append(reading)
    results = statuses.apply([_report(reading) for reading in reported], source=ChangeSource.POSTBACK)
    for reading, result in zip(reported, results, strict=True):
        reading.row.verdict, detail = _with_result(reading, result)
        reading.row.detail = " ".join(filter(None, [detail, *_doubts(reading.row)]))
    for row in rows:
        parked = row.verdict == Verdict.PARKED
        row.due_at, row.applied_at = (now + _pause(row, now), None) if parked else (None, now)
        row.detail = row.detail[:300]
    bulk.update(Postback, rows, ["verdict", "detail", "lead", "due_at", "applied_at"])


def _own_words(network_ids: set[int]) -> dict[int, Callable[[str], Status | None]]:
    """Each network's own reading of a word."""
    networks = Network.objects.only("integration", "base_url", "description").in_bulk(network_ids)
    return {pk: _own(network) for pk, network in networks.items()}


def _own(network: Network) -> Callable[[str], Status | None]:
    """An integration that this version lacks has no words: lists and the general vocabulary are left."""
    try:
        integration = network.integration_class
    except registry.UnknownIntegration:
        return lambda word: None
    return integration(base_url=network.base_url, description=network.description).status_of


def _recognise(row: Postback, own: Callable[[str], Status | None]) -> Recognised:
    lists = {name: row.fields[name] for name in LISTS if name in row.fields}
    return recognise(row.fields.get("status", ""), lists=lists, own=own)


def _unusable(reading: _Reading, leads: Leads, now: datetime) -> tuple[Verdict, str] | None:
    """Verdict and detail of a call that says nothing of a known lead; None when it does."""
    row, ids, why = reading.row, reading.ids, reading.word.why
    if not ids.given:
        if ids.macro:
            return Verdict.MACRO, _not_replaced("oid" if macro(row.fields.get("oid", "")) else "eid", ids.macro)
        return Verdict.NO_ID, ""
    if why is Why.EMPTY:
        return Verdict.MACRO, _("status is empty: the network put nothing in the place of its macro.")
    if why is Why.MACRO:
        return Verdict.MACRO, _not_replaced("status", macro(row.fields["status"]))
    if row.lead_id:
        return None
    if not ids.oid:
        verdict = Verdict.PARKED if now - row.received_at < PATIENCE else Verdict.NO_LEAD
        return verdict, _("No lead of this network has the eid %(eid)s.") % {"eid": ids.eid}
    if leads.moved_on(row.network_id, ids):
        return Verdict.NO_LEAD, _("The lead was sent to this network first and then went to another one.")
    return Verdict.NO_LEAD, _("No lead of this network has the oid %(oid)s.") % {"oid": ids.oid}


def _pause(row: Postback, now: datetime) -> timedelta:
    return min(max(now - row.received_at, SHORTEST), LONGEST)


def _report(reading: _Reading) -> statuses.Report:
    fields = reading.row.fields
    pay, cc = (value if not macro(value := fields.get(name, "")) else "" for name in ("pay", "cc"))
    return statuses.Report(
        lead_id=reading.row.lead_id,
        status=reading.word.status,
        raw_status=fields["status"],
        comment=comment_of(fields),
        payout=parse_amount(pay),
        currency=parse_currency(cc) or parse_currency(pay),
    )


def _with_result(reading: _Reading, result: statuses.Result) -> tuple[Verdict, str]:
    if reading.word.status is None:
        word = reading.row.fields["status"]
        return Verdict.UNKNOWN_WORD, _("Nobody has said what «%(word)s» means.") % {"word": word}
    if result.ignored:
        return Verdict.IGNORED, str(dict(labels.IGNORED)[result.ignored])
    if not result.changed:
        return Verdict.SAME, ""
    if result.old == result.new:
        return Verdict.APPLIED, _("New payout.")
    names = dict(labels.STATUS)
    return Verdict.APPLIED, f"{names[result.old]} → {names[result.new]}"


def _doubts(row: Postback) -> list[str]:
    """What could not be used of a call whose status counted all the same."""
    doubts = []
    for name, parse in (("pay", parse_amount), ("cc", parse_currency)):
        value = row.fields.get(name, "")
        if found := macro(value):
            doubts.append(_not_replaced(name, found))
        elif value and parse(value) in (None, ""):
            doubts.append(_("%(name)s is not understood: %(value)s.") % {"name": name, "value": value})
    return doubts


def _not_replaced(name: str, found: str) -> str:
    return _("%(name)s: the network did not replace the macro %(macro)s.") % {"name": name, "macro": found}
