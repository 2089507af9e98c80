"""The query parameters of the lists of locations and lots."""

from django.db.models import QuerySet

from core.lists.archived_filters import ArchivedFilterSet
from core.lists.filters import BooleanFilter, DateFilter, OrderingFilter, SearchFilter, StrictFilterSet
from core.lists.row_filters import RowFilter
from products.look_ups import PRODUCTS
from stock.places.querysets import LotQuerySet


class LocationFilter(ArchivedFilterSet):
    archived = BooleanFilter(method="return_unfiltered", label="The archived locations instead of the others")
    search = SearchFilter(fields=["name", "note"])
    ordering = OrderingFilter(fields=["name", "created_at"])


class LotFilter(StrictFilterSet):
    product = RowFilter(PRODUCTS, field_name="product_id", label="Id of a product")
    expires_before = DateFilter(field_name="expires_on", lookup_expr="lt", label="Expires before this date")
    in_stock = BooleanFilter(method="filter_in_stock", label="More than 0 in stock")
    search = SearchFilter(fields=["code", "product__name"])
    ordering = OrderingFilter(fields=["code", "expires_on", "created_at"])

    def filter_in_stock(self, queryset: LotQuerySet, name: str, value: bool) -> QuerySet:
        return queryset.in_stock(self.request.user, value)
