"""The query parameters of the lists of locations and lots."""

from django.db.models import QuerySet

from core.lists import filters
from core.lists.row_filters import RowFilter
from products.look_ups import PRODUCTS
from stock.places.querysets import LotQuerySet


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
