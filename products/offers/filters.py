"""The query parameters of the list of offers."""

from typing import Any

from core.lists.filters import StrictFilterSet, TextFilter
from core.lists.row_filters import RowFilter
from products.look_ups import PRODUCTS
from products.offers.reading import ListedOffers
from suppliers.look_ups import SUPPLIERS


class OfferFilter(StrictFilterSet):
    product = RowFilter(PRODUCTS, label="Id of a product")
    supplier = RowFilter(SUPPLIERS, label="Id of a supplier")
    supplier_sku = TextFilter(max_length=64, label="The supplier's whole SKU, ignoring case")

    def filter_queryset(self, queryset: ListedOffers) -> Any:
        """Return the offers with the given values."""
        given = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        return queryset.filter(**given)
