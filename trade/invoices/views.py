"""The routes of invoices: issue the one of a sale, list and read them, change their metadata."""

import json
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.browsers import is_page_for_people
from core.http.downloads import Words, table_response
from core.http.renderers import JSONOrFile
from core.lists.pagination import LogPagination
from core.lists.parameters import FILE_FORMATS, query_flag, query_format
from core.pages.tabs import Tab
from core.time_zones import MOMENT
from desk.reports.toolkit.parameters import PERIOD, parse_span
from records.idempotency.decorators import idempotent, takes_key
from stock.models import Operation, OperationReason
from trade.invoices import pages, services
from trade.invoices.filters import InvoiceFilter
from trade.invoices.models import Invoice
from trade.invoices.reading import attach_due, sum_up
from trade.invoices.serializers import (
    MONEY_COLUMNS,
    TOTALS,
    InvoiceMetadataSerializer,
    InvoiceSerializer,
    IssuedInvoiceSerializer,
    IssueSerializer,
    make_rows,
)
from users.access.permissions import READ, Tag, grant
from users.access.roles import Right
from users.reading import shows
from web.viewsets import AttachedReadViewSet, OwnedMixin, raise_404_if_missing

DRY_RUN = OpenApiParameter("dry_run", bool, description="Return the invoice without a number, and issue nothing")
REPLAYED = "Idempotent-Replayed"
MOMENT_OR_NULL = {"type": "string", "format": "date-time", "nullable": True}


class IssueViewSet(OwnedMixin):
    """The invoice of a sale."""

    tag = "invoices"
    rights = grant(Right.WORK, "create")
    queryset = Operation.objects.filter(reason=OperationReason.SALE)
    serializer_class = IssuedInvoiceSerializer
    action_serializers = {"create": IssueSerializer}
    forms_elsewhere = ("create",)

    def get_object(self) -> Operation:
        """Return the sale of the address. Raise Http404."""
        sale: Operation = get_object_or_404(self.get_queryset(), pk=self.kwargs["operation"])
        return sale

    @extend_schema(parameters=[DRY_RUN], request=IssueSerializer, responses={201: IssuedInvoiceSerializer})
    @takes_key
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Issue the invoice of a sale, once: what is left of it, to seller and buyer as they are now.

        It has the next number of the year, and nothing changes or deletes it. What comes back later gets a credit note.
        """
        if query_flag(request, "dry_run"):
            return self.show(self.issue(dry_run=True), status.HTTP_200_OK)
        answer = self.issue_once(request)
        issued = getattr(answer, "data", None) or json.loads(answer.content)
        response = self.show(*attach_due([Invoice.objects.for_user(self.user).get(pk=issued["id"])]))
        response.status_code = status.HTTP_201_CREATED
        if REPLAYED in answer.headers:
            response[REPLAYED] = answer[REPLAYED]
        return response

    @idempotent
    def issue_once(self, _request: Request) -> Response:
        """Issue the invoice. What is stored for the key names it alone: it has no data of the customer."""
        return Response({"id": self.issue().pk}, status=status.HTTP_201_CREATED)

    def issue(self, *, dry_run: bool = False) -> Invoice:
        return services.issue_invoice(by=self.user, sale=self.get_object(), dry_run=dry_run, **self.read_body())


class InvoicePagination(LogPagination):
    """Pages of invoices. The first one has their sums."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        further = {"totals": TOTALS, "from": MOMENT_OR_NULL, "to": MOMENT_OR_NULL}
        page["properties"] |= further
        return {**page, "required": [*page.get("required", ()), *further]}


class InvoiceViewSet(AttachedReadViewSet):
    """Invoices of sales, and credit notes of what came back, the newest first."""

    tag = Tag("invoices", "Invoices of sales, and credit notes of what came back: docs/invoices.md.", for_keys=True)
    root_link = "invoices"
    tab = Tab(is_offered=shows("invoices"))
    rights = READ | grant(Right.WORK, "partial_update")
    list_name = "Invoices"
    queryset = Invoice.objects.select_related("credits").order_by("-id")
    serializer_class = InvoiceSerializer
    action_serializers = {"retrieve": IssuedInvoiceSerializer, "partial_update": InvoiceMetadataSerializer}
    filterset_class = InvoiceFilter
    pagination_class = InvoicePagination
    content_negotiation_class = JSONOrFile
    forms_elsewhere = ("partial_update",)
    pages = {"list": pages.INVOICES, "retrieve": pages.INVOICE}
    attach = staticmethod(attach_due)

    def represent(self, row: Any) -> Any:
        return IssuedInvoiceSerializer(*self.attach([row]), context=self.get_serializer_context()).data

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the invoices that were issued in the period."""
        invoices = super().filter_queryset(queryset)
        if self.action != "list":
            return invoices
        after, before = self.span = parse_span(self.request)
        if after:
            invoices = invoices.filter(issued_on__gte=self.user.shop_day(after))
        if before:
            invoices = invoices.filter(issued_on__lte=self.user.shop_day(before - MOMENT))
        return invoices

    @extend_schema(parameters=[one.describe() for one in PERIOD])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """List the invoices and credit notes, the newest first. The first page has their sums."""
        file_format, invoices = query_format(request, self), self.filter_queryset(self.get_queryset())
        if file_format in FILE_FORMATS:
            words = Words(write_titles=lambda: [gettext("Invoices")], summed=MONEY_COLUMNS)
            return table_response(request, make_rows(invoices), "invoices", file_format, MONEY_COLUMNS, words)
        response = self.get_paginated_response(self.get_serializer(self.paginate_queryset(invoices), many=True).data)
        is_first = not request.query_params.get("cursor") or is_page_for_people(request)
        totals = sum_up(self.account_id, invoices) if is_first and self.account_id else None
        response.data |= {"totals": totals, "from": self.span[0], "to": self.span[1]}
        return response

    @extend_schema(responses=IssuedInvoiceSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return an invoice with all that it says."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=InvoiceMetadataSerializer, responses=IssuedInvoiceSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change the texts that programs keep with an invoice. They are no part of what was issued."""
        self.get_object()
        fields = self.read_body()
        with raise_404_if_missing():
            return self.show(
                services.change_metadata(owner_id=self.account_id, pk=kwargs["pk"], metadata=fields.get("metadata", {}))
            )
