"""The engine against its ceilings, as ratios of one run.

Deliveries against in flight ÷ latency; processor time a delivered lead against a bare loop of requests over the same leads;
queries a delivered lead; poll requests against leads ÷ batch; statuses applied against one plain UPDATE … FROM unnest.
"""

import argparse
import json
import os
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="hub-bench-"))

import django

django.setup()

import requests
from django.db import connection

from affiliate.delivery import poll, push, routing, statuses
from affiliate.integrations import registry
from affiliate.models import Flow, Lead, Network, Offer, Source
from affiliate.vocabulary import ChangeSource, Status
from benchmarks import loopback
from tests.fixtures import Probe


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--leads", type=int, default=2000)
    options.add_argument("--in-flight", type=int, default=64)
    options.add_argument("--latency", type=float, default=0.2)
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
    with hub(options.latency, options.in_flight) as (network, offer):
        make_leads(offer, options.leads)
        started = time.perf_counter()
        while Lead.objects.filter(network=network, delivery="queued").exists():
            push.push_due(network.pk)
        rate = options.leads / (time.perf_counter() - started)
    ceiling = options.in_flight / options.latency
    print(f"delivery rate ÷ ceiling: {rate / ceiling:.2f}  ({rate:.0f}/s of {ceiling:.0f}/s)")


def processor(options):
    with hub(0, options.in_flight) as (network, offer):
        leads = make_leads(offer, options.leads)
        started = time.process_time()
        while Lead.objects.filter(network=network, delivery="queued").exists():
            push.push_due(network.pk)
        ours = time.process_time() - started
        session = requests.Session()
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=options.in_flight))
        url = f"{network.base_url}/add"
        started = time.process_time()
        with ThreadPoolExecutor(options.in_flight) as pool:
            list(pool.map(lambda lead: session.post(url, data=json.dumps({"phone": lead.phone})).json(), leads))
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
            while Lead.objects.filter(network=network, delivery="queued").exists():
                push.push_due(network.pk)
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
