"""The query parameters of the lists of orders and quotes."""

from core.lists.filters import IntegerFilter, ReferenceFilter, SearchFilter
from core.lists.row_filters import MetadataFilterSet, RowFilter
from products.look_ups import PRODUCTS
from stock.models import MAX_REFERENCE_LENGTH
from trade.customers.look_ups import CUSTOMERS


class OrderedFilter(MetadataFilterSet):
    search = SearchFilter(fields=["customer__name", "reference", "note"], number="number")
    product = RowFilter(PRODUCTS, field_name="lines__product_id", distinct=True, label="Id of a product")
    customer = RowFilter(CUSTOMERS, field_name="customer_id", label="Id of a customer")
    number = IntegerFilter(label="The number")
    reference = ReferenceFilter(max_length=MAX_REFERENCE_LENGTH, label="The whole text of “for whom”")
    reference.title = "For whom"
