"""The only code that writes a lead's status, whoever reports it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from affiliate.delivery import bulk, changes, clock, poll_schedule, statistics, words
from affiliate.delivery import reports as outgoing
from affiliate.delivery.reports import News
from affiliate.models import Attempt, Lead, StatusChange
from affiliate.vocabulary import ChangeSource, Delivery, Status

BACKWARDS = "backwards"
UNKNOWN_WORD = "unknown-word"
# What people decide about a delivery stands in the place of the network's word; `labels.DECISIONS` has it in words.
ARRIVED, GAVE_UP, SENT_AGAIN = "arrived", "gave-up", "sent-again"
_WAITING = (Delivery.QUEUED, Delivery.SENDING, Delivery.FAILED)
FROM_THE_NETWORK = (ChangeSource.POSTBACK, ChangeSource.POLL)
# What the column of a payout holds.
LARGEST = Decimal("9999999999.9999")


# Not frozen: there is one for each report, and the making of frozen ones takes three times as long.
@dataclass(slots=True)
class Report:
    """What somebody says of a lead. `status` is None for a word nobody has mapped; `eid` is the network's id, if told.

    With `adds`, a payout for the status that the lead has already comes on top of the known one, each amount once. `why`,
    a code of `labels.WHY`, is given for words that networks write; those are counted, but for a report that is read `again`.
    A report that `corrects` an earlier one, because a person gave its word another meaning, may take a decision back.
    """

    lead_id: int
    status: Status | None
    raw_status: str = ""
    comment: str = ""
    payout: Decimal | None = None
    currency: str = ""
    eid: str = ""
    adds: bool = False
    why: str = ""
    corrects: bool = False
    again: bool = False


@dataclass(slots=True)
class Result:
    """What a report did. `ignored` is "" or why it was not taken; neither changed nor ignored means nothing new.

    `payout` and `currency` are the lead's after the report.
    """

    changed: bool
    old: Status
    new: Status
    ignored: str = ""
    payout: Decimal | None = None
    currency: str = ""


def apply(reports: Sequence[Report], *, source: ChangeSource, person=None) -> list[Result]:
    """Apply reports in their order and return a result for each; all of them in one transaction.

    wait < hold < decided; a decision never goes back, another decision replaces it; repeating is no news. A network that
    reports a lead has it: one that was sent and is not delivered is delivered then. Reports of leads that do not exist
    raise KeyError.
    """
    with transaction.atomic():
        now = clock.now()
        leads = _leads(bulk.locked(_asked(reports)))
        counted, begun = _counted(reports), _begun(leads.values())
        history, moved, paid, settled, heard, results, seen = [], {}, {}, {}, {}, [], words.Seen()
        for report in reports:
            lead = leads[report.lead_id]
            if report.why:
                seen.note(lead.network_id, report)
            result = _apply_one(lead, report, counted, now)
            results.append(result)
            if result.changed:
                (paid if result.old == result.new else moved)[lead.pk] = lead
            if source in FROM_THE_NETWORK and _has_it(lead, report, begun, now):
                (heard if lead.delivery == Delivery.SENDING else settled)[lead.pk] = lead
            if result.changed or result.ignored:
                history.append(_line(report, result, source=source, person=person))
        bulk.update(Lead, moved.values(), _MOVED)
        bulk.update(Lead, [lead for pk, lead in paid.items() if pk not in moved], _PAID)
        bulk.update(Lead, settled.values(), _SETTLED)
        bulk.update(Lead, heard.values(), _HEARD)
        bulk.insert(StatusChange, _without_repeats(history))
        seen.keep(now)
        statistics.mark(lead.created_at for lead in (moved | paid | settled).values())
        outgoing.note(_news(leads, reports, results, settled), now=now)
        changes.note(moved | paid | settled)
    return results


def preview(reports: Sequence[Report]) -> list[Result]:
    """The results that `apply` would have now. Nothing is written or locked."""
    leads, counted, now = _leads(_asked(reports)), _counted(reports), clock.now()
    return [_apply_one(leads[report.lead_id], report, counted, now) for report in reports]


def reopen(leads: Iterable[Lead], *, person=None) -> None:
    """Put leads that were refused back to wait, because a person sends them again. The caller locks and marks them."""
    leads = list(leads)
    reopened, now = [lead for lead in leads if lead.status != Status.WAIT], clock.now()
    source, person_id = ChangeSource.PERSON.value, person and person.pk
    history = [
        _Line(lead.pk, lead.status, Status.WAIT.value, source, SENT_AGAIN, person_id=person_id) for lead in leads
    ]
    for lead in reopened:
        lead.status, lead.status_reason, lead.status_at = Status.WAIT.value, "", now
    bulk.update(Lead, reopened, ["status", "status_reason", "status_at"])
    bulk.insert(StatusChange, history)
    news = (News(lead, lead.status, lead.status, lead.payout, lead.payout_currency) for lead in reopened)
    outgoing.note(news, now=now)


def decided(lead: Lead, what: str, *, comment: str = "", person=None) -> None:
    """Keep in a lead's history what a person decided about its delivery; its status stays."""
    source, person_id = ChangeSource.PERSON.value, person and person.pk
    line = _Line(lead.pk, lead.status, lead.status, source, what, comment[:500], person_id=person_id)
    bulk.insert(StatusChange, [line])


