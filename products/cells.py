"""Read the values of the cells in a product file as people and spreadsheets write them."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from rest_framework.serializers import ValidationError

from core.fields import AmountField, DateField, TextField, WholeNumberField
from core.files.csv_text import remove_guards
from core.files.dates import AmbiguousDate, NotADate, find_day_first, normalize_date
from core.files.limits import MAX_CELL_LENGTH, TOO_LONG_CELL
from core.files.numbers import AmbiguousNumber, NotANumber, find_decimal_sign, normalize_number
from core.files.workbooks import MAX_WHOLE
from products.cell_fields import FIELDS
from products.cell_messages import explain_error
from products.code_fields import CodesTextField
from products.columns import COLUMNS, REQUIRED, ProductColumn

# Matches a cell that its field would accept unchanged. Nearly all cells match, so a large file takes a tenth of the
# time. The field validates all others. These include cells with a `'`, which may be a guard against formulas, and cells
# that begin with `=` or `#`, which may be a formula or its error.
PLAIN_TEXT = r"[!\"$-&(-<>-~]([ -&(-<>-~]{0,%d}[!-&(-<>-~])?"
PLAIN_AMOUNT = r"[0-9]{1,10}(\.[0-9]{1,2})?"
PLAIN_WHOLE = {0: r"[0-9]{1,9}", 1: r"[1-9][0-9]{0,8}"}  # the patterns by the smallest number that the field accepts
PLAIN_DATE = r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"  # only days that every month has

CODES = ("sku", "barcode", "supplier_sku", "codes", "lot")
ROUNDED_CODE = r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+"
ROUNDED = re.compile(ROUNDED_CODE)
FORMULA_TEXT = re.compile(r'="((?:[^"]|"")*)"')
FORMULA_ERRORS = frozenset({
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#ERROR!",
    "#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#VALEUR!", "#NOM?", "#NOMBRE!", "#¡VALOR!", "#¿NOMBRE?", "#¡REF!",
    "#¡DIV/0!",
})  # fmt: skip

ROUNDED_MESSAGE = "A spreadsheet has rounded this code: format the column as text, then enter the whole code again."
DATE_MESSAGE = "A spreadsheet has turned this into a date: format the column as text, then enter it again."
DATE_IN_NUMBER_MESSAGE = "A spreadsheet has turned this into a date: format the cell as a number, then enter it again."
ERROR_MESSAGE = "This is an error of a formula in the spreadsheet: correct the formula, or empty the cell."
PERCENT_MESSAGE = "This is a percentage: enter the amount itself, as 1234.50."
TWO_NUMBERS_MESSAGE = "This may be thousands or decimal places: enter it as 1234.50, without a sign for thousands."
TWO_DATES_MESSAGE = "The day may be the first or the second number: enter the date as 2026-12-31."


def build_plain_pattern(column: ProductColumn) -> re.Pattern[str] | None:
    """Return the pattern of the cells that the column's field accepts unchanged, or None if there is none.

    It matches an empty cell if the column stores an empty text.
    """
    field = FIELDS[column.name]
    may_be_empty = "?" if column.empty_value == "" else ""
    if isinstance(field, TextField):
        prefix = f"(?!{ROUNDED_CODE}$)" if column.name in CODES else ""
        return re.compile(prefix + f"({PLAIN_TEXT % ((field.max_length or 2) - 2)}){may_be_empty}")
    if isinstance(field, CodesTextField):
        return re.compile("")
    if isinstance(field, AmountField):
        return re.compile(PLAIN_AMOUNT)
    if isinstance(field, DateField):
        return re.compile(PLAIN_DATE)
    if isinstance(field, WholeNumberField) and field.min_value in PLAIN_WHOLE:
        return re.compile(PLAIN_WHOLE[field.min_value])
    return None


PLAIN_CELL_PATTERNS = {column.name: pattern for column in COLUMNS if (pattern := build_plain_pattern(column))}


def match_nothing(cell: str) -> None:
    """Match no cell, so that the field validates each of them."""


def get_matcher(column: ProductColumn | None) -> Callable[[str], Any]:
    """Return a function that returns whether the column's field accepts a text unchanged.

    It does not call the field.
    """
    pattern = PLAIN_CELL_PATTERNS.get(column.name) if column else None
    return pattern.fullmatch if pattern else match_nothing


class CellReader:
    """Reads the cells of one file. If a cell can be read in two ways, the other cells of its column decide.

    `columns` has the columns of the file in their order, and None for a column that is ignored.
    """

    def __init__(self, table: Any, columns: list[ProductColumn | None]) -> None:
        self.table, self.columns = table, columns
        self.cell_matchers = [(column, get_matcher(column)) for column in columns]

    def read(self, column: ProductColumn, cell: Any) -> Any:
        """Return the value of the cell. Raise REST framework's ValidationError."""
        if isinstance(cell, str) and len(cell) > MAX_CELL_LENGTH:
            raise ValidationError(TOO_LONG_CELL.format(len(cell), MAX_CELL_LENGTH))
        if isinstance(cell, str) and column.empty_value is not REQUIRED and not (cell and remove_guards(cell).strip()):
            return column.empty_value
        text = self.normalize(column, cell)
        try:
            return FIELDS[column.name].run_validation(text)
        except ValidationError as error:
            raise ValidationError(explain_error(column, cell, error)) from None

    def normalize(self, column: ProductColumn, cell: Any) -> Any:
        """Return the text in the format that the column's field accepts. Raise ValidationError."""
        if isinstance(cell, str) and cell.strip() in FORMULA_ERRORS:
            raise ValidationError(ERROR_MESSAGE)
        field = FIELDS[column.name]
        if isinstance(field, AmountField | WholeNumberField):
            return self.read_number(column, cell)
        return self.read_date(column, cell) if isinstance(field, DateField) else get_cell_text(column, cell)

    def read_number(self, column: ProductColumn, cell: Any) -> str:
        """Return the number with `.` as its decimal sign.

        Return other text unchanged, because the field's error explains it.
        """
        if isinstance(cell, date):
            raise ValidationError(DATE_IN_NUMBER_MESSAGE)
        if isinstance(cell, Decimal):
            return trim_whole(f"{cell:f}")
        text = unwrap(cell)
        try:
            number = normalize_number(text)
        except AmbiguousNumber:
            if (sign := self.decimal_signs.get(column.name)) is None:
                raise ValidationError(TWO_NUMBERS_MESSAGE) from None
            number = normalize_number(text, sign)
        except NotANumber:
            if text.rstrip().endswith("%"):
                raise ValidationError(PERCENT_MESSAGE) from None
            return text
        number = number.removeprefix("+")
        return number if isinstance(FIELDS[column.name], AmountField) else trim_whole(number)

    def read_date(self, column: ProductColumn, cell: Any) -> str:
        """Return the date in ISO 8601. Return other text unchanged, because the field's error explains it."""
        if isinstance(cell, date):
            return cell.isoformat()
        text = unwrap(str(cell))
        try:
            return normalize_date(text)
        except AmbiguousDate:
            if (day_first := self.day_orders.get(column.name)) is None:
                raise ValidationError(TWO_DATES_MESSAGE) from None
            return normalize_date(text, day_first)
        except NotADate:
            return text

    @cached_property
    def decimal_signs(self) -> dict[str, str]:
        """Return the decimal sign of each column in which the cells agree on one."""
        return self.find_styles(AmountField | WholeNumberField, find_decimal_sign)

    @cached_property
    def day_orders(self) -> dict[str, bool]:
        """Return whether the day is first, for each column in which the cells agree on it."""
        return self.find_styles(DateField, find_day_first)

    def find_styles(self, kinds: Any, find_style: Callable[[str], Any]) -> dict[str, Any]:
        """Read the file once more.

        Return the style of each column of these kinds in which all cells have the same style.
        """
        columns = enumerate(self.columns)
        places = {column.name: place for place, column in columns if column and isinstance(FIELDS[column.name], kinds)}
        styles: dict[str, set[Any]] = {name: set() for name in places}
        for _, cells in self.table.read_rows(lambda *_: None):
            for name, place in places.items():
                styles[name].add(find_style(get_style_text(cells or [], place)))
        clear = {name: found - {None} for name, found in styles.items()}
        return {name: found.pop() for name, found in clear.items() if len(found) == 1}


def get_style_text(cells: list[Any], place: int) -> str:
    """Return the text at this place of a row. It is empty if the row is shorter or the cell is a number or a date."""
    cell = cells[place] if place < len(cells) else ""
    return unwrap(cell) if isinstance(cell, str) else ""


def trim_whole(number: str) -> str:
    """Return a whole number without decimal places that are zero: `3.00` becomes `3`."""
    whole, _, fraction = number.partition(".")
    return number if fraction.strip("0") else whole


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
        raise ValidationError(DATE_MESSAGE)
    if isinstance(cell, Decimal):
        if abs(cell) >= MAX_WHOLE:
            raise ValidationError(ROUNDED_MESSAGE)
        return f"{cell:f}"
    text = unwrap(cell)
    if column.name in CODES and ROUNDED.fullmatch(text.strip()):
        raise ValidationError(ROUNDED_MESSAGE)
    return text
