"""What responses say about a file of products: its columns and first rows, and what is recognised and left out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from core.fields import MAX_QUOTED_LENGTH
from core.files.csv_text import BYTE_ORDER_MARK, format_line, remove_guards
from core.files.tables import CSVTable, Row, Table
from core.sentences import fill, fill_plural
from core.translation import gettext_noop as _
from products.filing.cells import CellReader
from products.filing.choices import CREATE, KEEP, VALUES, Choices
from products.filing.column_names import MAX_NAME_LENGTH, quote
from products.filing.columns import say_column
from products.filing.errors import RowError
from products.filing.header import REASON_COLUMN, HeaderCell
from products.filing.reading.exports import write_value
from products.filing.skipping import Skipping
from products.filing.systems import LEFT, PLACE, System
from products.filing.translation import Translation

LEFT_OUT_TOTALS = _(
    "Rows with totals, which are no products and are left out: {number}, for example line {line}: {cell}."
)
LEFT_OUT_SECTIONS = _(
    "Rows with titles, which are no products and are left out: {number}, for example line {line}: {cell}."
)
LEFT_OUT_DATES = _("Dates that can't be read and are left out: {number}, for example line {line}: {cell}.")
OTHER_VALUES = _(
    "Rows of which only the quantity is added to an earlier row of the product, although other values differ: {number},"
    " for example line {line}."
)
LEFT_OUT_BARCODES = _(
    "Barcodes that are left out, because they are wrong: {number}, for example line {line}, {cell}: {reason}"
)
DOUBTFUL_PRICES = _(
    "Prices that may be a mistake, because they are zero or ten times the present one or more: {number}, for example"
    " line {line}, {name}: {price}."
)
OF_ARCHIVED = _(
    "Rows with the external id of an archived product, for which another product is created: {number}, for example"
    " line {line}."
)
LEFT_OUT_PARENTS = _("Rows of parents and of pictures, which are no products: {number}.")
NOT_TRACKED = _(
    "Products whose stock is not counted, as {column} says: {number}. They come in as the others, and their stock is"
    " counted here."
)
JUDGED = _("{name} is read as {column}, because its cells fit and no other column does.")
NOT_READ = _("The cells of {name} look like {column}, but it is not used. Choose {column} for it if that is right.")
NO_FIELD = _(
    "{name} can't become an own field: it has no values or longer ones than a field has, or the shop has too many"
    " fields already."
)
ASSUMED_IDS = _(
    "{name} is read as {column}: only files of this service, which have a column stock_sequence, have its ids."
)


class FileAnswers:
    """The base of ProductFile with what responses say about it. The attributes are those of a file that was read."""

    table: Table
    header: list[HeaderCell]
    above: int  # the rows above the header
    header_line: int  # the line in which the header begins
    first_rows: list[Row]  # the rows that may be the header, if there is a doubt
    width: int
    system: System | None
    translation: Translation | None
    reader: CellReader
    choices: Choices
    places: list[str]
    preview_rows: list[dict[str, Any]]
    totals: list[tuple[int, str]]  # the lines of rows with totals, each with its first cell
    sections: list[tuple[int, str]]  # the lines of rows with titles of sections, each with its first cell
    wrong_dates: list[tuple[int, str]]  # the lines with dates that can't be read, each with its cell
    other_values: list[tuple[int, str]]  # the lines whose quantities are added to rows with other values
    chosen: defaultdict[str, set[int]]  # the lines that each choice concerns
    below_zero: int  # the number of amounts below zero
    left_values: Counter[int]  # the number of values in columns that are left out, by place
    skipping: Skipping
    doubtful_prices: list[dict[str, Any]]  # the first doubtful prices
    doubtful_price_count: int

    @property
    def assumed_ids(self) -> HeaderCell | None:
        """Return the column whose ids are read as those of another program, unless they may be those of this shop."""
        return next((cell for cell in self.header if cell.is_assumed), None)

    @property
    def notes(self) -> list[str]:
        """Return what the user should know: how the file is read, and which parts are left out."""
        return [*self.table.notes, *self.list_left_out(), *self.list_doubts(), *self.reader.notes]

    def list_left_out(self) -> Iterator[str]:
        """Yield the notes about parts that are left out or may be misread."""
        if self.above:
            yield fill_plural(
                "{number} row above the names of the columns is left out.",
                "{number} rows above the names of the columns are left out.",
                self.above,
            )
        ignored = [cell.name[:MAX_QUOTED_LENGTH] for cell in self.header if cell.is_ignored and cell.name]
        if ignored and not self.translation:  # `left_out` has them with the numbers of values
            yield fill("Columns that are ignored: {names}.", names=", ".join(ignored))
        for one in self.header:
            if one.is_judged or one.hint:
                said = JUDGED if one.is_judged else NOT_READ
                yield fill(
                    said, name=quote(one.name), column=say_column(str(one.column if one.is_judged else one.hint))
                )
            if one.wanted and not one.column and self.choices.unknown == KEEP:
                yield fill(NO_FIELD, name=quote(one.name))
        if ids := self.assumed_ids:
            yield fill(ASSUMED_IDS, name=quote(ids.name), column=say_column("external_id"))
        left_out = (
            (LEFT_OUT_TOTALS, self.totals), (LEFT_OUT_SECTIONS, self.sections), (LEFT_OUT_DATES, self.wrong_dates),
            (OTHER_VALUES, self.other_values),
        )  # fmt: skip
        for said, rows in left_out:
            for line, cell in rows[:1]:
                yield fill(said, number=len(rows), line=line, cell=cell[:MAX_QUOTED_LENGTH])
        yield from self.list_translated()
        for line, (reason, cell) in [*self.skipping.barcodes.items()][:1]:
            values = {"line": line, "cell": cell, "reason": reason}
            yield fill(LEFT_OUT_BARCODES, number=len(self.skipping.barcodes), **values)

    def list_doubts(self) -> Iterator[str]:
        """Yield the notes about what may be a mistake."""
        if (archived := self.chosen["archived"]) and self.choices.archived == CREATE:
            yield fill(OF_ARCHIVED, number=len(archived), line=min(archived))
        for one in self.doubtful_prices[:1]:
            values = {name: one[name] for name in ("line", "name", "price")}
            yield fill(DOUBTFUL_PRICES, number=self.doubtful_price_count, **values)

    def list_translated(self) -> Iterator[str]:
        """Yield the notes about the rows of another system."""
        if not self.translation:
            return
        if self.translation.parents:
            yield fill(LEFT_OUT_PARENTS, number=self.translation.parents)
        tracked, untracked = self.translation.layout.tracked, self.translation.found["untracked"]
        if tracked and untracked:
            yield fill(NOT_TRACKED, number=len(untracked), column=quote(tracked.name))

    def add_to_preview(self, line: int, cells: list[Any], values: dict[str, Any]) -> None:
        """Add a row, given as the cells of the file and the values that are read from them, by column."""
        texts = {name: None if value is None else write_value(value) for name, value in values.items()}
        shown = [str(cell)[:MAX_QUOTED_LENGTH] for cell in cells[: len(self.header)]]
        self.preview_rows.append({"line": line, "cells": shown, "values": texts})

    def describe_preview(self) -> dict[str, Any]:
        """Return the header and the first rows in the form of responses."""
        columns = [
            {
                "name": cell.name[:MAX_NAME_LENGTH],
                "column": cell.column,
                "letter": cell.letter,
                "question": cell.question,
                "may_be": [*cell.may_be],
                "role": (cell.part if cell.is_structure else LEFT if cell.is_left else "").removeprefix("*") or None,
            }
            for cell in self.header
        ]
        rows = [(line, [str(cell)[:MAX_QUOTED_LENGTH] for cell in cells or []]) for line, cells in self.first_rows]
        first_rows = [{"line": line, "cells": cells} for line, cells in rows]
        return {
            "columns": columns, "preview": self.preview_rows, "header_line": self.header_line, "first_rows": first_rows,
        }  # fmt: skip

    def describe_reading(self) -> dict[str, Any]:
        """Return what was chosen, recognised and left out, in the form of responses."""
        found = self.translation.found if self.translation else {}
        left = self.translation.left if self.translation else self.left_values
        numbers = {name: len(concerned) for name, concerned in self.chosen.items()}
        numbers |= {"below_zero": self.below_zero, "wrong_rows": len(self.skipping.rows)}
        numbers["unknown"] = sum(cell.is_unknown or cell.is_left for cell in self.header)
        return {
            "encoding": self.table.parameter if isinstance(self.table, CSVTable) else None,
            "choices": [
                {"name": name, "value": getattr(self.choices, name), "number": numbers.get(name, 0)} for name in VALUES
            ],
            "recognised": {
                "system": self.system and self.system.name,
                **{name: len(found.get(name, ())) for name in ("products", "variants", "pictures")},
                "places": len({*self.places, *found.get("places", ())}),
            },
            "left_out": [
                {"column": self.header[place].name or self.header[place].letter, "values": left[place]}
                for place in sorted(left)
                if left[place]
            ],
        }

    def write_skipped(self, rows: Iterable[Row]) -> Iterator[str]:
        """Yield the rows that are left out as lines of CSV with their reasons, which can be corrected and imported.

        `rows` are all rows of products in the file.
        """
        kept = [cell for cell in self.header if not cell.is_structure or cell.part == PLACE]
        names = [cell.column or (name_stock(cell.text) if cell.part == PLACE else cell.name) for cell in kept]
        places = [*(cell.place for cell in kept), *range(len(self.header), self.width)]
        if self.translation:
            names += [*self.translation.extra, *map(name_stock, self.translation.places)]
        yield BYTE_ORDER_MARK + format_line([REASON_COLUMN, *names])
        for line, cells in rows:
            if errors := self.skipping.rows.get(line):
                cells = cells or []
                if any(not error.column for error in errors):  # the row is longer or shorter than the header
                    cells = cells[: len(self.header)]
                cells = cells + [""] * (self.width - len(cells))
                yield format_line([join_reasons(errors), *(remove_guards(str(cells[place])) for place in places)])


def join_reasons(errors: list[RowError]) -> str:
    """Return the reasons with the names of their columns as a text."""
    return " ".join(f"{error.column}: {error.reason}" if error.column else error.reason for error in errors)


def name_stock(place: str) -> str:
    """Return the name of the column with the stock of this place."""
    return f"quantity [{place}]"


def forget(_line: int, _reason: str) -> None:
    """Report no line that can't be read, because this was or will be reported by another reading."""
