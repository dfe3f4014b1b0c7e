"""How values look to people: words, colours, money."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from affiliate.integrations.base import Integration
from affiliate.models import ConnectionCheck, Lead, NetworkState, labels
from affiliate.models.postback import Verdict
from affiliate.models.report import Report, ReportState
from affiliate.vocabulary import CheckVerdict, Delivery, Evidence, OutcomeKind, Status

GOOD, BAD, CARE, NEWS, PLAIN = "good", "bad", "care", "news", "plain"

STATUS_COLOURS = {
    Status.WAIT.value: PLAIN,
    Status.HOLD.value: NEWS,
    Status.APPROVE.value: GOOD,
    Status.CANCEL.value: BAD,
    Status.TRASH.value: CARE,
}
DELIVERY_COLOURS = {
    Delivery.QUEUED.value: NEWS,
    Delivery.SENDING.value: NEWS,
    Delivery.DELIVERED.value: GOOD,
    Delivery.REFUSED.value: BAD,
    Delivery.UNCLEAR.value: CARE,
    Delivery.FAILED.value: BAD,
}
OUTCOME_COLOURS = {
    OutcomeKind.ACCEPTED.value: GOOD,
    OutcomeKind.DUPLICATE.value: CARE,
    OutcomeKind.REFUSED.value: BAD,
    OutcomeKind.MISCONFIGURED.value: BAD,
    OutcomeKind.POSTPONED.value: CARE,
    OutcomeKind.UNCLEAR.value: CARE,
}
VERDICT_COLOURS = {
    Verdict.PENDING.value: PLAIN,
    Verdict.PARKED.value: NEWS,
    Verdict.APPLIED.value: GOOD,
    Verdict.SAME.value: PLAIN,
    Verdict.IGNORED.value: PLAIN,
    Verdict.UNKNOWN_WORD.value: BAD,
    Verdict.MACRO.value: BAD,
    Verdict.NO_ID.value: BAD,
    Verdict.NO_LEAD.value: CARE,
    Verdict.ADDRESS.value: BAD,
    Verdict.BAD_KEY.value: BAD,
    Verdict.ADDRESS.value: BAD,
}
CHECK_COLOURS = {
    CheckVerdict.WORKS.value: GOOD,
    CheckVerdict.REFUSED.value: BAD,
    CheckVerdict.UNREACHABLE.value: CARE,
    CheckVerdict.UNEXPECTED.value: CARE,
}
REPORT_COLOURS = {
    ReportState.QUEUED.value: NEWS,
    ReportState.SENT.value: GOOD,
    ReportState.UNCHANGED.value: PLAIN,
    ReportState.FAILED.value: BAD,
}
EVIDENCE_COLOURS = {
    Evidence.DOCUMENTED: GOOD,
    Evidence.CLIENT_CODE: NEWS,
    Evidence.FAMILY: NEWS,
    Evidence.UNKNOWN: CARE,
}
ROUTING_REASONS = dict(labels.ROUTING)
RETRY_LATER = _("retry later")
NO_FLOW = _("no flow takes it")
PAUSED = _("paused: misconfigured")
BREAKER_OPEN = _("paused: the network is failing")


def badge(text, colour: str):
    return format_html('<span class="hub-badge hub-{}">{}</span>', colour, text)


def status_badge(lead: Lead):
    return badge(lead.get_status_display(), f"{STATUS_COLOURS[lead.status]} hub-nowrap")


def delivery_badge(lead: Lead, now: datetime):
    """What a queued lead waits for is part of its state: its network's pause, its next try, a flow."""
    if lead.delivery != Delivery.QUEUED:
        return badge(lead.get_delivery_display(), DELIVERY_COLOURS[lead.delivery])
    if lead.network is None:
        return badge(NO_FLOW, CARE)
    state = state_badge(getattr(lead.network, "state", None), now)
    if state:
        return state
    if lead.attempts_made:
        return badge(RETRY_LATER, CARE)
    return badge(lead.get_delivery_display(), NEWS)


def state_badge(state: NetworkState | None, now: datetime):
    """A badge for a network that takes nothing now; "" for one that works."""
    if state and state.paused_at:
        return badge(PAUSED, BAD)
    if state and state.open_until and state.open_until > now:
        return badge(BREAKER_OPEN, CARE)
    return ""


def outcome_badge(row):
    """Of an attempt or a status poll."""
    if not row.outcome:
        return badge(_("unfinished"), PLAIN)
    return badge(row.get_outcome_display(), OUTCOME_COLOURS[row.outcome])


def verdict_badge(postback):
    return badge(postback.get_verdict_display(), VERDICT_COLOURS[postback.verdict])


def event_badge(report: Report):
    return badge(report.get_event_display(), STATUS_COLOURS.get(report.event, PLAIN))


def report_badge(report: Report):
    if report.state == ReportState.QUEUED and report.attempts_made:
        return badge(RETRY_LATER, f"{CARE} hub-nowrap")
    return badge(report.get_state_display(), REPORT_COLOURS[report.state])


def check_badge(found: ConnectionCheck):
    return badge(found.get_verdict_display(), CHECK_COLOURS[found.verdict])


def evidence_badge(integration: type[Integration]):
    return badge(labels.EVIDENCE[integration.evidence], EVIDENCE_COLOURS[integration.evidence])


def ways_of_statuses(integration: type[Integration]) -> list:
    """How statuses come back from the network, as words."""
    ways = []
    if integration.tails or integration.postback_fields:
        ways.append(pgettext_lazy("statuses come by", "postback"))
    if integration.polls():
        ways.append(pgettext_lazy("statuses come by", "status poll"))
    return ways or [pgettext_lazy("statuses come by", "protocol description")]


def moment(time: datetime):
    """A day and a time that do not break apart in a narrow column."""
    local = timezone.localtime(time)
    day, hour = date_format(local, "SHORT_DATE_FORMAT"), date_format(local, "H:i")
    return format_html('<span class="hub-nowrap">{}</span> <span class="hub-nowrap">{}</span>', day, hour)


def money(amount: Decimal | None, currency: str) -> str:
    """`12.5000`, `USD` → `12.5 USD`; "" without an amount."""
    return "" if amount is None else f"{amount.normalize():f} {currency}".strip()
