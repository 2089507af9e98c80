"""The form of the column `changes`: what is recorded there, and what the readers can show.

The service writes no other form, and the import of a shop refuses one. Somebody who has changed the database by hand
may have left one: the readers leave out what they do not understand, so that one row does not hide all others.
"""

import re
from types import NoneType
from typing import Any

from core.text import MAX_TEXT_LENGTH

# The names of fields, and of values beside the row of a product: `options.size`.
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}|(options|fields|metadata)\..{1,40}")
# The rows of the lists: further codes of a product, parts of a kit, the shop's codes of scales, and offers.
LISTED: tuple[dict[str, Any], ...] = (
    {"code": str, "quantity": int}, {"name": str, "quantity": int},
    {"prefix": str, "digits": int, "places": int, "holds": str},
    {
        "id": int, "name": str, "supplier_sku": str, "pack_size": int, "cost_price": (str, NoneType), "min_packs": int,
        "lead_days": (int, NoneType), "note": str,
    },
)  # fmt: skip
WHOLE_ROWS = ("created", "deleted")  # their old or new value is an object with all values of the row


def select_pairs(changes: Any) -> dict[str, list[Any]]:
    """Return the old and new values that have the form of a change, by the names of the fields."""
    found = changes.items() if isinstance(changes, dict) else ()
    return {name: pair for name, pair in found if is_change(name, pair)}


def is_change(name: str, pair: Any) -> bool:
    """Return whether this is the name of a field with its old and its new value."""
    if not (NAME.fullmatch(name) and isinstance(pair, list) and len(pair) == 2):
        return False
    return all(map(is_row if name in WHOLE_ROWS else is_value, pair))


def is_row(row: Any) -> bool:
    """Return whether this is null, or the values of a row by the names of its fields."""
    if row is None:
        return True
    return isinstance(row, dict) and all(NAME.fullmatch(name) and is_value(value) for name, value in row.items())


def is_value(value: Any) -> bool:
    """Return whether this is a text, number, flag, null, linked row, or a list of texts, codes or codes of scales."""
    if isinstance(value, list):
        return all(map(is_listed, value))
    if isinstance(value, dict):
        return has_types(value, id=int, name=str)
    if isinstance(value, str):
        return len(value) <= MAX_TEXT_LENGTH
    return value is None or type(value) in (int, bool)


def is_listed(row: Any) -> bool:
    """Return whether this is a text, such as a tag, or a row of LISTED."""
    if isinstance(row, str):
        return len(row) <= MAX_TEXT_LENGTH
    return isinstance(row, dict) and any(has_types(row, **types) for types in LISTED)


def has_types(value: dict[str, Any], **types: Any) -> bool:
    """Return whether the object has exactly these names, with values of these types, or of one of several types."""
    if value.keys() != types.keys():
        return False
    return all(isinstance(value[name], kind) and type(value[name]) is not bool for name, kind in types.items())