# What of a lead is read, and what each kind of change writes.
_READ = (
    "pk",
    "source_id",
    "offer_id",
    "test",
    "network_id",
    "status",
    "payout",
    "payout_currency",
    "next_poll_at",
    "poll_queue",
    "delivery",
    "delivered_at",
    "unclear_since",
    "attempts_made",
    "lease",
    "eid",
    "created_at",
)
_PAID = ("payout", "payout_currency")
_MOVED = ("status", "status_reason", "status_at", "next_poll_at", "poll_queue", *_PAID)
_HEARD = ("delivered_at", "eid")
_SETTLED = ("delivery", "delivery_reason", "next_attempt_at", "lease", "lease_until", *_HEARD)


@dataclass(slots=True)
class _Lead:
    """A lead without what statuses have nothing to do with; the columns without a value here are only written."""

    pk: int
    source_id: int
    offer_id: int
    test: bool
    network_id: int | None
    status: str
    payout: Decimal | None
    payout_currency: str
    next_poll_at: datetime | None
    poll_queue: int
    delivery: str
    delivered_at: datetime | None
    unclear_since: datetime | None
    attempts_made: int
    lease: UUID | None
    eid: str
    created_at: datetime
    status_reason: str = ""
    status_at: datetime | None = None
    delivery_reason: str = ""
    next_attempt_at: datetime | None = None
    lease_until: None = None


@dataclass(slots=True)
class _Line:
    """A row of StatusChange."""

    lead_id: int
    old: str
    new: str
    source: str
    raw_status: str = ""
    comment: str = ""
    payout: Decimal | None = None
    payout_currency: str = ""
    ignored: str = ""
    person_id: int | None = None


def _asked(reports: Iterable[Report]) -> QuerySet[Lead]:
    return Lead.objects.filter(pk__among={report.lead_id for report in reports})


def _leads(rows: QuerySet[Lead]) -> dict[int, _Lead]:
    return {row[0]: _Lead(*row) for row in rows.values_list(*_READ)}


def _counted(reports: Iterable[Report]) -> dict[int, set[Decimal]]:
    """The amounts that were reported of leads to which one may be added; a decision that replaces another starts anew."""
    ids = {report.lead_id for report in reports if report.adds}
    counted = {pk: set() for pk in ids}
    lines = (
        StatusChange.objects.filter(lead__among=ids, ignored="").order_by("pk") if ids else StatusChange.objects.none()
    )
    for pk, old, new, payout in lines.values_list("lead_id", "old", "new", "payout"):
        if old != new and Status(old).decided:
            counted[pk].clear()
        if payout is not None:
            counted[pk].add(payout)
    return counted


