"""The routes of sales."""

from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.browsers import is_page_for_people
from core.http.downloads import (
    HTML,
    PDF,
    PDF_RESPONSE,
    Words,
    pdf_response,
    table_response,
)
from core.http.renderers import JSONOrFile
from core.lists.filters import StrictIntegerField
from core.lists.pagination import FurtherFields
from core.lists.parameters import FILE_FORMATS, query_choice, query_format, query_value
from core.pages.columns import Display
from core.pages.periods import name_file, write_period
from core.pages.plots import Plot
from core.pages.tabs import Tab
from desk.reports.sales import REPORT
from desk.reports.toolkit.paging import ReportPagination
from desk.reports.toolkit.parameters import PERIOD, parse_period, parse_span
from records.idempotency.decorators import idempotent
from stock.filters import OperationPagination
from stock.models import Operation, OperationReason
from stock.models.sql_sales import IS_DONE
from stock.reading import timeline
from trade.sales import pages
from trade.sales.filters import BY, SUMS, SaleFilter, has
from trade.sales.numbers import number_sales
from trade.sales.reading import attach_sales, sum_up
from trade.sales.receipt_pages import LINK, PAPERS, make_document, show_receipt
from trade.sales.serializers import (
    MONEY_COLUMNS,
    TOTALS,
    ReceiptMailSerializer,
    SaleSerializer,
    make_rows,
)
from users.access.permissions import READ, READERS, Tag, grant
from users.access.roles import Right, may
from users.models import User
from web.view_bases import file_action, post_action
from web.viewsets import AttachedReadViewSet

MOMENT = {"type": "string", "format": "date-time", "nullable": True}


class SalesPagination(FurtherFields, OperationPagination):
    """Pages of sales. Their lines are limited as those of operations."""

    further = {"totals": TOTALS, "from": MOMENT, "to": MOMENT}


RECEIPT_FORMAT = OpenApiParameter("format", enum=[HTML, PDF], description="By default a page to print.")
PAPER = OpenApiParameter(
    "paper",
    enum=[*PAPERS, "letter"],
    description="By default a roll of 80 mm. A PDF file is on `a4`, by default, or `letter`.",
)


