"""The routes of levels."""

from dataclasses import replace
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from core.lists.filters import StrictFilterSet
from core.lists.pagination import LogPagination
from core.lists.row_filters import RowFilter
from core.sentences import fill
from products.filing.files import SentFile, import_action
from products.look_ups import PRODUCTS
from stock.errors import NothingChanged
from stock.levels import files, pages, serializers
from stock.levels.import_services import import_levels
from stock.levels.models import Level
from stock.levels.pages import ImportLevelsPage
from stock.levels.reading import select_levels
from stock.levels.services import set_levels
from stock.line_fields import call_service
from stock.models import Location
from stock.places.look_ups import LOCATIONS
from users.access.permissions import READERS, grant
from users.access.roles import Right
from web.view_bases import FileOfList, GenericApiView
from web.viewsets import OwnedMixin, raise_404_if_missing

IMPORT_EXAMPLE = "location,sku,low_at,fill_to\nShelf,TEA-EARL,2,12\n"


class LevelFilter(StrictFilterSet):
    product = RowFilter(PRODUCTS, field_name="product_id", label="Id of a product")


class ShopLevelFilter(LevelFilter):
    location = RowFilter(LOCATIONS, field_name="location_id", label="Id of a location")


class LocationLevelsView(GenericApiView):
    """How much of which products is to lie at a place."""

    name, tag = "Levels of this place", "locations"
    rights = grant(READERS, "get") | grant(Right.MANAGE_PRODUCTS, "put")
    queryset = Location.objects.all()
    serializer_class = serializers.WritePlaceLevelsSerializer
    filterset_class = LevelFilter
    pagination_class = LogPagination
    forms_elsewhere = ("put",)  # the page of the levels has its form
    pages = {"get": pages.LEVELS_OF_PLACE}

    def get_object(self) -> Location:
        """Return the live location whose id is in the URL. Raise Http404."""
        return get_object_or_404(Location.objects.for_user(self.user).live(), pk=self.kwargs["pk"])

    def find_page(self) -> Any:
        """Return the page, whose title and button are those of the place."""
        return replace(
            pages.LEVELS_OF_PLACE,
            title=lambda _rows: fill("Levels: {name}", name=self.get_object().name),
            tasks=pages.list_tasks(self.kwargs["pk"]),
        )

    @extend_schema(filters=True, responses=serializers.PlaceLevelSerializer(many=True))
    def get(self, request: Request, **kwargs: int) -> Response:
        """List the levels of a place, the newest first. Those of archived products are left out."""
        self.get_object()
        rows = self.paginate_queryset(self.filter_queryset(select_levels(self.user).filter(location=self.kwargs["pk"])))
        return self.get_paginated_response(serializers.PlaceLevelSerializer(rows, many=True).data)

    @extend_schema(
        request=serializers.WritePlaceLevelsSerializer, responses=serializers.PlaceLevelSerializer(many=True)
    )
    def put(self, request: Request, **kwargs: int) -> Response:
        """Set or remove the levels of up to 500 products at a place, all or none. The others stay.

        The response has the levels of the place, those that were set first.
        """
        self.get_object()  # a missing row is a 404 even if the body is malformed
        with raise_404_if_missing():
            values = {"by": self.user, "location_id": self.kwargs["pk"], **self.read_body()}
            call_service(set_levels, values, NothingChanged)
        return self.get(request)


class LevelViewSet(FileOfList, ListModelMixin, OwnedMixin):
    """How much of which products is to lie at the places of the shop, the newest first."""

    tag, root_link = "locations", "refill_levels"  # `levels` is that of stock at an instant
    list_name = "Levels of places"
    rights = grant(READERS, "list") | grant(Right.MANAGE_PRODUCTS, "import_levels")
    queryset = Level.objects.all()
    serializer_class = serializers.PlaceLevelSerializer
    filterset_class = ShopLevelFilter
    pagination_class = LogPagination
    forms_elsewhere = ("import_levels",)
    pages = {"list": pages.LEVELS}
    file_labels = files.LABELS

    def get_queryset(self) -> Any:
        return select_levels(self.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """List the levels of all places. A file has all of them, by place and product."""
        return super().list(request, *args, **kwargs)

    def export_rows(self, found: Any) -> Any:
        return files.export_rows(found.order_by("location_id", "product_id").iterator())

    @import_action(ImportLevelsPage, serializers.ImportedLevelsSerializer, ("A level of a place", IMPORT_EXAMPLE))
    def import_levels(self, request: Request) -> Any:
        """Set levels from a CSV file or a workbook (.xlsx, .ods), all or nothing. Those that it does not name stay.

        A row with two empty amounts removes a level. A file has up to 2,000 rows.
        """
        return SentFile(self).import_table(files.TABLE, import_levels)
