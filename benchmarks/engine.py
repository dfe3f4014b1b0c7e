"""The engine against its ceilings, as ratios of one run.

Deliveries against in flight ÷ latency, and beside a network that answers after 30 s; processor time a delivered lead against
a bare loop of requests over the same leads; queries a delivered lead; poll requests against leads ÷ batch; statuses applied
against one plain UPDATE … FROM unnest; claim, poll selection and status application in a small and in a large table.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="hub-bench-"))

import django

django.setup()

import requests
from django.db import connection, transaction

from affiliate.delivery import claims, limits, poll, push, routing, statuses
from affiliate.integrations import registry
from affiliate.models import Flow, Lead, Network, Offer, Source
from affiliate.vocabulary import ChangeSource, Status
from benchmarks import loopback
from tests import filling
from tests.fixtures import Probe


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--leads", type=int, default=6400, help="a multiple of those in flight, else the last ones fly alone"
    )
    options.add_argument("--in-flight", type=int, default=64)
    options.add_argument("--latency", type=float, default=0.2)
    options.add_argument("--slow", type=float, default=29.0, help="seconds of the slow network's answers")
    options.add_argument("--table", type=int, default=2_000_000, help="leads in the large table; PostgreSQL only")
    options = options.parse_args()
    registry.integrations()["probe"] = Probe
    connection.creation.create_test_db(verbosity=0)
    try:
        print(
            f"database: {connection.vendor}; {options.leads} leads, {options.in_flight} in flight, {options.latency} s"
        )
        deliveries(options)
        processor(options)
        queries(options)
        polls(options)
        applying(options)
        beside_a_slow_one(options)
        growth(options)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


@contextmanager
def hub(delay: float, in_flight: int):
    """A network on loopback with an offer and a flow."""
    with loopback.network(delay) as url:
        network = Network.objects.create(
            name=uuid.uuid4().hex, integration="probe", base_url=url, credentials={"api": "T"}, max_in_flight=in_flight
        )
        offer = Offer.objects.create(title=network.name)
        Flow.objects.create(offer=offer, network=network, parameters={"place": "1"})
        yield network, offer


def make_leads(offer: Offer, count: int) -> list[Lead]:
    source, router = Source.objects.get_or_create(name="bench")[0], routing.Router()
    leads = [Lead(source=source, offer=offer, phone=f"+407{number:08}", name="Ion") for number in range(count)]
    for lead in leads:
        router.route(lead)
    return Lead.objects.bulk_create(leads, batch_size=1000)


def deliveries(options):
    """Beside a bare loop of requests in the same run: what threads can reach at all on this machine."""
    rate, bare = delivery_rate(options), bare_rate(options)
    ceiling = options.in_flight / options.latency
    print(f"delivery rate ÷ ceiling: {rate / ceiling:.2f}  ({rate:.0f}/s of {ceiling:.0f}/s)")
    print(f"delivery rate ÷ bare loop: {rate / bare:.2f}  (the bare loop reaches {bare / ceiling:.2f} of the ceiling)")


def bare_rate(options) -> float:
    with loopback.network(options.latency) as url:
        started = time.perf_counter()
        bare_loop(url, options.leads, options.in_flight)
        return options.leads / (time.perf_counter() - started)


def bare_loop(url: str, count: int, in_flight: int) -> None:
    """The same leads with a session a thread, and nothing else."""
    local = threading.local()

    def post(number):
        if not hasattr(local, "session"):
            local.session = requests.Session()
        data = {"phone": f"+407{number:08}", "name": "Ion", "place": "1", "sub": "0" * 26}
        return local.session.post(f"{url}/add", json=data, headers={"Authorization": "Bearer T"}).json()

    with ThreadPoolExecutor(in_flight) as pool:
        list(pool.map(post, range(count)))


def delivery_rate(options) -> float:
    """Leads a second, delivered to a network of its own."""
    with hub(options.latency, options.in_flight) as (network, offer):
        make_leads(offer, options.leads)
        started = time.perf_counter()
        drain(network)
        return options.leads / (time.perf_counter() - started)


def drain(network: Network) -> None:
    while Lead.objects.filter(network=network, delivery="queued").exists():
        push.push_due(network.pk)


def beside_a_slow_one(options):
    if connection.vendor != "postgresql":
        print("delivery rate beside a slow network ÷ alone: needs PostgreSQL")
        return
    alone = delivery_rate(options)
    with hub(options.slow, options.in_flight) as (slow, offer):
        make_leads(offer, options.in_flight)

        def drain_slow():
            push.push_due(slow.pk)
            connection.close()

        thread = threading.Thread(target=drain_slow)
        thread.start()
        time.sleep(1)
        beside = delivery_rate(options)
        thread.join()
    print(
        f"delivery rate beside a network of {options.slow:.0f} s ÷ alone: {beside / alone:.2f}  ({beside:.0f}/s and {alone:.0f}/s)"
    )


def growth(options):
    """The median of a claim, of a poll's selection and of 500 statuses, with few leads and with many."""
    if connection.vendor != "postgresql":
        print("cost with many leads ÷ with few: needs PostgreSQL")
        return
    small, large = cost_of_steps(10_000), cost_of_steps(options.table)
    for name, few in small.items():
        many = large[name]
        print(
            f"{name} with {options.table} leads ÷ with 10000: {many / few:.2f}  ({1000 * many:.1f} and {1000 * few:.1f} ms)"
        )


