"""Writes an operation that is decided: its row, its movements, the balances of its products and its event.

The products are locked. On one server a single statement writes everything, on Citus one statement for each table. One
more statement writes the events of the products whose stock is low now, or no longer low.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from events.models import EventType
from events.services import Level, record_levels
from stock import sql
from stock.drafts import MovementDraft, OperationDraft
from stock.locking import Balance
from stock.models import Movement, Operation


def write_operation(
    draft: OperationDraft,
    movements: list[MovementDraft],
    balances: Collection[Balance],
    counted_at: list[datetime | None] | None = None,
) -> tuple[Operation, list[int]]:
    """Write an operation, its movements and the balances.

    `counted_at` has the times of a count in the order of the balances, None for now; it is None for other operations.
    Return the operation, and the ids of the movements in their order.
    """
    values: dict[str, Any] = {
        "owner": draft.owner_id,
        "performed_by": draft.by.pk,
        "performed_by_username": draft.performed_by_username,
        "reason": str(draft.reason),
        "reference": draft.reference,
        "note": draft.note,
        "reverses": draft.reverses_id,
        "occurred_at": draft.occurred_at,
    }
    if settings.DB_CITUS:
        steps = sql.STEPS if counted_at is None else sql.STEPS_COUNT
        written = execute_steps(steps, values | make_arrays(movements, balances, counted_at))
    elif len(movements) == 1 and counted_at is None:
        written = execute_at_once(sql.BOOK_ONE, values | movements[0]._asdict())
    else:
        statement = sql.BOOK if counted_at is None else sql.BOOK_COUNT
        written = execute_at_once(statement, values | make_arrays(movements, balances, counted_at))
    operation_id, occurred_at, created_at, ids = written
    if levels := find_crossed_levels(balances):
        record_levels(owner_id=draft.owner_id, operation=operation_id, created_at=created_at, levels=levels)
    return make_operation(draft, operation_id, occurred_at, created_at), ids


def find_crossed_levels(balances: Iterable[Balance]) -> list[Level]:
    """Return the products whose stock has become low, or is no longer low. A product's first stock is neither."""
    levels = []
    for balance in balances:
        was_low, is_low = (quantity <= balance.min_threshold for quantity in (balance.first_quantity, balance.quantity))
        if is_low != was_low and balance.first_sequence:
            event_type = EventType.STOCK_LOW if is_low else EventType.STOCK_RECOVERED
            levels.append(Level(event_type, balance.product_id, balance.quantity, balance.min_threshold))
    return levels


def make_arrays(
    movements: list[MovementDraft], balances: Iterable[Balance], counted_at: list[datetime | None] | None
) -> dict[str, Any]:
    """Return the parameters of a statement that writes any number of movements and balances."""
    changed, columns = list(balances), dict(zip(MovementDraft._fields, zip(*movements, strict=True), strict=True))
    return {
        "balance_products": sql.array(balance.product_id for balance in changed),
        "balance_quantities": sql.array(balance.quantity for balance in changed),
        "balance_sequences": sql.array(balance.sequence for balance in changed),
        "balance_counted_at": counted_at,
        **{name: sql.array(column) for name, column in columns.items() if name != "product_name"},
        "product_name": list(columns["product_name"]),
    }


def execute_at_once(statement: str, values: dict[str, Any]) -> tuple[int, datetime, datetime, list[int]]:
    """Write by one statement. Return the operation's id, occurred_at and created_at, and the movements' ids."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[int, datetime, datetime, list[int]] = cursor.fetchone()
        return row


def execute_steps(steps: tuple[str, ...], values: dict[str, Any]) -> tuple[int, datetime, datetime, list[int]]:
    """Write by one statement per table, for Citus. Return the same as execute_at_once()."""
    operation, balances, movements, event = steps
    with connection.cursor() as cursor:
        cursor.execute(sql.CLOCK)
        operation_id, now = cursor.fetchone()
        values = {**values, "operation_id": operation_id, "now": now}
        cursor.execute(operation, values)
        _, occurred_at, created_at = cursor.fetchone()
        cursor.execute(balances, values)
        cursor.execute(movements, values)
        ids = sorted(pk for (pk,) in cursor.fetchall())
        cursor.execute(event, values)
        return operation_id, occurred_at, created_at, ids


def make_operation(draft: OperationDraft, operation_id: int, occurred_at: datetime, created_at: datetime) -> Operation:
    """Return an Operation instance for the row just inserted."""
    return Operation(
        id=operation_id,
        owner_id=draft.owner_id,
        performed_by_id=draft.by.pk,
        performed_by_username=draft.performed_by_username,
        reason=str(draft.reason),
        reference=draft.reference,
        note=draft.note,
        reverses_id=draft.reverses_id,
        occurred_at=occurred_at,
        created_at=created_at,
    )


def make_movements(movements: list[MovementDraft], operation: Operation, ids: list[int]) -> list[Movement]:
    """Return Movement instances for the rows just inserted."""
    owner_id = operation.owner_id
    return [
        Movement(id=pk, owner_id=owner_id, operation=operation, **movement._asdict())
        for pk, movement in zip(ids, movements, strict=True)
    ]
