"""The only code that writes a lead's status, whoever reports it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from affiliate.delivery import bulk, clock, poll_schedule
from affiliate.models import Lead, StatusChange
from affiliate.vocabulary import ChangeSource, Delivery, Status

BACKWARDS = "backwards"
UNKNOWN_WORD = "unknown-word"


@dataclass(frozen=True)
class Report:
    """What somebody says of a lead. `status` is None for a word nobody has mapped; `eid` is the network's id, if told."""

    lead_id: int
    status: Status | None
    raw_status: str = ""
    comment: str = ""
    payout: Decimal | None = None
    currency: str = ""
    eid: str = ""


@dataclass(frozen=True)
class Result:
    """What a report did. `ignored` is "" or why it was not taken; neither changed nor ignored means nothing new."""

    changed: bool
    old: Status
    new: Status
    ignored: str = ""


def apply(reports: Sequence[Report], *, source: ChangeSource, person=None) -> list[Result]:
    """Apply reports in their order and return a result for each; all of them in one transaction.

    wait < hold < decided; a decision never goes back, another decision replaces it; repeating is no news. A network that
    reports a lead has it: that ends the doubt about an unclear one. Reports of leads that do not exist raise KeyError.
    """
    with transaction.atomic():
        now = clock.now()
        ids = {report.lead_id for report in reports}
        leads = {lead.pk: lead for lead in bulk.locked(Lead.objects.filter(pk__in=ids))}
        history, touched, results = [], {}, []
        for report in reports:
            lead = leads[report.lead_id]
            result = _apply_one(lead, report, now)
            results.append(result)
            if result.changed | _settle_doubt(lead, report, source, now):
                touched[lead.pk] = lead
            if result.changed or result.ignored:
                history.append(_line(report, result, source=source, person=person))
        bulk.update(Lead, touched.values(), _COLUMNS)
        StatusChange.objects.bulk_create(_without_repeats(history))
    return results


def reopen(leads: Iterable[Lead], *, person=None) -> None:
    """Put leads that were refused back to wait, because a person sends them again. Locks nothing: the caller does."""
    history = []
    for lead in leads:
        if lead.status == Status.WAIT:
            continue
        history.append(
            StatusChange(lead=lead, old=lead.status, new=Status.WAIT, source=ChangeSource.PERSON, person=person)
        )
        lead.status, lead.status_reason, lead.status_at = Status.WAIT.value, "", clock.now()
    bulk.update(Lead, [line.lead for line in history], ["status", "status_reason", "status_at"])
    StatusChange.objects.bulk_create(history)


_COLUMNS = [
    "status",
    "status_reason",
    "status_at",
    "payout",
    "payout_currency",
    "next_poll_at",
    "delivery",
    "delivery_reason",
    "next_attempt_at",
    "delivered_at",
    "eid",
]


def _apply_one(lead: Lead, report: Report, now: datetime) -> Result:
    old = Status(lead.status)
    if report.status is None:
        return Result(False, old, old, UNKNOWN_WORD)
    new = report.status
    if new.rank < old.rank:
        return Result(False, old, old, BACKWARDS)
    payout, currency = _money(lead, report)
    if new == old and (payout, currency) == (lead.payout, lead.payout_currency):
        return Result(False, old, old)
    if new != old:
        lead.status, lead.status_at, lead.status_reason = new.value, now, report.comment[:500]
        if lead.next_poll_at:
            lead.next_poll_at = poll_schedule.next_poll(status=new, since=lead.delivered_at, decided=now, now=now)
    lead.payout, lead.payout_currency = payout, currency
    return Result(True, old, new)


def _settle_doubt(lead: Lead, report: Report, source: ChangeSource, now: datetime) -> bool:
    """Whether the report shows that an unclear lead, waiting for a person or for a declared re-send, had arrived."""
    in_doubt = lead.delivery == Delivery.UNCLEAR or (lead.delivery == Delivery.QUEUED and lead.unclear_since)
    if not in_doubt or source not in (ChangeSource.POSTBACK, ChangeSource.POLL):
        return False
    lead.delivery, lead.delivery_reason, lead.next_attempt_at = Delivery.DELIVERED.value, "", None
    lead.delivered_at, lead.eid = lead.unclear_since or now, lead.eid or report.eid[:100]
    return True


def _money(lead: Lead, report: Report) -> tuple[Decimal | None, str]:
    """What the network says now, else what it said before. A zero where no sum was known is no news."""
    if report.payout is None or (not report.payout and lead.payout is None):
        return lead.payout, lead.payout_currency
    return round(report.payout, 4), report.currency or lead.payout_currency


def _line(report: Report, result: Result, *, source, person) -> StatusChange:
    return StatusChange(
        lead_id=report.lead_id,
        old=result.old.value,
        new=report.status.value if report.status else "",
        source=source.value,
        raw_status=report.raw_status[:100],
        comment=report.comment[:500],
        payout=report.payout,
        payout_currency=report.currency[:3],
        ignored=result.ignored,
        person=person,
    )


def _without_repeats(history: list[StatusChange]) -> list[StatusChange]:
    """A poll repeats an ignored word for months: one line of it is evidence enough."""
    ignored = [line for line in history if line.ignored]
    if not ignored:
        return history
    kept = StatusChange.objects.filter(lead_id__in={line.lead_id for line in ignored}).exclude(ignored="")
    seen = set(kept.values_list("lead_id", "source", "raw_status", "ignored"))
    fresh = []
    for line in history:
        key = (line.lead_id, line.source, line.raw_status, line.ignored)
        if line.ignored and key in seen:
            continue
        seen.add(key)
        fresh.append(line)
    return fresh
