"""A report: one statement and its values, read as a page, as a whole, or as a file."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from core.csv_text import format_csv_line
from core.pagination import MAX_NUMBER, PageNumberPagination
from core.transactions import atomic, set_time_limit
from products.exports import ROWS_AT_A_TIME
from stock.errors import ReportTooLong

MAX_ROWS = 100_000  # of a file: one answer of the database, 20 to 50 MB that a worker keeps while it is sent
TIMEOUT_SECONDS = 60  # a year of five million movements takes half of them


@dataclass(frozen=True)
class Report:
    """The statement, and what it is asked about. Its last column, `in_all`, counts the report's rows."""

    statement: str
    values: dict[str, Any]

    @atomic
    def cursor(self, limit: int, offset: int = 0) -> Any:
        """The rows from the offset on, read by one statement; the caller closes it."""
        set_time_limit(TIMEOUT_SECONDS)
        cursor = connection.cursor()
        cursor.execute(self.statement, {**self.values, "limit": limit, "offset": offset})
        return cursor

    def rows(self, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        with closing(self.cursor(limit, offset)) as cursor:
            columns = names_of(cursor)
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def lines(self, after: int = 0) -> Iterator[str]:
        """A header and a line for each row but the first `after`. Raises ReportTooLong before the first line."""
        with closing(self.cursor(MAX_ROWS + 1, after)) as cursor:
            if cursor.rowcount > MAX_ROWS:
                raise ReportTooLong(limit=MAX_ROWS)
            yield format_csv_line(names_of(cursor)[:-1])
            while rows := cursor.fetchmany(ROWS_AT_A_TIME):
                for row in rows:
                    yield format_csv_line(row[:-1])


def names_of(cursor: Any) -> list[str]:
    return [column.name for column in cursor.description]


class ReportPagination(PageNumberPagination):
    """Pages by number of a report: the statement that reads the page counts the rows as well."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        report: Report = queryset
        self.request = request
        size, number = self.get_page_size(request), self.get_page_number(request, None)
        rows = report.rows(size, min((number - 1) * size, MAX_NUMBER))
        if not rows and number > 1:
            raise NotFound(self.invalid_page_message)
        self.page = Page(rows, number, Paginator(range(rows[0]["in_all"] if rows else 0), size))
        self.display_page_controls = self.page.has_other_pages()
        return rows
