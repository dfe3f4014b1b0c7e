"""A server on loopback that plays a real network on a bad day: slow, with errors, resets, garbage and limits, at random."""

import json
import random
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from affiliate.integrations import registry
from tests.integrations import cases
from tests.processes.recorder import answer_of, oid_in
from tests.serving import serving

# Kinds of answers that the network's wire cases must have; where it drops second copies, these too.
NEEDED, NEEDED_TO_DEDUPE = ("accepted", "refused"), ("accepted", "refused", "duplicate")
LATENCY = (0.05, 0.5)


@dataclass(frozen=True)
class Fate:
    """What becomes of a request. With `takes` the network has the lead from then on, whatever it answers."""

    name: str
    share: int
    takes: bool = False


# Every failure comes in two kinds: before and after the lead was taken. Shares are per cent; all failures together stay
# well below the share at which the hub would give the network a rest.
FATES = [
    Fate("accept", 75, takes=True),
    Fate("refuse", 5),
    Fate("limit", 4),
    Fate("error", 2),
    Fate("error", 2, takes=True),
    Fate("reset", 3),
    Fate("reset", 3, takes=True),
    Fate("garbage", 2),
    Fate("garbage", 2, takes=True),
    Fate("silence", 1),
    Fate("silence", 1, takes=True),
]


class RoughNetwork:
    """Counts by our id of the lead: `heard` requests, without those it told to come later, and `taken` leads.

    `met` counts fates, `answering` the requests that wait for their answers now. A network that declares `dedupes` takes a lead once and calls every later copy a duplicate.
    """

    def __init__(self, slug: str, *, seed: int, silence: float):
        """`silence` in seconds: longer than the hub waits for an answer."""
        self.slug, self.silence = slug, silence
        self.dedupes = bool(registry.get(slug).dedupes)
        self.answers = {kind: answer_of(slug, kind) for kind in (NEEDED_TO_DEDUPE if self.dedupes else NEEDED)}
        self.heard, self.taken, self.met = Counter(), Counter(), Counter()
        self.answering = 0
        self._random, self._lock = random.Random(f"{seed} {slug}"), threading.Lock()

    def account(self) -> dict:
        """Values of a network's row that lead to this server."""
        return {
            "name": f"Rough {self.slug}",
            "integration": self.slug,
            "base_url": self.url,
            "credentials": {name: str(value) for name, value in cases.load(self.slug).get("credentials", {}).items()},
            "requests_per_second": 1000,
        }

    def parameters(self) -> dict:
        return {name: str(value) for name, value in cases.load(self.slug).get("parameters", {}).items()}

    def decide(self, oid: str) -> tuple[str, dict, float]:
        """The name of the fate, the answer by the network's own rules, and the seconds until it is given."""
        with self._lock:
            fate = self._random.choices(FATES, weights=[one.share for one in FATES])[0]
            seconds = self.silence if fate.name == "silence" else self._random.uniform(*LATENCY)
            self.met[fate.name] += 1
            self.heard[oid] += fate.name != "limit"
            if self.taken[oid] and self.dedupes:
                return fate.name, self.answers["duplicate"], seconds
            self.taken[oid] += fate.takes
            return fate.name, self.answers["refused" if fate.name == "refuse" else "accepted"], seconds

    def wait(self, seconds: float) -> None:
        with self._lock:
            self.answering += 1
        time.sleep(seconds)
        with self._lock:
            self.answering -= 1


@contextmanager
def rough(slug: str, **options):
    """Yields a RoughNetwork with `url` for its address."""
    network = RoughNetwork(slug, **options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            oid = oid_in(self.path + body)
            if not oid:
                self.reply(404, "")
                return
            fate, answer, seconds = network.decide(oid)
            network.wait(seconds)
            if fate == "limit":
                self.reply(429, "slow down", {"Retry-After": "1"})
            elif fate == "error":
                self.reply(500, "<h1>Internal Server Error</h1>")
            elif fate == "garbage":
                self.reply(200, "<html><body>Welcome</body></html>")
            elif fate == "reset":
                self.reset()
            else:
                said = answer.get("body", "")
                self.reply(answer["status"], said if isinstance(said, str) else json.dumps(said))

        do_GET = do_POST = handle_one

        def reset(self):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

        def reply(self, status, body, headers=()):
            raw = body.encode()
            try:
                self.send_response(status)
                for name, value in dict(headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except ConnectionError:
                # The worker is gone, or waited long enough.
                self.close_connection = True

        def log_message(self, *args):
            """Quiet."""

    with serving(Handler) as network.url:
        yield network
