"""Pages of reservations with a limited number of lines."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count

from reservations.models import ReservationLine
from stock.pagination import BoundedLogPagination

MAX_LINES_PER_PAGE = 10_000


class ReservationPagination(BoundedLogPagination):
    """Ends a page early if its reservations would have more than MAX_LINES_PER_PAGE lines."""

    max_parts = MAX_LINES_PER_PAGE

    def count_parts(self, rows: Sequence[Any]) -> dict[int, int]:
        """Return the number of lines of each reservation by its id."""
        owner_id = rows[0].owner_id if rows else None
        lines = ReservationLine.objects.filter(
            owner_id=owner_id, reservation_id__in=[row.pk for row in rows]
        ).order_by()
        return dict(lines.values_list("reservation_id").annotate(lines=Count("id")))
