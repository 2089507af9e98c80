"""Write the rows of a workbook's first visible sheet as lines of JSON: `python -m core.tables.workbook_reader`.

A workbook of 5 KB can make the library that reads it ask for any amount of memory, and the library then aborts its
process. So this runs in a process of its own, with limits, without settings and without the database. It reads the
workbook from standard input. The first line that it writes is an object with the names of the sheets, or with an
`error`; each further line is the list of the cells of a row. A date is a list with its text.
"""

import io
import json
import math
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MAX_MEMORY_BYTES = 512 * 1024 * 1024  # 100,000 rows of 10 columns take 105 MB, as .ods 140 MB
MAX_OUTPUT_BYTES = 256 * 1024 * 1024
MAX_CPU_SECONDS = 20
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_DIGITS = 15  # of a number in a spreadsheet
MAX_WRITTEN_OUT = 1e30  # beyond, a whole number is written with an exponent

ERROR_CELL = re.compile(rb'<c\b[^>]*\br="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>(?:(?!</c>).)*?<v>([^<]*)</v>', re.DOTALL)
STYLED_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*?\bs="(\d+)"')
SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
RELATION_ID = re.compile(rb'\b\w+:id="([^"]+)"')
RELATION = re.compile(rb"<Relationship\b[^>]*>")
TARGET = re.compile(rb'\bTarget="/?(?:xl/)?([^"]+)"')
PADDED_FORMAT = re.compile(rb'<numFmt\b(?=[^>]*\bnumFmtId="(\d+)")(?=[^>]*\bformatCode="(0{2,})")')
CELL_FORMATS = re.compile(rb"<cellXfs\b.*?</cellXfs>", re.DOTALL)
CELL_FORMAT = re.compile(rb'<xf\b[^>]*?\bnumFmtId="(\d+)"')
CHUNK_BYTES = 1024 * 1024

BROKEN = "It can't be read as a workbook: it may be damaged. Open it in a spreadsheet program and save it as CSV."
TOO_LARGE = "The workbook is too large, or damaged: open it, remove what is not needed, and save it as CSV."
Place = tuple[int, int]  # row and column, counted from 1


class UnreadableWorkbook(Exception):
    """The file is no workbook that can be read; the message says why."""


def main() -> None:
    limit_resources()
    write = sys.stdout.write
    try:
        for line in read_workbook(io.BytesIO(sys.stdin.buffer.read())):
            write(json.dumps(line, separators=(",", ":")) + "\n")
    except UnreadableWorkbook as error:
        write(json.dumps({"error": str(error)}) + "\n")


def limit_resources() -> None:
    """Limit memory, processor time and output. Beyond a limit the system ends this process, or refuses memory."""
    for limit, amount in [
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES), (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT_BYTES), (resource.RLIMIT_CORE, 0),
    ]:  # fmt: skip
        with suppress(ValueError, OSError):  # not every system has each limit
            resource.setrlimit(limit, (amount, amount))


def read_workbook(file: IO[bytes]) -> Iterator[Any]:
    """Yield the names of the sheets, and the cells of each row of the first visible one. Raise UnreadableWorkbook."""
    check_size(file)
    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
        number = find_first_visible(book)
        sheet = book.get_sheet_by_index(number)
    except (CalamineError, IndexError, OSError) as error:
        raise UnreadableWorkbook(BROKEN) from error
    names = book.sheet_names
    yield {"sheet": names[number], "others": [name for name in names if name != names[number]]}
    blank = [""] * (sheet.start or (0, 0))[1]  # the columns before the first one with content, which the library omits
    replaced = find_replaced_cells(file, number)
    for row_number, cells in enumerate(sheet.iter_rows(), 1):
        row = [*blank, *map(convert_cell, cells)]
        for column, shown in replaced.get(row_number, {}).items():
            replace_cell(row, column - 1, shown)
        yield row


