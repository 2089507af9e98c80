"""The routes of categories, products and items. stock.goods.services writes the products."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.browsers import has_session
from core.http.downloads import DIALECT, FILE_FORMAT, FILE_RESPONSES, Words, table_response
from core.http.renderers import AlwaysJSON, JSONForFiles, JSONRenderer
from core.http.throttling import RequestThrottle
from core.lists.filters import StrictTextField
from core.lists.parameters import FILE_FORMATS, query_choice, query_value
from core.pages.tables import DetailPage, TablePage
from core.pages.tabs import Tab
from products import pages, serializers
from products.codes.fields import CodeSerializer
from products.filing import serializers as import_serializers
from products.filing.columns import LABELS, MONEY_COLUMNS, TEMPLATE_COLUMN_NAMES, name_by_titles
from products.filing.files import SentFile, import_action, import_once
from products.filing.pages.import_page import MAX_REFUSED_SHOWN, ImportProductsPage
from products.filing.reading.exports import export_holdings, export_rows
from products.filing.reading.progress import find_progress
from products.filing.states import VALUES, Choices
from products.filters import CategoryFilter
from products.models import MAX_CODE_LENGTH, Category, Product
from products.own_fields.pages import show_chosen_fields, show_fields
from products.variants.pages import show_groups, wants_groups
from products.viewsets import ARCHIVED, BaseProductViewSet
from records.idempotency.decorators import IdempotentCreate, idempotent
from stock.errors import NothingChanged
from stock.goods import codes as further_codes
from stock.goods import services as product_services
from stock.goods.changes import ARCHIVED_CHOICES, change_products, upsert_products
from stock.goods.serializers import (
    ChangedProductsSerializer,
    ChangeProductsSerializer,
    UpsertedProductsSerializer,
    UpsertProductsSerializer,
)
from stock.importing.history import read_file_name, store_refusal
from stock.importing.services import import_products
from stock.line_fields import call_service
from stock.models import Import
from stock.product_page import PRODUCT
from stock.serializers import RefusedImportSerializer
from users.access.permissions import READ, READERS, WRITES, Tag, grant
from users.access.roles import Right
from web.view_bases import SparseFields
from web.viewsets import RestorableViewSet, RowChanges, raise_404_if_missing

IMPORT_EXAMPLE = "name,sku,price,quantity,category\nGaiwan,POT-GAIWAN,14.00,6,Crockery\nTea towel,,4.50,20,Tools\n"


EXPORTS = {"product": export_rows, "holding": export_holdings}
CODE = OpenApiParameter("code", str, required=True, description="The code, ignoring case.")
EXPORT_BY = OpenApiParameter("by", enum=list(EXPORTS), description="What a row is, by default a product.")


class CategoryViewSet(SparseFields, IdempotentCreate, RowChanges, RestorableViewSet):
    """The categories of the shop's products. Archive keeps a category to restore it: its products have none then."""

    tag = Tag("categories", "The categories of the products.", for_keys=True)
    root_link = "categories"
    tab = Tab()
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore")
    queryset = Category.objects.order_by("id")
    serializer_class = serializers.CategorySerializer
    verbs = pages.CATEGORY_VERBS
    pages = {"list": pages.CATEGORIES, "retrieve": pages.CATEGORY}
    filterset_class = CategoryFilter
    archived_note = "its products have no category, and restoring brings it back."


ONLY_JSON: dict[str, Any] = {"content_negotiation_class": JSONForFiles, "renderer_classes": [JSONRenderer]}


