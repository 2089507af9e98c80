"""Judge the unknown columns of a file by their cells, because no list has all names that people give to a column.

A shop needs the columns in ESSENTIAL. If the header lacks one of them, this module looks for it among the unknown
columns. If the cells of only one column fit, this column is used. If several fit, the user has to decide. The user also
decides if no name in the header is known, and which column has the names of products that have a code.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from typing import Any

from django.utils import timezone

from core.currencies import CURRENCIES
from core.files.csv_text import remove_guards
from core.files.dates import AmbiguousDate, NotADate, normalize_date
from core.files.limits import MAX_CELL_LENGTH
from core.files.numbers import AmbiguousNumber, NotANumber, find_currency, normalize_number
from core.files.tables import Row
from core.translation import gettext_noop as _
from products.codes.barcodes import find_digits
from products.codes.gs1 import is_gtin
from products.filing.column_names import MAX_COLUMNS, find_similar, normalize_column_name
from products.filing.header_cells import IDENTIFYING_COLUMNS, HeaderCell
from products.filing.states import Watch
from products.filing.words import COST_WORDS, NOT_GOODS, PICTURE_WORDS, PRICE_WORDS, STOCK_WORDS, YES_OR_NO
from products.models import MAX_CODE_LENGTH
from stock.models import MAX_NAME_LENGTH

MAX_ROWS_JUDGED = 500  # the number of rows whose cells are judged
MIN_SHARE = 0.8  # the share of the cells that have to be of a kind
MIN_DIFFERENT_SHARE = 0.95  # the share of a column's codes that have to differ from each other
MIN_CODES = 3  # with fewer cells, different values prove nothing
# The pattern excludes Chinese, Japanese and Korean letters, because names in these languages have no spaces.
CODE = re.compile(rf"(?=\D*\d)(?:(?![\u3040-\u9fff\uac00-\ud7a3])[\w.#-]){{1,{MAX_CODE_LENGTH}}}")
MAX_ID_LENGTH = 10  # the digits of a number that may be an id
MAX_COUNTED = 100_000  # a larger number is no quantity of a small shop, but a code
NUMBERS = ("price", "quantity")
ESSENTIAL = ("name", "barcode", "price", "quantity", "expiration_date", "sku")
OF_PRICES, OF_COSTS, OF_STOCKS, OF_PICTURES = (
    tuple(map(normalize_column_name, words)) for words in (PRICE_WORDS, COST_WORDS, STOCK_WORDS, PICTURE_WORDS)
)
# The question about a column, if others may be the same column of products.
MAY_BE = _("{name} may be {column}, by its cells. Choose this only if it is right.")


class Cells:
    """The cells of one column, without the empty ones."""

    def __init__(self, cells: Iterable[Any]) -> None:
        self.given = [*cells]
        texts = (remove_guards(str(cell)).strip() for cell in self.given)
        self.texts = [text[:MAX_CELL_LENGTH] for text in texts if text]

    def has_most(self, number: int) -> bool:
        return number >= MIN_SHARE * len(self.texts) and number > 0

    @cached_property
    def numbers(self) -> list[str]:
        """Return the numbers among the cells in the form `1234.50`."""
        return [number for text in self.texts if (number := read_number(text))]

    @cached_property
    def different(self) -> int:
        """Return the number of different values."""
        return len({text.lower() for text in self.texts})

    @property
    def are_different(self) -> bool:
        """Return whether each row has another value."""
        return self.different == len(self.texts)

    @cached_property
    def gtins(self) -> list[str]:
        return [digits for text in self.texts if is_gtin(digits := find_digits(text))]

    @property
    def may_be_barcode(self) -> bool:
        return self.has_most(len(self.gtins))

    @property
    def may_be_name(self) -> bool:
        """Return whether the cells are words that differ in most rows."""
        return self.are_words and self.different >= max(MIN_CODES, MIN_SHARE * len(self.texts))

    @cached_property
    def are_words(self) -> bool:
        """Return whether the cells are short texts with letters, but not links, codes or amounts."""
        words = [text for text in self.texts if len(text) <= MAX_NAME_LENGTH and any(map(str.isalpha, text))]
        return self.has_most(sum(not (CODE.fullmatch(one) or "://" in one or read_number(one)) for one in words))

    @property
    def may_be_price(self) -> bool:
        """Return whether the cells may be prices. The same amount in all rows is not a price, but a tax."""
        if not self.has_most(len(self.numbers)) or self.is_constant or any(one.startswith("-") for one in self.numbers):
            return False
        return any(len(one.partition(".")[2]) == 2 for one in self.numbers) or any(map(find_currency, self.texts))

    @property
    def may_be_quantity(self) -> bool:
        """Return whether the cells are whole numbers that count something, and neither numbers of rows nor codes."""
        whole = self.whole_numbers
        if not self.has_most(len(whole)) or self.is_constant or self.is_numbered or any(map(find_currency, self.texts)):
            return False
        return max(whole) < MAX_COUNTED and not any(text.startswith("0") for text in self.texts if text != "0")

    @property
    def may_be_expiration_date(self) -> bool:
        """Return whether the cells are dates, of which most are in the future."""
        today = timezone.localdate().isoformat()
        return self.has_most(sum(read_date(text) > today for text in self.texts))

    @property
    def may_be_sku(self) -> bool:
        """Return whether nearly every row has its own code. Names, links and row numbers are not codes."""
        is_own = self.different >= max(MIN_CODES, MIN_DIFFERENT_SHARE * len(self.texts), MIN_SHARE * len(self.given))
        if not is_own or self.is_numbered or self.may_be_quantity or self.may_be_barcode:
            return False
        is_other = self.may_be_price or self.has_most(sum(map(bool, map(read_date, self.texts))))
        return not is_other and self.has_most(sum(map(bool, map(CODE.fullmatch, self.texts))))

    @cached_property
    def whole_numbers(self) -> list[int]:
        return [int(number) for number in self.numbers if number.lstrip("-").isdecimal()]

    @property
    def is_numbered(self) -> bool:
        """Return whether the cells are the numbers of the rows."""
        whole = self.whole_numbers
        return len(whole) >= MIN_CODES and whole == [*range(whole[0], whole[0] + len(whole))]

    def can_be(self, column: str) -> bool:
        """Return whether the cells can belong to this column of products, which has a similar name."""
        if column in NUMBERS:
            return self.has_most(len(self.numbers))
        if column == "name":
            return self.are_words
        if column == "expiration_date":
            return self.has_most(sum(map(bool, map(read_date, self.texts))))
        return column in ESSENTIAL and bool(self.texts) and not self.may_be_price

    @property
    def is_constant(self) -> bool:
        return len(self.texts) >= MIN_CODES and len(set(self.texts)) == 1

    def may_be(self, column: str) -> bool:
        """Return whether the cells look like those of this essential column of products."""
        return bool(getattr(self, f"may_be_{column}"))


def judge_columns(
    header: list[HeaderCell], rows: Iterator[Row], watch: Watch, *, is_moving: bool = False
) -> list[HeaderCell]:
    """Return the header, with unknown columns as missing columns of products if there is only one choice.

    If there are several choices, the columns have a question. A column whose name resembles a usual one is not judged,
    and `may_be` this column if it is missing. `rows` are those below the header. At most MAX_COLUMNS unknown columns
    are judged, because comparing a name with all usual ones takes long. `watch` yields these as long as there is time.
    """
    known = {cell.column for cell in header if cell.column}
    unknown = [cell.place for cell in header if may_be_judged(cell)][:MAX_COLUMNS] if known or are_names(header) else []
    is_read = unknown or "description" in known
    first = [cells for _line, cells in islice(rows, MAX_ROWS_JUDGED) if cells] if is_read else []
    cells = {place: Cells(row[place] for row in first if place < len(row)) for place in unknown}
    # With `moving`, the products are new and need names, so a chosen column of codes does not suffice.
    named = {cell.column for cell in header if cell.column == "name" or not (is_moving and cell.is_mapped)}
    judged = name_by_description(header, named, first)
    known = {cell.column for cell in judged if cell.column}
    for place in watch(unknown):
        similar = find_similar(header[place].name, ())
        if similar and cells[place].can_be(similar):
            judged[place] = replace(header[place], may_be=() if similar in known else (similar,))
            del cells[place]
    products = list_products(judged, first)  # a file with a row for each location repeats the codes
    codes = {place: Cells(row[place] for row in products if place < len(row)) for place in cells}
    missing = {column for column in ESSENTIAL if column not in known}
    fitting = {
        place: [*list_fitting(header[place].key, missing, cells[place], codes[place])] for place in watch([*cells])
    }
    named = {*known, *chain.from_iterable([*fitting.values(), *(cell.may_be for cell in judged)])}
    if named.isdisjoint(IDENTIFYING_COLUMNS):
        fitting |= {place: ["name", *columns] for place, columns in fitting.items() if cells[place].are_words}
    found = Counter(chain.from_iterable([*fitting.values(), *(cell.may_be for cell in judged)]))
    for place, columns in fitting.items():
        is_only = len(columns) == 1 == found[columns[0]]
        is_only = is_only and is_certain(columns[0], header[place].key, cells[place], codes[place])
        judged[place] = settle(header[place], cells[place], known, columns, is_only, "price" in known or found["price"])
    return judged


def settle(
    cell: HeaderCell, cells: Cells, known: set[str], columns: list[str], is_only: bool, has_price: bool | int
) -> HeaderCell:
    """Return the header's cell with the column that it is, with a question, or with a hint.

    With `is_only`, it can be only one column, and no other cell can be this column. Prices without cents look like
    quantities, and costs look like prices, so these get a question or a hint.
    """
    excluded = list_excluded(cell.key)
    may_be_price = not has_price and "price" not in excluded and cells.may_be_quantity
    is_priced = "price" in known or "price" in excluded
    may_be_cost = is_priced and "cost_price" not in known and cells.may_be_price
    is_doubtful = "name" in columns and not (known.isdisjoint(IDENTIFYING_COLUMNS) and cells.may_be_name)
    if is_only and known and not (may_be_price or is_doubtful):
        return replace(cell, column=columns[0], is_judged=True)
    if columns:
        return cell.doubt(MAY_BE, *["price"] * may_be_price, *columns)
    if (may_be_price or may_be_cost) and not cell.key.endswith("id"):
        return replace(cell, hint="price" if may_be_price else "cost_price")
    return cell


def list_fitting(key: str, missing: set[str], cells: Cells, codes: Cells) -> Iterator[str]:
    """Yield the missing columns that this one may be, according to its name and its cells.

    `codes` has the column's cells in the first row of each product.
    """
    if key.endswith("id") and len({*cells.gtins}) < MIN_CODES:
        return
    possible = missing - list_excluded(key)
    for column in filter(possible.__contains__, ESSENTIAL):
        is_number = is_named(key) and column in NUMBERS and cells.can_be(column) and not cells.is_constant
        if is_number or (codes if column == "sku" else cells).may_be(column):
            yield column


def is_certain(column: str, key: str, cells: Cells, codes: Cells) -> bool:
    """Return whether cells that fit the column can't do so by chance. Of ten numbers of 8 digits, one is a GTIN."""
    if column == "barcode":
        return len({*cells.gtins}) > 1 or any(len(digits) > MAX_ID_LENGTH for digits in cells.gtins)
    if column == "quantity":
        return is_named(key) or len(cells.texts) >= MIN_CODES
    return column != "sku" or codes.are_different


