"""Suggest orders: each product's need, from its sales, its supplier's lead time and the quantity on order."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from core.fields import MAX_QUANTITY
from purchasing.sql_reorder import REORDER
from suppliers.models import DEFAULT_LEAD_DAYS

# The days of sales from which the rate is computed; the report of movements has the same limits.
DEFAULT_DAYS, MAX_DAYS = 30, 366
DEFAULT_COVER, MAX_COVER = 14, 366  # the days that a delivery is to last
MAX_DAYS_AHEAD = 36_500  # `order_by` and `runs_out_on` are null for later dates


class Suggestion(NamedTuple):
    """A quantity to order, in whole packs."""

    product_id: int
    quantity: int


def make_reorder_parameters(
    user: Any,
    *,
    days: int = DEFAULT_DAYS,
    cover: int = DEFAULT_COVER,
    supplier: int | None = None,
    supplier_name: str | None = None,
) -> dict[str, Any]:
    """Return the parameters of REORDER, except those of its page."""
    return {
        "owner": user.account_id,
        "days": days,
        "cover": cover,
        "supplier": supplier,
        "supplier_name": supplier_name,
        "instant": datetime.now(UTC) - timedelta(days=days),
        "today": user.shop_today(),
        "default_lead_days": DEFAULT_LEAD_DAYS,
        "most_days_ahead": MAX_DAYS_AHEAD,
    }


def list_suggestions(user: Any, supplier_id: int, days: int, cover: int, limit: int) -> list[Suggestion]:
    """Return the suggestions for a supplier, at most `limit`. The products that run out first come first.

    Quantities are in whole packs, and at most the quantity that an order can have.
    """
    parameters = make_reorder_parameters(user, days=days, cover=cover, supplier=supplier_id)
    with connection.cursor() as cursor:
        cursor.execute(REORDER, {**parameters, "limit": limit, "offset": 0})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [
        Suggestion(row["product"], min(row["suggested"], MAX_QUANTITY // row["pack_size"] * row["pack_size"]))
        for row in rows
    ]
