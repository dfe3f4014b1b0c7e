"""Verdicts as the reference system writes them: HTTP 200, the format by the address's extension."""

import json
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlencode

from django.http import HttpResponse


class Word(StrEnum):
    """What the reference system says: `ACCESS` of an oid that is not this network's, `ORDERID` of a call without any id.

    Two words of ours come with HTTP 503, so that the call is repeated, because it was not kept: `DB`, there was no
    database; `LIMIT`, the network calls too often.
    """

    OK = "ok"
    KEY = "key"
    ORDERID = "orderid"
    ACCESS = "access"
    DB = "db"
    LIMIT = "limit"


# Seconds until a call that was not kept should come again.
_REPEAT = {Word.DB: 10, Word.LIMIT: 60}


def answer(word: Word, extension: str) -> HttpResponse:
    kind, said = _FORMATS[extension]
    response = HttpResponse(said[word], content_type=kind)
    if word in _REPEAT:
        response.status_code, response.headers["Retry-After"] = 503, str(_REPEAT[word])
    return response


def _json(said: Mapping[str, str]) -> str:
    """Byte for byte as PHP writes it: some networks compare texts."""
    return json.dumps(said, separators=(",", ":"))


def _xml(said: Mapping[str, str]) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    return f'<?xml version="1.0" encoding="utf-8"?><result>{inner}</result>'


def _written(write) -> dict[Word, bytes]:
    said = {word: {"status": "error", "error": word.value} for word in Word} | {Word.OK: {"status": "ok"}}
    return {word: write(one).encode() for word, one in said.items()}


_FORMATS = {
    "json": ("application/json; charset=utf-8", _written(_json)),
    "xml": ("application/xml; charset=utf-8", _written(_xml)),
    "text": ("text/plain; charset=utf-8", _written(urlencode)),
}
