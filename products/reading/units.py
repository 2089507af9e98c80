"""The decimals and units of the products that the rows of a page are about."""

from collections.abc import Sequence
from typing import Any

from core.pages.columns import Row
from products.models import Product


def add_units(user: Any, rows: Sequence[Row], product: str = "product") -> list[Row]:
    """Return the rows with `decimals` and `unit`, which are those of the product with the id in the field `product`.

    Only rows of products with decimals get them. Execute one statement.
    """
    ids = {row[product] for row in rows}
    products = Product.objects.for_user(user).filter(pk__in=ids, decimals__gt=0) if ids else Product.objects.none()
    found = {
        pk: {"decimals": decimals, "unit": unit}
        for pk, decimals, unit in products.values_list("pk", "decimals", "unit")
    }
    return [{**row, **found.get(row[product], {})} for row in rows]


def add_units_of_amounts(user: Any, rows: Sequence[Row]) -> Sequence[Row]:
    """Return rows that have an `amount` with the units of their products. Without any amount, execute no statement."""
    return add_units(user, rows) if any(row["amount"] for row in rows) else rows
