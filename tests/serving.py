"""Servers on loopback for tests."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """A crowd may call at once: past the five callers that wait by default, connections are reset."""

    daemon_threads = True
    request_queue_size = 512


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]):
    """Yields the address of a server on loopback."""
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
