"""Alerts: the products that are low on stock, and those that have expired."""

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, QuerySet, Value

from core.lists.serialization import get_row_serializer
from products.models import Product
from products.on_order import add_on_order
from products.querysets import ProductQuerySet
from products.serializers import ProductSerializer

ROWS_AT_A_TIME = 1000
# The limit of each list of the HTML page, which is rendered in memory; a row may have 10,000 characters.
MAX_HTML_ROWS = 100


def find_alerts(user: Any) -> dict[str, ProductQuerySet]:
    """Return the products low on stock, the most urgent first, and the expired ones, the earliest date first."""
    products = Product.objects.for_user(user).live().detailed(user, is_page=True)
    return {
        "low_stock": products.filter(is_low_stock=True).order_by(F("quantity") - F("min_threshold"), "id"),
        "expired": products.expired(user).order_by_expiry(user),
    }


def split_into_batches(user: Any, products: ProductQuerySet) -> Iterator[QuerySet]:
    """Return querysets of ROWS_AT_A_TIME products each, in order.

    The ids are read now, the rows of each batch later.
    """
    ids = list(products.values_list("id", flat=True))
    batches = (ids[start : start + ROWS_AT_A_TIME] for start in range(0, len(ids), ROWS_AT_A_TIME))
    rows = Product.objects.for_user(user).detailed(user, is_page=True)
    return (rows.filter(id__in=batch).order_by(build_position(batch)) for batch in batches)


def serialize(user: Any, products: QuerySet) -> list[dict[str, Any]]:
    """Return the products as rows of a response. If something is on order, execute one more statement."""
    rows = get_row_serializer(ProductSerializer).serialize_queryset(products)
    add_on_order(user.account_id, rows)
    return rows


def build_position(ids: list[int]) -> Func:
    """Return an expression for the position of a row's id in the list."""
    return Func(Value(ids, output_field=ArrayField(BigIntegerField())), F("id"), function="array_position")