def is_named(key: str) -> bool:
    """Return whether a word in the name of the column says that it can be only one essential column."""
    return len(ESSENTIAL) - len(list_excluded(key)) == 1


def list_excluded(key: str) -> set[str]:
    """Return the essential columns that are ruled out by this name."""
    if key.endswith("id"):
        return {*ESSENTIAL} - {"barcode"}
    is_cost, is_price, is_stock = (any(word in key for word in words) for words in (OF_COSTS, OF_PRICES, OF_STOCKS))
    if not (is_cost or is_price or is_stock):
        return {*NUMBERS} if any(word in key for word in OF_PICTURES) else set()
    may_be = "" if is_cost else "price" if is_price else "quantity"
    return {*ESSENTIAL} - {may_be}


def are_names(header: list[HeaderCell]) -> bool:
    """Return whether the unknown cells of a header may be names of columns: they differ, and none is a number."""
    keys = [cell.key for cell in header if cell.name]
    return 1 < len(keys) == len(set(keys)) and not any(read_number(cell.name) for cell in header)


def name_by_description(
    header: list[HeaderCell], known: Container[str | None], rows: list[list[Any]]
) -> list[HeaderCell]:
    """Return the header. Its description becomes the name if nothing else identifies the products."""
    place = next((cell.place for cell in header if cell.column == "description"), None)
    if place is None or any(column in known for column in IDENTIFYING_COLUMNS) or header[place].is_mapped:
        return [*header]
    is_name = Cells(row[place] for row in rows if place < len(row)).may_be_name
    return [
        replace(cell, column="name", is_judged=True) if is_name and cell.place == place else cell for cell in header
    ]


