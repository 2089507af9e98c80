"""Read and judge the cells of a product file, as people and spreadsheets write them."""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import CharField
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import Field, ValidationError

from core.amounts import MAX_DECIMALS
from core.codes import CodeColumn, CodeField
from core.currencies import NO_DECIMALS, get_money_decimals, round_money
from core.fields import (
    MAX_ID,
    AmountField,
    DateField,
    GoodsField,
    LongTextField,
    QuantityField,
    TextField,
    WholeNumberField,
)
from core.files.csv_text import remove_guards
from core.files.dates import AmbiguousDate, HasTime, NoSuchDay, NotADate, find_day_first, normalize_date
from core.files.limits import MAX_CELL_LENGTH, TOO_LONG_CELL
from core.files.numbers import AmbiguousNumber, NotANumber, find_currency, find_decimal_sign, normalize_number
from core.files.shown_cells import NO_VALUE
from core.files.workbooks import MAX_WHOLE
from core.sentences import fill
from core.translation import gettext_noop
from products.attributes.errors import TooManyTags
from products.attributes.fields import TagsField
from products.attributes.services import change_tags, read_value
from products.codes.barcodes import PLAIN
from products.codes.fields import CodesTextField
from products.filing.code_cells import BarcodeReader
from products.filing.column_names import normalize_column_name
from products.filing.columns import FIELD, OPTION, REQUIRED, ProductColumn, say_column
from products.filing.words import YES_OR_NO
from products.models import Product
from products.own_fields.errors import FieldInvalid
from products.own_fields.models import MAX_TEXT_LENGTH, CustomField, FieldType
from products.serializers import PRICE, PriceField
from products.variants.models import MAX_VALUE_LENGTH
from stock.models import MAX_CODE_LENGTH, MAX_NAME_LENGTH

MAX_CELL_CHARACTERS = 10_000
MAX_REMEMBERED = 256  # the most cells with tags that are remembered, because many rows have the same
SMALLEST = Decimal("0.001")

# The messages of the fields are for programs. These are for the people who correct a spreadsheet.
LIMIT_MESSAGES = {
    "min_value": _("This is too low: enter {min_value} or more."),
    "max_value": _("This is too high: enter {max_value} or less."),
}
TWO_NUMBERS_MESSAGE = _("This may be thousands or decimal places: enter it as 1234.50, without a sign for thousands.")
TOO_LOW = _("This is too low: enter more than 0.")
NOT_A_NUMBER = _("This is not a number: enter it as 1234.50.")
MAX_WHOLE_DIGITS = PRICE["max_digits"] - PRICE["decimal_places"]
TOO_MANY_DIGITS = format_lazy(
    _("This has too many digits: enter at most {number} before the decimal point."), number=MAX_WHOLE_DIGITS
)
AMOUNT_MESSAGES = {
    **LIMIT_MESSAGES,
    **dict.fromkeys(("invalid", "max_string_length"), NOT_A_NUMBER),
    **dict.fromkeys(("max_digits", "max_whole_digits"), TOO_MANY_DIGITS),
    "max_decimal_places": _("This has more than {max_decimal_places} decimal places: round it."),
}
NO_SUCH_DAY = _("The calendar has no such day: enter another one.")
NOT_A_DATE = _("This is not a date: enter it as 2026-12-31.")
NOT_A_WHOLE_NUMBER = _("This is not a whole number: enter it as 12.")
WHOLE_MESSAGES: dict[str, Any] = {
    **LIMIT_MESSAGES,
    **dict.fromkeys(("invalid", "max_string_length"), NOT_A_WHOLE_NUMBER),
}
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

SEVERAL_CURRENCIES = gettext_noop(
    "The column {column} has amounts in several currencies, which are not converted: {currencies}."
)

ROUNDED_MONEY = gettext_noop("Amounts in the column {column} that are rounded to cents: {number}.")
SAYS_NOTHING = gettext_noop("Cells without a value, which change nothing: {number}, for example {cell}.")
ROUNDED_TO_WHOLE = gettext_noop("Amounts in the column {column} that are rounded to whole ones: {number}.")

AMOUNTS = ("price", "cost_price")
CODES = ("sku", "barcode", "external_id", "supplier_sku", "codes", "lot")
# What people and programs write into cells for which they have no value.
NOTHING_CODE = r"-{1,3}|[\u2013\u2014]|n/?a|n\.a\.|null|none|nan|nil|\\n"
NOTHING = re.compile(NOTHING_CODE, re.IGNORECASE)
ROUNDED_CODE = r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+"
ROUNDED = re.compile(ROUNDED_CODE)
FORMULA_TEXT = re.compile(r'="((?:[^"]|"")*)"')
FORMULA_ERRORS = frozenset({
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#ERROR!",
    "#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#VALEUR!", "#NOM?", "#NOMBRE!", "#¡VALOR!", "#¿NOMBRE?", "#¡REF!",
    "#¡DIV/0!",
})  # fmt: skip


