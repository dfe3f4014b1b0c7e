"""A network that speaks a protocol of its own over a real HTTP server on loopback."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from model_bakery import baker

from affiliate.integrations import registry
from affiliate.integrations.base import Asked, Dedupes, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Duplicate, Misconfigured, Postponed, Refused
from affiliate.models import Flow, Network, Offer, Source
from affiliate.vocabulary import Evidence, Status
from tests.serving import Server

TOKEN = "SECRET-probe-token-0001"


class Probe(Integration):
    """A made-up network: JSON, one step, polls by ids."""

    slug, title, evidence = "probe", "Probe", Evidence.DOCUMENTED
    api = Credential("token.")
    place = Parameter("place ID.")
    note = Parameter("note.", required=False)
    statuses = {
        "new": Status.WAIT,
        "hold": Status.HOLD,
        "sold": Status.APPROVE,
        "no": Status.CANCEL,
        "bad": Status.TRASH,
    }
    poll_batch = 3
    nobody = "0"

    def push(self, lead):
        data = {"phone": lead.phone, "name": lead.name, "place": self.place, "sub": lead.oid}
        answer = yield Request.json(self.url("/add"), data, headers={"Authorization": f"Bearer {self.api}"})
        verdict = answer.json.text("verdict")
        if verdict == "ok":
            return self.accepted(answer.json.text("id"), answer.json.text("status"))
        if verdict == "duplicate":
            return Duplicate(answer.json.text("id"))
        if verdict == "refused":
            return Refused(answer.json.text("why"))
        if verdict == "misconfigured":
            return Misconfigured(answer.json.text("why"))
        if verdict == "later":
            return Postponed(answer.json.text("why"), answer.retry_after)
        return self.unexpected(answer)

    def poll(self, leads):
        asked = Asked(leads)
        answer = yield Request.get(
            self.url("/statuses"), {"token": self.api, "ids": ",".join(asked.eids)}, commits=False
        )
        rows = answer.json.items("orders")
        if rows is None:
            return self.unexpected(answer)
        for row in rows:
            if lead := asked.find(eid=row.text("id")):
                yield self.report(lead, row.text("status"), payout=row.text("pay"), currency=row.text("cc"))


class TwoStepProbe(Probe):
    """The same with a first step that fetches a ticket and cannot create the lead."""

    slug, title = "twostep", "Probe of two steps"

    def push(self, lead):
        answer = yield Request.get(self.url("/ticket"), commits=False)
        if not answer.json.text("ticket"):
            return self.unexpected(answer)
        return (yield from super().push(lead))


class DedupingProbe(Probe):
    """The same, promising to drop a second copy of our id."""

    slug, title = "deduping", "Probe that dedupes"
    dedupes = Dedupes("oid")


class FakeNetwork:
    """What the network does: `answer(path, data) -> (status, body, headers)` may be replaced; `got` keeps each lead."""

    def __init__(self):
        self.got: list[dict] = []
        self.asked: list[dict] = []
        self.authorizations: list[str] = []
        self.verdicts: dict[str, object] = {}
        self.statuses: dict[str, dict] = {}
        self.delay = 0.0
        self.active = self.most_active = 0
        self.lock = threading.Lock()

    def add(self, data: dict):
        with self.lock:
            self.got.append(data)
            number = f"N{len(self.got)}"
            verdict = self.verdicts.get(data.get("name"), "ok")
            if isinstance(verdict, list):
                verdict = verdict.pop(0) if len(verdict) > 1 else verdict[0]
        return verdict, number

    @property
    def per_lead(self) -> Counter:
        return Counter(data.get("sub") for data in self.got)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeNetwork

    def do_POST(self):
        fake = self.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake.authorizations.append(self.headers.get("Authorization", ""))
        with fake.lock:
            fake.active += 1
            fake.most_active = max(fake.most_active, fake.active)
        try:
            time.sleep(fake.delay)
            verdict, number = fake.add(json.loads(body))
            if callable(verdict):
                verdict(self)
            elif isinstance(verdict, tuple):
                self.reply(*verdict)
            else:
                self.reply(200, json.dumps({"verdict": verdict, "id": number, "why": f"because {verdict}"}))
        finally:
            with fake.lock:
                fake.active -= 1
            # A verdict may have looked into the database from this thread.
            connection.close()

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/ticket"):
            self.reply(200, '{"ticket": "T1"}')
            return
        self.fake.asked.append(query)
        if verdict := self.fake.verdicts.get("poll"):
            self.reply(*verdict)
            return
        known = [
            {"id": eid, **self.fake.statuses[eid]}
            for eid in query.get("ids", "").split(",")
            if eid in self.fake.statuses
        ]
        self.reply(200, json.dumps({"orders": known}))

    def reply(self, status, body="", headers=()):
        raw = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args):
        """Quiet."""


def hang_up(handler):
    """Close the connection after the request was read, without an answer."""
    handler.close_connection = True
    handler.connection.close()


@pytest.fixture
def fake_network():
    fake = FakeNetwork()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()


@pytest.fixture
def probes(monkeypatch):
    """The made-up integrations, registered."""
    for probe in (Probe, TwoStepProbe, DedupingProbe):
        monkeypatch.setitem(registry.integrations(), probe.slug, probe)


@pytest.fixture
def network(db, probes, fake_network):
    return make_network(fake_network)


def make_network(fake, integration="probe", **values):
    values = {"name": f"Network {integration}", "max_in_flight": 4} | values
    return Network.objects.create(integration=integration, base_url=fake.url, credentials={"api": TOKEN}, **values)


@pytest.fixture
def offer(db):
    return Offer.objects.create(title="Watch")


@pytest.fixture
def flow(network, offer):
    return Flow.objects.create(offer=offer, network=network, parameters={"place": "P1"})


@pytest.fixture
def source(db):
    return Source.objects.create(name="Landing")


@pytest.fixture
def make_lead(source, offer):
    """A routed, saved lead of the offer; `name` chooses the fake network's verdict."""
    from affiliate.delivery import statistics
    from affiliate.delivery.routing import route

    def make(**values):
        values = {"phone": "+40712345678", "name": "Ion", "country": "RO"} | values
        lead = baker.prepare("affiliate.Lead", source=source, offer=values.pop("offer", offer), **values)
        route(lead)
        lead.save()
        statistics.mark([lead.created_at])
        return lead

    return make
