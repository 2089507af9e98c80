"""Record events in the transaction of the change, and give them positions after it has committed.

Ids as positions would lose events: they are given before the commit, so a reader that has seen id 8 may later miss the
commit of id 7. A position is given under the lock of the account's head, to an event that is committed already. So a
reader that has seen position 8 has seen all events before it, whatever commits at the same time.

The form of an event has the names and the values that each type has in its columns and in `data`. It never changes.
Events that are older than a FURTHER part of it do not have this part.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from core.database.postgres.base import execute, fetch
from core.database.transactions import atomic
from core.json_forms import are_ids, is_flag, is_id, is_number, is_text, or_null
from records.events import sql
from records.events.models import EVENTS, EventType, FeedHead, name_products

is_external_id = or_null(is_text)


def are_codes(rows: Any) -> bool:
    """Return whether these are the `sku` and `external_id` of each movement of an operation."""
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        return False
    return all(is_text(sku) and is_external_id(external_id) for sku, external_id in rows)


Form = dict[str, Callable[[Any], bool]]
CHECKS: Form = {
    "id": is_id, "ids": are_ids, "id_or_none": or_null(is_id), "number": is_number,
    "number_or_none": or_null(is_number), "text": is_text, "flag": is_flag,
}  # fmt: skip
# The apps declare them, and docs/events.md describes them. The columns `operation` and `product` are among the names.
FORMS: dict[str, Form] = {
    event_type: {name: CHECKS[check] for name, check in form.items()} for event_type, form in EVENTS.items()
}
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


MAX_NUMBERED = 1000  # the most events that one transaction numbers
MAX_MOVEMENTS = 100  # the movements that the event of an operation has; the route of its movements has all of them


class Level(NamedTuple):
    """A change of a product's stock from above its threshold to low, or back."""

    type: str
    product: int
    quantity: int
    min_threshold: int | None


class ExpiringLot(NamedTuple):
    product: int
    lot: int
    expires_on: date
    quantity: int


def record(*, owner_id: int, event_type: str, data: dict[str, Any]) -> None:
    """Insert an event. Call this in the transaction of the change that the event describes."""
    record_several(owner_id=owner_id, event_type=event_type, data=[data])


def record_several(*, owner_id: int, event_type: str, data: list[dict[str, Any]]) -> None:
    """Insert events of one type in this order, as record() does, by one statement."""
    if wrong := [one for one in data if not has_form(event_type, one)]:
        raise TypeError(f"{event_type} has another form: {wrong[0]}.")  # nobody could correct the event afterwards
    values = {"owner": owner_id, "type": str(event_type), "data": [json.dumps(one) for one in data]}
    execute(sql.RECORD, values)


def record_levels(*, owner_id: int, operation: int, created_at: datetime, levels: list[Level]) -> None:
    """Insert an event for each level. Call this in the transaction that books the operation."""
    types, products, quantities, thresholds = map(list, zip(*levels, strict=True))
    values: dict[str, Any] = {"owner": owner_id, "operation": operation, "created_at": created_at}
    values |= {"types": list(map(str, types)), "products": products, "quantities": quantities, "thresholds": thresholds}
    execute(name_products(sql.RECORD_LEVELS), values)


def record_changed_levels(owner_id: int, were_low: Mapping[int, bool]) -> None:
    """Insert an event for each of these products that has become low, or is no longer low, without an operation.

    `were_low` tells for each product whether it was low before the change, for example of its threshold. Call this at
    the end of the transaction that makes the change.
    """
    if were_low:
        values = {"owner": owner_id, "products": list(were_low), "were_low": list(were_low.values())}
        execute(name_products(sql.RECORD_CHANGED_LEVELS), values)


def record_expiring_lots(*, owner_id: int, lots: list[ExpiringLot]) -> int:
    """Insert an event for each lot that has none. Return the number of events."""
    if not lots:
        return 0
    products, ids, dates, quantities = map(list, zip(*lots, strict=True))
    values = {"owner": owner_id, "products": products, "lots": ids, "dates": dates, "quantities": quantities}
    return len(fetch(name_products(sql.RECORD_EXPIRING_LOTS), values))


def number_events(owner_id: int, limit: int = MAX_NUMBERED) -> int:
    """Give positions to at most `limit` committed events of the account. Return the number of these events.

    Do not call this in a transaction: it would keep the head locked, and not see what commits meanwhile.
    """
    [(is_needed,)] = fetch(sql.HAS_UNNUMBERED, {"owner": owner_id})
    return give_positions(owner_id, limit) if is_needed else 0


def number_all_events(owner_id: int) -> None:
    """Give positions to all committed events of the account, as number_events() does."""
    while number_events(owner_id) == MAX_NUMBERED:
        pass


@atomic
def give_positions(owner_id: int, limit: int) -> int:
    """Lock the head of the account's feed, and number the events that are committed by then. Return their number."""
    values = {"owner": owner_id, "limit": limit, "head": lock_head(owner_id)}
    with connection.cursor() as cursor:
        cursor.execute(sql.NUMBER, values)
        count: int = cursor.rowcount
        cursor.execute(sql.MOVE_HEAD, {"owner": owner_id, "count": count})
    return count


def lock_head(owner_id: int) -> int:
    """Lock the account's head until the transaction ends. Return the last position that was given."""
    values = {"owner": owner_id}
    if not (found := fetch(sql.LOCK_HEAD, values)):
        execute(sql.CREATE_HEAD, values)
        found = fetch(sql.LOCK_HEAD, values)
    return int(found[0][0])


def count_events(owner_id: int) -> int:
    """Return the number of committed events of the account. It includes the events that have no position yet."""
    return int(fetch(sql.COUNT, {"owner": owner_id})[0][0])


def find_head(owner_id: int) -> int:
    """Return the last position of the account's feed."""
    return FeedHead.objects.filter(owner_id=owner_id).values_list("position", flat=True).first() or 0
