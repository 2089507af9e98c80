"""The dashboard: counts and values of an account, which the database computes with exact decimals."""

from typing import Any

from core.database.replicas import reading
from products.reading import sql

UNCATEGORIZED = "Uncategorized"

# The statements of the dashboard: the sums, a row for each category with products, and the names of all categories.
# They are written by hand because composing them with the ORM took as long as running them.
SUM_BY_CATEGORY = """
SELECT category_id,
    count(*) AS products,
    count(*) FILTER (WHERE is_low_stock) AS low,
    count(*) FILTER (WHERE expiration_date <= %(today)s) AS expired,
    sum(quantity) AS stock,
    sum(price * quantity) AS value,
    coalesce(sum(price * quantity) FILTER (WHERE expiration_date <= %(today)s), 0) AS expired_value,
    bool_or(held > 0) AS has_held
FROM products_product
WHERE owner_id = %(owner)s AND archived_at IS NULL
GROUP BY category_id
"""
# The correction by lots of the number and value of expired products, as products/reading/sql.py defines them. It
# reads only the products whose date has been reached, and those with an expired lot.
EXPIRED_BY_LOTS = """
SELECT count(*) FILTER (WHERE lots > 0) - count(*) FILTER (WHERE own > 0) AS expired,
    coalesce(sum(price * (lots - own)), 0) AS expired_value
FROM (
    SELECT price, {expired_quantity} AS lots, {own_expired_quantity} AS own FROM products_product AS product
    WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL AND held > 0 AND {may_have_expired}
) AS product
""".format(**sql.FRAGMENTS)  # noqa: S608, constants
CATEGORY_NAMES = "SELECT id, name FROM products_category WHERE owner_id = %(owner)s"


def compute_dashboard(user: Any) -> dict[str, Any]:
    """Return the account's counts and values, in total and by category. Amounts are Decimal.

    Execute two statements, or three if some stock has a location or a lot.
    """
    account = {"owner": user.account_id}
    with reading().cursor() as cursor:
        cursor.execute(SUM_BY_CATEGORY, {**account, "today": user.shop_today()})
        columns = [column.name for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        expired, expired_value = sum_column(rows, "expired"), sum_column(rows, "expired_value")
        if any(row["has_held"] for row in rows):
            cursor.execute(EXPIRED_BY_LOTS, {**account, "today": user.shop_today()})
            more, more_value = cursor.fetchone()
            expired, expired_value = expired + more, expired_value + more_value
        cursor.execute(CATEGORY_NAMES, account)
        names = dict(cursor.fetchall())
    values = [(row["value"], names.get(row["category_id"], UNCATEGORIZED), row["category_id"] or 0) for row in rows]
    total = sum_column(rows, "value")
    return {
        "counts": {
            "total_products": sum_column(rows, "products"),
            "total_categories": len(names),
            "low_stock": sum_column(rows, "low"),
            "expired_products": expired,
        },
        "stock": {"total_stock": sum_column(rows, "stock")},
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


def sum_column(rows: list[Any], column: str) -> Any:
    return sum(row[column] for row in rows)
