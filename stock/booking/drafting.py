"""Compute the movements of an operation in memory while the products are locked. `services` writes the movements.

Each function returns the next movements of a product, and changes its quantity and its holdings in memory.
"""

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal

from core.fields import MAX_QUANTITY
from products.models import MAX_VALUE
from stock.booking.drafts import (
    NO_PRICE,
    BookingLine,
    LockedProduct,
    LockedProducts,
    MovementDraft,
    OperationDraft,
    Price,
    QuantityAtPlace,
    by_id,
    check_available,
    require_stock,
)
from stock.booking.extra_costs import check_delivery, share_extra_costs
from stock.booking.holdings import Held, LineErrors, Place, PortionDraft, put, take, take_each
from stock.booking.locks import read_stock
from stock.booking.places import NamedLocation, Places
from stock.errors import (
    CostRefused,
    InsufficientAtPlace,
    KeepsNoStock,
    PriceWithoutSale,
    QuantityChanged,
    StockLimitExceeded,
    ValueTooHigh,
)
from stock.models import MovementType, OperationReason
from users.access.roles import Right, may
from users.models import User

# The reasons with which a product without stock is booked, by the type of the line.
PASSING_REASONS: dict[str, set[str]] = {
    MovementType.IN: {
        OperationReason.PURCHASE, OperationReason.RETURN, OperationReason.OTHER, OperationReason.MAKING,
    },
    MovementType.OUT: {OperationReason.SALE, OperationReason.RETURN, OperationReason.OTHER, OperationReason.MAKING},
}  # fmt: skip


# Decides what a line of a locked product is sold for. The quantity is in base units.
FindPrice = Callable[[LockedProduct, int, BookingLine], Price]


def refuse_price(_product: LockedProduct, _quantity: int, line: BookingLine) -> Price:
    """Return no price. Raise PriceWithoutSale if the line has one."""
    if line.price.is_given:
        raise PriceWithoutSale
    return NO_PRICE


def draft_movements(
    draft: OperationDraft,
    locked: LockedProducts,
    lines: list[BookingLine],
    errors: LineErrors,
    find_price: FindPrice = refuse_price,
) -> list[MovementDraft]:
    """Return the movements of each line, or raise InvalidLines with the error of every refused line.

    Raise also an error of check_delivery() or share_extra_costs().
    """
    if draft.extra_costs or draft.supplier:
        check_delivery(draft)
    places = read_stock(draft, locked, lines)
    movements = []
    for index, line in errors.each(lines):
        with errors.of(index):
            movements += draft_line(draft, locked, places, line, find_price)
    errors.raise_if_any()
    return share_extra_costs(draft, movements, locked) if draft.extra_costs else movements


def draft_line(
    draft: OperationDraft,
    locked: LockedProducts,
    places: Places,
    line: BookingLine,
    find_price: FindPrice = refuse_price,
) -> list[MovementDraft]:
    """Return the movement of a line, or the two of a product without stock. Raise the error of the line."""
    product = locked.get_live(line.product)
    check_expected_quantity(product, line.expected_quantity)
    place = places.resolve(product.product_id, line.place) if line.place else None
    quantity, cost = product.count_units(line.quantity), line.cost_price
    price = find_price(product, quantity, line)
    if cost.is_given:
        check_cost(draft.by, draft.reason)
    if product.keeps_stock:
        return [draft_movement(product, line.movement_type, quantity, draft.reason, place, cost, price)]
    return draft_passage(product, line.movement_type, quantity, draft.reason, place, cost, price)


def check_cost(user: User, reason: str) -> None:
    """Raise CostRefused if the user names a cost with this reason and sees none. A making computes its costs itself."""
    if reason not in (OperationReason.PURCHASE, OperationReason.MAKING) and not may(user, Right.SEE_COSTS):
        raise CostRefused


