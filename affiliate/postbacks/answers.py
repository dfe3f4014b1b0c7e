"""Verdicts as the reference system writes them: HTTP 200, the format by the address's extension."""

import json
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
    said = {"status": "ok"} if word is Word.OK else {"status": "error", "error": word.value}
    kind, write = _FORMATS[extension]
    response = HttpResponse(write(said), content_type=f"{kind}; charset=utf-8")
    if word in _REPEAT:
        response.status_code, response.headers["Retry-After"] = 503, str(_REPEAT[word])
    return response


def _xml(said: dict[str, str]) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    return f'<?xml version="1.0" encoding="utf-8"?><result>{inner}</result>'


_FORMATS = {
    "json": ("application/json", json.dumps),
    "xml": ("application/xml", _xml),
    "text": ("text/plain", urlencode),
}
