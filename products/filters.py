"""The product list's query parameters."""

from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from core.fields import MAX_ID, MAX_QUANTITY
from core.filters import (
    AmountFilter,
    BooleanFilter,
    IntegerFilter,
    OrderingFilter,
    SearchFilter,
    StrictFilterSet,
    TextFilter,
)
from products.querysets import LOW_STOCK, ProductQuerySet, today


class CodeFilter(TextFilter):
    """A whole code, ignoring case. Says that it is not empty in the words of the unique index, so that that serves."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if not value:
            return qs
        return qs.filter(~Q(**{self.field_name: ""}), **{f"{self.field_name}__lower": Lower(Value(value))})


def id_or_name(text: str) -> int | str:
    """A category as a query names it: digits are an id, 0 for one that no row can have, anything else is a name."""
    if not (text.isascii() and text.isdigit()):
        return text
    return int(text) if int(text) <= MAX_ID else 0


class CategoryFilter(StrictFilterSet):
    search = SearchFilter(fields=["name"])
    ordering = OrderingFilter(fields=["name", "created_at"])


class ProductFilter(StrictFilterSet):
    sku = CodeFilter(label="The whole SKU, ignoring case")
    barcode = CodeFilter(label="The whole barcode, ignoring case")
    category = TextFilter(method="by_category", label="Id or name, ignoring case", max_length=255)
    supplier = IntegerFilter(field_name="supplier_id", label="Id of a supplier")
    min_price = AmountFilter(field_name="price", lookup_expr="gte", label="This price or more")
    max_price = AmountFilter(field_name="price", lookup_expr="lte", label="This price or less")
    low_stock = BooleanFilter(method="by_low_stock", label="At or below the threshold")
    threshold = IntegerFilter(
        method="as_it_is", max_value=MAX_QUANTITY, label="With low_stock: stands for every product's min_threshold"
    )
    expired = BooleanFilter(method="by_expired", label="Expires today or before")
    archived = BooleanFilter(method="as_it_is", label="true: the archived products instead")
    search = SearchFilter(fields=["name", "description", "sku", "barcode", "category__name"])
    ordering = OrderingFilter(fields=["name", "price", "quantity", "created_at", "updated_at"])

    @classmethod
    def filter_by_default(cls, queryset: Any) -> Any:
        return queryset.live()

    def filter_queryset(self, queryset: Any) -> Any:
        archived = self.form.cleaned_data["archived"]
        products = queryset.exclude(archived_at=None) if archived else self.filter_by_default(queryset)
        return super().filter_queryset(products)

    def by_category(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        category = id_or_name(value)
        if isinstance(category, int):
            return queryset.filter(category_id=category)
        return queryset.filter(category__name__lower=Lower(Value(category)))

    def by_low_stock(self, queryset: ProductQuerySet, name: str, value: bool) -> QuerySet:
        threshold = self.form.cleaned_data["threshold"]
        low = LOW_STOCK if threshold is None else Q(quantity__lte=threshold)
        return queryset.filter(low if value else ~low)

    def by_expired(self, queryset: ProductQuerySet, name: str, value: bool) -> QuerySet:
        expired = Q(expiration_date__lte=today())
        return queryset.filter(expired) if value else queryset.exclude(expired)

    def as_it_is(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """Read elsewhere: `archived` before the other filters, `threshold` with low_stock."""
        return queryset
