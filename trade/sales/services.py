"""What others read of sales: those that are not paid."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.database.postgres.base import fetch
from core.database.replicas import read
from trade.sales import sql
from trade.sales.numbers import number_sales

MAX_UNPAID = 1000  # the most sales, and the most sales to customers, that are read to find unpaid ones


def read_unpaid(owner_id: int, after: datetime) -> tuple[int, Decimal]:
    """Return how many of the newest sales since this time are not fully paid, and what is due of them.

    Of sales that name a customer, the newest are read even if many others were booked since.
    """
    [row] = read(sql.UNPAID, {"owner": owner_id, "after": after, "limit": MAX_UNPAID})
    return row[0], row[1]


def sum_unpaid(owner_id: int, sales: Any) -> Any:
    """Return how many of these sales are not fully paid now, and what is due of them."""
    return fetch(sql.UNPAID_OF_SALES, {"owner": owner_id, "sales": sales})[0]


def read_numbers(owner_id: int, sales: Collection[int]) -> dict[int, int | None]:
    """Return the numbers of these sales, after giving those that are missing. Do not call this in a transaction."""
    number_sales(owner_id)
    rows = read(sql.SHOWN, {"owner": owner_id, "operations": [*sales]})
    return {pk: number for pk, number, *_ in rows}
