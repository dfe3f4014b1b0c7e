"""JSON bodies, whatever the bytes."""

import json
import math
from codecs import BOM_UTF8

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError


class Unreadable(Exception):
    """A body that cannot be read: `too_big`, `broken_off`, `not_utf8`, or `malformed` with where and why in `detail`."""

    def __init__(self, code: str, detail: str = ""):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def read(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig:
        raise Unreadable("too_big") from None
    except UnreadablePostError:
        raise Unreadable("broken_off") from None


def looks_like_json(body: bytes) -> bool:
    """An object, whatever it is declared as; some programs put a byte order mark or blanks before it."""
    return body[:64].removeprefix(BOM_UTF8).lstrip()[:1] == b"{"


def read_json(request: HttpRequest):
    """The JSON value of a body. Numbers that JSON or the database has no room for are malformed."""
    try:
        text = read(request).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("not_utf8") from None
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise Unreadable("malformed", "nested too deeply") from None
    except ValueError as error:
        raise Unreadable("malformed", str(error)) from None


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _no_number(text: str):
    raise ValueError(f"{text[:20]} is no number")
