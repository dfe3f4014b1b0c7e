"""The addresses a manager types in a network's account."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from affiliate.integrations.base import Integration

PATH = "/api/sale/status.json"


@dataclass(frozen=True)
class PostbackURL:
    """`url` is "" for a slot that has to stay empty."""

    event: str
    url: str


def prefix(site: str, network_id: int, key: str) -> str:
    """The start of every postback URL of a network; a tail is appended to it."""
    return f"{site.rstrip('/')}{PATH}?id={network_id}-{quote(key, safe='')}"


def join(start: str, tail: str) -> str:
    """Some networks' tails begin with `&`, some do not; macros stay as they are written."""
    return f"{start}&{tail.lstrip('&?')}"


def postback_urls(integration: type[Integration], start: str) -> Sequence[PostbackURL]:
    return [PostbackURL(str(tail.event), join(start, tail.tail) if tail.tail else "") for tail in integration.tails]


def postback_fields(integration: type[Integration], *, domain: str, identity: str) -> list[tuple[str, str]]:
    """The fields of a network that takes no plain URL; `identity` is the network's id and postback key, `7-abc`."""
    return [
        (str(name), str(value).replace("{domain}", domain).replace("{id}", identity))
        for name, value in integration.postback_fields
    ]
