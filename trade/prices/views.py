"""The routes of price groups and of prices."""

from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.renderers import check_if_match
from core.lists.filters import DateFilter, StrictFilterSet
from core.lists.pagination import LogPagination
from core.lists.row_filters import RowFilter
from core.pages.tabs import Tab
from products.filing.files import SentFile, import_action
from products.look_ups import PRODUCTS
from products.models import Product
from products.reading.details import add_details
from products.serializers import ProductSerializer
from records.idempotency.decorators import IdempotentCreate
from stock.line_fields import call_service
from trade.prices import files, pages, serializers, services
from trade.prices.import_services import import_prices
from trade.prices.look_ups import PRICE_GROUPS
from trade.prices.models import PriceGroup, PriceRow
from trade.prices.pages import ImportPricesPage
from trade.prices.reading import ORDER, preview, select_rows, show_margins, show_row
from trade.selling.goods import GoodsKind, list_kinds
from users.access.permissions import READ, READERS, WRITES, Tag, grant
from users.access.roles import Right
from users.reading import shows
from web.view_bases import FileOfList, GenericApiView, SparseFields
from web.viewsets import OwnedMixin, RestorableViewSet, RowChanges, raise_404_if_missing

IMPORT_EXAMPLE = "sku,price group,from,price\nTEA-EARL,,12,8.50\nTEA-EARL,Regulars,,9.00\n"


class PriceGroupViewSet(SparseFields, IdempotentCreate, FileOfList, RowChanges, RestorableViewSet):
    """The price groups of the shop, whose customers pay less. An archived one has no effect until it is restored."""

    tag = Tag("prices", "Prices for customers, quantities and days: docs/prices.md.", for_keys=True)
    root_link = "price-groups"
    tab = Tab(is_offered=shows("prices"), behind="kit-list", number=1)
    list_name, row_name = "Price groups", "Price group"
    rights = READ | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore")
    devices = ("list", "retrieve")
    queryset = PriceGroup.objects.order_by("id")
    serializer_class = serializers.PriceGroupSerializer
    filterset_class = serializers.PriceGroupFilter
    verbs = pages.VERBS
    pages = {"list": pages.PRICE_GROUPS, "retrieve": pages.PRICE_GROUP}
    archived_note = "it has no effect, and restoring brings it back."

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = services.create_group(owner_id=self.account_id, **serializer.validated_data)

    def perform_destroy(self, instance: PriceGroup) -> None:
        with raise_404_if_missing():
            services.archive_group(owner_id=self.account_id, pk=instance.pk, check=self.check_unchanged)

    def perform_restore(self, pk: int) -> PriceGroup:
        return services.restore_group(owner_id=self.account_id, pk=pk)


class RowsView(GenericApiView):
    """The base of the views of the prices of one product, or of other goods."""

    tag = "prices"
    rights = grant(READERS, "get") | grant(Right.MANAGE_PRODUCTS, "put")
    devices = ("get",)
    serializer_class = serializers.PricesSerializer
    has_etags, checked_actions = True, ("put",)
    forms_elsewhere = ("put",)  # the page of the prices has its form
    column: str
    queryset: Any
    goods_serializer: Any = ProductSerializer

    def get_object(self) -> Any:
        """Return the goods. Raise Http404 unless the address names a live one of the shop."""
        return get_object_or_404(self.select_goods().live(), pk=self.kwargs["pk"])

    def select_goods(self) -> Any:
        return self.queryset.for_user(self.user)

    def describe_page(self) -> dict[str, Any]:
        """Return what the page shows."""
        goods = self.get_object()
        return show_margins(self.user, self.describe_goods(goods), goods, self.select_rows())

    def describe_goods(self, goods: Any) -> Any:
        """Return the body whose ETag a client sends."""
        return self.goods_serializer(goods, context=self.get_serializer_context()).data

    def select_rows(self) -> Any:
        return select_rows(self.user).filter(**{self.column: self.kwargs["pk"]}).order_by(*ORDER)

    def show_rows(self) -> Response:
        return Response(self.show_stored())

    def show_stored(self) -> Any:
        return {"rows": [show_row(row) for row in self.select_rows()]}

    @extend_schema(responses=serializers.ShownPricesSerializer)
    def get(self, request: Request, **kwargs: int) -> Response:
        """Return the present prices besides the list price."""
        self.get_object()
        return self.show_rows()

    @extend_schema(request=serializers.PricesSerializer, responses=serializers.ShownPricesSerializer)
    def put(self, request: Request, **kwargs: int) -> Response:
        """Replace all prices besides the list price. `If-Match` has the ETag of the product or kit."""
        self.get_object()  # a missing row is a 404 even if the body is malformed
        rows = self.read_body()["rows"]
        with raise_404_if_missing():
            services.replace_rows(
                by=self.user,
                kind=self.column,
                goods=self.select_goods(),
                pk=self.kwargs["pk"],
                rows=rows,
                check=lambda locked: check_if_match(request, self.describe_goods(locked)),
            )
        return self.show_rows()


