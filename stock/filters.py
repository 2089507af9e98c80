"""The movement list's query parameters."""

import django_filters

from inventory_api.filters import InstantFilter, IntegerFilter, StrictFilterSet, TextFilter
from products.filters import CodeFilter
from stock.models import MAX_REFERENCE_LENGTH, MovementType, Reason


class MovementFilter(StrictFilterSet):
    product = IntegerFilter(field_name="product_id", label="Id of a product")
    sku = CodeFilter(field_name="product__sku", label="The product's SKU, ignoring case")
    operation = IntegerFilter(field_name="operation_id", label="Id of an operation")
    movement_type = django_filters.ChoiceFilter(choices=MovementType.choices, label="In or out")
    reason = django_filters.ChoiceFilter(
        field_name="operation__reason", choices=Reason.choices, label="Why it was booked"
    )
    reference = TextFilter(
        field_name="operation__reference", max_length=MAX_REFERENCE_LENGTH, label="The whole reference"
    )
    performed_by = IntegerFilter(field_name="operation__performed_by_id", label="Id of a user")
    after = InstantFilter(field_name="operation__occurred_at", lookup_expr="gte", label="Happened then or later")
    before = InstantFilter(field_name="operation__occurred_at", lookup_expr="lt", label="Happened earlier")
    recorded_after = InstantFilter(field_name="operation__created_at", lookup_expr="gte", label="Booked then or later")
    recorded_before = InstantFilter(field_name="operation__created_at", lookup_expr="lt", label="Booked earlier")


class OperationFilter(StrictFilterSet):
    reason = django_filters.ChoiceFilter(choices=Reason.choices, label="Why it was booked")
    reference = TextFilter(max_length=MAX_REFERENCE_LENGTH, label="The whole reference")
    performed_by = IntegerFilter(field_name="performed_by_id", label="Id of a user")
    after = InstantFilter(field_name="occurred_at", lookup_expr="gte", label="Happened then or later")
    before = InstantFilter(field_name="occurred_at", lookup_expr="lt", label="Happened earlier")
    recorded_after = InstantFilter(field_name="created_at", lookup_expr="gte", label="Booked then or later")
    recorded_before = InstantFilter(field_name="created_at", lookup_expr="lt", label="Booked earlier")


class ItemChangeFilter(StrictFilterSet):
    item = IntegerFilter(field_name="product_id", label="Id of an item")
    user = IntegerFilter(field_name="operation__performed_by_id", label="Id of a user")
