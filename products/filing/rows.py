"""Read the rows of a file of products once. A row with a cell that depends on other rows waits until all are seen."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from rest_framework.serializers import ValidationError

from core.fields import MAX_QUOTED_LENGTH
from core.files.numbers import is_number
from core.files.tables import Report
from core.files.workbooks import WorkbookTable
from core.sentences import fill
from products.filing.cells import CellReader, list_fractions
from products.filing.code_cells import NO_BARCODE
from products.filing.column_names import TOTALS, quote
from products.filing.columns import FIELD, ProductColumn, get_column
from products.filing.errors import Body, InvalidFile, RowErrors
from products.filing.header import describe_row
from products.filing.header_cells import IDENTIFYING_COLUMNS, HeaderCell
from products.filing.layout import MAX_PREVIEW_ROWS, MIN_COLUMNS, Layout
from products.filing.rules import LIST_RULES
from products.filing.source import Source, Spool, count_rows, find_first, has_content
from products.filing.states import AMOUNTS, SIGNS, SKIP, ZERO
from products.models import Product

QUANTITY = get_column("quantity")
HAS_DIGIT = re.compile("[0-9]")
NO_AMOUNT = re.compile(r"\s*0+(?:[.,]0+)?\s*[^\w\s]?\s*")  # what a formula leaves beside a title: `0,00 €`
TITLED = ("name", "category", "description", "sku", "supplier_sku")  # the columns that may have the title of a section


class Rows:
    """Reads and counts the rows of a file. `decimal_sign` and `currency` are settings of the shop."""

    def __init__(self, source: Source, layout: Layout, *, decimal_sign: str = ".", currency: str = "") -> None:
        self.source, self.layout, self.translation = source, layout, layout.translation
        self.errors = RowErrors()
        choices = layout.choices
        # With `wrong_rows=skip`, the rows are kept as they are in the file, because the wrong ones are stored.
        self.given = Spool() if choices.wrong_rows == SKIP else None
        if self.given:
            self.errors.keep_lines()
        self.row_count, self.is_below_total = 0, False
        self.has_changed_barcodes = self.has_further_codes = self.has_unsaid = False
        # The lines of totals, titles of sections and, by column, of cells that are left out. Each has a cell to quote.
        self.totals, self.sections = list[tuple[int, str]](), list[tuple[int, str]]()
        self.left_cells = defaultdict[str, list[tuple[int, str]]](list)
        self.no_price, self.below_zero = set[int](), 0
        self.missing_rates, self.left_rates = list[str](), list[str]()
        self.wrong: list[str] = []  # the columns of the row's malformed cells
        self.preview: dict[int, Body] = {}  # by line
        self.left_values = Counter[int]()  # the number of values in columns that are left out, by place
        chosen = SIGNS.get(choices.decimal_sign, "")
        self.reader = CellReader(
            layout.columns, is_own=layout.is_own, decimal_sign=chosen or decimal_sign, own=layout.own,
            rounds=choices.fractions == AMOUNTS, has_no_price=choices.no_price == ZERO, currency=currency,
            sign_beside="" if chosen else source.sign_beside, is_written=layout.header.is_written,
            fractions=list_fractions(Product, source.owner_id, currency),
        )  # fmt: skip
        if choices.is_list:
            self.reader.rules |= LIST_RULES
        self.matchers = [
            (place, column, self.reader.rules[column.name].plain.fullmatch) for place, column in layout.at.items()
        ]
        # The columns with cells that may depend on other cells.
        columns = layout.at | dict.fromkeys(layout.stocks, QUANTITY)
        self.deciding = [
            (place, column, self.reader.find_plain(column))
            for place, column in columns.items()
            if self.reader.may_decide(column)
        ]
        self.naming = [place for place, column in layout.at.items() if column.name in IDENTIFYING_COLUMNS]
        if isinstance(source.table, WorkbookTable):
            source.table.counted = {place for place, column in columns.items() if column is QUANTITY}
        self.watch, self.check_time, self.quote_number = source.watch, source.check_time, self.reader.quote_number

    @property
    def product_count(self) -> int:
        return self.row_count - len(self.totals) - len(self.sections)

    def close(self) -> None:
        if self.given:
            self.given.close()
        self.source.close()

    def read_products(self, report: Report, *, is_strict: bool = True) -> Iterator[tuple[int, list[Any]]]:
        """Yield the line and the cells of each row of a product. Raise TooManyRows.

        Rows that had to wait come last. With `is_strict`, rows that differ from the header in length and values in
        columns without a name are refused. Otherwise, missing cells are empty.
        """
        table = self.source.read_rows(self.layout.header.last_line, report)
        with closing(Spool()) as waiting:
            for line, cells in count_rows(self.translation.translate(table) if self.translation else table):
                self.row_count += 1
                if self.given:
                    self.given.write(line, cells)
                if cells is None or self.is_beside_products(line, cells):
                    continue
                if is_strict and not self.is_right(line, cells):
                    continue
                cells += [""] * (self.layout.width - len(cells))
                if self.must_wait(cells):
                    waiting.write(line, cells)
                else:
                    yield line, cells
            self.reader.settle()
            yield from self.watch(waiting.read())  # type: ignore[misc]

    def read_values(self) -> Iterator[list[Any]]:
        """Yield the values of each row by the names of `copied`.

        Record the errors of cells, and of lines that are no rows. Raise InvalidFile if there are no rows, or if a
        column without a name has values, or TooManyRows.
        """
        for line, cells in self.read_products(self.errors.add_line_error):
            yield self.read_row(line, cells)
        if not (self.row_count or self.errors.total):
            raise InvalidFile(gettext("It has no rows below the header: add at least one."))

    def is_beside_products(self, line: int, cells: list[Any]) -> bool:
        """Return whether the row has totals or the title of a section. Count such a row."""
        is_total, is_kin = self.is_total(cells), self.is_below_total and self.has_no_amounts(cells)
        self.is_below_total = is_total or is_kin  # such as the costs of a delivery
        if line in self.layout.subtotals or is_total:
            counted = self.totals
        elif is_kin or ((self.translation or self.layout.choices.is_list) and self.is_section(cells)):
            counted = self.sections
        else:
            return False
        counted.append((line, find_first(cells)[:MAX_QUOTED_LENGTH]))
        return True

    def has_no_amounts(self, cells: list[Any]) -> bool:
        """Return whether the row has neither a price nor a quantity, in a file of another program that has them."""
        amounts = [str(cells[place]) for place in self.layout.amounts if place < len(cells)]
        return (
            bool(amounts)
            and not self.layout.is_own
            and all(not text.strip() or NO_AMOUNT.fullmatch(text) for text in amounts)
        )

    def is_right(self, line: int, cells: list[Any]) -> bool:
        """Return whether the row has the length of the header, and count its values. Record an error if it has not."""
        is_misfit = self.translation is not None and self.translation.is_misfit
        if is_misfit or len(cells) != self.layout.width:
            self.fit_row(line, cells)
            if is_misfit or len(cells) != self.layout.width:
                return False
        if self.translation:
            self.translation.count(cells)
        elif self.layout.nameless or self.layout.left:
            self.check_left(line, cells)
        if len(self.preview) < MAX_PREVIEW_ROWS:
            self.preview[line] = {}
        return True

    def must_wait(self, cells: list[Any]) -> bool:
        """Return whether other rows decide how a cell of this row is read. Record how its cells are written."""
        waits = False
        for at, (place, column, is_plain) in enumerate(self.deciding):
            cell = cells[place]
            if cell and not (isinstance(cell, str) and is_plain(cell)):
                waits = self.reader.observe(column, cell) or waits
                if "." in self.reader.signs[column.name]:  # more prices with a point need not be observed
                    self.deciding[at] = place, column, self.reader.rules[column.name].plain.fullmatch
        return waits

    def is_total(self, cells: list[Any]) -> bool:
        """Return whether the row has totals: first a word for them, then only numbers, and no product."""
        first = str(cells[0]) if str(cells[0]).strip() else find_first(cells)
        if first.strip(" :.").lower() not in TOTALS:
            return False
        numbers = all(is_number(str(cell)) for cell in cells if has_content([cell]) and cell != first)
        names = [cells[place] for place in self.naming if place < len(cells) and cells[place] != first]
        return numbers and not has_content(names)

    def is_section(self, cells: list[Any]) -> bool:
        """Return whether the row has the title of a section: one text, and neither a price nor a code.

        In a file without prices and quantities, it has no small letters, or most rows have more cells. In one with few
        columns, most have a price.
        """
        header = self.layout.cells
        if len(self.layout.columns) < MIN_COLUMNS and not (self.layout.has_prices or self.layout.are_filled):
            return False
        if has_content([cells[place] for place in self.layout.amounts if place < len(cells)]):
            return False
        cells = cells[: len(header)]
        places = [
            place
            for place, cell in enumerate(cells)
            if has_content([cell]) and (str(cell) == "0" or not NO_AMOUNT.fullmatch(str(cell)))
        ]
        if len(places) != 1 or is_number(text := str(cells[places[0]])):
            return False
        if not (self.layout.amounts or self.layout.are_filled or text.isupper()):
            return False
        column = header[places[0]].column
        return column in (None, *TITLED) or column.startswith(FIELD)

    def read_row(self, line: int, cells: list[Any]) -> list[Any]:
        """Return the values of a row as described in read_values().

        A malformed cell has the value None, so that the import can judge the other cells of its row.
        """
        layout = self.layout
        values: list[Any] = [line, None, None, None, None]
        for place, column, is_plain in self.matchers:
            cell = cells[place]
            values.append(cell if isinstance(cell, str) and is_plain(cell) else self.read_cell(line, column, cell))
        if line in self.preview:
            named = dict(zip(layout.names, values[5:], strict=True))
            self.preview[line] = describe_row(line, cells[: len(layout.cells)], named)
        stocks = [self.read_cell(line, QUANTITY, cells[at], place) for at, place in layout.stocks.items()]
        if self.wrong:
            values[1], self.wrong = self.wrong, []
        if (barcode := self.reader.barcode).changed:
            values[2:4] = barcode.changed, barcode.further or None
            self.has_changed_barcodes, self.reader.barcode = True, NO_BARCODE
            self.has_further_codes = self.has_further_codes or bool(barcode.further)
        if self.reader.unsaid:
            values[4], self.reader.unsaid, self.has_unsaid = self.reader.unsaid, [], True
        if layout.beside:  # wrong cells are left out
            cells = [values.pop() for _ in layout.beside][::-1]
            pairs = zip(layout.beside, cells, strict=True)
            values.append(json.dumps({name: value for name, value in pairs if value is not None}))
        if stocks:
            values.append(stocks)
        return values

    def check_left(self, line: int, cells: list[Any]) -> None:
        """Count the values that are left out. Raise InvalidFile for a value in a column without a name."""
        for place in self.layout.nameless:
            if has_content([cells[place]]):
                said = gettext(
                    "Column {column} has no name in the header, but {cell} in line {line}: name the column, or empty"
                    " it."
                )
                values = {"column": place + 1, "cell": quote(str(cells[place])), "line": line}
                raise InvalidFile(said.format(**values), self.describe_preview())
        for place in self.layout.left:
            self.left_values[place] += has_content([cells[place]])

    def read_cell(self, line: int, column: ProductColumn, cell: Any, stock_of: str = "") -> Any:
        """Return the value of the cell, or None after recording its error. `stock_of` is the place of a quantity."""
        choices, text = self.layout.choices, str(cell)
        # A cell of a price list may have no value, such as a price on request.
        if choices.is_list and (not text.strip() or (column.is_money and not HAS_DIGIT.search(text))):
            return None
        try:
            return self.reader.read(column, cell)
        except ValidationError as error:
            if column.is_amount and self.reader.is_below_zero(column, cell):
                self.below_zero += 1
                if choices.below_zero == ZERO:
                    return Decimal(0)
            if column.name == "price" and not text.strip():
                self.no_price.add(line)
            is_inexact = column.name == "quantity" and not is_number(text)  # a word, or `>10`
            may_be_left = column.name.startswith(("cost_price", FIELD)) or self.reader.is_date(column)
            if choices.is_moving and (is_inexact or may_be_left):
                self.reader.unsaid.append(column.name)
                self.left_cells[column.name].append((line, text[:MAX_QUOTED_LENGTH]))
                return None
            name = f"{column.name} [{stock_of}]" if stock_of else column.name
            self.errors.add_error(line, name, str(error.detail[0]), text)  # type: ignore[index]
            self.wrong.append(column.name)
            return None

    def fit_row(self, line: int, cells: list[Any]) -> None:
        """Remove blank cells beyond the header. Record an error if the length still differs from the header's."""
        width = len(self.layout.cells)
        if not has_content(cells[width:]):
            del cells[width:]
        if self.layout.choices.is_list:  # programs leave out the empty cells at the end
            cells += [""] * (width - len(cells))
        if isinstance(self.source.table, WorkbookTable) and len(cells) > width:
            place = next(place for place in range(width, len(cells)) if has_content([cells[place]]))
            reason = fill("Column {column} has no name in the header: name it, or empty this cell.", column=place + 1)
            self.errors.add_error(line, "", reason, str(cells[place]))
        elif len(cells) != width:
            reason = gettext(
                "Expected as many cells as the header has ({width}), got {number}. Add or remove cells, or put a cell"
                " that contains the delimiter in quotes."
            )
            self.errors.add_error(line, "", reason.format(width=width, number=len(cells)))

    def describe_preview(self, cells: Sequence[HeaderCell] = ()) -> Body:
        """Return the header and the first rows as responses have them. `cells` replace the header's in a question."""
        rows = [row for row in self.preview.values() if row]
        return self.layout.header.describe(cells or self.layout.cells, rows)
