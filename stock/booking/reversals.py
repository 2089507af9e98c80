"""Decide the movements of a reversal: the opposite of each movement of an operation, the last one first.

This module also decides from which places goods are taken that go back to a supplier.
"""

from collections.abc import Iterable
from decimal import Decimal

from core.database.postgres.base import fetch
from stock.booking.drafting import advance, check_limit, check_place
from stock.booking.drafts import (
    LockedProduct,
    LockedProducts,
    MovementDraft,
    OperationDraft,
    PlaceReference,
    by_id,
    check_available,
    require_stock,
)
from stock.booking.holdings import Held, LineErrors, Place, PortionDraft, put, take, take_each
from stock.booking.locks import BookedMovement
from stock.booking.places import NamedPlace, find_or_create_places
from stock.errors import LocationArchived
from stock.making.errors import ValueGone
from stock.models import MovementType, Operation, OperationReason
from stock.models.sql import FIRST_REASON


def find_begun_reason(operation: Operation) -> str:
    """Return the reason of the operation, or of the one that began the chain of reversals to which it belongs."""
    if operation.reason != OperationReason.REVERSAL:
        return operation.reason
    first_reason = FIRST_REASON.format(operation="%(operation)s::bigint")
    [[reason]] = fetch(f"SELECT {first_reason}", {"owner": operation.owner_id, "operation": operation.pk})
    return str(reason)


def draft_reversals(
    draft: OperationDraft, locked: LockedProducts, booked: list[BookedMovement], reason: str
) -> list[MovementDraft]:
    """Return the opposite of each movement. Raise LocationArchived or InvalidLines.

    Raise KeepsNoStock if something would be left of a product that keeps no stock any more.

    The reversal of an OUT brings back exactly the value that the OUT took. If `reason` is that of a transfer, the
    present value is moved back. If it is that of a making, raise ValueGone unless an IN can give its value back, too.
    """
    is_transfer = reason == OperationReason.TRANSFER
    filled = [
        portion.place
        for movement in booked
        for portion in movement.portions
        if movement.movement_type == MovementType.OUT and portion.place.location is not None
    ]
    named = [NamedPlace(0, PlaceReference(place.location), is_filled=True) for place in filled]
    places = find_or_create_places(draft, locked.products, named)
    for place in filled:
        if place.location not in places.locations:
            raise LocationArchived(place)
    movements: list[MovementDraft] = []
    errors = LineErrors()
    for index, movement in enumerate(booked):
        with errors.of(index):
            product = locked.get_live(by_id(movement.product_id))
            if is_transfer and movement.movement_type == MovementType.OUT and movements:
                value = movements[-1].value
            elif is_transfer:
                value = product.compute_share(movement.quantity)
            else:
                value = movement.value
            movements.append(draft_reversal(product, movement, value))
    errors.raise_if_any()
    if reason == OperationReason.MAKING:
        check_values(locked, booked, movements)
    for product in locked.products:
        if product.quantity:
            require_stock(product)
    return movements


def check_values(locked: LockedProducts, booked: list[BookedMovement], movements: list[MovementDraft]) -> None:
    """Raise ValueGone if a movement does not have the value of the one that it reverses."""
    for movement, draft in zip(booked, movements, strict=True):
        if draft.value != movement.value:
            left = locked.get_live(by_id(movement.product_id)).stock_value + draft.value
            raise ValueGone(product=movement.product_id, value=movement.value, left=left)


def draft_reversal(product: LockedProduct, movement: BookedMovement, value: Decimal) -> MovementDraft:
    """Return the opposite of a movement, with this value.

    It undoes exactly the same portions. The part that was not held is taken from stock that is not held, then in the
    order of an OUT. Raise InsufficientStock, InsufficientAtPlace, StockLimitExceeded or ValueTooHigh.
    """
    if movement.movement_type == MovementType.OUT:
        check_limit(product, movement.quantity)
        portions = [put(product.holdings, portion.place, portion.quantity) for portion in movement.portions]
        return advance(product, MovementType.IN, movement.quantity, value, portions)
    check_available(product, movement.quantity)
    taken = [take_back(product, portion) for portion in movement.portions]
    rest = movement.quantity - sum(portion.quantity for portion in taken)
    taken += take(product.holdings.values(), 0, max(0, rest - product.not_held), OperationReason.REVERSAL)
    returned = product.compute_returned(movement.quantity, value)
    return advance(product, MovementType.OUT, movement.quantity, returned, add_up(taken))


def take_back(product: LockedProduct, portion: PortionDraft) -> PortionDraft:
    """Take the portion from the holding that it was added to. Raise InsufficientAtPlace if the holding has less."""
    held = [product.holdings[portion.place.key]] if portion.place.key in product.holdings else []
    check_place(product, held, 0, portion.quantity, portion.place)
    return take(held, 0, portion.quantity, OperationReason.REVERSAL)[0]


def take_arrived(product: LockedProduct, sources: Iterable[Held], quantity: int) -> list[PortionDraft]:
    """Take what arrived at these places from there, then what else is in the same lot. Raise InsufficientAtPlace.

    A lot that is gone is passed over. Only what arrived in no lot is also taken from the stock that is not held, then
    in the order of an OUT.
    """
    taken: list[PortionDraft] = []
    gone, elsewhere, left = Place(), 0, quantity
    for source in sources:
        if not left:
            break
        place, part = source.place, min(left, source.quantity)
        same = [] if place.is_nowhere else [held for held in product.holdings.values() if held.place.lot == place.lot]
        same.sort(key=lambda held: held.place.location != place.location)
        portions, missing = take_each(same, part)
        if place.lot is None:
            elsewhere += missing
        elif missing:
            gone, part = place.move_to(None), part - missing
        source.quantity -= part
        left -= part
        taken += portions
    check_place(product, [], quantity - left, quantity, gone)
    return taken + take(product.holdings.values(), 0, max(0, elsewhere - product.not_held), OperationReason.RETURN)


def add_up(portions: list[PortionDraft]) -> list[PortionDraft]:
    quantities: dict[Place, int] = {}
    for place, quantity in portions:
        quantities[place] = quantities.get(place, 0) + quantity
    return [PortionDraft(place, quantity) for place, quantity in quantities.items()]
