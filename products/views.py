"""Categories and products over HTTP. Quantities go to the ledger's service."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.filters import query_flag
from core.http.negotiation import AlwaysJSON
from core.http.parsers import CSVParser, StrictMultiPartParser
from core.http.streaming import csv_file, json_lists, streamed
from core.list_serialization import rows_of
from core.transactions import AccountLock, atomic, lock_account
from core.viewsets import OwnedViewSet
from idempotency.decorators import IdempotentCreate, idempotent
from products import reports, services
from products.exports import csv_lines
from products.filters import CategoryFilter, ProductFilter
from products.imports import TEMPLATE_COLUMNS, import_products
from products.live_products import LiveProducts
from products.models import Category, Product
from products.querysets import LEDGER_FIELDS, ProductQuerySet
from products.serializers import (
    AlertsSerializer,
    CategorySerializer,
    DashboardSerializer,
    ImportAnswerSerializer,
    ImportSerializer,
    ItemSerializer,
    LevelSerializer,
    NothingSerializer,
    ProductSerializer,
)
from stock import services as stock
from stock.models import Reason
from users.models import Role

IMPORT_EXAMPLE = "name,sku,price,quantity,category\nGaiwan,POT-GAIWAN,14.00,6,Crockery\nTea towel,,4.50,20,Tools\n"


class CategoryViewSet(IdempotentCreate, OwnedViewSet):
    """What the shop sorts its products into. Deleting one keeps its products, uncategorised."""

    queryset = Category.objects.order_by("id")
    serializer_class = CategorySerializer
    filterset_class = CategoryFilter


class BaseProductViewSet(OwnedViewSet):
    """What products and items, the same rows in other words, have in common. Quantities go to the ledger's service."""

    queryset = Product.objects.order_by("id")
    filterset_class = ProductFilter
    filtered_actions = ("list", "levels", "export")

    def get_queryset(self) -> ProductQuerySet:
        products: ProductQuerySet = super().get_queryset().detailed()  # type: ignore[attr-defined]
        return products.live() if self.action in ("retrieve", "update", "partial_update", "destroy") else products

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if ProductFilter.is_asked(request):
            return super().list(request, *args, **kwargs)
        serializer_class: Any = self.get_serializer_class()
        rows = rows_of(serializer_class)
        products: Any = LiveProducts(request.user)
        page: Any = self.paginate_queryset(products)
        return self.get_paginated_response([rows.written(row) for row in page])

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a product; its quantity is booked as an opening movement."""
        serializer = self.validated(data=request.data)
        ledger = self.take_ledger_fields(serializer)
        return Response(self.save_new(serializer, ledger.get("quantity", 0)), status=status.HTTP_201_CREATED)

    @atomic
    def save_new(self, serializer: Any, quantity: int) -> Any:
        owner: Any = self.request.user
        serializer.instance = None  # a repeated transaction creates the product again
        product = serializer.save(owner_id=owner.account_id, **self.lock_links(serializer))
        stock.open_stock(product, quantity, owner)
        return self.answer(product.pk)

    def update(self, request: Request, *args: Any, partial: bool = False, **kwargs: Any) -> Response:
        """Change a product; a changed quantity is booked as a correction. Optional fields not sent stay."""
        serializer = self.validated(self.get_object(), data=request.data, partial=partial)
        return Response(self.save_changes(serializer, self.take_ledger_fields(serializer)))

    @atomic
    def save_changes(self, serializer: Any, ledger: dict[str, Any]) -> Any:
        """Save the fields that were sent, and book the quantity, if it was. The body has been validated before."""
        links = self.lock_links(serializer)
        product = serializer.instance = self.locked_object()
        self.refuse_other_fields_to_workers(serializer)
        if serializer.validated_data:
            serializer.save(**links)
        self.correct(product, ledger)
        return self.answer(product.pk)

    def lock_links(self, serializer: Any) -> dict[str, Category]:
        """If the product gets a supplier or category, lock those of the account. Return the category that is named."""
        fields = serializer.validated_data
        if not (fields.get("supplier") or fields.get("category")):
            return {}
        lock_account(self.account_id, AccountLock.CATALOGUE, shared=True)
        name = fields.get("category")
        if not isinstance(name, str):
            return {}
        return {"category": services.find_or_create_category(owner_id=self.account_id, name=name)}

    @atomic
    def perform_destroy(self, instance: Any) -> None:
        services.archive(self.locked_object())

    def destroy(self, *args: Any, **kwargs: Any) -> Any:
        """Archive the product: gone from lists and sums, while its history stays."""
        return super().destroy(*args, **kwargs)

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
                stock.OperationDraft(product.owner_id, user, Reason.CORRECTION),
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
        """The product as the view shows it; an action's own serializer is for what it is sent."""
        product = Product.objects.for_user(self.request.user).detailed().get(pk=product_id)
        return type(self).serializer_class(product, context=self.get_serializer_context()).data  # type: ignore[misc]


