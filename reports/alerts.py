"""The products that need attention: low ones and expired ones."""

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, QuerySet, Value

from products.models import Product
from products.querysets import LOW_STOCK, ProductQuerySet, today

ROWS_AT_A_TIME = 1000
MAX_ROWS_ON_A_PAGE = 100  # of a page for people, which is rendered in one piece; a row may have 10,000 characters


def alerts(user: Any) -> dict[str, ProductQuerySet]:
    """Return the low products, the most urgent first, and the expired ones, the oldest first."""
    products = Product.objects.for_user(user).live().detailed()
    return {
        "low_stock": products.filter(LOW_STOCK).order_by(F("quantity") - F("min_threshold"), "id"),
        "expired": products.filter(expiration_date__lte=today()).order_by("expiration_date", "id"),
    }


def in_parts(user: Any, products: ProductQuerySet) -> Iterator[QuerySet]:
    """Yield the user's products in their order, ROWS_AT_A_TIME a query. Each comes once, as it is then."""
    ids = list(products.values_list("id", flat=True))
    parts = (ids[start : start + ROWS_AT_A_TIME] for start in range(0, len(ids), ROWS_AT_A_TIME))
    rows = Product.objects.for_user(user).detailed()
    return (rows.filter(id__in=part).order_by(position_in(part)) for part in parts)


def position_in(ids: list[int]) -> Func:
    return Func(Value(ids, output_field=ArrayField(BigIntegerField())), F("id"), function="array_position")
