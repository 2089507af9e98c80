"""Suggest orders: each product's need, from its sales, its supplier's lead time and the quantity on order."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from core.fields import MAX_QUANTITY
from purchasing.lines import OrderedLine
from purchasing.sql import REORDER
from stock.booking.drafts import by_id
from suppliers.models import DEFAULT_LEAD_DAYS

# The days of sales from which the rate is computed; the report of movements has the same limits.
DEFAULT_DAYS, MAX_DAYS = 30, 366
DEFAULT_COVER, MAX_COVER = 14, 366  # the days that a delivery is to last
MAX_DAYS_AHEAD = 36_500  # `order_by` and `runs_out_on` are null for later dates


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


def list_suggestions(user: Any, supplier_id: int, days: int, cover: int, limit: int) -> list[OrderedLine]:
    """Return the suggestions for a supplier, at most `limit`. The products that run out first come first.

    Quantities are in whole packs, and at most the quantity that an order can have.
    """
    parameters = make_reorder_parameters(user, days=days, cover=cover, supplier=supplier_id)
    with connection.cursor() as cursor:
        cursor.execute(REORDER, {**parameters, "limit": limit, "offset": 0})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [
        OrderedLine(by_id(row["product"]), min(row["suggested"], MAX_QUANTITY // row["pack_size"] * row["pack_size"]))
        for row in rows
    ]
