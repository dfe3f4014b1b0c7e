"""What is in force of a description: the manager's words over what the integration's class declares."""

from collections.abc import Mapping
from copy import deepcopy

from affiliate.integrations.description import placeholders
from affiliate.vocabulary import Status


def given(description, part: str):
    """What the manager wrote of a part, `push` or `poll`; None when nothing."""
    return description.get(part) if isinstance(description, Mapping) else None


def merged(description, integration, part: str) -> dict:
    """A part of the protocol, key by key the manager's or else the declared one; {} when the manager wrote nothing."""
    written = given(description, part)
    if not isinstance(written, Mapping):
        return {}
    return {**(getattr(integration, f"described_{part}") or {}), **written}


def confirmed(description) -> bool:
    """Whether a person confirmed the poll."""
    poll = given(description, "poll")
    return isinstance(poll, Mapping) and poll.get("confirmed") is True


def statuses(raw) -> dict[str, Status]:
    """A map of words as typed; what is no status of ours is left out."""
    pairs = raw.items() if isinstance(raw, Mapping) else ()
    return {str(word): Status(ours) for word, ours in pairs if isinstance(ours, str) and ours in set(Status)}


def over(described: Mapping[str, Status], known: Mapping[str, Status]) -> dict[str, Status]:
    """Described words first; a known word that is described too, in whatever capitals, gives way."""
    folded = {word.casefold() for word in described}
    return {**described, **{word: status for word, status in known.items() if word.casefold() not in folded}}


def starter(integration) -> dict:
    """The description a manager starts from: what is known of the protocol, to be completed."""
    start = {}
    if integration.described_push:
        start["push"] = {"confirmed": False, **deepcopy(dict(integration.described_push))}
    if integration.described_poll:
        start["poll"] = {"confirmed": False, **deepcopy(dict(integration.described_poll))}
    return start


def names_used(part: Mapping) -> set[str]:
    """The names of every placeholder in a valid part."""
    texts = [part["url"], *part.get("headers", {}).values(), *(field["value"] for field in part.get("fields", []))]
    for recipe in part.get("signatures", {}).values():
        texts += [recipe["of"], recipe.get("key", "")]
    return set().union(*map(placeholders.names, texts))
