"""CSV files and workbooks as spreadsheet programs write them, read as rows."""

import io
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from core.tables import encodings, workbooks
from core.tables.csv_files import CSVTable
from core.tables.encodings import encoding_of
from core.tables.workbooks import UnreadableWorkbook, WorkbookTable

TEXT = "name;price\r\nKäse;1,50\r\n"


def rows_of(table):
    """The rows of a table, and what it reports."""
    problems = []
    return list(table.rows(lambda number, message: problems.append((number, message)))), problems


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (TEXT.encode(), "utf-8"), (TEXT.encode("utf-8-sig"), "utf-8"), (TEXT.encode("cp1252"), "cp1252"),
        (TEXT.encode("utf-16"), "utf-16-le"), (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"), ("Käse\n".encode() + b"\xff\n", "utf-8"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_out(data, name):
    assert encoding_of(io.BytesIO(data)) == name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_european_file_is_read_in_each_encoding_as_often_as_asked(encoding):
    table = CSVTable(io.BytesIO(TEXT.encode(encoding)))
    for _ in range(2):
        assert rows_of(table) == ([(1, ["name", "price"]), (2, ["Käse", "1,50"])], [])


def test_a_first_line_names_the_separator():
    rows, problems = rows_of(CSVTable(io.BytesIO(b'sep=|\r\nname|price\r\n"a|b"|1\r\n')))
    assert (rows, problems) == ([(2, ["name", "price"]), (3, ["a|b", "1"])], [])


def test_a_cell_may_hold_line_ends():
    rows, _ = rows_of(CSVTable(io.BytesIO(b'name,unit\r\n"two\r\nlines",pcs\r\nTea,\r\n')))
    assert rows[1:] == [(2, ["two\r\nlines", "pcs"]), (4, ["Tea", ""])]


def test_a_line_that_can_not_be_decoded_is_reported_and_the_others_are_read():
    rows, problems = rows_of(CSVTable(io.BytesIO("name\nKäse\n".encode() + b"\xff\nTea\n")))
    assert [cells for _, cells in rows][1::2] == [["Käse"], ["Tea"]]
    assert problems == [(3, "This line is not UTF-8.")]


def test_a_line_that_is_too_long_is_reported(monkeypatch):
    monkeypatch.setattr("core.tables.csv_files.MAX_LINE_BYTES", 10)
    _, problems = rows_of(CSVTable(io.BytesIO(b"name\n" + b"x" * 11 + b"\n")))
    assert problems == [(2, "This line is longer than 10 bytes.")]
    assert encodings.MAX_LINE_BYTES == 1024 * 1024


def workbook(write):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    write(book, book.add_worksheet())
    book.close()
    return file


def test_a_workbook_gives_texts_numbers_and_dates():
    def write(book, sheet):
        sheet.write_row(0, 0, ["name", "barcode", "price", "expires", "quantity", "unit"])
        sheet.write_row(1, 0, ["Tea", 4012345678901, 1.234])
        sheet.write_datetime(1, 3, date(2026, 12, 31), book.add_format({"num_format": "dd.mm.yyyy"}))
        sheet.write_formula(1, 4, "=1+1", None, 2)
        sheet.write_boolean(1, 5, True)

    rows, problems = rows_of(WorkbookTable(workbook(write)))
    values = ["Tea", Decimal(4012345678901), Decimal("1.234"), date(2026, 12, 31), Decimal(2), "TRUE"]
    assert (rows[1], problems) == ((2, values), [])


def test_rows_keep_their_numbers_below_blank_ones():
    rows, _ = rows_of(WorkbookTable(workbook(lambda _, sheet: [sheet.write(2, 0, "name"), sheet.write(5, 0, "Tea")])))
    assert [(number, cells) for number, cells in rows if any(cells)] == [(3, ["name"]), (6, ["Tea"])]


def test_a_row_with_an_error_of_a_formula_is_reported():
    def write(_, sheet):
        sheet.write(0, 0, "price")
        sheet.write_formula(1, 0, "=NA()", None, "#N/A")

    _, problems = rows_of(WorkbookTable(workbook(write)))
    assert problems == [(2, "A formula in this row has an error (like #N/A).")]


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(UnreadableWorkbook, match="too large"):
        WorkbookTable(workbook(lambda _, sheet: sheet.write(0, 0, "name")))


@pytest.mark.parametrize("data", [b"PK\x03\x04 and then nothing", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_workbook_is_refused(data):
    with pytest.raises(UnreadableWorkbook):
        WorkbookTable(io.BytesIO(data))
