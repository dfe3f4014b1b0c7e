"""The hot queries use their indexes at two million leads. PostgreSQL's planner decides by size, so the rows are there."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from affiliate.delivery import claims, limits, poll, statuses, sweep
from affiliate.delivery.routing import Router
from affiliate.models import Lead, NetworkState
from affiliate.vocabulary import ChangeSource, Status

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are read on PostgreSQL"),
]

LEADS = 2_000_000
# One lead in a thousand is due, one is polled; the rest is history.
FILL = """
INSERT INTO affiliate_lead (oid, source_id, offer_id, flow_id, network_id, name, phone, phone_typed, country, user_agent,
    referer, landing_url, email, comment, address, city, region, zip, sub1, sub2, sub3, sub4, sub5, utm_source, utm_medium,
    utm_campaign, utm_content, utm_term, currency, quantity, language, timezone, extra, fingerprint, created_at, routing,
    delivery, delivery_reason, attempts_made, next_attempt_at, eid, delivered_at, status, status_reason, payout_currency,
    next_poll_at, poll_queue, test, sandbox_only, phone_kind)
SELECT lpad(n::text, 26, '0'), %(source)s, %(offer)s, %(flow)s, %(network)s, 'Ion', '+407' || n, '', 'RO', '', '', '', '', '',
    '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 1, '', '', '{}', md5(n::text),
    now() - n * interval '5 seconds', '[]',
    CASE WHEN n %% 1000 = 0 THEN 'queued' ELSE 'delivered' END, '', 1, CASE WHEN n %% 1000 = 0 THEN now() END,
    CASE WHEN n %% 1000 = 0 THEN '' ELSE 'E' || n END, now(),
    CASE WHEN n %% 3 = 0 THEN 'approve' ELSE 'cancel' END, '', '', CASE WHEN n %% 1000 = 1 THEN now() END,
    CASE WHEN n %% 1000 = 1 THEN 2 ELSE 0 END, false, false, ''
FROM generate_series(1, %(leads)s) n
"""


@pytest.fixture
def plans(flow, source):
    """A function that runs a piece of work and gives the plan of each query about leads."""
    with connection.cursor() as cursor:
        values = {"source": source.pk, "offer": flow.offer_id, "flow": flow.pk, "network": flow.network_id}
        cursor.execute(FILL, values | {"leads": LEADS})
        cursor.execute("ANALYZE affiliate_lead")
    NetworkState.objects.create(network=flow.network)

    def explain(work):
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            work()
        found = {}
        with connection.cursor() as cursor:
            for query in captured.captured_queries:
                sql = query["sql"]
                if "affiliate_lead" in sql and re.match(r"\s*(SELECT|UPDATE|WITH)", sql):
                    cursor.execute(f"EXPLAIN {sql}")
                    found[sql] = "\n".join(row[0] for row in cursor.fetchall())
        return found

    return explain


def test_hot_queries_never_read_the_whole_table(plans, flow, make_lead):
    lead = make_lead()
    some = list(Lead.objects.filter(eid__gt="E").values_list("pk", flat=True)[:300])
    work = {
        "claim": lambda: claims.begin(flow.network, claims.claim(flow.network, limits.Share())),
        "poll": lambda: poll.claim(flow.network),
        "apply": lambda: statuses.apply([statuses.Report(pk, Status.TRASH) for pk in some], source=ChangeSource.POLL),
        "sweep": sweep.sweep,
        "route": lambda: Router().route(lead),
    }
    found = {name: plans(run) for name, run in work.items()}
    assert all(found[name] for name in ("claim", "poll", "apply", "sweep")), "each asks for leads"
    for name, read in found.items():
        for sql, plan in read.items():
            assert "Seq Scan on affiliate_lead" not in plan, f"{name}\n{sql}\n{plan}"
    [polls] = [plan for sql, plan in found["sweep"].items() if '"next_poll_at" <=' in sql]
    assert "lead_poll_due" in polls, polls
