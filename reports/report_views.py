"""The owner's eye over HTTP: what moved, what it is worth, what lies idle, what runs out. As JSON or CSV."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.negotiation import JSONOrFile
from core.http.streaming import csv_response
from core.list_serialization import get_row_serializer
from core.query_parameters import query_choice, query_instant
from products.models import Product
from reports import sql
from reports.dashboard import UNCATEGORIZED
from reports.parameters import (
    AS_OF,
    CLOCK,
    FORMAT,
    MAX_DAYS,
    MAX_DAYS_IDLE,
    PERIOD,
    PRODUCTS,
    chosen_products,
    clock_column,
    days_back,
    days_parameter,
    period,
)
from reports.report import Report, ReportPagination
from reports.serializers import (
    CategoryWorthSerializer,
    DaysLeftSerializer,
    IdleSerializer,
    MovedSerializer,
    ValuationSerializer,
    WorthSerializer,
)

MAX_CATEGORIES = 1000  # of a valuation in JSON
MAX_DAYS_AHEAD = 36_500  # that a date is told for


def json_or_csv(serializer: Any) -> dict[Any, Any]:
    return {(200, "application/json"): serializer, (200, "text/csv"): OpenApiTypes.STR}


class ReportView(generics.GenericAPIView):
    """Answers a report in pages or as a file. It is the account's: who belongs to none finds nothing."""

    is_long_running = True
    queryset = Product.objects.all()
    content_negotiation_class = JSONOrFile
    filter_backends = ()
    pagination_class: Any = ReportPagination
    file_name: ClassVar[str]

    def answer(self, request: Request, statement: str, values: dict[str, Any]) -> Response | StreamingHttpResponse:
        user: Any = request.user
        report = Report(statement, {"owner": user.account_id, **values})
        if query_choice(request, "format", [*(renderer.format for renderer in self.renderer_classes), "csv"]) == "csv":
            return csv_response(self.lines_of(report), self.file_name)
        return self.json_of(report)

    def lines_of(self, report: Report) -> Any:
        return report.lines()

    def json_of(self, report: Report) -> Response:
        serializer_class: Any = self.get_serializer_class()
        rows: Any = self.paginate_queryset(report)  # type: ignore[arg-type]
        return self.get_paginated_response([get_row_serializer(serializer_class).serialize_row(row) for row in rows])


class MovementsReportView(ReportView):
    """What moved. With ?format=csv it is a file."""

    serializer_class = MovedSerializer
    file_name = "movements.csv"

    @extend_schema(parameters=[*PERIOD, CLOCK, *PRODUCTS, FORMAT], responses=json_or_csv(MovedSerializer(many=True)))
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """What came in and went out, per day and product, the earliest day first; of archived products, too."""
        statement = sql.MOVEMENTS.format(clock=clock_column(request), chosen=sql.CHOSEN)
        return self.answer(request, statement, period(request) | chosen_products(request))


class ValuationView(ReportView):
    """What it is worth. With ?format=csv it is a file."""

    serializer_class = ValuationSerializer
    pagination_class = None
    file_name = "valuation.csv"

    @extend_schema(parameters=[AS_OF, CLOCK, FORMAT], responses=json_or_csv(ValuationSerializer))
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """What the stock was worth at an instant, in total and per category, at present prices."""
        statement = sql.VALUATION.format(clock=clock_column(request))
        instant = query_instant(request, "as_of") or datetime.now(UTC)
        return self.answer(request, statement, {"instant": instant, "uncategorized": UNCATEGORIZED})

    def lines_of(self, report: Report) -> Any:
        """The categories alone: whoever adds them up has the total."""
        return report.lines(after=1)

    def json_of(self, report: Report) -> Response:
        total, *categories = report.rows(1 + MAX_CATEGORIES)
        rows = get_row_serializer(CategoryWorthSerializer)
        return Response(
            {
                "total": get_row_serializer(WorthSerializer).serialize_row(total),
                "categories": [rows.serialize_row(row) for row in categories],
                "categories_truncated": total["in_all"] > 1 + MAX_CATEGORIES,
            }
        )


class IdleReportView(ReportView):
    """What lies idle. With ?format=csv it is a file."""

    serializer_class = IdleSerializer
    file_name = "idle.csv"

    @extend_schema(
        parameters=[days_parameter(MAX_DAYS_IDLE, "Without movement for so many days."), *PRODUCTS, FORMAT],
        responses=json_or_csv(IdleSerializer(many=True)),
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """The products without movement for some days, the longest idle first."""
        values = days_back(request, MAX_DAYS_IDLE) | chosen_products(request)
        return self.answer(request, sql.IDLE.format(chosen=sql.CHOSEN), values)


class DaysLeftView(ReportView):
    """What runs out. With ?format=csv it is a file."""

    serializer_class = DaysLeftSerializer
    file_name = "days-left.csv"

    @extend_schema(
        parameters=[days_parameter(MAX_DAYS, "The rate is that of the sales of so many days."), *PRODUCTS, FORMAT],
        responses=json_or_csv(DaysLeftSerializer(many=True)),
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """How many days the stock lasts if it sells as it did, the soonest out first. Without sales none is told."""
        values = days_back(request, MAX_DAYS) | chosen_products(request) | {"most_days_ahead": MAX_DAYS_AHEAD}
        return self.answer(request, sql.DAYS_LEFT.format(chosen=sql.CHOSEN), values)
