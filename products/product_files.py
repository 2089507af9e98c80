"""A file of products: its header, its rows, and a preview of how they are understood."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext
from rest_framework.serializers import ValidationError

from core.fields import MAX_QUOTED_LENGTH
from core.files.archives import UnreadableTable
from core.files.numbers import is_number
from core.files.reader_process import ReaderBusy
from core.files.tables import open_table
from core.files.workbooks import WorkbookTable
from core.sentences import fill
from core.translation import gettext_noop as _
from products import column_names
from products.cells import CellReader
from products.columns import NAMED_COLUMN, ProductColumn, get_column
from products.errors import ImportRunning, InvalidFile, RowErrors, TooManyRows, TooManyWorkbooks
from products.header import (
    IDENTIFYING_COLUMNS,
    WHOSE_IDS,
    HeaderCell,
    check_column_names,
    check_header,
    describe_unknown_columns,
    is_own,
    read_names,
)
from products.profile_models import CustomField
from products.profiles import read_own_fields
from products.reading.exports import write_value
from products.words import TOTALS

MAX_ROWS = 100_000  # the limit of a file; the worker's memory and the time of a reversal were measured with this number
MAX_PREVIEW_ROWS = 5
NAMING_COLUMNS = (*IDENTIFYING_COLUMNS, "barcode")  # they name the product of a row
MAX_ROWS_BEFORE_HEADER = 10  # the rows that are searched for a header if the first row is none
LEFT_OUT_TOTALS = _("Rows with totals, which are no products and left out: {number}, for example line {line}: {cell}.")
ASSUMED_IDS = _(
    "{name} is read as external_id: only files of this service, which have a column stock_sequence, have its ids."
)


class ProductFile:
    """The rows of a file. Raise InvalidFile if it is not a table or has no header.

    `mapping` is the parameter `columns`: see products/column_names.py. A workbook waits while others are read. Raise
    ImportRunning if workbooks of the same account take too long, and TooManyWorkbooks if those of other accounts do.
    """

    def __init__(self, file: Any, *, owner_id: int, mapping: str = "", decimal_sign: str = ".") -> None:
        self.errors, self.preview_rows = RowErrors(), list[dict[str, Any]]()
        self.owner_id, self.own = owner_id, dict[str, CustomField]()  # the shop's own fields, if the header names any
        self.row_count = 0
        self.has_changed_barcodes = self.has_further_codes = False
        self.totals: list[tuple[int, str]] = []  # the lines of rows with totals, each with its first cell
        self.wrong: list[str] = []  # the columns of the row's malformed cells
        self.header: list[HeaderCell] = []
        targets = column_names.parse_mapping(mapping)
        try:
            self.table = open_table(file, owner_id)
        except UnreadableTable as error:
            raise InvalidFile(reason=gettext(str(error))) from error
        except ReaderBusy as error:
            raise (ImportRunning if error.is_own else TooManyWorkbooks) from error
        self.rows = count_rows(self.table.read_rows(self.errors.add_line_error))
        try:
            self.read_header(targets)
        except BaseException:
            self.close()
            raise
        columns = [(cell.place, get_column(cell.column)) for cell in self.header if cell.column]
        places = dict(sorted(columns, key=lambda one: one[1].is_beside))  # the columns of profiles are the last ones
        self.columns = [*places.values()]
        self.column_names = [column.name for column in self.columns]
        self.beside = [column.name for column in self.columns if column.is_beside]
        in_sql = self.column_names[: len(places) - len(self.beside)]
        self.copied = ["line", "wrong", "barcode_cell", "more_codes", *in_sql, *["profile"] * bool(self.beside)]
        self.is_own = is_own(self.header)
        self.nameless = [cell.place for cell in self.header if not (cell.name or {"", cell.place} & targets.keys())]
        self.naming = [place for place, column in places.items() if column.name in NAMING_COLUMNS]
        self.reader = CellReader(self.table, places, is_own=self.is_own, decimal_sign=decimal_sign, own=self.own)
        self.matchers = [
            (place, column, self.reader.rules[column.name].plain.fullmatch) for place, column in places.items()
        ]

    def close(self) -> None:
        self.table.close()

    @property
    def notes(self) -> list[str]:
        """Return what the user should know: how the file is read, and which parts are ignored."""
        notes = self.table.notes
        if names := ", ".join(cell.name[:MAX_QUOTED_LENGTH] for cell in self.header if cell.is_ignored and cell.name):
            notes.append(fill("Columns that are ignored: {names}.", names=names))
        if ids := self.assumed_ids:
            notes.append(fill(ASSUMED_IDS, name=column_names.quote(ids.name)))
        if self.totals:
            [(line, cell), *_others] = self.totals
            notes.append(fill(LEFT_OUT_TOTALS, number=len(self.totals), line=line, cell=cell[:MAX_QUOTED_LENGTH]))
        return [*notes, *self.reader.notes]

    @property
    def assumed_ids(self) -> HeaderCell | None:
        """Return the column whose ids are read as those of another program, unless they may be those of this shop."""
        return next((cell for cell in self.header if cell.is_assumed), None)

    def ask_for_ids(self, line: int, product_id: str, product: str) -> None:
        """Raise InvalidFile with the question whose ids the file has. The line has an id of the shop's product."""
        named = fill(
            "Line {line}: {id} is the id of your product {product}.", line=line, id=product_id, product=product
        )
        cell = next(cell for cell in self.header if cell.is_assumed).doubt(WHOSE_IDS)
        self.header[cell.place] = replace(cell, question=f"{named} {cell.question}")
        raise InvalidFile(describe_unknown_columns(self.header), self.describe_preview())

    def forget_barcodes(self, cells: list[str]) -> None:
        """Say in the notes nothing about these barcodes, because they have not been changed after all."""
        for cell in cells:
            self.reader.barcodes.forget(cell)

    def read_header(self, targets: column_names.Mapping) -> None:
        """Read the first row that is not blank as the header. Raise InvalidFile."""
        first = next(self.rows, None)
        line, cells = first or (1, [])
        names = [str(cell).strip() for cell in cells or []]
        while names and not names[-1]:
            names.pop()
        if any(NAMED_COLUMN.fullmatch(name) for name in [*names, *targets.values()]):
            self.own = read_own_fields(self.owner_id)
        self.header = read_names(names[: column_names.MAX_COLUMNS], targets, self.own)
        try:
            if cells is None:
                raise InvalidFile(reason=fill("Its header can't be read: {reason}", reason=self.errors.rows[0][2]))
            check_column_names(names)
            check_header(self.header, targets)
        except InvalidFile as error:
            following = [row for row, _ in zip(self.rows, range(MAX_ROWS_BEFORE_HEADER), strict=False)]
            for number, row in following[:MAX_PREVIEW_ROWS]:
                self.add_to_preview(number, row or [], {})
            refuse_title(line, names, following)
            raise InvalidFile(" ".join([error.numbers["reason"], *self.table.notes]), self.describe_preview()) from None

    def read_values(self) -> Iterator[list[Any]]:
        """Yield the values of each row by the names of `copied`.

        Record the errors of cells, and of lines that are no rows. Raise InvalidFile if there are no rows, or if a
        column without a name has values.
        """
        for count, (line, cells) in enumerate(self.rows, 1):
            self.row_count = count
            if cells is not None and self.is_total(cells):
                self.totals.append((line, find_first(cells)))
            elif cells is not None and (values := self.read_row(line, cells)) is not None:
                yield values
        if not (self.row_count or self.errors.total):
            raise InvalidFile(reason=gettext("It has no rows below the header: add at least one."))

    def is_total(self, cells: list[Any]) -> bool:
        """Return whether the row has totals: first a word for them, then only numbers, and no product."""
        first = find_first(cells)
        if first.strip(" :.").lower() not in TOTALS:
            return False
        numbers = all(is_number(str(cell)) for cell in cells if has_content([cell]) and cell != first)
        names = [cells[place] for place in self.naming if place < len(cells) and cells[place] != first]
        return numbers and not has_content(names)

    def read_row(self, line: int, cells: list[Any]) -> list[Any] | None:
        """Return the row as described in read_values(), or None after recording that it has too few or many cells.

        A malformed cell has the value None, so that the import can judge the other cells of its row.
        """
        if len(cells) != len(self.header):
            cells = self.fit_row(line, cells)
            if len(cells) != len(self.header):
                return None
        for place in self.nameless:
            self.check_nameless(line, place, cells[place])
        values: list[Any] = [line, None, None, None]
        for place, column, is_plain in self.matchers:
            cell = cells[place]
            values.append(cell if isinstance(cell, str) and is_plain(cell) else self.read_cell(line, column, cell))
        if len(self.preview_rows) < MAX_PREVIEW_ROWS:
            self.add_to_preview(line, cells, dict(zip(self.column_names, values[4:], strict=True)))
        if self.wrong:
            values[1], self.wrong = self.wrong, []
        if self.reader.barcodes.changed:
            values[2:4] = self.take_changed_barcode()
        if self.beside:  # wrong cells are left out
            cells = [values.pop() for _ in self.beside][::-1]
            named = zip(self.beside, cells, strict=True)
            values.append(json.dumps({name: value for name, value in named if value is not None}))
        return values

    def take_changed_barcode(self) -> list[str | None]:
        """Return the text of the row's barcode before it was changed, and the further codes in its cell."""
        barcodes = self.reader.barcodes
        taken, barcodes.changed = [barcodes.changed, barcodes.further or None], ""
        self.has_changed_barcodes = True
        self.has_further_codes = self.has_further_codes or bool(barcodes.further)
        return taken

    def read_cell(self, line: int, column: ProductColumn, cell: Any) -> Any:
        """Return the value of the cell, or None after recording its error."""
        try:
            return self.reader.read(column, cell)
        except ValidationError as error:
            self.errors.add_error(line, column.name, str(error.detail[0]), str(cell))  # type: ignore[index]
            self.wrong.append(column.name)
            return None

    def add_to_preview(self, line: int, cells: list[Any], values: dict[str, Any]) -> None:
        """Add a row, given as the cells of the file and the values that are read from them, by column."""
        texts = {name: None if value is None else write_value(value) for name, value in values.items()}
        shown = [str(cell)[:MAX_QUOTED_LENGTH] for cell in cells[: len(self.header)][: column_names.MAX_COLUMNS]]
        self.preview_rows.append({"line": line, "cells": shown, "values": texts})

    def describe_preview(self) -> dict[str, Any]:
        """Return the header and the first rows in the form of responses."""
        columns = [
            {
                "name": cell.name[: column_names.MAX_NAME_LENGTH],
                "column": cell.column,
                "letter": cell.letter,
                "question": cell.question,
            }
            for cell in self.header[: column_names.MAX_COLUMNS]
        ]
        return {"columns": columns, "preview": self.preview_rows}

    def fit_row(self, line: int, cells: list[Any]) -> list[Any]:
        """Return the row without blank cells beyond the header.

        Record an error if its length still differs from the header's.
        """
        width = len(self.header)
        if not has_content(cells[width:]):
            cells = cells[:width]
        if isinstance(self.table, WorkbookTable) and len(cells) > width:
            place = next(place for place in range(width, len(cells)) if has_content([cells[place]]))
            reason = fill("Column {column} has no name in the header: name it, or empty this cell.", column=place + 1)
            self.errors.add_error(line, "", reason, str(cells[place]))
        elif len(cells) != width:
            reason = gettext(
                "Expected as many cells as the header has ({width}), got {number}. Add or remove cells, or put a cell"
                " that contains the delimiter in quotes."
            )
            self.errors.add_error(line, "", reason.format(width=width, number=len(cells)))
        return cells

    def check_nameless(self, line: int, place: int, cell: Any) -> None:
        """Raise InvalidFile if a cell in a column without a name is not blank."""
        if has_content([cell]):
            said = gettext(
                "Column {column} has no name in the header, but {cell} in line {line}: name the column, or empty it."
            )
            values = {"column": place + 1, "cell": column_names.quote(str(cell)), "line": line}
            raise InvalidFile(said.format(**values), self.describe_preview())


