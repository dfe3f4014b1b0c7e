"""What a network's status word means. Pure: words in, a status or the reason why there is none out."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from affiliate.vocabulary import Status

LISTS = {
    "sta": Status.APPROVE,
    "stc": Status.CANCEL,
    "stt": Status.TRASH,
    "stw": Status.WAIT,
    "sth": Status.HOLD,
}


class Why(StrEnum):
    """Where a status comes from, or why there is none."""

    LIST = "list"
    NETWORK = "network"
    VOCABULARY = "vocabulary"
    UNKNOWN = "unknown"
    MACRO = "macro"
    EMPTY = "empty"


@dataclass(frozen=True)
class Recognised:
    status: Status | None
    why: Why


def recognise(word: str, *, lists: Mapping[str, str], own: Callable[[str], Status | None]) -> Recognised:
    """The status that `word` means.

    `lists` holds the call's `sta`, `stc`, `stt`, `stw`, `sth`; they beat the network's `own` words, and those the general
    vocabulary. A number means something only where a list or the network says so.
    """
    word = word.strip()
    if not word:
        return Recognised(None, Why.EMPTY)
    if status := _listed(word, lists):
        return Recognised(status, Why.LIST)
    if macro(word):
        return Recognised(None, Why.MACRO)
    if status := own(word):
        return Recognised(status, Why.NETWORK)
    if status := _general(word):
        return Recognised(status, Why.VOCABULARY)
    return Recognised(None, Why.UNKNOWN)


_MACRO = re.compile(
    r"\{\{?[^{}]{1,60}\}?\}"  # {status} {{status}} {lead.Status}, also inside ${status} and #{status}
    r"|^\[\[?[^\[\]]{1,60}\]?\]$"  # [status] [[status]]
    r"|^##?[^#\s]{1,60}##?$"  # ##STATUS## #status#
    r"|^@@?[^@\s]{1,60}@@?$"  # @status@ @@status@@
    r"|^\$\$?[A-Za-z_][^\s$]{0,60}(?:\$\$?)?$"  # $status$ $status, but not $12
    r"|^%%?[A-Za-z_][\w.-]{0,60}%%?$"  # %status% %%status%%
    r"|^<%?=?\s?[A-Za-z_][\w.-]{0,60}\s?%?>$"  # <status> <%status%>
    r"|^__[A-Za-z]\w{0,60}__$"  # __STATUS__
)


_MARK = re.compile(r"[{\[#$%<_@]")
# How many times an address may have been encoded on its way: by the network's panel, by what it calls with, by a proxy.
_ENCODED = 3


def macro(text: str) -> str:
    """The macro in `text` that the network did not replace, or ""."""
    if not _MARK.search(text):
        return ""
    for _time in range(_ENCODED):
        if found := _MACRO.search(text.strip()):
            return found[0]
        text = unquote(text)
    return ""


_SEPARATORS = re.compile(r"[,;|]")


def _listed(word: str, lists: Mapping[str, str]) -> Status | None:
    """Whole entries first, so that `no answer` can be listed; an entry with a negation is never taken to pieces."""
    wanted = _words(word)
    entries = [
        (_words(entry), status) for name, status in LISTS.items() for entry in _SEPARATORS.split(lists.get(name, ""))
    ]
    for entry, status in entries:
        if entry == wanted:
            return status
    for entry, status in entries:
        if wanted in entry.split(" ") and not _NEGATION.search(entry):
            return status
    return None


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


_NEGATION = re.compile(
    r"\b(?:not|no|non|un|dis|never|cannot|cant|isn|wasn|aren|didn|doesn|don|hasn|haven|won|without|не|нет|ни|без)\b"
)
# What an approval is called; also what follows "un…", "dis…", "не…" when it is not one.
_APPROVAL = (
    "approv, accept, confirm, paid, payed, payout, payment, sale, sold, buyout, success, complet, deposit, ftd,"
    " принят, одобр, подтвержд, оплач, выплач, выкуп, продаж, продан, апрув, аппрув"
)
# An approval that is still to come, or that went wrong.
_BEFORE = (
    "to, for, on, under, in, until, before, need, needs, needed, requires, required, failed, error,"
    " на, до, для, к, по, нужно, нужна, требует, требуется, ошибка"
)
# What an approval is called before anybody has given it.
_STAGE = "approval=, confirmation=, подтверждение=, подтверждении=, одобрение=, одобрении="
_AFTER = "required, needed, failed, error, request, requested, expected, нужно, требуется, запрошен"


def _either(words: str) -> str:
    return "|".join(word.strip() for word in words.split(","))


def _any(phrases: str) -> re.Pattern:
    """Each word of a phrase is the beginning of a word; `=` at its end asks for the whole word."""
    forms = (r"\w* ".join(rf"\b{part}" for part in phrase.split()) for phrase in phrases.split(","))
    return re.compile("|".join(form.replace("=", r"\b") for form in forms))


# The first rule that fits decides; None is a word that a person has to map. What speaks against an approval comes before
# it: "not approved", "pending approval" and "confirmed fake" pay nothing.
_RULES: tuple[tuple[re.Pattern, Status | None], ...] = (
    (_any("no answer, not answer, no response, not reach, unreach, not available, unavailable"), Status.WAIT),
    (_any("not process, unprocess, не обраб, необраб"), Status.WAIT),
    (_any("не дозв, недозв, не отвеч, нет ответ, без ответ, не берет труб, недоступ"), Status.WAIT),
    (_any("not valid, non valid, не валид, невалид"), Status.TRASH),
    (_any("disapprov, dis approv"), Status.CANCEL),
    (_NEGATION, None),
    (re.compile(rf"\b(?:un|dis|не)(?:{_either(_APPROVAL)})"), None),
    (_any("trash, fake, spam, invalid, bad=, wrong, fraud, junk, test=, testing, tested"), Status.TRASH),
    (_any("треш, трэш, фейк, спам, мусор, фрод, неверн, некорректн, тест=, тестов"), Status.TRASH),
    (_any("cancel, reject, declin, refus, denied, deny, return, refund, chargeback, abort, lost"), Status.CANCEL),
    (_any("doubl, dubl, dupl, отмен, отказ, отклон, аннулир, возвра, дубл"), Status.CANCEL),
    (_any("hold, held=, pre approv, preapprov, холд, удержан"), Status.HOLD),
    (_any("pending, wait, await, in process, inprocess, processing, process=, progress, in work, to be="), Status.WAIT),
    (_any("callback, call back, call again, call later, recall"), Status.WAIT),
    (
        _any("ожида, ждет=, ждут=, обработк, обрабатыва, перезвон, в работе=, в работу=, рассмотр, рассматр"),
        Status.WAIT,
    ),
    (_any(_STAGE), None),
    (re.compile(rf"\b(?:{_either(_BEFORE)}) (?:{_either(_APPROVAL)})"), None),
    (re.compile(rf"\b(?:{_either(_APPROVAL)})\w* (?:{_either(_AFTER)})\b"), None),
    (_any(_APPROVAL), Status.APPROVE),
    (
        _any("new=, lead=, open=, opened=, create, sent=, added=, none=, новый, новая, новое, создан, отправлен"),
        Status.WAIT,
    ),
)
_CAMEL = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")
_PARTS = re.compile(r"[^\W\d_]+")


def _general(word: str) -> Status | None:
    word = unicodedata.normalize("NFKC", word)
    text = " ".join(_PARTS.findall(_CAMEL.sub(" ", word).casefold().replace("ё", "е")))
    return next((status for pattern, status in _RULES if pattern.search(text)), None)
