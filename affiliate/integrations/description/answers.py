"""Reads an answer by described rules."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

from affiliate.integrations.messages import TRY_LATER, Answer, Node, compact_json
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Outcome, Postponed, Refused
from affiliate.vocabulary import Status

PUSH_ENDS = ("accepted", "duplicate", "refused", "misconfigured", "postponed")
POLL_ENDS = ("misconfigured", "postponed", "absent")
_DEEPEST = 30


def verdict(part: Mapping, answer: Answer, integration) -> Outcome:
    """The outcome of a push by the first rule that holds. Accepted without the id that was to be there is no verdict."""
    found = tree(answer)
    rule = first(part["rules"], answer, found)
    if rule is None:
        return integration.unexpected(answer)
    path = rule.get("eid", part.get("eid"))
    eid = found.text(path) if path else ""
    status = Status(rule["status"]) if "status" in rule else None
    if rule["then"] == "accepted":
        if path and not eid:
            return integration.unexpected(answer)
        if status:
            return Accepted(eid, status)
        return integration.accepted(eid, found.text(part["status"]) if part.get("status") else "")
    if rule["then"] == "duplicate":
        return Duplicate(eid, reason(part, found) or "duplicate", status or Status.CANCEL)
    if rule["then"] == "refused":
        return Refused(_said(part, answer, found), status or Status.CANCEL)
    return end(rule, part, answer, found)


def end(rule: Mapping, part: Mapping, answer: Answer, found: Node) -> Outcome:
    """The outcome of a rule that says nothing of one lead."""
    if rule["then"] == "postponed":
        return Postponed(_said(part, answer, found), answer.retry_after)
    return Misconfigured(_said(part, answer, found))


def first(rules: Sequence[Mapping], answer: Answer, found: Node) -> Mapping | None:
    """The rule that decides; none does where no answer came."""
    return None if answer.error else next((rule for rule in rules if _all_hold(rule["when"], answer, found)), None)


def _all_hold(when: Mapping | Sequence[Mapping], answer: Answer, found: Node) -> bool:
    return all(_holds(one, answer, found) for one in (when if isinstance(when, list) else [when]))


def _holds(when: Mapping, answer: Answer, found: Node) -> bool:
    if "http" in when and not _covers(http_ranges(when["http"]), answer.status):
        return False
    if "text" in when and when["text"].casefold() not in answer.text.casefold():
        return False
    return "path" not in when or _fits(when, found)


def _covers(ranges: Sequence[tuple[int, int]], status: int) -> bool:
    """A range leaves out the codes that mean "try later" at any service: only a code named alone stands for one."""
    return any(low <= status <= high and (low == high or status not in TRY_LATER) for low, high in ranges)


def _fits(when: Mapping, found: Node) -> bool:
    """An answer that cannot be read fits nothing, not even the absence of an error."""
    if found.value is None:
        return False
    if "equals" in when or "in" in when:
        wanted = when["in"] if "in" in when else [when["equals"]]
        return found.text(when["path"]).casefold() in {Node(one).text().casefold() for one in wanted}
    return bool(found.at(when["path"]).value) == ("exists" in when)


def http_ranges(written) -> list[tuple[int, int]] | None:
    """`200`, `"400-499"`, `"400,422"` as ranges; None when it is none of these."""
    if isinstance(written, bool) or not isinstance(written, (int, str)):
        return None
    ranges = []
    for one in str(written).split(","):
        match = re.fullmatch(r"\s*([1-5][0-9]{2})\s*(?:-\s*([1-5][0-9]{2})\s*)?", one)
        if not match:
            return None
        ranges.append((int(match[1]), int(match[2] or match[1])))
    return ranges


def reason(part: Mapping, found: Node) -> str:
    """What the network says of it: the first path that holds something; "" when none does."""
    paths = part.get("reason") or []
    for path in [paths] if isinstance(paths, str) else paths:
        said = found.at(path)
        if said.value:
            return said.text() or compact_json(said.value)
    return ""


def _said(part: Mapping, answer: Answer, found: Node) -> str:
    return reason(part, found) or f"HTTP {answer.status}: {answer.excerpt}".rstrip(": ")


def tree(answer: Answer) -> Node:
    """What paths lead through: JSON, or XML below its root; an empty node for everything else, web pages too."""
    return answer.json if answer.is_json else Node(_xml(answer.text))


def _xml(text: str):
    # Without a document type there are no entities to blow up.
    if not text.startswith("<") or "<!DOCTYPE" in text:
        return None
    try:
        root = ET.fromstring(text)
    except (ET.ParseError, ValueError):
        return None
    return None if _name(root).casefold() == "html" else _value(root, _DEEPEST)


def _value(element: ET.Element, depth: int):
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return text
    value = {f"@{name}": one for name, one in element.attrib.items()}
    if text:
        value["#text"] = text
    for child in element if depth else ():
        name, one = _name(child), _value(child, depth - 1)
        if isinstance(value.get(name), list):
            value[name].append(one)
        else:
            value[name] = [value[name], one] if name in value else one
    return value


def _name(element: ET.Element) -> str:
    """Without its namespace."""
    return str(element.tag).rpartition("}")[2]
