"""Requests an integration asks for and answers it gets, both plain values."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from affiliate.integrations.money import parse_amount

Pairs = tuple[tuple[str, str], ...]
# Codes by which any HTTP service says that the same request may pass later.
TRY_LATER = (408, 425, 429, 503)


@dataclass(frozen=True)
class Request:
    """One HTTP request. `url` carries no query; `body` is the exact bytes that leave.

    `commits` is False for a request that cannot create the lead (a first step that fetches a token): when it fails,
    nothing has been sent yet and the lead may safely be tried again.
    """

    method: str
    url: str
    query: Pairs = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    format: str = "none"
    data: object = None
    commits: bool = True
    follow_redirects: bool = False

    @classmethod
    def get(cls, url, query=None, *, headers=None, method="GET", commits=True, follow_redirects=False) -> "Request":
        bare, own = _split(url)
        return cls(
            method, bare, own + _pairs(query), dict(headers or {}), commits=commits, follow_redirects=follow_redirects
        )

    @classmethod
    def form(
        cls, url, fields, *, query=None, headers=None, method="POST", encode: Callable = urlencode, commits=True
    ) -> "Request":
        """`fields` is a mapping or pairs; None is left out, a list repeats the name. `encode` turns pairs into text."""
        pairs = _pairs(fields)
        return cls._with_body(
            method,
            url,
            query,
            headers,
            encode(pairs).encode(),
            "form",
            pairs,
            "application/x-www-form-urlencoded",
            commits,
        )

    @classmethod
    def json(
        cls, url, data, *, query=None, headers=None, method="POST", dumps: Callable | None = None, commits=True
    ) -> "Request":
        body = (dumps or compact_json)(data).encode("utf-8", "replace")
        return cls._with_body(method, url, query, headers, body, "json", data, "application/json", commits)

    @classmethod
    def multipart(cls, url, fields, *, query=None, headers=None, method="POST", commits=True) -> "Request":
        pairs = _pairs(fields)
        boundary = hashlib.sha1(repr(pairs).encode()).hexdigest()
        lines = []
        for name, value in pairs:
            safe = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
            lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{safe}"', "", value]
        body = "\r\n".join([*lines, f"--{boundary}--", ""]).encode("utf-8", "replace")
        kind = f"multipart/form-data; boundary={boundary}"
        return cls._with_body(method, url, query, headers, body, "multipart", pairs, kind, commits)

    @classmethod
    def xml(cls, url, text, *, query=None, headers=None, method="POST", commits=True) -> "Request":
        """`text` is the whole document."""
        body = text.encode("utf-8", "replace")
        return cls._with_body(method, url, query, headers, body, "xml", text, "application/xml", commits)

    @classmethod
    def _with_body(cls, method, url, query, headers, body, format, data, content_type, commits):
        bare, own = _split(url)
        headers = {"Content-Type": content_type, **(headers or {})}
        return cls(method, bare, own + _pairs(query), headers, body, format, data, commits)

    def with_query(self, **extra) -> "Request":
        """The same request with more query pairs: for signatures made over the body."""
        return replace(self, query=self.query + _pairs(extra))

    @property
    def full_url(self) -> str:
        return f"{self.url}?{urlencode(self.query)}" if self.query else self.url


def compact_json(data) -> str:
    """JSON as most clients write it: no spaces, Unicode as it is, Decimals as numbers."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value):
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def _pairs(fields) -> Pairs:
    if not fields:
        return ()
    items = fields.items() if isinstance(fields, Mapping) else fields
    pairs = []
    for name, value in items:
        values = value if isinstance(value, (list, tuple)) else [value]
        pairs += [(str(name), str(one)) for one in values if one is not None]
    return tuple(pairs)


def _split(url: str) -> tuple[str, Pairs]:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")), tuple(
        parse_qsl(parts.query, keep_blank_values=True)
    )


