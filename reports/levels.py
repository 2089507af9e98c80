"""Stock levels at an instant, by the time when things happened or when they were recorded."""

from datetime import datetime
from typing import Any

from django.db import connection

from products.models import Product
from reports import sql_levels
from stock.models import LATE

CLOCKS = ("occurred", "recorded")
MAX_OPERATIONS_LOOKED_UP = 5000  # one by one; if there are more, all movements of the products are read


def list_levels(products: list[Product], instant: datetime, clock: str) -> list[dict[str, Any]]:
    """Return the names and levels of these products, which belong to one account."""
    quantities = compute_quantities(products[0].owner_id, products, instant, clock) if products else {}
    return [{"product": p.pk, "name": p.name, "sku": p.sku, "quantity": quantities[p.pk]} for p in products]


def compute_quantities(owner_id: int, products: list[Product], instant: datetime, clock: str) -> dict[int, int]:
    """Return the quantity of each product at the instant, by product id.

    By the clock `occurred`, movements count from the time they happened, even if recorded later, so a quantity may be
    negative. By `recorded`, it is the balance that the ledger showed at the instant.
    """
    parameters: dict[str, Any] = {
        "owner": owner_id,
        "products": [product.pk for product in products],
        "instant": instant,
    }
    if clock == "recorded":
        return dict(fetch(sql_levels.LEVELS_RECORDED, **parameters, instants=[instant]))
    parameters["soon"] = instant + LATE
    since, late = fetch(sql_levels.COUNT_SINCE_AND_LATE, **parameters, limit=MAX_OPERATIONS_LOOKED_UP + 1)[0]
    if min(since, late) > MAX_OPERATIONS_LOOKED_UP:
        return dict(fetch(sql_levels.LEVELS_MINUS_MANY, **parameters))
    if since <= late:
        return dict(fetch(sql_levels.LEVELS_MINUS_FEW, **parameters))
    return dict(fetch(sql_levels.LEVELS_PLUS_LATE, **parameters, instants=[instant, parameters["soon"]]))


def fetch(statement: str, **parameters: Any) -> list[Any]:
    """Execute the statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[Any] = cursor.fetchall()
    return rows
