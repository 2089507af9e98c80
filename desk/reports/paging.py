"""Pagination of statements, and of reports with the sums of all their rows."""

from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from rest_framework.request import Request
from rest_framework.response import Response

from core.lists.pagination import MAX_NUMBER, PageMissing, PageNumberPagination, parse_whole_number
from desk.reports.reading.statement import IN_ALL, Statement
from desk.reports.report import Report


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


class ReportPagination(StatementPagination):
    """Pagination of a report. Its pages have the sums of all rows, and the period, if the report has these."""

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
        rows = super().paginate_queryset(queryset, request, view)
        if totals := self.report.totals:
            sums = {one.name: rows[0][f"{IN_ALL}_{one.name}"] if rows else one.empty_sum for one in totals}
            sums = {name: str(total) if isinstance(total, Decimal) else total for name, total in sums.items()}
            self.further["totals"] = sums
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
