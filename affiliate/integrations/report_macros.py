"""Addresses and bodies of reports to sources: `https://tracker.example/postback?id={sub1}&status={status:new|…}`. Pure.

A macro names one value of the lead; `{status:a|b|c|d|e}` puts a word of one's own for wait, hold, approve, cancel, trash.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from affiliate.vocabulary import Status

STATUSES = tuple(status.value for status in Status)
POSITIONAL = ("status", "stage")
MACROS = {
    "oid": gettext_lazy("our id of the lead"),
    "id": gettext_lazy("the same as {oid}"),
    "eid": gettext_lazy("the network's id of the lead"),
    "uid": gettext_lazy("the source's id of the lead: its idempotency key"),
    "subid": gettext_lazy("the label subid; sub1 where there is none"),
    **{f"sub{number}": gettext_lazy("the label of this name") for number in range(1, 6)},
    "uuid": gettext_lazy("the label of this name"),
    **{
        f"utm_{name}": gettext_lazy("the label of this name")
        for name in ("source", "medium", "campaign", "content", "term")
    },
    "status": gettext_lazy("wait, hold, approve, cancel or trash"),
    "stage": gettext_lazy("the same as {status}"),
    "reason": gettext_lazy("why the lead has its status"),
    "payout": gettext_lazy("the payout as a decimal number; empty while it is unknown"),
    "cash": gettext_lazy("the same as {payout}"),
    "currency": gettext_lazy("the payout's currency"),
    "offer": gettext_lazy("the offer's number"),
    "country": gettext_lazy("two letters"),
    "event": gettext_lazy("what is reported: received, delivered or the status"),
    "time": gettext_lazy("when it happened, in unix seconds"),
}
_MACRO = re.compile(r"\{([A-Za-z_]\w*)(?::([^{}]*))?\}", re.ASCII)
_KEY_NAME = re.compile(r"key|token|secret|pass|auth|sign|hash|api|^id$", re.IGNORECASE)
_LONG_KEY = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{6,}|[A-Za-z0-9_-]{20,}")


def check_url(template: str) -> None:
    """Raises ValueError saying what is wrong with an address."""
    parts = urlsplit(template)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(_("Write the whole address, beginning with https:// or http://."))
    if left := re.search(r"\b(TRACKER|KEY)\b", template):
        raise ValueError(_("Write your tracker's own value in place of %(word)s.") % {"word": left[1]})
    if "{" in parts.netloc:
        raise ValueError(_("The host must be written out: a macro there would send leads to any server."))
    if re.search(r"[\s\x00-\x1f]", template):
        raise ValueError(_("An address has no spaces and no line breaks."))
    _check(template, braces=True)


def check_form(template: str) -> None:
    """Raises ValueError for a body `a={sub1}&b={status}` that cannot be sent."""
    _check(template, braces=True)
    if any("=" not in pair for pair in template.split("&") if pair.strip()):
        raise ValueError(_("Write the form as name=value pairs joined by &."))


def check_json(template: str) -> None:
    """Raises ValueError for a body that is no JSON; macros stand inside of its texts."""
    try:
        body = json.loads(template)
    except ValueError as error:
        raise ValueError(
            _("This is no JSON (%(error)s). Macros stand in quotation marks.") % {"error": error}
        ) from None
    for text in _texts(body):
        _check(text, braces=False)


def url(template: str, values: Mapping[str, str]) -> str:
    return _fill(template, values, lambda value: quote(value, safe=""))


def form(template: str, values: Mapping[str, str]) -> str:
    return _fill("&".join(pair.strip() for pair in template.split("&") if pair.strip()), values, quote_plus)


def json_body(template: str, values: Mapping[str, str]):
    """The JSON value with its texts filled in."""
    return _filled(json.loads(template), values)


def secrets(template: str) -> list[str]:
    """The parts of an address or body that may be keys: they are hidden wherever a request is shown.

    A tracker's key may stand in the path or under any name, so whatever looks like one is taken for it.
    """
    parts = urlsplit(template)
    found = [parts.password or "", parts.username or ""]
    found += [part for part in parts.path.split("/") if _LONG_KEY.fullmatch(part)]
    pairs = re.split(r"[&\n]", parts.query or template) if "=" in template else []
    for name, is_pair, value in (pair.strip().partition("=") for pair in pairs):
        if is_pair and value and "{" not in value and (_KEY_NAME.search(name) or _LONG_KEY.fullmatch(value)):
            found.append(unquote_plus(value))
    try:
        body = json.loads(template)
    except ValueError:
        body = None
    found += [text for text in _texts(body) if _LONG_KEY.fullmatch(text)]
    return [secret for secret in found if secret]


def _check(template: str, *, braces: bool) -> None:
    for name, argument in _MACRO.findall(template):
        if name not in MACROS:
            known = ", ".join(f"{{{macro}}}" for macro in MACROS)
            raise ValueError(_("There is no macro {%(name)s}. There are: %(known)s.") % {"name": name, "known": known})
        if argument and name not in POSITIONAL:
            raise ValueError(_("{%(name)s} takes no words after a colon.") % {"name": name})
        if argument and len(argument.split("|")) != len(STATUSES):
            text = _("{%(name)s:…} takes five words with bars, for wait, hold, approve, cancel and trash.")
            raise ValueError(text % {"name": name})
    if braces and re.search("[{}]", _MACRO.sub("", template)):
        raise ValueError(_("A brace stands alone. Write macros as {sub1}."))


def _fill(template: str, values: Mapping[str, str], encode: Callable[[str], str]) -> str:
    def value(match: re.Match) -> str:
        name, words = match[1], match[2]
        if words:
            return encode(words.split("|")[STATUSES.index(values["status"])])
        return encode(values[name])

    return _MACRO.sub(value, template)


def _filled(value, values: Mapping[str, str]):
    if isinstance(value, str):
        return _fill(value, values, str)
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    if isinstance(value, dict):
        return {name: _filled(one, values) for name, one in value.items()}
    return value


def _texts(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(one)
