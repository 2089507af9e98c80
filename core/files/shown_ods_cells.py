"""Read the merged cells of an .ods sheet, and formulas without a value or with an error. The library omits these."""

import re
import zipfile
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any, NamedTuple

from core.files.archives import ARCHIVE_ERRORS, BROKEN, UnreadableTable
from core.files.shown_cells import NO_VALUE, read_pieces

CONTENT = "content.xml"
MARKS = (b"<table:",)
TAG = re.compile(rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<>]*)>")
COUNT = re.compile(rb'\btable:number-(rows|columns)-(repeated|spanned)="([0-9]{1,7})"')
FORMULA, ERROR, TYPE = b"table:formula=", b'calcext:value-type="error"', b"office:value-type="
# A file in which this finds nothing has no such cells and is not read further.
NEEDED = re.compile(
    rb'rows-spanned="(?!1")|value-type="error"|<table:table-cell\b(?![^<>]*\boffice:value-type=)[^<>]*\btable:formula='
)
SHOWN = re.compile(rb"\s*<text:p\b[^<>]*>([^<]{1,20})</text:p>")
Places = list[tuple[tuple[int, int], tuple[int, int]]]


class OdsCells(NamedTuple):
    """Cells that show something other than their values, and ranges of merged cells.

    `replaced` has the shown text by row and column, with numbers from 1. `merged` has the first and the last place of
    each range, with numbers from 0.
    """

    replaced: dict[int, dict[int, Any]]
    merged: Places


def find_ods_cells(file: IO[bytes], sheet_number: int) -> OdsCells:
    """Return the cells of this sheet. The result is empty for files of other formats."""
    file.seek(0)
    found = OdsCells({}, [])
    try:
        with zipfile.ZipFile(file) as archive:
            if CONTENT in archive.namelist() and any(map(NEEDED.search, read_pieces(archive, CONTENT, MARKS))):
                tags = map(TAG.finditer, read_pieces(archive, CONTENT, MARKS))
                collect(chain.from_iterable(tags), sheet_number, found)
    except ARCHIVE_ERRORS as error:
        raise UnreadableTable(BROKEN) from error
    return found


def collect(tags: Iterator[re.Match[bytes]], sheet_number: int, found: OdsCells) -> None:
    """Go through the tags of tables, rows and cells, and record the cells of one table."""
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
