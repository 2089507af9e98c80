"""Judge what the cells of a column may be, by the first rows of a file."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any

from django.utils import timezone

from core.files.dates import AmbiguousDate, NotADate, normalize_date
from core.files.limits import MAX_CELL_LENGTH
from core.files.numbers import find_currency, find_number, is_currency, read_rate
from core.files.tables import Row
from core.files.writers import remove_guards
from core.money.currencies import CURRENCIES
from core.texts.barcodes import find_digits
from core.texts.gs1 import is_gtin
from products.filing.column_names import YES_OR_NO, normalize_column_name
from products.filing.columns import MONEY_COLUMNS
from products.filing.header_cells import LINKS, NEVER_FILLED
from products.models import MAX_CODE_LENGTH, MAX_TAXES
from stock.models import MAX_NAME_LENGTH

MAX_ROWS_JUDGED = 500  # the number of rows whose cells are judged
MIN_SHARE = 0.8  # the share of the cells that have to be of a kind
MIN_DIFFERENT_SHARE = 0.95  # the share of a column's codes that have to differ from each other
MAX_KINDS_SHARE = 0.05  # the share of the cells that differ, below which they are kinds
MIN_CODES = 3  # with fewer cells, different values prove nothing
# The pattern excludes Chinese, Japanese and Korean letters, because names in these languages have no spaces.
CODE = re.compile(rf"(?=\D*\d)(?!-[\d.]+$)(?:(?![\u3040-\u9fff\uac00-\ud7a3])[\w.#-]){{1,{MAX_CODE_LENGTH}}}")
PICTURE_FILE = re.compile(r".+\.(?:jpe?g|png|gif|webp|svg|bmp)", re.IGNORECASE)
LONG_CODE = re.compile(r"0\d|\d{9}")  # the start of a number that is no amount
EIGHT_DIGITS = re.compile(r"\d{8}")  # most prices of a list have not all as many
WHOLE = re.compile(r"-?\d+(?:\.0|\.000+)?")
TRAILING_ZEROS = re.compile(r"(?:\.|(?<=\.\d))0*$")
MAX_COUNTED = 100_000  # a larger number is no quantity of a small shop, but a code


class Cells:
    """The cells of one column, without the empty ones."""

    def __init__(self, cells: Iterable[Any]) -> None:
        self.given = [*cells]
        texts = (remove_guards(str(cell)).strip() for cell in self.given)
        self.texts = [text[:MAX_CELL_LENGTH] for text in texts if text]

    def has_most(self, number: int) -> bool:
        return number >= MIN_SHARE * len(self.texts) and number > 0

    def are_mostly(self, is_kind: Callable[[str], object]) -> bool:
        """Return whether most cells are of this kind."""
        return self.has_most(sum(map(bool, map(is_kind, self.texts))))

    def score(self, column: str) -> int:
        """Return how well the cells fit the meaning of this column, compared with others that have its name."""
        if column == "barcode":
            return len({*self.gtins})
        if column in NEVER_FILLED:  # empty cells and words prove nothing, and the names of links nothing at all
            return column not in LINKS and bool(self.numbers)
        is_filled = len(self.texts) >= MIN_SHARE * len(self.given)
        return self.may_be_name if column == "name" else is_filled and self.are_different

    @cached_property
    def numbers(self) -> list[str]:
        """Return the numbers among the cells in the form `1234.50`."""
        return [*filter(None, map(read_number, self.texts))]

    @property
    def are_numbers(self) -> bool:
        return self.has_most(len(self.numbers))

    @property
    def values(self) -> tuple[str, ...]:
        """Return the cells, also the empty ones, with numbers in one form."""
        return tuple(TRAILING_ZEROS.sub("", read_number(text)) or text for text in map(str, self.given))

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
        return [*filter(is_gtin, map(find_digits, self.texts))]

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
        return self.are_mostly(is_words)

    @property
    def may_be_price(self) -> bool:
        """Return whether the cells may be prices. The same amount in all rows is not a price, but a tax."""
        if not self.are_numbers or self.is_constant or any("-" in number for number in self.numbers):
            return False
        return any(len(number.partition(".")[2]) == 2 for number in self.numbers) or self.have_currencies

    @property
    def are_amounts(self) -> bool:
        """Return whether the cells are numbers, and neither flags, codes nor the numbers of rows or kinds."""
        is_other = self.is_constant or self.is_numbered or self.are_flags or self.are_kinds or self.may_be_barcode
        is_code = any(map(LONG_CODE.match, self.texts)) or self.are_mostly(EIGHT_DIGITS.fullmatch)
        return not (is_other or is_code) and self.are_numbers

    @cached_property
    def have_currencies(self) -> bool:
        """Return whether a number has the sign of a currency beside it."""
        return any(read_number(text) for text in self.texts if find_currency(text))

    @property
    def are_flags(self) -> bool:
        """Return whether the cells say yes or no."""
        return {*self.texts} == {"0", "1"} or all(normalize_column_name(text) in YES_OR_NO for text in self.texts)

    @property
    def may_be_tax(self) -> bool:
        """Return whether the cells are rates of VAT."""
        return self.has_few_rates and any(self.rates) and self.has_most(len(self.rates))

    @cached_property
    def rates(self) -> list[Decimal]:
        return [rate for text in self.texts if (rate := read_rate(text)) is not None]

    @property
    def has_few_rates(self) -> bool:
        """Return whether a shop may have these rates of VAT, as far as they are any. Most amounts of VAT have cents."""
        rates = {*self.rates}
        return len(rates) <= MAX_TAXES and 2 * sum(rate > 1 and rate * 10 % 1 > 0 for rate in rates) <= len(rates)

    @property
    def may_be_quantity(self) -> bool:
        """Return whether the cells are whole numbers that count something, and neither numbers of rows nor codes."""
        is_other = self.is_constant or self.is_numbered or self.have_currencies or self.are_flags
        if is_other or not self.has_most(len(self.whole_numbers)):
            return False
        return max(self.whole_numbers) < MAX_COUNTED and not any(map(LONG_CODE.match, self.texts))

    @property
    def may_be_expiration_date(self) -> bool:
        """Return whether the cells are dates, of which most are in the future."""
        today = timezone.localdate().isoformat()
        return self.are_mostly(lambda text: read_date(text) > today)

    @property
    def may_be_sku(self) -> bool:
        """Return whether nearly every row has its own code. Names, links and row numbers are not codes."""
        if self.different < max(MIN_CODES, MIN_DIFFERENT_SHARE * len(self.texts), MIN_SHARE * len(self.given)):
            return False
        is_number = self.is_numbered or self.may_be_quantity or self.may_be_price or self.have_decimals
        return self.are_codes and not (is_number or self.may_be_barcode or self.are_dates)

    @property
    def are_codes(self) -> bool:
        return self.are_mostly(CODE.fullmatch)

    @property
    def are_own_codes(self) -> bool:
        """Return whether nearly each row has its own code."""
        return self.are_codes and self.different >= MIN_DIFFERENT_SHARE * len(self.texts)

    @property
    def are_dates(self) -> bool:
        return self.are_mostly(read_date)

    @cached_property
    def whole_numbers(self) -> list[int]:
        """Return the whole numbers, also those such as `12.000`. One with two decimals is an amount of money."""
        return [int(number.partition(".")[0]) for number in self.numbers if WHOLE.fullmatch(number)]

    @property
    def have_decimals(self) -> bool:
        return self.are_numbers and any("." in number for number in self.numbers)

    @property
    def is_numbered(self) -> bool:
        """Return whether the cells are the numbers of the rows."""
        whole = self.whole_numbers
        return len(whole) >= MIN_CODES and whole == [*range(whole[0], whole[0] + len(whole))]

    @property
    def may_tell_apart(self) -> bool:
        """Return whether the cells are neither numbers of rows nor prices, dates or percentages."""
        is_other = self.is_numbered or self.may_be_price or self.are_dates
        return not (is_other or self.are_mostly(lambda text: text.endswith("%")))

    def can_be(self, column: str) -> bool:
        """Return whether the cells can belong to this column of products, which has a similar name."""
        if column == "quantity" or column in MONEY_COLUMNS:
            is_other = self.is_constant or (column != "quantity" and self.are_flags)
            return not is_other and self.are_numbers
        return (column == "name" and self.may_be_name) or (column == "expiration_date" and self.are_dates)

    @property
    def are_kinds(self) -> bool:
        """Return whether the cells are the names or numbers of a few kinds, each in many rows."""
        return self.different < MAX_KINDS_SHARE * len(self.texts)

    @property
    def is_constant(self) -> bool:
        return len(self.texts) >= MIN_CODES and len({*self.texts}) == 1

    def may_be(self, column: str) -> bool:
        """Return whether the cells look like those of this essential column of products."""
        return bool(getattr(self, f"may_be_{column}"))


@dataclass
class Sample:
    """The first rows below the header, and the cells of their columns. `read` returns the rows of the file."""

    read: Callable[[], Iterator[Row]]
    columns: dict[int, Cells] = field(default_factory=dict)

    @cached_property
    def rows(self) -> list[list[Any]]:
        return [cells for _line, cells in islice(self.read(), MAX_ROWS_JUDGED) if cells]

    def __getitem__(self, place: int) -> Cells:
        if place not in self.columns:
            self.columns[place] = take(self.rows, place)
        return self.columns[place]


def take(rows: list[list[Any]], place: int) -> Cells:
    """Return the cells of a column in these rows."""
    return Cells(row[place] for row in rows if place < len(row))


def is_words(text: str) -> bool:
    """Return whether a cell is a short text with letters, but not a link, a code or an amount."""
    if len(text) > MAX_NAME_LENGTH or not any(map(str.isalpha, text)):
        return False
    return not (CODE.fullmatch(text) or "://" in text or PICTURE_FILE.fullmatch(text) or read_number(text))


def read_number(text: str) -> str:
    """Return the number of a cell in the form `1234.50`. It is empty for other texts, and for measures (`26 cm`)."""
    unit = find_currency(text)
    is_currency_word = len(unit) > 1 and is_currency(unit)  # a single letter may be a unit, such as litres
    return "" if unit.isalpha() and not (unit in CURRENCIES or is_currency_word) else find_number(text)


def read_date(text: str) -> str:
    """Return the date of a cell in ISO 8601, or an empty text if it is none."""
    try:
        return normalize_date(text)
    except AmbiguousDate:
        return normalize_date(text, day_first=True)
    except NotADate:
        return ""
