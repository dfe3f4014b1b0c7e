"""A server on loopback that plays a real network: it answers as that network's wire cases say, and records each lead."""

import re
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from affiliate.integrations import registry
from tests.integrations import cases

_OID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


class Recorder:
    """`oids` holds our id of each lead in the order they came; `delay` in seconds before each answer."""

    def __init__(self, answer: dict):
        self.answer, self.delay = answer, 0.0
        self.oids: list[str] = []

    @property
    def per_lead(self) -> Counter:
        return Counter(self.oids)


def single_step_network() -> str:
    """The slug of a network that takes a lead in one request and promises nothing about second copies."""
    for slug, integration in registry.of_specification().items():
        case = cases.load(slug)
        one_step = len(cases.accepted(slug)) == 1 and cases.accepted(slug)[0].get("status") == 200
        if one_step and not integration.dedupes and "description" not in case and integration.base_url:
            return slug
    raise AssertionError("no such network")


@contextmanager
def recording(slug: str):
    """Yields a Recorder with `url` for the network's address."""
    recorder = Recorder(cases.accepted(slug)[0])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            recorder.oids.extend(_OID.findall(self.path + body)[:1])
            time.sleep(recorder.delay)
            raw = str(recorder.answer.get("body", "")).encode()
            self.send_response(recorder.answer.get("status", 200))
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = handle_one

        def log_message(self, *args):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    recorder.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
