"""The attempts of claimed leads: on record before the first byte leaves."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, models, transaction

from affiliate.delivery import leases
from affiliate.models import Attempt
from affiliate.vocabulary import Delivery, OutcomeKind

# Its commit and the look at the leases are in it: a lead that waits for its turn waits for one answer of the database.
_EMPTY = [one.column for one in Attempt._meta.concrete_fields if isinstance(one, models.CharField)]
_AT_ONCE = f"""
WITH held AS (
    SELECT id, lease FROM affiliate_lead
    WHERE id = ANY(%(leads)s) AND delivery = %(sending)s AND lease = ANY(%(leases)s)
    ORDER BY id FOR UPDATE
)
INSERT INTO affiliate_attempt
    (lead_id, network_id, flow_id, lease, commits, exchanges, started_at, {", ".join(_EMPTY)})
SELECT held.id, v.network_id, v.flow_id, held.lease, v.commits, v.exchanges, statement_timestamp(),
    {", ".join(["''"] * len(_EMPTY))}
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS v (lead_id bigint, network_id bigint, flow_id bigint, commits boolean, exchanges jsonb)
JOIN held ON held.id = v.lead_id
RETURNING lead_id, id, started_at
"""


def begin(attempts: Sequence[Attempt], *, repeated: bool) -> dict[int, datetime]:
    """Write new attempts for the leads that are still under their leases: when each began, by lead.

    `repeated`: the database went away in the middle of the last time, and who knows whether it kept them.
    """
    if connection.vendor == "postgresql" and not repeated:
        return _at_once(attempts)
    with transaction.atomic():
        held = leases.held((one.lead_id, one.lease) for one in attempts)
        begun = {one.lead_id: one for one in attempts if one.lead_id in held}
        for lead_id, one in begun.items():
            one.pk, one.started_at = None, held[lead_id]
        kept = Attempt.objects.filter(lead__in=begun, lease__in={one.lease for one in attempts}) if repeated else []
        for one in kept:
            begun[one.lead_id].pk, begun[one.lead_id].started_at = one.pk, one.started_at
        Attempt.objects.bulk_create([one for one in begun.values() if not one.pk])
    return {lead_id: one.started_at for lead_id, one in begun.items()}


def _at_once(attempts: Sequence[Attempt]) -> dict[int, datetime]:
    columns = ("lead_id", "network_id", "flow_id", "commits", "exchanges")
    values = {
        "leads": [one.lead_id for one in attempts],
        "leases": list({one.lease for one in attempts}),
        "sending": Delivery.SENDING.value,
        "rows": json.dumps([{name: getattr(one, name) for name in columns} for one in attempts]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_AT_ONCE, values)
        written = {lead_id: (pk, moment) for lead_id, pk, moment in cursor.fetchall()}
    for one in attempts:
        if one.lead_id in written:
            one.pk, one.started_at = written[one.lead_id]
    return {lead_id: moment for lead_id, (_pk, moment) in written.items()}


def break_off(attempt: Attempt, *, now: datetime) -> None:
    """Close the books on an attempt whose worker is gone: it is unclear only when the lead may have left."""
    if attempt.finished_at is None:
        attempt.finished_at = now
        attempt.outcome = (OutcomeKind.UNCLEAR if attempt.commits else OutcomeKind.POSTPONED).value
        attempt.reason = "the worker stopped before the answer came"
