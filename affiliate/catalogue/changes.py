"""One offer, flow or geo with what a row changes of it, and the parameters that a row has."""

from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext as _

from affiliate.catalogue import cells, columns
from affiliate.catalogue.columns import ParameterColumn
from affiliate.catalogue.stock import Wrong
from affiliate.catalogue.table import Row, Table
from affiliate.integrations.masking import MASK
from affiliate.models import Flow

# A parameter's column and its new value, "" where the row empties it.
Values = dict[str, tuple[ParameterColumn, str]]


@dataclass
class Change:
    """What becomes of a row of the database. `values` are triples (column, old, new) as texts."""

    row: int
    target: models.Model
    title: str
    values: list[tuple[str, str, str]] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)

    def __post_init__(self):
        self.new = self.target._state.adding

    @property
    def needed(self) -> bool:
        return self.new or bool(self.values)

    def assign(self, name: str, value, key: str) -> None:
        old = getattr(self.target, name)
        if old == value:
            return
        shown = "" if self.new else cells.write(name, old)
        self.values.append((columns.header(key), shown, cells.write(name, value)))
        self.fields.add(name)
        setattr(self.target, name, value)

    def put(self, values: Values) -> None:
        """Parameters into the JSON column; those that the table does not name stay."""
        stored = dict(self.target.parameters or {})
        for name, (column, value) in values.items():
            old = str(stored.get(name) or "")
            if old == value:
                continue
            shown = [MASK if text and column.declared.secret else text for text in (old, value)]
            self.values.append((column.header, *shown))
            self.fields.add("parameters")
            stored.pop(name, None)
            if value:
                stored[name] = value
        self.target.parameters = stored

    def store(self) -> None:
        if self.new:
            self.target.save(force_insert=True)
        else:
            self.target.save(update_fields=self.fields)


class Texts:
    """Reads the parameters of a table's rows. Both ways return the values and what is wrong with others."""

    def __init__(self, table: Table):
        present = table.rows[0].cells if table.rows else {}
        self._columns = {key: column for key, column in columns.parameters().items() if key in present}

    def of_flow(self, row: Row, flow: Flow) -> tuple[Values, list[Wrong]]:
        """Also of its geos."""
        values, problems = {}, []
        for key, column in self._columns.items():
            if column.integration is not flow.network.integration_class:
                if row[key]:
                    words = {"network": flow.network, "integration": flow.network.integration_class.title}
                    text = _("%(network)s has no such parameter: it speaks %(integration)s.") % words
                    problems.append(Wrong(key, text, _("Empty the cell.")))
            else:
                self._read(row, key, column, values, problems)
        return values, problems

    def of_offer(self, row: Row, used: set[str]) -> tuple[Values, list[Wrong]]:
        """`used`: integrations of the offer's flows; an empty cell of another one's parameter empties nothing."""
        values, problems = {}, []
        for key, column in self._columns.items():
            if row[key] or column.integration.slug in used:
                self._read(row, key, column, values, problems)
        return values, problems

    def _read(self, row: Row, key: str, column: ParameterColumn, values: Values, problems: list[Wrong]) -> None:
        name, text = column.declared.name, row[key]
        if not text and column.declared.secret:
            return
        try:
            value = column.declared.clean(text) if text else ""
        except ValueError as error:
            problems.append(Wrong(key, _("“%(text)s” cannot be used.") % {"text": text}, str(error)))
            return
        other = values.get(name, (column, ""))[1]
        if value and other and value != other:
            text = _("Another network's column sets the same value to “%(other)s”.") % {"other": other}
            problems.append(Wrong(key, text, _("Type the same in both.")))
        elif value or name not in values:
            values[name] = (column, value)
