"""Sums and warnings over an account's live products: computed by the database, as decimals."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Count, DecimalField, F, Func, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from products.models import Category, Product
from products.querysets import LOW_STOCK, ProductQuerySet, today

UNCATEGORIZED = "Uncategorized"
ROWS_AT_A_TIME = 1000
NOTHING = Decimal(0)
# A quantity times a price has at most ten and ten digits before the point; their sums have room for a billion more.
MONEY = DecimalField(max_digits=40, decimal_places=2)


def value(only: Q | None = None) -> Sum:
    return Sum(F("price") * F("quantity"), filter=only, output_field=MONEY)


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
    expired = Q(expiration_date__lte=today())
    rows: list[Any] = list(
        Product.objects.for_user(user)
        .live()
        .values("category_id")
        .annotate(
            products=Count("id"),
            low=Count("id", filter=LOW_STOCK),
            expired=Count("id", filter=expired),
            stock=Sum("quantity"),
            value=value(),
            expired_value=Coalesce(value(expired), NOTHING, output_field=MONEY),
        )
        .order_by()
    )
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
