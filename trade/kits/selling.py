"""How kits are sold, for how much, and how they come back: the functions of their GoodsKind."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from core.database.postgres.base import fetch
from core.money.amounts import MAX_PRICE
from core.money.currencies import round_money
from products.models import MAX_VALUE
from records.history.models import Kind
from stock.booking.drafts import BookingLine, OperationDraft
from stock.errors import ListPriceOnly
from stock.models import MovementType, Operation, OperationReason, PriceSource
from trade.kits.errors import (
    KitAmbiguous,
    KitArchived,
    KitNotFound,
    KitNotHere,
    KitNotInSale,
    KitOfWholes,
    KitPriceTooHigh,
    KitWithoutCode,
    MoreKitsThanSold,
    UsualPartsOnly,
)
from trade.kits.models import KIT, Kit, KitPart
from trade.selling.drafts import AskedGoods, FoundGoods, ReturnLine, SoldEntry, SoldPart
from trade.selling.hooks import Applied
from trade.selling.money import add_up, costs_each
from trade.selling.prices import (
    SalePrices,
    find_oldest_copy,
    is_limited,
    must_sell_at_list_price,
    read_listed_at,
    read_prices_since,
)
from users.models import User

# Returns the parts that a kit has had since a time, by the history, without its present ones.
PARTS_SINCE = """
SELECT (changes -> 'parts' -> 0)::json FROM history_change
WHERE owner_id = %(owner)s::bigint AND kind = 'kit' AND row_id = %(kit)s::bigint
    AND changes ? 'parts' AND at > %(since)s::timestamptz
"""
# Returns the names that products have had since a time, by the history, without their present ones.
NAMES_SINCE = """
SELECT row_id, changes -> 'name' ->> 0 FROM history_change
WHERE owner_id = %(owner)s::bigint AND kind = 'product' AND row_id = ANY(%(products)s::bigint[])
    AND changes ? 'name' AND at > %(since)s::timestamptz
