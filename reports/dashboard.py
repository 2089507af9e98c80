"""The dashboard: an account's counts and values, computed by the database, as decimals."""

from typing import Any

from django.db import connection

from products.models import Category
from products.querysets import today

UNCATEGORIZED = "Uncategorized"

# The dashboard's sums, a row per category. It scans an account's products, so composing it by the ORM took as long as
# running it. Low and expired are what LOW_STOCK and is_expired say in querysets.py.
DASHBOARD = """
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


def dashboard(user: Any) -> dict[str, Any]:
    """Return the account's counts and values, in total and by category, by two statements. Money is Decimal."""
    with connection.cursor() as cursor:
        cursor.execute(DASHBOARD, {"owner": user.account_id, "today": today()})
        columns = [column.name for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    names = dict(Category.objects.for_user(user).values_list("id", "name"))
    worth = [(row["value"], names.get(row["category_id"], UNCATEGORIZED), row["category_id"] or 0) for row in rows]
    total, lost = total_of(rows, "value"), total_of(rows, "expired_value")
    return {
        "counts": {
            "total_products": total_of(rows, "products"),
            "total_categories": len(names),
            "low_stock": total_of(rows, "low"),
            "expired_products": total_of(rows, "expired"),
        },
        "stock": {"total_stock": total_of(rows, "stock")},
        "financial": {
            "total_inventory_value": total,
            "expired_inventory_value": lost,
            "real_inventory_value": total - lost,
        },
        "analytics": [
            {"category": name, "total_value": amount}
            for amount, name, _ in sorted(worth, key=lambda row: (-row[0], row[1:]))
        ],
    }


def total_of(rows: list[Any], column: str) -> Any:
    return sum(row[column] for row in rows)