def refuse_title(line: int, names: list[str], following: list[tuple[int, list[Any] | None]]) -> None:
    """Raise InvalidFile if the header is not in the first row, but in one of the rows after it."""
    if column_names.count_known(names[: column_names.MAX_COLUMNS]):
        return
    for number, cells in following:
        if column_names.count_known(str(cell).strip() for cell in (cells or [])[: column_names.MAX_COLUMNS]) > 1:
            said = gettext(
                "Line {line} ({text}) is not a header, but line {number} looks like one: delete what is above line"
                " {number}."
            )
            text = column_names.quote(" ".join(filter(None, names)))
            raise InvalidFile(reason=said.format(line=line, text=text, number=number))


def count_rows(rows: Iterator[tuple[int, list[Any] | None]]) -> Iterator[tuple[int, list[Any] | None]]:
    """Yield the header and the rows without the blank ones. Raise TooManyRows at the first row above MAX_ROWS."""
    rows_left = MAX_ROWS + 1
    for line, cells in rows:
        if cells is None or has_content(cells):
            if not rows_left:
                raise TooManyRows(limit=MAX_ROWS)
            rows_left -= 1
            yield line, cells


def find_first(cells: list[Any]) -> str:
    """Return the first cell with content as text."""
    for cell in cells:
        if not isinstance(cell, str) or cell.strip():
            return str(cell)
    return ""


def has_content(cells: list[Any]) -> bool:
    for cell in cells:  # noqa: SIM110, any() is slower, and the first cell nearly always tells
        if not isinstance(cell, str) or cell.strip():
            return True
    return False
