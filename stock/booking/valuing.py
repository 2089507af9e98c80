"""The value of movements: the moving average cost of a product's stock, in the order of `sequence`.

An IN adds its cost to the product's `stock_value`, and an OUT takes its share of it. No value is computed again later,
so a late booking or a new cost price changes no earlier value. Amounts are exact to the cent: see
docs/decisions/0037-moving-average-by-sequence.md.
"""

from decimal import Decimal

from stock.booking.locking import Balance

NOTHING = Decimal("0.00")
CENTS = 2  # decimal places of a value


def compute_cost(balance: Balance, quantity: int, unit_cost: Decimal | None = None) -> Decimal:
    """Return the cost of this quantity at the unit cost.

    The default unit cost is the product's cost price; without one it is the average cost of the stock, or 0.
    """
    if unit_cost is None:
        unit_cost = balance.cost_price
    if unit_cost is not None:
        return quantity * unit_cost
    return divide(balance.stock_value, quantity, balance.quantity) if balance.quantity else NOTHING


def compute_share(balance: Balance, quantity: int) -> Decimal:
    """Return the part of the stock's value that this quantity takes. The last unit takes all that is left."""
    if quantity >= balance.quantity:
        return balance.stock_value
    return divide(balance.stock_value, quantity, balance.quantity)


def compute_returned(balance: Balance, quantity: int, value: Decimal) -> Decimal:
    """Return the value that the reversal of an IN of this quantity and value takes.

    It is at most the value that is left, and exactly that if the reversal empties the stock.
    """
    return balance.stock_value if quantity == balance.quantity else min(value, balance.stock_value)


def divide(value: Decimal, quantity: int, total: int) -> Decimal:
    """Return the value times quantity, divided by total, rounded half up to cents as PostgreSQL rounds.

    It computes with integers, because Decimal has 28 digits by default, and the product can have more.
    """
    cents = int(value.scaleb(CENTS)) * quantity
    return Decimal((2 * cents + total) // (2 * total)).scaleb(-CENTS)