def check_size(file: IO[bytes]) -> None:
    """Raise UnreadableWorkbook if the file is no archive, or unpacks to too much."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableWorkbook(BROKEN) from error
    if size > MAX_UNPACKED_BYTES:
        raise UnreadableWorkbook(TOO_LARGE)


def find_first_visible(book: CalamineWorkbook) -> int:
    """Return the number of the first sheet of cells that the user sees."""
    for number, sheet in enumerate(book.sheets_metadata):
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
            return number
    return 0


def convert_cell(cell: Any) -> Any:
    """Return text, a number or a list with a date. A number has the digits that a spreadsheet keeps."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return str(cell)
        number = float(format(cell, f".{MAX_DIGITS}g"))
        return int(number) if number.is_integer() and abs(number) < MAX_WRITTEN_OUT else number
    if isinstance(cell, datetime):
        return [cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")]
    if isinstance(cell, date):
        return [cell.isoformat()]
    return str(cell) if isinstance(cell, time | timedelta) else cell


def replace_cell(row: list[Any], column: int, shown: Any) -> None:
    """Put an error's text in its cell, or add the leading zeros that a number is shown with."""
    row.extend([""] * (column + 1 - len(row)))
    if isinstance(shown, str):
        row[column] = shown
    elif isinstance(row[column], int):
        row[column] = str(row[column]).zfill(shown)


# --- What the library does not tell --------------------------------------------------------------------


def find_replaced_cells(file: IO[bytes], sheet_number: int) -> dict[int, dict[int, Any]]:
    """Return the cells of an .xlsx sheet that the library reads differently from what a spreadsheet shows.

    By row and column: the text of a formula's error, which the library reads as blank, or the number of digits that
    a format like `00000` pads a number to.
    """
    found: dict[int, dict[int, Any]] = {}
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            if name := find_sheet_part(archive, sheet_number):
                widths = find_padded_styles(archive)
                for text in read_cells(archive, name):
                    collect_replaced_cells(text, widths, found)
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError) as error:
        raise UnreadableWorkbook(BROKEN) from error
    return found


def collect_replaced_cells(text: bytes, widths: dict[bytes, int], found: dict[int, dict[int, Any]]) -> None:
    """Add the cells in this piece of the sheet."""
    if b't="e"' in text:
        for letters, row, message in ERROR_CELL.findall(text):
            found.setdefault(int(row), {})[parse_column_letters(letters)] = message.decode(errors="replace")
    if widths:
        for letters, row, style in STYLED_CELL.findall(text):
            if style in widths:
                found.setdefault(int(row), {}).setdefault(parse_column_letters(letters), widths[style])


def read_cells(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield the part in pieces that end with a cell."""
    with archive.open(name) as part:
        rest = b""
        while chunk := part.read(CHUNK_BYTES):
            text = rest + chunk
            end = text.rfind(b"<c ") if b"<c " in text else len(text)
            yield text[:end]
            rest = text[end:]
        yield rest


def find_sheet_part(archive: zipfile.ZipFile, number: int) -> str:
    """Return the name of the part that holds this sheet of an .xlsx file, empty for other files."""
    names = archive.namelist()
    if "xl/workbook.xml" not in names:
        return ""
    sheets = SHEET.findall(archive.read("xl/workbook.xml"))
    relation = RELATION_ID.search(sheets[number]) if number < len(sheets) else None
    for element in RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        target = TARGET.search(element)
        if relation and target and b'Id="' + relation[1] + b'"' in element:
            name = f"xl/{target[1].decode()}"
            return name if name in names else ""
    return ""


def find_padded_styles(archive: zipfile.ZipFile) -> dict[bytes, int]:
    """Return the number of digits by the style of a cell, for formats like `00000`."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = archive.read("xl/styles.xml")
    widths = {number: len(zeros) for number, zeros in PADDED_FORMAT.findall(styles)}
    formats = CELL_FORMATS.search(styles)
    if not (widths and formats):
        return {}
    return {
        str(style).encode(): widths[number]
        for style, number in enumerate(CELL_FORMAT.findall(formats[0]))
        if number in widths
    }


def parse_column_letters(letters: bytes) -> int:
    """Return the number of a column, from 1: `AB` is 28."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


if __name__ == "__main__":
    main()
