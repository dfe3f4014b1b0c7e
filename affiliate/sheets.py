"""Tables people keep in files: rows out of CSV and XLSX, and into them. Needs nothing of the hub."""

import codecs
import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import BinaryIO

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

DELIMITERS = ",;\t|"
MOST_COLUMNS = 500
# Characters of one line of text: an export of a database dump or a picture has no lines.
LONGEST_LINE = 1_000_000
# Bytes of an XLSX once unpacked: a small file may hold any number of zeros.
LARGEST_UNPACKED = 2 * 1024**3
LARGEST_STRINGS = 256 * 1024**2
_SAMPLE = 65536
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# What a spreadsheet would run as a formula; a phone with its plus and a negative number are none.
_FORMULA = re.compile(r"[=@\t\r]|[+\-](?![\d\s().,\-]*$)")
_GUARDED = re.compile(r"'(?=[=@+\-])")


class Unreadable(ValueError):
    """A file that holds no table we can read; the text says why and what to do."""


@dataclass(frozen=True)
class Record:
    """A row under its headers. `row` is its number as a spreadsheet shows it; cells are text, "" where empty."""

    row: int
    cells: dict[str, str]


def records(file: BinaryIO) -> Iterator[Record]:
    """Rows that are not empty, by the names in the first such row.

    A column without a name is called by its letter, the second one of a name `name (2)`. Raises Unreadable.
    """
    names = None
    for number, cells in enumerate(rows(file), 1):
        if not any(cells):
            continue
        if names is None:
            names = _names(cells)
            continue
        # A row may be longer than the first one, or shorter.
        names += [get_column_letter(column + 1) for column in range(len(names), len(cells))]
        yield Record(number, dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=True)))


def header(file: BinaryIO) -> list[str]:
    """The names `records` gives the columns. Raises Unreadable, also when the file is empty."""
    for cells in rows(file):
        if any(cells):
            return _names(cells)
    raise Unreadable(_("The file has no rows. Its first row must name the columns."))


def rows(file: BinaryIO) -> Iterator[list[str]]:
    """Every row from the first on, empty ones too, so that counting gives the numbers a spreadsheet shows.

    CSV: comma, semicolon, tab or bar; UTF-8, UTF-16 or Windows-1251; quoted line breaks. XLSX: the first sheet, numbers
    and dates as people typed them. Reads a row at a time. Raises Unreadable, perhaps after some rows.
    """
    file.seek(0)
    start = file.read(_SAMPLE)
    if start.startswith(_OLD_EXCEL):
        raise Unreadable(_("This is a file of Excel 97-2003. Save it as XLSX or CSV."))
    found = _of_xlsx(file) if start.startswith(_ZIP) else _of_csv(file, start)
    for number, cells in enumerate(found, 1):
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            text = _("Row %(row)s has %(count)s columns; at most %(most)s are read.")
            raise Unreadable(text % {"row": number, "count": len(cells), "most": MOST_COLUMNS})
        yield cells


def csv_lines(rows: Iterable[Iterable]) -> Iterator[bytes]:
    """UTF-8 with a mark that Excel knows it by; semicolons where the reader's language writes decimal commas, as Excel does."""
    text = io.StringIO()
    delimiter = ";" if formats.get_format("DECIMAL_SEPARATOR") == "," else ","
    writer = csv.writer(text, delimiter=delimiter)
    text.write("\ufeff")
    for cells in rows:
        writer.writerow([_guarded(_plain(value)) for value in cells])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


