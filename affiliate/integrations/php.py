"""Texts exactly as PHP writes them: for networks that sign, or read, the very bytes a PHP client would send.

Facts: PHP's manual on `http_build_query` (RFC 1738) and `json_encode`, and what PHP 8.2 prints.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from urllib.parse import quote_plus


def http_build_query(fields) -> str:
    """`a=1&b%5Bk%5D=x+y` of a mapping or of pairs, nested to any depth.

    None and empty lists are left out, booleans are 1 and 0, lists are numbered. Everything but letters, digits
    and `-_.` is escaped, a space is a plus. Numbers are as PHP writes them below 1e15.
    """
    items = fields.items() if isinstance(fields, Mapping) else fields
    return "&".join(pair for name, value in items for pair in _pairs(_escape(name), value))


def json_encode(data) -> str:
    r"""JSON with no spaces, `\uXXXX` for all that is not ASCII and `\/` for a slash; whole floats without a fraction."""
    text = json.dumps(_plain(data), ensure_ascii=False, separators=(",", ":"))
    return re.sub(r"[^\x00-\x7f]", lambda found: json.dumps(found[0])[1:-1], text).replace("/", "\\/")


def _pairs(name: str, value) -> Iterator[str]:
    if isinstance(value, (list, tuple)):
        value = dict(enumerate(value))
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _pairs(f"{name}%5B{_escape(key)}%5D", item)
    elif value is not None:
        yield f"{name}={_escape(int(value) if isinstance(value, bool) else _plain(value))}"


def _escape(value) -> str:
    return quote_plus(str(value), errors="replace").replace("~", "%7E")


def _plain(value):
    """The value with numbers as PHP has them: a whole number has no fraction."""
    if isinstance(value, (float, Decimal)):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
