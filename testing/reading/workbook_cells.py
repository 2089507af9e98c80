"""Read the cells of a workbook from its XML, with the type that a spreadsheet gives each cell."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from functools import reduce
from xml.etree import ElementTree

NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SHEET = "xl/worksheets/sheet1.xml"
FIRST_DAY = datetime(1899, 12, 30, tzinfo=UTC)  # day 0 of a spreadsheet


def read_workbook(content):
    """Return the rows of the first sheet as lists of texts, numbers and booleans. A missing cell is None."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tree = ElementTree.fromstring(archive.read(SHEET))  # noqa: S314, our own file
    assert not list(tree.iter(f"{NAMESPACE}f")), "there is a formula"
    rows = [[read_cell(cell) for cell in row] for row in tree.iter(f"{NAMESPACE}row")]
    return [fill_gaps(row) for row in rows]


def read_cell(cell):
    """Return the column's letter and the value of the cell."""
    column = cell.get("r").rstrip("0123456789")
    if cell.get("t") == "inlineStr":
        return column, "".join(part.text or "" for part in cell.iter(f"{NAMESPACE}t"))
    number = float(cell.find(f"{NAMESPACE}v").text)
    return column, bool(number) if cell.get("t") == "b" else number


def fill_gaps(cells):
    by_column = {count_columns(column) - 1: value for column, value in cells}
    return [by_column.get(number) for number in range(max(by_column) + 1)]


def count_columns(letters):
    """Return the number of columns up to the one with these letters: A is the first one, and AA follows Z."""
    return reduce(lambda number, letter: number * 26 + ord(letter) - ord("A") + 1, letters, 0)


def to_datetime(number):
    """Return the time that a spreadsheet shows for a number formatted as one."""
    return FIRST_DAY + timedelta(days=number)
