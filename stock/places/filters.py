"""The query parameters of the lists of locations and lots."""

from typing import Any

from django.db.models import QuerySet

from core.lists.filters import BooleanFilter, DateFilter, OrderingFilter, SearchFilter, StrictFilterSet
from core.lists.row_filters import RowFilter
from products.look_ups import PRODUCTS
from stock.places.querysets import LotQuerySet


class LocationFilter(StrictFilterSet):
    archived = BooleanFilter(method="return_unfiltered", label="The archived locations instead of the others")
    search = SearchFilter(fields=["name", "note"])
    ordering = OrderingFilter(fields=["name", "created_at"])

    @classmethod
    def filter_by_default(cls, queryset: Any) -> Any:
        return queryset.live()

    def filter_queryset(self, queryset: Any) -> Any:
        archived = self.form.cleaned_data["archived"]
        locations = queryset.exclude(archived_at=None) if archived else self.filter_by_default(queryset)
        return super().filter_queryset(locations)

    def return_unfiltered(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """Return the queryset unchanged: filter_queryset() reads `archived`."""
        return queryset


class LotFilter(StrictFilterSet):
    product = RowFilter(PRODUCTS, field_name="product_id", label="Id of a product")
    expires_before = DateFilter(field_name="expires_on", lookup_expr="lt", label="Expires before this date")
    in_stock = BooleanFilter(method="filter_in_stock", label="More than 0 in stock")
    search = SearchFilter(fields=["code", "product__name"])
    ordering = OrderingFilter(fields=["code", "expires_on", "created_at"])

    def filter_in_stock(self, queryset: LotQuerySet, name: str, value: bool) -> QuerySet:
        return queryset.in_stock(self.request.user, value)