class OwnField(Field):
    """A value of one of the shop's own fields, as its type says."""

    def __init__(self, own: CustomField) -> None:
        super().__init__()
        self.own = own

    def to_internal_value(self, data: Any) -> Any:
        try:
            return read_value(self.own, data)
        except FieldInvalid as error:
            raise ValidationError(str(error)) from None


class OwnNumber(OwnField):
    pass


class OwnDate(OwnField):
    pass


class TagsText(Field):
    """The tags of a product as a text with commas."""

    def to_internal_value(self, data: str) -> list[str]:
        try:
            return read_tags(data)
        except TooManyTags as error:
            raise ValidationError(str(error)) from None


@lru_cache(MAX_REMEMBERED)
def read_tags(text: str) -> list[str]:
    return change_tags([], TagsField().read_tags([tag for tag in text.split(",") if tag.strip()]))


NUMBERS, DATES = AmountField | WholeNumberField | OwnNumber, DateField | OwnDate
OWN_KINDS = {FieldType.NUMBER: OwnNumber, FieldType.DATE: OwnDate}


class CellRule(NamedTuple):
    """How the cells of a column are judged: the field validates each cell that `plain` does not match.

    `plain` matches only cells that the field would return unchanged. Nearly all cells match, so a large file takes a
    tenth of the time. Cells with a `'`, which may be a guard against formulas, and cells that begin with `=` or `#`,
    which may be a formula or its error, do not match.
    """

    field: Field
    plain: re.Pattern[str]


def text_rule(name: str, max_length: int, kind: type[TextField] = TextField) -> CellRule:
    rounded = f"(?!{ROUNDED_CODE}$)(?!(?i:{NOTHING_CODE})$)" if name in CODES else ""
    before = rounded + (PLAIN if name == "barcode" else "")
    plain = rf"{before}([!\"$-&(-<>-~]([ -&(-<>-~]{{0,{max_length - 2}}}[!-&(-<>-~])?)?"
    return CellRule(kind(max_length=max_length), re.compile(plain))


AMOUNT = CellRule(PriceField(error_messages=AMOUNT_MESSAGES), re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?"))
WHOLE_AMOUNT = CellRule(AMOUNT.field, re.compile(r"[0-9]{1,10}"))
WHOLE = CellRule(QuantityField(error_messages=WHOLE_MESSAGES), re.compile(r"[0-9]{1,9}"))
GOODS_MESSAGES = {**AMOUNT_MESSAGES, "invalid": NOT_A_WHOLE_NUMBER, "max_string_length": NOT_A_WHOLE_NUMBER}
GOODS = CellRule(GoodsField(decimal_places=MAX_DECIMALS, error_messages=GOODS_MESSAGES), WHOLE.plain)
FROM_ONE = re.compile(r"[1-9][0-9]{0,8}")
DATE = CellRule(  # a plain date has a day that every month has
    DateField(error_messages={"invalid": NOT_A_DATE}), re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])")
)
PRODUCT_TEXTS = [field for field in Product._meta.concrete_fields if isinstance(field, CharField)]
RULES: dict[str, CellRule] = {
    **{
        field.name: text_rule(field.name, field.max_length or 0, kind)
        for field in PRODUCT_TEXTS
        for kind in [CodeField if isinstance(field, CodeColumn) else TextField]
    },
    "id": CellRule(WholeNumberField(min_value=1, max_value=MAX_ID, error_messages=WHOLE_MESSAGES), FROM_ONE),
    "description": text_rule("description", MAX_CELL_CHARACTERS, LongTextField),
    **dict.fromkeys(AMOUNTS, AMOUNT),
    "decimals": CellRule(QuantityField(max_value=MAX_DECIMALS, error_messages=WHOLE_MESSAGES), re.compile("[0-3]")),
    "quantity": GOODS,
    "stock_sequence": CellRule(QuantityField(max_value=MAX_ID, error_messages=WHOLE_MESSAGES), WHOLE.plain),
    "change_sequence": CellRule(QuantityField(max_value=MAX_ID, error_messages=WHOLE_MESSAGES), WHOLE.plain),
    "min_threshold": GOODS,
    "expiration_date": DATE,
    "category": text_rule("category", 255),
    "supplier": text_rule("supplier", 255),
    "pack_size": CellRule(
        GoodsField(
            decimal_places=MAX_DECIMALS, min_value=SMALLEST, error_messages={**GOODS_MESSAGES, "min_value": TOO_LOW}
        ),
        FROM_ONE,
    ),
    "codes": CellRule(CodesTextField(), re.compile("")),
    "group": text_rule("group", 255),
    "tags": CellRule(TagsText(), re.compile("")),
    "location": text_rule("location", MAX_NAME_LENGTH),
    "lot": text_rule("lot", MAX_CODE_LENGTH),
    "expires_on": DATE,
}


