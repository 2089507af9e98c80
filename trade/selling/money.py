"""The money of a line of a sale: what it costs, how a discount or a price is shared, and what a part of it is worth.

These are functions of the line alone. The prices that somebody may ask for are in `prices.py`. The scripts of the tills
compute the same: trade/tills/tests/money_vectors.json has a table of cases.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_UP, Decimal

from core.money.amounts import CENT, MAX_PRICE, price_of, share
from core.money.currencies import charge, get_money_decimals, round_money
from stock.booking.drafts import CENTS, NOTHING, Discount, LockedProduct, MovementDraft, divide
from stock.errors import DiscountTooHigh, PriceTooHigh, PriceWithoutSale
from trade.selling.drafts import SoldPart


def find_whole_amount(product: LockedProduct, quantity: int, price: Decimal, currency: str) -> Decimal | None:
    """Return what goods by weight cost in a currency without decimals, if their exact price is no whole amount."""
    whole = charge(quantity, price, product.decimals, currency)
    return None if whole == price_of(quantity, price, product.decimals) else whole


def find_price_of_one(product: LockedProduct, quantity: int, total: Decimal) -> Decimal:
    """Return what one unit costs if the quantity costs this total, rounded to cents. Raise PriceTooHigh."""
    price = divide(total, 10**product.decimals, quantity)
    if price > MAX_PRICE:
        raise PriceTooHigh(product=product.product_id, limit=MAX_PRICE)
    return price


def is_price(
    price: Decimal, product: LockedProduct, quantity: int, unit_price: Decimal | None, money: Decimal, currency: str
) -> bool:
    """Return whether a line is sold at this price of the product.

    The line may differ by what rounding to the currency changes. For goods by weight it may also differ by the price of
    the smallest amount, because the label of a scale has a price and not the weight.
    """
    listed = round_money(price, currency)
    rounding = NOTHING if get_money_decimals(currency) else Decimal("0.50")
    if product.decimals:
        rounding += listed.scaleb(-product.decimals).quantize(CENT, ROUND_UP)
    return unit_price == price or abs(money - price_of(quantity, listed, product.decimals)) <= rounding


def costs_each(total: Decimal, price: Decimal, number: int, currency: str) -> bool:
    """Return whether goods with parts are sold at this price of one, which the currency may round."""
    return total in (price * number, round_money(price, currency) * number)


# --- Discounts --------------------------------------------------------------------------------------------


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
    for place, price, part in zip(places, prices, share_off(discount, prices, currency), strict=True):
        if part:
            shared[place] = shared[place]._replace(
                total=Decimal(price - part).scaleb(-CENTS), discount=Decimal(part).scaleb(-CENTS)
            )
    return shared


def share_off(discount: Discount, prices: list[int], currency: str) -> list[int]:
    """Return the part of the discount that each of the prices has, in cents. Raise DiscountTooHigh."""
    step = 1 if get_money_decimals(currency) or any(price % 100 for price in prices) else 100
    whole = sum(prices)
    given = discount.compute(whole, step)
    if given > whole:
        raise DiscountTooHigh(limit=Decimal(whole).scaleb(-CENTS))
    return share(given, prices, 1 if given % step else step)


def find_cents(movement: MovementDraft) -> int:
    """Return what the movement is sold for before the discount, in cents."""
    money = movement.total
    if money is None:
        money = price_of(movement.quantity, movement.unit_price or NOTHING, movement.decimals)
    return int(money.scaleb(CENTS))


# --- Goods with parts, and what comes back ----------------------------------------------------------------


def add_up(parts: list[SoldPart], prices: Mapping[int, Decimal] | None = None) -> Decimal:
    """Return what the parts of one of the goods cost, at these prices by product."""
    prices = prices or {}
    return sum((part.cost(part.each, prices.get(part.product.pk)) for part in parts), NOTHING)


def share_total(total: Decimal, parts: list[SoldPart], number: int, currency: str) -> list[Decimal]:
    """Return the share of each part, by the prices of the products, or by their amounts if all prices are 0.

    The shares are whole cents, or whole units of a currency without decimals, and add up to the total. What is left
    after rounding down goes to the parts with the largest remainders. splitKit() of the till does the same.
    """
    weights = [int(part.cost(part.each * number).scaleb(CENTS)) for part in parts]
    if not any(weights):
        finest = max(part.product.decimals for part in parts)
        weights = [part.each * 10 ** (finest - part.product.decimals) for part in parts]
    cents = int(total.scaleb(CENTS))
    step = 1 if get_money_decimals(currency) or cents % 100 else 100
    return [Decimal(part).scaleb(-CENTS) for part in share(cents, weights, step)]


def find_share(money: Decimal, part: int, whole: int, currency: str) -> Decimal:
    """Return the part of an amount, rounded half up: to whole amounts, if it is one in a currency without decimals."""
    shift = 0 if money % 1 else CENTS - get_money_decimals(currency)
    return divide(money.scaleb(-shift), part, whole).scaleb(shift)
