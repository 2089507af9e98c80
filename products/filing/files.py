"""A file of products: its header, its rows, and a preview of how they are understood."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from time import thread_time
from typing import Any

from django.core.exceptions import ValidationError as TextError
from django.utils.translation import gettext
from rest_framework.serializers import ValidationError

from core.fields import MAX_QUOTED_LENGTH
from core.files.archives import UnreadableTable
from core.files.numbers import is_number
from core.files.reader_process import ReaderBusy
from core.files.tables import Report, Row, UnknownEncoding, open_table
from core.files.workbooks import WorkbookTable
from core.sentences import fill
from core.text import clean_line, fold_case
from core.translation import gettext_noop as _
from products.attributes.services import read_own_fields
from products.filing import column_names
from products.filing.answers import FileAnswers, forget
from products.filing.cells import CellReader
from products.filing.choices import AMOUNTS, KEEP, REFUSE, SKIP, ZERO, Choices
from products.filing.columns import FIELD, NAMED_COLUMN, PLACE_COLUMN_NAMES, ProductColumn, get_column, say_column
from products.filing.errors import ImportRunning, InvalidFile, RowErrors, TooManyRows, TooManyWorkbooks
from products.filing.header import (
    IDENTIFYING_COLUMNS,
    IDS,
    REASON_KEY,
    WHOSE_IDS,
    HeaderCell,
    check_column_names,
    check_header,
    choose_columns,
    describe_unknown_columns,
    is_own,
    leave_out,
    leave_totals,
    read_names,
)
from products.filing.header_rows import (
    MAX_COLUMNS_READ,
    MAX_HEADER_LINES,
    MAX_ROWS_SEARCHED,
    FoundHeader,
    find_header,
    has_names,
)
from products.filing.judging import judge_columns, leave_words
from products.filing.kept import choose_fields
from products.filing.layout import Layout
from products.filing.skipping import Skipping
from products.filing.systems import PICTURE, PLACE, find_system
from products.filing.translation import Translation
from products.filing.variants import mark_variants
from products.filing.words import TOTALS
from products.own_fields.models import CustomField
from stock.models import MAX_NAME_LENGTH

MAX_ROWS = 100_000  # the limit of a file; the worker's memory and the time of a reversal were measured with this number
MAX_CPU_SECONDS = 30  # the seconds that this process may work on a file; 100,000 rows of variants take 7
MAX_PREVIEW_ROWS = 5
MAX_SHEETS_TRIED = 4  # the most sheets of a workbook in which a header is searched
NO_CHOICES = Choices()
QUANTITY = get_column("quantity")
MIN_COLUMNS = 3  # a row with nothing but a name is a title only if the file has at least these known columns
TOO_SLOW = _(
    "Reading the file takes more than {limit} seconds of processor time. Split the file, or shorten its long cells."
)
REFUSED_PLACE = _("The place {name} in the name of a column is refused: {reason}")
OTHER_PLACES = _(
    "The column {column} can't be read beside a column with the quantity in a place, such as {place}. Ignore one of"
    " them."
)
SAME_PLACE = _("Two columns have the quantity in the place {name}. Ignore one of them.")


class ProductFile(FileAnswers):
    """The rows of a file. Raise InvalidFile if it is not a table or has no header.

    `mapping` is the parameter `columns`: see products/filing/column_names.py. `encoding` is the codec of a CSV file, by
    default the one that its letters show. `header_line` is the line of the header, by default the one with the names of
    columns. Raise ImportRunning while a workbook or a picture of the same account is read, and TooManyWorkbooks while
    other accounts use all readers.
    """

    def __init__(
        self, file: Any, *, owner_id: int, mapping: str = "", decimal_sign: str = ".", choices: Choices = NO_CHOICES,
        currency: str = "", encoding: str = "", header_line: int = 0,
    ) -> None:  # fmt: skip
        self.errors, self.preview_rows = RowErrors(), list[dict[str, Any]]()
        self.owner_id, self.own = owner_id, dict[str, CustomField]()  # the shop's own fields, if the header names any
        self.row_count = 0
        self.has_changed_barcodes = self.has_further_codes = self.has_unsaid = False
        self.totals, self.sections, self.chosen = [], [], defaultdict(set)
        self.wrong_dates, self.other_values, self.below_zero = [], [], 0
        self.doubtful_prices, self.doubtful_price_count = list[dict[str, Any]](), 0
        self.wrong: list[str] = []  # the columns of the row's malformed cells
        self.skipping = Skipping(self.errors)
        self.header, self.system, self.ends_at = [], None, thread_time() + MAX_CPU_SECONDS
        targets = column_names.parse_mapping(mapping)
        try:
            self.table = open_table(file, owner_id, encoding)
            self.choose_sheet(targets)
        except UnknownEncoding as error:
            raise InvalidFile(str(error), {"encodings": error.samples}) from error
        except UnreadableTable as error:
            raise InvalidFile(reason=gettext(str(error))) from error
        except ReaderBusy as error:
            raise (ImportRunning if error.is_own else TooManyWorkbooks) from error
        try:
            self.read_header(targets, choices, header_line)
            self.translation = self.read_layout()
            self.find_columns(targets)
        except BaseException:
            self.close()
            raise
        self.reader = CellReader(
            self, self.columns_at, is_own=self.is_own, decimal_sign=decimal_sign, own=self.own,
            rounds=self.choices.fractions == AMOUNTS, has_no_price=self.choices.no_price == ZERO,
            currency=currency,
        )  # fmt: skip
        self.matchers = [
            (place, column, self.reader.rules[column.name].plain.fullmatch) for place, column in self.columns_at.items()
        ]

    def find_columns(self, targets: column_names.Mapping) -> None:
        """Find the columns of the rows, those of the header and those that the translation adds. Raise InvalidFile."""
        extra = self.translation.extra if self.translation else []
        columns = [(cell.place, get_column(cell.column)) for cell in self.header if cell.column]
        columns += [(place, get_column(name)) for place, name in enumerate(extra, len(self.header))]
        # The columns of profiles are the last ones.
        self.columns_at = dict(sorted(columns, key=lambda one: one[1].is_beside))
        self.columns = [*self.columns_at.values()]
        self.column_names = [column.name for column in self.columns]
        self.beside = [column.name for column in self.columns if column.is_beside]
        # The names of the places that have a column, by its place in the row.
        self.stocks = {cell.place: cell.text for cell in self.header if cell.part == PLACE}
        if isinstance(self.table, WorkbookTable):
            self.table.counted = {*self.stocks, *(cell.place for cell in self.header if cell.column == "quantity")}
        self.width = len(self.header) + len(extra)
        if self.translation:
            self.stocks |= dict(enumerate(self.translation.places, self.width))
            self.width += len(self.translation.places)
        self.places = [*self.stocks.values()]
        check_places(self.places, self.column_names)
        in_sql = self.column_names[: len(columns) - len(self.beside)]
        self.copied = [
            "line", "wrong", "barcode_cell", "more_codes", "unsaid", *in_sql, *["profile"] * bool(self.beside),
            *["stocks"] * bool(self.stocks),
        ]  # fmt: skip
        self.nameless = [cell.place for cell in self.header if not (cell.name or {"", cell.place} & targets.keys())]
        self.naming = [place for place, column in self.columns_at.items() if column.name in IDENTIFYING_COLUMNS]
        self.amounts = [place for place, column in self.columns_at.items() if column.name in ("price", "quantity")]
        self.left = [cell.place for cell in self.header if self.is_counted(cell)]
        self.left_values = Counter()

    def is_counted(self, cell: HeaderCell) -> bool:
        """Return whether the values of the column are counted as left out."""
        return (cell.is_ignored or cell.part == PICTURE) and not cell.column and cell.key != REASON_KEY

    def read_table(self, report: Report) -> Iterator[Row]:
        """Return the rows below the header."""
        rows = self.watch(self.table.read_rows(report))
        for line, _cells in rows:
            if line >= self.last_line:
                break
        return rows

    def watch(self, items: Iterable[Any]) -> Iterator[Any]:
        """Yield the rows, or other items of the file. Raise InvalidFile when it has taken too much processor time."""
        for item in items:
            self.check_time()
            yield item

    def check_time(self) -> None:
        """Raise InvalidFile if the file has taken too much time of the processor, from the header to the last row."""
        if thread_time() > self.ends_at:
            raise InvalidFile(reason=fill(TOO_SLOW, limit=MAX_CPU_SECONDS))

    def read_rows_again(self) -> Iterator[Row]:
        """Yield the rows of products once more, without counting what they have."""
        rows = self.read_table(forget)
        return self.translation.forget().translate(rows) if self.translation else rows

    def close(self) -> None:
        self.table.close()

    def ask_for_ids(self, line: int, product_id: str, product: str) -> None:
        """Raise InvalidFile with the question whose ids the file has. The line has an id of the shop's product."""
        named = fill(
            "Line {line}: {id} is the id of your product {product}.", line=line, id=product_id, product=product
        )
        cell = next(cell for cell in self.header if cell.is_assumed).doubt(WHOSE_IDS, *IDS)
        self.header[cell.place] = replace(cell, question=f"{named} {cell.question}")
        raise InvalidFile(describe_unknown_columns(self.header), self.describe_preview())

    def forget_barcodes(self, cells: list[str]) -> None:
        """Leave these barcodes out of the notes, because the import has not changed them after all."""
        for cell in cells:
            self.reader.barcodes.forget(cell)

    def read_first_rows(self, number: int) -> tuple[list[Row], str]:
        """Return at most this many rows that are not blank, and why the last one can't be read, or an empty text."""
        first: list[Row] = []
        for row in islice(skip_blank(self.table.read_rows(self.errors.add_line_error)), number):
            first.append(row)
            if row[1] is None:  # finding the end of a malformed row may take long
                break
        reason = self.errors.rows[0].reason if first and first[-1][1] is None else ""
        self.errors.replace([])  # reading the rows again finds these errors again
        return first, reason

    def choose_sheet(self, targets: column_names.Mapping) -> None:
        """Make a workbook read its first sheet that has a header, or its first sheet if none has one."""
        table = self.table
        if not isinstance(table, WorkbookTable):
            return
        try:
            for place in range(min(table.sheet_count, MAX_SHEETS_TRIED)):
                if place:
                    table.read_sheet(place)
                first, reason = self.read_first_rows(MAX_ROWS_SEARCHED)
                if first and not reason and has_names(find_header(first, targets).names, targets, place):
                    return
            if table.sheet_count > 1:
                table.read_sheet(0)
        except BaseException:
            self.close()
            raise

    def read_header(self, targets: column_names.Mapping, choices: Choices, header_line: int) -> None:
        """Find the header, read it, and settle the choices. Raise InvalidFile."""
        first, reason = self.read_first_rows(max(MAX_ROWS_SEARCHED + 1, header_line + MAX_HEADER_LINES))
        cells = first[0][1] if first else []
        found = find_header(first, targets, header_line) if cells else FoundHeader([], 1)
        names, self.last_line, self.above = found.names, found.line, found.above
        self.header_line = found.first_line
        self.first_rows = first[:MAX_ROWS_SEARCHED] if found.above or header_line else []
        if any(NAMED_COLUMN.fullmatch(name) for name in [*names, *targets.values()]):
            self.own = read_own_fields(self.owner_id)
        self.system = find_system(names)
        if choices.is_moving or self.system:  # columns without a name are left out
            # A row that is wider than the header is wrong in a CSV file. In a workbook, it has columns without a name.
            is_workbook = isinstance(self.table, WorkbookTable)
            widths = [len(cells or []) for line, cells in first if is_workbook or line <= self.last_line]
            names = [*names, *[""] * (max(widths, default=0) - len(names))]
        limit = MAX_COLUMNS_READ if choices.unknown or choices.is_moving else column_names.MAX_COLUMNS
        self.header = read_names(names[:limit], targets, self.own, self.system)
        self.is_own = is_own(self.header)
        self.header = self.header if self.is_own else judge_columns(self.header, self.read_table(forget))
        self.choices = choices.settle(is_own=self.is_own)
        if self.choices.wrong_rows == SKIP:
            self.errors.keep_lines()
        if self.choices.is_moving and not (self.system or self.is_own):
            self.header = leave_words(self.header, self.read_table(forget))
            self.header = mark_variants(self.header, self.read_table(forget))
        if self.choices.unknown != REFUSE:
            self.header = leave_out(choose_columns(self.header), is_asked=not (choices.unknown or self.system))
        self.header = leave_totals(self.header)
        try:
            if cells is None:
                raise InvalidFile(reason=fill("Its header can't be read: {reason}", reason=reason))
            check_column_names(names, limit, are_left=self.choices.unknown != REFUSE)
            check_header(self.header, targets)
        except InvalidFile as error:
            following = [(number, cells or []) for number, cells in first if number > self.last_line]
            for number, shown in following[:MAX_PREVIEW_ROWS]:
                self.add_to_preview(number, shown, {})
            raise InvalidFile(" ".join([error.numbers["reason"], *self.table.notes]), self.describe_preview()) from None

    def read_layout(self) -> Translation | None:
        """Return how rows are translated, if the file is one of another system. Raise InvalidFile.

        If unknown columns are kept, they become columns of own fields, of which the new ones are not saved.
        """
        if self.choices.unknown == KEEP:
            known = [*CustomField.objects.filter(owner_id=self.owner_id).order_by("position", "id")]
            fields = choose_fields(self.header, self.read_table(forget), known)
            for place, field in fields.items():
                self.header[place] = replace(self.header[place], column=f"{FIELD}:{field.key}", is_left=False)
            self.own = {field.key: field for field in known if not field.archived_at}
            self.own |= {field.key: field for field in fields.values()}
        if not (self.system or self.choices.is_moving) or self.is_own:
            return None
        left = [cell.place for cell in self.header if self.is_counted(cell)]
        translation = Translation(Layout(self.header, self.system), left)
        translation.survey(self.read_table(forget), self.owner_id, self.watch)
        for cell in self.header:
            if cell.column in translation.extra:  # the translation fills this column by what the system says
                self.header[cell.place] = replace(cell, column=None, is_left=True)
                translation.left_places.append(cell.place)
        return translation

    def read_values(self) -> Iterator[list[Any]]:
        """Yield the values of each row by the names of `copied`.

        Record the errors of cells, and of lines that are no rows. Raise InvalidFile if there are no rows, or if a
        column without a name has values, or TooManyRows.
        """
        table = self.read_table(self.errors.add_line_error)
        for line, cells in count_rows(self.translation.translate(table) if self.translation else table):
            self.row_count += 1
            if cells is not None and self.is_total(cells):
                self.totals.append((line, find_first(cells)[:MAX_QUOTED_LENGTH]))
            elif cells is not None and self.translation and self.is_section(cells):
                self.sections.append((line, find_first(cells)[:MAX_QUOTED_LENGTH]))
            elif cells is not None and (values := self.read_row(line, cells)) is not None:
                if self.translation:
                    self.translation.count(cells)
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

    def is_section(self, cells: list[Any]) -> bool:
        """Return whether the row has the title of a section: one text, and neither a price nor a code.

        In a file without prices and quantities, it has no small letters.
        """
        if len(self.column_names) < MIN_COLUMNS:
            return False
        if has_content([cells[place] for place in self.amounts if place < len(cells)]):
            return False
        cells = cells[: len(self.header)]
        places = [place for place, cell in enumerate(cells) if has_content([cell])]
        if len(places) != 1 or is_number(text := str(cells[places[0]])) or not (self.amounts or text.isupper()):
            return False
        return self.header[places[0]].column in (None, "name", "category", "description")

    def read_row(self, line: int, cells: list[Any]) -> list[Any] | None:
        """Return the row as described in read_values(), or None after recording that it has too few or many cells.

        A malformed cell has the value None, so that the import can judge the other cells of its row.
        """
        is_misfit = bool(self.translation and self.translation.is_misfit)
        if is_misfit or len(cells) != self.width:
            cells = self.fit_row(line, cells)
            if is_misfit or len(cells) != self.width:
                return None
        if self.nameless or self.left:
            self.check_left(line, cells)
        values: list[Any] = [line, None, None, None, None]
        for place, column, is_plain in self.matchers:
            cell = cells[place]
            values.append(cell if isinstance(cell, str) and is_plain(cell) else self.read_cell(line, column, cell))
        if len(self.preview_rows) < MAX_PREVIEW_ROWS:
            self.add_to_preview(line, cells, dict(zip(self.column_names, values[5:], strict=True)))
        stocks = [self.read_cell(line, QUANTITY, cells[at], place) for at, place in self.stocks.items()]
        if self.wrong:
            values[1], self.wrong = self.wrong, []
        values[2:5] = self.take_remarks()
        if self.beside:  # wrong cells are left out
            cells = [values.pop() for _ in self.beside][::-1]
            named = zip(self.beside, cells, strict=True)
            values.append(json.dumps({name: value for name, value in named if value is not None}))
        if self.stocks:
            values.append(stocks)
        return values

    def check_left(self, line: int, cells: list[Any]) -> None:
        """Count the values that are left out. Raise InvalidFile for a value in a column without a name."""
        if self.translation:  # the translation counts them itself, also in rows that are no products
            return
        for place in self.nameless:
            self.check_nameless(line, place, cells[place])
        for place in self.left:
            self.left_values[place] += has_content([cells[place]])

    def take_remarks(self) -> list[Any]:
        """Return the row's barcode before it was changed, its further codes, and its columns without a value."""
        unsaid, self.reader.unsaid = self.reader.unsaid or None, []
        self.has_unsaid = self.has_unsaid or bool(unsaid)
        return [*(self.take_changed_barcode() if self.reader.barcodes.changed else (None, None)), unsaid]

    def take_changed_barcode(self) -> list[str | None]:
        """Return the text of the row's barcode before it was changed, and the further codes in its cell."""
        barcodes = self.reader.barcodes
        taken, barcodes.changed = [barcodes.changed, barcodes.further or None], ""
        self.has_changed_barcodes = True
        self.has_further_codes = self.has_further_codes or bool(barcodes.further)
        return taken

    def read_cell(self, line: int, column: ProductColumn, cell: Any, stock_of: str = "") -> Any:
        """Return the value of the cell, or None after recording its error. `stock_of` is the place of a quantity."""
        try:
            value = self.reader.read(column, cell)
        except ValidationError as error:
            if column.is_amount and self.reader.is_below_zero(column, cell):
                self.below_zero += 1
                if self.choices.below_zero == ZERO:
                    return Decimal(0)
            if column.name == "price" and not str(cell).strip():
                self.chosen["no_price"].add(line)
            if self.choices.is_moving and self.reader.is_date(column):
                self.reader.unsaid.append(column.name)
                self.wrong_dates.append((line, str(cell)[:MAX_QUOTED_LENGTH]))
                return None
            name = f"{column.name} [{stock_of}]" if stock_of else column.name
            self.errors.add_error(line, name, str(error.detail[0]), str(cell))  # type: ignore[index]
            self.wrong.append(column.name)
            return None
        return value

    def take_out_wrong_rows(self) -> list[int] | None:
        """Leave out the rows with errors as Skipping.take_out() does."""
        return self.skipping.take_out(self.row_count - len(self.totals) - len(self.sections))

    def remember(self) -> Callable[[], None]:
        """Return a function that forgets what was found after this call, because the rows are judged again."""
        forget_errors = self.errors.remember()

        def forget_found() -> None:
            forget_errors()
            self.skipping.forget()

        return forget_found

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


