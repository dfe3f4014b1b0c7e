"""Sends a request of an integration. Everything that can go wrong comes back as an answer with `error`."""

import io
import ipaddress
import logging
import re
import threading
import time
from functools import cache
from http.client import HTTPResponse
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from affiliate.integrations.messages import Answer, Request

log = logging.getLogger(__name__)
HEADERS = {
    "User-Agent": "affiliate-hub/1.0",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
}
CHUNK = 65536
# A verdict about one lead is short; a status list of a month is not.
PUSH_LIMIT = 1024 * 1024
POLL_LIMIT = 16 * 1024 * 1024
# Connections are kept for so many hosts, and so many to each of them.
HOSTS, CONNECTIONS = 64, 64
_local = threading.local()


def send(request: Request, *, limit: int = PUSH_LIMIT) -> Answer:
    """One HTTP exchange; never raises for what the network does.

    `error`: `connect` nothing was sent; `timeout` and `reset` bytes may have left. An answer longer than `limit` bytes is
    cut there.
    """
    _local.until, _local.begun = time.monotonic() + settings.ANSWER_TIMEOUT, False
    try:
        response = _respond(request)
    except (OSError, ValueError) as error:
        if _local.begun:
            return Answer(error="timeout" if isinstance(error, requests.Timeout) else "reset")
        if isinstance(error, ValueError):
            # An address or a header that cannot be written.
            log.warning("request to %s cannot be sent: %s", _host(request.url), type(error).__name__)
        return Answer(error="connect")
    try:
        body = _read(response, limit)
    except ReadTimeoutError:
        return Answer(error="timeout")
    except (HTTPError, OSError):
        return Answer(error="reset")
    finally:
        # A connection whose answer was read to its end is back in the pool already.
        response.raw.close()
    return Answer(status=response.status_code, headers=dict(response.headers), body=body)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _respond(request: Request) -> requests.Response:
    headers = HEADERS | {name: _writable(text) for name, text in request.headers.items()}
    prepared = requests.PreparedRequest()
    prepared.prepare(request.method, request.full_url, headers=headers, data=request.body)
    timeout = (settings.CONNECT_TIMEOUT, settings.READ_TIMEOUT)
    if not request.follow_redirects:
        # A session would do nothing here but look for cookies and redirects, at twice the cost.
        return _adapter().send(prepared, stream=True, timeout=timeout)
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(_NoCookies())
    for scheme in ("http://", "https://"):
        session.mount(scheme, _adapter())
    return session.send(prepared, stream=True, timeout=timeout)


def _writable(text: str) -> str:
    """A header value that HTTP can carry: a visitor's browser may call itself anything, and that must not cost the lead."""
    return re.sub(r"[^\x20-\x7e\xa0-\xff]+", " ", text).strip()


def _read(response: requests.Response, limit: int) -> bytes:
    body = bytearray()
    for chunk in response.raw.stream(CHUNK, decode_content=True):
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])


@cache
def _adapter() -> HTTPAdapter:
    """Open connections of all threads: whichever is free next goes on over the connection that was used last."""
    return _Adapter(max_retries=0, pool_connections=HOSTS, pool_maxsize=CONNECTIONS)


class _NoCookies(requests.cookies.cookielib.DefaultCookiePolicy):
    """What one lead was told is never sent with another, nor to the host that a redirect leads to."""

    def set_ok(self, cookie, request):
        return False


class _Timely(io.RawIOBase):
    """What comes over a socket, until the moment by which this thread's answer must be here.

    A time-out of the socket alone begins anew with each byte, so an answer that trickles would last for ever.
    """

    def __init__(self, sock):
        self._sock, self._raw = sock, sock.makefile("rb", buffering=0)

    def readable(self):
        return True

    def readinto(self, buffer):
        left = _local.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._sock.settimeout(min(settings.READ_TIMEOUT, left))
        return self._raw.readinto(buffer)

    def close(self):
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock, *args, **kwargs):
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_Timely(sock))


class _Guard:
    """Refuses private and local addresses once connected, before a byte is sent: a name cannot be re-pointed in between.
    Notes when the first byte of a request leaves: an error tells nothing of it, TLS breaks in the middle as at the start."""

    response_class = _Response

    def send(self, data):
        if self.sock is None:
            self.connect()
        _local.begun = True
        super().send(data)

    def _new_conn(self):
        sock = super()._new_conn()
        if not settings.ALLOW_PRIVATE_ADDRESSES and not ipaddress.ip_address(sock.getpeername()[0]).is_global:
            sock.close()
            raise NewConnectionError(self, "private address refused")
        return sock


class _HTTPConnection(_Guard, HTTPConnection):
    pass


class _HTTPSConnection(_Guard, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
