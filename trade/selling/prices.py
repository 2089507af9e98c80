"""What the lines of a sale cost: the price that applies, those that workers may ask for, whole amounts on pages.

An app may know prices besides the list price by PriceHook. It marks the shop by `has_prices`.

In some shops, workers sell at the prices of the list. Users with the right BOOK_FREELY have no limits. A till's device
never has this right, whoever has paired it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.functional import cached_property

from core.database.postgres.base import fetch
from core.money.amounts import count_units, price_of
from core.money.currencies import round_money
from records.history.models import Kind
from stock.booking.drafting import refuse_price
from stock.booking.drafts import (
    NOTHING,
    BookingLine,
    Key,
    LockedProduct,
    LockedProducts,
    OperationDraft,
    Price,
    Units,
)
from stock.errors import AgreedForLess, ListPriceOnly
from stock.models import Movement, MovementType, Operation, OperationReason, PriceSource
from stock.models.sql import PRICES_SINCE, PRICES_THEN
from trade.selling.drafts import AskedGoods
from trade.selling.hooks import PRICES, Applied, PriceBook
from trade.selling.money import find_price_of_one, find_whole_amount, is_price
from trade.selling.sql import SETTING_THEN
from users.access.roles import Right, may
from users.models import User

PRODUCT = "product"
MAX_AGE_OF_COPY = timedelta(days=30)  # how old the prices may be that a till without a network has


@dataclass(frozen=True, kw_only=True)
class SalePrices:
    """What the goods of a request cost a customer: they and their quantities decide which price applies.

    `book` is what an app knows of prices, or None: then the list price applies. `present` has the list prices of
    products now. Earlier ones are read for all of them, by one statement, when the first line needs them.
    """

    by: User
    at: datetime | None
    book: PriceBook | None = None
    quantities: Counter[Key] = field(default_factory=Counter)
    present: Mapping[int, Decimal] = field(default_factory=dict)

    @cached_property
    def then(self) -> dict[int, Decimal]:
        """Return the list prices of the products at the time of a sale that happened earlier."""
        return read_listed_at(self.by.account_id or 0, Kind.PRODUCT, self.present, self.at)

    @cached_property
    def former(self) -> Mapping[int, list[Decimal]]:
        """Return the list prices that later ones have replaced since find_oldest_copy(), the newest first."""
        since, found = find_oldest_copy(self.by, self.at), defaultdict[int, list[Decimal]](list)
        for product, price in read_prices_since(self.by.account_id, Kind.PRODUCT, [*self.present], since):
            found[product].append(price)
        return found

    def list_product(self, product: LockedProduct) -> Decimal:
        return self.then.get(product.product_id, product.price)

    def apply(self, key: Key, listed: Decimal) -> Applied:
        """Return the price that applies to the goods, which have this list price."""
        return self.book.find(key, self.quantities[key], listed, self.at) if self.book else Applied(listed)

    def list_since(self, key: Key, listed: Iterable[Decimal]) -> Iterator[Decimal]:
        """Yield the prices that apply to the goods or, as find_oldest_copy() allows, did so, at these list prices."""
        if self.book:
            yield from self.book.list_since(key, self.quantities[key], listed, find_oldest_copy(self.by, self.at))

    def keep(self, operation: Operation, booked: Sequence[Movement]) -> None:
        """Keep what made the prices of a sale, where the list price does not tell. Parts keep what made their whole."""
        if self.book:
            made = {one.pk: one.price_from for one in booked if one.price_from not in (None, PriceSource.LIST)}
            made |= {booked[place].pk: one.price_from for one in operation.goods for place in one.movements}
            self.book.keep(operation.owner_id, made)


def has_prices(user: User) -> bool:
    """Return whether the shop has had prices besides the list price. Without them, no statement is executed."""
    shop = user.shop_owner
    return shop is not None and shop.has_prices and len(PRICES) > 0


def has_net_prices(user: User) -> bool:
    """Return whether prices of the shop are without VAT."""
    shop = user.shop_owner
    return shop is not None and not shop.prices_include_tax


def adds_tax(user: User) -> bool:
    """Return whether VAT is added to the prices of the shop."""
    shop = user.shop_owner
    return shop is not None and shop.has_taxes and not shop.prices_include_tax


def read_sale_prices(
    draft: OperationDraft,
    locked: LockedProducts,
    lines: Iterable[BookingLine],
    asked: Sequence[AskedGoods] = (),
    customer: int | None = None,
) -> SalePrices | None:
    """Return the prices of a sale, or None if it has the list prices of now: then no statement is executed.

    Of a sale that happened earlier, these are the prices of its time. Before a product was there, it has its first one.
    """
    if draft.reason != OperationReason.SALE or not (has_prices(draft.by) or draft.occurred_at or draft.by.is_device):
        return None
    quantities: Counter[Key] = Counter()
    for line in lines:
        if line.movement_type == MovementType.OUT and not line.is_share and (product := locked.find(line.product)):
            quantities[product.key] += count_or_none(product, line.quantity)
    for one in asked:
        quantities[one.kind, one.goods.pk] += one.quantity
    present = {product.product_id: product.price for product in locked.products}
    return read_prices(draft.by, customer or draft.customer, quantities, draft.occurred_at, present)


def read_prices(
    by: User,
    customer: int | None,
    quantities: Counter[Key],
    at: datetime | None = None,
    present: Mapping[int, Decimal] | None = None,
) -> SalePrices:
    """Return what these goods cost a customer at a time: see SalePrices."""
    book = PRICES[0].read_book(by, customer, [*quantities], at) if has_prices(by) else None
    return SalePrices(by=by, at=at, book=book, quantities=quantities, present=present or {})


def count_or_none(product: LockedProduct, units: Units) -> int:
    """Return the base units, or 0 of an amount that is refused when its line is booked."""
    return (units if isinstance(units, int) else count_units(units, product.decimals)) or 0


def read_listed_at(owner_id: int, kind: Kind, prices: Mapping[int, Any], at: datetime | None) -> dict[int, Any]:
    """Return the prices that rows had at a time, of which these are the present ones. None means now."""
    values = {"owner": owner_id, "kind": kind.value, "rows": [*prices], "at": at}
    return {**prices, **dict(fetch(PRICES_THEN, values) if at else ())}


def find_applied(prices: SalePrices | None, product: LockedProduct) -> Applied:
    """Return the price of one of the product that applies. Without `prices`, it is the present list price."""
    return prices.apply(product.key, prices.list_product(product)) if prices else Applied(product.price)


def find_price(
    draft: OperationDraft, prices: SalePrices | None, product: LockedProduct, quantity: int, line: BookingLine
) -> Price:
    """Return what a line is sold for: by default the price that applies. It says what made it, but for parts.

    In a currency without decimals, goods by weight cost a whole amount. Raise ListPriceOnly or PriceTooHigh, or
    PriceWithoutSale if the operation is no sale.
    """
    if draft.reason != OperationReason.SALE:
        return refuse_price(product, quantity, line)
    one, whole, source = line.unit_price, line.total, line.price_from
    is_open = prices and (prices.book or not line.price.is_given)
    applied = find_applied(prices if is_open else None, product)
    if not line.price.is_given:
        one, source = applied.price, source or applied.price_from
    if whole is None:
        whole = find_whole_amount(product, quantity, one or NOTHING, draft.by.shop_currency)
    if not (source or line.is_share):  # the price of other goods is checked as a whole
        money = price_of(quantity, one or NOTHING, product.decimals) if whole is None else whole
        source = tell_source(draft, prices, product, quantity, applied, money)
        if source == PriceSource.TYPED and not draft.is_promised:
            check_price(draft.by, product, quantity, one, line.total, draft.occurred_at, prices)
    if whole is not None:
        one = find_price_of_one(product, quantity, whole)
    return Price(one, whole, source or None, line.is_net)


def tell_source(
    draft: OperationDraft,
    prices: SalePrices | None,
    product: LockedProduct,
    quantity: int,
    applied: Applied,
    money: Decimal,
) -> str:
    """Return what made the price of a line that costs this. The list price of its time is read only if it must be.

    The sale of a till that arrives late names its prices, which are nearly always the present ones.
    """

    def costs(price: Decimal) -> bool:
        exact = price_of(quantity, price, product.decimals)
        return money in (exact, round_money(exact, draft.by.shop_currency))

    if costs(applied.price):
        return applied.price_from
    if draft.occurred_at and prices and not prices.book and costs(prices.list_product(product)):
        return PriceSource.LIST.value
    return PriceSource.TYPED.value


def must_sell_at_list_price(user: User) -> bool:
    owner = user.shop_owner
    return owner is not None and owner.workers_sell_at_list_price and not may(user, Right.BOOK_FREELY)


def check_kept_tax(user: User, is_net: bool | None, **named: int) -> None:
    """Check whether a kept price may be that of more. Raise AgreedForLess if VAT is added to prices since.

    The user who sells at list prices would sell below the price that applies, although the numbers are the same.
    """
    if is_net is False and adds_tax(user) and must_sell_at_list_price(user):
        raise AgreedForLess(**named)


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
    prices: SalePrices | None = None,
    refusal: type[ListPriceOnly] = ListPriceOnly,
) -> None:
    """Check the price of one, or of the whole line, that the user has given. Raise ListPriceOnly, or the refusal.

    The price may be that of the product now, or one since `occurred_at`, or the one that applied then to the customer.
    A till may have sold at an older one, because it sells from its copy of the prices.
    """
    if not must_sell_at_list_price(user):
        return
    money = price_of(quantity, unit_price or NOTHING, product.decimals) if total is None else total
    allowed = list_prices(user, product, occurred_at, prices)
    is_allowed = any(is_price(price, product, quantity, unit_price, money, user.shop_currency) for price in allowed)
    if not is_allowed and is_limited(user, occurred_at):
        given = {"unit_price": f"{unit_price}"} if total is None else {"total": f"{total}"}
        raise refusal(product=product.product_id, list_price=f"{product.price}", **given)


def list_prices(
    user: User, product: LockedProduct, occurred_at: datetime | None, prices: SalePrices | None = None
) -> Iterator[Decimal]:
    """Yield the price of the product, and then those that it has had since the sale, which takes a statement.

    Those that applied to the customer come last.
    """
    yield product.price
    prices = prices or SalePrices(by=user, at=occurred_at, present={product.product_id: product.price})
    former = prices.former[product.product_id]
    yield from former
    yield from prices.list_since(product.key, [product.price, *former])


def read_prices_since(owner_id: Any, kind: Kind, rows: list[int], since: datetime | None) -> list[tuple[int, Any]]:
    """Return the prices that later ones have replaced, with the ids of their rows, the newest first."""
    values = {"owner": owner_id, "kind": kind.value, "rows": rows, "since": since}
    return fetch(PRICES_SINCE, values) if since else []


def find_oldest_copy(user: User, occurred_at: datetime | None) -> datetime | None:
    """Return the time since which the prices of a sale may be, or None if only the present ones may."""
    if user.is_device:
        return (occurred_at or datetime.now(UTC)) - MAX_AGE_OF_COPY
    return occurred_at