class SaleViewSet(AttachedReadViewSet):
    """What was sold, in the order of recording, the newest first. Sales that were undone are left out."""

    tag = Tag("sales", "What was sold, and what came back of it: docs/sales.md.", for_keys=True)
    root_link = "sales"
    tab = Tab()
    rights = {**READ, **grant(READERS, "receipt"), **grant(Right.WORK, "mail_receipt")}
    list_name = "Sales"
    queryset = Operation.objects.filter(reason=OperationReason.SALE).detailed()
    serializer_class = SaleSerializer
    filterset_class = SaleFilter
    pagination_class = SalesPagination
    content_negotiation_class = JSONOrFile
    verbs = {"mail_receipt": pages.MAIL}
    pages = {"list": pages.SALES, "retrieve": pages.SALE}
    sales: list[Any]  # those that the page shows
    plot: Plot | None = None
    replica_actions = ()  # numbers are given here, and a replica would not have them yet

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.account_id:
            number_sales(self.account_id)

    def attach(self, sales: Any) -> list[Any]:
        """Complete the sales. The page of a single one shows all that it has sold."""
        self.sales = attach_sales(sales, self.user.shop_owner)
        return self.sales

    @property
    def is_summed(self) -> bool:
        return self.action == "list" and self.request.query_params.get("by") in SUMS

    @property
    def paginator(self) -> Any:
        if self.is_summed and not isinstance(super().paginator, ReportPagination):
            self._paginator = ReportPagination(REPORT)
        return super().paginator

    def paginate_queryset(self, queryset: Any) -> Any:
        if self.is_summed:
            return self.paginator.paginate_queryset(queryset, self.request, self)
        return super().paginate_queryset(queryset)

    def find_page(self) -> Any:
        return REPORT.page if self.is_summed else super().find_page()

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the sales of the list that were not undone."""
        if self.action != "list":
            return queryset
        sales = has(super().filter_queryset(queryset), IS_DONE, owner=self.account_id)
        if user := query_value(self.request, "by", StrictIntegerField()):
            sales = sales.filter(performed_by_id=user)
        self.span = self.read_span()
        conditions = {"occurred_at__gte": self.span.after, "occurred_at__lt": self.span.before}
        return sales.filter(**{name: at for name, at in conditions.items() if at})

    def read_span(self) -> timeline.Span:
        """Return the period of the list. For people it is by default that of the reports, because they see its sums."""
        if is_page_for_people(self.request):
            values = parse_period(self.request)
            return timeline.Span(values["start"], values["end"])
        return timeline.Span(*parse_span(self.request))

    @extend_schema(parameters=[BY, *(one.describe() for one in PERIOD)])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """List the sales, the newest first. With a period, the first page has its sums. With `by`, return other sums.

        A sale counts on the day on which it happened, with all that came back of it until now. The sums with `by`
        count what came back on its own day.
        """
        if self.is_summed:
            return self.sum_up_by(request)
        file_format, sales = query_format(request, self), self.filter_queryset(self.get_queryset())
        if file_format in FILE_FORMATS:
            name = name_file(request, "sales", self.span.after, self.span.before)
            rows = make_rows(sales, self.user.shop_owner)
            return table_response(request, rows, name, file_format, MONEY_COLUMNS, self.write_words())
        log = timeline.get_operation_log(self.account_id)
        page = self.paginate_queryset(timeline.narrow_to_span(sales, log, self.span) if any(self.span) else sales)
        response = self.get_paginated_response(self.get_serializer(page, many=True).data)
        is_first = "cursor" not in request.query_params or is_page_for_people(request)
        totals = sum_up(self.account_id, sales) if self.span.after and is_first else None
        response.data |= {"totals": totals, "from": self.span.after, "to": self.span.before}
        return response

    def write_words(self) -> Words:
        """Return the words of a file of sales."""
        period, display = {"from": self.span.after, "to": self.span.before}, Display.of(self.user, is_kept=True)
        return Words(write_titles=lambda: [gettext("Sales"), write_period(period, display)], summed=MONEY_COLUMNS)

    def sum_up_by(self, request: Request) -> Response | StreamingHttpResponse:
        """Return the sums of the report of sales by `by`."""
        values = {"owner": self.account_id, **REPORT.read_parameters(request)}
        if REPORT.draw and is_page_for_people(request):
            self.plot = REPORT.draw(self.user, values)
        statement, file_format = REPORT.make_statement(values), query_format(request, self)
        if file_format not in FILE_FORMATS:
            return REPORT.respond(self, statement)
        rows = REPORT.read_file(statement, with_costs=may(self.user, Right.SEE_COSTS))
        return table_response(request, rows, name_file(request, "sales", values["start"], values["end"]), file_format,
                              REPORT.money, REPORT.write_words(self.user, values))  # fmt: skip

    @extend_schema(parameters=[RECEIPT_FORMAT, PAPER], responses={(200, "text/html"): OpenApiTypes.STR, **PDF_RESPONSE})
    @file_action()
    def receipt(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the receipt as a page to print or a PDF, in the language of the shop."""
        file_format = query_choice(request, "format", (HTML, PDF))
        shop: Any = self.user.shop_owner  # a user without one sees no sale
        [sale] = attach_sales([self.get_object()], shop)
        if file_format == PDF:
            return pdf_response(request, make_document(sale, shop), f"receipt-{sale.pk}")
        paper = query_choice(request, "paper", PAPERS)
        return show_receipt(request._request, sale, shop, paper, back=reverse("sale-detail", args=[sale.pk]))

    @extend_schema(responses={202: SaleSerializer})
    @post_action(serializer_class=ReceiptMailSerializer, url_path="receipt/mail", url_name="receipt-mail")
    @idempotent
    def mail_receipt(self, request: Request, **kwargs: Any) -> Response:
        """Mail a customer a link to the receipt, which works for 90 days. The address is not kept."""
        sale, shop = self.get_object(), cast("User", self.user.shop_owner)  # a user without one sees no sale
        LINK.send(shop, sale, self.read_body()["to"])
        return self.show(sale, status.HTTP_202_ACCEPTED)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a sale with what came back of it, also one that was undone."""
        return super().retrieve(request, *args, **kwargs)