def check_places(places: list[str], columns: list[str]) -> None:
    """Raise InvalidFile if the columns of places can't be read.

    They are refused if two are of the same place, if a location can't have the name of one, if the file has too many
    columns, and beside columns of locations and lots, or with the age of the quantities.
    """
    if not places:
        return
    if len(places) + len(columns) > column_names.MAX_COLUMNS:
        said = gettext("It has {number} columns; at most {limit} are read. Remove the others.")
        raise InvalidFile(reason=said.format(number=len(places) + len(columns), limit=column_names.MAX_COLUMNS))
    for column in (*PLACE_COLUMN_NAMES, "stock_sequence"):
        if column in columns:
            raise InvalidFile(fill(OTHER_PLACES, column=say_column(column), place=column_names.quote(places[0])))
    known: set[str] = set()
    for place in places:
        try:
            name = fold_case(clean_line(place, MAX_NAME_LENGTH))
        except TextError as error:
            raise InvalidFile(fill(REFUSED_PLACE, name=column_names.quote(place), reason=error.messages[0])) from error
        if name in known:
            raise InvalidFile(fill(SAME_PLACE, name=column_names.quote(place)))
        known.add(name)


def count_rows(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows that are not blank. Raise TooManyRows at the first row above MAX_ROWS."""
    rows_left = MAX_ROWS
    for line, cells in rows:
        if cells is None or has_content(cells):
            if not rows_left:
                raise TooManyRows(limit=MAX_ROWS)
            rows_left -= 1
            yield line, cells


def skip_blank(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows that are not blank."""
    return ((line, cells) for line, cells in rows if cells is None or has_content(cells))


def find_first(cells: list[Any]) -> str:
    """Return the first cell with content as text."""
    return next((str(cell) for cell in cells if has_content([cell])), "")


def has_content(cells: list[Any]) -> bool:
    for cell in cells:  # noqa: SIM110, any() is slower, and the first cell nearly always tells
        if not isinstance(cell, str) or cell.strip():
            return True
    return False
