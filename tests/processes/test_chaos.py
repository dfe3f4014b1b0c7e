"""Whatever breaks, each lead ends in one place, none is lost and none is doubled.

Everything is real and of the test's own: PostgreSQL, Redis, two workers, beat, and two networks on a bad day, one that
drops second copies and one that promises nothing. CHAOS_SEED repeats a run's choices.
"""

import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import zip_longest

import pytest

from affiliate.vocabulary import Delivery, OutcomeKind
from tests.processes import rough_network, services
from tests.processes.hub import wait_for
from tests.processes.recorder import single_step_network

pytestmark = [pytest.mark.processes, pytest.mark.alike]

FINAL = {Delivery.DELIVERED, Delivery.UNCLEAR, Delivery.REFUSED, Delivery.FAILED}
# Minutes of the hub's life in seconds. The lease is longer than a request, as everywhere.
HURRY = {
    "SANDBOX": "0",
    "READ_TIMEOUT": "2",
    "ANSWER_TIMEOUT": "4",
    "LEASE_SECONDS": "6",
    "SWEEP_SECONDS": "2",
    "RETRY_SCHEDULE": "1,1,1,2,2,2",
}
SILENCE = 3.0
MAKE = """
from affiliate.delivery.routing import Router
source, offer = Source.objects.create(name="Landing"), Offer.objects.create(title="Chaos")
for account, parameters in %(networks)r:
    network = Network.objects.create(max_in_flight=%(in_flight)s, **account)
    Flow.objects.create(offer=offer, network=network, parameters=parameters)
router = Router()
leads = [
    Lead(source=source, offer=offer, phone=f"+4071{n:07}", name="Ion", country="RO", ip="203.0.113.7")
    for n in range(%(leads)s)
]
assert all([router.route(lead) for lead in leads]), leads[0].routing
Lead.objects.bulk_create(leads)
answer = [lead.oid for lead in leads]
"""
STATES = "SELECT delivery, count(*) FROM affiliate_lead GROUP BY delivery"
LEADS = """
SELECT lead.oid, lead.delivery, network.integration
FROM affiliate_lead AS lead LEFT JOIN affiliate_network AS network ON network.id = lead.network_id
"""
ATTEMPTS = """
SELECT lead.oid, network.integration, attempt.outcome, attempt.started_at, attempt.finished_at
FROM affiliate_attempt AS attempt
JOIN affiliate_lead AS lead ON lead.id = attempt.lead_id
JOIN affiliate_network AS network ON network.id = attempt.network_id
ORDER BY attempt.id
"""


class Chaos:
    """A hub with leads on their way to rough networks, and what is done to it."""

    def __init__(self, hub, networks, *, leads: int, in_flight: int, dice: random.Random, note: Callable):
        self.hub, self.networks, self.dice, self.note = hub, networks, dice, note
        accounts = [(network.account(), network.parameters()) for network in networks]
        self.oids = hub.ask(MAKE % {"networks": accounts, "leads": leads, "in_flight": in_flight})
        self.beat = hub.beat()
        self.workers = {name: hub.worker(name) for name in ("first", "second")}

    @property
    def requests(self) -> int:
        return sum(network.met.total() for network in self.networks)

    def go_on(self, *, requests: int) -> None:
        """Let the hub work until the networks got about so many more requests; not for ever, it may be resting."""
        wanted, until = self.requests + self.dice.randint(1, 2 * requests), time.monotonic() + 10
        while self.requests < wanted and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(self.dice.uniform(0, 0.3))

    def kill(self) -> None:
        """A worker dies where it stands, and another takes its place."""
        name = self.dice.choice(sorted(self.workers))
        self.hub.kill(self.workers[name])
        self.workers[name] = self.hub.worker(name)

    def kill_all_at_work(self) -> None:
        """Every worker dies while leads are on their way."""
        wait_for(lambda: sum(network.answering for network in self.networks) > 1, "leads on their way", seconds=60)
        for worker in self.workers.values():
            self.hub.kill(worker)
        self.workers = {name: self.hub.worker(name) for name in self.workers}

    def broken_off(self) -> int:
        """How many attempts a killed worker left behind. Asked once all is settled."""
        [(count,)] = self.hub.rows("SELECT count(*) FROM affiliate_attempt WHERE reason LIKE 'the worker stopped%'")
        self.note("attempts broken off", count)
        return count

    def settled(self) -> bool:
        gone = [process.args for process in (self.beat, *self.workers.values()) if process.poll() is not None]
        assert not gone, "what nobody killed goes on, whatever happens to the servers"
        return {state for state, _number in self.hub.rows(STATES)} <= FINAL

    def check(self) -> None:
        places = {oid: (delivery, slug) for oid, delivery, slug in self.hub.rows(LEADS)}
        attempts = self.hub.rows(ATTEMPTS)
        by_place = defaultdict(set)
        for oid, (delivery, _slug) in places.items():
            by_place[delivery].add(oid)
        self.note("places", {place: len(oids) for place, oids in sorted(by_place.items())})
        self.note("requests", {network.slug: dict(network.met) for network in self.networks})

        assert sorted(places) == sorted(self.oids), "no lead is lost"
        assert set(by_place) <= FINAL, "each lead has its final place"
        assert all(finished for *_attempt, finished in attempts), "no attempt is left open"
        unclear = _held_unclear(attempts)
        for network in self.networks:
            for oid, heard in network.heard.items():
                allowed = 1 + (unclear[oid, network.slug] if network.dedupes else 0)
                assert heard <= allowed, f"{oid} was sent to {network.slug} {heard} times without a right to"
        taken = {network.slug: {oid for oid in network.taken if network.taken[oid]} for network in self.networks}
        for network in self.networks:
            assert not [oid for oid in network.taken if network.taken[oid] > 1], "none was taken twice"
        first, second = taken.values()
        assert not first & second, "none was taken by two networks"
        untrue = [oid for oid in by_place[Delivery.DELIVERED] if oid not in taken[places[oid][1]]]
        assert not untrue, "what is called delivered has arrived"
        for place in (Delivery.REFUSED, Delivery.FAILED):
            assert not by_place[place] & (first | second), f"what is called {place} has not arrived"
        assert len(by_place[Delivery.DELIVERED]) > len(self.oids) / 2, "the hub did its work meanwhile"