class ProductViewSet(BaseProductViewSet):
    """The shop's products. Deleting archives: the history stays, and restoring brings the product back."""

    serializer_class = ProductSerializer

    @extend_schema(request=None, responses=ProductSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    @atomic
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Bring an archived product back."""
        product = self.locked_object()
        services.restore(product)
        return Response(self.answer(product.pk))

    @extend_schema(responses=AlertsSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def alerts(self, request: Request) -> Response | StreamingHttpResponse:
        """All that is low, the most urgent first, and all that has expired, the oldest first.

        A page for people shows the first hundred of each.
        """
        is_page = request.accepted_renderer.format != "json"
        limit = reports.ROWS_ON_A_PAGE if is_page else reports.ROWS_AT_A_TIME
        rows, found = rows_of(ProductSerializer), reports.alerts(request.user)
        first = {name: rows.of_queryset(products[: limit + 1]) for name, products in found.items()}
        if is_page or max(map(len, first.values())) <= limit:
            return Response({name: products[:limit] for name, products in first.items()})
        parts = {name: reports.in_parts(request.user, products) for name, products in found.items()}
        lists = {name: map(rows.of_queryset, part) for name, part in parts.items()}
        return streamed(json_lists(lists), "application/json")

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR}, filters=True)
    @action(detail=False, pagination_class=None, content_negotiation_class=AlwaysJSON)
    def export(self, request: Request) -> StreamingHttpResponse:
        """Return the list, with its filters, as CSV.

        Text has a `'` before each formula that a spreadsheet could find in it: at its start, or behind `,`, `;`, `|`, a
        tab or a line end. The import takes these away again.
        """
        return csv_file(csv_lines(self.filter_queryset(self.get_queryset())), "products.csv")

    @extend_schema(
        parameters=[OpenApiParameter("dry_run", bool, description="Say what would happen, and write nothing.")],
        request={"multipart/form-data": ImportSerializer, "text/csv": OpenApiTypes.BINARY},
        responses=ImportAnswerSerializer,
        examples=[OpenApiExample("Two products", IMPORT_EXAMPLE, request_only=True, media_type="text/csv")],
    )
    @action(
        detail=False, methods=["post"], url_path="import", url_name="import", pagination_class=None, takes_long=True,
        parser_classes=[StrictMultiPartParser, CSVParser], serializer_class=ImportSerializer,
    )  # fmt: skip
    def import_products(self, request: Request) -> Any:
        """Create and change products from a CSV file, all or nothing; quantities are booked as one operation.

        A file has up to 100,000 rows. Imports of one account run one after the other.
        """
        asked = self.asked(request)
        if query_flag(request, "dry_run") or asked.get("dry_run"):
            return self.run_import(request, asked["file"], dry_run=True)
        return self.do_import(request, asked["file"])

    import_products.takes_idempotency_key = True  # type: ignore[attr-defined]  # in `do_import`

    @idempotent
    def do_import(self, request: Request, file: Any) -> Response:
        return self.run_import(request, file, dry_run=False)

    @atomic
    def run_import(self, request: Request, file: Any, *, dry_run: bool) -> Response:
        user: Any = request.user
        imported = import_products(owner_id=user.account_id, file=file)
        draft = stock.OperationDraft(user.account_id, user, Reason.IMPORT)
        operation, moved = stock.set_quantities(draft, imported.quantities)
        transaction.set_rollback(dry_run)
        return Response(imported.answer(moved, dry_run, operation.pk if operation and not dry_run else None))

    def asked(self, request: Request) -> dict[str, Any]:
        """The file, and whether to try it only. A form's other fields are refused: one may be a dry run misspelled."""
        serializer = ImportSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        known = {*serializer.fields, "csrfmiddlewaretoken"}
        if unknown := sorted(set(request.data) - known):
            raise ValidationError({name: ["There is no such field here. There is file, dry_run."] for name in unknown})
        if len(request.FILES.getlist("file")) != 1 or len(request.FILES) != 1:
            raise ValidationError({"file": ["Send one file."]})
        asked: dict[str, Any] = serializer.validated_data
        return asked

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR}, filters=False)
    @action(
        detail=False, url_path="import/template", url_name="import-template", pagination_class=None,
        content_negotiation_class=AlwaysJSON,
    )  # fmt: skip
    def import_template(self, request: Request) -> HttpResponse:
        """An empty file with the import's header."""
        headers = {"Content-Disposition": 'attachment; filename="products.csv"'}
        line = ",".join(TEMPLATE_COLUMNS) + "\r\n"
        return HttpResponse(line, content_type="text/csv; charset=utf-8", headers=headers)


class ItemViewSet(BaseProductViewSet):
    """The shop's products under their other name, with their category as text."""

    serializer_class = ItemSerializer

    @extend_schema(responses=LevelSerializer(many=True))
    @action(detail=False, serializer_class=LevelSerializer)
    def levels(self, request: Request) -> Response:
        """How much there is of each item."""
        return self.listed(self.get_queryset(), LevelSerializer)


class DashboardView(APIView):
    """The shop at a glance."""

    @extend_schema(responses=DashboardSerializer)
    def get(self, request: Request) -> Response:
        """Counts, stock and values of the account, in total and by category."""
        return Response(DashboardSerializer(reports.dashboard(request.user)).data)
