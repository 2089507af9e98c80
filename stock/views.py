"""The routes of the ledger: book, count, reverse, read and verify. No route changes or deletes a row."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.list_serialization import ListRowsMixin, get_row_serializer
from core.pagination import LogPagination, ProductLogPagination
from core.replica_reads import ReplicaReads
from core.viewsets import OwnedReadViewSet
from idempotency.decorators import idempotent
from products.models import Product
from stock import logs, operation_movements, pages, services, verification
from stock.booking_serializers import BookOperationSerializer, BookSerializer, CountSerializer, RemarksSerializer
from stock.drafts import OperationDraft
from stock.errors import ProductArchived, ProductNotFound
from stock.filters import HistoryFilter, ItemChangeFilter, MovementFilter, OperationFilter
from stock.models import Movement, Operation, Reason
from stock.pagination import OperationPagination
from stock.serializers import (
    CountResultSerializer,
    ItemChangeSerializer,
    MovementSerializer,
    OperationSerializer,
    VerificationSerializer,
    serialize_booked_operation,
)
from stock.verbs import BOOK, BOOK_LINES, COUNT, REVERSE


def validate(serializer: Any) -> Any:
    """Return the serializer after validating its data. Raise ValidationError."""
    serializer.is_valid(raise_exception=True)
    return serializer


def get_account_id(request: Request) -> int:
    user: Any = request.user
    account_id: int = user.account_id
    return account_id


class MovementViewSet(OwnedReadViewSet):
    """The account's movements, newest first."""

    queryset = Movement.objects.detailed()
    serializer_class = MovementSerializer
    filterset_class = MovementFilter
    pages = {"list": pages.MOVEMENTS, "retrieve": pages.MOVEMENT}
    verbs = {"create": BOOK}
    pagination_class = LogPagination

    def get_serializer_class(self) -> Any:
        return BookSerializer if self.action == "create" else MovementSerializer

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list_log(logs.select_movements, owner=get_account_id(request))

    @extend_schema(request=BookSerializer, responses={201: MovementSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Book one movement. Refused with the available quantity if the stock would become negative."""
        serializer = validate(self.get_serializer(data=request.data))
        line = serializer.make_line(serializer.validated_data)
        draft = serializer.make_draft(by=request.user, movement_types={line.movement_type})
        try:
            movement = services.book_one(draft=draft, line=line)
        except ProductNotFound as error:
            raise ValidationError({line.product.field: [str(error)]}) from error
        except ProductArchived as error:
            raise ValidationError({"product": ["This product is archived: restore it first."]}) from error
        [data] = get_row_serializer(MovementSerializer).serialize_objects([movement])
        return Response(data, status=status.HTTP_201_CREATED)


class OperationViewSet(OwnedReadViewSet):
    """Operations with their movements, newest first."""

    queryset = Operation.objects.all()
    serializer_class = OperationSerializer
    filterset_class = OperationFilter
    pages = {"list": pages.OPERATIONS, "retrieve": pages.OPERATION_PAGE}
    verbs = {"create": BOOK_LINES, "reverse": REVERSE}
    pagination_class = OperationPagination

    def get_queryset(self) -> Any:
        return super().get_queryset().detailed()  # type: ignore[attr-defined]

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        return operation_movements.attach_movements(super().paginate_queryset(queryset) or [])

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One operation."""
        return Response(self.get_serializer(*operation_movements.attach_movements([self.get_object()])).data)

    def get_serializer_class(self) -> Any:
        return {"create": BookOperationSerializer, "reverse": RemarksSerializer}.get(self.action, OperationSerializer)

    @extend_schema(request=BookOperationSerializer, responses={201: OperationSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Book 1 to 1,000 lines as one operation, all or none. The error lists all refused lines."""
        serializer = validate(self.get_serializer(data=request.data))
        lines, malformed = serializer.validated_data["lines"]
        draft = serializer.make_draft(by=request.user, movement_types={line.movement_type for line in lines})
        movements = services.book(draft=draft, lines=lines, malformed=malformed)
        return Response(serialize_booked_operation(movements), status=status.HTTP_201_CREATED)

    @extend_schema(request=RemarksSerializer, responses={201: OperationSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def reverse(self, request: Request, **kwargs: Any) -> Response:
        """Book the opposite of every line, once. Refused with the quantities if the stock would become negative."""
        operation = self.get_object()
        serializer = validate(self.get_serializer(data=request.data))
        user: Any = request.user
        reversal = services.reverse_operation(by=user, operation=operation, **serializer.get_remarks())
        data = OperationSerializer(*operation_movements.attach_movements([reversal])).data
        return Response(data, status=status.HTTP_201_CREATED)


class CountView(generics.GenericAPIView):
    """Set quantities to what was counted."""

    serializer_class = CountSerializer
    verbs = {"post": COUNT}

    @extend_schema(responses={201: CountResultSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Set quantities to what was counted, and book the differences.

        What has happened after a line's `counted_at` stays booked. Without it the counted quantity is set, even if the
        stock has moved since.
        """
        serializer = validate(self.get_serializer(data=request.data))
        user: Any = request.user
        lines, malformed = serializer.validated_data["lines"]
        draft = OperationDraft(by=user, reason=Reason.COUNT, **serializer.get_remarks())
        operation, counted = services.count_stock(draft=draft, lines=lines, malformed=malformed)
        result = {"operation": operation.pk if operation else None, "lines": counted}
        return Response(CountResultSerializer(result).data, status=status.HTTP_201_CREATED)


class ItemChangesView(ReplicaReads, ListRowsMixin, generics.ListAPIView):
    """Every change of a quantity, newest first."""

    queryset = Movement.objects.detailed()
    serializer_class = ItemChangeSerializer
    filterset_class = ItemChangeFilter
    pages = {"get": pages.ITEM_CHANGES}
    pagination_class = LogPagination

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().for_user(self.request.user)  # type: ignore[attr-defined,no-any-return]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list_log(logs.select_movements, owner=get_account_id(request))


class HistoryView(ReplicaReads, ListRowsMixin, generics.ListAPIView):
    """One product's movements, newest first. Archived products have them, too."""

    serializer_class = MovementSerializer
    filterset_class = HistoryFilter
    pages = {"get": pages.HISTORY}
    pagination_class = ProductLogPagination
    queryset = Movement.objects.detailed()

    def get_object(self) -> Product:
        """Return the product whose id is in the URL. Raise Http404."""
        return get_object_or_404(Product.objects.for_user(self.request.user), pk=self.kwargs["product_id"])

    def get_queryset(self) -> QuerySet:
        product = self.get_object()
        return super().get_queryset().for_user(self.request.user).filter(product_id=product.pk)  # type: ignore[attr-defined,no-any-return]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        product = self.get_object()
        return self.list_log(logs.select_product_movements, owner=product.owner_id, product=product.pk)


class VerifyView(ReplicaReads):
    """Verify the account's ledger."""

    is_long_running = True
    pages = {"get": pages.VERIFICATION}

    @extend_schema(responses=VerificationSerializer)
    def get(self, request: Request) -> Response:
        """Verify the account's movements and balances. `broken` is empty if the ledger holds."""
        return Response(VerificationSerializer(verification.verify_ledger(request.user)).data)
