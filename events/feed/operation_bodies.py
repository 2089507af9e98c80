"""Read the operations of events, with their first movements."""

from typing import Any

from core.lists.serialization import get_row_serializer
from events.feed.serializers import BookedMovementSerializer, BookedOperationSerializer
from stock.models import Movement, Operation
from stock.reading.operation_movements import attach_movements, count_shown_movements

PORTION_COLUMNS = ("location", "lot", "quantity")
MAX_MOVEMENTS = 100  # the limit for one operation; the route of its movements has all of them


def count_movements_by_operation(owner_id: int, ids: list[Any]) -> dict[Any, int]:
    """Return how many movements the event of each operation has."""
    return count_shown_movements(owner_id, ids, MAX_MOVEMENTS) if ids else {}


def read_operations(owner_id: int, ids: list[Any]) -> dict[Any, dict[str, Any]]:
    """Return the account's operations by id, with their first MAX_MOVEMENTS movements."""
    if not ids:
        return {}
    found = Operation.objects.filter(owner_id=owner_id, pk__in=ids).select_related("performer")
    operations = attach_movements(list(found), MAX_MOVEMENTS)
    heads = get_row_serializer(BookedOperationSerializer).serialize_objects(operations)
    movements = get_row_serializer(BookedMovementSerializer)
    return {
        operation.pk: {
            **head,
            "movements": [
                {**row, **write_portions(movement)}
                for row, movement in zip(movements.serialize_objects(operation.shown), operation.shown, strict=True)
            ],
            "movements_truncated": operation.movements_truncated,
        }
        for operation, head in zip(operations, heads, strict=True)
    }


def write_portions(movement: Movement) -> dict[str, Any]:
    """Return the portions of a movement by ids, because names and dates can change.

    The dict is empty for a movement without portions.
    """
    if not movement.portions:
        return {}
    return {"portions": [{name: portion[name] for name in PORTION_COLUMNS} for portion in movement.portions]}
