"""Leads in, against what a bare Django view does with one INSERT of the same row, as ratios of one run.

Accepted a second by POST /api/leads and by the compatible API, the 99th percentile of the time to an answer, with few and
with many leads while duplicates are looked for. gunicorn and PostgreSQL on this machine. Needs DATABASE_URL; with
REDIS_URL, Redis too.
"""

import argparse
import itertools
import json
import os
import statistics
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from benchmarks import load
from tests.processes.hub import Hub, free_port

FEW = 10_000
LEAD = {
    "name": "Ion Popescu",
    "country": "RO",
    "ip": "203.0.113.7",
    "user_agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36",
    "sub1": "teaser-17",
    "utm_source": "facebook",
}
JSON = {"Content-Type": "application/json"}


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3, help="of one measurement")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--threads", type=int, default=4)
    options.add_argument("--many", type=int, default=2_000_000, help="leads; 200000 takes minutes less")
    options = options.parse_args()
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        raise SystemExit("Set DATABASE_URL to a PostgreSQL server, and REDIS_URL to a Redis server.")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        hub = Hub(Path(folder), LEADS_PER_MINUTE="0", REMEMBER_SECONDS="5")
        try:
            bench = Bench(hub, options)
            bench.fill(FEW)
            bench.accepting("ours", "compatible", "insert")
            bench.look_for_duplicates()
            few = bench.accepting("ours", "insert")
            bench.fill(options.many)
            many = bench.accepting("ours", "insert")
            print(f"time for a lead with {options.many} ÷ with {FEW} leads, duplicates looked for: {many / few:.2f}")
        finally:
            hub.stop()


class Bench:
    """Measures a hub; this process reads and writes the hub's database too."""

    def __init__(self, hub, options):
        self.hub, self.options, self.leads, self.numbers = hub, options, 0, itertools.count(1)
        os.environ.update(hub.env)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
        import django

        django.setup()
        from affiliate.models import Flow, Lead, Network, Offer, Source

        network = Network.objects.create(name="Bench", integration="drcash", credentials={"api": "x" * 20})
        self.source, self.offer = Source.objects.create(name="Bench"), Offer.objects.create(title="Bench")
        Flow.objects.create(offer=self.offer, network=network, parameters={"drcash": "abc"})
        self.key = self.source.issue_key()
        self.row = Lead.objects.create(
            source=self.source,
            offer=self.offer,
            network=network,
            delivery="delivered",
            phone="+40712345678",
            name="Ion",
        )
        self.headers = {
            "ours": JSON | {"Authorization": f"Bearer {self.key}"},
            "compatible": {"Content-Type": "application/x-www-form-urlencoded"},
        }
        rivals = free_port()
        self.urls = {
            "ours": f"{hub.url}/api/leads",
            "compatible": f"{hub.url}/api/wm/push.json?id={self.key}",
            "insert": f"http://127.0.0.1:{rivals}/lead",
        }
        for app, port in (("project.wsgi", hub.port), ("benchmarks.rivals", rivals)):
            hub.web(app, port=port, workers=options.workers, threads=options.threads)

    def fill(self, total: int) -> None:
        """Copy a lead, each with a phone and an address of its own, until there are so many."""
        values = {
            "oid": "'B' || lpad(n::text, 25, '0')",
            "phone": "'+4079' || lpad(n::text, 8, '0')",
            "email": "'n' || n || '@example.com'",
            "fingerprint": "md5(n::text)",
            "created_at": "now() - n * interval '1 second'",
        }
        columns = [column.column for column in self.row._meta.concrete_fields if not column.primary_key]
        chosen, table = ", ".join(values.get(column, column) for column in columns), self.row._meta.db_table
        # Built afterwards they take a fraction of the time.
        indexes = self._sql(
            f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '{table}'"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        for name, _definition in indexes:
            self._sql(f"DROP INDEX {name}")
        self._sql(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table},"
            f" generate_series({self.leads + 1}, {total}) AS n WHERE id = {self.row.pk}"
        )
        for _name, definition in indexes:
            self._sql(definition)
        self._sql(f"VACUUM ANALYZE {table}")
        self.leads = total
        print(f"-- {total} leads")

    def look_for_duplicates(self) -> None:
        self.offer.on_duplicate, self.offer.duplicate_by, self.offer.duplicate_days = "reject", "either", 30
        self.offer.save()
        print("-- duplicates are looked for, by phone and by e-mail")

    def accepting(self, *names: str) -> float:
        """Prints what the first of the names takes in a second and returns the seconds it takes for one."""
        measured = {name: [] for name in names}
        for number in range(self.options.rounds + 1):
            for name in names:
                one = load.post(
                    self.urls[name],
                    self._bodies(name),
                    headers=self.headers.get(name, JSON),
                    connections=self.options.connections,
                    seconds=self.options.seconds,
                    wanted=b'"ok"' if name == "compatible" else b'"oid"',
                )
                if one.bad:
                    raise SystemExit(
                        f"{one.bad} calls to {name} were not answered well, the first with {one.first_bad}"
                    )
                # The first round warms up.
                measured[name] += [one] if number else []
        rates = {name: statistics.median(one.rate for one in ones) for name, ones in measured.items()}
        for name, rate in rates.items():
            slow = statistics.median(one.slow for one in measured[name])
            told = f", ÷ a view with one INSERT {rate / rates['insert']:.2f}" if name != "insert" else ""
            print(f"{name}: {rate:.0f}/s, p99 {1000 * slow:.0f} ms at {self.options.connections} connections{told}")
        return 1 / rates[names[0]]

    def _bodies(self, name: str):
        """Leads of one customer each."""
        for number in self.numbers:
            lead = {"offer": self.offer.pk, "phone": f"+407{number:08}", "email": f"m{number}@example.com", **LEAD}
            yield (urlencode(lead) if name == "compatible" else json.dumps(lead)).encode()

    def _sql(self, statement: str) -> list[tuple]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


if __name__ == "__main__":
    main()
