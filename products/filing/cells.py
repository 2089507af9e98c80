"""Read the cells of a product file, as people and spreadsheets write them."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models.functions import Floor
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ValidationError

from core.fields import TextField
from core.files.dates import (
    AmbiguousDate,
    HasTime,
    NoSuchDay,
    NotADate,
    find_day_first,
    is_ambiguous_date,
    normalize_date,
)
from core.files.limits import MAX_CELL_LENGTH, TOO_LONG_CELL
from core.files.numbers import (
    AmbiguousNumber,
    NotANumber,
    find_currency,
    find_decimal_sign,
    is_ambiguous,
    normalize_number,
)
from core.files.shown_cells import NO_VALUE
from core.files.workbooks import MAX_WHOLE
from core.files.writers import remove_guards
from core.money.amounts import MAX_DECIMALS
from core.money.currencies import NO_DECIMALS, get_money_decimals, round_money
from core.sentences import fill
from core.translation import gettext_noop
from products.filing.code_cells import NO_BARCODE, BarcodeReader
from products.filing.column_names import YES_OR_NO, normalize_column_name
from products.filing.columns import FIELD, REQUIRED, ProductColumn, say_column
from products.filing.rules import (
    AMOUNTS,
    CODES,
    DATES,
    MAX_WHOLE_DIGITS,
    NUMBERS,
    ROUNDED_CODE,
    RULES,
    WHOLE_AMOUNT,
    find_rule,
    is_error,
    says_nothing,
)
from products.models import CustomField

TWO_NUMBERS_MESSAGE = _("This may be thousands or decimal places: enter it as 1234.50, without a sign for thousands.")
NO_SUCH_DAY = _("The calendar has no such day: enter another one.")
MISSING_MESSAGE = _("This cell is empty: enter the {}.")
LONG_MESSAGE = _("This is too long: shorten it to {} characters.")
ROUNDED_MESSAGE = _("A spreadsheet has rounded this code: format the column as text, then enter the whole code again.")
DATE_MESSAGE = _("A spreadsheet has turned this into a date: format the column as text, then enter it again.")
DATE_IN_NUMBER_MESSAGE = _(
    "A spreadsheet has turned this into a date: format the cell as a number, then enter it again."
)
TIME_IN_DATE_MESSAGE = _("This has a time of day, but the column has days: enter the day alone, as 2026-12-31.")
ERROR_MESSAGE = _("This is an error of a formula in the spreadsheet: correct the formula, or empty the cell.")
NO_VALUE_MESSAGE = _(
    "This formula has no stored value: open the file in a spreadsheet program, save it, and send it again."
)
PERCENT_MESSAGE = _("This is a percentage: enter the amount itself, as 1234.50.")
YES_OR_NO_MESSAGE = _("This is yes or no, and not a number: enter the number, or leave the column out.")
TWO_DATES_MESSAGE = _("The day may be the first or the second number: enter the date as 2026-12-31.")
ROUNDED_MONEY = gettext_noop("Amounts in the column {column} that are rounded to cents: {number}.")
ROUNDED_AMOUNTS = gettext_noop("Quantities in the column {column} that are rounded to three decimals: {number}.")
SAYS_NOTHING = gettext_noop("Cells without a value, which change nothing: {number}, for example {cell}.")
ROUNDED_TO_WHOLE = gettext_noop("Amounts in the column {column} that are rounded to whole ones: {number}.")
ROUNDED = re.compile(ROUNDED_CODE)
FORMULA_TEXT = re.compile(r'="((?:[^"]|"")*)"')


class CellReader:
    """Reads the cells of one file.

    A cell such as `1.234` or `01/02/2027` can be read in two ways. Then the other cells of its column decide, or else
    the other columns. Before it is read, call observe() for all cells of the columns that may_decide(), and settle().

    `columns` are the columns of products in the file. With `is_own`, this service has written the file, and further
    codes are read unchanged. `decimal_sign` and `currency` are settings of the shop. The sign is used if no cell shows
    one. If `sign_beside`, which goes with the delimiter, is another one, such a number is refused. With `is_written`,
    all names of the columns are those of this service, which always writes `sign_beside` before decimals. `own` has the
    shop's own fields by key. With `rounds`, amounts are rounded to the decimals of the currency. With `has_no_price`,
    the price of a product may be empty. `fractions` are the prices with decimals that are stored already, although the
    currency has none.
    """

    def __init__(
        self, columns: Iterable[ProductColumn], *, is_own: bool = False, decimal_sign: str = ".",
        own: dict[str, CustomField] | None = None, rounds: bool = False, has_no_price: bool = False, currency: str = "",
        sign_beside: str = "", is_written: bool = False, fractions: Collection[Decimal] = (),
    ) -> None:  # fmt: skip
        self.currency, self.money_decimals = currency, get_money_decimals(currency)
        self.rounds, self.has_no_price, self.fractions = rounds, has_no_price, fractions
        self.unsaid: list[str] = []  # the columns in which the row has a word for no value
        self.nothing = Counter[str]()  # the number of cells with each word for no value
        self.rounded = Counter[str]()  # the cells that were rounded, by column
        self.is_own = is_own
        self.rules = RULES | {one.name: find_rule(one.name, own or {}) for one in columns if one.is_beside}
        if self.money_decimals == 0:
            self.rules["price"] = WHOLE_AMOUNT
        self.barcodes, self.barcode = BarcodeReader(), NO_BARCODE  # the latter is that of the row
        self.currencies = {name: Counter[str]() for name in AMOUNTS}  # the cells with each currency, by column
        # By column: the decimal signs in its cells, and whether the day is first in its dates.
        self.signs, self.orders = defaultdict[str, set[str]](set), defaultdict[str, set[bool]](set)
        self.written_sign = sign_beside if is_written else ""
        # None if the file has both signs, or if nothing says which one of the two it has.
        self.file_sign = self.written_sign or (decimal_sign if sign_beside in ("", decimal_sign) else None)
        self.unsure = dict[str, str]()  # by column: the first number that no other one of the file explains

    def may_decide(self, column: ProductColumn) -> bool:
        """Return whether other cells of this column may decide how one of its cells is read."""
        is_code = column.name == "barcode" or (column.name == "codes" and not self.is_own)
        return is_code or isinstance(self.rules[column.name].field, NUMBERS | DATES)

    def find_plain(self, column: ProductColumn) -> Callable[[str], Any]:
        """Return the function that matches cells that need not be observed. A price with a point has to be observed."""
        return (WHOLE_AMOUNT if column.name in AMOUNTS else self.rules[column.name]).plain.fullmatch

    def observe(self, column: ProductColumn, cell: Any) -> bool:
        """Record how a cell is written. Return whether other cells decide how it is read."""
        name = column.name
        if name in ("barcode", "codes"):
            if isinstance(cell, date):
                return False
            return self.barcodes.observe(name, unwrap(cell) if isinstance(cell, str) else f"{cell:f}")
        if not isinstance(cell, str) or len(cell) > MAX_CELL_LENGTH:
            return False
        if self.is_own and name.startswith(FIELD):  # their sign is fixed, and says nothing of the other columns
            return False
        text = unwrap(cell)
        if self.is_date(column):
            if (is_first := find_day_first(text)) is not None:
                self.orders[name].add(is_first)
            return is_first is None and is_ambiguous_date(text)
        if sign := find_decimal_sign(text):
            self.signs[name].add(sign)
        return sign is None and self.find_fixed_sign(name, text) is None and is_ambiguous(text)

    def settle(self) -> None:
        """Choose the decimal sign of the file from the observed cells."""
        if signs := {sign for found in self.signs.values() for sign in found}:
            self.file_sign = signs.pop() if len(signs) == 1 else None

    def read(self, column: ProductColumn, cell: Any) -> Any:
        """Return the value of the cell. Raise REST framework's ValidationError."""
        field: Any = self.rules[column.name].field
        if isinstance(cell, str):
            if len(cell) > MAX_CELL_LENGTH:
                raise ValidationError(gettext(TOO_LONG_CELL).format(len(cell), MAX_CELL_LENGTH))
            if self.says_nothing(column, cell):
                return None
            if not (cell and remove_guards(cell).strip()) and (column.empty_value is not REQUIRED or self.has_no_price):
                return None if column.empty_value is REQUIRED else column.empty_value
            if not cell.strip():
                raise ValidationError(MISSING_MESSAGE.format(column.name))
        try:
            value = field.run_validation(self.normalize(column, cell))
            if column.is_amount and value is not None:
                return value.normalize() + 0  # 12.000 becomes 12, and 1E+3 becomes 1000
            return value
        except ValidationError as error:
            if isinstance(field, TextField) and error.detail[0].code == "max_length":  # type: ignore[index,union-attr]
                raise ValidationError(LONG_MESSAGE.format(field.max_length)) from None
            raise

    def is_date(self, column: ProductColumn) -> bool:
        return isinstance(self.rules[column.name].field, DATES)

    def says_nothing(self, column: ProductColumn, cell: str) -> bool:
        """Return whether the cell of a number, a date or a code has a word for no value. Count it if so."""
        is_text = column.name not in CODES and not isinstance(self.rules[column.name].field, NUMBERS | DATES)
        if self.is_own or is_text or not says_nothing(column.name, cell):
            return False
        self.unsaid.append(column.name)
        self.nothing[cell.strip()] += 1
        return True

    def normalize(self, column: ProductColumn, cell: Any) -> Any:
        """Return the text in the format that the column's field accepts. Raise ValidationError."""
        if isinstance(cell, str) and is_error(cell.strip()):
            raise ValidationError(ERROR_MESSAGE)
        if cell == NO_VALUE:
            raise ValidationError(NO_VALUE_MESSAGE)
        field = self.rules[column.name].field
        if isinstance(field, NUMBERS):
            return self.read_number(column, cell)
        if isinstance(field, DATES):
            return self.read_date(column, cell)
        text = get_cell_text(column, cell)
        if column.name == "codes" and not self.is_own:
            return self.barcodes.read_codes(text)
        if column.name != "barcode":
            return text
        self.barcode = self.barcodes.read_barcode(text)
        return self.barcode.code

    def read_number(self, column: ProductColumn, cell: Any) -> str:
        """Return the number with `.` as its decimal sign.

        Return other text unchanged, because the field's error explains it.
        """
        if isinstance(cell, date):
            raise ValidationError(DATE_IN_NUMBER_MESSAGE)
        if isinstance(cell, Decimal):
            number = trim_zeros(f"{cell:f}")
            is_money = column.name in AMOUNTS
            return self.trim_money(column.name, number) if is_money else self.trim_number(column, number)
        text = unwrap(cell)
        try:
            number = normalize_number(text)
        except AmbiguousNumber:
            if (sign := self.find_fixed_sign(column.name, text) or self.guess_sign(column.name, text)) is None:
                raise ValidationError(TWO_NUMBERS_MESSAGE) from None
            number = normalize_number(text, sign)
        except NotANumber:
            if text.rstrip().endswith("%"):
                raise ValidationError(PERCENT_MESSAGE) from None
            if normalize_column_name(text) in YES_OR_NO:
                raise ValidationError(YES_OR_NO_MESSAGE) from None
            return text
        number = number.removeprefix("+")
        if column.name not in AMOUNTS:
            return self.trim_number(column, number)
        if currency := find_currency(text):
            self.currencies[column.name][currency] += 1
        return self.trim_money(column.name, number)

    def guess_sign(self, name: str, number: str) -> str | None:
        """Return the sign as find_sign() does, and note a number that no other one of the file explains."""
        if not (self.written_sign or any(self.signs.values())):
            self.unsure.setdefault(name, number)
        return self.find_sign(name)

    def find_sign(self, name: str) -> str | None:
        """Return the decimal sign of ambiguous numbers in this column, or None if both signs are used.

        The sign is taken from the cells of its column, or else from the file, or else from the shop's settings.
        """
        signs = self.signs.get(name, ())
        return next(iter(signs)) if len(signs) == 1 else self.file_sign

    def find_fixed_sign(self, name: str, number: str) -> str | None:
        """Return the decimal sign of an ambiguous number, or None if it depends on other cells."""
        if self.is_own and name.startswith(FIELD):  # this service writes them without a sign for thousands
            return "," if "," in number else "."
        if self.money_decimals == 0 and name in AMOUNTS:  # 1.990 pesos are 1,990, because they have no decimals
            return "," if "." in number else "."
        is_written = self.written_sign and self.written_sign in number
        return self.written_sign if is_written and name not in AMOUNTS else None  # money has no three decimals

    def quote_number(self, name: str, cell: str) -> str:
        """Return a number that was read from this column with the column's decimal sign, and other texts unchanged."""
        if "." not in cell or name not in self.rules or not isinstance(self.rules[name].field, NUMBERS):
            return cell
        return cell.replace(".", ",") if self.find_sign(name) == "," else cell

    def trim_money(self, name: str, number: str) -> str:
        """Return the amount without zeros after the decimals of the currency, and rounded if amounts are rounded.

        Raise ValidationError if it has decimals that its currency does not have.
        """
        currency = self.currency if name == "price" else ""  # costs have two decimals in each currency
        decimals = get_money_decimals(currency)
        whole, _, fraction = number.partition(".")
        kept, rest = fraction[:decimals], fraction[decimals:].strip("0")
        if len(fraction) <= decimals or len(whole) > MAX_WHOLE_DIGITS + 1:
            return number  # the field refuses an amount with too many digits
        if not rest:
            return f"{whole}.{kept}".rstrip(".")
        if not self.rounds:
            if not decimals and Decimal(number) not in self.fractions:
                raise ValidationError(fill(NO_DECIMALS, currency=currency, amount=number))
            return number
        self.rounded[name] += 1
        return str(round_money(Decimal(number), currency))

    def trim_number(self, column: ProductColumn, number: str) -> str:
        """Return the number without zeros at its end. If amounts are rounded, a quantity has at most MAX_DECIMALS."""
        number = trim_zeros(number)
        if not (column.is_amount and self.rounds) or len(number.partition(".")[2]) <= MAX_DECIMALS:
            return number
        self.rounded[column.name] += 1
        return str(round(Decimal(number), MAX_DECIMALS))

    def is_below_zero(self, column: ProductColumn, cell: Any) -> bool:
        """Return whether the cell has a number below zero."""
        try:
            return Decimal(self.read_number(column, cell)) < 0
        except (ValidationError, InvalidOperation):
            return False

    def read_date(self, column: ProductColumn, cell: Any) -> str:
        """Return the date in ISO 8601. Return other text unchanged, because the field's error explains it."""
        if isinstance(cell, date):
            return cell.isoformat()
        text = unwrap(str(cell))
        try:
            try:
                return normalize_date(text)
            except AmbiguousDate:  # the other dates of the column decide which number is the day
                found = self.orders[column.name]
                return normalize_date(text, next(iter(found)) if len(found) == 1 else None)
        except AmbiguousDate:
            raise ValidationError(TWO_DATES_MESSAGE) from None
        except HasTime:
            raise ValidationError(TIME_IN_DATE_MESSAGE) from None
        except NoSuchDay:
            raise ValidationError(NO_SUCH_DAY) from None
        except NotADate:
            return text

    def list_notes(self, kept_barcodes: Iterable[str] = ()) -> list[str]:
        """Return what the user should know about the cells. `kept_barcodes` are read in another way, but not saved."""
        currencies = [
            fill(
                "The column {column} has amounts in several currencies, which are not converted: {currencies}.",
                column=say_column(name),
                currencies=", ".join(f"{each} ({count})" for each, count in found.items()),
            )
            for name, found in self.currencies.items()
            if len(found) > 1
        ]
        said = {"price": ROUNDED_MONEY if self.money_decimals else ROUNDED_TO_WHOLE, "cost_price": ROUNDED_MONEY}
        rounded = [
            fill(said.get(name, ROUNDED_AMOUNTS), column=say_column(name), number=count)
            for name, count in self.rounded.items()
        ]
        empty = [fill(SAYS_NOTHING, number=self.nothing.total(), cell=cell) for cell in [*self.nothing][:1]]
        return [*currencies, *rounded, *empty, *self.barcodes.list_notes(kept_barcodes)]


