"""Judge the unknown columns of a file by their cells, because no list has all names that people give to a column.

A shop needs the columns in ESSENTIAL. If the header lacks one of them, this module looks for it among the unknown
columns. If the cells of only one column fit, this column is used. If several fit, somebody has to decide.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
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
from products.filing.column_names import MAX_COLUMNS, find_similar
from products.filing.header import HeaderCell
from products.filing.words import NOT_GOODS
from products.models import MAX_CODE_LENGTH

MAX_ROWS_JUDGED = 500  # the rows whose cells are looked at
MOST = 0.8  # the share of the cells that have to be of a kind
MIN_CODES = 3  # with fewer cells, different values prove nothing
CODE = re.compile(rf"(?=\D*\d)[\w.#-]{{1,{MAX_CODE_LENGTH}}}")
MAX_COUNTED = 100_000  # a larger number is no quantity of a small shop, but a code
NUMBERS = ("price", "quantity")
ESSENTIAL = ("barcode", "price", "quantity", "expiration_date", "sku")
# The question about a column, if others may be the same column of products.
MAY_BE = _("{name} may be {column}, by its cells. Choose this only if it is right.")


class Cells:
    """The cells of one column, without the empty ones."""

    def __init__(self, cells: Iterable[Any]) -> None:
        self.given = [*cells]
        texts = (remove_guards(str(cell)).strip() for cell in self.given)
        self.texts = [text[:MAX_CELL_LENGTH] for text in texts if text]

    def has_most(self, number: int) -> bool:
        return number >= MOST * len(self.texts) and number > 0

    @cached_property
    def numbers(self) -> list[str]:
        """Return the numbers among the cells in the form `1234.50`."""
        return [number for text in self.texts if (number := read_number(text))]

    @cached_property
    def are_different(self) -> bool:
        """Return whether each row has another value."""
        texts = {text.lower() for text in self.texts}
        return MIN_CODES <= len(texts) == len(self.texts) and len(texts) >= MOST * len(self.given)

    @property
    def may_be_barcode(self) -> bool:
        return self.has_most(sum(is_gtin(find_digits(text)) for text in self.texts))

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
        """Return whether each row has a code of its own. Names, links and numbers of rows are no codes."""
        if not self.are_different or self.is_numbered or self.may_be_quantity or self.may_be_barcode:
            return False
        is_other = self.may_be_price or self.may_be_expiration_date
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
        return column == "name" or (column in ESSENTIAL and not self.may_be_price)

    @property
    def is_constant(self) -> bool:
        return len(self.texts) >= MIN_CODES and len(set(self.texts)) == 1

    def may_be(self, column: str) -> bool:
        """Return whether the cells look like those of this essential column of products."""
        return bool(getattr(self, f"may_be_{column}"))


def judge_columns(header: list[HeaderCell], rows: Iterator[Row]) -> list[HeaderCell]:
    """Return the header, with unknown columns as missing columns of products if there is only one choice.

    If there are several choices, the columns have a question. A column whose name resembles a usual one is not judged,
    and `may_be` this column if it is missing. `rows` are those below the header. At most MAX_COLUMNS unknown columns
    are judged, because comparing a name with all usual ones takes long.
    """
    known = {cell.column for cell in header if cell.column}
    unknown = [cell.place for cell in header if may_be_judged(cell)][:MAX_COLUMNS] if known else []
    first = [cells for _line, cells in islice(rows, MAX_ROWS_JUDGED) if cells] if unknown else []
    cells = {place: Cells(row[place] for row in first if place < len(row)) for place in unknown}
    judged = [*header]
    for place in unknown:
        similar = find_similar(header[place].name, ())
        if similar and cells[place].can_be(similar):
            judged[place] = replace(header[place], may_be=() if similar in known else (similar,))
            del cells[place]
    missing = [column for column in ESSENTIAL if column not in known]
    fitting = {place: [column for column in missing if each.may_be(column)] for place, each in cells.items()}
    found = Counter(chain.from_iterable(fitting.values()))
    # Prices without cents look like quantities, and costs like prices, so the notes name them.
    has_price = "price" in known or found["price"]
    for place, columns in fitting.items():
        may_be_price = not has_price and cells[place].may_be_quantity
        may_be_cost = "price" in known and "cost_price" not in known and cells[place].may_be_price
        if len(columns) == 1 == found[columns[0]] and not may_be_price:
            judged[place] = replace(header[place], column=columns[0], is_judged=True)
        elif columns:
            judged[place] = header[place].doubt(MAY_BE, *["price"] * may_be_price, *columns)
        elif may_be_price or may_be_cost:
            judged[place] = replace(header[place], hint="price" if may_be_price else "cost_price")
    return judged


def leave_measures(header: list[HeaderCell], rows: Iterator[Row]) -> list[HeaderCell]:
    """Return the header with a pack size as an unknown column if its cells are measures, such as `500 g`, or texts."""
    place = next((cell.place for cell in header if cell.column == "pack_size" and not cell.is_mapped), None)
    if place is None or header[place].name == "pack_size":
        return header
    cells = Cells(row[place] for _line, row in islice(rows, MAX_ROWS_JUDGED) if row and place < len(row))
    if not cells.texts or cells.has_most(len(cells.whole_numbers)):
        return header
    return [replace(cell, column=None) if cell.place == place else cell for cell in header]


def may_be_judged(cell: HeaderCell) -> bool:
    """Return whether neither the name of the column nor the user says what it is. Columns of ids are no quantities."""
    is_settled = cell.column or cell.is_mapped or cell.is_preset or cell.part or cell.question or cell.is_left
    is_settled = is_settled or cell.wanted
    return bool(cell.key) and not (is_settled or cell.key.endswith("id") or NOT_GOODS.intersection(cell.words))


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
