"""What a report says, as the request that takes it to its address."""

import hashlib
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_noop

from affiliate.integrations import report_macros, webhooks
from affiliate.integrations.messages import Answer, Request, compact_json
from affiliate.models import Lead, Report, ReportAddress
from affiliate.models.report import Format, Kind

# Why there is no answer, by its `error`.
ERRORS = {
    "connect": gettext_noop("no connection"),
    "timeout": gettext_noop("no answer in time"),
    "reset": gettext_noop("the connection broke off"),
}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
_LABELS = (
    *(f"sub{number}" for number in range(1, 6)),
    *(f"utm_{name}" for name in ("source", "medium", "campaign", "content", "term")),
)


def request(address: ReportAddress, report: Report, lead: Lead) -> Request:
    """A webhook's request is not signed yet: `signed` does that when it leaves."""
    if address.kind == Kind.WEBHOOK:
        body = compact_json({"id": report.uid, "created_at": _iso(report.created_at), **_state(report, lead)}).encode()
        return Request("POST", address.url, headers={"Content-Type": JSON}, body=body)
    macros = values(report, lead)
    url = report_macros.url(address.url, macros)
    if address.format == Format.FORM:
        body = report_macros.form(address.body, macros).encode()
        return Request("POST", url, headers={"Content-Type": FORM}, body=body)
    if address.format == Format.JSON:
        body = compact_json(report_macros.json_body(address.body, macros)).encode()
        return Request("POST", url, headers={"Content-Type": JSON}, body=body)
    # Trackers move to https or to another name and answer the old address with a redirect.
    return Request("GET", url, follow_redirects=True)


def signed(asked: Request, address: ReportAddress, report: Report, *, timestamp: int) -> Request:
    """The request with the signature of this moment, where the address wants one."""
    if address.kind != Kind.WEBHOOK:
        return asked
    proof = webhooks.headers(address.signing_secrets, event_id=report.uid, timestamp=timestamp, body=asked.body)
    return Request(asked.method, asked.url, headers={**asked.headers, **proof}, body=asked.body)


def digest(address: ReportAddress, report: Report, lead: Lead) -> str:
    """The same for two reports that say the same; when they happened and which event it is do not count."""
    if address.kind == Kind.WEBHOOK:
        said = compact_json([address.url, _state(report, lead)])
    else:
        macros = values(report, lead) | {"time": ""}
        said = "\n".join(
            [
                address.format,
                report_macros.url(address.url, macros),
                report_macros.form(address.body, macros) if address.format == Format.FORM else "",
                compact_json(report_macros.json_body(address.body, macros)) if address.format == Format.JSON else "",
            ]
        )
    return hashlib.sha256(said.encode()).hexdigest()


def values(report: Report, lead: Lead) -> dict[str, str]:
    """A value for each macro."""
    payout = plain(report.payout)
    extra = lead.extra if isinstance(lead.extra, dict) else {}
    return {
        "oid": lead.oid,
        "id": lead.oid,
        "eid": lead.eid,
        "uid": lead.idempotency_key or "",
        "subid": str(extra.get("subid") or lead.sub1),
        "uuid": str(extra.get("uuid") or ""),
        "status": report.status,
        "stage": report.status,
        "reason": lead.status_reason,
        "payout": payout,
        "cash": payout,
        "currency": report.payout_currency,
        "offer": str(lead.offer_id),
        "country": lead.country,
        "event": report.event,
        "time": str(int(report.created_at.timestamp())),
        **{name: getattr(lead, name) for name in _LABELS},
    }


def refusal(answer: Answer) -> str:
    """Why an answer is no success; "" for one that is."""
    if answer.error:
        return ERRORS[answer.error]
    return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"


def plain(amount: Decimal | None) -> str:
    return "" if amount is None else format(amount.normalize(), "f")


def _state(report: Report, lead: Lead) -> dict:
    """What a webhook tells of a lead; nothing of the person."""
    return {
        "event": report.event,
        "lead": {
            "oid": lead.oid,
            "idempotency_key": lead.idempotency_key,
            "offer": lead.offer_id,
            "country": lead.country,
            "status": report.status,
            "status_reason": lead.status_reason,
            "payout": plain(report.payout) or None,
            "payout_currency": report.payout_currency,
            "test": lead.test,
            "created_at": _iso(lead.created_at),
            **{name: getattr(lead, name) for name in _LABELS},
        },
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
