"""The cells of .xlsx and .ods sheets that the library omits or reads differently from what people see."""

import re
import zipfile
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any, NamedTuple

from core.files.limits import ARCHIVE_ERRORS, BROKEN, TOO_LARGE, UnreadableTable, read_small_part

# Each pattern takes linear time: it stops at the next `<`, and has no repetition that can match in several ways.
PLACE = rb'(?=[^<>]*\br="([A-Z]{1,3})([0-9]{1,7})")'  # matches the attribute with the place, in the tag of a cell
ERROR_CELL = re.compile(
    rb'<c\b(?=[^<>]*\bt="e")' + PLACE + rb"[^<>]*>[^<]*+(?:<(?!/c>|v>|c\b)[^<]*+)*+<v>([^<]{1,20})</v>"
)
# Matches the cell of a formula that ends, or has an empty value, before any value. A text (`t="str"`) may be empty.
FORMULA_CELL = re.compile(
    rb'<c\b(?![^<>]*\bt="str")' + PLACE + rb"[^<>]*><f\b[^<]*+(?:<(?!/c>|v>|c\b)[^<]*+)*+<(?:/c>|v></v>)"
)
NO_VALUE = "#FORMULA"  # the text of a cell whose formula has no stored value
STYLED_CELL = re.compile(rb"<c\b" + PLACE + rb'(?=[^<>]*\bs="([0-9]{1,9})")')
SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^<>]*>")
RELATION_ID = re.compile(rb'\b\w+:id="([^"]+)"')
RELATION = re.compile(rb"<Relationship\b[^<>]*>")
TARGET = re.compile(rb'\bTarget="/?(?:xl/)?([^"]+)"')
PADDED_FORMAT = re.compile(rb'<numFmt\b(?=[^<>]*\bnumFmtId="([0-9]{1,9})")(?=[^<>]*\bformatCode="(0{2,255})")')
CELL_FORMAT = re.compile(rb'<xf\b[^<>]*?\bnumFmtId="([0-9]{1,9})"')
CHUNK_BYTES = 1024 * 1024
MAX_CELL_BYTES = 16 * 1024 * 1024  # the limit of a cell with all its tags
WORKBOOK, RELATIONS, STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"


def find_replaced_cells(file: IO[bytes], sheet_number: int) -> dict[int, dict[int, Any]]:
    """Return what the sheet shows in place of the values that the library reads, by the numbers of row and column.

    For an error, which the library reads as blank, this is its text. For a formula without a stored value, it is
    NO_VALUE. For a format like `00000`, it is the number of digits.
    """
    replaced: dict[int, dict[int, Any]] = {}
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            if name := find_sheet_part(archive, sheet_number):
                widths = find_padded_styles(archive)
                for text in read_pieces(archive, name, (b"<c ", b"<row ")):
                    collect_replaced_cells(text, widths, replaced)
    except ARCHIVE_ERRORS as error:
        raise UnreadableTable(BROKEN) from error
    return replaced


def collect_replaced_cells(text: bytes, widths: dict[bytes, int], replaced: dict[int, dict[int, Any]]) -> None:
    """Add the cells of this text of a sheet to `replaced`. `widths` has the digits of the padded styles."""
    if b't="e"' in text:
        for letters, row, message in ERROR_CELL.findall(text):
            replaced.setdefault(int(row), {})[parse_column_letters(letters.decode())] = message.decode(errors="replace")
    if b"<f" in text:
        for letters, row in FORMULA_CELL.findall(text):
            replaced.setdefault(int(row), {})[parse_column_letters(letters.decode())] = NO_VALUE
    if widths:
        for letters, row, style in STYLED_CELL.findall(text):
            if style in widths:
                replaced.setdefault(int(row), {}).setdefault(parse_column_letters(letters.decode()), widths[style])


def read_pieces(archive: zipfile.ZipFile, name: str, tags: tuple[bytes, ...]) -> Iterator[bytes]:
    """Yield the text of a part in pieces. Each ends before one of these tags. Raise UnreadableTable for a long cell."""
    with archive.open(name) as part:
        rest = b""
        while chunk := part.read(CHUNK_BYTES):
            text = rest + chunk
            end = max(map(text.rfind, tags))
            end = len(text) if end < 0 else end
            yield text[:end]
            rest = text[end:]
            if len(rest) > MAX_CELL_BYTES:
                raise UnreadableTable(TOO_LARGE)
        yield rest


