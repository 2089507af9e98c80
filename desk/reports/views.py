"""The routes of the reports. What a report is, its module says: see desk/reports/toolkit/report.py."""

from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.files.documents import begin_document
from core.http.browsers import is_page_for_people
from core.http.downloads import (
    FILE_RESPONSES,
    PDF,
    PDF_RESPONSE,
    pdf_response,
    table_response,
)
from core.http.renderers import JSONOrFile
from core.lists.parameters import FILE_FORMATS, query_format
from core.pages.columns import Display
from core.pages.papers import put_table
from core.pages.periods import name_file, write_period
from core.pages.plots import Plot
from core.sentences import writing_for
from desk.reports.cards import REPORTS
from desk.reports.purchases import PURCHASES_REPORT, find_since
from desk.reports.toolkit.paging import ReportCursorPagination, ReportPagination
from desk.reports.toolkit.report import Report, Values
from desk.reports.trace import TRACE
from products.models import Product
from stock.models import Lot
from users.access.permissions import Tag
from users.access.roles import Right, may
from web.view_bases import GenericApiView, ReplicaReads


class ReportView(ReplicaReads, GenericApiView):
    """The base of the reports: pages of JSON, or a file. A user without an account gets an empty report."""

    tag: Tag | str = Tag(
        "reports", "Movements, valuation, idle products, and days until stock runs out: docs/reports.md.", for_keys=True
    )
    is_long_running = True
    queryset: Any = Product.objects.all()
    content_negotiation_class = JSONOrFile
    filter_backends = ()
    report: Report
    values: Values
    plot: Plot | None = None

    def respond(self, request: Request) -> Response | HttpResponse | StreamingHttpResponse:
        """Return the report of the user's account in the requested format."""
        report = self.report
        self.values = values = {"owner": self.account_id, **self.find_row(), **report.read_parameters(request)}
        if report.draw and is_page_for_people(request):
            self.plot = report.draw(self.user, values)
        statement = report.make_statement(values)
        file_format = query_format(request, self, *([PDF] if report.has_pdf else []))
        name = name_file(request, self.name_file(), values.get("start"), values.get("end") or values.get("at"))
        if file_format == PDF:
            return pdf_response(request, self.draw(statement), name)
        if file_format not in FILE_FORMATS:
            return report.respond(self, statement)
        rows = report.read_file(statement, with_costs=may(self.user, Right.SEE_COSTS))
        return table_response(request, rows, name, file_format, report.money, report.write_words(self.user, values))

    def draw(self, statement: Any) -> Any:
        """Return the page of the report as a document in the language of the shop."""
        shop = self.user.shop_owner or self.user
        with writing_for(shop):
            data, display = self.report.respond(self, statement).data, Display.of(shop, is_kept=True)
            shown = replace(self.report.page, figures=()).context(self.request, self, data, display)
            document = begin_document(gettext(self.report.title), shop)
            document.put(write_period(data, display))
            put_table(document, shown["table"])
            return document

    def find_row(self) -> Values:
        """Return the id of the row that the report is about, for the statement. The base class has none."""
        return {}

    def name_file(self) -> str:
        return self.report.name

    def find_page(self) -> Any:
        """Return the page, with its title for this request if it has one."""
        page, write = self.report.page, self.report.write_title
        return replace(page, title=lambda _data: write(self)) if write else page


def make_view(report: Report, base: Any = ReportView) -> Any:
    """Return the view of the report."""
    responses = {(200, "application/json"): report.describe_body(), **FILE_RESPONSES}
    responses |= PDF_RESPONSE if report.has_pdf else {}

    @extend_schema(parameters=[one.describe() for one in report.parameters], responses=responses)
    def get(self: ReportView, request: Request, **_kwargs: Any) -> Response | HttpResponse | StreamingHttpResponse:
        return self.respond(request)

    get.__doc__ = report.description
    pagination: Any = ReportCursorPagination if report.has_cursor else ReportPagination
    attributes = {
        "__doc__": report.about, "name": report.title, "rights": report.rights, "report": report, "get": get,
        "pages": {"get": report.page}, "serializer_class": report.serializer,
        "pagination_class": staticmethod(partial(pagination, report)) if report.has_pages else None,
    }  # fmt: skip
    return type(f"{report.component}View", (base,), attributes)


class LotView(ReportView):
    """The base of the report of a lot, whose id is in the address."""

    tag = "lots"
    queryset = Lot.objects.all()

    def get_object(self) -> Lot:
        return self.lot

    @cached_property
    def lot(self) -> Lot:
        """Return the lot whose id is in the URL. Raise Http404."""
        return get_object_or_404(Lot.objects.for_user(self.user).select_related("product"), pk=self.kwargs["pk"])

    def find_row(self) -> Values:
        return {"lot": self.lot.pk}

    def name_file(self) -> str:
        return f"{self.report.name}-{self.lot.pk}"


class ProductReportView(ReportView):
    """The base of the report of a product, whose id is in the address."""

    tag = "products"

    def get_object(self) -> Product:
        return self.product

    @cached_property
    def product(self) -> Product:
        """Return the product whose id is in the URL. Raise Http404."""
        return get_object_or_404(Product.objects.for_user(self.user), pk=self.kwargs["product_id"])

    def find_row(self) -> Values:
        return {"product": self.product.pk, "since": find_since(self.user)}

    def name_file(self) -> str:
        return f"{self.report.name}-{self.product.pk}"


VIEWS = {report.name: make_view(report) for report in REPORTS}
TraceView = make_view(TRACE, LotView)
PurchasesView = make_view(PURCHASES_REPORT, ProductReportView)
