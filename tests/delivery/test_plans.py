"""The hot queries use their indexes at two million leads. PostgreSQL's planner decides by size, so the rows are there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import connection, transaction
from django.utils import timezone

from affiliate.delivery import caps, claims, limits, overview, poll, report_drain, statistics, statuses, sweep
from affiliate.delivery.alerts import watch
from affiliate.delivery.routing import Router
from affiliate.intake import batch, feed, leads
from affiliate.integrations import registry
from affiliate.models import Flow, Lead, Network, NetworkState, Offer, ReportAddress, Source
from affiliate.models.duplicates import DuplicateBy, OnDuplicate
from affiliate.postbacks import drain, words
from affiliate.vocabulary import ChangeSource, Status
from tests import filling
from tests.fixtures import Probe

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are read on PostgreSQL"),
]

LEADS = 2_000_000
LARGE = {model._meta.db_table for model in (Lead, *filling.JOURNALS)}
# What the greediest statement may look at, pages of 8 KB: hundreds of leads that are written, or one walk through a word's
# history. The leads alone have more than three times as many.
MOST_PAGES = 20_000
# In each of them hundreds are due, all at one moment.
QUEUES = {"lead_due", "lead_poll_due", "report_due"}


@dataclass
class Full:
    """A hub with a past."""

    flow: Flow
    source: Source
    address: ReportAddress
    leads: list[int] = field(default_factory=list)


@pytest.fixture(scope="module")
def full(django_db_setup, django_db_blocker):
    """Filled once, inside a transaction that ends with the module."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setitem(registry.integrations(), Probe.slug, Probe)
        network = Network.objects.create(name="First", integration="probe", credentials={"api": "T"}, max_in_flight=8)
        offer = Offer.objects.create(
            title="Watch", on_duplicate=OnDuplicate.MARK, duplicate_by=DuplicateBy.EITHER, duplicate_days=30
        )
        flows = [Flow.objects.create(offer=offer, network=network, parameters={"place": "1"}) for _number in range(2)]
        source = Source.objects.create(name="Landing")
        address = ReportAddress.objects.create(
            source=source, name="Tracker", url="https://tracker.example/?{oid}", events=["approve"]
        )
        NetworkState.objects.create(network=network)
        filling.fill(leads=LEADS, flow=flows[0], source=source, journals=True)
        some = list(Lead.objects.filter(eid__gt="E").values_list("pk", flat=True)[:300])
        yield Full(flows[0], source, address, some)
        transaction.set_rollback(True)


@dataclass
class Explained:
    sql: str
    plan: dict

    @property
    def pages(self) -> int:
        return self.plan["Shared Hit Blocks"] + self.plan["Shared Read Blocks"]

    @property
    def read_whole(self) -> set[str]:
        return {node["Relation Name"] for node in _nodes(self.plan) if node["Node Type"].endswith("Seq Scan")} & LARGE

    def __str__(self):
        return f"{self.pages} pages: {self.sql}\n{json.dumps(self.plan, indent=1)}"


def _nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def explained(work) -> list[Explained]:
    """Each statement of a piece of work, run under EXPLAIN right before it runs in earnest. Nothing of it stays."""
    found, explaining = [], False

    def explain(execute, sql, params, many, context):
        nonlocal explaining
        if not explaining and sql.lstrip(" \n(").partition(" ")[0] in ("SELECT", "UPDATE", "WITH", "INSERT", "DELETE"):
            explaining = True
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
                found.append(Explained(sql, cursor.fetchone()[0][0]["Plan"]))
                transaction.set_rollback(True)
            explaining = False
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(explain):
        work()
        transaction.set_rollback(True)
    return found


def capped(owner):
    owner.daily_cap = 100
    return owner


def a_lead(full, **values) -> dict:
    return {"offer": full.flow.offer_id, "phone": "+40712345678", "country": "RO", "name": "Ion"} | values


WORK = {
    "claim": lambda full: claims.begin(full.flow.network, claims.claim(full.flow.network, limits.Share())),
    "daily caps": lambda full: [
        caps.taken([capped(owner)], now=timezone.now()) for owner in (Network.objects.get(), Flow.objects.first())
    ],
    "poll": lambda full: poll.claim(full.flow.network),
    "statuses": lambda full: statuses.apply(
        [statuses.Report(pk, Status.TRASH) for pk in full.leads], source=ChangeSource.POLL
    ),
    "sweep": lambda full: sweep.sweep(),
    "sticky phone": lambda full: Router().route(Lead(offer_id=full.flow.offer_id, phone="+4075000", country="RO")),
    "one lead comes": lambda full: leads.take(
        source=full.source, data=a_lead(full, phone="+40712345678", email="5000@example.com")
    ),
    "many leads come": lambda full: batch.take_many(
        source=full.source,
        rows=[(a_lead(full, phone=f"+4071234{n:04}", email=f"{n}@example.com"), f"key {n}") for n in range(500)],
    ),
    "postbacks": lambda full: drain.apply_due(limit=300),
    "reports": lambda full: report_drain.Drain(full.address.host)._pick(),
    "feed of changes": lambda full: feed.changed(full.source, since=timezone.now()),
    "hours that changed": lambda full: (
        statistics.mark(Lead.objects.filter(pk__in=full.leads).values_list("created_at", flat=True)),
        statistics.catch_up(),
    ),
    "a word's new meaning": lambda full: words.preview(full.flow.network, "rare", Status.TRASH),
    "states of networks": lambda full: overview.networks(),
    "alerts": lambda full: watch.watch(),
}


@pytest.mark.parametrize("name", WORK)
def test_never_reads_a_large_table(full, name):
    statements = explained(lambda: WORK[name](full))
    assert LARGE & {node.get("Relation Name") for one in statements for node in _nodes(one.plan)}, "it asks them"
    for one in statements:
        assert not one.read_whole and one.pages < MOST_PAGES, one


@pytest.mark.parametrize("name", ["claim", "poll", "sweep", "reports"])
def test_takes_what_comes_next_out_of_a_long_queue_without_looking_at_the_rest(full, name):
    statements = explained(lambda: WORK[name](full))
    looked_at = [node for one in statements for node in _nodes(one.plan) if node.get("Index Name") in QUEUES]
    assert looked_at, "it asks a queue"
    for node in looked_at:
        rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        assert rows <= report_drain.BATCH, node