"""


def check_kit(draft: OperationDraft, line: BookingLine, kit: FoundGoods | None) -> FoundGoods:
    """Return the kit that the line sells. Raise KitNotFound, KitArchived, KitNotHere or KitOfWholes."""
    if kit is None:
        raise KitNotFound(kit=line.product.value)
    if draft.reason != OperationReason.SALE or line.movement_type == MovementType.IN:
        raise KitNotHere(kit=kit.pk)
    if not isinstance(line.quantity, int) or line.expected_quantity is not None or (line.place and line.place.lot):
        raise KitOfWholes(kit=kit.pk)
    if kit.is_archived:
        raise KitArchived(kit=kit.pk)
    return kit


def check_label(kit: FoundGoods | None) -> None:
    """Raise KitNotFound, KitArchived or KitWithoutCode if no label of the kit can be drawn."""
    if kit is None:
        raise KitNotFound
    if kit.is_archived:
        raise KitArchived
    if not (kit.barcode or kit.sku):
        raise KitWithoutCode


def choose_entries(sale: Operation, sold: Sequence[SoldEntry], line: ReturnLine) -> list[int]:
    """Return the places of the kits of the sale that a line may take back, which all have the same parts.

    Raise KitNotInSale, KitAmbiguous, KitOfWholes or MoreKitsThanSold.
    """
    kit = line.product.value if line.product else 0
    places = [place for place, one in enumerate(sold) if one.goods == kit and line.entry in (None, place)]
    if not places:
        raise KitNotInSale(kit=kit, operation=sale.pk)
    if any(sold[place].products != sold[places[0]].products for place in places):
        raise KitAmbiguous(kit=kit, entries=places)
    if not isinstance(line.quantity, int) or (line.place and line.place.lot):
        raise KitOfWholes(kit=kit)
    if line.quantity > (number := sum(sold[place].number for place in places)):
        raise MoreKitsThanSold(kit=kit, sold=number, requested=line.quantity)
    return places


# --- Prices -----------------------------------------------------------------------------------------------


def find_total(
    draft: OperationDraft, asked: AskedGoods, parts: list[SoldPart], is_agreed: bool | None, prices: SalePrices | None
) -> tuple[Decimal, str]:
    """Return the price of all kits of the line, and what made it: it is given, or the price that applies.

    `is_agreed` is whether an order has kits with these parts at this price: None if it has fewer, or of somebody else.
    Then only a price below the one that applies is refused. Raise KitPriceTooHigh, or an error of
    check_list_price().
    """
    number, line, kit, currency = asked.quantity, asked.line, asked.goods, draft.by.shop_currency
    total: Decimal | None = line.total if line.unit_price is None else line.unit_price * number
    listed = find_listed(kit.price, parts, currency)
    if draft.occurred_at and total != listed * number:
        then = read_listed_at(draft.owner_id, Kind.KIT, {kit.pk: kit.price}, draft.occurred_at)[kit.pk]
        listed = find_listed(then, parts, currency)
    asked.list_price = listed
    applied = prices.apply((KIT, kit.pk), listed) if prices else Applied(listed)
    if total is None:
        total = applied.price * number
    if total > MAX_VALUE or total / number > MAX_PRICE:
        raise KitPriceTooHigh(kit=kit.pk, limit=MAX_PRICE)
    is_lower = is_agreed is False or total < applied.price * number
    if must_sell_at_list_price(draft.by) and not is_agreed and is_lower:
        check_list_price(draft, asked, parts, total, prices)
    is_applied = costs_each(total, applied.price, number, currency)
    return total, line.price_from or (applied.price_from if is_applied else PriceSource.TYPED.value)


def find_listed(price: Decimal | None, parts: list[SoldPart], currency: str) -> Decimal:
    """Return the list price of a kit. Without one, it costs what its parts do together."""
    return round_money(add_up(parts), currency) if price is None else price


def check_list_price(
    draft: OperationDraft, asked: AskedGoods, parts: list[SoldPart], total: Decimal, applied: SalePrices | None
) -> None:
    """Raise ListPriceOnly or UsualPartsOnly, if a user sells at list prices alone and these are none.

    The prices and the parts may be those since the sale, and a price the one that applies. A till may have older ones,
    as for products.
    """
    since = find_oldest_copy(draft.by, draft.occurred_at)
    currency = draft.by.shop_currency
    listed = [*list_prices(draft, asked.goods, parts, since)]
    prices = [*listed, *(applied.list_since((KIT, asked.goods.pk), listed) if applied else ())]
    is_price = any(costs_each(total, price, asked.quantity, currency) for price in prices)
    has_parts = not asked.line.parts or is_usual(draft, asked.goods, parts, since)
    if (is_price and has_parts) or not is_limited(draft.by, draft.occurred_at):
        return
    if not has_parts:
        raise UsualPartsOnly(kit=asked.goods.pk)
    shown = add_up(parts) if asked.goods.price is None else asked.goods.price
    raise ListPriceOnly(kit=asked.goods.pk, list_price=f"{shown:.2f}")


def list_prices(
    draft: OperationDraft, kit: FoundGoods, parts: list[SoldPart], since: datetime | None
) -> Iterator[Decimal]:
    """Yield the price of the kit and those that it has had since. Without one, it costs what its parts do together."""
    own = [kit.price, *(price for _, price in read_prices_since(draft.owner_id, Kind.KIT, [kit.pk], since))]
    yield from (price for price in own if price is not None)
    if None in own:
        prices = {part.product.pk: part.product.price for part in parts}
        yield add_up(parts, prices)
        for product, price in read_prices_since(draft.owner_id, Kind.PRODUCT, list(prices), since):
            prices[product] = price
            yield add_up(parts, prices)


def is_usual(draft: OperationDraft, kit: FoundGoods, parts: list[SoldPart], since: datetime | None) -> bool:
    """Return whether the kit has these parts, or has had them since.

    The history of the kit has the names of the products, which may have been renamed since.
    """
    if sorted([part.product.pk, part.each] for part in parts) == sorted(kit.parts):
        return True
    if since is None:
        return False
    names = [(part.product.pk, part.product.name) for part in parts]
    values = {"owner": draft.owner_id, "kit": kit.pk, "since": since, "products": [pk for pk, _name in names]}
    names += fetch(NAMES_SINCE, values)
    of_each = [{(name, part.each) for pk, name in names if pk == part.product.pk} for part in parts]
    for (former,) in fetch(PARTS_SINCE, values):
        named = {(part["name"], part["quantity"]) for part in former}
        if len(former) == len(parts) and all(named & each for each in of_each) and named <= set().union(*of_each):
            return True
    return False


def read_sold_parts(user: User, kit: Kit) -> list[SoldPart]:
    parts = KitPart.objects.for_user(user).filter(kit=kit).select_related("product__tax")
    return [SoldPart(one.product, one.quantity, one.product.price) for one in parts]
