"""The query parameters of the list of reservations."""

from django.db.models import QuerySet

from core.lists.filters import ChoiceFilter, DateFilter, IntegerFilter, ReferenceFilter, SearchFilter
from core.lists.metadata_filters import MetadataFilterSet
from core.lists.row_filters import RowFilter
from products.look_ups import PRODUCTS
from stock.models import MAX_REFERENCE_LENGTH
from trade.customers.look_ups import CUSTOMERS
from trade.reservations.models import CONDITIONS, ReservationState


class StateFilter(ChoiceFilter):
    """A filter by the present state of the reservations."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs.filter(CONDITIONS[ReservationState(value)]) if value else qs


class ReservationFilter(MetadataFilterSet):
    search = SearchFilter(fields=["customer__name", "reference", "note"])
    state = StateFilter(choices=ReservationState.choices, label="Open, fulfilled, released or expired")
    product = RowFilter(PRODUCTS, field_name="lines__product_id", label="Id of a product")
    customer = RowFilter(CUSTOMERS, field_name="customer_id", label="Id of a customer")
    number = IntegerFilter(label="The number")
    wanted_before = DateFilter(field_name="wanted_on", lookup_expr="lt", label="Wanted before this date")
    reference = ReferenceFilter(max_length=MAX_REFERENCE_LENGTH, label="The whole document no.")