def _held_unclear(attempts: list[tuple]) -> Counter:
    """How many attempts of a lead at a network were unclear, though some were explained later, after the next one began."""
    by_lead = defaultdict(list)
    for oid, slug, *attempt in attempts:
        by_lead[oid, slug].append(attempt)
    found = Counter()
    for key, rows in by_lead.items():
        for (outcome, _started, finished), later in zip_longest(rows, rows[1:]):
            found[key] += outcome == OutcomeKind.UNCLEAR or bool(later and later[1] < finished)
    return found


@pytest.fixture
def dice(record_property):
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    record_property("CHAOS_SEED", seed)
    return random.Random(seed)


@pytest.fixture
def networks(dice):
    slugs = [
        single_step_network(dedupes=True, answers=rough_network.NEEDED_TO_DEDUPE),
        single_step_network(answers=rough_network.NEEDED),
    ]
    with ExitStack() as stack:
        yield [
            stack.enter_context(rough_network.rough(slug, seed=dice.randrange(10**6), silence=SILENCE))
            for slug in slugs
        ]


@pytest.fixture
def postgres():
    with services.running(services.Postgres) as server:
        yield server


@pytest.fixture
def redis():
    with services.running(services.Redis) as server:
        yield server


def test_two_thousand_leads_survive_kills_and_restarts(postgres, redis, hub, networks, dice, record_property):
    hub = hub(DATABASE_URL=postgres.url, REDIS_URL=redis.url, **HURRY)
    chaos = Chaos(hub, networks, leads=2000, in_flight=16, dice=dice, note=record_property)
    away = {"away": dice.uniform(0, 3)}
    events = [chaos.kill] * 20 + [redis.flush, partial(redis.restart, **away), partial(postgres.restart, **away)]
    dice.shuffle(events)
    for event in events:
        chaos.go_on(requests=60)
        event()
    wait_for(chaos.settled, "the last lead's place", seconds=300)
    chaos.check()
    assert chaos.broken_off(), "the kills hit leads on their way"


def test_workers_and_beat_outlive_their_servers(postgres, redis, hub, networks, dice, record_property):
    hub = hub(DATABASE_URL=postgres.url, REDIS_URL=redis.url, **HURRY)
    chaos = Chaos(hub, networks, leads=300, in_flight=4, dice=dice, note=record_property)
    for event in (redis.flush, partial(redis.restart, away=4), partial(postgres.restart, away=4)):
        chaos.go_on(requests=40)
        event()
    wait_for(chaos.settled, "the last lead's place", seconds=300)
    chaos.check()


def test_leads_survive_kills_on_the_embedded_defaults(hub, networks, dice, record_property):
    hub = hub(DATABASE_URL="", REDIS_URL="", **HURRY)
    chaos = Chaos(hub, networks, leads=150, in_flight=4, dice=dice, note=record_property)
    for _time in range(4):
        chaos.go_on(requests=12)
        chaos.kill_all_at_work()
    wait_for(chaos.settled, "the last lead's place", seconds=300)
    chaos.check()
    assert chaos.broken_off(), "the kills hit leads on their way"
