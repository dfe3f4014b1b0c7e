"""Which event of a network's account a call comes from."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl

from affiliate.integrations.fields import Tail
from affiliate.models import Postback
from affiliate.postbacks.calls import FIELDS
from affiliate.postbacks.recognition import macro
from affiliate.postbacks.self_test import MARK


def from_networks(calls: Iterable[Postback]) -> list[Postback]:
    """Without the calls of our own tests."""
    return [call for call in calls if not call.fields.get("oid", "").startswith(MARK)]


def newest_hits(tails: Sequence[Tail], calls: Iterable[Postback]) -> list[Postback | None]:
    """The first of `calls` for each tail. A call is of the tail that has the most of its constants: `status=approve`.

    Tails that have the same constants cannot be told apart.
    """
    constants = [_constants(tail) for tail in tails]
    hits: list[Postback | None] = [None] * len(tails)
    for call in calls:
        fitting = [one is not None and one.items() <= call.fields.items() for one in constants]
        most = max((len(one) for one, fits in zip(constants, fitting, strict=True) if fits), default=0)
        for number, one in enumerate(constants):
            if fitting[number] and len(one) == most and hits[number] is None:
                hits[number] = call
    return hits


def _constants(tail: Tail) -> Mapping[str, str] | None:
    """None for a slot that stays empty."""
    if tail.tail is None:
        return None
    return {name: value for name, value in parse_qsl(tail.tail) if name in FIELDS and not macro(value)}
