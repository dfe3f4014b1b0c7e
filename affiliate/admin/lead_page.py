"""A lead's page: everything that happened to it, in order, and what can be done now."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from affiliate.admin import countries, looks, personal, said
from affiliate.admin.exchanges import readable
from affiliate.admin.hub import secrets_of
from affiliate.delivery.actions import CANCELLABLE, RESENDABLE
from affiliate.integrations.masking import MASK
from affiliate.models import Attempt, Lead, LeadLook, StatusChange, labels
from affiliate.postbacks import details
from affiliate.vocabulary import ChangeSource, Delivery

MOST, LOOKS, REPORTS = 100, 20, 20
DECISIONS = dict(labels.DECISIONS)
# The lead's own fields, in the order of the page; empty ones are left out.
FIELDS = [
    "email", "comment", "address", "city", "region", "zip", "price", "quantity", "language", "timezone", "ip",
    "user_agent", "referer", "landing_url", "sub1", "sub2", "sub3", "sub4", "sub5",
    "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
]  # fmt: skip
PERSONAL = {"email", "comment", "address", "city", "zip", "ip"}


def context(lead: Lead, user) -> dict:
    """For the template `admin/affiliate/lead/page.html`."""
    hide = personal.text_filter(lead, user)
    now = timezone.now()
    return {
        "lead": lead,
        "name": personal.name_of(lead, user),
        "phone": personal.phone_of(lead, user),
        "country": countries.flagged(lead.country, countries.with_name(lead.country)),
        "delivery": looks.delivery_badge(lead, now),
        "status": looks.status_badge(lead),
        "delivery_reason": hide(said.reason(lead.delivery_reason)),
        "status_reason": hide(lead.status_reason),
        "payout": looks.money(lead.payout, lead.payout_currency),
        "fields": list(_fields(lead, user, hide)),
        "timeline": sorted(_events(lead, hide), key=lambda event: event["time"]),
        "possible": _possible(lead),
    }


def looks_at(lead: Lead) -> list[LeadLook]:
    """Who saw the lead with its phone and name, the last first."""
    return list(lead.looks.select_related("person").order_by("-id")[:LOOKS])


def reports_of(lead: Lead, user) -> list[dict]:
    """What the source was told of the lead, the last first."""
    hide = personal.text_filter(lead, user)
    rows = lead.reports.select_related("address__source").order_by("-id")
    secrets = ("address__url", "address__body", "address__secrets")
    return [
        {
            "row": report,
            "event": looks.event_badge(report),
            "state": looks.report_badge(report),
            "reason": hide(said.reason(report.reason)),
        }
        for report in rows.defer(*secrets, "exchanges")[:REPORTS]
    ]


def _possible(lead: Lead) -> dict[str, bool]:
    delivered = lead.delivery == Delivery.DELIVERED
    return {
        "unclear": lead.delivery == Delivery.UNCLEAR,
        "resend": lead.delivery in RESENDABLE,
        "cancel": lead.delivery in CANCELLABLE,
        "poll": delivered and lead.next_poll_at is not None,
    }


def _fields(lead: Lead, user, hide) -> Iterator[tuple[str, str]]:
    sees = personal.may_see(user)
    for name in FIELDS:
        value = getattr(lead, name)
        if value in ("", None) or (name == "quantity" and value == 1):
            continue
        if name == "price":
            value = looks.money(value, lead.currency)
        yield lead._meta.get_field(name).verbose_name, hide(value) if sees or name not in PERSONAL else MASK
    for name, value in lead.extra.items():
        yield name, value if sees else MASK


def _events(lead: Lead, hide) -> Iterator[dict]:
    received = _("Received from %(source)s") % {"source": lead.source}
    typed = _("The phone as typed: %(phone)s") % {"phone": lead.phone_typed} if lead.phone_typed else ""
    yield {"kind": "received", "time": lead.created_at, "title": received, "text": hide(typed)}
    if lead.routing:
        yield {"kind": "routed", "time": lead.created_at, "title": _("Routing"), "lines": _routing(lead)}
    attempts = lead.attempts.select_related("network").order_by("id")
    for number, attempt in enumerate(attempts.defer(*secrets_of("network"))[:MOST], 1):
        yield _attempt(number, attempt, hide)
    for change in lead.status_changes.select_related("person").order_by("id")[:MOST]:
        yield _change(lead, change, hide)
    for postback in lead.postbacks.order_by("id")[:MOST]:
        yield {
            "kind": "postback",
            "time": postback.received_at,
            "title": _("Postback"),
            "badge": looks.verdict_badge(postback),
            "text": hide(details.words(postback.detail)),
            "query": hide(postback.query or postback.body),
        }


def _routing(lead: Lead) -> list[dict]:
    lines = []
    for line in lead.routing:
        if isinstance(line, dict):
            reason = line.get("reason", "")
            words = looks.ROUTING_REASONS.get(reason, reason)
            lines.append({"title": line.get("title", ""), "words": words, "detail": line.get("detail", "")})
    return lines


def _attempt(number: int, attempt: Attempt, hide) -> dict:
    words = {"number": number, "network": attempt.network}
    return {
        "kind": "attempt",
        "time": attempt.started_at,
        "title": _("Attempt %(number)s: %(network)s") % words,
        "badge": looks.outcome_badge(attempt),
        "text": hide(said.reason(attempt.reason)),
        "eid": attempt.eid,
        "exchanges": readable(attempt.exchanges, hide),
    }


def _change(lead: Lead, change: StatusChange, hide) -> dict:
    if change.ignored:
        badge = looks.badge(change.get_ignored_display(), looks.PLAIN)
        title = _("A status was reported and not taken")
    elif change.raw_status in DECISIONS and change.source == ChangeSource.PERSON:
        badge = looks.badge(DECISIONS[change.raw_status], looks.PLAIN)
        title = _("A person decided")
    else:
        badge = looks.badge(change.get_new_display(), looks.STATUS_COLOURS.get(change.new, looks.PLAIN))
        title = _("Status")
    return {
        "kind": "status",
        "time": change.created_at,
        "title": title,
        "badge": badge,
        "old": change.get_old_display() if change.old != change.new else "",
        "reporter": change.person or change.get_source_display(),
        "raw": "" if change.raw_status in DECISIONS else change.raw_status,
        "money": looks.money(change.payout, change.payout_currency),
        "text": hide(change.comment),
    }
