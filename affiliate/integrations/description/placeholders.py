"""Texts with placeholders: `Bearer {api}`, `{lead.phone|digits}`, `{lead.created_at|date:%Y-%m-%d}`; `{{`, `}}` are braces.

A placeholder names one value and, after pipes, the formats it goes through: digits, e164, national, upper, lower,
alpha3 (a country by three letters), first_name, last_name, url, and date:…, unix for moments (UTC), join:… for lists.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from urllib.parse import quote

import phonenumbers
from babel.core import get_global

from affiliate.integrations.lead import Lead

# Codes of countries that are no more, under the code of a present one.
_GONE = {"BUR", "DDR", "FXX", "TMP", "YMD", "ZAR"}
TEXT, MOMENT, LIST = "text", "moment", "list"
HASHES = ("md5", "sha1", "sha256", "hmac-sha1", "hmac-sha256")
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class LoneBrace(ValueError):
    """A brace that neither begins nor ends a placeholder."""


@dataclass(frozen=True)
class Placeholder:
    name: str
    formats: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Format:
    """`takes` is the kind of value it works on; `argument` the pattern of what follows the colon, "" for nothing."""

    apply: Callable
    takes: str = TEXT
    argument: str = ""
    example: str = ""


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[str | Placeholder, ...]:
    """Literal texts and placeholders in order. Raises LoneBrace."""
    parts, start = [], 0
    for match in _TOKEN.finditer(text):
        parts.append(text[start : match.start()])
        start = match.end()
        if match[1] is not None:
            name, *formats = match[1].split("|")
            parts.append(Placeholder(name.strip(), tuple(_format(one) for one in formats)))
        elif len(match[0]) == 2:
            parts.append(match[0][0])
        else:
            raise LoneBrace(text)
    return tuple(part for part in [*parts, text[start:]] if part != "")


def _format(written: str) -> tuple[str, str]:
    name, _colon, argument = written.partition(":")
    return name.strip(), argument


@dataclass(frozen=True)
class Scope:
    """The values that placeholders stand for, by name; `signatures` are the recipes of `sign.NAME`."""

    values: Mapping[str, object]
    signatures: Mapping[str, Mapping]
    _signed: dict[str, str] = field(default_factory=dict)

    def find(self, name: str):
        if not name.startswith("sign."):
            return self.values.get(name)
        # Made once: signatures of signatures of signatures would take for ever.
        if name not in self._signed:
            self._signed[name] = _sign(self.signatures[name.removeprefix("sign.")], self)
        return self._signed[name]

    def with_body(self, body: bytes) -> "Scope":
        return Scope({**self.values, "body": body.decode()}, self.signatures)


def render(text: str, scope: Scope, *, finish: Callable[[Placeholder, str], str] | None = None) -> str:
    """The text with its placeholders filled; `finish` has the last word on each filled one."""
    out = []
    for part in parse(text):
        if isinstance(part, Placeholder):
            filled = _filled(part, scope)
            out.append(finish(part, filled) if finish else filled)
        else:
            out.append(part)
    return "".join(out)


def value(text: str, scope: Scope) -> str | list[str]:
    """As `render`; a list where the text is nothing but a list's placeholder."""
    parts = parse(text)
    if len(parts) == 1 and isinstance(parts[0], Placeholder) and not parts[0].formats:
        found = scope.find(parts[0].name)
        if isinstance(found, list):
            return found
    return render(text, scope)


def names(text: str) -> set[str]:
    """The names of a text's placeholders."""
    return {part.name for part in parse(text) if isinstance(part, Placeholder)}


def _filled(placeholder: Placeholder, scope: Scope) -> str:
    found = scope.find(placeholder.name)
    for name, argument in placeholder.formats:
        found = FORMATS[name].apply(found, argument) if found is not None else ""
    return _text(found)


def _text(found) -> str:
    if isinstance(found, datetime):
        return found.isoformat()
    if isinstance(found, Decimal):
        return format(found, "f")
    # A half of a surrogate pair cannot be sent.
    return "" if found is None else str(found).encode("utf-8", "replace").decode()


def _sign(recipe: Mapping, scope: Scope) -> str:
    keyed, _dash, algorithm = recipe["hash"].rpartition("-")
    signed = render(recipe["of"], scope).encode("utf-8", "replace")
    if keyed:
        return hmac.new(render(recipe["key"], scope).encode("utf-8", "replace"), signed, algorithm).hexdigest()
    return hashlib.new(algorithm, signed, usedforsecurity=False).hexdigest()


def _phone(found, write: Callable) -> str | None:
    """None where the number's country is not known: a number is never rewritten to another one."""
    try:
        return write(phonenumbers.parse(_text(found), None))
    except phonenumbers.NumberParseException:
        return None


def _e164(found, _argument):
    return (
        _phone(found, lambda number: phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)) or found
    )


def _national(found, _argument):
    return _phone(found, phonenumbers.national_significant_number) or _digits(found)


@cache
def _countries() -> dict[str, str]:
    """ISO 3166-1 codes of two letters and of three."""
    aliases = get_global("territory_aliases").items()
    return {
        two[0]: three
        for three, two in aliases
        if len(two) == 1 and re.fullmatch("[A-Z]{3}", three) and three not in _GONE
    }


def _digits(found, _argument=""):
    return "".join(char for char in _text(found) if char in "0123456789")


FORMATS = {
    "digits": Format(_digits),
    "e164": Format(_e164),
    "national": Format(_national),
    "upper": Format(lambda found, _argument: _text(found).upper()),
    "lower": Format(lambda found, _argument: _text(found).lower()),
    "alpha3": Format(lambda found, _argument: _countries().get(_text(found).upper(), _text(found))),
    "first_name": Format(lambda found, _argument: Lead(name=_text(found)).first_name),
    "last_name": Format(lambda found, _argument: Lead(name=_text(found)).last_name),
    "url": Format(lambda found, _argument: quote(_text(found), safe="")),
    "date": Format(
        lambda found, argument: found.strftime(argument),
        takes=MOMENT,
        # Only what every system knows, without widths: those could make a text of any size.
        argument=r"(?:%[YymdHMSfzjpIbBaA%]|[^%]){1,60}",
        example="date:%Y-%m-%d",
    ),
    "unix": Format(lambda found, _argument: str(int(found.timestamp())), takes=MOMENT),
    "join": Format(lambda found, argument: argument.join(found), takes=LIST, argument=r".{1,5}", example="join:,"),
}
