"""A server on loopback that plays a real network: it answers as that network's wire cases say, and records each lead."""

import re
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from affiliate.integrations import registry
from tests.integrations import cases
from tests.serving import serving

_OID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


class Recorder:
    """`oids` holds our id of each lead in the order they came; `delay` in seconds before each answer."""

    def __init__(self, answer: dict):
        self.answer, self.delay = answer, 0.0
        self.oids: list[str] = []

    @property
    def per_lead(self) -> Counter:
        return Counter(self.oids)


def single_step_network(*, dedupes: bool = False, answers: tuple[str, ...] = ("accepted",)) -> str:
    """The slug of a network that is asked once a lead, whose wire cases have an answer for each kind of outcome named.

    With `dedupes` one that drops second copies, else one that promises nothing about them.
    """
    for slug, integration in registry.networks().items():
        case = cases.load(slug)
        one_step = all(len(one["answers"]) <= 1 for one in case["push"])
        known = all(answer_of(slug, kind) for kind in answers)
        of_code = "description" not in case and integration.base_url
        if one_step and known and of_code and bool(integration.dedupes) == dedupes:
            return slug
    raise AssertionError("no such network")


def answer_of(slug: str, kind: str) -> dict | None:
    """The first answer in the network's wire cases that ends a push in this kind of outcome, and is an HTTP answer."""
    for case in cases.load(slug)["push"]:
        if case["outcome"]["kind"] == kind and len(case["answers"]) == 1 and "status" in case["answers"][0]:
            return case["answers"][0]
    return None


def oid_in(text: str) -> str:
    """Our id of a lead in a request's address and body; "" where there is none."""
    found = _OID.search(text)
    return found[0] if found else ""


@contextmanager
def recording(slug: str):
    """Yields a Recorder with `url` for the network's address."""
    recorder = Recorder(answer_of(slug, "accepted"))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            recorder.oids.extend(filter(None, [oid_in(self.path + body)]))
            time.sleep(recorder.delay)
            raw = str(recorder.answer.get("body", "")).encode()
            self.send_response(recorder.answer.get("status", 200))
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = handle_one

        def log_message(self, *args):
            """Quiet."""

    with serving(Handler) as recorder.url:
        yield recorder