def draft_passage(
    product: LockedProduct,
    movement_type: str,
    quantity: int,
    reason: str,
    place: Place | None,
    cost: Price,
    price: Price,
) -> list[MovementDraft]:
    """Return the two movements of a line of a product without stock: what goes out has just come in.

    Raise KeepsNoStock for an operation that would change or correct stock, or an error of draft_movement().
    """
    if reason not in PASSING_REASONS[movement_type]:
        raise KeepsNoStock(product=product.product_id)
    came = draft_movement(product, MovementType.IN, quantity, reason, place, cost)
    if movement_type == MovementType.IN:
        return [came, draw_out(product)]
    return [came, draft_movement(product, MovementType.OUT, quantity, reason, place, price=price)]


def draw_out(product: LockedProduct) -> MovementDraft:
    """Return the movement that takes all of a product out, from all places, with its whole value."""
    taken = take(product.holdings.values(), product.not_held, product.quantity, OperationReason.OTHER)
    return advance(product, MovementType.OUT, product.quantity, product.stock_value, taken)


def check_expected_quantity(product: LockedProduct, expected: int | None) -> None:
    """Raise QuantityChanged if a quantity is expected and the product has another one."""
    if expected is not None and expected != product.quantity:
        raise QuantityChanged(
            product=product.product_id, expected=product.write(expected), actual=product.write(product.quantity)
        )


def draft_movement(
    product: LockedProduct,
    movement_type: str,
    quantity: int,
    reason: str,
    place: Place | None = None,
    cost: Price = NO_PRICE,
    price: Price = NO_PRICE,
) -> MovementDraft:
    """Return the movement of a line.

    Raise InsufficientStock, InsufficientAtPlace, StockLimitExceeded or ValueTooHigh.

    Without a place, an IN adds to the stock that is not held, and an OUT takes in the order of `picking`. If the
    reserved quantity was read, an OUT does not take it. The default cost is computed by LockedProduct.
    """
    portions: Sequence[PortionDraft] = ()
    if movement_type == MovementType.IN:
        check_limit(product, quantity)
        if place:
            portions = [put(product.holdings, place, quantity)]
        value = product.compute_cost(quantity, cost.one) if cost.whole is None else cost.whole
        return advance(product, MovementType.IN, quantity, value, portions)
    if place:
        portions = take_at(product, quantity, reason, place)
    else:
        check_available(product, quantity)
        if product.holdings:
            portions = take(product.holdings.values(), product.not_held, quantity, reason)
    if reason == OperationReason.SALE and price.one is None:
        raise ValueError("A sale without a price: book it by trade.selling.")
    return advance(product, MovementType.OUT, quantity, product.compute_share(quantity), portions, price)


def draft_difference(product: LockedProduct, difference: int, reason: str, place: Place | None = None) -> MovementDraft:
    """Return the movement that changes the quantity of a product, or of one place, by `difference`. It is not 0.

    Raise KeepsNoStock, or an error of draft_movement().
    """
    require_stock(product)
    movement_type = MovementType.IN if difference > 0 else MovementType.OUT
    return draft_movement(product, movement_type, abs(difference), reason, place)


def draft_quantities(locked: LockedProducts, places: Places, placed: Sequence[QuantityAtPlace]) -> list[MovementDraft]:
    """Return the movements that set these quantities of holdings. Raise InvalidLines with errors by index."""
    movements, errors = [], LineErrors()
    for index, row in enumerate(placed):
        with errors.of(index):
            product = locked.get_live(by_id(row.product_id))
            movements += draft_quantity(product, row.quantity, places.resolve(row.product_id, row.place))
    errors.raise_if_any()
    return movements


def draft_quantity(product: LockedProduct, quantity: int, place: Place | None) -> list[MovementDraft]:
    """Return the movement that sets one holding or, without a place, the quantity that is not held.

    The list is empty if the quantity is right already. A place without a lot means the holding that is in no lot, not
    the sum of all lots at the location.
    """
    held = [product.holdings[place.key]] if place and place.key in product.holdings else []
    difference = quantity - (sum(one.quantity for one in held) if place else product.not_held)
    if not difference:
        return []
    require_stock(product)
    if difference > 0:
        check_limit(product, difference)
        portions = [put(product.holdings, place, difference)] if place else []
        return [advance(product, MovementType.IN, difference, product.compute_cost(difference), portions)]
    portions, _ = take_each(held, -difference)
    return [advance(product, MovementType.OUT, -difference, product.compute_share(-difference), portions)]


