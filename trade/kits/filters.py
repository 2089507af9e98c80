from typing import Any

from django.db.models import QuerySet

from core.lists.filters import (
    ArchivedFilterSet,
    BooleanFilter,
    InstantFilter,
    OrderingFilter,
    SearchFilter,
    StrictIntegerField,
)
from core.lists.metadata_filters import MetadataFilterSet
from core.lists.row_filters import MAX_VALUES, CodeFilter, ExternalIdFilter, RowFilter, ValueListFilter
from products.look_ups import PRODUCTS
from trade.kits.models import KitPart


class PartFilter(RowFilter):
    """The kits of which this product is a part."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(pk__in=KitPart.objects.filter(product=value).values("kit")) if value else qs


class KitFilter(MetadataFilterSet, ArchivedFilterSet):
    archived = BooleanFilter(method="return_unfiltered", label="The archived kits instead of the others")
    id__in = ValueListFilter(
        "id", "in", item=StrictIntegerField(), label=f"Up to {MAX_VALUES} ids, with commas between them"
    )
    search = SearchFilter(fields=["name", "sku", "barcode", "external_id"])
    product = PartFilter(PRODUCTS, label="Id of a product that is a part")
    sku = CodeFilter(label="The whole SKU, ignoring case")
    barcode = CodeFilter(label="The whole barcode, ignoring case")
    external_id = ExternalIdFilter()
    updated_after = InstantFilter("updated_at", "gte", label="Changed at this time or later")
    updated_before = InstantFilter("updated_at", "lt", label="Last changed before this time")
    ordering = OrderingFilter(fields=["name", "price", "created_at", "updated_at"])
