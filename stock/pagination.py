"""Pages of operations, orders and reservations with a limited number of movements or lines."""

from collections.abc import Sequence
from typing import Any

from core.lists.pagination import MAX_MOVEMENTS_PER_PAGE, BoundedLogPagination
from stock.reading.door import MAX_MOVEMENTS_SHOWN, count_shown_movements

# Each movement repeats its operation's note, so a note of this length counts as one more movement.
NOTE_LENGTH_OF_MOVEMENT = 250


class OperationPagination(BoundedLogPagination):
    """Pages of operations with at most MAX_MOVEMENTS_PER_PAGE movements, or fewer if these have long notes."""

    max_parts = MAX_MOVEMENTS_PER_PAGE

    def count_parts(self, rows: Sequence[Any]) -> dict[int, int]:
        shown = count_shown_movements(rows[0].owner_id, [row.pk for row in rows], MAX_MOVEMENTS_SHOWN)
        return {row.pk: shown[row.pk] * (1 + len(row.note) // NOTE_LENGTH_OF_MOVEMENT) for row in rows}
