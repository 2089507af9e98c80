"""The values of the cells of a product file, read as people and spreadsheets write them."""

import re
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from rest_framework.serializers import Field, ValidationError

from core.csv_text import remove_guards
from core.fields import AmountField, DateField, QuantityField, TextField, WholeNumberField
from core.tables.dates import AmbiguousDate, NotADate, canonical_date, own_order
from core.tables.numbers import AmbiguousNumber, NotANumber, bare_number, canonical_number, own_decimal_sign
from core.tables.workbooks import MAX_WHOLE
from products.columns import COLUMNS, REQUIRED, Column

# A cell that its field would accept unchanged: nearly all, so that a large file takes a tenth of the time. All others
# are validated by the field: those with a `'`, too, which may be a guard against formulas.
PLAIN_TEXT = r"[!-&(-<>-~]([ -&(-<>-~]{0,%d}[!-&(-<>-~])?"
PLAIN_AMOUNT, PLAIN_QUANTITY = r"[0-9]{1,10}(\.[0-9]{1,2})?", r"[0-9]{1,9}"

CODES = ("sku", "barcode")
ROUNDED_CODE = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
FORMULA_TEXT = re.compile(r'="((?:[^"]|"")*)"')
FORMULA_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})

ROUNDED = "A spreadsheet has rounded this code: format the column as text, and enter the code again."
READ_AS_DATE = "A spreadsheet has read this as a date: format the column as text, and enter it again."
AN_ERROR = "This is an error of a formula in the spreadsheet."
TWO_NUMBERS = "This can be read in two ways: write it without a sign for thousands, as 1234.50."
TWO_DATES = "Day and month can't be told apart: write the date as 2026-12-31."


def plain_pattern(field: Field) -> re.Pattern | None:
    """Return the pattern of the cells that the field accepts unchanged, None if there is none."""
    if isinstance(field, TextField):
        return re.compile(PLAIN_TEXT % ((field.max_length or 2) - 2))
    if isinstance(field, AmountField):
        return re.compile(PLAIN_AMOUNT)
    return re.compile(PLAIN_QUANTITY) if type(field) is QuantityField and field.max_value else None


PLAIN_CELL_PATTERNS = {column.name: pattern for column in COLUMNS if (pattern := plain_pattern(column.field))}


class CellReader:
    """Reads the cells of one file. Where a cell can be read in two ways, the other cells of its column decide.

    `columns` are those of the file, in their order, None for one that is ignored.
    """

    def __init__(self, table: Any, columns: list[Column | None]) -> None:
        self.table, self.columns = table, columns

    def read(self, column: Column, cell: Any) -> Any:
        """Return the value of the cell. Raise REST framework's ValidationError."""
        if isinstance(cell, str):
            pattern = PLAIN_CELL_PATTERNS.get(column.name)
            if pattern and pattern.fullmatch(cell) and cell not in FORMULA_ERRORS:
                return cell if column.name not in CODES else check_code(cell)
            cell = remove_guards(cell)
            if not cell.strip() and column.empty_value is not REQUIRED:
                return column.empty_value
        return column.field.run_validation(self.canonical(column, cell))

    def canonical(self, column: Column, cell: Any) -> Any:
        """Return the text that the column's field understands. Raise ValidationError."""
        if isinstance(cell, str) and cell.strip() in FORMULA_ERRORS:
            raise ValidationError(AN_ERROR)
        if isinstance(column.field, AmountField | WholeNumberField):
            return self.number(column, cell)
        return self.date(column, cell) if isinstance(column.field, DateField) else text_of(column, cell)

    def number(self, column: Column, cell: Any) -> str:
        try:
            number = str(cell) if isinstance(cell, Decimal) else canonical_number(str(cell))
        except AmbiguousNumber:
            if (sign := self.decimal_signs.get(column.name)) is None:
                raise ValidationError(TWO_NUMBERS) from None
            number = canonical_number(cell, sign)
        except NotANumber:
            return str(cell)  # the field says what is wrong
        return number.removeprefix("+") if isinstance(column.field, AmountField) else without_zeros(number)

    def date(self, column: Column, cell: Any) -> str:
        if isinstance(cell, date):
            return cell.isoformat()
        try:
            return canonical_date(str(cell))
        except AmbiguousDate:
            if (day_first := self.day_orders.get(column.name)) is None:
                raise ValidationError(TWO_DATES) from None
            return canonical_date(cell, day_first)
        except NotADate:
            return str(cell)  # the field says what is wrong

    @cached_property
    def decimal_signs(self) -> dict[str, str]:
        """The decimal sign of each column in which the cells agree on one."""
        return self.agreed(AmountField | WholeNumberField, sign_in)

    @cached_property
    def day_orders(self) -> dict[str, bool]:
        """Whether the day comes first, for each column in which the cells agree on it."""
        return self.agreed(DateField, own_order)

    def agreed(self, kinds: Any, style_of: Any) -> dict[str, Any]:
        """Read the file once more. Return for each column of these kinds the style that all its cells agree on."""
        places = [
            (place, column) for place, column in enumerate(self.columns) if column and isinstance(column.field, kinds)
        ]
        styles: dict[str, set[Any]] = {column.name: set() for _, column in places}
        for _, cells in self.table.rows(lambda *_: None):
            for place, column in places:
                if place < len(cells) and isinstance(cells[place], str):
                    styles[column.name].add(style_of(remove_guards(cells[place])))
        return {name: (found - {None}).pop() for name, found in styles.items() if len(found - {None}) == 1}


def sign_in(cell: str) -> str | None:
    """Return the decimal sign that the cell shows, None if it shows none."""
    try:
        return own_decimal_sign(bare_number(cell))
    except NotANumber:
        return None


def without_zeros(number: str) -> str:
    """Return a whole number without decimal places that are zero: `3.00` is `3`."""
    whole, _, fraction = number.removeprefix("+").partition(".")
    return whole if not fraction.strip("0") else number


def text_of(column: Column, cell: Any) -> str:
    """Return the text of a cell. Raise ValidationError if a spreadsheet has changed it."""
    if isinstance(cell, date):
        raise ValidationError(READ_AS_DATE)
    if isinstance(cell, Decimal):
        if abs(cell) >= MAX_WHOLE:
            raise ValidationError(ROUNDED)
        return f"{cell:f}"
    if found := FORMULA_TEXT.fullmatch(cell.strip()):
        cell = found[1].replace('""', '"')
    return check_code(cell) if column.name in CODES else cell


def check_code(cell: str) -> str:
    """Return the code. Raise ValidationError if a spreadsheet has rounded it, as in 4.01235E+12."""
    if ROUNDED_CODE.fullmatch(cell.strip()):
        raise ValidationError(ROUNDED)
    return cell
