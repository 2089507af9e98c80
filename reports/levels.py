"""How much there was of products at an instant, by either clock."""

from datetime import datetime
from typing import Any

from django.db import connection

from products.models import Product
from reports import sql_levels
from stock.models import LATE

CLOCKS = ("occurred", "recorded")
MAX_FEW = 5000  # operations whose movements are looked up one by one


def levels(products: list[Product], instant: datetime, clock: str) -> list[dict[str, Any]]:
    """Return the level of each of these products of one account, with their names."""
    quantities = quantities_at(products[0].owner_id, products, instant, clock) if products else {}
    return [{"product": p.pk, "name": p.name, "sku": p.sku, "quantity": quantities[p.pk]} for p in products]


def quantities_at(owner_id: int, products: list[Product], instant: datetime, clock: str) -> dict[int, int]:
    """Return what there was of each product at the instant.

    By `occurred`: as things happened, late bookings included, so it may be negative. By `recorded`: as the books
    stood then.
    """
    asked: dict[str, Any] = {"owner": owner_id, "products": [product.pk for product in products], "instant": instant}
    if clock == "recorded":
        return dict(fetch(sql_levels.LEVELS_BY_RECORD, **asked, instants=[instant]))
    asked["soon"] = instant + LATE
    since, late = fetch(sql_levels.AROUND, **asked, limit=MAX_FEW + 1)[0]
    if min(since, late) > MAX_FEW:
        return dict(fetch(sql_levels.LEVELS_WITHOUT_MANY, **asked))
    if since <= late:
        return dict(fetch(sql_levels.LEVELS_WITHOUT_FEW, **asked))
    return dict(fetch(sql_levels.LEVELS_WITH_FEW_LATE, **asked, instants=[instant, asked["soon"]]))


def fetch(statement: str, **parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[Any] = cursor.fetchall()
    return rows
