"""What the lines of a sale cost: the prices of their time, those that workers may ask for, whole amounts on pages.

In some shops, workers sell at the prices of the list. Users with the right BOOK_FREELY have no limits. A till's device
never has this right, whoever has paired it.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.database.postgres.base import fetch
from core.kinds import read_decimal
from core.money.amounts import price_of
from core.money.currencies import find_charged_price, get_money_decimals
from products.models import Product
from records.history.models import Kind
from stock.booking.drafting import refuse_price
from stock.booking.drafts import NOTHING, BookingLine, LockedProduct, LockedProducts, OperationDraft, Price
from stock.errors import ListPriceOnly
from stock.models import OperationReason
from stock.models.sql import PRICES_SINCE, PRICES_THEN
from trade.selling.money import find_price_of_one, find_whole_amount, is_price
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
    since = find_oldest_copy(user, occurred_at)
    yield from (price for _, price in read_prices_since(user.account_id, Kind.PRODUCT, [product.product_id], since))


def read_prices_since(owner_id: Any, kind: Kind, rows: list[int], since: datetime | None) -> list[tuple[int, Any]]:
    """Return the prices that later ones have replaced, with the ids of their rows, the newest first."""
    values = {"owner": owner_id, "kind": kind.value, "rows": rows, "since": since}
    return fetch(PRICES_SINCE, values) if since else []


def find_oldest_copy(user: User, occurred_at: datetime | None) -> datetime | None:
    """Return the time since which the prices of a sale may be, or None if only the present ones may."""
    if user.is_device:
        return (occurred_at or datetime.now(UTC)) - MAX_AGE_OF_COPY
    return occurred_at


def charge_lines(
    user: User, lines: list[dict[str, Any]], reserved: Mapping[int, Decimal | None], shared: Collection[int] = ()
) -> list[dict[str, Any]]:
    """Return the lines of a sale, with prices at which each costs a whole amount if the currency has no decimals.

    Without a price of its own, a line has that of its reservation, or else that of its product. Of the products in
    `shared`, which have shares of the price of other goods, it stays without one.
    """
    currency = user.shop_currency
    if get_money_decimals(currency):
        return lines
    products: Any = Product.objects.for_user(user).in_bulk([line["product"] for line in lines if "product" in line])
    return [
        line
        if line.get("product") in shared and not line.get("unit_price")
        else charge_line(line, products.get(line.get("product")), reserved, currency)
        for line in lines
    ]


def charge_line(
    line: dict[str, Any], product: Product | None, reserved: Mapping[int, Decimal | None], currency: str
) -> dict[str, Any]:
    typed, quantity = line.get("unit_price"), line.get("quantity")
    if product is None or "total" in line or not isinstance(quantity, int) or quantity < 1:
        return line  # it has the price of a label, or the API says what is wrong with it
    if typed and read_decimal(typed) is None:
        return line
    agreed = reserved.get(product.pk)
    price = Decimal(typed) if typed else product.price if agreed is None else agreed
    charged = find_charged_price(quantity, price, product.decimals, currency)
    return line if charged == price else {**line, "unit_price": str(charged)}