def list_products(header: list[HeaderCell], rows: list[list[Any]]) -> list[list[Any]]:
    """Return the first row of each name, or all rows if the header has no name."""
    place = next((cell.place for cell in header if cell.column == "name"), None)
    if place is None:
        return rows
    return [*{str(row[place]).strip().lower(): row for row in reversed(rows) if place < len(row)}.values()][::-1]


def are_codes(cell: HeaderCell, rows: list[list[Any]]) -> bool:
    """Return whether the cells of the column in these rows are codes, and different ones."""
    cells = Cells(row[cell.place] for row in rows if cell.place < len(row))
    is_code = cells.has_most(sum(map(bool, map(CODE.fullmatch, cells.texts))))
    return is_code and cells.different >= MIN_DIFFERENT_SHARE * len(cells.texts)


def leave_words(header: list[HeaderCell], rows: Iterator[Row]) -> list[HeaderCell]:
    """Return the header. Columns become unknown if their cells do not fit their names.

    A pack size does not fit if its cells are texts or measures such as `500 g`. A quantity does not fit if all of its
    cells say yes or no.
    """
    named = [cell for cell in header if cell.column in ("pack_size", "quantity") and cell.name != cell.column]
    places = [cell.place for cell in named if not (cell.is_mapped or cell.is_judged)]
    first = [row for _line, row in islice(rows, MAX_ROWS_JUDGED) if row] if places else []
    left = {
        place for place in places if has_words(header[place], Cells(row[place] for row in first if place < len(row)))
    }
    return [replace(cell, column=None) if cell.place in left else cell for cell in header]


