"""A status poll by description."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from affiliate.integrations.description import answers, parts
from affiliate.integrations.description.building import build
from affiliate.integrations.description.scopes import poll_scope
from affiliate.integrations.description.validation import first_problem, no_address
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer, Node
from affiliate.integrations.outcomes import Misconfigured

BATCH = 50


def batch(integration) -> int:
    """How many leads one request of the described poll takes."""
    part = parts.merged(integration.description, integration, "poll")
    if not part or first_problem(integration, "poll") or _one_by_one(part):
        return 1
    return part.get("batch", BATCH)


def by_oid(integration) -> bool:
    """Whether the described poll needs no id of the network's to find a lead."""
    part = parts.merged(integration.description, integration, "poll")
    used = parts.names_used(part) if part else set()
    return not used & {"eids", "lead.eid"} and bool(part) and (part.get("id_is") == "oid" or "lead.oid" in used)


def poll(integration, asked):
    """The conversation of `Integration.poll`; `asked` is an `Asked`."""
    if not parts.confirmed(integration.description):
        return Misconfigured(_("The status poll is not described, or nobody has confirmed its description."))
    if problem := first_problem(integration, "poll"):
        return Misconfigured(problem)
    part = parts.merged(integration.description, integration, "poll")
    for pack in _packs(part, asked.leads, batch(integration)):
        request = build(part, poll_scope(integration, part, pack), commits=False)
        if request is None:
            return Misconfigured(no_address())
        answer = yield request
        found = answers.tree(answer)
        rule = answers.first(part.get("errors", []), answer, found)
        if rule and rule["then"] == "absent":
            continue
        if rule:
            return answers.end(rule, part, answer, found)
        failure = yield from _reports(integration, part, asked, pack, answer, found)
        if failure:
            return failure
    return None


def _one_by_one(part: Mapping) -> bool:
    return any(name.startswith("lead.") for name in parts.names_used(part))


def _packs(part: Mapping, leads: Sequence[Lead], size: int):
    """The leads that can be asked for, in packs: one without the id that the poll sends cannot."""
    used = parts.names_used(part)
    if used & {"eids", "lead.eid"}:
        leads = [lead for lead in leads if lead.eid]
    if used & {"oids", "lead.oid"}:
        leads = [lead for lead in leads if lead.oid]
    for start in range(0, len(leads), size):
        yield leads[start : start + size]


def _reports(integration, part: Mapping, asked, pack: Sequence[Lead], answer: Answer, found: Node):
    rows = _rows(part, found)
    if not answer.ok or rows is None:
        return integration.unexpected(answer)
    own = {word.casefold(): status for word, status in parts.statuses(part.get("statuses")).items()}
    alone = "list" not in part and "id" not in part
    understood = not rows
    for key, row in rows:
        found_id, word = row.text(part["id"]) if "id" in part else key, row.text(part["status"])
        lead = pack[0] if alone else asked.find(**{part.get("id_is", "eid"): found_id})
        understood = understood or bool(word and (alone or found_id))
        if lead and word:
            yield integration.report(
                lead,
                word,
                status=own.get(word.casefold()),
                comment=_said(row, part, "comment"),
                payout=_said(row, part, "payout"),
                currency=_said(row, part, "currency"),
            )
    # Rows of which none has an id and a word are of another shape than described.
    return None if understood else integration.unexpected(answer)


def _rows(part: Mapping, found: Node) -> list[tuple[str, Node]] | None:
    """Rows with their keys, "" in a list; without `list` the answer itself is the row. None when there are none."""
    if "list" not in part:
        return [("", found)] if found.value is not None else None
    rows = found.items(part["list"])
    if rows is not None:
        return [("", row) for row in rows]
    entries = found.entries(part["list"])
    return None if entries is None else list(entries.items())


def _said(row: Node, part: Mapping, key: str) -> str:
    return row.text(part[key]) if part.get(key) else ""
