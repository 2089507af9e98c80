"""What the lines of a sale cost: the prices that workers may ask for, and discounts.

In some shops, workers sell at the prices of the list. Users with the right BOOK_FREELY have no limits. A till's device
never has this right, whoever has paired it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

from core.database.postgres.base import fetch
from core.money.amounts import CENT, MAX_PRICE, price_of, share
from core.money.currencies import get_money_decimals, round_money
from records.history.models import Kind
from stock.booking.drafting import refuse_price
from stock.booking.drafts import (
    CENTS,
    NOTHING,
    BookingLine,
    Discount,
    LockedProduct,
    LockedProducts,
    MovementDraft,
    OperationDraft,
    Price,
    divide,
)
from stock.errors import DiscountTooHigh, ListPriceOnly, PriceTooHigh, PriceWithoutSale
from stock.models import OperationReason
from stock.models.sql import PRICES_SINCE, PRICES_THEN
from trade.selling.sql import SETTING_THEN
from users.access.roles import Right, may
from users.models import User

MAX_AGE_OF_COPY = timedelta(days=30)  # how old the prices may be that a till without a network has


def read_prices_then(draft: OperationDraft, locked: LockedProducts, lines: list[BookingLine]) -> None:
    """Set the prices of products that are sold without a price to those of the time of a sale that happened earlier.

    Before a product was there, it has its first price.
    """
    if draft.reason != OperationReason.SALE or draft.occurred_at is None:
        return
    products = [locked.find(line.product) for line in lines if not line.price.is_given]
    unpriced = {product.product_id: product for product in products if product}
    if unpriced:
        present = {pk: product.price for pk, product in unpriced.items()}
        for pk, price in read_listed_at(draft.owner_id, Kind.PRODUCT, present, draft.occurred_at).items():
            unpriced[pk].price = price


def read_listed_at(owner_id: int, kind: Kind, prices: Mapping[int, Any], at: datetime | None) -> dict[int, Any]:
    """Return the prices that rows had at a time, of which these are the present ones. None means now."""
    values = {"owner": owner_id, "kind": kind.value, "rows": [*prices], "at": at}
    return {**prices, **dict(fetch(PRICES_THEN, values) if at else ())}


def find_price(draft: OperationDraft, product: LockedProduct, quantity: int, line: BookingLine) -> Price:
    """Return what a line is sold for: by default the product's price.

    In a currency without decimals, goods by weight that are sold without a price cost a whole amount. Raise
    ListPriceOnly or PriceTooHigh, or PriceWithoutSale if the operation is no sale.
    """
    if draft.reason != OperationReason.SALE:
        return refuse_price(product, quantity, line)
    price = line.price
    if not price.is_given:
        price = Price(product.price, find_whole_amount(product, quantity, draft.by.shop_currency))
    elif not (draft.is_promised or line.is_share):  # these were checked before
        check_price(draft.by, product, quantity, *price, draft.occurred_at)
    return price if price.whole is None else Price(find_price_of_one(product, quantity, price.whole), price.whole)


def find_whole_amount(product: LockedProduct, quantity: int, currency: str) -> Decimal | None:
    """Return what goods by weight cost in a currency without decimals, if their exact price is no whole amount."""
    if not product.decimals:
        return None
    exact = price_of(quantity, product.price, product.decimals)
    whole = round_money(exact, currency) + NOTHING  # with two places, as all amounts
    return None if exact == whole else whole


def find_price_of_one(product: LockedProduct, quantity: int, total: Decimal) -> Decimal:
    """Return what one unit costs if the quantity costs this total, rounded to cents. Raise PriceTooHigh."""
    price = divide(total, 10**product.decimals, quantity)
    if price > MAX_PRICE:
        raise PriceTooHigh(product=product.product_id, limit=MAX_PRICE)
    return price


def must_sell_at_list_price(user: User) -> bool:
    owner = user.shop_owner
    return owner is not None and owner.workers_sell_at_list_price and not may(user, Right.BOOK_FREELY)


def is_limited(user: User, occurred_at: datetime | None) -> bool:
    """Return whether the user had to sell at list prices. A till may have sold before the shop has chosen this.

    Whatever time a till sends, it has a choice of the shop after MAX_AGE_OF_COPY.
    """
    if not must_sell_at_list_price(user):
        return False
    if occurred_at is None or not user.is_device:
        return True
    at = max(occurred_at, datetime.now(UTC) - MAX_AGE_OF_COPY)
    values = {"owner": user.account_id, "setting": "workers_sell_at_list_price", "at": at}
    return all(was_chosen for (was_chosen,) in fetch(SETTING_THEN, values))


def check_price(
    user: User,
    product: LockedProduct,
    quantity: int,
    unit_price: Decimal | None,
    total: Decimal | None = None,
    occurred_at: datetime | None = None,
) -> None:
    """Check the price of one, or of the whole line, that the user has given. Raise ListPriceOnly.

    The price may be that of the product now, or one since `occurred_at`. A till may have sold at an older one, because
    it sells from its copy of the prices.
    """
    if not must_sell_at_list_price(user):
        return
    money = price_of(quantity, unit_price or NOTHING, product.decimals) if total is None else total
    prices = list_prices(user, product, occurred_at)
    is_listed = any(is_price(price, product, quantity, unit_price, money, user.shop_currency) for price in prices)
    if not is_listed and is_limited(user, occurred_at):
        given = {"unit_price": f"{unit_price}"} if total is None else {"total": f"{total}"}
        raise ListPriceOnly(product=product.product_id, list_price=f"{product.price}", **given)


def list_prices(user: User, product: LockedProduct, occurred_at: datetime | None) -> Iterator[Decimal]:
    """Yield the price of the product, and then those that it has had since the sale, which takes a statement."""
    yield product.price
    if since := find_oldest_copy(user, occurred_at):
        values = {"owner": user.account_id, "kind": "product", "rows": [product.product_id], "since": since}
        yield from (price for _, price in fetch(PRICES_SINCE, values))


def find_oldest_copy(user: User, occurred_at: datetime | None) -> datetime | None:
    """Return the time since which the prices of a sale may be, or None if only the present ones may."""
    if user.is_device:
        return (occurred_at or datetime.now(UTC)) - MAX_AGE_OF_COPY
    return occurred_at


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
