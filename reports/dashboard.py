"""The dashboard: counts and values of an account, computed by the database with exact decimals."""

from typing import Any

from core.replicas import reading

UNCATEGORIZED = "Uncategorized"

# The statements of the dashboard: the sums, a row per category with products, and the names of all categories. Written
# by hand because composing them with the ORM took as long as running them. "Low" and "expired" are LOW_STOCK and
# is_expired of products/querysets.py.
SUM_BY_CATEGORY = """
SELECT category_id,
    count(*) AS products,
    count(*) FILTER (WHERE quantity <= min_threshold) AS low,
    count(*) FILTER (WHERE expiration_date <= %(today)s) AS expired,
    sum(quantity) AS stock,
    sum(price * quantity) AS value,
    coalesce(sum(price * quantity) FILTER (WHERE expiration_date <= %(today)s), 0) AS expired_value
FROM products_product
WHERE owner_id = %(owner)s AND archived_at IS NULL
GROUP BY category_id
"""
CATEGORY_NAMES = "SELECT id, name FROM products_category WHERE owner_id = %(owner)s"


def compute_dashboard(user: Any) -> dict[str, Any]:
    """Return the account's counts and values, in total and by category, with two statements. Amounts are Decimal."""
    account = {"owner": user.account_id}
    with reading().cursor() as cursor:
        cursor.execute(SUM_BY_CATEGORY, {**account, "today": user.shop_today()})
        columns = [column.name for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        cursor.execute(CATEGORY_NAMES, account)
        names = dict(cursor.fetchall())
    values = [(row["value"], names.get(row["category_id"], UNCATEGORIZED), row["category_id"] or 0) for row in rows]
    total, expired = sum_column(rows, "value"), sum_column(rows, "expired_value")
    return {
        "counts": {
            "total_products": sum_column(rows, "products"),
            "total_categories": len(names),
            "low_stock": sum_column(rows, "low"),
            "expired_products": sum_column(rows, "expired"),
        },
        "stock": {"total_stock": sum_column(rows, "stock")},
        "financial": {
            "total_inventory_value": total,
            "expired_inventory_value": expired,
            "real_inventory_value": total - expired,
        },
        "analytics": [
            {"category": name, "total_value": amount}
            for amount, name, _ in sorted(values, key=lambda row: (-row[0], row[1:]))
        ],
    }


def sum_column(rows: list[Any], column: str) -> Any:
    return sum(row[column] for row in rows)