def draft_transfer(
    product: LockedProduct, quantity: int, source: NamedLocation | None, target: NamedLocation | None, lot: Place | None
) -> list[MovementDraft]:
    """Return an OUT and an IN that move the quantity from one location to another. Goods keep their lot and value.

    None means no location. Raise InsufficientAtPlace or KeepsNoStock.
    """
    require_stock(product)
    source_id = source[0] if source else None
    place = (lot or Place()).move_to(source)
    held = [one for one in product.list_held(place) if one.place.location == source_id]
    not_held = product.not_held if source is None and lot is None else 0
    check_place(product, held, not_held, quantity, place)
    taken = take(held, not_held, quantity, OperationReason.TRANSFER)
    outgoing = advance(product, MovementType.OUT, quantity, product.compute_share(quantity), taken)
    moved = [(portion.place.move_to(target), portion.quantity) for portion in taken]
    rest = quantity - sum(portion.quantity for portion in taken)
    if rest and target:
        moved.append((Place().move_to(target), rest))
    filled = [put(product.holdings, to, part) for to, part in moved if not to.is_nowhere]
    return [outgoing, advance(product, MovementType.IN, quantity, outgoing.value, filled)]


def take_at(product: LockedProduct, quantity: int, reason: str, place: Place) -> list[PortionDraft]:
    """Take the quantity from the holdings at this place only. Raise InsufficientAtPlace.

    A count takes first from the holding to which it adds a surplus. So if too many are counted at a location and then
    the right number, each lot has the same quantity again.
    """
    held = product.list_held(place)
    check_place(product, held, 0, quantity, place)
    check_available(product, quantity)
    surplus = [one for one in held if one.place.key == place.key and reason == OperationReason.COUNT]
    portions, missing = take_each(surplus, quantity)
    return portions + take(held, 0, missing, reason)


def check_place(product: LockedProduct, held: Collection[Held], not_held: int, quantity: int, place: Place) -> None:
    """Raise InsufficientAtPlace if the place has less than the quantity."""
    available = sum(one.quantity for one in held) + not_held
    if available < quantity:
        named = {"location": place.location, "lot": place.lot}
        raise InsufficientAtPlace(
            where=place.describe(),
            product=product.product_id,
            available=product.write(available),
            requested=product.write(quantity),
            **{name: value for name, value in named.items() if value is not None},
        )


def check_limit(product: LockedProduct, quantity: int) -> None:
    """Raise StockLimitExceeded if the quantity would bring the product above MAX_QUANTITY."""
    if product.quantity + quantity > MAX_QUANTITY:
        raise StockLimitExceeded(
            product=product.product_id,
            available=product.write(product.quantity),
            requested=product.write(quantity),
            limit=product.write(MAX_QUANTITY),
        )


def advance(
    product: LockedProduct,
    movement_type: MovementType,
    quantity: int,
    value: Decimal,
    portions: Sequence[PortionDraft],
    price: Price = NO_PRICE,
) -> MovementDraft:
    """Return the next movement of a locked product, and change the product in memory. Raise ValueTooHigh.

    The caller has checked the quantity.
    """
    is_in = movement_type == MovementType.IN
    if is_in and product.stock_value + value > MAX_VALUE:
        raise ValueTooHigh(product=product.product_id, limit=MAX_VALUE)
    old, held = product.quantity, sum(portion.quantity for portion in portions)
    product.quantity += quantity if is_in else -quantity
    product.held += held if is_in else -held
    product.stock_value += value if is_in else -value
    product.sequence += 1
    return MovementDraft(
        product.product_id,
        product.name,
        product.sequence,
        movement_type.value,
        quantity,
        old,
        product.quantity,
        value,
        *price,
        product.sku,
        product.external_id,
        product.decimals,
        portions,
    )
