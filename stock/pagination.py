"""Pages of operations, orders and reservations with a limited number of movements or lines."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from rest_framework.request import Request

from core.lists.pagination import LogPagination
from stock.reading.logs import MAX_MOVEMENTS_SHOWN, count_shown_movements

MAX_MOVEMENTS_PER_PAGE = MAX_LINES_PER_PAGE = 10_000
# Each movement repeats its operation's note, so a note of this length counts as one more movement.
NOTE_LENGTH_OF_MOVEMENT = 250


class BoundedLogPagination(LogPagination, ABC):
    """Ends a page early, after at least one row, if its rows would have more than `max_parts` parts.

    `next` continues after the last row of the page.
    """

    max_parts: int

    @abstractmethod
    def count_parts(self, rows: Sequence[Any]) -> dict[int, int]:
        """Return the number of parts of each row, by the row's id. There are at least two rows."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        page: list[Any] = super().paginate_queryset(queryset, request, view) or []
        if len(page) <= 1:
            return page
        backwards = bool(self.cursor and self.cursor.reverse)  # the query has read the page from its end
        kept = self.count_rows_that_fit(page[::-1] if backwards else page)
        if kept == len(page):
            return page
        if backwards:
            self.page, self.has_previous, self.previous_position = page[-kept:], True, str(page[-kept - 1].pk)
        else:
            self.page, self.has_next, self.next_position = page[:kept], True, str(page[kept].pk)
        return self.page

    def count_rows_that_fit(self, rows: Sequence[Any]) -> int:
        """Return how many rows, counted from the first, fit on a page."""
        parts, total = self.count_parts(rows), 0
        for index, row in enumerate(rows):
            total += parts[row.pk]
            if index and total > self.max_parts:
                return index
        return len(rows)


class OperationPagination(BoundedLogPagination):
    """Pages of operations with at most MAX_MOVEMENTS_PER_PAGE movements, or fewer if these have long notes."""

    max_parts = MAX_MOVEMENTS_PER_PAGE

    def count_parts(self, rows: Sequence[Any]) -> dict[int, int]:
        shown = count_shown_movements(rows[0].owner_id, [row.pk for row in rows], MAX_MOVEMENTS_SHOWN)
        return {row.pk: shown[row.pk] * (1 + len(row.note) // NOTE_LENGTH_OF_MOVEMENT) for row in rows}


class LinesPagination(BoundedLogPagination):
    """Pages of rows with at most MAX_LINES_PER_PAGE `lines`."""

    max_parts = MAX_LINES_PER_PAGE

    def count_parts(self, rows: Sequence[Any]) -> dict[int, int]:
        lines, row_id = rows[0].lines, f"{rows[0].lines.field.name}_id"
        found = lines.model.objects.filter(owner_id=rows[0].owner_id, **{f"{row_id}__in": [row.pk for row in rows]})
        return dict(found.order_by().values_list(row_id).annotate(lines=Count("id")))
