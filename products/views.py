"""Categories and products over HTTP. Quantities go to the ledger's service."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from inventory_api.viewsets import OwnedViewSet
from products import services
from products.filters import CategoryFilter, ProductFilter
from products.models import LEDGER_FIELDS, Category, Product
from products.querysets import ProductQuerySet
from products.serializers import CategorySerializer, ProductSerializer
from stock import services as stock
from stock.models import Reason
from users.models import Role

CHANGES = ("update", "partial_update", "destroy", "restore")


class CategoryViewSet(OwnedViewSet):
    """What the shop sorts its products into. Deleting one keeps its products, uncategorised."""

    queryset = Category.objects.order_by("id")
    serializer_class = CategorySerializer
    filterset_class = CategoryFilter


class ProductViewSet(OwnedViewSet):
    """The shop's products. Deleting archives: the history stays, and `restore` brings the product back."""

    queryset = Product.objects.order_by("id")
    serializer_class = ProductSerializer
    filterset_class = ProductFilter

    def get_queryset(self) -> ProductQuerySet:
        products: ProductQuerySet = super().get_queryset().detailed()  # type: ignore[attr-defined]
        if self.action in CHANGES:
            products = products.select_for_update(no_key=True, of=("self",))
        return products if self.action in ("list", "restore") else products.live()

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a product; its quantity is booked as an opening movement."""
        owner: Any = request.user
        with transaction.atomic():
            serializer = self.validated(data=request.data)
            quantity = self.take_ledger_fields(serializer).get("quantity", 0)
            product = serializer.save(owner_id=owner.account_id)
            stock.open_stock(product, quantity, owner)
        return Response(self.answer(product.pk), status=status.HTTP_201_CREATED)

    def update(self, request: Request, *args: Any, partial: bool = False, **kwargs: Any) -> Response:
        """Change a product; a changed quantity is booked as a correction. Optional fields not sent stay."""
        with transaction.atomic():
            product = self.get_object()
            serializer = self.validated(product, data=request.data, partial=partial)
            ledger = self.take_ledger_fields(serializer)
            self.refuse_other_fields_to_workers(serializer)
            serializer.save()
            self.correct(product, ledger)
        return Response(self.answer(product.pk))

    def perform_destroy(self, instance: Any) -> None:
        services.archive(instance)

    @transaction.atomic
    def destroy(self, *args: Any, **kwargs: Any) -> Response:
        """Archive the product: gone from lists and sums, while its history stays."""
        return super().destroy(*args, **kwargs)

    @extend_schema(request=None, responses=ProductSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Bring an archived product back."""
        with transaction.atomic():
            product = self.get_object()
            services.restore(product)
        return Response(self.answer(product.pk))

    def validated(self, *args: Any, **kwargs: Any) -> Any:
        serializer = self.get_serializer(*args, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer

    def take_ledger_fields(self, serializer: Any) -> dict[str, Any]:
        """Take out of the validated data what is not the product's to save but the ledger's to judge."""
        names = LEDGER_FIELDS | {"expected_quantity"}
        return {name: serializer.validated_data.pop(name) for name in names if name in serializer.validated_data}

    def correct(self, product: Product, ledger: dict[str, Any]) -> None:
        if "quantity" in ledger or "expected_quantity" in ledger:
            user: Any = self.request.user
            stock.correct_quantity(
                stock.Act(product.owner_id, user, Reason.CORRECTION),
                product.pk,
                ledger.get("quantity", product.quantity),
                expected_quantity=ledger.get("expected_quantity"),
                sequence=ledger.get("stock_sequence"),
            )

    def refuse_other_fields_to_workers(self, serializer: Any) -> None:
        """A worker may change the quantity, and repeat the rest as it is."""
        if self.request.user.role != Role.OWNER and (changed := serializer.changed_fields()):  # type: ignore[union-attr]
            raise PermissionDenied(f"A worker may change the quantity alone, not {', '.join(changed)}.")

    def answer(self, product_id: int) -> Any:
        product = Product.objects.for_user(self.request.user).detailed().get(pk=product_id)
        return self.get_serializer(product).data
