"""Verdicts as the reference system writes them: always HTTP 200, the format by the address's extension."""

import json
from enum import StrEnum
from urllib.parse import urlencode

from django.http import HttpResponse


class Word(StrEnum):
    """`ACCESS` is an oid that is not this network's, `ORDERID` a call without any id, `DB` one that could not be kept."""

    OK = "ok"
    KEY = "key"
    ORDERID = "orderid"
    ACCESS = "access"
    DB = "db"


def answer(word: Word, extension: str, *, code: int = 200) -> HttpResponse:
    said = {"status": "ok"} if word is Word.OK else {"status": "error", "error": word.value}
    kind, write = _FORMATS[extension]
    return HttpResponse(write(said), content_type=f"{kind}; charset=utf-8", status=code)


def _xml(said: dict[str, str]) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    return f'<?xml version="1.0" encoding="utf-8"?><result>{inner}</result>'


_FORMATS = {
    "json": ("application/json", json.dumps),
    "xml": ("application/xml", _xml),
    "text": ("text/plain", urlencode),
}
