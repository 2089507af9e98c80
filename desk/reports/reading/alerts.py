"""Alerts: the products that are low on stock, those that have expired, and those that share a GTIN."""

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, QuerySet, Value

from products.codes.reading.scanning import find_shared_gtins
from products.models import Product
from products.querysets import ProductQuerySet
from products.reading.details import add_details, order_by_expiry, select_expired
from users.models import User

SAME_GTIN = "same_gtin"
ROWS_AT_A_TIME = 1000
# The limit of each list of the HTML page, which is rendered in memory; a row may have 10,000 characters.
MAX_HTML_ROWS = 100


def find_alerts(user: User) -> dict[str, ProductQuerySet]:
    """Return the products low on stock, the most urgent first, and the expired ones, the earliest date first."""
    products = add_details(Product.objects.for_user(user).live(), user, is_page=True)
    return {
        "low_stock": products.filter(is_low_stock=True).order_by(F("quantity") - F("min_threshold"), "id"),
        "expired": order_by_expiry(select_expired(products, user), user),
    }


def find_all_alerts(user: User) -> dict[str, ProductQuerySet]:
    """Return the products of find_alerts(), and those that share a GTIN with another one."""
    ids = find_shared_gtins(user)
    products = add_details(Product.objects.for_user(user).live(), user, is_page=True)
    return {**find_alerts(user), SAME_GTIN: order_as(products.filter(id__in=ids), ids)}


def order_as(products: QuerySet, ids: list[int]) -> Any:
    return products.order_by(Func(Value(ids, ArrayField(BigIntegerField())), F("id"), function="array_position"))


def split_into_batches(user: User, products: ProductQuerySet) -> Iterator[QuerySet]:
    """Return querysets of ROWS_AT_A_TIME products each, in order. The rows of each are read later."""
    ids = list(products.values_list("id", flat=True))
    batches = (ids[start : start + ROWS_AT_A_TIME] for start in range(0, len(ids), ROWS_AT_A_TIME))
    rows = add_details(Product.objects.for_user(user), user, is_page=True)
    return (order_as(rows.filter(id__in=batch), batch) for batch in batches)
