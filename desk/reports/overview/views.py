"""The routes of the dashboard, the alerts, the levels at an instant and the statement of a product."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.browsers import is_page_for_people
from core.http.downloads import (
    FILE_RESPONSES,
    Words,
    streaming_response,
    table_response,
    write_json_lists,
)
from core.http.renderers import JSONOrFile
from core.lists.parameters import FILE_FORMATS, query_choice, query_format, query_instant
from core.lists.serialization import get_row_serializer
from core.pages.browsable import get_view_name
from core.pages.columns import Display
from core.pages.periods import name_file, title_at, write_period
from core.pages.tables import TablePage
from desk.reports.overview import levels, pages, serializers, statements
from desk.reports.reading import overview
from desk.reports.reading.overview import compute_dashboard
from desk.reports.reading.statements import Statement
from desk.reports.toolkit.paging import StatementPagination
from desk.reports.toolkit.parameters import AS_OF, CLOCK, CLOCK_COLUMNS, LOCATION, RECORDED, parse_span
from products.models import Product
from users.access.permissions import READ, Tag
from web.view_bases import GenericApiView, ReplicaReads


class DashboardView(ReplicaReads):
    """An overview of the shop."""

    tag = Tag("dashboard", "Counts and values.", for_keys=True)
    root_link = "dashboard"
    rights = READ
    name = "Overview"
    pages = {"get": pages.DASHBOARD}

    @extend_schema(responses=serializers.DashboardSerializer)
    def get(self, request: Request) -> Response:
        """Return counts, stock and values of the account, in total and by category."""
        dashboard = compute_dashboard(self.user)
        dashboard["financial"] = {name: float(amount) for name, amount in dashboard["financial"].items()}
        dashboard["analytics"] = [{**row, "total_value": float(row["total_value"])} for row in dashboard["analytics"]]
        return Response(dashboard)


class AlertsView(ReplicaReads):
    """The products that need attention."""

    tag, root_link, rights = "products", "alerts", READ
    name = "Low and expired"
    pages = {"get": pages.ALERTS}

    @extend_schema(responses=serializers.AlertsSerializer)
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """Return all products that are low, the most urgent first, and all that have expired, the earliest date first.

        The HTML page shows the first hundred of each list, and of the products that share a GTIN, which
        `?same_gtin=true` lists for programs.
        """
        is_page = request.accepted_renderer.format != "json"
        limit = overview.MAX_HTML_ROWS if is_page else overview.ROWS_AT_A_TIME
        find = overview.find_all_alerts if is_page else overview.find_alerts
        found, serialize = find(self.user), partial(serializers.serialize_alerts, self.user)
        first = {name: serialize(products[: limit + 1]) for name, products in found.items()}
        if is_page or max(map(len, first.values())) <= limit:
            return Response({name: products[:limit] for name, products in first.items()})
        batches = {name: overview.split_into_batches(self.user, products) for name, products in found.items()}
        lists = {name: map(serialize, parts) for name, parts in batches.items()}
        return streaming_response(write_json_lists(lists), "application/json")


@extend_schema(parameters=[one.describe() for one in (AS_OF, CLOCK, LOCATION)])
class LevelsView(ReplicaReads, generics.ListAPIView):
    """The level of each product at an instant, including archived products."""

    tag, root_link, rights = "stock", "levels", READ
    name = "Stock on a day"
    queryset = Product.objects.order_by("id")
    serializer_class = serializers.StockLevelSerializer
    pages = {"get": pages.LEVELS}
    filter_backends = ()
    totals = levels.Totals()

    def get_queryset(self) -> Any:
        return (
            Product.objects.for_user(self.user)
            .order_by("id")
            .only("owner_id", "name", "sku", "quantity", "unit", "decimals")
        )

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.instant = instant = query_instant(request, "as_of") or datetime.now(UTC)
        clock = query_choice(request, "clock", levels.CLOCKS)
        if location := LOCATION.parse(request):
            return self.list_at_location(request, instant, CLOCK_COLUMNS[clock], location)
        products: Any = self.paginate_queryset(self.get_queryset())
        if is_page_for_people(request):
            self.totals = levels.list_totals(self.user, instant, CLOCK_COLUMNS[clock])
        return self.get_paginated_response(levels.list_levels(products, instant, clock))

    def find_page(self) -> TablePage:
        """Return the page, with the instant in its title."""
        display = Display.of(self.user)
        return replace(pages.LEVELS, title=lambda _rows: title_at(get_view_name(self), self.instant, display))

    def list_at_location(self, request: Request, instant: datetime, clock: str, location: dict[str, Any]) -> Response:
        """Return the products of which the location had some."""
        parameters = {"owner": self.account_id, "instant": instant, **location}
        self.pagination_class = StatementPagination
        statement: Any = Statement(levels.LEVELS_AT_LOCATION.format(clock=clock), parameters)
        serializer = get_row_serializer(serializers.StockLevelSerializer)
        return self.get_paginated_response(list(map(serializer.serialize_row, self.paginate_queryset(statement) or ())))


class StatementView(ReplicaReads, GenericApiView):
    """The statement of a product."""

    tag, rights = "products", READ
    queryset = Product.objects.all()
    serializer_class = serializers.StatementSerializer
    content_negotiation_class = JSONOrFile
    pages = {"get": pages.STATEMENT}
    pagination_class = None
    filter_backends = ()

    def get_object(self) -> Product:
        return get_object_or_404(Product.objects.for_user(self.user), pk=self.kwargs["product_id"])

    @extend_schema(
        parameters=[*(one.describe() for one in RECORDED)],
        responses={200: serializers.StatementSerializer, **FILE_RESPONSES},
    )
    def get(self, request: Request, product_id: int) -> Response | StreamingHttpResponse:
        """Opening balance, movements and closing balance of a product, by the time of recording. As JSON or a file."""
        product = self.get_object()
        start, end = parse_span(request)
        statement_format = query_format(request, self)
        if statement_format in FILE_FORMATS:
            rows = statements.read_statement_rows(product, start, end)
            name = name_file(request, f"statement-{product.pk}", start, end)
            display, period = Display.of(self.user, is_kept=True), {"from": start, "to": end}
            words = Words(write_titles=lambda: [product.name, write_period(period, display)])
            return table_response(request, rows, name, statement_format, words=words)
        return self.show(statements.build_statement(product, start, end))
