"""The routes of reservations."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.downloads import (
    DIALECT,
    FILE_RESPONSES,
    HTML,
    PAPER,
    PDF,
    PDF_RESPONSE,
    Words,
    pdf_response,
    table_response,
)
from core.lists.filters import ChoiceFilter, DateFilter
from core.lists.pagination import LinesPagination
from core.lists.parameters import FILE_FORMATS, query_choice
from records.idempotency.decorators import idempotent
from stock.line_fields import call_service
from stock.serializers import serialize_booked_operation
from trade.purchasing.reading import telling_expected
from trade.reservations import files, pages, services
from trade.reservations.errors import NothingReserved
from trade.reservations.filters import OrderedFilter
from trade.reservations.models import CONDITIONS, Reservation, ReservationState
from trade.reservations.reading import attach_reservation_lines
from trade.reservations.serializers import (
    ChangeReservationSerializer,
    ExtendSerializer,
    FulfilledSerializer,
    FulfilSerializer,
    ReservationSerializer,
    ReserveSerializer,
)
from users.access.permissions import READ, READERS, Tag, grant
from users.access.roles import Right
from web.view_bases import created, file_action, post_action
from web.viewsets import AttachedReadViewSet, ETagMixin, raise_404_if_missing

FORMAT = OpenApiParameter(
    "format", enum=[*FILE_FORMATS, HTML, PDF], description="By default CSV. html: a page to print. pdf: a document."
)


class StateFilter(ChoiceFilter):
    """A filter by the present state of the reservations."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs.filter(CONDITIONS[ReservationState(value)]) if value else qs


class ReservationFilter(OrderedFilter):
    state = StateFilter(choices=ReservationState.choices, label="Open, fulfilled, released or expired")
    wanted_before = DateFilter(field_name="wanted_on", lookup_expr="lt", label="Wanted before this date")


class ReservationViewSet(ETagMixin, AttachedReadViewSet):
    """What customers have ordered, and stock that is promised to others. The newest are the first."""

    tag = Tag(
        "reservations",
        "Stock that is promised to somebody until it is sold, released or expires: docs/reservations.md.",
        for_keys=True,
    )
    root_link = "reservations"
    list_name, row_name = "Customers' orders", "Order"
    rights = {
        **READ,
        **grant(READERS, "file"),
        **grant(Right.WORK, "create", "partial_update", "fulfil", "release", "extend"),
    }
    queryset = Reservation.objects.detailed()
    serializer_class = ReservationSerializer
    action_serializers = {"create": ReserveSerializer, "partial_update": ChangeReservationSerializer}
    filterset_class = ReservationFilter
    pagination_class = LinesPagination
    verbs = pages.VERBS
    form_fields = pages.EXTEND_FIELDS
    forms_elsewhere = ("create", "partial_update", "fulfil")
    pages = {"list": pages.RESERVATIONS, "retrieve": pages.RESERVATION}
    attach = staticmethod(attach_reservation_lines)
    checked_actions = (*ETagMixin.checked_actions, "fulfil")

    @idempotent
    def create(self, request: Request) -> Response:
        """Reserve 1 to 500 lines, all or none. The error lists all refused lines, with what is available.

        What is reserved stays in stock, but sales can't take it until the reservation ends.
        """
        reservation = self.reserve(services.reserve, by=self.user, **self.read_body())
        return self.show(reservation, status.HTTP_201_CREATED)

    @idempotent
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change an open reservation. The lines, if they are sent, replace its lines, all or none."""
        self.get_object()
        return self.change(partial(self.reserve, services.change), **self.read_change())

    def reserve(self, service: Callable[..., Reservation], **values: Any) -> Reservation:
        """Call the service, and return its reservation. A refusal says what is expected of sent purchase orders."""
        with telling_expected(self.account_id):
            reservation: Reservation = call_service(service, values, NothingReserved)
        return reservation

    @extend_schema(responses={201: FulfilledSerializer})
    @post_action(serializer_class=FulfilSerializer)
    @idempotent
    def fulfil(self, request: Request, **kwargs: Any) -> Response:
        """Sell what is reserved, or less, once, at the prices of its lines. The rest is released or kept.

        After a loss it may sell all that is in stock, whatever others have reserved.
        """
        self.get_object()  # a missing reservation is a 404 even if the body is malformed
        values = self.read_change()
        with raise_404_if_missing():
            fulfilled = call_service(services.fulfil, values)
        sale = serialize_booked_operation(fulfilled.movements)
        kept = {"kept": fulfilled.kept and fulfilled.kept.pk}
        return created({**sale, **kept})

    @post_action()
    @idempotent
    def release(self, request: Request, **kwargs: Any) -> Response:
        """Release what is reserved, once."""
        return self.change(services.release)

    @post_action(serializer_class=ExtendSerializer)
    @idempotent
    def extend(self, request: Request, **kwargs: Any) -> Response:
        """Let the reservation expire at another time, counted from now. Refused after it has expired."""
        self.get_object()
        return self.change(services.extend, **self.read_body())

    @extend_schema(
        parameters=[FORMAT, DIALECT, PAPER],
        responses={**FILE_RESPONSES, **PDF_RESPONSE, (200, "text/html"): OpenApiTypes.STR},
    )
    @file_action()
    def file(self, request: Request, **kwargs: Any) -> HttpResponse | StreamingHttpResponse:
        """Return the delivery note, of what was handed out or else is kept: a table, a page to print, or a PDF."""
        file_format = query_choice(request, "format", (*FILE_FORMATS, HTML, PDF))
        [reservation] = attach_reservation_lines([self.get_object()])
        name = f"delivery-note-{reservation.pk}"
        if file_format == PDF:
            return pdf_response(request, files.make_document(reservation, self.user), name)
        if file_format != HTML:
            given = files.list_given(reservation)
            rows = files.make_rows(given, self.user.shop_currency)
            is_higher = reservation.discount and not reservation.operation_id  # a sale has taken it from each price
            summed = () if is_higher or any(one.unit_price is one.total is None for _line, one in given) else ("price",)
            return table_response(request, rows, name, file_format, files.MONEY, Words(summed=summed))
        return render(request._request, "reservations/delivery_note.html", files.make_context(reservation, self.user))
