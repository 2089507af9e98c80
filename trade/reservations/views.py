"""The routes of reservations."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.serializers import EmptySerializer
from records.idempotency.decorators import idempotent
from stock.line_fields import call_service
from stock.pagination import LinesPagination
from stock.serializers import OperationSerializer, serialize_booked_operation
from trade.reservations import pages, services
from trade.reservations.errors import NothingReserved
from trade.reservations.filters import ReservationFilter
from trade.reservations.models import Reservation, attach_reservation_lines
from trade.reservations.serializers import ExtendSerializer, FulfilSerializer, ReservationSerializer, ReserveSerializer
from users.permissions import READ, grant
from users.roles import Right
from users.viewsets import AttachedReadViewSet, raise_404_if_missing


class ReservationViewSet(AttachedReadViewSet):
    """Stock that is promised to somebody, newest reservations first."""

    tag = root_link = "reservations"
    rights = READ | grant(Right.WORK, "create", "fulfil", "release", "extend")
    queryset = Reservation.objects.all()
    serializer_class = ReservationSerializer
    filterset_class = ReservationFilter
    pagination_class = LinesPagination
    verbs = pages.VERBS
    forms_elsewhere = ("create", "fulfil")
    pages = {"list": pages.RESERVATIONS, "retrieve": pages.RESERVATION}
    attach = staticmethod(attach_reservation_lines)

    def get_queryset(self) -> Any:
        return super().get_queryset().detailed()

    def get_serializer_class(self) -> Any:
        return ReserveSerializer if self.action == "create" else super().get_serializer_class()

    @extend_schema(request=ReserveSerializer, responses={201: ReservationSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Reserve 1 to 500 lines, all or none. The error lists all refused lines, with what is available.

        What is reserved stays in stock, but sales can't take it until the reservation ends.
        """
        reservation = call_service(services.reserve, {"by": self.user, **self.read_body()}, NothingReserved)
        return self.show(reservation, status.HTTP_201_CREATED)

    @extend_schema(request=FulfilSerializer, responses={201: OperationSerializer})
    @action(detail=True, methods=["post"], serializer_class=FulfilSerializer)
    @idempotent
    def fulfil(self, request: Request, **kwargs: Any) -> Response:
        """Sell what is reserved, or less, once. The rest is released.

        After a loss it may sell all that is in stock, whatever others have reserved.
        """
        self.get_object()  # a missing reservation is a 404 even if the body is malformed
        values = {"by": self.user, "pk": self.kwargs["pk"], **self.read_body()}
        with raise_404_if_missing():
            movements = call_service(services.fulfil, values)
        return Response(serialize_booked_operation(movements), status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ReservationSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    @idempotent
    def release(self, request: Request, **kwargs: Any) -> Response:
        """Release what is reserved, once."""
        with raise_404_if_missing():
            return self.show(services.release(by=self.user, pk=self.kwargs["pk"]))

    @extend_schema(request=ExtendSerializer, responses=ReservationSerializer)
    @action(detail=True, methods=["post"], serializer_class=ExtendSerializer)
    @idempotent
    def extend(self, request: Request, **kwargs: Any) -> Response:
        """Let the reservation expire at another time, counted from now. Refused after it has expired."""
        self.get_object()
        values = self.read_body()
        with raise_404_if_missing():
            return self.show(services.extend(by=self.user, pk=self.kwargs["pk"], **values))
