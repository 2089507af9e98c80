"""Messages about the wrong cells of an imported file, and the values to enter instead.

The fields that validate the cells have messages for programs. These are for the people who correct a spreadsheet.
"""

from typing import Any

from rest_framework.serializers import ValidationError

from core.fields import AmountField, DateField, WholeNumberField
from products.cell_fields import FIELDS
from products.columns import ProductColumn

MISSING = "This cell is empty: enter the {name}."
NOT_A_NUMBER = "This is not a number: enter it as 1234.50."
NOT_A_WHOLE_NUMBER = "This is not a whole number: enter it as 12."
TOO_LOW, TOO_HIGH = "This is too low: enter {min_value} or more.", "This is too high: enter {max_value} or less."
TOO_MANY_DIGITS = "This has too many digits: enter at most {whole_digits} before the decimal point."
# The messages by the code of the field's error.
AMOUNT_MESSAGES = {
    "invalid": NOT_A_NUMBER,
    "min_value": TOO_LOW,
    "max_value": TOO_HIGH,
    "max_decimal_places": "This has more than {decimal_places} decimal places: round it.",
    "max_digits": TOO_MANY_DIGITS,
    "max_whole_digits": TOO_MANY_DIGITS,
    "max_string_length": NOT_A_NUMBER,
}
WHOLE_MESSAGES = {
    "invalid": NOT_A_WHOLE_NUMBER,
    "min_value": TOO_LOW,
    "max_value": TOO_HIGH,
    "max_string_length": NOT_A_WHOLE_NUMBER,
}
DATE_MESSAGES = {"invalid": "This is not a date: enter it as 2026-12-31."}
TEXT_MESSAGES = {"max_length": "This is too long: shorten it to {max_length} characters."}


def explain_error(column: ProductColumn, cell: Any, error: ValidationError) -> str:
    """Return what the user has to change in a cell that the column's field has refused."""
    detail: Any = error.detail
    if isinstance(cell, str) and not cell.strip():
        return MISSING.format(name=column.name)
    field = FIELDS[column.name]
    message = find_messages(field).get(detail[0].code)
    return message.format(**get_limits(field)) if message else str(detail[0])


def find_messages(field: Any) -> dict[str, str]:
    """Return the messages for the kind of the field."""
    if isinstance(field, AmountField):
        return AMOUNT_MESSAGES
    if isinstance(field, WholeNumberField):
        return WHOLE_MESSAGES
    return DATE_MESSAGES if isinstance(field, DateField) else TEXT_MESSAGES


def get_limits(field: Any) -> dict[str, Any]:
    """Return the limits of the field, which the messages mention."""
    names = ("min_value", "max_value", "max_length", "decimal_places")
    limits = {name: getattr(field, name, None) for name in names}
    return {**limits, "whole_digits": (getattr(field, "max_digits", None) or 0) - (limits["decimal_places"] or 0)}
