"""Every network of the specification, pushed and polled by a real worker over real sockets.

One server on loopback plays them all: each network has a folder of its own there and answers as its wire cases say.
"""

import json
import re
import threading
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from affiliate.integrations import registry
from tests.integrations import cases
from tests.processes.hub import wait_for
from tests.serving import Server

# It is about the networks' wire; other tests of this folder are about the databases.
pytestmark = [pytest.mark.processes, pytest.mark.alike]

_HOST = re.compile(r"https?://[a-z0-9.-]+")
SLUGS = sorted(registry.networks())
MAKE = """
from affiliate.delivery.routing import Router
source = Source.objects.get()
for slug, one in %(networks)r.items():
    network = Network.objects.create(name=slug, integration=slug, **one["network"])
    offer = Offer.objects.create(title=slug)
    Flow.objects.create(offer=offer, network=network, parameters=one["parameters"])
    lead = Lead(source=source, offer=offer, phone="+40712345678", name="Ion", country="RO", ip="203.0.113.7",
                price=159, landing_url="https://shop.example/lp")
    assert Router().route(lead), (slug, lead.routing)
    lead.save()
answer = True
"""
STATE = """
SELECT network.name, lead.delivery, lead.eid, lead.delivery_reason
FROM affiliate_lead AS lead JOIN affiliate_network AS network ON network.id = lead.network_id
"""
MAKE_DUE = """
for slug, ids in %(ids)r.items():
    Lead.objects.filter(network__name=slug).update(next_poll_at="2026-01-01T00:00Z", **ids)
answer = True
"""
POLLED = """
SELECT network.name, poll.leads_reported, poll.outcome, poll.reason
FROM affiliate_statuspoll AS poll JOIN affiliate_network AS network ON network.id = poll.network_id
WHERE poll.outcome <> ''
"""


class Player:
    """Answers each network's requests in turn: the push's, then the poll's."""

    def __init__(self):
        self.script = {slug: list(cases.accepted(slug)) for slug in SLUGS}
        self.asked = defaultdict(list)
        self.lock = threading.Lock()

    def answer(self, slug: str, line: str) -> dict:
        with self.lock:
            self.asked[slug].append(line)
            return self.script[slug].pop(0) if self.script.get(slug) else {"status": 404, "body": "nothing more"}


@contextmanager
def playing():
    player = Player()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = player.answer(self.path.split("/")[1].partition("?")[0], f"{self.command} {self.path}")
            body = answer.get("body", "")
            raw = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(answer.get("status", 200))
            for name, value in answer.get("headers", {}).items():
                self.send_header(name, str(value))
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_PATCH = handle_one

        def log_message(self, *args):
            """Quiet."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    player.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield player
    finally:
        server.shutdown()
        server.server_close()


def account(slug: str, url: str) -> dict:
    """A network's row and parameters from its wire cases, with every address of theirs led to the player."""
    file = cases.load(slug)
    parameters = {
        name: f"{url}/{slug}/flow" if str(value).startswith("http") and name == slug else str(value)
        for name, value in file.get("parameters", {}).items()
    }
    network = {
        "credentials": {name: str(value) for name, value in file.get("credentials", {}).items()},
        "base_url": f"{url}/{slug}",
        "description": json.loads(_HOST.sub(f"{url}/{slug}", json.dumps(file.get("description", {})))),
    }
    return {"network": network, "parameters": parameters}


def test_every_network_takes_a_lead_and_tells_its_status(hub):
    with playing() as player:
        hub = hub(SWEEP_SECONDS="1")
        assert hub.ask(MAKE % {"networks": {slug: account(slug, player.url) for slug in SLUGS}})
        hub.worker()
        hub.beat()

        def all_sent():
            rows = hub.rows(STATE)
            return rows if not [row for row in rows if row[1] in ("queued", "sending")] else None

        rows = {row[0]: row for row in wait_for(all_sent, f"{len(SLUGS)} deliveries", seconds=120)}
        assert {slug: (row[1], row[3]) for slug, row in rows.items()} == dict.fromkeys(SLUGS, ("delivered", ""))
        first = {
            slug: next(case for case in cases.load(slug)["push"] if case["outcome"]["kind"] == "accepted")
            for slug in SLUGS
        }
        assert {slug: rows[slug][2] for slug in SLUGS} == {
            slug: first[slug]["outcome"].get("eid") or "" for slug in SLUGS
        }

        polls = {slug: cases.load(slug)["poll"][0] for slug in SLUGS if "poll" in cases.load(slug)}
        for slug, case in polls.items():
            player.script[slug] = list(case["answers"])
        ids = {slug: _ids(case["leads"][0]) for slug, case in polls.items()}
        assert hub.ask(MAKE_DUE % {"ids": ids})

        def all_polled():
            found = {row[0]: row for row in hub.rows(POLLED)}
            return found if set(found) >= set(polls) else None

        polled = wait_for(all_polled, f"{len(polls)} polls", seconds=120)
        silent = {slug: row for slug, row in polled.items() if slug in polls and not row[1]}
        assert silent == {}, "each network told the status of its lead"


def _ids(lead: dict) -> dict:
    """What the answers of a case know its first lead by. Our ids are the same in many cases, and unique in the hub."""
    return {"eid": str(lead["eid"])} if lead.get("eid") else {"oid": str(lead["oid"])}
