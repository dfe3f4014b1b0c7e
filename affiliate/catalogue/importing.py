"""What a table makes of the offers, flows and geos: planned first, shown, then stored in one transaction.

The same table a second time changes nothing. Rows that the table does not have stay as they are, columns that it does not
have too; an empty cell empties the value. Networks are never made.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from affiliate.catalogue import cells, columns
from affiliate.catalogue.changes import Change, Texts
from affiliate.catalogue.export import OF_FLOW
from affiliate.catalogue.stock import Stock, Wrong
from affiliate.catalogue.table import Problem, Row, Table
from affiliate.integrations import registry
from affiliate.models import Flow, Geo, Offer


@dataclass
class Plan:
    """`touched` are the flows whose leads may get other values, each with the geos it will have."""

    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    touched: list[tuple[Flow, list[Geo]]] = field(default_factory=list)
    same: int = 0

    def mark(self) -> str:
        """The same for two plans that do the same."""
        does = [[one.row, one.title, one.new, one.values] for one in self.changes]
        return hashlib.sha256(json.dumps(does).encode()).hexdigest()


class Outdated(Exception):
    """Meanwhile the table would do something else than what was shown."""


def plan(table: Table) -> Plan:
    """In four queries; nothing is stored."""
    return _Planner(table).made()


@transaction.atomic
def carry_out(table: Table, *, shown: str) -> Plan:
    """Store all of it or nothing. `shown` is the mark of the plan a person agreed to. Raises Outdated."""
    titles = {row["offer"] for row in table.rows}
    # Another import waits here, so that none makes the same flow a second time.
    list(Offer.objects.select_for_update().filter(title__in=titles).order_by("pk").values_list("pk"))
    made = plan(table)
    if made.problems or made.mark() != shown:
        raise Outdated
    for change in made.changes:
        change.store()
    return made


class _Planner:
    def __init__(self, table: Table):
        self.table, self.stock, self.texts = table, Stock(), Texts(table)
        self.plan = Plan(problems=list(table.problems))
        self.changes: dict[int, Change] = {}
        self.used: dict[int, set[str]] = {}
        for flow in self.stock.flows():
            self.used.setdefault(id(flow.offer), set()).add(flow.network.integration)

    def made(self) -> Plan:
        """Offers first, then flows, then geos: a row may name what another one makes."""
        for kind, read in (("offer", self._offer), ("flow", self._flow), ("geo", self._geo)):
            for row in self.table.rows:
                if row.kind == kind:
                    self._tried(row, read)
        self.plan.changes = [change for change in self.changes.values() if change.needed]
        self.plan.same = len(self.changes) - len(self.plan.changes)
        self.plan.touched = list(self._touched())
        self.plan.problems.sort(key=lambda problem: problem.row)
        return self.plan

    def _tried(self, row: Row, read: Callable) -> None:
        try:
            read(row)
        except Wrong as wrong:
            self._tell(row, wrong)

    def _offer(self, row: Row) -> None:
        offer = self.stock.offer(row)
        change = self._begin(row, offer, offer.title)
        self._set(change, row, ["enabled"])
        self._refuse(row, [name for name in OF_FLOW if name != "enabled"] + ["flow"])
        values, problems = self.texts.of_offer(row, self.used.get(id(offer), set()))
        self._put(change, row, values, problems)
        self._check(change, row)

    def _flow(self, row: Row) -> None:
        flow = self.stock.flow(row, make=True)
        if flow.offer._state.adding and id(flow.offer) not in self.changes:
            # It has no row of its own.
            self.changes[id(flow.offer)] = Change(row.number, flow.offer, flow.offer.title)
        change = self._begin(row, flow, str(flow))
        if row["number"] and "flow" in row.cells:
            change.assign("title", row["flow"], "flow")
        self._set(change, row, OF_FLOW)
        self._put(change, row, *self.texts.of_flow(row, flow))
        self._check(change, row)

    def _geo(self, row: Row) -> None:
        geo = self.stock.geo(row)
        change = self._begin(row, geo, str(geo))
        self._refuse(row, OF_FLOW)
        self._put(change, row, *self.texts.of_flow(row, geo.flow))

    def _begin(self, row: Row, target: models.Model, title: str) -> Change:
        """The change that the row asks for. Raises Wrong where an earlier row was about the same."""
        earlier = self.changes.get(id(target))
        if earlier:
            text = _("Row %(row)s is about the same.") % {"row": earlier.row}
            raise Wrong("", text, _("Keep one of the two rows."))
        change = self.changes[id(target)] = Change(row.number, target, title)
        return change

    def _set(self, change: Change, row: Row, names: Iterable[str]) -> None:
        for name in names:
            if name not in row.cells:
                continue
            try:
                change.assign(name, cells.read(name, row[name]), name)
            except cells.Unset:
                continue
            except ValueError as error:
                self._tell(row, _useless(name, row, str(error)))

    def _put(self, change: Change, row: Row, values: dict, problems: list[Wrong]) -> None:
        change.put(values)
        for wrong in problems:
            self._tell(row, wrong)

    def _check(self, change: Change, row: Row) -> None:
        """The model's own rules. Links are right already, and titles of offers are found, not made twice."""
        target = change.target
        relations = [one.name for one in target._meta.concrete_fields if one.remote_field]
        try:
            target.clean_fields(exclude=relations)
        except ValidationError as wrong:
            for name, texts in wrong.message_dict.items():
                key = {"title": "offer" if isinstance(target, Offer) else "flow"}.get(name, name)
                self._tell(row, _useless(key, row, " ".join(texts)))

    def _refuse(self, row: Row, keys: Iterable[str]) -> None:
        for key in keys:
            if row[key]:
                self._tell(row, Wrong(key, _("Only flows have it."), _("Empty the cell.")))

    def _tell(self, row: Row, wrong: Wrong) -> None:
        column = columns.header(wrong.key) if wrong.key else ""
        self.plan.problems.append(Problem(row.number, column, wrong.message, wrong.remedy))

    def _touched(self) -> Iterable[tuple[Flow, list[Geo]]]:
        changed = {id(change.target) for change in self.plan.changes}
        for flow in self.stock.flows():
            geos = self.stock.geos(flow)
            known = flow.network.integration in registry.integrations()
            if known and changed & {id(flow), id(flow.offer), *map(id, geos)}:
                yield flow, geos


def _useless(key: str, row: Row, remedy: str) -> Wrong:
    return Wrong(key, _("“%(text)s” cannot be used.") % {"text": row[key]}, remedy)
