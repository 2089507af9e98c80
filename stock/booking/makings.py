"""Compute the movements of a making: what comes in is worth exactly what went out.

A part without stock comes in at its cost and goes out, as in a sale. Taken apart, it goes out again as it came in,
without a value.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from core.money.amounts import price_of, share
from stock.booking.drafting import draft_line
from stock.booking.drafts import (
    CENTS,
    NOTHING,
    BookingLine,
    LockedProduct,
    LockedProducts,
    MovementDraft,
    OperationDraft,
    divide,
    require_stock,
)
from stock.booking.holdings import LineErrors
from stock.booking.locks import read_stock
from stock.models import MovementType


def draft_making(
    draft: OperationDraft, locked: LockedProducts, whole: BookingLine, parts: list[BookingLine], errors: LineErrors
) -> list[MovementDraft]:
    """Return the movements of a product and of its parts, those that go out first.

    Raise KeepsNoStock or another error of the product, or InvalidLines with those of the parts.
    """
    require_stock(locked.get_live(whole.product))
    places = read_stock(draft, locked, [whole, *parts])
    movements = []
    if whole.movement_type == MovementType.OUT:
        movements += draft_line(draft, locked, places, whole)
        parts = share_value(movements[0].value, locked, parts)
    for index, line in errors.each(parts):
        with errors.of(index):
            movements += draft_line(draft, locked, places, line)
    errors.raise_if_any()
    if whole.movement_type == MovementType.IN:
        used = [movement.value for movement in movements if movement.movement_type == MovementType.OUT]
        cost = sum(used, NOTHING)
        movements += draft_line(draft, locked, places, replace(whole, cost=cost))
    return movements


def share_value(value: Decimal, locked: LockedProducts, parts: Sequence[BookingLine]) -> list[BookingLine]:
    """Return the lines of the parts, each with its share of the value as cost. The shares add up to the value.

    They are proportional to what the parts are worth, or to their amounts if nothing is known to be worth something.
    What is left after rounding down goes to the parts with the largest remainders. Parts without stock have no share:
    raise KeepsNoStock if all are.
    """
    products = [locked.get_live(line.product) for line in parts]
    if products and not any(product.keeps_stock for product in products):
        require_stock(products[0])
    known = [(one, int(line.quantity) * one.keeps_stock) for one, line in zip(products, parts, strict=True)]
    weights = [int(estimate(product, quantity).scaleb(CENTS)) for product, quantity in known]
    if not any(weights):
        finest = max((product.decimals for product, _ in known), default=0)
        weights = [quantity * 10 ** (finest - product.decimals) for product, quantity in known]
    shares = share(int(value.scaleb(CENTS)), weights)
    return [replace(line, cost=Decimal(cents).scaleb(-CENTS)) for line, cents in zip(parts, shares, strict=True)]


def estimate(product: LockedProduct, quantity: int) -> Decimal:
    """Return what a quantity is worth by the cost price, else by the present average, else nothing."""
    if product.cost_price is not None:
        return price_of(quantity, product.cost_price, product.decimals)
    return divide(product.stock_value, quantity, product.quantity) if product.quantity else NOTHING