def cost_of_steps(leads: int) -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE affiliate_lead CASCADE")
    # Few in flight, so that a claim takes as many from either table.
    with hub(0, 2) as (network, offer), connection.cursor() as cursor:
        source = Source.objects.get_or_create(name="bench")[0]
        filling.fill(leads=leads, flow=offer.flows.get(), source=source)
        cursor.execute("VACUUM ANALYZE affiliate_lead")
        ids = list(Lead.objects.filter(delivery="delivered").values_list("pk", flat=True)[:500])
        steps = {
            "claim": lambda: claims.claim(network, limits.Share()),
            "poll selection": lambda: poll.claim(network),
            "500 statuses": lambda: statuses.apply(
                [statuses.Report(pk, Status.TRASH) for pk in ids], source=ChangeSource.POLL
            ),
        }
        costs = {name: statistics.median(_rolled_back(step) for _time in range(9)) for name, step in steps.items()}
        cursor.execute("TRUNCATE affiliate_lead CASCADE")
    return costs


def _rolled_back(step) -> float:
    with transaction.atomic():
        started = time.perf_counter()
        step()
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds


def processor(options):
    with hub(0, options.in_flight) as (network, offer):
        make_leads(offer, options.leads)
        started = time.process_time()
        drain(network)
        ours = time.process_time() - started
        started = time.process_time()
        bare_loop(network.base_url, options.leads, options.in_flight)
        bare = time.process_time() - started
    count = options.leads
    print(
        f"processor a lead ÷ bare loop: {ours / bare:.2f}  ({1000 * ours / count:.2f} ms against {1000 * bare / count:.2f} ms)"
    )


def queries(options):
    with hub(0.02, options.in_flight) as (network, offer):
        make_leads(offer, options.leads)
        asked = 0

        def count(execute, *arguments):
            nonlocal asked
            asked += 1
            return execute(*arguments)

        with connection.execute_wrapper(count):
            drain(network)
    print(f"queries a delivered lead: {asked / options.leads:.2f}")


def polls(options):
    with hub(0, options.in_flight) as (network, offer):
        ids = [lead.pk for lead in make_leads(offer, 500)]
        now = "2026-01-01T00:00Z"
        for pk in ids:
            Lead.objects.filter(pk=pk).update(
                delivery="delivered", next_attempt_at=None, eid=f"E{pk}", delivered_at=now, next_poll_at=now
            )
        poll.poll_due(network.pk)
        asked = network.polls.count()
    needed = -(-len(ids) // Probe.poll_batch)
    print(f"poll requests ÷ ⌈leads ÷ batch⌉: {asked / needed:.2f}  ({asked} for {len(ids)} leads)")


def applying(options):
    if connection.vendor != "postgresql":
        print("statuses applied ÷ plain UPDATE … FROM unnest: needs PostgreSQL")
        return
    with hub(0, 1) as (_network, offer):
        ids = [lead.pk for lead in make_leads(offer, 20_000)]
        packs = [ids[start : start + 500] for start in range(0, len(ids), 500)]
        started = time.perf_counter()
        with connection.cursor() as cursor:
            for pack in packs:
                cursor.execute(
                    "UPDATE affiliate_lead t SET status = v.s FROM unnest(%s::bigint[], %s::varchar[]) v(k, s) WHERE t.id = v.k",
                    [pack, ["hold"] * len(pack)],
                )
        plain = time.perf_counter() - started
        started = time.perf_counter()
        for pack in packs:
            statuses.apply([statuses.Report(pk, Status.APPROVE) for pk in pack], source=ChangeSource.POLL)
        ours = time.perf_counter() - started
    print(f"statuses applied ÷ plain UPDATE … FROM unnest: {plain / ours:.2f}  ({len(ids) / ours:.0f}/s)")


if __name__ == "__main__":
    main()
