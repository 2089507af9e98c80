"""Judge the columns of a file by their cells, because no list has all names that people give to a column.

The cells of a column score for each meaning, and its name is a hint. If several columns have the same usual name, the
cells decide which one is read. If a column in ESSENTIAL is missing, it is sought among the unknown columns. If the
cells of only one fit, this one is used; if those of several fit, the user has to decide. A column is never read as
stock or money unless its name has a word for it. The user also decides if no name in the header is known, and which
column has the names of products that have a code.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from typing import Any

from django.utils import timezone

from core.files.dates import AmbiguousDate, NotADate, normalize_date
from core.files.limits import MAX_CELL_LENGTH
from core.files.numbers import AmbiguousNumber, NotANumber, find_currency, is_currency, normalize_number, read_rate
from core.files.tables import Row
from core.files.writers import remove_guards
from core.money.currencies import CURRENCIES
from core.texts.barcodes import find_digits
from core.texts.gs1 import is_gtin
from core.translation import gettext_noop as _
from products.filing.column_names import (
    MAX_COLUMNS,
    MONEY,
    TAXED,
    YES_OR_NO,
    find_meaning,
    find_similar,
    is_plain,
    normalize_column_name,
)
from products.filing.columns import MONEY_COLUMNS
from products.filing.header_cells import IDENTIFYING_COLUMNS, IDS, NEVER_FILLED, HeaderCell
from products.filing.states import Watch
from products.models import MAX_CODE_LENGTH, MAX_TAXES
from stock.models import MAX_NAME_LENGTH

MAX_ROWS_JUDGED = 500  # the number of rows whose cells are judged
MIN_SHARE = 0.8  # the share of the cells that have to be of a kind
MIN_DIFFERENT_SHARE = 0.95  # the share of a column's codes that have to differ from each other
MAX_KINDS_SHARE = 0.05  # the share of the cells that differ, below which they are kinds
MIN_CODES = 3  # with fewer cells, different values prove nothing
# The pattern excludes Chinese, Japanese and Korean letters, because names in these languages have no spaces.
CODE = re.compile(rf"(?=\D*\d)(?!-[\d.]+$)(?:(?![\u3040-\u9fff\uac00-\ud7a3])[\w.#-]){{1,{MAX_CODE_LENGTH}}}")
WHOLE = re.compile(r"-?\d+(?:\.0|\.000+)?")
TRAILING_ZEROS = re.compile(r"(?:\.|(?<=\.\d))0*$")
HAS_DIGIT = re.compile(r"\d")
MAX_ID_LENGTH = 10  # the digits of a number that may be an id
MAX_COUNTED = 100_000  # a larger number is no quantity of a small shop, but a code
NUMBERS = ("price", "quantity")
ESSENTIAL = ("name", "barcode", "price", "quantity", "expiration_date", "sku", "tax")
# If several columns have the name of one of these and their cells do not decide, the user does.
ASKED = ("name", "quantity", *MONEY_COLUMNS)
# The questions about a column: if others may be the same column of products, and if several have its name.
MAY_BE = _("{name} may be {column}, by its cells. Choose this only if it is right.")
SEVERAL = _("Several columns may be {column}, and {name} is one of them. Choose the one that is right.")


class Cells:
    """The cells of one column, without the empty ones."""

    def __init__(self, cells: Iterable[Any]) -> None:
        self.given = [*cells]
        texts = (remove_guards(str(cell)).strip() for cell in self.given)
        self.texts = [text[:MAX_CELL_LENGTH] for text in texts if text]

    def has_most(self, number: int) -> bool:
        return number >= MIN_SHARE * len(self.texts) and number > 0

    def score(self, column: str) -> int:
        """Return how well the cells fit the meaning of this column, compared with others that have its name."""
        if column == "barcode":
            return len({*self.gtins})
        if column in NEVER_FILLED:  # empty cells and words prove nothing
            return bool(self.numbers)
        is_filled = len(self.texts) >= MIN_SHARE * len(self.given)
        return (self.may_be_name if column == "name" else is_filled and self.are_different) or 0

    @cached_property
    def numbers(self) -> list[str]:
        """Return the numbers among the cells in the form `1234.50`."""
        return [number for text in self.texts if (number := read_number(text))]

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
        return any(len(one.partition(".")[2]) == 2 for one in self.numbers) or self.have_currencies

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
        is_rate = self.has_few_rates and any(map(read_rate, self.texts))
        return is_rate and self.has_most(sum(read_rate(text) is not None for text in self.texts))

    @property
    def has_few_rates(self) -> bool:
        """Return whether a shop may have these rates of VAT, as far as they are any. Most amounts of VAT have cents."""
        rates = {rate for text in self.texts if (rate := read_rate(text)) is not None}
        return len(rates) <= MAX_TAXES and 2 * sum(rate > 1 and rate * 10 % 1 > 0 for rate in rates) <= len(rates)

    @property
    def may_be_quantity(self) -> bool:
        """Return whether the cells are whole numbers that count something, and neither numbers of rows nor codes."""
        whole = self.whole_numbers
        is_other = self.is_constant or self.is_numbered or self.have_currencies or self.are_flags
        if is_other or not self.has_most(len(whole)):
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
        if not is_own or self.is_numbered or self.may_be_quantity or self.may_be_barcode or self.have_decimals:
            return False
        is_other = self.may_be_price or self.has_most(sum(map(bool, map(read_date, self.texts))))
        return not is_other and self.has_most(sum(map(bool, map(CODE.fullmatch, self.texts))))

    @cached_property
    def whole_numbers(self) -> list[int]:
        """Return the whole numbers, also those such as `12.000`. One with two decimals is an amount of money."""
        return [int(number.partition(".")[0]) for number in self.numbers if WHOLE.fullmatch(number)]

    @property
    def have_decimals(self) -> bool:
        return self.has_most(sum("." in number for number in self.numbers))

    @property
    def is_numbered(self) -> bool:
        """Return whether the cells are the numbers of the rows."""
        whole = self.whole_numbers
        return len(whole) >= MIN_CODES and whole == [*range(whole[0], whole[0] + len(whole))]

    def can_be(self, column: str) -> bool:
        """Return whether the cells can belong to this column of products, which has a similar name."""
        if column in NUMBERS or column in MONEY_COLUMNS:
            is_other = self.is_constant or (column in MONEY_COLUMNS and self.are_flags)
            return not is_other and self.has_most(len(self.numbers))
        if column == "name":
            return self.may_be_name
        if column == "expiration_date":
            return self.has_most(sum(map(bool, map(read_date, self.texts))))
        return False

    @property
    def are_kinds(self) -> bool:
        """Return whether the cells are the names or numbers of a few kinds, each in many rows."""
        return self.different < MAX_KINDS_SHARE * len(self.texts)

    @property
    def is_constant(self) -> bool:
        return len(self.texts) >= MIN_CODES and len(set(self.texts)) == 1

    def may_be(self, column: str) -> bool:
        """Return whether the cells look like those of this essential column of products."""
        return bool(getattr(self, f"may_be_{column}"))


def judge_columns(
    header: list[HeaderCell],
    rows: Iterator[Row],
    watch: Watch,
    *,
    is_moving: bool = False,
    is_asked: bool = True,
    is_list: bool = False,
    has_names: bool = True,
) -> list[HeaderCell]:
    """Return the header, with the columns that their cells show.

    If there are several choices, the columns have a question. A column whose name resembles a usual one is not judged,
    and `may_be` this column if it is missing. `rows` are those below the header. At most MAX_COLUMNS unknown columns
    are judged, because comparing a name with all usual ones takes long. `watch` yields these as long as there is time.
    With `has_names`, a file in which no name is known has questions only. Without `is_asked`, columns that may be stock
    or money by their cells alone have a hint in place of a question. With `is_list`, the file is a price list.
    """
    known = {cell.column for cell in header if cell.column}
    unknown = [cell.place for cell in header if may_be_judged(cell)][:MAX_COLUMNS] if known or are_names(header) else []
    doubtful = list_doubtful(header)
    is_read = unknown or doubtful or "description" in known
    first = [cells for _line, cells in islice(rows, MAX_ROWS_JUDGED) if cells] if is_read else []
    cells = {place: Cells(row[place] for row in first if place < len(row)) for place in {*unknown, *doubtful}}
    is_kept = is_list or (is_asked and not is_moving)
    header = settle_doubtful(header, {place: cells[place] for place in doubtful}, first, is_kept=is_kept)
    cells = {place: cells[place] for place in sorted(cells) if may_be_judged(header[place])}
    # With `moving`, the products are new and need names, so a chosen column of codes does not suffice.
    unmapped = {cell.column for cell in header if cell.column == "name" or not (is_moving and cell.is_mapped)}
    judged = name_by_description(header, unmapped, first)
    empty = {cell.column for cell in judged if cell.column and is_empty(cell, first)}
    known = {cell.column for cell in judged if cell.column} | {name for cell in judged for name in cell.may_be}
    products = list_products(judged, first)  # a file with a row for each location repeats the codes
    codes = {place: Cells(row[place] for row in products if place < len(row)) for place in cells}
    missing = {column for column in ESSENTIAL if column not in known - empty}
    fitting = {place: [*list_fitting(header[place], missing, cells[place], codes[place])] for place in watch([*cells])}
    for place in watch([*fitting]):
        similar = find_similar(header[place].name, ()) if find_meaning(header[place].name) is None else None
        if similar in fitting[place] and similar not in NUMBERS:
            fitting[place] = [similar]
        elif similar and cells[place].can_be(similar) and not cells[place].are_flags:
            judged[place] = replace(header[place], may_be=() if similar in known else (similar,))
            if not is_asked and similar == "quantity":
                judged[place] = replace(header[place], hint=judged[place].may_be)
            del fitting[place]
    named = {*known, *chain.from_iterable([*fitting.values(), *(cell.may_be for cell in judged)])}
    # If nothing identifies the products, or new ones have no names, the columns with the most different words may.
    is_nameless = named.isdisjoint(IDENTIFYING_COLUMNS) or (is_moving and named.isdisjoint({"name", "description"}))
    words = [place for place in fitting if is_nameless and cells[place].are_words and not cells[place].are_kinds]
    most = max((cells[place].different for place in words), default=0)
    fitting |= {place: ["name", *fitting[place]] for place in words if 2 * cells[place].different > most}
    plain = {(place, name) for place in fitting for name in NUMBERS if is_plain(header[place].name, name)}
    for place, columns in fitting.items():  # a plain name of stock or prices outweighs others
        best = {name for at, name in plain if name in fitting[at]}
        columns[:] = [name for name in columns if name not in best or (place, name) in plain]
    found = Counter(chain.from_iterable([*fitting.values(), *(cell.may_be for cell in judged)]))
    for place, columns in fitting.items():
        is_only = len(columns) == 1 == found[columns[0]]
        is_only = is_only and is_certain(columns[0], header[place], cells[place], codes[place])
        is_only = is_only and bool(known or not has_names)
        if "name" in columns:  # beside a column that identifies the products, it may be their description
            is_only = is_only and unmapped.isdisjoint(IDENTIFYING_COLUMNS) and cells[place].may_be_name
        has_price = bool("price" in known or found["price"])
        judged[place] = settle(header[place], cells[place], known, columns, is_only, has_price)
        if not is_asked and any(is_doubtful(header[place], name, cells[place]) for name in judged[place].may_be):
            judged[place] = replace(header[place], hint=judged[place].may_be)
    return judged


def is_empty(cell: HeaderCell, rows: list[list[Any]]) -> bool:
    """Return whether the column has no cells, so that another one may have its meaning."""
    is_essential = cell.column in ESSENTIAL and not cell.is_mapped
    return is_essential and not any(str(row[cell.place]).strip() for row in rows if cell.place < len(row))


def list_doubtful(header: list[HeaderCell]) -> list[int]:
    """Return the places of named columns whose cells decide: those with one meaning, ids, and rates of VAT."""
    counts = Counter(cell.column for cell in header if cell.column)
    chosen = {cell.column for cell in header if cell.is_mapped}
    return [
        cell.place for cell in header
        if cell.column and cell.column not in chosen and not cell.is_preset
        and (counts[cell.column] > 1 or cell.key == "id" or cell.key != cell.column == "tax")
    ]  # fmt: skip


def settle_doubtful(
    header: list[HeaderCell], cells: dict[int, Cells], rows: list[list[Any]], *, is_kept: bool
) -> list[HeaderCell]:
    """Return the header, in which the columns of list_doubtful() are what their cells show.

    Ids that repeat identify nothing, and more numbers than a shop has rates are no rates of VAT. Of several columns
    with one meaning, the one with the highest score is read. If there is none, the user decides about names, stock and
    money, unless these columns are equal. With `is_kept`, they keep their meaning, for which a file is refused. Of a
    price list, the surest name is read.
    """
    found = [*header]
    for place, one in cells.items():
        is_id = header[place].column in IDS or header[place].key == "id"
        products = [row[place] for row in list_products(header, rows) if place < len(row)] if is_id else []
        if (is_id and not Cells(products).are_different) or (header[place].column == "tax" and not one.has_few_rates):
            found[place] = replace(header[place], column=None, is_assumed=False)
    by_column = {cell.column: [place for place in cells if found[place].column == cell.column] for cell in found}
    for column, places in by_column.items():
        if not column or len(places) < 2:
            continue
        scores = {place: cells[place].score(column) for place in places}
        best = [place for place in places if scores[place] == max(scores.values())]
        is_equal = len({cells[place].values for place in best}) == 1
        is_doubtful = column in ASKED and len(best) > 1 and not is_equal
        for place in places:
            if is_kept and (is_doubtful or column in NEVER_FILLED):
                found[place] = replace(found[place], may_be=(column,))
            elif is_doubtful:
                found[place] = found[place].doubt(SEVERAL) if place in best else replace(found[place], column=None)
            elif column == "name" and place not in best:
                found[place] = replace(found[place], column=None)  # it may be another column
            else:
                found[place] = replace(found[place], score=scores[place])
    return found


def settle(
    cell: HeaderCell, cells: Cells, known: set[str], columns: list[str], is_only: bool, has_price: bool
) -> HeaderCell:
    """Return the header's cell with the column that it is, with a question, or with a hint.

    With `is_only`, it can be only one column, and no other cell can be this column. Prices without cents look like
    quantities, so these get a question or a hint. So does what may be the cost price by its name.
    """
    meaning = find_meaning(cell.name)
    may_be_price = not has_price and meaning is None and cells.may_be_quantity and not cells.are_kinds
    may_be_cost = meaning in ("cost_price", MONEY) and "cost_price" not in known and cells.can_be("cost_price")
    if is_only and not (may_be_price or is_doubtful(cell, columns[0], cells)):
        return replace(cell, column=columns[0], is_judged=True)
    if columns:
        return cell.doubt(MAY_BE, *["price"] * may_be_price, *columns, *["cost_price"] * may_be_cost)
    if (may_be_price or may_be_cost) and not cell.key.endswith("id"):
        return replace(cell, hint=("price" if may_be_price else "cost_price",))
    return cell


def is_doubtful(cell: HeaderCell, column: str, cells: Cells) -> bool:
    """Return whether stock or prices may be something else, because the name does not say plainly what they are."""
    is_tax = find_meaning(cell.name) == TAXED and cells.may_be_tax
    return column in NUMBERS and (is_tax or not is_plain(cell.name, column))


def list_fitting(cell: HeaderCell, missing: set[str], cells: Cells, codes: Cells) -> Iterator[str]:
    """Yield the missing columns that this one may be, according to its name and its cells.

    `codes` has the column's cells in the first row of each product.
    """
    meaning = find_meaning(cell.name)
    meaning = "price" if meaning in (MONEY, TAXED) else meaning
    if cell.key.endswith("id") and len({*cells.gtins}) < MIN_CODES:
        return
    for column in filter(missing.__contains__, ESSENTIAL):
        if cell.key.endswith("id") and column != "barcode":
            continue
        if meaning is not None and column != meaning and (column in NUMBERS or meaning in ("cost_price", *NUMBERS)):
            continue
        is_number = column == meaning and column in NUMBERS and cells.can_be(column)
        if column == "tax" and meaning != "tax":
            continue
        if is_number or (codes if column == "sku" else cells).may_be(column):
            yield column


def is_certain(column: str, cell: HeaderCell, cells: Cells, codes: Cells) -> bool:
    """Return whether cells that fit the column can't do so by chance. Of ten numbers of 8 digits, one is a GTIN."""
    if column == "barcode":
        return len({*cells.gtins}) > 1 or any(len(digits) > MAX_ID_LENGTH for digits in cells.gtins)
    return column != "sku" or codes.are_different


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

    A pack size does not fit if its cells are texts or measures such as `500 g`, and a quantity if they are words.
    """
    named = [cell for cell in header if cell.column in ("pack_size", "quantity") and cell.name != cell.column]
    places = [cell.place for cell in named if not (cell.is_mapped or cell.is_judged)]
    first = [row for _line, row in islice(rows, MAX_ROWS_JUDGED) if row] if places else []
    left = {
        place for place in places if has_words(header[place], Cells(row[place] for row in first if place < len(row)))
    }
    return [replace(cell, column=None) if cell.place in left else cell for cell in header]


def has_words(cell: HeaderCell, cells: Cells) -> bool:
    """Return whether a column of pack sizes has few whole numbers, or a column of quantities only words."""
    if cell.column == "pack_size":
        return bool(cells.texts) and not cells.has_most(len(cells.whole_numbers))
    return bool(cells.texts) and not any(HAS_DIGIT.search(text) for text in cells.texts)


def may_be_judged(cell: HeaderCell) -> bool:
    """Return whether neither the name of the column nor the user says what it is."""
    is_settled = cell.column or cell.is_mapped or cell.is_preset or cell.part or cell.question or cell.is_left
    is_settled = is_settled or cell.wanted
    return bool(cell.key or find_meaning(cell.name)) and not is_settled


def read_number(text: str) -> str:
    """Return the number of a cell in the form `1234.50`. It is empty for other texts, and for measures (`26 cm`)."""
    if (unit := find_currency(text)).isalpha() and unit not in CURRENCIES and not is_currency_word(unit):
        return ""
    try:
        return normalize_number(text)
    except AmbiguousNumber:
        return normalize_number(text, ".")
    except NotANumber:
        return ""


def is_currency_word(unit: str) -> bool:
    """Return whether this is a word for a currency. A single letter may be a unit, such as litres."""
    return len(unit) > 1 and is_currency(unit)


def read_date(text: str) -> str:
    """Return the date of a cell in ISO 8601, or an empty text if it is none."""
    try:
        return normalize_date(text)
    except AmbiguousDate:
        return normalize_date(text, day_first=True)
    except NotADate:
        return ""
