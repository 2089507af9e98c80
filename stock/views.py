"""The ledger over HTTP: book a movement, read what was booked. Nothing changes or deletes."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from inventory_api.pagination import LogPagination, ProductLogPagination
from inventory_api.viewsets import OwnedReadViewSet
from products.models import Product
from stock import services
from stock.errors import ProductNotFound
from stock.filters import ItemChangeFilter, MovementFilter
from stock.models import Movement
from stock.serializers import BookSerializer, ItemChangeSerializer, MovementSerializer


class MovementViewSet(OwnedReadViewSet):
    """The account's movements, newest first."""

    queryset = Movement.objects.detailed()
    serializer_class = MovementSerializer
    filterset_class = MovementFilter
    pagination_class = LogPagination

    def get_serializer_class(self) -> Any:
        return BookSerializer if self.action == "create" else MovementSerializer

    @extend_schema(request=BookSerializer, responses={201: MovementSerializer})
    def create(self, request: Request) -> Response:
        """Book one movement. Refused with the numbers if the stock would go negative."""
        serializer: Any = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            movement = services.book_one(serializer.act(request.user), serializer.line())
        except ProductNotFound as error:
            return Response({"product": [str(error)]}, status=status.HTTP_400_BAD_REQUEST)
        return Response(MovementSerializer(movement).data, status=status.HTTP_201_CREATED)


class ItemChangesView(generics.ListAPIView):
    """Every change of a quantity, newest first."""

    queryset = Movement.objects.detailed()
    serializer_class = ItemChangeSerializer
    filterset_class = ItemChangeFilter
    pagination_class = LogPagination

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().for_user(self.request.user)  # type: ignore[attr-defined,no-any-return]


class HistoryView(generics.ListAPIView):
    """One product's movements, newest first; of an archived product, too."""

    serializer_class = MovementSerializer
    filterset_class = MovementFilter
    pagination_class = ProductLogPagination
    queryset = Movement.objects.detailed()

    def get_queryset(self) -> QuerySet:
        user = self.request.user
        product = get_object_or_404(Product.objects.for_user(user), pk=self.kwargs["product_id"])
        return super().get_queryset().for_user(user).filter(product_id=product.pk)  # type: ignore[attr-defined,no-any-return]
