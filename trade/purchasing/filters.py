"""The query parameters of the list of orders."""

from django.db.models import QuerySet

from core.lists.filters import BooleanFilter, ChoiceFilter, DateFilter, ReferenceFilter, SearchFilter
from core.lists.metadata_filters import MetadataFilterSet
from core.lists.row_filters import ExternalIdFilter, RowFilter
from products.look_ups import PRODUCTS
from stock.models import MAX_REFERENCE_LENGTH
from suppliers.look_ups import SUPPLIERS
from trade.purchasing.lines import list_outstanding_orders
from trade.purchasing.models import OrderState


class OutstandingFilter(BooleanFilter):
    def filter(self, qs: QuerySet, value: bool | None) -> QuerySet:
        if value is None:
            return qs
        ids = list_outstanding_orders(self.parent.request.user.account_id)
        return qs.filter(pk__in=ids) if value else qs.exclude(pk__in=ids)


class OrderFilter(MetadataFilterSet):
    search = SearchFilter(fields=["supplier_name", "reference", "note"])
    state = ChoiceFilter(choices=OrderState.choices, label="Draft, sent or closed")
    outstanding = OutstandingFilter(label="Whether something of the order is still to come")
    supplier = RowFilter(SUPPLIERS, field_name="supplier_id", label="Id of a supplier")
    product = RowFilter(PRODUCTS, field_name="lines__product_id", label="Id of a product")
    reference = ReferenceFilter(max_length=MAX_REFERENCE_LENGTH, label="The whole document no.")
    external_id = ExternalIdFilter()
    expected_before = DateFilter(field_name="expected_on", lookup_expr="lt", label="Expected before this date")
