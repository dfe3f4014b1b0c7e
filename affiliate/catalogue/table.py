"""The table of an uploaded file: known columns, texts of cells, and what is wrong with the file as such."""

from dataclasses import dataclass, field
from typing import BinaryIO

from django.utils.translation import gettext as _

from affiliate import sheets
from affiliate.catalogue import columns

MOST_ROWS = 5000
LARGEST = 5 * 1024 * 1024


@dataclass(frozen=True)
class Problem:
    """What cannot be taken: `row` as a spreadsheet counts, `column` by its header, both 0 or "" for the whole file."""

    row: int
    column: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Row:
    """Cells by the keys of their columns; a column that the file does not have is absent."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")

    @property
    def kind(self) -> str:
        if self["geo"]:
            return "geo"
        return "flow" if self["network"] or self["number"] else "offer"


@dataclass
class Table:
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def as_json(self) -> list:
        """For a file without problems."""
        keys = list(self.rows[0].cells) if self.rows else []
        return [keys, [[row.number, *(row.cells[key] for key in keys)] for row in self.rows]]

    @classmethod
    def of_json(cls, kept: list) -> "Table":
        keys, rows = kept
        return cls([Row(number, dict(zip(keys, cells, strict=True))) for number, *cells in rows])


def read(file: BinaryIO) -> Table:
    """CSV or XLSX. Raises sheets.Unreadable."""
    table, known = Table(), columns.by_header()
    keys: dict[str, str] = {}
    for name in sheets.header(file):
        if key := known.get(name.lower()):
            keys[name] = key
    table.problems += _missing(set(keys.values())) + _twice(keys)
    strange: set[str] = set()
    for record in sheets.records(file):
        if len(table.rows) == MOST_ROWS:
            message = _("The file has more than %(most)s rows.") % {"most": MOST_ROWS}
            table.problems.append(Problem(record.row, "", message, _("Split it into several files.")))
            break
        unknown = [name for name, text in record.cells.items() if text and name not in keys and name not in strange]
        strange |= set(unknown)
        table.problems += [_unknown(record.row, name) for name in unknown]
        cells = {key: record.cells.get(name, "") for name, key in keys.items()}
        if any(cells.values()):
            table.rows.append(Row(record.row, cells))
    if not table.rows and not table.problems:
        table.problems.append(Problem(0, "", _("The file has no rows below its header."), _("Fill in at least one.")))
    return table


def _missing(keys: set[str]) -> list[Problem]:
    if "offer" in keys:
        return []
    message = _("There is no column “%(name)s”.") % {"name": columns.header("offer")}
    return [Problem(1, "", message, _("Name the columns in the first row as the exported file does."))]


def _twice(keys: dict[str, str]) -> list[Problem]:
    seen, found = set(), []
    for name, key in keys.items():
        if key in seen:
            found.append(Problem(1, name, _("This column stands there twice."), _("Keep one of the two.")))
        seen.add(key)
    return found


def _unknown(row: int, name: str) -> Problem:
    remedy = _("Name it as the exported file does, a parameter as “Network: label”, or remove the column.")
    return Problem(row, name, _("There is no such column."), remedy)
