"""CSV files and workbooks are read as rows in the formats that spreadsheet programs write."""

import io
import os
import signal
import zipfile
from contextlib import closing
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from core.files import limits, reader_process, tables
from core.files.limits import UnreadableTable, check_archive
from core.files.reader_process import ReaderBusy
from core.files.shown_cells import NO_VALUE
from core.files.tables import CSVTable, RereadableFile, detect_delimiter, find_encoding
from core.files.workbooks import WorkbookTable
from products.filing.tests.spreadsheets import build_ods, build_ods_row, build_ods_text, build_xlsx
from testing.tables import all_cases

OWNER, OTHER_OWNER = 1, 2  # the accounts that send workbooks
TEXT = "name;price\r\nKäse;1,50\r\n"


def rows_of(table):
    """Return the rows of a table, and the messages that it reports."""
    problems = []
    with closing(table):
        return list(table.read_rows(lambda number, message: problems.append((number, message)))), problems


@pytest.mark.quick
@all_cases(
    ("data", "name"),
    [
        (TEXT.encode(), "utf-8"), (TEXT.encode("utf-8-sig"), "utf-8"), (TEXT.encode("cp1252"), "cp1252"),
        (TEXT.encode("utf-16"), "utf-16-le"), (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"), ("Käse\n".encode() + b"\xff\n", "utf-8"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_out(data, name):
    assert find_encoding(io.BytesIO(data)) == name


@all_cases("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_reads_a_european_file_in_each_encoding(encoding):
    table = CSVTable(io.BytesIO(TEXT.encode(encoding)))
    assert rows_of(table) == ([(1, ["name", "price"]), (2, ["Käse", "1,50"])], [])
    assert table.notes == (["The file is not UTF-8: it is read as Windows-1252."] if encoding == "cp1252" else [])


def test_a_table_is_read_twice_at_the_same_time():
    """The second reading, for the other cells of a column, happens in the middle of the first one."""
    lines = [f"P{number};{'x' * 50}" for number in range(5000)]
    with closing(CSVTable(io.BytesIO("\n".join(["name;unit", *lines]).encode("utf-16")))) as table:
        first = table.read_rows(None)
        before = [next(first) for _ in range(10)]
        assert len(list(table.read_rows(None))) == 5001
        assert [cells[0] for _, cells in [*before, *first][1:]] == [f"P{number}" for number in range(5000)]


def test_a_first_line_names_the_separator():
    rows, problems = rows_of(CSVTable(io.BytesIO(b'sep=|\r\nname|price\r\n"a|b"|1\r\n')))
    assert (rows, problems) == ([(2, ["name", "price"]), (3, ["a|b", "1"])], [])


def test_a_cell_may_hold_line_ends():
    rows, _ = rows_of(CSVTable(io.BytesIO(b'name,unit\r\n"two\r\nlines",pcs\r\nTea,\r\n')))
    assert rows[1:] == [(2, ["two\r\nlines", "pcs"]), (4, ["Tea", ""])]


def test_a_line_that_can_not_be_decoded_is_reported_and_the_others_are_read():
    rows, problems = rows_of(CSVTable(io.BytesIO("name\nKäse\n".encode() + b"\xff\nTea\n")))
    assert [cells for _, cells in rows][1::2] == [["Käse"], ["Tea"]]
    assert problems == [(3, "This line is not UTF-8. Save the file as CSV in UTF-8.")]


def test_a_line_that_is_too_long_is_reported(monkeypatch):
    monkeypatch.setattr("core.files.tables.MAX_LINE_BYTES", 10)
    _, problems = rows_of(CSVTable(io.BytesIO(b"name\n" + b"x" * 11 + b"\n")))
    assert problems == [(2, "This line is longer than 10 bytes. Shorten it.")]
    assert limits.MAX_LINE_BYTES == 1024 * 1024


@pytest.mark.quick
def test_a_row_of_several_lines_that_is_too_long_is_reported(monkeypatch):
    monkeypatch.setattr("core.files.tables.MAX_LINE_BYTES", 20)
    rows, problems = rows_of(CSVTable(io.BytesIO(b'name,unit\n"' + b"a\nb\nc\nd\ne\nf\n" * 2 + b'",pcs\n')))
    assert rows[1] == (2, None)
    assert problems[0] == (2, "The row is longer than 20 characters. Check its quotes, or shorten it.")


def test_a_file_with_too_many_lines_is_reported(monkeypatch):
    monkeypatch.setattr("core.files.tables.MAX_LINES", 3)
    rows, problems = rows_of(CSVTable(io.BytesIO(b"name\n\n\n\nTea\n")))
    assert (len(rows), [number for number, _ in problems]) == (3, [4])


@pytest.mark.quick
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("surrogate", [0xD83D, 0xDE00])
def test_a_line_with_half_a_character_of_utf_16_is_reported(encoding, surrogate):
    data = f"\ufeffname\nKäse 😀\n{chr(surrogate)}\nTea\n".encode(encoding, "surrogatepass")
    rows, problems = rows_of(CSVTable(io.BytesIO(data)))
    assert [cells for _, cells in rows][1::2] == [["Käse 😀"], ["Tea"]]
    assert problems == [(3, "This line is not UTF-16. Save the file as CSV in UTF-8.")]


def test_a_utf_16_file_that_ends_within_a_character_is_reported():
    _, problems = rows_of(CSVTable(io.BytesIO("name\nTea".encode("utf-16")[:-1])))
    assert problems == [(2, "This line is not UTF-16. Save the file as CSV in UTF-8.")]


@all_cases("chunk_bytes", [1, 2, 3, 64])
def test_lines_are_the_same_wherever_a_piece_of_the_file_ends(monkeypatch, chunk_bytes):
    monkeypatch.setattr(tables, "CHUNK_BYTES", chunk_bytes)
    monkeypatch.setattr(tables, "MAX_LINE_BYTES", 100)
    lines = [b"one\r\n", b"two\r", b"\r", b"three\n", b"four"]
    assert list(RereadableFile(io.BytesIO(b"".join(lines)))) == lines


def test_a_long_line_takes_memory_and_time_for_its_beginning_only(monkeypatch):
    monkeypatch.setattr(tables, "CHUNK_BYTES", 64)
    monkeypatch.setattr(tables, "MAX_LINE_BYTES", 100)
    first, second, third = RereadableFile(io.BytesIO(b"a\n" + b"x" * 10_000 + b"\nb\n"))
    assert (first, third) == (b"a\n", b"b\n")
    assert 100 < len(second) <= 100 + 64 + 1


@pytest.mark.quick
@all_cases(
    ("text", "delimiter"),
    [
        ("a;b\n", ";"), ('"Preis, netto, EUR";Name\n', ";"), ("Preisliste 2026\n\na;b\n", ";"), ("a\tb,c\td\n", "\t"),
        ("name\nPan\n", ","), ("", ","), ("Name|Price\nTea|1,50\n", "|"),
        # Numbers and texts have commas, too.
        ("Artikel;Preis, EUR\nTee;1,50\nTasse;2,95\n", ";"), ("Artikel\tPreis, EUR\nTee\t1,50\n", "\t"),
        ("Name;Preis, EUR;Menge, Stk\nTee;1,50;3\nTasse;2,95;4\n", ";"),
        ("Preisliste, Mai 2026\nName;Preis\nTee;1,50\nTasse, blau;2,95\n", ";"),
        ("Name;Preis\nTee, grün, lose;1,50\nTasse, blau;2,95\n", ";"),
        ("Name;Preis;Farbe\nTee;1,50\nTasse;2,95\n", ";"), ("Note\n" * 30 + "Name;Preis, EUR\nTee;1,50\n", ";"),
        ("name,price;net\nTea,1\nPot,2\n", ","), ("name, price; net\nTea, 1\nPot, 2\n", ","),
        ("name,tags\nTea,a;b\nPot,c;d\n", ","),
        ('name,text\nTea,"<p>\n a; b; c\n d ""x;y""; e\n</p>"\n', ","), ('5" pipe,1\n7" pipe,2\n', ","),
        ('name,"a;b;c\nd;e', ","),
    ],
)  # fmt: skip
def test_finds_the_delimiter(text, delimiter):
    lines = iter(text.splitlines(keepends=True))
    found, following = detect_delimiter(next(lines, ""), lines)
    assert (found, "".join(following)) == (delimiter, text)


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

    rows, problems = rows_of(WorkbookTable(workbook(write), OWNER))
    values = ["Tea", Decimal(4012345678901), Decimal("1.234"), date(2026, 12, 31), Decimal(2), "TRUE"]
    assert (rows[1], problems) == ((2, values), [])


def test_rows_keep_their_numbers_below_blank_ones():
    def write(book, sheet):
        sheet.write(2, 0, "name")
        sheet.write(5, 0, "Tea")

    assert rows_of(WorkbookTable(workbook(write), OWNER)) == ([(3, ["name"]), (6, ["Tea"])], [])


@pytest.mark.quick
def test_errors_of_formulas_and_numbers_are_read_as_they_are_shown():
    """The library that reads workbooks returns blank cells, and numbers without their zeros and with all digits."""

    def write(book, sheet):
        sheet.write_row(2, 1, ["sku", "price", "quantity"])
        sheet.write(3, 1, 42, book.add_format({"num_format": "00000"}))
        sheet.write_formula(3, 2, "=NA()", None, "#N/A")
        sheet.write(4, 2, 4.35 * 100)
        sheet.write_formula(4, 3, "=1/0", None, "#DIV/0!")

    rows, _ = rows_of(WorkbookTable(workbook(write), OWNER))
    assert rows == [
        (3, ["", "sku", "price", "quantity"]), (4, ["", "00042", "#N/A", ""]),
        (5, ["", "", 435, "#DIV/0!"]),
    ]  # fmt: skip


@all_cases(
    ("cell", "read"),
    [
        ('<c r="B1" t="str"><f>1+1</f><v></v></c>', ""), ('<c r="B1"><f>1+1</f><v>2</v></c>', 2),
        ('<c r="B1"><f>1+1</f><v></v></c>', NO_VALUE), ('<c s="1" r="B1"><f t="shared"/></c>', NO_VALUE),
        ('<c r="B1"><f>1+1</f><v/></c>', NO_VALUE),
    ],
)  # fmt: skip
def test_a_formula_without_a_stored_value_is_an_error(cell, read):
    """A row that has nothing else is blank, because formulas may be filled down below the last product."""
    sheet = (
        f'<row r="1"><c r="A1"><v>1</v></c>{cell}<c r="C1"><v>3</v></c></row><row r="2"><c r="B2"><f>A2</f></c></row>'
    )
    table = WorkbookTable(io.BytesIO(build_xlsx(sheet)), OWNER)
    assert rows_of(table) == ([(1, [1, read, 3])], [])


def test_a_merged_cell_has_its_value_in_all_of_its_rows():
    def write(book, sheet):
        sheet.write_row(0, 0, ["category", "name", "price", "quantity"])
        sheet.merge_range("A2:A4", "Drinks")
        sheet.merge_range("D2:D3", 9)
        sheet.merge_range("C4:D5", "1.50")
        for row, name in ((1, "Tea"), (2, "Cocoa"), (4, "Pot")):
            sheet.write(row, 1, name)

    table = WorkbookTable(workbook(write), OWNER)
    with closing(table):
        table.counted = {3}
        rows = [*table.read_rows(print)]
        table.counted = set()
        assert [*table.read_rows(print)][2] == (3, ["Drinks", "Cocoa", "", 9])
    assert rows[1:] == [
        (2, ["Drinks", "Tea", "", 9]), (3, ["Drinks", "Cocoa", "", ""]), (4, ["Drinks", "", "1.50", ""]),
        (5, ["", "Pot", "1.50", ""]),
    ]  # fmt: skip


ODS_CELL = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
ODS_FORMULA = '<table:table-cell table:formula="of:=1/0"{}</table:table-cell>'


def test_an_ods_file_has_its_merged_cells_and_the_errors_of_formulas():
    """Repeated rows and columns are counted."""
    spanned = ' table:number-rows-spanned="{}" table:number-columns-spanned="1"'
    covered = '<table:covered-table-cell table:number-columns-repeated="1"/>'
    error = ' office:value-type="string" calcext:value-type="error"><text:p>#DIV/0!</text:p>'
    value = ' office:value-type="float" office:value="3" calcext:value-type="float"><text:p>3</text:p>'
    rows = [
        build_ods_row(build_ods_text("category"), '<table:table-cell table:number-columns-repeated="2"/>'),
        build_ods_row(ODS_CELL.format(spanned.format(3), "Drinks"), build_ods_text("Tea"), ODS_FORMULA.format(error)),
        build_ods_row(covered, build_ods_text("Pot"), ODS_FORMULA.format(">")),
        build_ods_row(covered, build_ods_text("Cup"), ODS_FORMULA.format(value)),
    ]
    blank = '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
    table = WorkbookTable(io.BytesIO(build_ods(rows[0] + blank + "".join(rows[1:]))), OWNER)
    assert rows_of(table)[0][1:] == [
        (4, ["Drinks", "Tea", "#DIV/0!"]), (5, ["Drinks", "Pot", NO_VALUE]), (6, ["Drinks", "Cup", 3]),
    ]  # fmt: skip


@pytest.mark.quick
def test_reads_the_first_visible_sheet_and_names_the_others():
    def write(book, sheet):
        sheet.write(0, 0, "hidden")
        book.add_worksheet("Tabelle1").write(0, 0, "name")
        book.add_worksheet("Notes").activate()
        sheet.hide()

    table = WorkbookTable(workbook(write), OWNER)
    assert rows_of(table)[0] == [(1, ["name"])]
    read, others, _ = table.notes[0].split(". ")
    assert (read, others) == ('Only the sheet "Tabelle1" is read', "Other sheets are ignored: Sheet1, Notes")
    assert table.notes[0].endswith(" To import another one, make it the first.")


# --- Files that would take too much ---------------------------------------------------------------------


def change_part(file, name, change):
    """Return the archive with one part changed."""
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            target.writestr(part, change(source.read(part)) if part == name else source.read(part))
    return changed


SHEET = "xl/worksheets/sheet1.xml"


def write_name(_, sheet):
    sheet.write(0, 0, "name")


@all_cases("place", ["XFD1048576", "CV1048576"])
def test_a_cell_far_away_ends_the_reader_not_the_service(place):
    """A workbook of 5 KB makes the library request memory for all cells up to the last one, and abort."""
    far = f'<row r="1048576"><c r="{place}"><v>1</v></c></row></sheetData>'.encode()
    file = change_part(workbook(write_name), SHEET, lambda sheet: sheet.replace(b"</sheetData>", far))
    with pytest.raises(UnreadableTable, match="too large"):
        WorkbookTable(file, OWNER)


@pytest.mark.quick
def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(UnreadableTable, match="too large"):
        check_archive(workbook(write_name).getvalue())


def test_a_workbook_that_unpacks_to_more_than_it_says_is_refused():
    file = change_part(workbook(write_name), SHEET, lambda sheet: sheet + b" " * 50_000_000)
    with zipfile.ZipFile(file) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    lying = file.getvalue().replace(size, (1000).to_bytes(4, "little"))
    with pytest.raises(UnreadableTable):
        WorkbookTable(io.BytesIO(lying), OWNER)


@all_cases("data", [b"PK\x03\x04 and then nothing", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_workbook_is_refused(data):
    with pytest.raises(UnreadableTable):
        WorkbookTable(io.BytesIO(data), OWNER)


def test_a_reader_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(reader_process, "MAX_SECONDS", 0)
    with pytest.raises(UnreadableTable, match="too large"):
        WorkbookTable(workbook(write_name), OWNER)


def test_no_thread_waits_for_another_reader_of_the_account():
    with reader_process.reader_slots.acquire(OWNER), pytest.raises(ReaderBusy) as refusal:
        WorkbookTable(workbook(write_name), OWNER)
    assert refusal.value.is_own
    with closing(WorkbookTable(workbook(write_name), OWNER)) as table:
        assert list(table.read_rows(None)) == [(1, ["name"])]


def test_an_account_can_not_take_the_slots_of_others():
    """Without the limit for an account, its second file would take the last slot."""
    with reader_process.reader_slots.acquire(OWNER):
        with pytest.raises(ReaderBusy):
            reader_process.reader_slots.acquire(OWNER).__enter__()
        with closing(WorkbookTable(workbook(write_name), OTHER_OWNER)) as table:
            assert list(table.read_rows(None)) == [(1, ["name"])]


@pytest.mark.quick
def test_a_reader_beyond_the_slots_is_refused(monkeypatch):
    monkeypatch.setattr(reader_process, "MAX_READERS_AT_ONCE", 1)
    with reader_process.reader_slots.acquire(OWNER), pytest.raises(ReaderBusy) as refusal:
        WorkbookTable(workbook(write_name), OTHER_OWNER)
    assert not refusal.value.is_own
    with reader_process.reader_slots.acquire(OTHER_OWNER):  # the refused one keeps nothing
        pass


@pytest.fixture
def other_process():
    """Return the id of a process that gunicorn could have forked, in which a reader of the account runs."""
    receive, send = os.pipe()
    if not (pid := os.fork()):
        with reader_process.reader_slots.acquire(OWNER):
            os.write(send, b"x")
            signal.pause()
    os.read(receive, 1)
    yield pid
    os.close(receive)
    os.close(send)


def test_the_processes_of_a_server_share_the_slots_until_they_are_killed(monkeypatch, other_process):
    monkeypatch.setattr(reader_process, "MAX_READERS_AT_ONCE", 2)
    slots = reader_process.reader_slots
    with pytest.raises(ReaderBusy) as refusal:
        slots.acquire(OWNER).__enter__()
    assert refusal.value.is_own
    with slots.acquire(OTHER_OWNER), pytest.raises(ReaderBusy) as refusal:
        slots.acquire(OTHER_OWNER + 1).__enter__()
    assert not refusal.value.is_own
    os.kill(other_process, signal.SIGKILL)
    os.waitpid(other_process, 0)
    with slots.acquire(OWNER), slots.acquire(OTHER_OWNER):
        pass


REPEATED = """<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float"
 office:value="1" table:number-columns-repeated="16000"/></table:table-row>"""


def test_a_cell_that_is_repeated_too_often_ends_the_reader_not_the_service():
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="a">{REPEATED}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    with pytest.raises(UnreadableTable):
        WorkbookTable(file, OWNER)