class ProductViewSet(SparseFields, RowChanges, BaseProductViewSet, RestorableViewSet):
    """The shop's products."""

    tag = Tag("products", "What the shop sells, its alerts and its export.", for_keys=True)
    root_link = "products"
    tab = Tab(covers=("/shop/products/", "/shop/tag/", "/api/items/"))
    rights = {
        **BaseProductViewSet.rights, **grant(READERS, "export", "import_template"),
        **grant(Right.MANAGE_PRODUCTS, "change_many", "restore", "import_products", "import_progress"),
        **grant(Right.MANAGE_PRODUCTS, "upsert", "add_code", "remove_code"),
    }  # fmt: skip
    devices = ("list",)
    live_actions = (*BaseProductViewSet.live_actions, "add_code", "remove_code")
    checked_actions = (*BaseProductViewSet.checked_actions, "add_code", "remove_code")
    serializer_class = serializers.ProductSerializer
    verbs = pages.PRODUCT_VERBS
    forms_elsewhere = ("create",)
    pages = {"list": pages.PRODUCTS, "retrieve": PRODUCT}
    links = {"Low and expired": "product-alerts"}
    left_out = 0  # the number of the variants that a page of the list leaves out, because it has rows of groups
    # The page of the list links to the import and the export in its own way, and that of the import to the template.
    actions_for_programs = (
        "product-import", "product-import-progress", "product-import-template", "product-upsert", "product-codes",
        "product-export",
    )  # fmt: skip

    def find_page(self) -> TablePage | DetailPage | None:
        """Return the page. That of a product has all of the shop's own fields, and the list has the chosen ones."""
        page = super().find_page()
        if page is PRODUCT:
            return show_fields(PRODUCT, self.user)
        if page is not pages.PRODUCTS:
            return page
        return show_groups(show_chosen_fields(pages.PRODUCTS, self.request), self.request, self.left_out)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        is_page = request.accepted_renderer.format == "api"
        if not (is_page and self.account_id and wants_groups(request)):
            return super().list(request, *args, **kwargs)
        response = self.list_live(is_grouped=True)
        self.left_out = self.listed.numbers[1]
        return response

    def get_serializer_class(self) -> Any:
        return ChangeProductsSerializer if self.action == "change_many" else super().get_serializer_class()

    @extend_schema(operation_id="products_change_many", responses=ChangedProductsSerializer)
    @idempotent
    def change_many(self, request: Request) -> Response:
        """Change 1 to 500 products, all or none. The error lists all refused lines.

        A line names its product by `id`, else by `sku`, else by `external_id`. Its other fields are those of a PATCH of
        this product. Changed quantities are booked as one operation.
        """
        values = {"by": self.user, "products": self.select_detailed(), **self.read_body()}
        products = call_service(change_products, values, NothingChanged)
        return Response({"lines": [self.represent(product) for product in products]})

    @extend_schema(parameters=[ARCHIVED], responses=UpsertedProductsSerializer)
    @action(
        detail=False, methods=["post"], pagination_class=None, serializer_class=UpsertProductsSerializer, **ONLY_JSON
    )
    @idempotent
    def upsert(self, request: Request) -> Response:
        """Create or change 1 to 500 products by their `external_id`, all or none. The error lists all refused lines.

        A product that no live product has as its `external_id` is created, and needs `name` and `price`. Otherwise the
        fields of the line are those of a PATCH, except that no quantity is changed. The response has a line for each.
        """
        choice = query_choice(request, "archived", ARCHIVED_CHOICES)
        values = {"by": self.user, "archived": choice, **self.read_body()}
        upserted = call_service(upsert_products, values, NothingChanged)
        return Response({"lines": [line._asdict() for line in upserted]})

    @extend_schema(responses=dict.fromkeys((200, 201), serializers.ProductSerializer))
    @action(
        detail=True, methods=["post"], url_path="codes", url_name="codes", serializer_class=CodeSerializer, **ONLY_JSON
    )
    @idempotent
    def add_code(self, request: Request, **kwargs: Any) -> Response:
        """Add one code to the further codes of the product. 200 if it has the code already."""
        self.get_object()  # a missing product is a 404 even if the body is malformed
        with raise_404_if_missing():
            product, is_new = further_codes.add_code(**self.describe_change(), **self.read_body())
        return self.show(product, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(parameters=[CODE], responses={204: None})
    @add_code.mapping.delete
    def remove_code(self, request: Request, **kwargs: Any) -> Response:
        """Remove one of the further codes of the product. Case is ignored, and 404 if the product does not have it."""
        self.get_object()  # a missing product is a 404 even without a code
        code = query_value(request, "code", StrictTextField(max_length=MAX_CODE_LENGTH))
        if code is None:
            raise ValidationError({"code": [str(Field.default_error_messages["required"])]})
        with raise_404_if_missing():
            further_codes.remove_code(**self.describe_change(), code=code)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def describe_change(self) -> dict[str, Any]:
        """Return the arguments of a service that changes the product of the address."""
        changed = {"by": self.user, "product_id": self.kwargs["pk"], "products": self.select_detailed()}
        return {**changed, "check": self.check_unchanged}

    def perform_restore(self, pk: int) -> Product:
        return product_services.restore_product(by=self.user, product_id=pk, products=self.select_detailed())

    @extend_schema(parameters=[EXPORT_BY, FILE_FORMAT, DIALECT], responses=FILE_RESPONSES, filters=True)
    @action(detail=False, root_link="export", pagination_class=None, content_negotiation_class=AlwaysJSON)
    def export(self, request: Request) -> StreamingHttpResponse:
        """Return the products as CSV or as a workbook, with the filters of the list.

        Text in CSV gets a `'` before each formula that a spreadsheet could find in it: at its start, or after `,`, `;`,
        `|`, a tab or a line end. The import removes these again.

        With `by=holding`, each location and lot of a product is a row of its own, and so is what has neither.
        """
        file_format = query_choice(request, "format", FILE_FORMATS)
        export = EXPORTS[query_choice(request, "by", tuple(EXPORTS))]
        rows = export(self.user, self.filter_queryset(self.get_queryset()))
        return table_response(request, rows, "products", file_format, MONEY_COLUMNS, Words(LABELS, write_titles=None))

    @import_action(
        ImportProductsPage, import_serializers.ImportResultSerializer, ("Two products", IMPORT_EXAMPLE),
        import_serializers.ImportSerializer,
        (
            OpenApiParameter("create_missing", bool, description=import_serializers.CREATE_MISSING),
            OpenApiParameter("create_rates", bool, description=import_serializers.CREATE_RATES),
            OpenApiParameter("columns", str, description=import_serializers.MAPPING_DESCRIPTION),
            OpenApiParameter("moving", bool, description=import_serializers.MOVING),
            OpenApiParameter("header", import_serializers.HEADER_SCHEMA, description=import_serializers.HEADER),
            *(
                OpenApiParameter(name, str, default=values[0], description=import_serializers.CHOICES[name])
                for name, values in VALUES.items()
            ),
        ), tab=Tab(),
    )  # fmt: skip
    def import_products(self, request: Request) -> Any:
        """Create and change products from a CSV file or a workbook (.xlsx, .ods), all or nothing.

        Quantities are booked as one operation.

        A file has up to 100,000 rows. Imports of one account run one after the other.
        """
        sent = SentFile(self)
        given: Any = {name: sent.choose(name, values) for name, values in VALUES.items()}
        choices = Choices(**given, is_moving=sent.is_set("moving"), is_by_person=has_session(request))
        open_file = sent.make_opener(choices)
        created: Any = {name: sent.is_set(name) for name in ("create_missing", "create_rates")}
        with name_by_titles(is_page=isinstance(request.accepted_renderer, ImportProductsPage)):
            if sent.is_set("dry_run"):
                created |= {"open_file": open_file, "file_name": read_file_name(sent.file)}
                return Response(import_products(by=self.user, dry_run=True, **created))
            with store_refusal(by=self.user, file=sent.file, open_file=open_file) as values:
                return import_once(self, request, import_products, **created, **values)

    def list_refused(self) -> Any:
        """Return the last imports that were refused, for the page of the import."""
        rows = Import.objects.for_user(self.user).refused().order_by("-id")[:MAX_REFUSED_SHOWN]
        return RefusedImportSerializer(rows, many=True).data

    @extend_schema(responses=import_serializers.ImportProgressSerializer, filters=False)
    @action(
        detail=False, url_path="import/progress", url_name="import-progress", pagination_class=None,
        throttle_classes=[RequestThrottle], serializer_class=import_serializers.ImportProgressSerializer,
    )  # fmt: skip
    def import_progress(self, request: Request) -> Response:
        """Return how far the shop's import or dry run is that is running now."""
        return Response(find_progress(self.account_id))

    @extend_schema(parameters=[FILE_FORMAT, DIALECT], responses=FILE_RESPONSES, filters=False)
    @action(
        detail=False, url_path="import/template", url_name="import-template", pagination_class=None,
        content_negotiation_class=AlwaysJSON,
    )  # fmt: skip
    def import_template(self, request: Request) -> StreamingHttpResponse:
        """Return an empty file with the header of the import."""
        file_format = query_choice(request, "format", FILE_FORMATS)
        return table_response(
            request, iter([TEMPLATE_COLUMN_NAMES]), "products", file_format, words=Words(LABELS, write_titles=None)
        )


class ItemViewSet(BaseProductViewSet):
    """The shop's products under other field names, with their category as text."""

    tag = Tag("items", "The products with other field names, and every change of their quantities.", for_keys=True)
    root_link = "items"
    rights = BaseProductViewSet.rights | grant(READERS, "levels")
    serializer_class = serializers.ItemSerializer
    verbs = pages.ITEM_VERBS
    pages = {"list": pages.ITEMS, "retrieve": pages.ITEM, "levels": pages.ITEM_LEVELS}

    @extend_schema(responses=serializers.LevelSerializer(many=True))
    @action(detail=False, serializer_class=serializers.LevelSerializer)
    def levels(self, request: Request) -> Response:
        """Return the stock level of each item."""
        return self.list_rows(self.get_queryset(), serializers.LevelSerializer)
