"""Postbacks against what a plain Django project and plain SQL do with the same rows, as ratios of one run.

Accepted a second against a view that does one INSERT and against one that locks, updates and inserts in one transaction,
all by gunicorn and PostgreSQL on this machine; applied a second against a drain in plain SQL; the delay from call to
status at rest; all of it with few and with many leads and journal rows: statuses of the newest leads, as they come in
practice, and of leads all over the table, where plain SQL waits for the same pages. Needs DATABASE_URL; with REDIS_URL,
Redis too.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks import load
from tests.processes.hub import Hub, free_port, wait_for

FEW = 10_000
BATCH = 500
PLAIN = f"""
WITH taken AS (
    SELECT id, network_id, fields FROM affiliate_postback
    WHERE due_at <= statement_timestamp() ORDER BY due_at, id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
), last AS (
    SELECT DISTINCT ON (lead.id) lead.id, taken.fields ->> 'status' AS word
    FROM taken JOIN affiliate_lead lead ON lead.oid = taken.fields ->> 'oid' AND lead.network_id = taken.network_id
    ORDER BY lead.id, taken.id DESC
), changed AS (
    UPDATE affiliate_lead lead SET status = CASE last.word WHEN 'approved' THEN 'approve' ELSE 'cancel' END,
    status_at = statement_timestamp() FROM last WHERE lead.id = last.id
)
UPDATE affiliate_postback postback SET due_at = NULL, applied_at = statement_timestamp(), verdict = 'applied'
FROM taken WHERE postback.id = taken.id
"""


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3, help="of one measurement of accepting")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--threads", type=int, default=4)
    options.add_argument("--rows", type=int, default=20_000, help="applied in one measurement")
    options.add_argument(
        "--many", type=int, default=2_000_000, help="leads and journal rows; 200000 takes a minute less"
    )
    options = options.parse_args()
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        raise SystemExit("Set DATABASE_URL to a PostgreSQL server, and REDIS_URL to a Redis server.")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        hub = Hub(Path(folder), POSTBACKS_PER_MINUTE=str(10**9))
        try:
            bench = Bench(hub, options)
            bench.fill(FEW)
            bench.accepting(rivals=True)
            few = bench.applying("of all leads")
            bench.delay()
            bench.fill(options.many)
            bench.accepting(rivals=False)
            newest = bench.applying(f"of the newest {FEW} leads", newest=FEW)
            spread = bench.applying("of leads all over the table")
            bench.growth(few, newest, spread)
        finally:
            hub.stop()


class Bench:
    """Measures a hub; this process reads and writes the hub's database too."""

    def __init__(self, hub, options):
        self.hub, self.options, self.leads, self.accepted = hub, options, 0, []
        os.environ.update(hub.env)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
        import django

        django.setup()
        from affiliate.models import Lead, Network, Offer, Postback, Source

        self.network = Network.objects.create(name="Bench", integration="drcash")
        source, offer = Source.objects.create(name="Bench"), Offer.objects.create(title="Bench")
        self.lead = Lead.objects.create(
            source=source, offer=offer, network=self.network, delivery="delivered", phone="+40712345678", name="Ion"
        )
        self.row = Postback.objects.create(
            network=self.network, lead=self.lead, method="GET", query="oid=1&status=approved", verdict="applied"
        )
        self.urls = {"ours": f"{hub.url}/api/sale/status.json"}
        rivals = free_port()
        for name in ("insert", "lock"):
            self.urls[name] = f"http://127.0.0.1:{rivals}/{name}"
        for app, port in (("project.wsgi", hub.port), ("benchmarks.rivals", rivals)):
            hub.web(app, port=port, workers=options.workers, threads=options.threads)

    def fill(self, total: int) -> None:
        """Copy a lead and an applied journal row until there are so many of each."""
        numbers = f"generate_series({self.leads + 1}, {total}) AS n"
        self._copy(self.lead, {"oid": "'B' || lpad(n::text, 25, '0')", "eid": "'E' || n"}, numbers)
        self._copy(self.row, {}, numbers)
        self._sql("VACUUM ANALYZE affiliate_lead")
        self._sql("VACUUM ANALYZE affiliate_postback")
        self.leads = total
        print(f"-- {total} leads and journal rows")

    def accepting(self, *, rivals: bool) -> None:
        names = list(self.urls) if rivals else ["ours"]
        key = f"id={self.network.pk}-{self.network.postback_key}&"
        measured = {name: [] for name in names}
        for number in range(self.options.rounds + 1):
            for name in names:
                queries = [
                    f"{key if name == 'ours' else ''}oid={oid}&status=approved&pay=10&cc=USD" for oid in self._oids()
                ]
                one = load.run(
                    self.urls[name],
                    queries,
                    connections=self.options.connections,
                    seconds=self.options.seconds,
                    wanted=b'"ok"',
                )
                if one.bad:
                    raise SystemExit(f"{one.bad} calls to {name} were not answered ok")
                # The first round warms up.
                measured[name] += [one] if number else []
        rates = {name: statistics.median(one.rate for one in ones) for name, ones in measured.items()}
        slow = statistics.median(one.slow for one in measured["ours"])
        self.accepted.append(rates["ours"])
        print(f"accepted: {rates['ours']:.0f}/s, p99 {1000 * slow:.0f} ms at {self.options.connections} connections")
        for name, words in (("insert", "a view with one INSERT"), ("lock", "a view that locks, updates and inserts")):
            if rivals:
                print(f"accepted ÷ {words}: {rates['ours'] / rates[name]:.2f}  (against {rates[name]:.0f}/s)")

    def applying(self, of: str, *, newest: int = 0) -> tuple[float, float]:
        """Statuses a second by the hub and by plain SQL, in turns."""
        from affiliate.postbacks import drain

        ways = {"ours": drain.apply_due, "plain": self._plain}
        self._drained(drain.apply_due)
        rates = {name: [] for name in ways}
        for number in range(self.options.rounds):
            for name, apply in ways.items():
                self._due("approved" if (number + (name == "plain")) % 2 else "rejected", newest or self.leads)
                rates[name].append(self.options.rows / self._drained(apply))
        ours, plain = (statistics.median(rates[name]) for name in ways)
        print(f"applied {of}: {ours:.0f}/s")
        print(f"applied ÷ plain SQL: {ours / plain:.2f}  (against {plain:.0f}/s in batches of {BATCH})")
        return ours, plain

    def delay(self) -> None:
        """From the call to the lead's new status, one call after another, with a worker that has nothing else to do."""
        import requests

        worker = self.hub.worker()
        wait_for(lambda: " ready." in self.hub.log("worker"), "the worker")
        key, delays = f"{self.network.pk}-{self.network.postback_key}", []
        for number, oid in enumerate(self._oids()[:10]):
            word, status = ("approved", "approve") if number % 2 else ("rejected", "cancel")
            self._sql(f"UPDATE affiliate_lead SET status = 'wait' WHERE oid = '{oid}'")
            time.sleep(0.5)
            started = time.perf_counter()
            requests.get(self.urls["ours"], {"id": key, "oid": oid, "status": word}, timeout=10).raise_for_status()
            while self.hub.rows(f"SELECT status FROM affiliate_lead WHERE oid = '{oid}'") != [(status,)]:
                time.sleep(0.005)
            delays.append(time.perf_counter() - started)
        self.hub.kill(worker)
        print(f"delay at rest: median {statistics.median(delays):.2f} s, longest {max(delays):.2f} s")

    def growth(self, few: tuple[float, float], newest: tuple[float, float], spread: tuple[float, float]) -> None:
        rows = f"with {FEW} ÷ with {self.options.many} rows"
        print(f"accepted {rows}: {self.accepted[0] / self.accepted[1]:.2f}")
        for words, many in (("the newest leads", newest), ("leads all over the table", spread)):
            print(f"applied {rows}, {words}: {few[0] / many[0]:.2f}  (plain SQL: {few[1] / many[1]:.2f})")

    def _oids(self) -> list[str]:
        """Of leads all over the table."""
        return [f"B{1 + number * 7919 % self.leads:025}" for number in range(5000)]

    def _due(self, word: str, among: int) -> None:
        """Calls about the last `among` leads."""
        oid = f"'B' || lpad(({self.leads} - n::bigint * 7919 % {among})::text, 25, '0')"
        values = {
            "fields": f"jsonb_build_object('oid', {oid}, 'status', '{word}', 'pay', '10', 'cc', 'USD')",
            "lead_id": "NULL::bigint",
            "verdict": "'pending'",
            "due_at": "statement_timestamp()",
        }
        self._copy(self.row, values, f"generate_series(1, {self.options.rows}) AS n")

    def _drained(self, apply) -> float:
        """Seconds until nothing is due any more."""
        started = time.perf_counter()
        while apply():
            pass
        return time.perf_counter() - started

    def _plain(self) -> int:
        return self._sql(PLAIN)

    def _copy(self, row, values: dict[str, str], numbers: str) -> None:
        columns = [column.column for column in row._meta.concrete_fields if not column.primary_key]
        table, chosen = row._meta.db_table, ", ".join(values.get(column, column) for column in columns)
        self._sql(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table}, {numbers} WHERE id = {row.pk}"
        )

    def _sql(self, statement: str) -> int:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.rowcount


if __name__ == "__main__":
    main()
