"""Share the discount of a sale over its lines."""

from collections.abc import Iterable
from decimal import Decimal

from core.amounts import price_of
from core.currencies import get_money_decimals
from stock.booking.drafts import CENTS, NOTHING, Discount, MovementDraft
from stock.errors import DiscountTooHigh, PriceWithoutSale


def share_discount(discount: Discount, movements: Iterable[MovementDraft], currency: str) -> list[MovementDraft]:
    """Return the movements, of which those that are sold have their part of the discount. Their `total` is without it.

    The parts are proportional to what the lines are sold for. They are whole cents, or whole units of a currency
    without decimals. What is left after rounding down goes to the lines with the largest remainders. Raise
    DiscountTooHigh, or PriceWithoutSale if nothing is sold.
    """
    shared = [*movements]
    places = [place for place, movement in enumerate(shared) if movement.unit_price is not None]
    if not places:
        raise PriceWithoutSale
    prices = [find_cents(shared[place]) for place in places]
    step = 1 if get_money_decimals(currency) or any(price % 100 for price in prices) else 100
    whole = sum(prices)
    given = discount.compute(whole, step)
    if given > whole:
        raise DiscountTooHigh(limit=Decimal(whole).scaleb(-CENTS))
    for place, price, part in zip(places, prices, share(given, prices, 1 if given % step else step), strict=True):
        if part:
            shared[place] = shared[place]._replace(
                total=Decimal(price - part).scaleb(-CENTS), discount=Decimal(part).scaleb(-CENTS)
            )
    return shared


def find_cents(movement: MovementDraft) -> int:
    """Return what the movement is sold for before the discount, in cents."""
    money = movement.total
    if money is None:
        money = price_of(movement.quantity, movement.unit_price or NOTHING, movement.decimals)
    return int(money.scaleb(CENTS))


def share(given: int, prices: list[int], step: int) -> list[int]:
    """Return the part of each price, a multiple of the step. Their sum is `given`, which is at most that of prices."""
    if not given:
        return [0] * len(prices)
    whole = sum(prices)
    units = [divmod(given * price // step, whole) for price in prices]
    left = given // step - sum(unit for unit, _ in units)
    largest = sorted(range(len(prices)), key=lambda place: -units[place][1])[:left]
    return [(unit + (place in largest)) * step for place, (unit, _) in enumerate(units)]
