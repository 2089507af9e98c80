"""The routes of locations, lots and the holdings of a product."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from core.lists import filters
from core.lists.row_filters import RowFilter
from core.pages.tabs import Tab
from products.look_ups import PRODUCTS
from products.models import Product
from records.idempotency.decorators import IdempotentCreate
from stock.models import Holding, Location, Lot
from stock.models.querysets import LotQuerySet
from stock.places import pages, services
from stock.places.hooks import BESIDE_LOCATIONS
from stock.places.serializers import HoldingAtLocationSerializer, LocationSerializer, LotSerializer
from stock.reading.operations import read_holdings
from stock.serializers import ProductHoldingsSerializer
from users.access.permissions import READ, READERS, WRITES, Tag, grant
from users.access.roles import Right
from users.reading import shows
from web.view_bases import GenericApiView
from web.viewsets import ETagMixin, OwnedReadViewSet, RestorableViewSet, raise_404_if_missing


class LocationFilter(filters.ArchivedFilterSet):
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived places instead of the others")
    search = filters.SearchFilter(fields=["name", "note"])
    ordering = filters.OrderingFilter(fields=["name", "created_at"])


class LotFilter(filters.StrictFilterSet):
    product = RowFilter(PRODUCTS, field_name="product_id", label="Id of a product")
    expires_before = filters.DateFilter(field_name="expires_on", lookup_expr="lt", label="Expires before this date")
    in_stock = filters.BooleanFilter(method="filter_in_stock", label="More than 0 in stock")
    search = filters.SearchFilter(fields=["code", "product__name"])
    ordering = filters.OrderingFilter(fields=["code", "expires_on", "created_at"])

    def filter_in_stock(self, queryset: LotQuerySet, name: str, value: bool) -> QuerySet:
        return queryset.in_stock(self.request.user, value)


class LocationViewSet(IdempotentCreate, RestorableViewSet):
    """The places where the shop's stock lies. Archive keeps the history of a place, which must hold nothing."""

    tag = Tag("locations", "Where stock lies: shelves, cellars, vans.", for_keys=True)
    root_link = "locations"
    tab = Tab(is_offered=shows("places"))
    rights = READ | grant(READERS, "holdings") | grant(Right.MANAGE_PRODUCTS, *WRITES, "restore")
    list_name, row_name = "Places", "Place"
    queryset = Location.objects.order_by("id")
    serializer_class = LocationSerializer
    verbs = pages.LOCATION_VERBS
    pages = {"list": pages.LOCATIONS, "retrieve": pages.LOCATION, "holdings": pages.SHELF}
    filterset_class = LocationFilter
    archived_note = "its name stays in the history, and restoring brings it back."
    form_fields = {one.name: one.form_field for one in BESIDE_LOCATIONS.complete()}

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return BESIDE_LOCATIONS.annotate(self.user, rows) if self.action in ("list", "retrieve") else rows

    def perform_destroy(self, instance: Location) -> None:
        with raise_404_if_missing():
            services.archive_location(by=self.user, location_id=instance.pk, check=self.check_unchanged)

    def destroy(self, *args: Any, **kwargs: Any) -> Any:
        """Archive the location. Refused while something lies there."""
        return super().destroy(*args, **kwargs)

    def perform_restore(self, pk: int) -> Location:
        return services.restore_location(by=self.user, location_id=pk)

    @extend_schema(responses=HoldingAtLocationSerializer(many=True), filters=False)
    @action(detail=True, serializer_class=HoldingAtLocationSerializer)
    def holdings(self, request: Request, **kwargs: Any) -> Response:
        """Return the holdings at the location, by name of the product."""
        holdings = self.get_object().holdings.for_user(self.user)
        return self.list_rows(holdings.order_by("product__name", "id"), HoldingAtLocationSerializer)


class LotViewSet(ETagMixin, mixins.UpdateModelMixin, OwnedReadViewSet):
    """The lots of the shop's products. The delivery that brings a lot creates it."""

    tag = Tag("lots", "The lots of products, with their dates.", for_keys=True)
    root_link = "lots"
    tab = Tab(is_offered=shows("lots"))
    rights = READ | grant(Right.MANAGE_PRODUCTS, "update", "partial_update")
    queryset = Lot.objects.order_by("id")
    serializer_class = LotSerializer
    verbs = pages.LOT_VERBS
    pages = {"list": pages.LOTS, "retrieve": pages.LOT}
    filterset_class = LotFilter

    def get_queryset(self) -> LotQuerySet:
        """Return the lots. The list omits those of archived products."""
        lots: LotQuerySet = super().get_queryset().detailed(self.user)
        return lots.filter(product__archived_at=None) if self.action == "list" else lots

    def perform_update(self, serializer: BaseSerializer) -> None:
        """Save the code and the date."""
        with raise_404_if_missing():
            serializer.instance = services.change_lot(
                by=self.user, lot_id=self.kwargs["pk"], check=self.check_unchanged, **serializer.validated_data
            )


class ProductHoldingsView(GenericApiView):
    """The holdings of a product."""

    tag, rights = "products", READ
    queryset = Holding.objects.all()
    serializer_class = ProductHoldingsSerializer
    pagination_class = None
    pages = {"get": pages.HOLDINGS}

    def get_object(self) -> Product:
        """Return the product whose id is in the URL. Raise Http404."""
        return get_object_or_404(Product.objects.for_user(self.user), pk=self.kwargs["product_id"])

    @extend_schema(responses=ProductHoldingsSerializer)
    def get(self, request: Request, product_id: int) -> Response:
        """Return the holdings of a product, in the order in which a sale takes from them.

        Archived products have holdings, too.

        A sale takes lots that have not expired, the earliest date first; then what has no date, the oldest first; then
        what is not held; and expired lots last.
        """
        with raise_404_if_missing():
            holdings = read_holdings(self.user, product_id)
        return self.show(holdings)
