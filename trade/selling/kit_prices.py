"""What kits are sold for, and the shares of their parts."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from core.database.postgres.base import fetch
from core.money.amounts import MAX_PRICE, price_of, share
from core.money.currencies import get_money_decimals, round_money
from products.models import MAX_VALUE
from records.history.models import Kind
from stock.booking.drafts import CENTS, NOTHING, LockedProduct, LockedProducts, OperationDraft
from stock.errors import ListPriceOnly
from stock.models.sql import PRICES_SINCE
from trade.kits import services
from trade.kits.errors import KitPriceTooHigh, UsualPartsOnly
from trade.kits.services import FoundKit
from trade.selling.drafts import KitLine
from trade.selling.prices import find_oldest_copy, is_limited, must_sell_at_list_price, read_listed_at

Prices = dict[int, Decimal]


class SoldPart(NamedTuple):
    """A part of a kit that is sold: its product, its quantity in one kit, and the price of the product at that time."""

    product: LockedProduct
    each: int
    price: Decimal

    def cost(self, quantity: int, price: Decimal | None = None) -> Decimal:
        return price_of(quantity, self.price if price is None else price, self.product.decimals)


def read_prices(draft: OperationDraft, locked: LockedProducts) -> Prices:
    """Return the prices of the products by id: those of the time of the sale, if it was earlier."""
    present = {product.product_id: product.price for product in locked.products}
    return read_listed_at(draft.owner_id, Kind.PRODUCT, present, draft.occurred_at)


def find_total(draft: OperationDraft, kit_line: KitLine, parts: list[SoldPart], *, is_agreed: bool) -> Decimal:
    """Return the price of all kits of the line: what it gives, else the price of a kit at the time of the sale.

    `is_agreed` is whether an order has kits with these parts at this price. Raise KitPriceTooHigh, or an error of
    check_list_price().
    """
    number, line, kit = kit_line.quantity, kit_line.line, kit_line.kit
    total: Decimal | None = line.total if line.unit_price is None else line.unit_price * number
    if total is None:
        listed = read_listed_at(draft.owner_id, Kind.KIT, {kit.pk: kit.price}, draft.occurred_at)[kit.pk]
        total = (round_money(add_up(parts), draft.by.shop_currency) if listed is None else listed) * number
    if total > MAX_VALUE or total / number > MAX_PRICE:
        raise KitPriceTooHigh(kit=kit.pk, limit=MAX_PRICE)
    if must_sell_at_list_price(draft.by) and not is_agreed:
        check_list_price(draft, kit_line, parts, total)
    return total


def add_up(parts: list[SoldPart], prices: Prices | None = None) -> Decimal:
    """Return what the parts of one kit cost, at these prices by product."""
    prices = prices or {}
    return sum((part.cost(part.each, prices.get(part.product.product_id)) for part in parts), NOTHING)


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


# --- List prices ------------------------------------------------------------------------------------------


def check_list_price(draft: OperationDraft, kit_line: KitLine, parts: list[SoldPart], total: Decimal) -> None:
    """Raise ListPriceOnly or UsualPartsOnly, if a user sells at list prices alone and these are none.

    The prices and the parts may be those since the sale. A till may have older ones, as for products.
    """
    since = find_oldest_copy(draft.by, draft.occurred_at)
    number, currency = kit_line.quantity, draft.by.shop_currency
    prices = list_prices(draft, kit_line.kit, parts, since)
    is_price = any(total in (price * number, round_money(price, currency) * number) for price in prices)
    has_parts = not kit_line.line.parts or is_usual(draft, kit_line.kit, parts, since)
    if (is_price and has_parts) or not is_limited(draft.by, draft.occurred_at):
        return
    if not has_parts:
        raise UsualPartsOnly(kit=kit_line.kit.pk)
    listed = add_up(parts) if kit_line.kit.price is None else kit_line.kit.price
    raise ListPriceOnly(kit=kit_line.kit.pk, list_price=f"{listed:.2f}")


def list_prices(
    draft: OperationDraft, kit: FoundKit, parts: list[SoldPart], since: datetime | None
) -> Iterator[Decimal]:
    """Yield the price of the kit and those that it has had since. Without one, it costs what its parts do together."""
    own = [kit.price, *(price for _, price in read_prices_since(draft, Kind.KIT, [kit.pk], since))]
    yield from (price for price in own if price is not None)
    if None in own:
        prices = {part.product.product_id: part.product.price for part in parts}
        yield add_up(parts, prices)
        for product, price in read_prices_since(draft, Kind.PRODUCT, list(prices), since):
            prices[product] = price
            yield add_up(parts, prices)


def read_prices_since(
    draft: OperationDraft, kind: Kind, rows: list[int], since: datetime | None
) -> list[tuple[int, Any]]:
    """Return the prices that later ones have replaced, with the ids of their rows, the newest first."""
    values = {"owner": draft.owner_id, "kind": kind.value, "rows": rows, "since": since}
    return fetch(PRICES_SINCE, values) if since else []


def is_usual(draft: OperationDraft, kit: FoundKit, parts: list[SoldPart], since: datetime | None) -> bool:
    """Return whether the kit has these parts, or has had them since.

    The history of the kit has the names of the products, which may have been renamed since.
    """
    if sorted([part.product.product_id, part.each] for part in parts) == sorted(kit.parts):
        return True
    if since is None:
        return False
    names = [(part.product.product_id, part.product.name) for part in parts]
    values = {"owner": draft.owner_id, "kit": kit.pk, "since": since, "products": [pk for pk, _name in names]}
    names += fetch(services.NAMES_SINCE, values)
    of_each = [{(name, part.each) for pk, name in names if pk == part.product.product_id} for part in parts]
    for (former,) in fetch(services.PARTS_SINCE, values):
        named = {(part["name"], part["quantity"]) for part in former}
        if len(former) == len(parts) and all(named & each for each in of_each) and named <= set().union(*of_each):
            return True
    return False