def find_sheet_part(archive: zipfile.ZipFile, number: int) -> str:
    """Return the name of the part that contains this sheet of an .xlsx file. It is empty for other files."""
    names = set(archive.namelist())
    if WORKBOOK not in names:
        return ""
    sheets = SHEET.findall(read_small_part(archive, WORKBOOK))
    relation = RELATION_ID.search(sheets[number]) if number < len(sheets) else None
    for element in RELATION.findall(read_small_part(archive, RELATIONS)):
        target = TARGET.search(element)
        if relation and target and b'Id="' + relation[1] + b'"' in element:
            name = f"xl/{target[1].decode()}"
            return name if name in names else ""
    return ""


def find_padded_styles(archive: zipfile.ZipFile) -> dict[bytes, int]:
    """Return the number of digits of each style whose format is like `00000`."""
    if STYLES not in archive.namelist():
        return {}
    styles = read_small_part(archive, STYLES)
    widths = {number: len(zeros) for number, zeros in PADDED_FORMAT.findall(styles)}
    formats = styles.partition(b"<cellXfs")[2].partition(b"</cellXfs>")[0]
    numbers = enumerate(CELL_FORMAT.findall(formats))
    return {str(style).encode(): widths[number] for style, number in numbers if number in widths}


def parse_column_letters(letters: str) -> int:
    """Return the number of a column, from 1: `AB` is 28."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


CONTENT = "content.xml"
ODS_TAGS = (b"<table:",)  # the text is read in pieces that end before one of these
TAG = re.compile(rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<>]*)>")
COUNT = re.compile(rb'\btable:number-(rows|columns)-(repeated|spanned)="([0-9]{1,7})"')
FORMULA, ERROR, TYPE = b"table:formula=", b'calcext:value-type="error"', b"office:value-type="
# Matches a part of each cell and range in OdsCells. A file without a match is not read further.
IN_ODS_CELL = re.compile(
    rb'rows-spanned="(?!1")|value-type="error"|<table:table-cell\b(?![^<>]*\boffice:value-type=)[^<>]*\btable:formula='
)
SHOWN = re.compile(rb"\s*<text:p\b[^<>]*>([^<]{1,20})</text:p>")
Places = list[tuple[tuple[int, int], tuple[int, int]]]


class OdsCells(NamedTuple):
    """The cells that show something other than their values, and the columns of cells that are merged over rows.

    `replaced` has the shown text by row and column, with numbers from 1. `merged` has the first and the last place of
    each such range, with numbers from 0.
    """

    replaced: dict[int, dict[int, Any]]
    merged: Places


def find_ods_cells(file: IO[bytes], sheet_number: int) -> OdsCells:
    """Return those cells and ranges of this sheet of an .ods file. The result is empty for other files."""
    file.seek(0)
    found = OdsCells({}, [])
    try:
        with zipfile.ZipFile(file) as archive:
            if CONTENT in archive.namelist() and any(map(IN_ODS_CELL.search, read_pieces(archive, CONTENT, ODS_TAGS))):
                tags = map(TAG.finditer, read_pieces(archive, CONTENT, ODS_TAGS))
                collect_ods_cells(chain.from_iterable(tags), sheet_number, found)
    except ARCHIVE_ERRORS as error:
        raise UnreadableTable(BROKEN) from error
    return found


def collect_ods_cells(tags: Iterator[re.Match[bytes]], sheet_number: int, found: OdsCells) -> None:
    """Go through the tags of tables, rows and cells, and add the cells and ranges of one table to `found`."""
    table, depth, row, next_row, column = -1, 0, 0, 0, 0
    for tag in tags:
        closing, name, attributes = tag.groups()
        if name == b"table":
            depth += -1 if closing else not attributes.endswith(b"/")
            table += not closing and depth == 1
        if closing or table != sheet_number or name == b"table":
            continue
        counts = {kind + what: int(number) for kind, what, number in COUNT.findall(attributes)}
        if name == b"table-row":
            row, next_row, column = next_row, next_row + counts.get(b"rowsrepeated", 1), 0
            continue
        if (spanned := counts.get(b"rowsspanned", 1)) > 1:
            found.merged.append(((row, column), (row + spanned - 1, column)))
        if name == b"table-cell" and FORMULA in attributes and (ERROR in attributes or TYPE not in attributes):
            shown = SHOWN.match(tag.string, tag.end())
            text = shown[1].decode(errors="replace") if shown and ERROR in attributes else NO_VALUE
            found.replaced.setdefault(row + 1, {})[column + 1] = text
        column += counts.get(b"columnsrepeated", 1)