def list_fractions(model: Any, owner_id: int, currency: str) -> frozenset[Decimal]:
    """Return the prices of these rows of the shop that have decimals, if its currency has none."""
    if get_money_decimals(currency):
        return frozenset()
    rows = model.objects.filter(owner_id=owner_id).exclude(price=Floor("price"))
    return frozenset(rows.values_list("price", flat=True).distinct())


def trim_zeros(number: str) -> str:
    """Return the number without zeros behind its decimals: `3.00` becomes `3`, and `9.4000` becomes `9.4`."""
    return number.rstrip("0").removesuffix(".") if "." in number else number


def unwrap(cell: str) -> str:
    """Return the text of a cell without the guard that the export adds.

    For a formula like `="001"`, return its text.
    """
    text = remove_guards(cell)
    found = FORMULA_TEXT.fullmatch(cell.strip()) if text == cell else None
    return found[1].replace('""', '"') if found else text


def get_cell_text(column: ProductColumn, cell: Any) -> str:
    """Return the text of a cell. Raise ValidationError if a spreadsheet has changed it."""
    if isinstance(cell, date):
        if column.name.startswith(FIELD):  # an own field of the type text may contain dates
            return cell.isoformat()
        raise ValidationError(DATE_MESSAGE)
    if isinstance(cell, Decimal):
        if abs(cell) >= MAX_WHOLE:
            raise ValidationError(ROUNDED_MESSAGE)
        return f"{cell:f}"
    text = unwrap(cell)
    if column.name in CODES and ROUNDED.fullmatch(text.strip()):
        raise ValidationError(ROUNDED_MESSAGE)
    return text
