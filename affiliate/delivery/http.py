"""Sends a request of an integration. Everything that can go wrong comes back as an answer with `error`."""

import ipaddress
import logging
import re
import threading
import time
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from affiliate.integrations.messages import Answer, Request

log = logging.getLogger(__name__)
USER_AGENT = "affiliate-hub/1.0"
CHUNK = 65536
# A verdict about one lead is short; a status list of a month is not.
PUSH_LIMIT = 1024 * 1024
POLL_LIMIT = 16 * 1024 * 1024
_local = threading.local()


def send(request: Request, *, limit: int = PUSH_LIMIT) -> Answer:
    """One HTTP exchange; never raises for what the network does.

    `error`: `connect` nothing was sent; `timeout` and `reset` bytes may have left. An answer longer than `limit` bytes is
    cut there.
    """
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*"} | {
        name: _writable(text) for name, text in request.headers.items()
    }
    started = time.monotonic()
    try:
        response = _session(request.url).request(
            request.method,
            request.full_url,
            data=request.body,
            headers=headers,
            timeout=(settings.CONNECT_TIMEOUT, settings.READ_TIMEOUT),
            allow_redirects=request.follow_redirects,
            stream=True,
        )
    except requests.RequestException as error:
        return _failed(error)
    except (ValueError, UnicodeError) as error:
        # An address or a header that cannot be written: nothing was sent.
        log.warning("request to %s cannot be sent: %s", urlsplit(request.url).hostname, type(error).__name__)
        return Answer(error="connect")
    with response:
        try:
            body = _read(response, started + settings.ANSWER_TIMEOUT, limit)
        except requests.RequestException as error:
            failed = _failed(error)
            return Answer(error="reset" if failed.error == "connect" else failed.error)
    return Answer(status=response.status_code, headers=dict(response.headers), body=body)


def _writable(text: str) -> str:
    """A header value that HTTP can carry: a visitor's browser may call itself anything, and that must not cost the lead."""
    return re.sub(r"[^\x20-\x7e\xa0-\xff]+", " ", text).strip()


def _read(response: requests.Response, until: float, limit: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) >= limit:
            # The rest stays unread, so the connection is not used again.
            response.close()
            return bytes(body[:limit])
        if time.monotonic() > until:
            response.close()
            raise requests.ReadTimeout
    return bytes(body)


def _failed(error: requests.RequestException) -> Answer:
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.SSLError)) or _never_connected(error):
        return Answer(error="connect")
    if isinstance(error, requests.Timeout):
        return Answer(error="timeout")
    if isinstance(
        error,
        (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidHeader,
        ),
    ):
        return Answer(error="connect")
    return Answer(error="reset")


def _never_connected(error: BaseException) -> bool:
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, NewConnectionError):
            return True
        seen.add(id(error))
        error = getattr(error, "reason", None) or (
            error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
        )
    return False


def _session(url: str) -> requests.Session:
    """One session per thread and host: connections stay open, and no two threads share one."""
    sessions = _local.__dict__.setdefault("sessions", {})
    host = urlsplit(url).netloc
    if host not in sessions:
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(_NoCookies())
        session.mount("http://", _Adapter(max_retries=0))
        session.mount("https://", _Adapter(max_retries=0))
        sessions[host] = session
    return sessions[host]


class _NoCookies(requests.cookies.cookielib.DefaultCookiePolicy):
    """Conversations are independent: what one lead was told is never sent with another."""

    def set_ok(self, cookie, request):
        return False


class _Guard:
    """Refuses private and local addresses once connected, before a byte is sent: a name cannot be re-pointed in between."""

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
