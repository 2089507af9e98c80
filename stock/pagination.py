"""Pages of operations: bounded by what hangs on them."""

from typing import Any

from rest_framework.request import Request

from core.pagination import LogPagination
from stock.models import Operation
from stock.operation_movements import count_shown_movements

MAX_MOVEMENTS_ON_A_PAGE = 10_000


class OperationPagination(LogPagination):
    """A page ends early, after an operation at least, where more movements would hang on it: `next` goes on."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        page: list[Any] = super().paginate_queryset(queryset, request, view) or []
        backwards = bool(self.cursor and self.cursor.reverse)  # then the page was read from its end
        kept = count_operations_that_fit(page[::-1] if backwards else page)
        if kept == len(page):
            return page
        if backwards:
            self.page, self.has_previous, self.previous_position = page[-kept:], True, str(page[-kept - 1].pk)
        else:
            self.page, self.has_next, self.next_position = page[:kept], True, str(page[kept].pk)
        return self.page


def count_operations_that_fit(operations: list[Operation]) -> int:
    """How many of them, from the first on, a page may hold."""
    shown, total = count_shown_movements(operations), 0
    for number, operation in enumerate(operations):
        total += shown[operation.pk]
        if number and total > MAX_MOVEMENTS_ON_A_PAGE:
            return number
    return len(operations)