OPTION_RULE = text_rule(OPTION, MAX_VALUE_LENGTH)
PLAIN_OWN = {
    FieldType.TEXT: text_rule(FIELD, MAX_TEXT_LENGTH).plain, FieldType.NUMBER: re.compile("([1-9][0-9]{0,14})?"),
    FieldType.DATE: re.compile(f"({DATE.plain.pattern})?"),
}  # fmt: skip


def find_rule(name: str, own: dict[str, CustomField]) -> CellRule:
    """Return the rule of a column. `own` has the shop's own fields by key."""
    if name in RULES:
        return RULES[name]
    kind, _colon, key = name.partition(":")
    if kind == OPTION:
        return OPTION_RULE
    of_type = FieldType(own[key].type)
    return CellRule(OWN_KINDS.get(of_type, OwnField)(own[key]), PLAIN_OWN.get(of_type, re.compile("")))


class CellReader:
    """Reads the cells of one file. If a cell can be read in two ways, others decide, first those of its column.

    `places` has the columns of products in the file by their places. `is_own` tells whether this service has written
    the file, whose further codes are read as they are. `decimal_sign` is that of the shop, for cells that nothing else
    decides. `own` has the shop's own fields by key. `currency` is that of the shop. With `rounds`, money is rounded to
    its decimals. With `has_no_price`, the price of a product may be empty.
    """

    def __init__(
        self, table: Any, places: dict[int, ProductColumn], *, is_own: bool = False, decimal_sign: str = ".",
        own: dict[str, CustomField] | None = None, rounds: bool = False, has_no_price: bool = False, currency: str = "",
    ) -> None:  # fmt: skip
        self.currency, self.money_decimals = currency, get_money_decimals(currency)
        self.rounds, self.has_no_price = rounds, has_no_price
        self.unsaid: list[str] = []  # the columns in which the row has a word for no value
        self.nothing = Counter[str]()  # the number of cells with each word for no value
        self.rounded = Counter[str]()  # the cells that were rounded, by column
        self.table, self.places, self.is_own, self.decimal_sign = table, places, is_own, decimal_sign
        self.rules = RULES | {one.name: find_rule(one.name, own or {}) for one in places.values() if one.is_beside}
        if self.money_decimals == 0:
            self.rules |= dict.fromkeys(AMOUNTS, WHOLE_AMOUNT)
        self.barcodes = BarcodeReader(self.read_column_again)
        self.currencies = {name: Counter[str]() for name in AMOUNTS}  # the cells with each currency, by column

    def read(self, column: ProductColumn, cell: Any) -> Any:
        """Return the value of the cell. Raise REST framework's ValidationError."""
        field: Any = self.rules[column.name].field
        if isinstance(cell, str):
            check_length(cell)
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
        if self.is_own or is_text or not NOTHING.fullmatch(cell.strip()):
            return False
        self.unsaid.append(column.name)
        self.nothing[cell.strip()] += 1
        return True

    def normalize(self, column: ProductColumn, cell: Any) -> Any:
        """Return the text in the format that the column's field accepts. Raise ValidationError."""
        if isinstance(cell, str) and cell.strip() in FORMULA_ERRORS:
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
        return self.barcodes.read_barcode(text) if column.name == "barcode" else text

    def read_number(self, column: ProductColumn, cell: Any) -> str:
        """Return the number with `.` as its decimal sign.

        Return other text unchanged, because the field's error explains it.
        """
        if isinstance(cell, date):
            raise ValidationError(DATE_IN_NUMBER_MESSAGE)
        if isinstance(cell, Decimal):
            number = trim_zeros(f"{cell:f}")
            return self.trim_money(column.name, number) if column.name in AMOUNTS else number
        text = unwrap(cell)
        try:
            number = normalize_number(text)
        except AmbiguousNumber:
            if (sign := self.find_sign(column.name, text)) is None:
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
            return trim_zeros(number)
        if currency := find_currency(text):
            self.currencies[column.name][currency] += 1
        return self.trim_money(column.name, number)

    def find_sign(self, name: str, number: str) -> str | None:
        """Return the decimal sign of an ambiguous number, or None if the file has both signs."""
        if self.is_own and name.startswith(FIELD):  # this service writes numbers of own fields with a point
            return "."
        if self.money_decimals == 0 and name in AMOUNTS:  # 1.990 pesos are 1,990, because they have no decimals
            return "," if "." in number else "."
        return self.decimal_signs.get(name, self.decimal_sign)

    def quote_number(self, name: str, cell: str | None) -> str | None:
        """Return a number that was read from this column with the column's decimal sign, and other texts unchanged."""
        if not cell or "." not in cell or name not in self.rules or not isinstance(self.rules[name].field, NUMBERS):
            return cell
        return cell.replace(".", ",") if self.decimal_signs.get(name) == "," else cell

    def trim_money(self, name: str, number: str) -> str:
        """Return the amount without zeros after the decimals of the currency, and rounded if amounts are rounded.

        Raise ValidationError if it has decimals that its currency does not have.
        """
        whole, _, fraction = number.partition(".")
        kept, rest = fraction[: self.money_decimals], fraction[self.money_decimals :].strip("0")
        if len(fraction) <= self.money_decimals or len(whole) > MAX_WHOLE_DIGITS + 1:
            return number  # the field refuses an amount with too many digits
        if not rest:
            return f"{whole}.{kept}".rstrip(".")
        if not self.rounds:
            if self.money_decimals == 0:
                raise ValidationError(fill(NO_DECIMALS, currency=self.currency, amount=number))
            return number
        self.rounded[name] += 1
        return str(round_money(Decimal(number), self.currency))

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
                return normalize_date(text, self.day_orders.get(column.name))
        except AmbiguousDate:
            raise ValidationError(TWO_DATES_MESSAGE) from None
        except HasTime:
            raise ValidationError(TIME_IN_DATE_MESSAGE) from None
        except NoSuchDay:
            raise ValidationError(NO_SUCH_DAY) from None
        except NotADate:
            return text

    @property
    def notes(self) -> list[str]:
        """Return what the user should know about the cells."""
        currencies = [
            fill(
                SEVERAL_CURRENCIES,
                column=say_column(name),
                currencies=", ".join(f"{each} ({count})" for each, count in found.items()),
            )
            for name, found in self.currencies.items()
            if len(found) > 1
        ]
        said = ROUNDED_MONEY if self.money_decimals else ROUNDED_TO_WHOLE
        rounded = [fill(said, column=say_column(name), number=count) for name, count in self.rounded.items()]
        empty = [fill(SAYS_NOTHING, number=self.nothing.total(), cell=cell) for cell in [*self.nothing][:1]]
        return [*currencies, *rounded, *empty, *self.barcodes.notes]

    @cached_property
    def decimal_signs(self) -> dict[str, str | None]:
        """Return the decimal sign of each column. Its cells decide, or else the file, or else the shop.

        The sign is None if both signs are found.
        """
        styles = self.find_styles(NUMBERS, find_decimal_sign)
        of_file = {sign for found in styles.values() for sign in found} or {self.decimal_sign}
        signs = {name: [*(found or of_file)] for name, found in styles.items()}
        return {name: found[0] if len(found) == 1 else None for name, found in signs.items()}

    @cached_property
    def day_orders(self) -> dict[str, bool]:
        """Return whether the day is first, for each column in which the cells agree on it."""
        styles = self.find_styles(DATES, find_day_first)
        return {name: found.pop() for name, found in styles.items() if len(found) == 1}

    def find_styles(self, kinds: Any, find_style: Callable[[str], Any]) -> dict[str, set[Any]]:
        """Return the styles in the cells of each column of these kinds. Read the file once more for this."""
        names = [one.name for one in self.places.values() if isinstance(self.rules[one.name].field, kinds)]
        styles: dict[str, set[Any]] = {name: set() for name in names}
        for name, cell in self.read_again(names):
            styles[name].add(find_style(unwrap(cell) if isinstance(cell, str) else ""))
        return {name: found - {None} for name, found in styles.items()}

    def read_column_again(self, name: str) -> Iterator[str]:
        """Yield the texts of a column."""
        for _name, cell in self.read_again({name}):
            yield unwrap(cell) if isinstance(cell, str) else f"{cell:f}" if isinstance(cell, Decimal) else ""

    def read_again(self, names: Container[str]) -> Iterator[tuple[str, Any]]:
        """Yield the name and the cell of each row for each of these columns."""
        places = {place: column.name for place, column in self.places.items() if column.name in names}
        for _line, cells in self.table.read_rows_again():
            for place, name in places.items():
                yield name, cells[place] if cells and place < len(cells) else ""


def check_length(cell: str) -> None:
    """Raise ValidationError if the cell is too long."""
    if len(cell) > MAX_CELL_LENGTH:
        raise ValidationError(gettext(TOO_LONG_CELL).format(len(cell), MAX_CELL_LENGTH))


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
        if column.name.startswith(FIELD):  # a text of the shop's own may be a date
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
