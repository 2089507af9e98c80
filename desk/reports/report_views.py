"""The routes of the reports: movements, valuation, idle and uncounted products, days left, orders, margins, losses."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.renderers import JSONOrFile
from core.http.table_files import DIALECT, FILE_RESPONSES, table_response
from core.lists.parameter_values import FILE_FORMATS, query_choice, query_format, query_id_or_name, query_instant
from core.lists.serialization import get_row_serializer
from core.pages.browsable import get_view_name
from core.pages.columns import Display
from core.pages.periods import name_file, title_at
from core.pages.tables import DetailPage, TablePage
from core.pages.view_choice import is_page_for_people
from desk.reports import pages, parameters, serializers, sql, sql_losses
from desk.reports.reading.dashboard import UNCATEGORIZED, UNGROUPED
from desk.reports.reorder_page import MAX_ROWS
from desk.reports.report import (
    LossesPagination,
    MarginsPagination,
    MovementsPagination,
    Report,
    ReportPagination,
    TracePagination,
)
from desk.reports.sql_margins import EMPTY, build_margins
from products.models import Product
from stock.models import Lot
from stock.reading.trace_sql import TRACE
from trade.purchasing.demand import make_demand_parameters
from trade.purchasing.lines import make_reorder_parameters
from trade.purchasing.sql import REORDER
from users.access.permissions import READ, Tag, grant
from users.access.roles import Right, may
from web.view_bases import GenericApiView, ReplicaReads

View = TypeVar("View", bound=Callable[..., Any])

MAX_CATEGORIES = 1000  # the limit for the valuation in JSON; CSV has all categories


def describe_report(serializer: Any, *query: OpenApiParameter) -> Callable[[View], View]:
    """Return the decorator that describes a report in the schema. It responds with JSON or a file."""
    responses = {(200, "application/json"): serializer, **FILE_RESPONSES}
    return extend_schema(parameters=[*query, parameters.FORMAT, DIALECT], responses=responses)


class ReportView(ReplicaReads, GenericApiView):
    """The base of the reports: pages of JSON, or a file. A user without an account gets an empty report."""

    tag: Tag | str = Tag(
        "reports",
        "Movements, valuation, idle products, and days until stock runs out: docs/reports.md.",
        after="changes",
        for_keys=True,
    )
    rights = READ
    is_long_running = True
    queryset: Any = Product.objects.all()
    content_negotiation_class = JSONOrFile
    filter_backends = ()
    pagination_class: Any = ReportPagination
    file_name: str  # the end of the report's address, too
    cost_columns: ClassVar[frozenset[str]] = frozenset()  # files omit these columns for users who may not see costs

    def make_report(self, statement: str, values: dict[str, Any], *hidden: frozenset[str]) -> Report:
        return Report(statement, {"owner": self.account_id, **values}, *hidden)

    def respond(
        self, request: Request, statement: str, values: dict[str, Any], empty: frozenset[str] = frozenset()
    ) -> Response | StreamingHttpResponse:
        """Return the report of the user's account in the requested format. Files omit the `empty` columns."""
        hidden = empty if may(self.user, Right.SEE_COSTS) else empty | self.cost_columns
        report = self.make_report(statement, values, hidden)
        report_format = query_format(request, self)
        if report_format in FILE_FORMATS:
            name = name_file(request, self.file_name, values.get("start"), values.get("end") or values.get("at"))
            return table_response(request, self.read_all(report), name, report_format)
        return self.build_json_response(report)

    def read_all(self, report: Report) -> Any:
        return report.read_all()

    def build_json_response(self, report: Report) -> Response:
        serializer_class: Any = self.get_serializer_class()
        rows: Any = self.paginate_queryset(report)  # type: ignore[arg-type]
        return self.get_paginated_response([get_row_serializer(serializer_class).serialize_row(row) for row in rows])


