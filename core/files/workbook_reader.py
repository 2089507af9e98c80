"""Write the rows of a sheet of a workbook as lines of JSON: `python -m core.files.workbook_reader 0`.

The number is that of the sheet among the visible ones, from 0. This is a reader of core/files/reader_process.py. The
first line that it writes is an object with the names of the sheets. `write_row()` writes each further line, and
`parse_row()` parses it.
"""

import io
import json
import math
import resource
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from core.files.limits import (
    BROKEN,
    MAX_CELL_LENGTH,
    MAX_LINE_BYTES,
    TOO_LARGE,
    TOO_LONG_CELL,
    TOO_LONG_ROW,
    UnreadableTable,
    check_archive,
)
from core.files.reader_process import MAX_CPU_SECONDS, limit, serve
from core.files.shown_cells import NO_VALUE, find_ods_cells, find_replaced_cells

# The limit of processor time grows with the size that the archive declares to unpack to, so that a small file can't
# take long. 100,000 rows of 14 columns unpack to 71 MB and take 4 s; as .ods they unpack to 206 MB.
MIN_CPU_SECONDS = 2
BYTES_PER_CPU_SECOND = 4 * 1024 * 1024
MAX_CELLS = 10_000_000  # the limit of the rectangle that contains all cells of the sheet
MAX_DIGITS = 15  # the digits that a spreadsheet keeps of a number
MAX_WRITTEN_OUT = 1e30  # a whole number above this is written with an exponent
MAX_SHEETS_LENGTH = 200  # the limit of the names of the other sheets together


def read_workbook(data: bytes, place: str) -> Iterator[bytes]:
    """Yield the lines to write. Raise UnreadableTable."""
    unpacked_bytes = check_archive(data)
    limit(resource.RLIMIT_CPU, min(MIN_CPU_SECONDS + unpacked_bytes // BYTES_PER_CPU_SECOND, MAX_CPU_SECONDS))
    file = io.BytesIO(data)
    try:
        book = CalamineWorkbook.from_filelike(file)
        visible = list_visible(book)
        number = visible[int(place)]
        sheet = book.get_sheet_by_index(number)
    except (CalamineError, IndexError, OSError) as error:
        raise UnreadableTable(BROKEN) from error
    if sheet.height * sheet.width > MAX_CELLS:
        raise UnreadableTable(TOO_LARGE)
    names = book.sheet_names
    others = ", ".join(name for name in names if name != names[number])
    sheets = {"sheet": names[number][:MAX_SHEETS_LENGTH], "others": others[:MAX_SHEETS_LENGTH]}
    yield write_line({**sheets, "visible": len(visible)})
    blank = [""] * (sheet.start or (0, 0))[1]  # the library omits the columns before the first one with content
    replaced, ods = find_replaced_cells(file, number), find_ods_cells(file, number)
    replaced, merged = replaced or ods.replaced, MergedCells(sheet.merged_cell_ranges or ods.merged)
    for row_number, cells in enumerate(sheet.iter_rows(), 1):
        row = [*blank, *map(convert_cell, cells)]
        for column, shown in replaced.get(row_number, {}).items():
            replace_cell(row, column - 1, shown)
        if row.count("") + row.count(NO_VALUE) < len(row):
            yield write_row(row_number, row, merged.fill(row_number - 1, row))


class MergedCells:
    """The cells that are merged with others below them. Each of the rows gets their value."""

    def __init__(self, ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
        """`ranges` are the first and the last place of each, as the numbers of row and column from 0."""
        self.ranges = sorted(((first, last) for first, last in ranges if last[0] > first[0]), reverse=True)
        self.values: dict[int, tuple[Any, int]] = {}  # the value and the last row, by column

    def fill(self, number: int, row: list[Any]) -> list[int]:
        """Fill the cells of a row that has a value of its own. Return the columns of these cells."""
        while self.ranges and self.ranges[-1][0][0] <= number:
            (first_row, column), (last_row, _column) = self.ranges.pop()
            if first_row == number and column < len(row):
                self.values[column] = row[column], last_row
        self.values = {column: found for column, found in self.values.items() if found[1] >= number}
        filled = [column for column in self.values if row[column : column + 1] == [""]]
        for column in filled:
            row[column] = self.values[column][0]
        return filled


def write_row(number: int, row: list[Any], filled: list[int] | None = None) -> bytes:
    """Return the line of a row: its number and the list of its cells, in which a date is a list with its text.

    The numbers of columns that were `filled` from above follow if there are any. If the row or one of its cells is too
    long, a text that says so and the values to fill into it replace the cells.
    """
    line = write_line([number, row, *filled] if filled else [number, row])
    if len(line) > MAX_CELL_LENGTH:
        longest = max((len(cell) for cell in row if isinstance(cell, str)), default=0)
        if longest > MAX_CELL_LENGTH:
            return write_line([number, TOO_LONG_CELL, longest, MAX_CELL_LENGTH])
    return write_line([number, TOO_LONG_ROW, MAX_LINE_BYTES]) if len(line) > MAX_LINE_BYTES else line


def parse_row(line: bytes) -> tuple[int, list[Any] | str, list[Any]]:
    """Return the number of the row, its cells, and the numbers of the columns that were filled from above.

    For a row that is refused, return the text that refuses it in place of the cells, and the values to fill into it.
    """
    number, cells, *values = json.loads(line, parse_float=Decimal, parse_int=Decimal)
    if not isinstance(cells, str):
        cells = [parse_date(cell[0]) if isinstance(cell, list) else cell for cell in cells]
    return int(number), cells, values


def parse_date(text: str) -> date | str:
    """Return the date. A date with a time of day is returned as text."""
    return date.fromisoformat(text) if len(text) == 10 else text


def write_line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def list_visible(book: CalamineWorkbook) -> list[int]:
    """Return the indexes of the visible sheets that are tables and not charts, or that of the first sheet."""
    numbers = [
        number
        for number, sheet in enumerate(book.sheets_metadata)
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]
    return numbers or [0]


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
    """Replace the cell by the text of its error, or by its number with leading zeros."""
    row.extend([""] * (column + 1 - len(row)))
    if isinstance(shown, str):
        row[column] = shown
    elif isinstance(row[column], int):
        row[column] = str(row[column]).zfill(shown)


if __name__ == "__main__":
    serve(read_workbook, UnreadableTable)
