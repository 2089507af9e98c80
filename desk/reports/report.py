"""A report: one SQL statement and its parameters, read by page or in full.

The columns whose names begin with `in_all` are about all rows of the report. `in_all` itself is their number.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from itertools import compress
from operator import itemgetter
from typing import Any, ClassVar

from django.core.paginator import Page, Paginator
from rest_framework.request import Request
from rest_framework.response import Response

from core.amounts import scale
from core.database.replicas import get_alias, reading
from core.database.transactions import atomic_reads, set_time_limit
from core.fields import TWO_PLACES
from core.lists.pagination import MAX_NUMBER, PageMissing, PageNumberPagination, parse_whole_number
from core.sums import BY_UNIT, describe_units, write_by_unit
from products.filing.reading.exports import ROWS_AT_A_TIME
from stock.errors import ReportTooLong

# The limit of a file; it is one result set, and the worker holds its 20 to 50 MB until the file is sent.
MAX_ROWS = 100_000
IN_ALL = "in_all"
DECIMALS = "decimals"
QUANTITIES = frozenset(
    ("quantity", "quantity_in", "quantity_out", "net", "sold", "returned", "sold_without_cost", "per_day", "reserved",
     "left", "on_order", "in_draft", "min_threshold", "needed", "pack_size", "suggested", "suggested_threshold",
     "units", "lost", "found", "delivered", "moved_in", "moved_out", "otherwise")
)  # fmt: skip
TIMEOUT_SECONDS = 60  # twice the time for a year with five million movements


@dataclass(frozen=True)
class Report:
    """An SQL statement and its parameters.

    Files omit the `hidden` columns, and those about all rows. They have the quantities of products as amounts.
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
            omitted = {*self.hidden, DECIMALS}
            shown = [name not in omitted and not name.startswith(IN_ALL) for name in names]
            get_shown = itemgetter(*compress(range(len(names)), shown))
            yield get_shown(names)
            while rows := cursor.fetchmany(ROWS_AT_A_TIME):
                written = write_amounts(names, rows) if DECIMALS in names else rows
                yield from map(get_shown, write_units(names, written) if BY_UNIT in names else written)


def write_amounts(names: list[str], rows: list[tuple[Any, ...]]) -> Iterator[list[Any]]:
    """Yield the rows with the quantities of products that have decimals as amounts."""
    at, positions = names.index(DECIMALS), [place for place, name in enumerate(names) if name in QUANTITIES]
    for row in rows:
        values = [*row]
        for place in positions if row[at] else ():
            values[place] = scale(row[place], row[at])
        yield values


def write_units(names: list[str], rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Yield the rows with the sums by unit as a text."""
    at = names.index(BY_UNIT)
    for row in rows:
        yield [*row[:at], row[at] and write_by_unit(row[at]), *row[at + 1 :]]


def get_column_names(cursor: Any) -> list[str]:
    return [column.name for column in cursor.description]


class ReportPagination(PageNumberPagination):
    """Pagination of a report by page number. The statement that reads a page also counts all rows."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        report: Report = queryset
        self.request = request
        size, number = self.get_page_size(request), parse_whole_number(request, "page") or 1
        rows = report.fetch_rows(size, min((number - 1) * size, MAX_NUMBER))
        if not rows and number > 1:
            first = report.fetch_rows(1, 0)
            raise PageMissing(number, Paginator(range(first[0][IN_ALL] if first else 0), size).num_pages)
        self.page = Page(rows, number, Paginator(range(rows[0][IN_ALL] if rows else 0), size))
        self.display_page_controls = self.page.has_other_pages()
        return rows


class TotalsPagination(ReportPagination):
    """Pagination of a report whose pages have the sums of all its rows."""

    sums: ClassVar[dict[str, Any]]  # the sums of a report without rows
    units: tuple[str, ...] = ()  # the sums that `by_unit` has, too

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        rows = super().paginate_queryset(queryset, request, view)
        totals = {name: rows[0][f"{IN_ALL}_{name}"] for name in self.sums} if rows else self.sums
        self.totals = {name: str(total) if isinstance(total, Decimal) else total for name, total in totals.items()}
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        response.data["totals"] = self.totals
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        totals = {name: describe_sum(empty, self.units) for name, empty in self.sums.items()}
        page["properties"]["totals"] = {"type": "object", "properties": totals, "required": list(totals)}
        return {**page, "required": [*page["required"], "totals"]}


class PeriodPagination(TotalsPagination):
    """Pagination of a report with a period, which each page has."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.period = {"from": queryset.parameters["start"], "to": queryset.parameters["end"]}
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        response.data |= self.period
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        page["properties"] |= {name: {"type": "string", "format": "date-time"} for name in ("from", "to")}
        return {**page, "required": [*page["required"], "from", "to"]}


def describe_sum(empty: Any, units: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of a sum, by its value in a report without rows. `units` are the sums of `by_unit`."""
    if isinstance(empty, list):
        return {"type": "array", "items": describe_units(*units)}
    if isinstance(empty, int):
        return {"type": "integer"}
    return {**TWO_PLACES} if isinstance(empty, Decimal) else {**TWO_PLACES, "nullable": True}


class MovementsPagination(PeriodPagination):
    sums: ClassVar = {"quantity_in": 0, "quantity_out": 0, "net": 0, "movements": 0, BY_UNIT: []}
    units = ("quantity_in", "quantity_out", "net")


class MarginsPagination(PeriodPagination):
    sums: ClassVar = {
        "sold": 0, "returned": 0, "revenue": Decimal("0.00"), "cost": Decimal("0.00"), "margin": Decimal("0.00"),
        "margin_percent": None, "sold_without_cost": 0, "revenue_without_cost": Decimal("0.00"),
        BY_UNIT: [],
    }  # fmt: skip
    units = ("sold", "returned", "sold_without_cost")


class TracePagination(TotalsPagination):
    sums: ClassVar = {"in": 0, "out": 0, "left": 0}


class LossesPagination(PeriodPagination):
    sums: ClassVar = {"number": 0, "units": 0, "lost": 0, "found": 0, "value": Decimal("0.00"), BY_UNIT: []}
    units = ("units", "lost", "found")
