"""A row as an integration sees it."""

from dataclasses import fields

from affiliate.integrations.lead import Lead as WireLead
from affiliate.models import Lead

_SAME = [field.name for field in fields(WireLead) if field.name not in ("sent_at", "ip")]


def wire_lead(lead: Lead) -> WireLead:
    values = {name: getattr(lead, name) for name in _SAME}
    return WireLead(**values, ip=lead.ip or "", sent_at=lead.delivered_at or lead.unclear_since)
