"""Pagination of statements, and of reports with the sums of all their rows."""

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from core.fields import are_costs_shown
from core.lists.pagination import (
    MAX_NUMBER,
    WRONG_CURSOR,
    LogPagination,
    PageMissing,
    PageNumberPagination,
    PageSize,
    parse_whole_number,
)
from core.pages.columns import Row
from desk.reports.reading.statements import IN_ALL, Statement
from desk.reports.toolkit.report import Report

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = ("cursor_product", "cursor_location", "cursor_lot")  # the columns and parameters that name a row
FIRST_PAGE: dict[str, Any] = {"backward": False, **dict.fromkeys(CURSOR)}  # the parameters without a cursor


class StatementPagination(PageNumberPagination):
    """Pagination of a statement by page number. The statement that reads a page also counts all rows."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        statement: Statement = queryset
        self.request = request
        size, number = self.get_page_size(request), parse_whole_number(request, "page") or 1
        rows = statement.fetch_rows(size, min((number - 1) * size, MAX_NUMBER))
        if not rows and number > 1:
            first = statement.fetch_rows(1, 0)
            raise PageMissing(number, Paginator(range(first[0][IN_ALL] if first else 0), size).num_pages)
        self.page = Page(rows, number, Paginator(range(rows[0][IN_ALL] if rows else 0), size))
        self.display_page_controls = self.page.has_other_pages()
        return rows


class CursorPages(LogPagination):
    """Pagination of a report whose statement has the parameters of FIRST_PAGE.

    A cursor names the row after which, or before which, a page begins, and the instant of the first page, so that all
    pages are those of one instant.
    """

    report: Report
    cursors: tuple[str | None, str | None] = (None, None)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, size, values = request, self.get_page_size(request), queryset.parameters
        if cursor := request.query_params.get("cursor"):
            values.update(read_cursor(cursor))
        rows = self.report.make_statement(values).fetch_rows(size + 1)
        is_backward, has_more = values["backward"], len(rows) > size
        rows = rows[:size][::-1] if is_backward else rows[:size]
        before, after = (has_more, True) if is_backward else (bool(cursor), has_more)
        self.cursors = (
            write_cursor(rows[0], values["at"], backward=True) if before and rows else None,
            write_cursor(rows[-1], values["at"]) if after and rows else None,
        )
        self.display_page_controls = any(self.cursors)
        return rows

    def get_previous_link(self) -> str | None:
        return self.link_to(self.cursors[0])

    def get_next_link(self) -> str | None:
        return self.link_to(self.cursors[1])

    def link_to(self, cursor: str | None) -> str | None:
        address = self.request.build_absolute_uri()
        return self.name_page_size(cursor and replace_query_param(address, "cursor", cursor))


def read_cursor(text: str) -> dict[str, Any]:
    """Return the parameters of the page that begins at the cursor. Raise ValidationError."""
    try:
        backward, at, *row = map(int, base64.b64decode(text, validate=True).decode("ascii").split("."))
        instant = EPOCH + timedelta(microseconds=at)
        position = dict(zip(CURSOR, row, strict=True))
        if not all(0 <= number < MAX_NUMBER for number in row):
            raise ValueError
    except (ValueError, OverflowError):
        raise ValidationError({"cursor": [WRONG_CURSOR]}) from None
    return {"backward": bool(backward), "at": instant, **position}


def write_cursor(row: Row, at: datetime, *, backward: bool = False) -> str:
    place = [row[name.removeprefix("cursor_")] or 0 for name in CURSOR]
    numbers = [int(backward), (at - EPOCH) // timedelta(microseconds=1), *place]
    return base64.b64encode(".".join(map(str, numbers)).encode()).decode()


class ReportPages(PageSize):
    """A mixin for pages of a report. They have the sums of all rows, and the period, if the report has these."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.further: dict[str, Any] = {}

    def get_page_size(self, request: Request) -> int:
        size = super().get_page_size(request)
        if not (self.is_for_people and self.report.max_page_rows):
            return size
        self.is_for_people = False  # the links to other pages name no size, because this one is too large for a program
        return self.report.max_page_rows

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        rows: list[Any] = super().paginate_queryset(queryset, request, view) or []
        if totals := self.report.totals:
            is_past = not rows and request.query_params.get("cursor")
            summed = Statement(queryset.text, queryset.parameters | FIRST_PAGE).fetch_rows(1) if is_past else rows
            sums = {one.name: summed[0][f"{IN_ALL}_{one.name}"] if summed else one.empty_sum for one in totals}
            sums = {name: str(total) if isinstance(total, Decimal) else total for name, total in sums.items()}
            hidden = [] if are_costs_shown() else [one.name for one in totals if one.is_cost]
            self.further["totals"] = sums | dict.fromkeys(hidden)
        self.further |= self.report.read_more(queryset)
        if self.report.has_period:
            self.further |= {"from": queryset.parameters["start"], "to": queryset.parameters["end"]}
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        response.data |= self.further
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        further: dict[str, Any] = {"totals": self.report.describe_totals()} if self.report.totals else {}
        further |= self.report.describe_more()
        if self.report.has_period:
            further |= {name: {"type": "string", "format": "date-time"} for name in ("from", "to")}
        page["properties"] |= further
        return {**page, "required": [*page["required"], *further]}


class ReportPagination(ReportPages, StatementPagination):
    """Pagination of a report by page number."""


class ReportCursorPagination(ReportPages, CursorPages):
    """Pagination of a report by cursor."""
