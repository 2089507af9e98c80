"""The routes of purchase orders."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.downloads import DIALECT, FILE_RESPONSES, PAPER, PDF, PDF_RESPONSE, Words, pdf_response, table_response
from core.lists.filters import BooleanFilter, ChoiceFilter, DateFilter, ReferenceFilter, SearchFilter
from core.lists.pagination import LinesPagination
from core.lists.parameters import FILE_FORMATS, query_choice
from core.lists.row_filters import ExternalIdFilter, MetadataFilterSet, RowFilter
from products.look_ups import PRODUCTS
from records.idempotency.decorators import idempotent
from stock.line_fields import call_service
from stock.models import MAX_REFERENCE_LENGTH
from stock.serializers import serialize_booked_operation
from suppliers.look_ups import SUPPLIERS
from trade.purchasing import mail_pages, pages, serializers, services
from trade.purchasing.errors import NothingOrdered
from trade.purchasing.lines import attach_order_lines, list_outstanding_orders
from trade.purchasing.models import IS_UNMAILED, Order, OrderState
from users.access.permissions import READ, READERS, WRITES, Tag, grant
from users.access.roles import Right
from web.view_bases import created, file_action, post_action
from web.viewsets import AttachedReadViewSet, ETagMixin, raise_404_if_missing


class OrderFilter(MetadataFilterSet):
    search = SearchFilter(fields=["supplier_name", "reference", "note"], number="pk")
    state = ChoiceFilter(choices=OrderState.choices, label="Draft, sent or closed")
    outstanding = BooleanFilter(method="filter_outstanding", label="Whether something of the order is still to come")
    unmailed = BooleanFilter(method="filter_unmailed", label="Whether the last try to mail the sent order failed")
    supplier = RowFilter(SUPPLIERS, field_name="supplier_id", label="Id of a supplier")
    product = RowFilter(PRODUCTS, field_name="lines__product_id", label="Id of a product")
    reference = ReferenceFilter(max_length=MAX_REFERENCE_LENGTH, label="The whole document no.")
    external_id = ExternalIdFilter()
    expected_before = DateFilter(field_name="expected_on", lookup_expr="lt", label="Expected before this date")

    def filter_outstanding(self, rows: QuerySet, _name: str, value: bool) -> QuerySet:
        is_outstanding = Q(pk__in=list_outstanding_orders(self.request.user.account_id))
        return rows.filter(is_outstanding if value else ~is_outstanding)

    def filter_unmailed(self, rows: QuerySet, _name: str, value: bool) -> QuerySet:
        return rows.filter(IS_UNMAILED if value else ~IS_UNMAILED)


TEXT = "txt"
FORMAT = OpenApiParameter("format", enum=[*FILE_FORMATS, TEXT, PDF], description="By default CSV. xlsx: a workbook.")


class PurchaseOrderViewSet(ETagMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, AttachedReadViewSet):
    """What the shop orders from its suppliers, newest orders first."""

    tag = Tag(
        "purchase-orders",
        "What the shop orders from its suppliers, and what has arrived of it: docs/purchasing.md.",
        for_keys=True,
    )
    root_link = "purchase-orders"
    rights = {
        **READ,
        **grant(READERS, "file"),
        **grant(Right.MANAGE_ORDERS, *WRITES, "send", "mail", "close"),
        **grant(Right.WORK, "receive"),
    }
    list_name = "Purchase orders"
    queryset = Order.objects.all()
    serializer_class = serializers.PurchaseOrderSerializer
    action_serializers = {
        "create": serializers.CreateOrderSerializer,
        **dict.fromkeys(("update", "partial_update"), serializers.ChangeOrderSerializer),
    }
    filterset_class = OrderFilter
    pagination_class = LinesPagination
    verbs = pages.VERBS
    form_fields = pages.SEND_FIELDS
    forms_elsewhere = ("create", "update", "receive")
    pages = {"list": pages.ORDERS, "retrieve": pages.ORDER}
    attach = staticmethod(attach_order_lines)
    checked_actions = (*ETagMixin.checked_actions, "send")

    def offers_form(self, method: str, data: Any) -> bool:
        """Return whether the page has the form. The page of a sent order offers no form to delete it."""
        is_draft = data.get("state", OrderState.DRAFT) == OrderState.DRAFT
        return super().offers_form(method, data) and (method != "DELETE" or is_draft)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return an order with what has arrived of it."""
        return super().retrieve(request, *args, **kwargs)

    @idempotent
    def create(self, request: Request) -> Response:
        """Write a draft of 1 to 500 lines, all or nothing, or of what is suggested.

        The error lists all refused lines.
        """
        values = {"by": self.user, **self.read_body()}
        create: Any = services.create_order if "lines" in values else services.create_suggested_order
        order = call_service(create, values, NothingOrdered)
        return self.show(order, status.HTTP_201_CREATED)

    def update(self, request: Request, *args: Any, partial: bool = False, **kwargs: Any) -> Response:
        """Change a draft. The lines, if they are sent, replace its lines."""
        values = {"by": self.user, **self.read_body(self.get_object(), partial=partial)}
        values |= {"pk": self.kwargs["pk"], "check": self.check_unchanged}
        with raise_404_if_missing():
            order = call_service(services.change_order, values, NothingOrdered)
        return self.show(order)

    @idempotent
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the given fields of a draft. The lines, if they are sent, replace its lines."""
        return super().partial_update(request, *args, **kwargs)

    def destroy(self, *args: Any, **kwargs: Any) -> Response:
        """Delete a draft. A sent order is closed instead."""
        return super().destroy(*args, **kwargs)

    def perform_destroy(self, instance: Any) -> None:
        with raise_404_if_missing():
            services.delete_order(by=self.user, pk=instance.pk, check=self.check_unchanged)

    @post_action(serializer_class=serializers.SendSerializer)
    @idempotent
    def send(self, request: Request, **kwargs: Any) -> Response:
        """Mark a draft as sent, and mail it to the supplier if `mail` says so. From then on it counts as on order."""
        self.get_object()  # a missing order is a 404 even if the body is malformed
        return self.change(services.send_order, **self.read_change())

    @post_action()
    @idempotent
    def mail(self, request: Request, **kwargs: Any) -> Response:
        """Mail a sent order to the supplier's present address, even if it was mailed before."""
        return self.change(services.mail_order)

    @extend_schema(responses={201: serializers.ReceivedSerializer})
    @post_action(serializer_class=serializers.ReceiveSerializer)
    @idempotent
    def receive(self, request: Request, **kwargs: Any) -> Response:
        """Book what has arrived, by default all that is outstanding, as one operation, again and again.

        Reversing the operation opens the order again.
        """
        self.get_object()
        values = {"by": self.user, "pk": self.kwargs["pk"], **self.read_body()}
        with raise_404_if_missing():
            data = serialize_booked_operation(call_service(services.receive, values))
        data["damaged"] = data["scrapped"]
        return created(data)

    @post_action()
    @idempotent
    def close(self, request: Request, **kwargs: Any) -> Response:
        """Close a sent order, once: what is outstanding will not come."""
        return self.change(services.close_order)

    @extend_schema(
        parameters=[FORMAT, DIALECT, PAPER],
        responses={**FILE_RESPONSES, **PDF_RESPONSE, (200, "text/plain"): OpenApiTypes.STR},
    )
    @file_action()
    def file(self, request: Request, **kwargs: Any) -> HttpResponse | StreamingHttpResponse:
        """Return the order for its supplier: a table, a PDF or, with `format=txt`, the text of the mail.

        The text has no costs, and the table and the PDF have none for workers.
        """
        file_format = query_choice(request, "format", (*FILE_FORMATS, TEXT, PDF))
        [order] = attach_order_lines([self.get_object()])
        shop: Any = self.user.shop_owner  # a user without one sees no order
        name = f"order-{order.pk}"
        if file_format == PDF:
            return pdf_response(request, mail_pages.make_document(order, shop), name)
        if file_format != TEXT:
            return table_response(
                request,
                mail_pages.make_rows(order),
                name,
                file_format,
                mail_pages.COST_COLUMNS,
                Words(summed={"cost"}),
            )
        headers = {"Content-Disposition": f'attachment; filename="{name}.txt"'}
        text = mail_pages.write_order_text(order, shop)
        return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)
