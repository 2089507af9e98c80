"""Suggest what to order: each product's need, by its sales, its supplier's lead time and what is on its way."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from core.fields import MAX_QUANTITY
from purchasing.sql_reorder import REORDER
from suppliers.models import DEFAULT_LEAD_DAYS

DEFAULT_DAYS, MAX_DAYS = 30, 366  # of the sales from which a rate is computed, and of the report of movements
DEFAULT_COVER, MAX_COVER = 14, 366  # days that a delivery is to last
MAX_DAYS_AHEAD = 36_500  # of `order_by` and `runs_out_on`, which are null for later dates


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
    """Return the parameters of REORDER, without those of its page."""
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
    """Return what to order of a supplier, the products that run out first at the beginning, at most `limit`.

    A quantity is at most what an order can have, in whole packs.
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
