"""The movements that a response shows with an operation. An import can have too many for one response."""

from typing import Any

from core.database.replicas import read
from stock.booking import sql
from stock.models import Movement, Operation

# The limit of one operation, which is enough for each request of lines, but not for each import.
MAX_MOVEMENTS_SHOWN = 1000


def attach_movements(operations: list[Operation], limit: int | None = None) -> list[Operation]:
    """Set `shown` and `movements_truncated` of the operations, which belong to one account, and return them.

    `limit` is the number of movements shown with each, by default MAX_MOVEMENTS_SHOWN.
    """
    limit = MAX_MOVEMENTS_SHOWN if limit is None else limit
    by_id = {operation.pk: operation for operation in operations}
    for operation in operations:
        operation.shown = []
    for movement in Movement.objects.raw(sql.FIRST_MOVEMENTS, make_movement_parameters(operations, limit + 1)):
        movement.portions = movement.portions or []
        movement.operation = by_id[movement.operation_id]
        movement.operation.shown.append(movement)
    for operation in operations:
        operation.movements_truncated = len(operation.shown) > limit
        operation.shown = operation.shown[:limit]
    return operations


def count_shown_movements(owner_id: Any, ids: list[Any], limit: int) -> dict[int, int]:
    """Return the number of movements shown with each operation of an account, at most `limit`, by its id."""
    return dict(read(sql.MOVEMENTS_SHOWN, {"owner": owner_id, "operations": ids, "limit": limit}))


def make_movement_parameters(operations: list[Operation], limit: int) -> dict[str, Any]:
    owner_id = operations[0].owner_id if operations else None
    return {"owner": owner_id, "operations": [operation.pk for operation in operations], "limit": limit}
