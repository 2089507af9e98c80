"""The value of a movement in the references. It is the moving average, as in the product."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def compute_value(
    movement_type: str, quantity: int, old: int, cost_price: Decimal | None, stock_value: Decimal
) -> Decimal:
    """Return the cost of an IN of the quantity, or the share of the value that an OUT takes from the old quantity."""
    if movement_type == "IN" and cost_price is not None:
        return quantity * cost_price
    return (stock_value * quantity / old).quantize(CENT, ROUND_HALF_UP) if old else Decimal("0.00")
