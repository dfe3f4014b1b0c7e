"""The reference system's names for a lead's fields, and its words and numbers for what became of one."""

from collections.abc import Mapping

from affiliate.intake import normalise
from affiliate.intake.errors import FieldError
from affiliate.vocabulary import Delivery, Status

# Their name → ours; a long name that is sent too wins.
_NAMES = {
    "us": "utm_source",
    "uc": "utm_campaign",
    "un": "utm_content",
    "ut": "utm_term",
    "um": "utm_medium",
    **{f"subid{number}": f"sub{number}" for number in range(1, 6)},
    "ua": "user_agent",
    "comm": "comment",
    "index": "zip",
    "area": "region",
    "count": "quantity",
    "base": "price",
}
# Tracking labels that are too long are cut, not refused: old landing pages pass on whatever an address holds, and nobody
# reads what they are answered.
_LABELS = tuple(f"sub{number}" for number in range(1, 6))
_LABEL_LIMIT = normalise.limit("sub1")
# Several of their fields that make one of ours.
_JOINED = {"name": (("name", "last"), " "), "address": (("address", "street", "addr"), ", ")}
# Authority and its signature: no part of a lead.
_AUTHORITY = {"id", "_nonce", "_timer"}

_MISSING = {"offer": "nooffer", "phone": "nophone"}
_WRONG = {"offer": "offer", "phone": "phone", "email": "email"}
_ORDER = ["offer", "phone", "email"]

# Phases of an order in their numbering; a lead that the network has is "processing".
_NUMBERS = {Status.WAIT: 1, Status.HOLD: 4, Status.APPROVE: 6, Status.CANCEL: 5, Status.TRASH: 12}
_PROCESSING = 2
STAGES = {
    "w": [Status.WAIT],
    "a": [Status.HOLD, Status.APPROVE],
    "c": [Status.CANCEL, Status.TRASH],
}


def to_ours(fields: Mapping) -> dict:
    """A lead as the intake service takes it. What the hub has no column for stays under its name."""
    data = {name: value for name, value in fields.items() if name not in _AUTHORITY}
    for theirs, ours in _NAMES.items():
        value = data.pop(theirs, None)
        if data.get(ours) in (None, ""):
            data[ours] = value
    for label in _LABELS:
        if isinstance(data.get(label), str):
            data[label] = data[label][:_LABEL_LIMIT]
    for ours, (parts, mark) in _JOINED.items():
        values = [data.pop(part) for part in parts if part in data]
        texts = [value.strip() if isinstance(value, str) else value for value in values]
        texts = [value for value in texts if value not in (None, "")]
        data[ours] = mark.join(map(str, texts)) if len(texts) > 1 else next(iter(texts), None)
    return data


def error(word: str, info: str, **more) -> dict:
    """Their answer to what cannot be done; `info` is for people."""
    return {"status": "error", "error": word, "info": info, **more}


def error_of(errors: list[FieldError], sent: Mapping) -> dict:
    """Their answer to wrong fields: the word of the gravest, the field as it was called in what was sent, what to do."""
    first = min(errors, key=lambda error: _ORDER.index(error.field) if error.field in _ORDER else len(_ORDER))
    if first.code in ("reused", "duplicate"):
        word = "duplicate"
    elif first.code == "banned":
        word = "ban"
    else:
        word = (_MISSING if first.code == "required" else _WRONG).get(first.field, "data")
    return error(word, f"{first.message} {first.remedy}", bad=_called(first.field, sent))


def _called(field: str, sent: Mapping) -> str:
    return next((theirs for theirs, ours in _NAMES.items() if ours == field and theirs in sent), field)


def number_of(status: str, delivery: str) -> int:
    """Their number of an order's state."""
    if status == Status.WAIT and delivery == Delivery.DELIVERED:
        return _PROCESSING
    return _NUMBERS[Status(status)]
