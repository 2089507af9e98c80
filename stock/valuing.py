"""The value of movements: the moving average cost of a product's stock, in the order of `sequence`.

An IN adds its cost to the product's `stock_value`, an OUT takes its share of it. Nothing is computed again later, so a
late booking or a new cost price changes no earlier value. Amounts are exact to the cent: see
docs/decisions/0037-moving-average-by-sequence.md.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING, Any

from django.db import connection

from stock import sql_values

if TYPE_CHECKING:
    from stock.locking import Balance

NOTHING = Decimal("0.00")
CENTS = 2  # decimal places of a value
MAX_MOVEMENTS_AT_A_TIME = 10_000  # that are valued by one statement


def compute_cost(balance: "Balance", quantity: int, unit_cost: Decimal | None = None) -> Decimal:
    """Return what this quantity costs: by default at the product's cost price, else at the average, else nothing."""
    if unit_cost is None:
        unit_cost = balance.cost_price
    if unit_cost is not None:
        return quantity * unit_cost
    return divide(balance.stock_value, quantity, balance.quantity) if balance.quantity else NOTHING


def compute_share(balance: "Balance", quantity: int) -> Decimal:
    """Return the part of the stock's value that this quantity has. The last unit has all that is left."""
    if quantity >= balance.quantity:
        return balance.stock_value
    return divide(balance.stock_value, quantity, balance.quantity)


def compute_returned(balance: "Balance", quantity: int, value: Decimal) -> Decimal:
    """Return the value that the reversal of an IN of this quantity and value takes.

    It is at most what is left, and all that is left if the reversal empties the stock.
    """
    return balance.stock_value if quantity == balance.quantity else min(value, balance.stock_value)


def divide(value: Decimal, quantity: int, total: int) -> Decimal:
    """Return the value times quantity, divided by total, rounded half up to cents as PostgreSQL rounds.

    It computes with integers, because Decimal has 28 digits by default, and the product can have more.
    """
    cents = int(value.scaleb(CENTS)) * quantity
    return Decimal((2 * cents + total) // (2 * total)).scaleb(-CENTS)


# --- Movements of earlier releases --------------------------------------------------------------------------


def value_movements(owner_id: int, balances: Iterable["Balance"], limit: float = inf) -> None:
    """Value the movements that an earlier release has booked, of locked products, and store the values.

    Such movements have no cost of their own, so they get the present cost price. With a limit, stop after about
    that many movements; the others are valued later.
    """
    for balance in balances:
        while limit > 0 and balance.valued_sequence < balance.sequence:
            limit -= value_next(owner_id, balance)


def value_next(owner_id: int, balance: "Balance") -> int:
    """Value the next movements of a locked product. Return how many."""
    key: dict[str, Any] = {"owner": owner_id, "product": balance.product_id}
    after, limit = balance.valued_sequence, MAX_MOVEMENTS_AT_A_TIME
    with connection.cursor() as cursor:
        cursor.execute(sql_values.UNVALUED, {**key, "after": after, "limit": limit})
        movements = cursor.fetchall()
        costs, past = [], replace(balance)
        for _, movement_type, quantity, past.quantity in movements:
            is_in = movement_type == "IN"
            value = compute_cost(past, quantity) if is_in else compute_share(past, quantity)
            past.stock_value += value if is_in else -value
            costs.append(value)
        ids = [pk for pk, *_ in movements]
        cursor.execute(sql_values.SET_VALUES, {**key, "movements": ids, "values": costs})
        balance.stock_value, balance.valued_sequence = past.stock_value, after + len(movements)
        stored: dict[str, Any] = {"value": balance.stock_value, "sequence": balance.valued_sequence}
        cursor.execute(sql_values.SET_STOCK_VALUE, {**key, **stored})
    return len(movements)
