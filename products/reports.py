"""Sums and warnings over an account's live products: computed by the database, as decimals."""

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, F, Func, QuerySet, Value

from products import sql
from products.models import Category, Product
from products.querysets import LOW_STOCK, ProductQuerySet, today

UNCATEGORIZED = "Uncategorized"
ROWS_AT_A_TIME = 1000
ROWS_ON_A_PAGE = 100  # for people, which is made whole: each row may have 10,000 characters


def alerts(user: Any) -> dict[str, ProductQuerySet]:
    """What is low, the most urgent first, and what has expired, the oldest first."""
    products = Product.objects.for_user(user).live().detailed()
    return {
        "low_stock": products.filter(LOW_STOCK).order_by(F("quantity") - F("min_threshold"), "id"),
        "expired": products.filter(expiration_date__lte=today()).order_by("expiration_date", "id"),
    }


def in_parts(user: Any, products: ProductQuerySet) -> Iterator[QuerySet]:
    """All of the user's products that were found, in their order, some at a time: each comes once, as it is by then."""
    ids = list(products.values_list("id", flat=True))
    parts = (ids[start : start + ROWS_AT_A_TIME] for start in range(0, len(ids), ROWS_AT_A_TIME))
    rows = Product.objects.for_user(user).detailed()
    return (rows.filter(id__in=part).order_by(position_in(part)) for part in parts)


def position_in(ids: list[int]) -> Func:
    return Func(Value(ids, output_field=ArrayField(BigIntegerField())), F("id"), function="array_position")


def dashboard(user: Any) -> dict[str, Any]:
    """The account's counts and values, in total and by category, in two statements. Money is Decimal here."""
    with connection.cursor() as cursor:
        cursor.execute(sql.DASHBOARD, {"owner": user.account_id, "today": today()})
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
