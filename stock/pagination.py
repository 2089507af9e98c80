"""Pages of operations with a limited number of movements."""

from typing import Any

from rest_framework.request import Request

from core.pagination import LogPagination
from stock.models import Operation
from stock.operation_movements import count_shown_movements

MAX_MOVEMENTS_PER_PAGE = 10_000


class OperationPagination(LogPagination):
    """Ends a page early, after at least one operation, if it would show more than MAX_MOVEMENTS_PER_PAGE movements.

    `next` continues after the last operation of the page.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        page: list[Any] = super().paginate_queryset(queryset, request, view) or []
        backwards = bool(self.cursor and self.cursor.reverse)  # then the query has read the page from its end
        kept = count_operations_that_fit(page[::-1] if backwards else page)
        if kept == len(page):
            return page
        if backwards:
            self.page, self.has_previous, self.previous_position = page[-kept:], True, str(page[-kept - 1].pk)
        else:
            self.page, self.has_next, self.next_position = page[:kept], True, str(page[kept].pk)
        return self.page


def count_operations_that_fit(operations: list[Operation]) -> int:
    """Return how many of the operations fit on a page, starting with the first."""
    shown, total = count_shown_movements(operations), 0
    for index, operation in enumerate(operations):
        total += shown[operation.pk]
        if index and total > MAX_MOVEMENTS_PER_PAGE:
            return index
    return len(operations)
