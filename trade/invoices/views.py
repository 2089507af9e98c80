"""The routes of invoices: issue the one of a sale, list and read them, change their metadata."""

import json
from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.browsers import is_page_for_people
from core.http.downloads import Words, streaming_response, table_response
from core.http.renderers import AlwaysJSON, JSONOrFile
from core.lists.pagination import FurtherFields
from core.lists.parameters import FILE_FORMATS, query_choice, query_flag, query_format
from core.pages.tabs import Tab
from core.time_zones import MOMENT
from desk.reports.toolkit.parameters import PERIOD, parse_span
from records.idempotency.decorators import idempotent, takes_key
from stock.models import Operation, OperationReason
from trade.invoices import pages, services
from trade.invoices.files import FORMS, PDF, XML, file_response, find_buyer, write_archive
from trade.invoices.filters import InvoiceFilter
from trade.invoices.mail_pages import mail_invoice
from trade.invoices.models import FileFormat, Invoice
from trade.invoices.reading import attach_due, sum_up
from trade.invoices.serializers import (
    MONEY_COLUMNS,
    TOTALS,
    CreditedSerializer,
    InvoiceMailSerializer,
    InvoiceMetadataSerializer,
    InvoiceSerializer,
    IssuedInvoiceSerializer,
    IssueSerializer,
    make_rows,
)
from users.access.permissions import READ, READERS, Tag, grant
from users.access.roles import Right
from users.models import User
from users.reading import shows
from web.view_bases import file_action, post_action
from web.viewsets import AttachedReadViewSet, OwnedMixin, raise_404_if_missing

DRY_RUN = OpenApiParameter("dry_run", bool, description="Return the invoice without a number, and issue nothing")
FILE_FORMAT = OpenApiParameter(
    "format",
    enum=FileFormat.values,
    description="By default `pdf`. `facturx`: a PDF with its XML. `xrechnung`: an XML.",
)
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
        """Issue the invoice. The response that is stored for the key has only its id, and no data of the customer."""
        return Response({"id": self.issue().pk}, status=status.HTTP_201_CREATED)

    def issue(self, *, dry_run: bool = False) -> Invoice:
        return services.issue_invoice(by=self.user, sale=self.get_object(), dry_run=dry_run, **self.read_body())


class InvoicePagination(FurtherFields):
    """Pages of invoices. The first one has their sums."""

    further = {"totals": TOTALS, "from": MOMENT_OR_NULL, "to": MOMENT_OR_NULL}


class InvoiceViewSet(AttachedReadViewSet):
    """Invoices of sales, and credit notes of what came back, the newest first."""

    tag = Tag("invoices", "Invoices of sales, and credit notes of what came back: docs/invoices.md.", for_keys=True)
    root_link = "invoices"
    tab = Tab(is_offered=shows("invoices"), behind="shop-orders", number=1)
    rights = READ | grant(READERS, "file", "files") | grant(Right.WORK, "partial_update", "mail")
    list_name = "Invoices"
    queryset = Invoice.objects.select_related("credits").order_by("-id")
    serializer_class = InvoiceSerializer
    action_serializers = {"retrieve": IssuedInvoiceSerializer, "partial_update": InvoiceMetadataSerializer}
    filterset_class = InvoiceFilter
    pagination_class = InvoicePagination
    content_negotiation_class = JSONOrFile
    filtered_actions = ("list", "files")
    forms_elsewhere = ("partial_update",)
    verbs = {"mail": pages.MAIL}
    pages = {"list": pages.INVOICES, "retrieve": pages.INVOICE}
    attach = staticmethod(attach_due)

    def represent(self, row: Any) -> Any:
        return IssuedInvoiceSerializer(*self.attach([row]), context=self.get_serializer_context()).data

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the invoices that were issued in the period."""
        invoices = super().filter_queryset(queryset)
        if self.action not in self.filtered_actions:
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
        totals = sum_up(self.account_id, invoices) if is_first else None
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

    @extend_schema(
        parameters=[FILE_FORMAT], responses={(200, PDF): OpenApiTypes.BINARY, (200, XML): OpenApiTypes.BINARY}
    )
    @file_action()
    def file(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the file of an invoice, which is kept when it is first made: later ones are the same, byte by byte.

        What an invoice does not say, such as the bank account, is that of the shop and the customer at that moment.
        """
        file_format = query_choice(request, "format", tuple(FORMS))
        return file_response(self.get_object(), file_format, self.shop)

    @extend_schema(
        operation_id="invoices_files",
        parameters=[one.describe() for one in PERIOD],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    @action(
        detail=False, url_path="file", pagination_class=None, content_negotiation_class=AlwaysJSON, is_long_running=True
    )
    def files(self, request: Request) -> StreamingHttpResponse:
        """Return a ZIP of the invoices of a period, each as PDF and XRechnung, or as Factur-X if this needs more."""
        pieces = write_archive(self.filter_queryset(self.get_queryset()), self.shop)
        disposition = {"Content-Disposition": 'attachment; filename="invoices.zip"'}
        return streaming_response(pieces, "application/zip", **disposition)

    @extend_schema(responses={202: CreditedSerializer})
    @post_action(serializer_class=InvoiceMailSerializer)
    @idempotent
    def mail(self, request: Request, **kwargs: Any) -> Response:
        """Mail the customer a link to the file, which works for 90 days."""
        invoice, body = self.get_object(), self.read_body()
        buyer = find_buyer(invoice)
        to = body.get("to") or buyer.invoice_email or buyer.email
        if not to:
            raise ValidationError({"to": [gettext("The customer has no e-mail address.")]})
        mail_invoice(shop=self.shop, invoice=invoice, file_format=body["format"], to=to)
        return Response(CreditedSerializer(invoice).data, status.HTTP_202_ACCEPTED)

    @property
    def shop(self) -> User:
        """Return the shop. A user without one sees no invoice."""
        return cast("User", self.user.shop_owner)