def _apply_one(lead: _Lead, report: Report, counted: dict[int, set[Decimal]], now: datetime) -> Result:
    old = Status(lead.status)
    if report.status is None:
        return Result(False, old, old, UNKNOWN_WORD)
    new = report.status
    if new.rank < old.rank and not report.corrects:
        return Result(False, old, old, BACKWARDS)
    amounts = counted.get(lead.pk, set())
    if new != old and old.decided:
        amounts.clear()
    payout, currency = _money(lead, report, amounts)
    if new == old and (payout, currency) == (lead.payout, lead.payout_currency):
        return Result(False, old, old, payout=payout, currency=currency)
    if new != old:
        lead.status, lead.status_at, lead.status_reason = new.value, now, report.comment[:500]
        if lead.next_poll_at:
            poll_schedule.plan(lead, since=lead.delivered_at or now, now=now)
    lead.payout, lead.payout_currency = payout, currency
    return Result(True, old, new, payout=payout, currency=currency)


def _begun(leads: Iterable[_Lead]) -> set[int]:
    """Those on their way whose attempt is on record; the others wait in a worker's hand for their turn."""
    leases = {lead.pk: lead.lease for lead in leads if lead.delivery == Delivery.SENDING}
    if not leases:
        return set()
    attempts = Attempt.objects.filter(lead__among=set(leases), lease__in=set(leases.values()))
    return {pk for pk, lease in attempts.values_list("lead", "lease") if leases[pk] == lease}


def _has_it(lead: _Lead, report: Report, begun: set[int], now: datetime) -> bool:
    """Whether it is news that the network has the lead, which was sent to it and is not delivered.

    One on its way stays there for its answer; whatever that is, the moment shows that it arrived. One that was tried
    before and waits for another try, be it in a worker's hand, is not sent again.
    """
    tried = lead.delivery in _WAITING and (lead.unclear_since or lead.attempts_made)
    if lead.pk in begun and lead.delivery == Delivery.SENDING:
        lead.delivered_at = now
    elif lead.delivery == Delivery.UNCLEAR or tried:
        lead.delivery, lead.delivery_reason, lead.next_attempt_at = Delivery.DELIVERED.value, "", None
        lead.delivered_at, lead.lease = lead.unclear_since or now, None
    else:
        return False
    lead.eid = lead.eid or report.eid[:100]
    return True


def _money(lead: _Lead, report: Report, amounts: set[Decimal]) -> tuple[Decimal | None, str]:
    """What the network says now, else what it said before. A zero where no sum was known is no news.

    `amounts` are those reported before, and takes this one in; one that is there already is not added once more.
    """
    amount, known = _amount(report), (lead.payout, lead.payout_currency)
    if amount is None or (not amount and lead.payout is None):
        return known
    currency = report.currency or lead.payout_currency
    adds = report.adds and report.status == lead.status and lead.payout is not None and currency == lead.payout_currency
    payout = lead.payout + amount if adds else amount
    if abs(payout) > LARGEST or (adds and amount in amounts):
        return known
    amounts.add(amount)
    return payout, currency


def _amount(report: Report) -> Decimal | None:
    """The payout as columns hold it; None for one that they cannot."""
    amount = None if report.payout is None else round(report.payout, 4)
    return None if amount is None or abs(amount) > LARGEST else amount


def _news(
    leads: dict[int, _Lead], reports: Sequence[Report], results: Sequence[Result], settled: dict[int, _Lead]
) -> Iterator[News]:
    """What sources may want to know; made only where one does."""
    yield from map(News.delivered, settled.values())
    for report, result in zip(reports, results, strict=True):
        if result.changed:
            yield News(leads[report.lead_id], result.new.value, result.new.value, result.payout, result.currency)


def _line(report: Report, result: Result, *, source, person) -> _Line:
    return _Line(
        report.lead_id,
        result.old.value,
        report.status.value if report.status else "",
        source.value,
        report.raw_status[:100],
        report.comment[:500],
        _amount(report),
        report.currency[:3],
        result.ignored,
        person and person.pk,
    )


def _without_repeats(history: list[_Line]) -> list[_Line]:
    """A poll repeats an ignored word for months: one line of it is evidence enough."""
    ignored = [line for line in history if line.ignored]
    if not ignored:
        return history
    kept = StatusChange.objects.filter(lead__among={line.lead_id for line in ignored}).exclude(ignored="")
    seen = set(kept.values_list("lead_id", "source", "raw_status", "ignored"))
    fresh = []
    for line in history:
        key = (line.lead_id, line.source, line.raw_status, line.ignored)
        if line.ignored and key in seen:
            continue
        seen.add(key)
        fresh.append(line)
    return fresh