class MovementsReportView(ReportView):
    """The movements per product and day."""

    name = "Movements by period"
    serializer_class = serializers.DailyMovementsSerializer
    pagination_class = MovementsPagination
    file_name = "movements"
    pages = {"get": pages.DAILY_MOVEMENTS}
    days: Sequence[tuple[date, Decimal, Decimal]] = ()
    unit, is_partial = "", False  # the unit that the plot shows, and whether there are others

    @describe_report(
        serializers.DailyMovementsSerializer(many=True), *parameters.PERIOD, parameters.CLOCK, *parameters.PRODUCTS
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Return the quantities in and out per day and product, the earliest day first. Includes archived products."""
        clock = parameters.parse_clock(request)
        values = parameters.parse_period(request) | parameters.parse_products(request)
        if is_page_for_people(request):
            report = self.make_report(sql.MOVEMENTS_PER_DAY.format(clock=clock), values)
            self.days, rows = read_days(report, "quantity_in", "quantity_out")
            self.unit, self.is_partial = (rows[0]["unit"], rows[0]["units"] > 1) if rows else ("", False)
        return self.respond(request, sql.MOVEMENTS.format(clock=clock), values)


def read_days(report: Report, *columns: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """Return the shop's days in a period, each with these columns of the report, and the rows of the report.

    The period comes from parse_period().
    """
    first_day, end = report.parameters["first_day"], report.parameters["end"]
    number = sum(midnight < end for midnight in report.parameters["midnights"])
    rows = report.fetch_rows(number)
    sums = {row["day"]: [row[column] for column in columns] for row in rows}
    days = (first_day + timedelta(days=later) for later in range(number))
    return [(day, *sums.get(day, [Decimal(0)] * len(columns))) for day in days], rows


class ValuationView(ReportView):
    """The value of the stock."""

    name = "Value of the stock"
    serializer_class = serializers.ValuationSerializer
    pagination_class = None
    file_name = "valuation"
    cost_columns = frozenset({"value_at_cost", "products_without_cost"})
    pages = {"get": pages.VALUATION}

    @describe_report(serializers.ValuationSerializer, parameters.AS_OF, parameters.CLOCK)
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Return the value of the stock at an instant, at current prices and at cost, in total and per category."""
        statement = sql.VALUATION.format(clock=parameters.parse_clock(request))
        self.instant = query_instant(request, "as_of") or datetime.now(UTC)
        return self.respond(request, statement, {"at": self.instant, "uncategorized": UNCATEGORIZED})

    def find_page(self) -> DetailPage:
        """Return the page, with the instant in its title."""
        display = Display.of(self.user)
        return replace(pages.VALUATION, title=lambda _data: title_at(get_view_name(self), self.instant, display))

    def read_all(self, report: Report) -> Any:
        """Return the rows of the categories. The total is omitted, so that the sum of a column is correct."""
        return report.read_all(offset=1)

    def build_json_response(self, report: Report) -> Response:
        total, *categories = report.fetch_rows(1 + MAX_CATEGORIES)
        rows = get_row_serializer(serializers.CategoryValueSerializer)
        return Response(
            {
                "total": get_row_serializer(serializers.StockValueSerializer).serialize_row(total),
                "categories": [rows.serialize_row(row) for row in categories],
                "categories_truncated": total["in_all"] > 1 + MAX_CATEGORIES,
            }
        )


class IdleReportView(ReportView):
    """Products that have not moved for some time."""

    name = "Not moving"
    serializer_class = serializers.IdleSerializer
    file_name = "idle"
    pages = {"get": pages.IDLE}

    @describe_report(
        serializers.IdleSerializer(many=True),
        parameters.describe_days("Without movement for this number of days."),
        *parameters.PRODUCTS,
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Return the products without movement for a number of days, the longest idle first."""
        return self.respond(request, sql.IDLE, parameters.parse_days_and_products(request))


class NotCountedView(ReportView):
    """Products that were not counted for some time."""

    name = "Not counted"
    serializer_class = serializers.NotCountedSerializer
    file_name = "not-counted"
    pages = {"get": pages.NOT_COUNTED}

    @describe_report(
        serializers.NotCountedSerializer(many=True),
        parameters.describe_days("Not counted for this number of days."),
        *parameters.PRODUCTS,
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Return the products not counted for a number of days, by category, the longest not counted first."""
        return self.respond(request, sql.NOT_COUNTED, parameters.parse_days_and_products(request))


class DaysLeftView(ReportView):
    """When products run out."""

    name = "How long the stock lasts"
    serializer_class = serializers.DaysLeftSerializer
    file_name = "days-left"
    pages = {"get": pages.DAYS_LEFT}

    @describe_report(serializers.DaysLeftSerializer(many=True), *parameters.RATE, *parameters.PRODUCTS)
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Return the days that the stock of sold products lasts at the rate of the sales, the soonest out first."""
        values = make_demand_parameters(self.user, **parameters.parse_rate(request))
        return self.respond(request, sql.DAYS_LEFT, values | parameters.parse_products(request))


class ReorderPagination(ReportPagination):
    """Pages for programs. People get MAX_ROWS on one page, because a form can't continue on the next page."""

    def get_page_size(self, request: Request) -> int:
        size = super().get_page_size(request)
        if not self.is_for_people:
            return size
        self.is_for_people = False  # the links to other pages name no size, because this one is too large for a program
        return MAX_ROWS


class ReorderView(ReportView):
    """What to order of each supplier, by what was sold and how long its deliveries take."""

    name = "Tomorrow's order"
    serializer_class = serializers.ReorderSerializer
    pagination_class = ReorderPagination
    file_name = "reorder"
    cost_columns = frozenset({"unit_cost", "cost"})
    pages = {"get": pages.REORDER}

    @describe_report(serializers.ReorderSerializer(many=True), *parameters.RATE, parameters.SUPPLIER)
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Return what to order of each product that is needed, by supplier, the product that runs out first at the top.

        Subtracts what is on order and in drafts. The files of workers have no costs.
        """
        numbers = parameters.parse_rate(request) | query_id_or_name(request, "supplier")
        return self.respond(request, REORDER, make_reorder_parameters(self.user, **numbers))


class MarginsView(ReportView):
    """What was earned: the revenue of the sales, and the cost of the goods."""

    rights = grant(Right.SEE_COSTS, "get")
    name = "Margins"
    serializer_class = serializers.MarginSerializer
    pagination_class = MarginsPagination
    file_name = "margins"
    pages = {"get": pages.MARGINS}
    days: Sequence[tuple[date, Decimal, Decimal]] = ()

    @describe_report(serializers.MarginSerializer(many=True), *parameters.PERIOD, parameters.BY)
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Return revenue, cost and margin of the sales of a period, by product, category, group or day.

        Reversed sales do not count. The highest margins come first, or the earliest day. A file has only the columns of
        its kind of row.
        """
        by = query_choice(request, "by", parameters.MARGINS_BY)
        values = {**parameters.parse_period(request), "uncategorized": UNCATEGORIZED, "ungrouped": UNGROUPED}
        if is_page_for_people(request):
            self.days, _rows = read_days(self.make_report(build_margins("day"), values), "revenue", "cost")
        return self.respond(request, build_margins(by), values, EMPTY[by])


class TraceView(ReportView):
    """Where a lot came from, and where it went."""

    tag = "lots"
    name = "Trace"
    queryset = Lot.objects.all()
    serializer_class = serializers.TraceSerializer
    pagination_class = TracePagination
    pages = {"get": pages.TRACE}

    @describe_report(serializers.TraceSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response | StreamingHttpResponse:
        """Return every movement of a lot, in the order in which they were booked.

        A row is what a movement put into one place, or took from it. `totals` are those of all pages: what came `in`,
        what went `out`, and what is `left`. What only moved between places, and what was undone, is in neither.
        """
        self.file_name = f"trace-{self.lot.pk}"
        return self.respond(request, TRACE, {"lot": self.lot.pk})

    def get_object(self) -> Lot:
        return self.lot

    @cached_property
    def lot(self) -> Lot:
        """Return the lot whose id is in the URL. Raise Http404."""
        return get_object_or_404(Lot.objects.for_user(self.user).select_related("product"), pk=self.kwargs["pk"])

    def find_page(self) -> TablePage:
        """Return the page, with the lot in its title."""
        return replace(pages.TRACE, title=lambda _rows: pages.write_trace_title(self.lot))


class LossesView(ReportView):
    """Where it was lost: what counts have found missing, and what happened since the count before."""

    rights = grant(Right.SEE_COSTS, "get")
    name = "Losses"
    serializer_class = serializers.LossSerializer
    pagination_class = LossesPagination
    file_name = "losses"
    pages = {"get": pages.LOSSES}

    @describe_report(
        serializers.LossSerializer(many=True), *parameters.PERIOD, parameters.LOSSES_BY, *parameters.PRODUCTS
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Return what the counts of a period have found missing or too much, the highest value first.

        A row is a window: the time since the last count of the same goods, with what was delivered, sold and moved in
        it. All of them add up to the differences that the counts have booked. Counts that are reversed or outdated are
        left out. `by` returns sums instead, without what happened.
        """
        by = query_choice(request, "by", sql_losses.BY)
        days_late = {"days_late": sql_losses.MAX_DAYS_LATE}
        values = parameters.parse_period(request) | parameters.parse_products(request) | days_late
        return self.respond(request, sql_losses.build_losses(by), values, sql_losses.EMPTY[by])


REPORTS = (
    MovementsReportView, ValuationView, IdleReportView, NotCountedView, DaysLeftView, MarginsView, LossesView,
    ReorderView,
)  # fmt: skip
