"""Read a file with a table of a few thousand rows, such as that of kits, whose columns people may have to choose."""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from django.utils.translation import gettext
from rest_framework.serializers import ValidationError

from core.files.workbooks import WorkbookTable
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.cells import CellReader, list_fractions
from products.filing.column_names import (
    COLUMN_OF,
    MAX_COLUMNS,
    PLAIN_WORDS,
    Mapping,
    is_plain,
    normalize_column_name,
    parse_mapping,
    quote,
    translate_labels,
)
from products.filing.columns import ProductColumn
from products.filing.errors import Body, InvalidFile, RowErrors, TooManyRows
from products.filing.header import check_mapping
from products.filing.header_cells import IDENTIFYING_COLUMNS, HeaderCell
from products.filing.header_rows import MAX_ROWS_SEARCHED
from products.filing.questions import ask_about_columns, ask_for_needed
from products.filing.rules import CellRule
from products.filing.samples import Sample
from products.filing.source import Source, has_content, skip_blank
from products.filing.states import TableFile, TableRow

TOO_WIDE = _("This row has more cells than the header: remove them, or put a cell that has the delimiter in quotes.")
NO_VALUE = _("This says that there is no value: enter one, or empty the cell.")


@dataclass(frozen=True)
class SmallTable:
    """The columns of a file. A header has all of those that are `needed`, and at least one of `naming`."""

    labels: dict[str, str]  # the titles of all columns
    read: dict[str, ProductColumn]  # the columns that are read; the others are for people
    rules: dict[str, CellRule]  # the rules of columns that are not those of products
    needed: tuple[str, ...]
    naming: tuple[str, ...]
    counted: str  # the column of a workbook in which a cell that is not empty makes a row
    no_header: str
    unknown_column: str
    max_rows: int = 2000  # what the rows name is locked meanwhile
    priced: Any = None  # the model of the rows whose prices the file may have

    def read_file(
        self, file: Any, *, owner_id: int, decimal_sign: str, currency: str, encoding: str, mapping: str = ""
    ) -> TableFile:
        """Return what the file has. `mapping` is the parameter `columns`.

        Raise InvalidFile, TooManyRows, ImportRunning or TooManyWorkbooks.
        """
        errors = RowErrors()
        with closing(Source(file, owner_id, encoding)) as source:
            line, header = self.find_header(source, parse_mapping(mapping, [*self.labels]))
            is_written = all(cell.key in self.names for cell in header)
            reader = CellReader(
                [], decimal_sign=decimal_sign, currency=currency, sign_beside=source.sign_beside, is_written=is_written,
                fractions=list_fractions(self.priced, owner_id, currency) if self.priced else (),
            )  # fmt: skip
            reader.rules |= self.rules
            places = {cell.column: cell.place for cell in header if cell.column in self.read}
            if isinstance(source.table, WorkbookTable):
                source.table.counted = {places[self.counted]}
            rows = read_rows(source, line, len(header), self.max_rows, errors)
            self.observe(reader, places, [cells for _line, cells in rows])
            found = [self.read_row(reader, places, line, cells, errors) for line, cells in rows]
            source.check_time()
        if not (found or errors.total):
            raise InvalidFile(gettext("It has no rows below the header: add at least one."))
        return TableFile(found, places, errors)

    # --- The header ---------------------------------------------------------------------------------------

    def find_header(self, source: Source, mapping: Mapping) -> tuple[int, list[HeaderCell]]:
        """Return the line of the header, and its cells. Raise InvalidFile, with the questions about its columns."""
        asked: list[Body] = []
        for _sheet in source.read_sheets():
            line, header, best = 0, list[HeaderCell](), (False, 0)
            for at, row in source.read_first(MAX_ROWS_SEARCHED)[0]:
                cells = [
                    self.read_name(place, str(cell), mapping) for place, cell in enumerate((row or [])[:MAX_COLUMNS])
                ]
                rank = (not self.list_missing(cells), sum(bool(self.find_column(cell.name)) for cell in cells))
                if rank > best:
                    line, header, best = at, cells, rank
            if best[0]:
                check_mapping(header, mapping)
                self.check_header(source, line, header)
                return line, header
            asked = asked or self.ask(source, line, header)
        raise InvalidFile(gettext(self.no_header), {"questions": asked})

    def read_name(self, place: int, text: str, mapping: Mapping) -> HeaderCell:
        key = normalize_column_name(text)
        target = mapping.get(place, mapping.get(key))
        column = self.find_column(text) if target is None else target
        is_mapped = target in ("", *self.labels)
        return HeaderCell(text, key, place, column if column in self.labels else None, is_mapped=is_mapped)

    def find_column(self, text: str) -> str:
        """Return the column of this name: its own, that of pages in any language, or one of a column of products.

        A plain name of money or stock, such as `Stock quantity`, is that column, as in a file of products.
        """
        key = normalize_column_name(text)
        plain = next((name for name in PLAIN_WORDS if is_plain(text, name)), "")
        column = self.names.get(key) or COLUMN_OF.get(key) or plain
        return column if column in self.labels else ""

    @cached_property
    def names(self) -> dict[str, str]:
        """Return the columns by their normalised names."""
        names = {normalize_column_name(name): name for name in self.labels}
        return names | {key: name for labels in translate_labels(self.labels) for key, name in labels.items()}

    def list_missing(self, header: Iterable[HeaderCell], asked: Iterable[HeaderCell] = ()) -> list[str]:
        """Return the columns that neither the header nor a question has. One of `naming` suffices."""
        columns = {cell.column for cell in header} | {name for cell in asked for name in cell.hint}
        naming = self.naming if columns.isdisjoint(self.naming) else ()
        return [name for name in (*self.needed, *naming) if name not in columns]

    def check_header(self, source: Source, line: int, header: list[HeaderCell]) -> None:
        """Raise InvalidFile if a column with a name is unknown, or if two are the same, which is a question."""
        columns = [cell.column for cell in header]
        for cell in header:
            if cell.column in columns[: cell.place] and cell.column:
                said = fill("It has the column {name} twice: remove one.", name=quote(cell.name))
                raise InvalidFile(said, {"questions": self.ask(source, line, header)})
            if cell.is_unknown and cell.name.strip():
                raise InvalidFile(fill(self.unknown_column, name=quote(cell.name), columns=", ".join(self.labels)))

    def ask(self, source: Source, line: int, header: list[HeaderCell]) -> list[Body]:
        """Return the questions about columns of one meaning, and those which may be the columns that are missing.

        There are none if no column may be one of those that are missing.
        """
        sample, counts = Sample(partial(source.read_rows, line)), Counter(cell.column for cell in header if cell.column)
        asked = [
            replace(cell, hint=cell.hint or (str(cell.column),))
            for cell in ask_for_needed(header, sample, self.list_missing(header))
            if cell.hint or counts[cell.column or ""] > 1
        ]
        if not header or self.list_missing(header, asked):
            return []
        return ask_about_columns(asked, [*enumerate(sample.rows)], has_stock=False)

    # --- The rows -----------------------------------------------------------------------------------------

    def observe(self, reader: CellReader, places: dict[str, int], rows: list[list[Any]]) -> None:
        """Let the numbers of the file decide how those are read that can be read in two ways."""
        for name, place in places.items():
            if reader.may_decide(self.read[name]):
                for cells in rows:
                    reader.observe(self.read[name], cells[place])
        reader.settle()

    def read_row(
        self, reader: CellReader, places: dict[str, int], line: int, cells: list[Any], errors: RowErrors
    ) -> TableRow:
        """Return the row. Record the errors of malformed cells."""
        values = {}
        for name, place in places.items():
            try:
                # The row would remove what is there. Codes by which goods are found remove nothing.
                is_kept = name not in IDENTIFYING_COLUMNS and isinstance(cells[place], str)
                if is_kept and reader.says_nothing(self.read[name], cells[place]):
                    raise ValidationError(gettext(NO_VALUE))
                values[name] = reader.read(self.read[name], cells[place])
            except ValidationError as error:
                errors.add_error(line, name, str(error.detail[0]), str(cells[place]))  # type: ignore[index]
        named = {name: cells[place] for name, place in places.items()}
        return TableRow(line, values, {name: str(cell) for name, cell in named.items()}, named)


def read_rows(source: Source, header: int, width: int, max_rows: int, errors: RowErrors) -> list[tuple[int, list[Any]]]:
    """Return the rows below the header, each with as many cells. Raise TooManyRows."""
    rows: list[tuple[int, list[Any]]] = []
    for line, cells in skip_blank(source.read_rows(header, errors.add_line_error)):
        if len(rows) == max_rows:
            raise TooManyRows(limit=max_rows)
        if cells is not None and has_content(cells[width:]):
            errors.add_line_error(line, gettext(TOO_WIDE))
        elif cells is not None:
            rows.append((line, [*cells[:width], *[""] * (width - len(cells))]))
    return rows
