"""Write an operation with its movements, and return what the database has set."""

import json
import secrets
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from core.database.postgres.base import array, fetch, make_instance
from core.signals import booked
from products.models import is_low
from records.events.models import EventType
from records.events.services import MAX_MOVEMENTS, Level, record_levels
from stock.booking import sql
from stock.booking.drafts import BookingLine, LockedProduct, MovementDraft, OperationDraft
from stock.booking.extra_costs import keep_delivery
from stock.booking.holdings import PortionDraft
from stock.booking.sql import FIRST_CODES
from stock.errors import DatedBack, InvalidLines
from stock.models import SALT_BYTES, Movement, MovementType, Operation, OperationReason, Performer
from users.access.roles import Right, may

MAX_AGE = timedelta(hours=24)  # how far workers may date back, in shops that limit this


def write_operation(
    draft: OperationDraft,
    movements: list[MovementDraft],
    products: Collection[LockedProduct],
    counted_at: list[datetime | None] | None = None,
) -> tuple[Operation, list[int]]:
    """Write an operation, its movements and the products.

    For a count, `counted_at` has the times in the order of the products, and a time of None means now. For other
    operations, `counted_at` is None. Return the operation, and the ids of the movements in order. Raise InvalidLines if
    there are no movements, unless the operation opens products, or DatedBack.
    """
    if not (movements or draft.opens_products):
        raise InvalidLines({})
    check_time(draft)
    values: dict[str, Any] = {
        "owner": draft.owner_id,
        "performed_by": draft.by.pk,
        "performer_name": draft.performer_name,
        "till": draft.till,
        "salt": secrets.token_bytes(SALT_BYTES),
        "reason": str(draft.reason),
        "reference": draft.reference,
        "note": draft.note,
        "reverses": draft.reverses_id,
        "occurred_at": draft.occurred_at,
        "event": json.dumps({"codes": list_codes(draft, movements)}),
    }
    is_count, is_placed = counted_at is not None, any(movement.portions for movement in movements)
    if len(movements) == 1 and not (is_count or is_placed or draft.opens_products or settings.DB_CITUS):
        [product] = products
        values |= {**movements[0]._asdict(), "stock_value": product.stock_value}
        written = execute_at_once(sql.BOOK_ONE, values)
    else:
        values |= make_arrays(movements, products, counted_at)
        if is_placed:
            values |= make_place_arrays(movements, products)
        kind = sql.OPENING if draft.opens_products else (is_count, is_placed)
        written = execute_steps(kind, values) if settings.DB_CITUS else execute_at_once(sql.BOOK[kind], values)
    booked.send(None, reason=str(draft.reason))
    operation, ids = make_operation(draft, written), written.movement_ids
    if (draft.extra_costs or draft.supplier) and draft.reason == OperationReason.PURCHASE:
        keep_delivery(draft, operation, movements, ids)
    if levels := find_crossed_levels(draft, products):
        record_levels(owner_id=draft.owner_id, operation=operation.pk, created_at=operation.created_at, levels=levels)
    return operation, ids


def check_time(draft: OperationDraft) -> None:
    """Raise DatedBack if the user may not book an operation that happened so long ago.

    A till's device sends what it has sold whenever it has a network again, so its time is not limited.
    """
    if draft.occurred_at is None:
        return
    user, owner = draft.by, draft.by.shop_owner
    if owner is None or owner.workers_date_back or user.is_device:
        return
    earliest = datetime.now(UTC) - MAX_AGE
    if draft.occurred_at < earliest and not may(user, Right.BOOK_FREELY):
        raise DatedBack(occurred_at=draft.occurred_at, earliest=earliest)


def list_codes(draft: OperationDraft, movements: list[MovementDraft]) -> list[tuple[str, str | None]]:
    """Return sku and external id of the movements that the event has, because they can change later."""
    codes = [(movement.sku, movement.external_id) for movement in movements[:MAX_MOVEMENTS]]
    if draft.opens_products:
        codes += fetch(FIRST_CODES, {"limit": MAX_MOVEMENTS - len(codes)})
    return codes


def find_crossed_levels(draft: OperationDraft, products: Iterable[LockedProduct]) -> list[Level]:
    """Return the products whose stock has become low, or is no longer low. Remove all from `draft.were_low`.

    The first stock of a product is neither.
    """
    levels = []
    for product in products:
        was_low = is_low(product.first_quantity, product.min_threshold)
        was_low = draft.were_low.pop(product.product_id, was_low)
        low = is_low(product.quantity, product.min_threshold)
        if low != was_low and product.first_sequence:
            event_type = EventType.STOCK_LOW if low else EventType.STOCK_RECOVERED
            levels.append(Level(event_type, product.product_id, product.quantity, product.min_threshold))
    return levels


def make_arrays(
    movements: list[MovementDraft], products: Iterable[LockedProduct], counted_at: list[datetime | None] | None
) -> dict[str, Any]:
    """Return the parameters of a statement that writes any number of movements and products."""
    changed, fields = list(products), MovementDraft._fields
    columns = dict(zip(fields, zip(*movements, strict=True) if movements else [()] * len(fields), strict=True))
    return {
        "balance_products": array(product.product_id for product in changed),
        "balance_quantities": array(product.quantity for product in changed),
        "balance_sequences": array(product.sequence for product in changed),
        "balance_values": array(product.stock_value for product in changed),
        "balance_counted_at": counted_at,
        **{name: array(column) for name, column in columns.items() if name not in NOT_PLAIN},
        "product_name": list(columns["product_name"]),
        "unit_price": list(columns["unit_price"]),
        "total": list(columns["total"]),
    }


