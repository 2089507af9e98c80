"""Pagination: numbered pages for an account's records, and cursors for logs, which grow without limit."""

import base64
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, QuerySet, When
from django.db.models.lookups import LessThanOrEqual
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from rest_framework import pagination
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from core.database.constraints import any_of
from core.http.browsers import PAGE_SIZE_FOR_PEOPLE, is_page_for_people
from core.sentences import fill

MAX_FEW = 100  # a list with at most this number of rows is read by the ids that the count has found
MIN_SKIPPED = 1000  # a page after more rows is read from the nearer end of the list, and by the ids of its rows


class JoinedRows(NamedTuple):
    """The rows of a list as two querysets: one without and one with the columns of other tables that a page shows."""

    plain: QuerySet  # It has no joins, so that PostgreSQL counts and skips rows by reading only an index.
    joined: QuerySet


class RowsPage(Page):
    """A page that iterates over its rows directly. Django's page would read each row by its index."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.object_list)


class ListPaginator(Paginator):
    """Returns the pages of Django's paginator. The order of the list must be total: it ends with a unique column."""

    all_ids: list[int] | None = None  # the ids of all rows if there are at most MAX_FEW

    @cached_property
    def count(self) -> int:
        listed: Any = self.object_list
        if not isinstance(listed, JoinedRows):
            return int(super().count)
        number = Count("pk")
        ids = Case(When(LessThanOrEqual(number, MAX_FEW), then=ArrayAgg("pk", default=[])))
        counted = listed.plain.order_by().values("pk").aggregate(number=number, ids=ids)
        self.all_ids = counted["ids"]
        return int(counted["number"])

    def page(self, number: Any) -> Page[Any]:
        """Return the page. Raise InvalidPage for a page past the end."""
        start = (self.validate_number(number) - 1) * self.per_page
        return RowsPage(self.read(start, min(start + self.per_page, self.count)), number, self)

    def read(self, start: int, stop: int) -> Any:
        """Return the rows from the first position up to, but not including, the second one."""
        listed: Any = self.object_list
        if not isinstance(listed, JoinedRows):
            return listed[start:stop] if start < MIN_SKIPPED else self.read_slice(listed, start, stop)
        if self.all_ids is not None:
            return listed.joined.filter(any_of("id", self.all_ids))[start:stop]
        if start < MIN_SKIPPED:
            return listed.joined[start:stop]
        ids = self.read_slice(listed.plain.values_list("pk", flat=True), start, stop)
        return listed.joined.filter(any_of("id", ids))

    def read_slice(self, rows: Any, start: int, stop: int) -> list[Any]:
        """Return the rows of the slice. Read it from the nearer end of the list, if its rows can be read backwards."""
        is_reversible = hasattr(rows, "reverse") and not isinstance(rows, list)  # list.reverse() returns None
        if start <= self.count // 2 or not is_reversible:
            return list(rows[start:stop])
        return list(rows.reverse()[self.count - stop : self.count - start])[::-1]


DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100
# The bounds of the parameters in the schema.
BOUNDS = {
    "page": {"minimum": 1, "default": 1},
    "page_size": {"minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
}
EXAMPLE_HOST = "https://inventory.example.org"
WRONG_CURSOR = gettext_lazy("Use the address in `next` or `previous` unchanged.")
MAX_DIGITS = 18  # the digits of a page number or position; bigint has up to 19
MAX_NUMBER = 10**MAX_DIGITS


def parse_whole_number(request: Request, name: str, minimum: int = 1) -> int | None:
    """Return the query parameter as a number up to MAX_NUMBER, or None if it is empty. Raise ValidationError."""
    text = request.query_params.get(name, "")
    if text == "":
        return None
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0") or "0"
        number = int(digits) if len(digits) <= MAX_DIGITS else MAX_NUMBER
        if number >= minimum:
            return number
    raise ValidationError({name: [fill("Enter a whole number from {minimum}.", minimum=minimum)]})


class PageMissing(NotFound):
    """The list ends before this page."""

    def __init__(self, number: int, last: int) -> None:
        super().__init__(fill("There is no page {number:,}: the last one is page {last:,}.", number=number, last=last))


class PageSize(pagination.BasePagination):
    """The base class of pagination. `?page_size=` is 10 by default, and 20 in tables.

    Values above 100 mean 100: the header `Clamped` and the links to other pages say so.
    """

    page_size: Any = DEFAULT_PAGE_SIZE
    max_page_size: Any = MAX_PAGE_SIZE
    page_size_query_param: Any = "page_size"
    example_addresses: dict[str, str] = {}  # the schema shows these
    is_for_people = is_clamped = False

    def paginate_rows(self, rows: QuerySet, select: Callable[[Any], Any], request: Request, view: Any) -> Any:
        """Return a page of the rows. `select` adds the columns that the page shows."""
        return self.paginate_queryset(select(rows), request, view)

    def get_page_size(self, request: Request) -> int:
        named = parse_whole_number(request, "page_size")
        self.is_for_people = named is None and is_page_for_people(request)
        self.is_clamped = named is not None and named > self.max_page_size
        default = PAGE_SIZE_FOR_PEOPLE if self.is_for_people else self.page_size
        return int(min(named or default, self.max_page_size))

    def get_next_link(self) -> str | None:
        return self.name_page_size(super().get_next_link())  # type: ignore[misc]

    def get_previous_link(self) -> str | None:
        return self.name_page_size(super().get_previous_link())  # type: ignore[misc]

    def name_page_size(self, link: str | None) -> str | None:
        """Write the size into the link, if it is another than the request has named.

        So a link from a page for people returns the same rows to a program.
        """
        size = PAGE_SIZE_FOR_PEOPLE if self.is_for_people else self.max_page_size if self.is_clamped else None
        return str(replace_query_param(link, "page_size", size)) if link and size else link

    def get_paginated_response(self, data: Any) -> Response:
        response: Response = super().get_paginated_response(data)
        if self.is_clamped:
            response.headers["Clamped"] = f"page_size={self.max_page_size}"
        return response

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        return [{**each, "schema": {**each["schema"], **BOUNDS.get(each["name"], {})}} for each in parameters]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a page, with example addresses of this API."""
        page: dict[str, Any] = super().get_paginated_response_schema(schema)
        for name, address in self.example_addresses.items():
            page["properties"][name]["example"] = EXAMPLE_HOST + address
        return page


class PageNumberPagination(PageSize, pagination.PageNumberPagination):
    """`{"count", "next", "previous", "results"}`; a page past the end is a 404."""

    example_addresses = {"next": "/api/products/?page=4", "previous": "/api/products/?page=2"}
    django_paginator_class = ListPaginator

    def paginate_rows(self, rows: QuerySet, select: Callable[[Any], Any], request: Request, view: Any) -> Any:
        return self.paginate_queryset(JoinedRows(rows, select(rows)), request, view)

    def get_page_number(self, request: Request, paginator: Any) -> int:
        """Return the number of the page. Raise PageMissing (404) if the list ends before it."""
        number = parse_whole_number(request, "page") or 1
        if number > 1 and number > paginator.num_pages:
            raise PageMissing(number, paginator.num_pages)
        return number


class ChainedQuerySets:
    """Querysets of consecutive parts of a log, newest rows first, which are paginated as one."""

    def __init__(self, parts: list[QuerySet]) -> None:
        self.parts = parts

    def order_by(self, *names: str) -> "ChainedQuerySets":
        """Order the rows by their position. Ascending order reverses the order of the parts."""
        ordered = [part.order_by(*names) for part in self.parts]
        return ChainedQuerySets(ordered if names[0].startswith("-") else ordered[::-1])

    def filter(self, *conditions: Any, **lookups: Any) -> "ChainedQuerySets":
        return ChainedQuerySets([part.filter(*conditions, **lookups) for part in self.parts])

    def values(self, *columns: str) -> "ChainedQuerySets":
        return ChainedQuerySets([part.values(*columns) for part in self.parts])

    def __getitem__(self, rows_wanted: slice) -> list[Any]:
        """Return the rows of the slice. A part is read only if the parts before it have too few rows."""
        rows: list[Any] = []
        for part in self.parts:
            if len(rows) < rows_wanted.stop:
                rows += part[: rows_wanted.stop - len(rows)]
        return rows[rows_wanted]


class LogPagination(PageSize, pagination.CursorPagination):
    """Pages with `{"next", "previous", "results"}`, the newest rows first. A cursor without a number gets a 400."""

    ordering = "-id"
    example_addresses = {"next": "/api/stock/?cursor=cD00ODY%3D", "previous": "/api/stock/?cursor=cj0xJnA9NDg3"}

    def decode_cursor(self, request: Request) -> pagination.Cursor | None:
        encoded = request.query_params.get(self.cursor_query_param, "")
        if not encoded:
            return None
        try:
            tokens = parse_qs(base64.b64decode(encoded.encode("ascii"), validate=True).decode("ascii"))
            position, reverse = tokens["p"][0], tokens.get("r", ["0"])[0] == "1"
            if not (position.isascii() and position.isdigit() and len(position) <= MAX_DIGITS):
                raise ValueError
        except (KeyError, ValueError):
            raise ValidationError({"cursor": [WRONG_CURSOR]}) from None
        return pagination.Cursor(offset=0, reverse=reverse, position=int(position))


class FurtherFields(LogPagination):
    """A mixin for pages of a log that have further fields beside their rows, which the view adds."""

    further: dict[str, Any]  # their schemas

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page: dict[str, Any] = super().get_paginated_response_schema(schema)
        page["properties"] |= self.further
        return {**page, "required": [*page.get("required", ()), *self.further]}


class ProductLogPagination(LogPagination):
    """Pagination of one product's movements by `sequence`, for which there is an index."""

    ordering = "-sequence"


MAX_MOVEMENTS_PER_PAGE = MAX_LINES_PER_PAGE = 10_000


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


class LinesPagination(BoundedLogPagination):
    """Pages of rows with at most MAX_LINES_PER_PAGE `lines`."""

    max_parts = MAX_LINES_PER_PAGE

    def count_parts(self, rows: Sequence[Any]) -> dict[int, int]:
        lines, row_id = rows[0].lines, f"{rows[0].lines.field.name}_id"
        found = lines.model.objects.filter(owner_id=rows[0].owner_id, **{f"{row_id}__in": [row.pk for row in rows]})
        return dict(found.order_by().values_list(row_id).annotate(lines=Count("id")))