def write_xlsx(rows: Iterable[Iterable], file: BinaryIO, *, title: str = "") -> None:
    """One sheet; texts stay texts, whatever they begin with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", title)[:31] or None)
    for cells in rows:
        sheet.append([_xlsx_cell(sheet, value) for value in cells])
    book.save(file)


def _names(cells: list[str]) -> list[str]:
    names, seen = [], Counter()
    for index, cell in enumerate(cells, 1):
        name = " ".join(cell.split()) or get_column_letter(index)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _of_csv(file: BinaryIO, start: bytes) -> Iterator[list[str]]:
    encoding = _encoding(file, start)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="strict" if encoding.startswith("utf") else "replace", newline="")
    try:
        sample = text.read(_SAMPLE // 4)
        _refuse_other_files(sample)
        text.seek(0)
        reader = csv.reader(_lines(text), delimiter=_delimiter(sample))
        for cells in reader:
            yield [_unguarded(cell.strip()) for cell in cells]
    except csv.Error:
        raise Unreadable(
            _("A quotation mark that is opened before line %(line)s is not closed.") % {"line": reader.line_num}
        ) from None
    except UnicodeError:
        raise Unreadable(_("The text is damaged. Save the file as CSV in UTF-8.")) from None
    finally:
        # Who stops in the middle may have closed the file by now.
        with suppress(ValueError):
            text.detach()


def _encoding(file: BinaryIO, start: bytes) -> str:
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Every second byte of Latin letters and digits in UTF-16 is zero.
    if b"\x00" in start[:200]:
        return "utf-16-le" if start[1:200:2].count(0) > start[:200:2].count(0) else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while piece := file.read(1024 * 1024):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return "cp1251"
    return "utf-8"


def _refuse_other_files(sample: str) -> None:
    begin = sample.lstrip().lower()
    if begin.startswith(("<!doctype", "<html", "<?xml", "<table")):
        raise Unreadable(_("This is a web page, not a table. Save it as XLSX or CSV."))
    if "\x00" in sample or begin.startswith("%pdf"):
        raise Unreadable(_("This is no table. Save it as XLSX or CSV."))


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Unreadable(_("A line is longer than %(most)s characters: this is no table.") % {"most": LONGEST_LINE})
        yield line


def _delimiter(sample: str) -> str:
    """The one that cuts most rows into as many cells as the first row."""

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            cut = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if any(row)][:50]
        except csv.Error:
            return 0, 0
        width = len(cut[0]) if cut else 0
        return (sum(len(row) == width for row in cut) / len(cut), width) if width > 1 else (0, 0)

    return max(DELIMITERS, key=fit)


def _of_xlsx(file: BinaryIO) -> Iterator[list[str]]:
    _refuse_bombs(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # Programs write wrong dimensions; without them rows are as long as they are.
        sheet.reset_dimensions()
        for cells in sheet.iter_rows():
            yield [_unguarded(_typed(cell)) for cell in cells]
    except Unreadable:
        raise
    except Exception as error:
        # The parser raises anything from KeyError to ParseError for a damaged file.
        text = _("The XLSX file is damaged (%(error)s). Open it and save it once more, or save it as CSV.")
        raise Unreadable(text % {"error": type(error).__name__}) from error


def _refuse_bombs(file: BinaryIO) -> None:
    try:
        parts = zipfile.ZipFile(file).infolist()
    except zipfile.BadZipFile:
        raise Unreadable(_("The XLSX file is cut off. Upload it once more.")) from None
    strings = sum(part.file_size for part in parts if part.filename.endswith(("sharedStrings.xml", "styles.xml")))
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED or strings > LARGEST_STRINGS:
        raise Unreadable(_("The XLSX file is too large once unpacked. Save it as CSV, or split it."))


def _typed(cell) -> str:
    """As the cell's writer sees it: no exponent, no “.0”, leading zeros where the format shows them."""
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and set(cell.number_format) == {"0"}:
        return str(value).zfill(len(cell.number_format))
    return _plain(value).strip()


def _plain(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (float, Decimal)):
        return format(Decimal(str(value)), "f")
    if isinstance(value, datetime):
        value = timezone.localtime(value).replace(tzinfo=None) if value.tzinfo else value
        return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _unguarded(text: str) -> str:
    """Without the apostrophe that keeps a text from being run, ours or a spreadsheet's."""
    return _GUARDED.sub("", text, count=1)


def _xlsx_cell(sheet, value):
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", _plain(value))
    if not text.startswith("="):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