def has_words(cell: HeaderCell, cells: Cells) -> bool:
    """Return whether a column of pack sizes has few whole numbers, or a column of quantities only yes and no."""
    if cell.column == "pack_size":
        return bool(cells.texts) and not cells.has_most(len(cells.whole_numbers))
    answers = [text for text in cells.texts if normalize_column_name(text) in YES_OR_NO]
    return bool(answers) and len(answers) == len(cells.texts)


def may_be_judged(cell: HeaderCell) -> bool:
    """Return whether neither the name of the column nor the user says what it is."""
    is_settled = cell.column or cell.is_mapped or cell.is_preset or cell.part or cell.question or cell.is_left
    is_settled = is_settled or cell.wanted
    return bool(cell.key) and not (is_settled or NOT_GOODS.intersection(cell.words))


def read_number(text: str) -> str:
    """Return the number of a cell in the form `1234.50`. It is empty for other texts, and for measures (`26 cm`)."""
    if find_currency(text).isalpha() and find_currency(text) not in CURRENCIES:
        return ""
    try:
        return normalize_number(text)
    except AmbiguousNumber:
        return normalize_number(text, ".")
    except NotANumber:
        return ""


def read_date(text: str) -> str:
    """Return the date of a cell in ISO 8601, or an empty text if it is none."""
    try:
        return normalize_date(text)
    except AmbiguousDate:
        return normalize_date(text, day_first=True)
    except NotADate:
        return ""