class Node:
    """A value read from an answer. Any path may be asked for; what is not there is empty, nothing raises.

    Paths are dotted: `data.id`, `items.0.status`. "" is the value itself.
    """

    __slots__ = ("value",)

    def __init__(self, value=None):
        self.value = value

    def at(self, path: str = "") -> "Node":
        value = self.value
        for step in path.split(".") if path else ():
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdigit() and len(step) < 7:
                value = value[int(step)] if int(step) < len(value) else None
            else:
                return Node()
        return Node(value)

    def text(self, path: str = "") -> str:
        """Text or a number as text; "" for anything else. `true` and `false` for booleans."""
        value = self.at(path).value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return _storable(value).strip()
        if isinstance(value, Decimal):
            return format(value, "f") if abs(value.adjusted()) < 40 else str(value)
        return str(value) if isinstance(value, int) and value.bit_length() < 200 else ""

    def integer(self, path: str = "") -> int | None:
        text = self.text(path)
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None

    def amount(self, path: str = "") -> Decimal | None:
        return parse_amount(self.text(path))

    def truthy(self, path: str = "") -> bool:
        return self.text(path).lower() in ("true", "1", "ok", "yes")

    def items(self, path: str = "") -> "list[Node] | None":
        """The elements of a list; None when there is no list, so that a wrong shape is never an empty success."""
        value = self.at(path).value
        return [Node(item) for item in value] if isinstance(value, list) else None

    def entries(self, path: str = "") -> "dict[str, Node] | None":
        """The members of an object; None when there is no object."""
        value = self.at(path).value
        return {str(name): Node(item) for name, item in value.items()} if isinstance(value, dict) else None

    def has(self, path: str) -> bool:
        return self.at(path).value is not None


@dataclass(frozen=True)
class Answer:
    """What came back: an HTTP answer, or `error` when none did.

    `error` is "" or one of: `connect` (nothing was sent), `timeout`, `reset` (bytes may have left).
    `commits` repeats the request's flag.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str = ""
    commits: bool = True

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    @property
    def ok(self) -> bool:
        return not self.error and 200 <= self.status < 300

    @cached_property
    def text(self) -> str:
        match = re.search(
            r"charset=[\"']?((?:utf|windows|cp|iso|koi8)[\w-]+)", self.header("Content-Type"), re.IGNORECASE
        )
        for charset in ("utf-8-sig", match[1] if match else "cp1251"):
            try:
                return _storable(self.body.decode(charset)).strip()
            except (UnicodeDecodeError, LookupError, ValueError):
                continue
        return _storable(self.body.decode("utf-8", "replace")).strip()

    @cached_property
    def json(self) -> Node:
        """The JSON of the body, even behind a BOM or PHP notices; an empty node when there is none."""
        return Node(_first_json(self.text))

    @property
    def is_json(self) -> bool:
        return self.json.value is not None

    @property
    def excerpt(self) -> str:
        """The start of the body on one line, without tags: for reasons shown to people."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]{0,200}>", " ", self.text[:2000])).strip()[:200]

    @property
    def retry_after(self) -> float | None:
        """Seconds from a Retry-After header (a number or a date), at most a day."""
        raw = self.header("Retry-After").strip()
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", raw):
            return min(float(raw), 86400.0)
        try:
            until = parsedate_to_datetime(raw)
            now = parsedate_to_datetime(self.header("Date"))
            return min(max((until - now).total_seconds(), 0.0), 86400.0)
        except (TypeError, ValueError, IndexError, OverflowError):
            return None


def _storable(text: str) -> str:
    """Without what neither a database nor a terminal takes: NUL and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=lambda name: None)


def _first_json(text: str):
    """The JSON of a body: the whole of it, or what follows junk such as PHP notices; None when there is none.

    A body cut in the middle is no JSON: an inner object of it is never taken for the whole.
    """
    starts = [0]
    if not text.startswith(("{", "[")):
        starts += [match.end() - 1 for match in re.finditer(r"(?<=[\s>])[{\[]", text[:65536])][:50]
    for start in starts:
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError, ArithmeticError):
            continue
        rest = text[end:].lstrip()
        if not rest or rest.startswith("<"):
            return value
    return None
