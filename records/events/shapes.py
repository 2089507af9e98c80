"""The form of an event: the names and the values that each type has in its columns and in `data`.

It never changes. Events that are older than a FURTHER part of it do not have this part.
"""

from collections.abc import Callable
from typing import Any

from core.kinds import MAX_ID
from core.texts.cleaning import MAX_TEXT_LENGTH
from records.events.models import EventType


def is_id(value: Any) -> bool:
    return type(value) is int and 0 < value <= MAX_ID


def are_ids(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_id, value))


def is_id_or_none(value: Any) -> bool:
    return value is None or is_id(value)


def is_number_or_none(value: Any) -> bool:
    return value is None or is_number(value)


def is_number(value: Any) -> bool:
    return type(value) is int and abs(value) <= MAX_ID


def is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT_LENGTH


def is_external_id(value: Any) -> bool:
    return value is None or is_text(value)


def are_codes(rows: Any) -> bool:
    """Return whether these are the `sku` and `external_id` of each movement of an operation."""
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        return False
    return all(is_text(sku) and is_external_id(external_id) for sku, external_id in rows)


Form = dict[str, Callable[[Any], bool]]
PRODUCT: Form = {"product": is_id}
# Without an operation, `data` has an `operation` of null.
LEVEL: Form = {"operation": is_id_or_none, "product": is_id, "quantity": is_number, "min_threshold": is_number_or_none}
KIT: Form = {"kit": is_id}
MERGED: Form = {"id": is_id, "into": is_id}
SHEET: Form = {"sheet": is_id, "name": is_text}
# docs/events.md describes them. The columns `operation` and `product` are among the names.
FORMS: dict[str, Form] = {
    EventType.OPERATION_BOOKED: {"operation": is_id},
    EventType.STOCK_LOW: LEVEL,
    EventType.STOCK_RECOVERED: LEVEL,
    EventType.PRODUCT_CREATED: PRODUCT,
    EventType.PRODUCT_CHANGED: PRODUCT,
    EventType.PRODUCT_ARCHIVED: PRODUCT,
    EventType.PRODUCT_RESTORED: PRODUCT,
    EventType.WEBHOOK_OFF: {"webhook": is_id, "reason": is_text, "position": is_number},
    EventType.LEDGER_SEALED: {
        "seal": is_id, "number": is_number, "from_position": is_number, "to_position": is_number,
        "digest": is_text, "previous": is_text,
    },
    EventType.RESERVATION_MADE: {"reservation": is_id, "quantity": is_number},
    EventType.RESERVATION_CHANGED: {"reservation": is_id, "quantity": is_number},
    EventType.RESERVATION_FULFILLED: {"reservation": is_id, "operation": is_id, "quantity": is_number},
    EventType.RESERVATION_RELEASED: {"reservation": is_id},
    EventType.RESERVATION_EXPIRED: {"reservation": is_id},
    EventType.KIT_CREATED: KIT,
    EventType.KIT_CHANGED: KIT,
    EventType.KIT_ARCHIVED: KIT,
    EventType.LOT_EXPIRING: {"product": is_id, "lot": is_id, "expires_on": is_text, "quantity": is_number},
    EventType.ORDER_SENT: {"order": is_id},
    EventType.ORDER_RECEIVED: {"order": is_id, "operation": is_id, "quantity": is_number},
    EventType.ORDER_CLOSED: {"order": is_id},
    EventType.TILL_DROPPED: {"till": is_id, "number": is_number, "note": is_text},
    EventType.TILL_UNPROVEN: {"till": is_id, "first": is_number, "last": is_number},
    EventType.SHEET_OPENED: SHEET,
    EventType.SHEET_BOOKED: SHEET,
    EventType.SHEET_DROPPED: SHEET,
    EventType.SALE_PAID: {"operation": is_id, "payments": are_ids},
    EventType.CLOSING_MADE: {"closing": is_id, "number": is_number, "till": is_id_or_none, "digest": is_text},
    EventType.PACK_MADE: {"pack": is_id, "as_of": is_text, "recorded_until": is_text, "sha256": is_text},
    EventType.CUSTOMER_MERGED: MERGED,
    EventType.SUPPLIER_MERGED: MERGED,
    EventType.CASH_MOVED: {"cash": is_id, "till": is_id_or_none, "kind": is_text, "amount": is_text},
}  # fmt: skip

CODES: Form = {"sku": is_text, "external_id": is_external_id}
FURTHER: dict[str, Form] = {name: CODES for name, form in FORMS.items() if "product" in form}
FURTHER[EventType.OPERATION_BOOKED] = {"codes": are_codes}


def name_values(operation: Any, product: Any, data: Any) -> dict[str, Any]:
    """Return the values of an event by their names. What is not an object in `data` is left out."""
    ids = {"operation": operation, "product": product}
    numbers = data if isinstance(data, dict) else {}
    return {**{name: value for name, value in ids.items() if value is not None}, **numbers}


def has_form(event_type: str, values: dict[str, Any]) -> bool:
    """Return whether an event of this type has exactly these names and such values."""
    form, further = FORMS.get(event_type, {}), FURTHER.get(event_type, {})
    if not further.keys().isdisjoint(values):
        form = form | further
    if not form or form.keys() != values.keys():
        return False
    return all(is_right(values[name]) for name, is_right in form.items())
