"""Large tables in little time, on PostgreSQL: what its planner does, and what statements cost, depends on their size."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models

from affiliate.models import Attempt, HourCount, Lead, LeadChange, Postback, Report, StatusChange, StatusPoll

# Of a thousand leads one is queued and one is due for a poll; the rest is history.
LEADS = """
INSERT INTO affiliate_lead (oid, source_id, offer_id, flow_id, network_id, name, phone, phone_typed, country, user_agent,
    referer, landing_url, email, comment, address, city, region, zip, sub1, sub2, sub3, sub4, sub5, utm_source, utm_medium,
    utm_campaign, utm_content, utm_term, currency, quantity, language, timezone, extra, fingerprint, created_at, routing,
    delivery, delivery_reason, attempts_made, next_attempt_at, eid, delivered_at, status, status_reason, payout_currency,
    next_poll_at, poll_queue, test, sandbox_only, phone_kind)
SELECT lpad(n::text, 26, '0'), %(source)s, %(offer)s, %(flow)s, %(network)s, 'Ion', '+407' || n, '', 'RO', '', '', '',
    CASE WHEN n %% 2 = 0 THEN n || '@example.com' ELSE '' END,
    '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 1, '', '', '{}', md5(n::text),
    now() - n * interval '5 seconds', '[]',
    CASE WHEN n %% 1000 = 0 THEN 'queued' ELSE 'delivered' END, '', 1, CASE WHEN n %% 1000 = 0 THEN now() END,
    CASE WHEN n %% 1000 = 0 THEN '' ELSE 'E' || n END, now() - n * interval '5 seconds',
    CASE WHEN n %% 3 = 0 THEN 'approve' ELSE 'cancel' END, '', '', CASE WHEN n %% 1000 = 1 THEN now() END,
    CASE WHEN n %% 1000 = 1 THEN n / 1000 %% 3 ELSE 0 END, false, false, ''
FROM generate_series(1, %(leads)s) n
"""
# What stands beside them, a row for each fourth lead. Of a thousand calls one is due and one has an unknown word.
JOURNALS = {
    Postback: """
INSERT INTO affiliate_postback (network_id, lead_id, received_at, method, query, body, fields, verdict, detail, old_key,
    due_at, applied_at)
SELECT network_id, CASE WHEN id %% 1000 = 0 THEN NULL ELSE id END, created_at, 'GET', 'oid=' || oid || '&status=approved', '',
    CASE WHEN id %% 8 = 0 THEN jsonb_build_object('oid', oid) ELSE jsonb_build_object('eid', 'E' || id) END
        || jsonb_build_object('status', CASE WHEN id %% 1000 = 4 THEN 'rare' ELSE 'approved' END),
    CASE id %% 1000 WHEN 0 THEN 'pending' WHEN 4 THEN 'unknown' ELSE 'applied' END, '[]', false,
    CASE WHEN id %% 1000 = 0 THEN now() END, CASE WHEN id %% 1000 > 0 THEN created_at END
FROM affiliate_lead WHERE id %% 4 = 0
""",
    StatusChange: """
INSERT INTO affiliate_statuschange (lead_id, old, new, source, raw_status, comment, payout_currency, ignored, created_at)
SELECT id, 'wait', status, 'postback', CASE WHEN id %% 1000 = 4 THEN 'rare' ELSE 'approved' END, '', '',
    CASE WHEN id %% 1000 = 4 THEN 'unknown-word' ELSE '' END, created_at
FROM affiliate_lead WHERE id %% 4 = 0
""",
    Report: """
INSERT INTO affiliate_report (address_id, lead_id, uid, event, status, payout_currency, forced, state, reason,
    attempts_made, next_attempt_at, digest, exchanges, created_at)
SELECT address.id, lead.id, oid, status, status, '', false, CASE WHEN lead.id %% 1000 = 0 THEN 'queued' ELSE 'sent' END, '',
    1, CASE WHEN lead.id %% 1000 = 0 THEN now() END, md5(oid), '[]', lead.created_at
FROM affiliate_lead lead, affiliate_reportaddress address WHERE lead.id %% 4 = 0
""",
    LeadChange: """
INSERT INTO affiliate_leadchange (source_id, lead_id, at)
SELECT source_id, id, created_at FROM affiliate_lead WHERE id %% 4 = 0
""",
    Attempt: """
INSERT INTO affiliate_attempt (lead_id, network_id, flow_id, lease, started_at, finished_at, outcome, reason, eid, status,
    word, commits, exchanges)
SELECT id, network_id, flow_id, gen_random_uuid(), created_at, created_at, 'accepted', '', eid, '', '', true, '[]'
FROM affiliate_lead WHERE id %% 4 = 0
""",
    StatusPoll: """
INSERT INTO affiliate_statuspoll (network_id, exchanges, leads_asked, leads_reported, leads_changed, started_at,
    finished_at, outcome, reason)
SELECT network_id, '[]', 1, 1, 1, created_at, created_at, 'accepted', '' FROM affiliate_lead WHERE id %% 100 = 0
""",
    HourCount: """
INSERT INTO affiliate_hourcount (hour, side, key, currency, received, queued, delivered, refused, unclear, failed, wait,
    hold, approve, cancel, trash, payout, payout_on_hold)
SELECT date_trunc('hour', now()) - n * interval '1 hour', side, key::text, '', 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0
FROM generate_series(0, 3000) n, unnest(ARRAY['total', 'network', 'offer', 'country', 'source', 'test']) side,
    generate_series(1, 20) key
""",
}


def fill(*, leads: int, flow, source, journals: bool = False) -> None:
    """Leads of one flow and, with `journals`, rows of the other tables that grow."""
    values = {"source": source.pk, "offer": flow.offer_id, "flow": flow.pk, "network": flow.network_id, "leads": leads}
    with connection.cursor() as cursor:
        with bare(Lead):
            cursor.execute(LEADS, values)
        for model, statement in JOURNALS.items() if journals else ():
            with bare(model):
                cursor.execute(statement, {})


@contextmanager
def bare(model: type[models.Model]) -> Iterator[None]:
    """A table without indexes and references while it is filled; they are made at once after, and it is analysed."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype IN ('f', 'u') ORDER BY contype DESC",
            [table],
        )
        constraints = cursor.fetchall()
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [table],
        )
        indexes = cursor.fetchall()
        # A transaction that has rows to check may not alter what they refer to.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name, _definition in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        for name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute(f"ANALYZE {table}")
