"""Alerts: the products that are low on stock, and those that have expired."""

from collections.abc import Iterator

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, QuerySet, Value

from products.models import Product
from products.querysets import ProductQuerySet
from products.reading.details import add_details, order_by_expiry, select_expired
from users.models import User

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


def split_into_batches(user: User, products: ProductQuerySet) -> Iterator[QuerySet]:
    """Return querysets of ROWS_AT_A_TIME products each, in order. The rows of each are read later."""
    ids = list(products.values_list("id", flat=True))
    batches = (ids[start : start + ROWS_AT_A_TIME] for start in range(0, len(ids), ROWS_AT_A_TIME))
    rows = add_details(Product.objects.for_user(user), user, is_page=True)
    ids_type = ArrayField(BigIntegerField())
    return (
        rows.filter(id__in=batch).order_by(Func(Value(batch, ids_type), F("id"), function="array_position"))
        for batch in batches
    )
