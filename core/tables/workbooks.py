"""Workbooks (`.xlsx`, `.ods`) as rows of texts, numbers and dates: the first sheet, formulas by their stored value."""

import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

ZIP = b"PK\x03\x04"  # how both kinds of files begin
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # how .xls files begin
MAX_UNPACKED_BYTES = 256 * 1024 * 1024  # of the parts of a workbook: a small file may unpack to any size
MAX_WHOLE = 10**15  # a spreadsheet keeps 15 digits of a number
ERROR_CELL = re.compile(rb'<c\b[^>]*\br="[A-Z]+(\d+)"[^>]*\bt="e"')
FIRST_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
RELATION_ID = re.compile(rb'\b\w+:id="([^"]+)"')
CHUNK_BYTES = 1024 * 1024


class UnreadableWorkbook(Exception):
    """The file is no workbook that can be read; the message says why."""


class WorkbookTable:
    """The rows of a workbook's first sheet, which may be read more than once. Raise UnreadableWorkbook."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.errors = self.check()
        file.seek(0)
        try:
            self.sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
        except (CalamineError, IndexError, OSError) as error:
            raise UnreadableWorkbook(f"This workbook can't be read: {error}.") from error

    def rows(self, report: Callable[[int, str], None]) -> Iterator[tuple[int, list[Any]]]:
        """Yield the number and the cells of each row, blank ones too. Report rows with an error of a formula."""
        for number, cells in enumerate(self.sheet.iter_rows(), 1):
            if number in self.errors:
                report(number, "A formula in this row has an error (like #N/A).")
            yield number, [cell_value(cell) for cell in cells]

    def check(self) -> set[int]:
        """Refuse a file that unpacks to too much. Return the rows of the first sheet that hold an error."""
        self.file.seek(0)
        try:
            with zipfile.ZipFile(self.file) as archive:
                if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
                    raise UnreadableWorkbook("This workbook is too large: export the sheet as CSV.")
                return rows_with_errors(archive)
        except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError) as error:
            raise UnreadableWorkbook("This is no workbook that can be read: export the sheet as CSV.") from error


def rows_with_errors(archive: zipfile.ZipFile) -> set[int]:
    """Return the numbers of the rows in the first sheet that hold an error, which calamine reads as blank."""
    name = first_sheet(archive)
    found: set[int] = set()
    if name:
        with archive.open(name) as part:
            before = b""
            while chunk := part.read(CHUNK_BYTES):
                text = before + chunk
                found.update(int(number) for number in ERROR_CELL.findall(text))
                before = text[text.rfind(b"<") :]
    return found


def first_sheet(archive: zipfile.ZipFile) -> str:
    """Return the name of the part that holds the first sheet of an .xlsx file, empty for other files."""
    names = archive.namelist()
    if "xl/workbook.xml" not in names:
        return ""
    sheet = FIRST_SHEET.search(archive.read("xl/workbook.xml"))
    relation = RELATION_ID.search(sheet[0]) if sheet else None
    for element in re.findall(rb"<Relationship\b[^>]*>", archive.read("xl/_rels/workbook.xml.rels")):
        target = re.search(rb'\bTarget="/?(?:xl/)?([^"]+)"', element)
        if relation and target and b'Id="' + relation[1] + b'"' in element:
            name = f"xl/{target[1].decode()}"
            return name if name in names else ""
    return ""


def cell_value(cell: Any) -> Any:
    """Return text, a Decimal or a date. A number has the digits that the spreadsheet shows; times become text."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return Decimal(int(cell)) if cell.is_integer() and abs(cell) < MAX_WHOLE else Decimal(repr(cell))
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else cell.isoformat(sep=" ")
    return str(cell) if isinstance(cell, time | timedelta) else cell
