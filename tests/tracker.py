"""A tracker on loopback that records the calls it gets and answers as it is told."""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

from tests.serving import serving


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))


class Tracker:
    """`answers` are given one after another, the last one for ever: (status, headers)."""

    def __init__(self):
        self.calls: list[Call] = []
        self.answers: list[tuple[int, dict]] = [(200, {})]
        self.delay = 0.0
        self.active = self.most_active = 0
        self.lock = threading.Lock()

    @property
    def queries(self) -> list[dict[str, str]]:
        return [call.query for call in self.calls]


@contextmanager
def tracking():
    """Yields a Tracker with `url`."""
    tracker = Tracker()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with tracker.lock:
                tracker.active += 1
                tracker.most_active = max(tracker.most_active, tracker.active)
                tracker.calls.append(Call(self.command, self.path, dict(self.headers), body))
                status, headers = tracker.answers.pop(0) if len(tracker.answers) > 1 else tracker.answers[0]
            time.sleep(tracker.delay)
            with tracker.lock:
                tracker.active -= 1
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_GET = do_POST = handle_one

        def log_message(self, *args):
            """Quiet."""

    with serving(Handler) as tracker.url:
        yield tracker