# array() does not write these columns of movements.
NOT_PLAIN = (
    "product_name",
    "unit_price",
    "total",
    "price_from",
    "is_net",
    "sku",
    "external_id",
    "decimals",
    "portions",
    "discount",
    "extra_cost",
)


def make_place_arrays(movements: list[MovementDraft], products: Iterable[LockedProduct]) -> dict[str, Any]:
    """Return the parameters that write the portions of movements, and the holdings that they change."""
    changed = [
        (product.product_id, held)
        for product in products
        for held in product.holdings.values()
        if held.quantity != held.first_quantity
    ]
    filled = [(product_id, held) for product_id, held in changed if held.quantity]
    portions = [(movement, portion) for movement in movements for portion in movement.portions]
    return {
        "balance_held": array(product.held for product in products),
        "held_products": array(product_id for product_id, _ in filled),
        "held_locations": [held.place.location for _, held in filled],
        "held_lots": [held.place.lot for _, held in filled],
        "held_quantities": array(held.quantity for _, held in filled),
        "emptied": array(held.id for _, held in changed if held.id and not held.quantity),
        "portion_products": array(movement.product_id for movement, _ in portions),
        "portion_sequences": array(movement.sequence for movement, _ in portions),
        "portion_locations": [portion.place.location for _, portion in portions],
        "portion_lots": [portion.place.lot for _, portion in portions],
        "portion_quantities": array(portion.quantity for _, portion in portions),
    }


class Written(NamedTuple):
    """The values that the database has set for an operation that was just inserted."""

    operation_id: int
    occurred_at: datetime
    created_at: datetime
    performer_id: int
    movement_ids: list[int]


def execute_at_once(statement: str, values: dict[str, Any]) -> Written:
    """Write the operation by one statement."""
    [row] = fetch(statement, values)
    return Written(*row)


def execute_steps(kind: tuple[bool, ...], values: dict[str, Any]) -> Written:
    """Write the operation by one statement per table, for Citus."""
    operation, products, movements, event = sql.STEPS[kind]
    with connection.cursor() as cursor:
        cursor.execute(sql.CLOCK)
        operation_id, now = cursor.fetchone()
        performer_id = find_performer(cursor, values)
        values = {**values, "operation_id": operation_id, "now": now, "performer_id": performer_id}
        cursor.execute(operation, values)
        _, occurred_at, created_at, _ = cursor.fetchone()
        cursor.execute(products, values)
        cursor.execute(movements, values)
        ids = sorted(pk for pk, _, _ in cursor.fetchall())
        cursor.execute(event, values)
        for statement in sql.PLACING_STEPS if kind[1] else ():
            cursor.execute(statement, values)
        return Written(operation_id, occurred_at, created_at, performer_id, ids)


def find_performer(cursor: Any, values: dict[str, Any]) -> int:
    """Return the id of the row with the performer's name. The row is inserted if it does not exist."""
    cursor.execute(sql.PERFORMER, values)
    found = cursor.fetchone()
    if found is None:
        cursor.execute(sql.ADD_PERFORMER, values)
        found = cursor.fetchone()
    return int(found[0])


def make_operation(draft: OperationDraft, written: Written) -> Operation:
    """Return an Operation instance for the row just inserted."""
    owner_id, user_id = draft.owner_id, draft.by.pk
    operation: Operation = make_instance(
        Operation, written.operation_id, owner_id, user_id, written.performer_id, str(draft.reason), draft.reference,
        draft.note, draft.reverses_id, written.occurred_at, written.created_at,
    )  # fmt: skip
    name = draft.performer_name
    operation.performer = make_instance(Performer, written.performer_id, owner_id, user_id, name, None, b"", draft.till)
    return operation


def make_movements(movements: list[MovementDraft], operation: Operation, ids: list[int]) -> list[Movement]:
    """Return Movement instances for the rows just inserted."""
    owner_id, operation_id = operation.owner_id, operation.pk
    booked = []
    for pk, draft in zip(ids, movements, strict=True):
        movement: Movement = make_instance(Movement, pk, owner_id, operation_id, *draft[:-8])
        movement.operation = operation
        movement.discount, movement.price_from = draft.discount or None, draft.price_from
        movement.extra_cost = draft.extra_cost or None
        movement.shown_product = draft.sku, draft.external_id, draft.decimals
        movement.portions = [describe_portion(portion) for portion in draft.portions]
        booked.append(movement)
    return booked


def choose_named(movements: list[Movement], line: BookingLine) -> Movement:
    """Return the movement that a line names. A product without stock has a second one, which lets the goods pass."""
    return movements[0 if line.movement_type == MovementType.IN else -1]


def describe_portion(portion: PortionDraft) -> dict[str, Any]:
    """Return the portion as a response shows it, like stock.models.sql.PORTIONS."""
    place = portion.place
    return {
        "location": place.location,
        "location_name": place.location_name,
        "lot": place.lot,
        "lot_code": place.lot_code,
        "expires_on": place.expires_on.isoformat() if place.expires_on else None,
        "quantity": portion.quantity,
    }
