"""The dashboard: counts and values of an account, which the database computes with exact decimals."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext

from core.amounts import money_of
from core.database.replicas import read
from core.translation import gettext_noop
from products.reading import sql
from users.models import User

UNCATEGORIZED, UNGROUPED = gettext_noop("Uncategorized"), gettext_noop("Without a group")


def name_category(name: str) -> str:
    """Return the name of a category or a group as pages show it. The API names products without one in English."""
    return gettext(name) if name in (UNCATEGORIZED, UNGROUPED) else name


# The statements of the dashboard: the sums, a row for each category with products, and the names of all categories.
# They are written by hand because composing them with the ORM took as long as running them.
VALUE = money_of("quantity", "price", "products_product")
SUM_BY_CATEGORY = f"""
SELECT category_id,
    count(*) AS products,
    count(*) FILTER (WHERE is_low_stock) AS low,
    count(*) FILTER (WHERE expiration_date <= %(today)s) AS expired,
    sum(quantity) AS stock,
    sum({VALUE}) AS value,
    coalesce(sum({VALUE}) FILTER (WHERE expiration_date <= %(today)s), 0) AS expired_value,
    bool_or(held > 0) AS has_held
FROM products_product
WHERE owner_id = %(owner)s AND archived_at IS NULL
GROUP BY category_id
"""  # noqa: S608, constants
# Returns how lots change the number and value of expired products, which products/reading/sql.py defines. It reads only
# the products whose date has been reached, and those with an expired lot.
EXPIRED_BY_LOTS = f"""
SELECT count(*) FILTER (WHERE lots > 0) - count(*) FILTER (WHERE own > 0) AS expired,
    coalesce(sum({money_of("lots", "price")} - {money_of("own", "price")}), 0) AS expired_value
FROM (
    SELECT price, decimals, {{expired_quantity}} AS lots, {{own_expired_quantity}} AS own
    FROM products_product AS product
    WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL AND held > 0 AND {{may_have_expired}}
) AS product
""".format(**sql.FRAGMENTS)  # noqa: S608, constants
CATEGORY_NAMES = "SELECT id, name FROM products_category WHERE owner_id = %(owner)s AND archived_at IS NULL"


class CategorySums(NamedTuple):
    """A row of SUM_BY_CATEGORY."""

    category_id: int | None
    products: int
    low: int
    expired: int
    stock: Decimal
    value: Decimal
    expired_value: Decimal
    has_held: bool


def compute_dashboard(user: User) -> dict[str, Any]:
    """Return the account's counts and values, in total and by category. Amounts are Decimal.

    Execute two statements, or three if some stock has a location or a lot.
    """
    account = {"owner": user.account_id}
    account_today = {**account, "today": user.shop_today()}
    rows = [CategorySums(*row) for row in read(SUM_BY_CATEGORY, account_today)]
    expired, expired_value = sum(row.expired for row in rows), sum(row.expired_value for row in rows)
    if any(row.has_held for row in rows):
        [(more, more_value)] = read(EXPIRED_BY_LOTS, account_today)
        expired, expired_value = expired + more, expired_value + more_value
    names = dict(read(CATEGORY_NAMES, account))
    values = [(row.value, names.get(row.category_id, UNCATEGORIZED), row.category_id or 0) for row in rows]
    total = sum(row.value for row in rows)
    return {
        "counts": {
            "total_products": sum(row.products for row in rows),
            "total_categories": len(names),
            "low_stock": sum(row.low for row in rows),
            "expired_products": expired,
        },
        "stock": {"total_stock": int(sum(row.stock for row in rows))},
        "financial": {
            "total_inventory_value": total,
            "expired_inventory_value": expired_value,
            "real_inventory_value": total - expired_value,
        },
        "analytics": [
            {"category": name, "total_value": amount}
            for amount, name, _ in sorted(values, key=lambda row: (-row[0], row[1:]))
        ],
    }
