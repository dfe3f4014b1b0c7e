"""Which names a description may use, and what they stand for.

`base_url`, `now`, each credential; in a push each parameter and the lead, `lead.phone`; in a poll the packed ids, `eids` or
`oids`, or one lead, `lead.eid`. Further `sign.NAME`, and `body` inside a signature.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime

from affiliate.integrations.description.placeholders import LIST, MOMENT, TEXT, Scope
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import Lead

_MOMENTS = {"created_at", "sent_at"}
_LEAD = [*(field.name for field in fields(Lead)), "first_name", "last_name", "phone_digits"]
# Not known before the network took the lead.
_ONLY_IN_POLLS = {"eid", "sent_at"}


def names(integration, part: str) -> dict[str, str]:
    """Names of a part, `push` or `poll`, with their kinds."""
    known = {"base_url": TEXT, "now": MOMENT}
    known |= dict.fromkeys(integration.declared(Credential), TEXT)
    if part == "push":
        known |= dict.fromkeys(integration.declared(Parameter), TEXT)
    else:
        known |= {"eids": LIST, "oids": LIST}
    of_lead = [name for name in _LEAD if part == "poll" or name not in _ONLY_IN_POLLS]
    return known | {f"lead.{name}": MOMENT if name in _MOMENTS else TEXT for name in of_lead}


def push_scope(integration, part: Mapping, lead: Lead) -> Scope:
    return Scope(
        _account(integration, [Credential, Parameter]) | _of_lead(lead),
        part.get("signatures", {}),
    )


def poll_scope(integration, part: Mapping, leads: Sequence[Lead]) -> Scope:
    """`lead.…` is the first of the leads: a poll one by one gives one."""
    ids = {"eids": [lead.eid for lead in leads], "oids": [lead.oid for lead in leads]}
    return Scope(_account(integration, [Credential]) | ids | _of_lead(leads[0]), part.get("signatures", {}))


def _account(integration, kinds) -> dict[str, object]:
    values = {"base_url": integration.base_url, "now": datetime.now(UTC)}
    return values | {name: getattr(integration, name) for kind in kinds for name in integration.declared(kind)}


def _of_lead(lead: Lead) -> dict[str, object]:
    return {f"lead.{name}": getattr(lead, name) for name in _LEAD}