class ProductRowsView(RowsView):
    """The prices of a product."""

    column, queryset, pages = "product", Product.objects.all(), {"get": pages.make_rows_page("Product", "product")}

    def select_goods(self) -> Any:
        return add_details(super().select_goods(), self.user)


def make_rows_view(kind: GoodsKind) -> Any:
    """Return the view of the prices of goods of the kind."""
    named = {
        "__doc__": f"The prices of a {kind.name}.",
        "column": kind.name,
        "queryset": kind.model.objects.all(),
        "goods_serializer": kind.serializer,
        "pages": {"get": pages.make_rows_page(kind.title, kind.name)},
    }
    return type(f"{kind.name.capitalize()}RowsView", (RowsView,), named)


class OnFilter(DateFilter):
    """The prices that are in force on a day, by the days of present rows."""

    def filter(self, qs: Any, value: Any) -> Any:
        starts, ends = Q(starts_on=None) | Q(starts_on__lte=value), Q(ends_on=None) | Q(ends_on__gte=value)
        return qs.filter(starts, ends) if value else qs


class PriceFilter(StrictFilterSet):
    product = RowFilter(PRODUCTS, label="Id of a product")
    vars().update({kind.name: RowFilter(kind.look_up, label=f"Id of a {kind.name}") for kind in list_kinds()})
    price_group = RowFilter(PRICE_GROUPS, field_name="price_group_id", label="Id of a price group")
    on = OnFilter(label="In force on this day")


class PriceViewSet(FileOfList, ListModelMixin, OwnedMixin):
    """The prices of products and kits besides their list prices, the newest first."""

    tag, root_link = "prices", "prices"
    tab = Tab(is_offered=shows("prices"), behind="kit-list")
    list_name = "Prices"
    rights = grant(READERS, "list") | grant(Right.MANAGE_PRODUCTS, "import_prices")
    queryset = PriceRow.objects.all()
    serializer_class = serializers.ListedPriceSerializer
    filterset_class = PriceFilter
    pagination_class = LogPagination
    forms_elsewhere = ("import_prices",)
    pages = {"list": pages.PRICES}
    file_labels, file_money = files.LABELS, files.MONEY

    def get_queryset(self) -> Any:
        return select_rows(self.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """List the present prices. A file has all of them, by product and kit."""
        return super().list(request, *args, **kwargs)

    def export_rows(self, found: Any) -> Any:
        return files.export_rows(found.order_by(*ORDER).iterator())

    @import_action(ImportPricesPage, serializers.ImportedPricesSerializer, ("Two prices of a product", IMPORT_EXAMPLE))
    def import_prices(self, request: Request) -> Any:
        """Replace the prices of the products and kits of a CSV file or a workbook (.xlsx, .ods), all or nothing.

        A row with no price takes all prices from its product or kit. A file has up to 2,000 rows.
        """
        return SentFile(self).import_table(files.TABLE, import_prices)


class PreviewView(GenericApiView):
    """What goods would cost a customer."""

    tag = "prices"
    rights = grant(READERS, "post")
    devices = ("post",)
    serializer_class = serializers.PreviewSerializer
    forms_elsewhere = ("post",)  # Sell shows the same

    @extend_schema(responses=serializers.PricedSerializer)
    def post(self, request: Request) -> Response:
        """Return which prices apply to 1 to 500 lines, and from which quantity each is cheaper. It stores nothing."""
        return Response(call_service(preview, {"by": self.user, **self.read_body()}))
