"""A report: one SQL statement and its parameters, read by page or in full."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.core.paginator import Page, Paginator
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from core.database.replicas import get_alias, reading
from core.database.transactions import atomic_reads, set_time_limit
from core.lists.pagination import MAX_NUMBER, PageNumberPagination
from products.reading.exports import ROWS_AT_A_TIME
from stock.errors import ReportTooLong

# The limit of a file; it is one result set, and the worker holds its 20 to 50 MB until the file is sent.
MAX_ROWS = 100_000
TIMEOUT_SECONDS = 60  # twice the time for a year with five million movements


@dataclass(frozen=True)
class Report:
    """An SQL statement and its parameters. The last column, `in_all`, is the number of rows of the whole report.

    Files omit the `hidden` columns.
    """

    statement: str
    parameters: dict[str, Any]
    hidden: frozenset[str] = frozenset()

    @atomic_reads
    def open_cursor(self, limit: int, offset: int = 0) -> Any:
        """Execute the statement and return its cursor. The caller closes the cursor."""
        set_time_limit(TIMEOUT_SECONDS, get_alias())
        cursor = reading().cursor()
        cursor.execute(self.statement, {**self.parameters, "limit": limit, "offset": offset})
        return cursor

    def fetch_rows(self, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        """Return up to `limit` rows from the offset on, as dictionaries by column name."""
        with closing(self.open_cursor(limit, offset)) as cursor:
            columns = get_column_names(cursor)
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def read_all(self, offset: int = 0) -> Iterator[Any]:
        """Yield the header, then each row from the offset on. Raise ReportTooLong before the header."""
        with closing(self.open_cursor(MAX_ROWS + 1, offset)) as cursor:
            if cursor.rowcount > MAX_ROWS:
                raise ReportTooLong(limit=MAX_ROWS)
            names = get_column_names(cursor)
            get_shown = itemgetter(*(place for place, name in enumerate(names[:-1]) if name not in self.hidden))
            yield get_shown(names)
            while rows := cursor.fetchmany(ROWS_AT_A_TIME):
                yield from map(get_shown, rows)


def get_column_names(cursor: Any) -> list[str]:
    return [column.name for column in cursor.description]


class ReportPagination(PageNumberPagination):
    """Pagination of a report by page number. The statement that reads a page also counts all rows."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        report: Report = queryset
        self.request = request
        size, number = self.get_page_size(request), self.get_page_number(request, None)
        rows = report.fetch_rows(size, min((number - 1) * size, MAX_NUMBER))
        if not rows and number > 1:
            raise NotFound(self.invalid_page_message)
        self.page = Page(rows, number, Paginator(range(rows[0]["in_all"] if rows else 0), size))
        self.display_page_controls = self.page.has_other_pages()
        return rows
