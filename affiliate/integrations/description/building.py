"""Makes the request of a described part."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from decimal import Decimal
from urllib.parse import quote, urlsplit

from affiliate.integrations.description.placeholders import Placeholder, Scope, render, value
from affiliate.integrations.messages import Request

METHODS = ("GET", "POST", "PUT", "PATCH")
ENCODINGS = ("query", "form", "json", "multipart", "xml")
TYPES = ("text", "number", "boolean")
# Characters that XML 1.0 cannot carry.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_HEADER = re.compile(r"[\x00-\x1f\x7f]")
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


class NameConflict(ValueError):
    """A name of a JSON field is both a value and a group, or stands twice."""


def build(part: Mapping, scope: Scope, *, commits: bool = True) -> Request | None:
    """The request of a valid part; None when its address comes out without a host."""
    make = _maker(part, scope, commits)
    if scope.signatures:
        scope = scope.with_body(make("", {}).body or b"")
    url = render(part["url"], scope, finish=_in_url)
    if not absolute(url):
        return None
    return make(url, {name: _in_header(render(text, scope)) for name, text in part.get("headers", {}).items()})


def absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(re.match(r"[\w\[]", parts.hostname or ""))
    except ValueError:
        return False


def nested(pairs) -> object:
    """Pairs `client.phone`, `client[phone]`, `items[0].id`, `tags[]` as one JSON value. Raises NameConflict."""
    root = {}
    for name, given in pairs:
        *groups, last = steps(name)
        node = root
        for step in groups:
            node = node.setdefault(step or _Next(), {})
            if not isinstance(node, dict):
                raise NameConflict(name)
        if last in node:
            raise NameConflict(name)
        node[last or _Next()] = given
    return _lists(root)


def steps(name: str) -> list[str]:
    return name.replace("]", "").replace("[", ".").split(".")


class _Next:
    """The key of `[]`: the next element of a list."""


def _lists(node):
    if not isinstance(node, dict):
        return node
    if node and all(isinstance(key, _Next) or key.isdecimal() for key in node):
        return [_lists(one) for one in node.values()]
    return {"" if isinstance(key, _Next) else key: _lists(one) for key, one in node.items()}


def _maker(part: Mapping, scope: Scope, commits: bool) -> Callable[[str, Mapping], Request]:
    encoding = part.get("encoding", "form")
    method = part.get("method", "GET" if encoding == "query" else "POST")
    fields = list(_fields(part, scope, typed=encoding == "json"))

    def make(url, headers):
        rest = {"headers": headers, "method": method, "commits": commits}
        if encoding == "query":
            return Request.get(url, fields, **rest)
        if encoding == "form":
            return Request.form(url, fields, **rest)
        if encoding == "multipart":
            return Request.multipart(url, fields, **rest)
        if encoding == "xml":
            return Request.xml(url, _xml(part.get("root", "request"), fields), **rest)
        return Request.json(url, nested(fields), **rest)

    return make


def _fields(part: Mapping, scope: Scope, *, typed: bool):
    for field in part.get("fields", []):
        filled = value(field["value"], scope)
        if filled or not field.get("optional"):
            yield field["name"], _typed(filled, field.get("type")) if typed else filled


def _typed(filled: str | list[str], kind: str | None):
    if isinstance(filled, list):
        return [_typed(one, kind) for one in filled]
    if kind == "boolean":
        return filled.strip().casefold() in ("true", "1", "yes")
    if kind == "number" and re.fullmatch(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?", filled):
        return Decimal(filled)
    return filled


def _xml(root: str, fields) -> str:
    """Elements by dotted names; a last step `@name` is an attribute of its element."""
    top = ET.Element(root)
    for name, filled in fields:
        *groups, last = steps(name)
        node = top
        for step in groups:
            found = node.findall(step)
            node = found[-1] if found else ET.SubElement(node, step)
        for one in filled if isinstance(filled, list) else [filled]:
            text = _NOT_XML.sub("", one)
            if last.startswith("@"):
                node.set(last[1:], text)
            else:
                ET.SubElement(node, last).text = text
    return f'<?xml version="1.0" encoding="UTF-8"?>{ET.tostring(top, encoding="unicode")}'


def _in_url(placeholder: Placeholder, filled: str) -> str:
    """Everything but the network's own address is one value in the URL, whatever signs are in it."""
    if placeholder.name == "base_url" or "url" in dict(placeholder.formats):
        return filled
    return quote(filled, safe="")


def _in_header(text: str) -> str:
    """Line breaks would start another header; what is not ASCII travels percent-encoded."""
    return quote(_NOT_HEADER.sub("", text).strip(), safe=_PRINTABLE)
