import io
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.utils import translation
from openpyxl import Workbook, load_workbook

from affiliate import sheets
from affiliate.sheets import Unreadable


def rows(data: bytes | str) -> list[list[str]]:
    return list(sheets.rows(io.BytesIO(data.encode() if isinstance(data, str) else data)))


def xlsx(*lines, formats=None) -> bytes:
    """A workbook with the lines; `formats` are number formats by a cell's name."""
    book = Workbook()
    for line in lines:
        book.active.append(line)
    for name, number_format in (formats or {}).items():
        book.active[name].number_format = number_format
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def csv_of(lines) -> str:
    return b"".join(sheets.csv_lines(lines)).decode("utf-8-sig")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_is_found(delimiter):
    text = "\r\n".join([delimiter.join(["phone", "name"]), delimiter.join(["+40712345678", "Ion"])])
    assert rows(text) == [["phone", "name"], ["+40712345678", "Ion"]]


def test_signs_inside_texts_do_not_mislead_about_the_delimiter():
    text = 'phone;address\n1;"Strada Lungă, 5, ap. 3"\n2;"Cluj, RO"\n3;Iași, RO\n'
    assert [line[0] for line in rows(text)] == ["phone", "1", "2", "3"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_usual_encoding_is_found(encoding):
    assert rows("телефон;имя\n79991234567;Мария\n".encode(encoding))[1] == ["79991234567", "Мария"]


def test_the_first_letter_outside_ascii_may_come_late():
    text = "phone,name\n" + "79991234567,Ivan\n" * 20_000 + "79991234567,Мария\n"
    assert rows(text.encode("cp1251"))[-1] == ["79991234567", "Мария"]


def test_a_quoted_cell_may_have_line_breaks_and_quotation_marks():
    assert rows('name,comment\nIon,"two\nlines, ""quoted"""\nAna,one\n') == [
        ["name", "comment"],
        ["Ion", 'two\nlines, "quoted"'],
        ["Ana", "one"],
    ]


def test_one_column_is_a_table_too():
    assert rows("phone\n+40712345678\n") == [["phone"], ["+40712345678"]]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (40712345678, "General", "40712345678"),
        (40712345678.0, "General", "40712345678"),
        (4.0712345678e10, "0.00E+00", "40712345678"),
        ("+40712345678", "General", "+40712345678"),
        (712345678, "0000000000", "0712345678"),
        (12.5, "General", "12.5"),
        (0.00001, "General", "0.00001"),
        (date(2026, 11, 28), "dd.mm.yyyy", "2026-11-28"),
        (datetime(2026, 11, 28, 4, 5), "dd.mm.yyyy hh:mm", "2026-11-28 04:05:00"),
        (time(4, 5), "hh:mm", "04:05:00"),
        (True, "General", "TRUE"),
    ],
)
def test_cells_of_a_workbook_read_as_people_typed_them(value, number_format, text):
    assert rows(xlsx(["value"], [value], formats={"A2": number_format}))[1] == [text]


def test_records_carry_the_row_numbers_that_the_spreadsheet_shows():
    text = "phone,name\n\n1,Ion\n,\n2,Ana\n"
    found = list(sheets.records(io.BytesIO(text.encode())))
    assert [(one.row, one.cells) for one in found] == [
        (3, {"phone": "1", "name": "Ion"}),
        (5, {"phone": "2", "name": "Ana"}),
    ]


def test_columns_without_a_name_or_with_the_same_name_are_told_apart():
    table = io.BytesIO(b"phone,,phone\n1,2,3,4\n")
    assert sheets.header(table) == ["phone", "B", "phone (2)"]
    assert next(sheets.records(table)).cells == {"phone": "1", "B": "2", "phone (2)": "3", "D": "4"}


def test_a_short_row_is_filled_up():
    assert next(sheets.records(io.BytesIO(b"phone,name\n1\n"))).cells == {"phone": "1", "name": ""}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel 97-2003"),
        (b"%PDF-1.7\n%\xe2\xe3", "no table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "no table|damaged"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        (b"PK\x03\x04 cut off", "cut off"),
        (b'phone,name\n1,"' + b"x" * 200_000, "quotation mark"),
        (b"x" * (sheets.LONGEST_LINE + 1), "longer than"),
        (b"a," * (sheets.MOST_COLUMNS + 1) + b"a", "columns"),
        (b"\xff\xfe" + "phone".encode("utf-16-le") + b"\x00", "damaged"),
    ],
)
def test_a_file_that_is_no_table_says_why(data, words):
    with pytest.raises(Unreadable, match=words):
        rows(data)


def test_a_zip_that_is_no_workbook_is_told():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(Unreadable, match="damaged"):
        rows(file.getvalue())


def test_a_small_file_that_unpacks_to_gigabytes_is_refused(monkeypatch):
    monkeypatch.setattr(sheets, "LARGEST_UNPACKED", 1000)
    with pytest.raises(Unreadable, match="too large"):
        rows(xlsx(["phone"], ["1"]))


def test_an_empty_file_has_no_header():
    assert rows(b"") == []
    with pytest.raises(Unreadable, match="no rows"):
        sheets.header(io.BytesIO(b"\n\n"))


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd"])
def test_texts_that_a_spreadsheet_would_run_come_out_as_texts_and_come_back_unchanged(text):
    written = csv_of([["name"], [text]])
    assert written.splitlines()[1].strip('"').startswith("'")
    assert rows(written) == [["name"], [text]]


@pytest.mark.parametrize("text", ["+40712345678", "-5", "+7 (999) 123-45-67"])
def test_phones_and_numbers_are_written_as_they_are(text):
    assert csv_of([[text]]).strip() == text


def test_values_of_rows_are_written_as_plain_text():
    moment = datetime(2026, 11, 28, 4, 5, tzinfo=UTC)
    assert csv_of([[1, Decimal("12.50"), None, moment, "a,b"]]) == '1,12.50,,2026-11-28 04:05:00,"a,b"\r\n'


def test_where_a_comma_is_the_decimal_sign_columns_are_cut_by_semicolons():
    with translation.override("ru"):
        assert csv_of([["a", "b"]]) == "a;b\r\n"


def test_a_written_workbook_reads_back():
    lines = [["телефон", "сумма", "note"], ["+40712345678", Decimal("12.5"), "=1+1"], ["007", 3, "bell\x07"]]
    file = io.BytesIO()
    sheets.write_xlsx(lines, file, title="Leads: all/new")
    assert rows(file.getvalue()) == [
        ["телефон", "сумма", "note"],
        ["+40712345678", "12.5", "=1+1"],
        ["007", "3", "bell"],
    ]
    assert load_workbook(file).worksheets[0]["C2"].data_type == "s"
