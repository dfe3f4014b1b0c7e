"""Reads one inbound call into bounded, storable text. Nothing a caller sends can make it raise."""

import json
import logging
import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import unquote_to_bytes

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from affiliate.delivery import addresses
from affiliate.integrations.masking import MASK

# Bytes of a query or body that are read, and characters of it that are kept.
READ = 65_536
KEPT = 8_192
FIELDS = {
    "oid": 100,
    "eid": 100,
    "status": 100,
    "sta": 500,
    "stc": 500,
    "stt": 500,
    "stw": 500,
    "sth": 500,
    "reason": 100,
    "comment": 500,
    "pay": 64,
    "cc": 64,
}
# Names under which a key may stand, rightly or by mistake.
SECRET = frozenset({"id", "key", "token"})
# What is left of a text that was encoded twice.
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
# Marks that addresses get on the way through people's hands: "&amp;oid=", "??oid=".
_STRAY = ("amp;", "?")
_KEY = re.compile(r"\b([0-9]{1,18}-)[0-9A-Za-z]{24,}")

Pairs = list[tuple[str, str]]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """`identity` is the caller's `<network id>-<key>`; nothing else holds the key. `fields` has FIELDS' names only."""

    method: str
    ip: str | None = None
    query: str = ""
    body: str = ""
    identity: str = field(default="", repr=False)
    fields: dict[str, str] = field(default_factory=dict)


def read(request: HttpRequest) -> Call:
    """Fields of the body win over those of the query; the query's `id` wins over the body's, which may be an order's."""
    in_query, query = _read_form(request.META.get("QUERY_STRING", "").encode("latin-1", "replace")[:READ])
    in_body, body = _read_content(_read_body(request), request)
    identities = [value.strip() for name, value in in_query + in_body if name == "id"]
    identity = next(filter(None, identities), "")
    return Call(
        method=request.method,
        ip=addresses.of(request.META),
        query=_cut(_hidden(query, identity)),
        body=_cut(_hidden(body, identity)) if body else "",
        identity=identity,
        fields=_fields(in_query, identity) | _fields(in_body, identity),
    )


def _read_body(request: HttpRequest) -> bytes:
    """A caller that hangs up, or breaks HTTP, in the middle of a body has still sent a query, and that counts."""
    # Django takes a body without Content-Length for empty; a server that marks the end itself gives chunked ones too.
    stream = request.META["wsgi.input"] if request.META.get("wsgi.input_terminated") else request
    try:
        return stream.read(READ)
    except Exception:
        # Each server has exceptions of its own for broken chunks.
        log.info("a postback's body broke off", exc_info=True)
        return b""


def _read_content(body: bytes, request: HttpRequest) -> tuple[Pairs, str]:
    """The fields of a body, and the body without keys. Networks mislabel JSON, so its look counts too."""
    kind = request.content_type
    body = body.removeprefix(BOM_UTF8)
    if "json" in kind or body.lstrip()[:1] == b"{":
        pairs = _decode_json(body)
    elif kind == "multipart/form-data":
        pairs = _decode_multipart(body, request)
    else:
        return _read_form(body)
    if any(name in SECRET for name, value in pairs):
        return pairs, json.dumps({name: _masked(name, value) for name, value in pairs}, ensure_ascii=False)
    return pairs, _text(body)


def _read_form(raw: bytes) -> tuple[Pairs, str]:
    """The fields of a form, and the form without keys."""
    pairs, shown = [], []
    for part in raw.split(b"&"):
        name, mark, value = part.partition(b"=")
        field = _plain(name).lower()
        if field.startswith(_STRAY):
            field = field.removeprefix("amp;").lstrip("?")
        if part:
            pairs.append((field, _plain(value)))
        shown.append(_text(name + mark) + _masked("id", _plain(value)) if field in SECRET else _text(part))
    return pairs, "&".join(shown)


def _decode_json(raw: bytes) -> Pairs:
    try:
        data = json.loads(_text(raw), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return []
    if not isinstance(data, dict):
        return []
    return [(_storable(name).lower(), _storable(value)) for name, value in data.items() if isinstance(value, str)]


def _decode_multipart(raw: bytes, request: HttpRequest) -> Pairs:
    meta = {"CONTENT_TYPE": request.META["CONTENT_TYPE"], "CONTENT_LENGTH": len(raw)}
    try:
        posted, _files = MultiPartParser(meta, BytesIO(raw), [], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation):
        return []
    return [(_storable(name).lower(), _storable(value)) for name in posted for value in posted.getlist(name)]


def _fields(pairs: Pairs, identity: str) -> dict[str, str]:
    """The last value of a name counts, as in PHP; one that is empty says nothing."""
    given = {name: value.strip() for name, value in pairs if name in FIELDS and value.strip()}
    if "%" in given.get("status", "") and _ENCODED.search(given["status"]):
        # A network that encoded the word before it encoded the address; ids may hold a percent sign of their own.
        given["status"] = _plain(given["status"].encode()).strip()
    return {name: _hidden(value, identity)[: FIELDS[name]] for name, value in given.items()}


def _masked(name: str, value: str) -> str:
    """The network's number stays readable, and so does an order's number that came as `id`."""
    if name not in SECRET or re.fullmatch(r"[0-9]{0,20}", value):
        return value
    number, mark, _key = value.strip().partition("-")
    return f"{number}-{MASK}" if mark and re.fullmatch(r"[0-9]{1,18}", number) else MASK


def _hidden(text: str, identity: str) -> str:
    """Also without the key where it stands once more, or in a body that could not be read."""
    key = identity.partition("-")[2]
    if len(key) >= 16:
        text = text.replace(key, MASK)
    return _KEY.sub(rf"\1{MASK}", text)


def _cut(text: str) -> str:
    return text if len(text) <= KEPT else f"{text[:KEPT]}… ({len(text)})"


def _plain(raw: bytes) -> str:
    raw = raw.replace(b"+", b" ")
    return _text(unquote_to_bytes(raw) if b"%" in raw else raw)


def _text(raw: bytes) -> str:
    """UTF-8, else the encoding of older networks' panels."""
    try:
        return raw.decode().replace("\x00", "\ufffd")
    except UnicodeDecodeError:
        return _storable(raw.decode("cp1251", "replace"))


def _storable(text: str) -> str:
    """PostgreSQL takes neither NUL nor half a surrogate pair."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
