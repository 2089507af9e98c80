"""Read what a sale or a delivery has sold, and what was returned of it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.database.replicas import read
from stock.booking.drafts import NOTHING
from stock.booking.picking import Held, Place, PortionDraft, take_each
from stock.booking.reversing import BookedMovement, read_movements
from stock.booking.sold import Sold, SoldMovement, SoldProduct
from stock.booking.sql_returns import RETURNS_OF_SALE, WORTHS
from stock.models import RETURNED_TYPES, Operation, OperationReason
from stock.places.states import has_expired
from stock.return_errors import ReturnedMeanwhile, SaleReversed, choose_error
from users.models import User

# What each movement was sold for, which movement it takes back, and what that was sold for.
Worths = dict[int, tuple[Decimal, int | None, Decimal | None]]


def read_sold(sale: Operation, booked: Iterable[BookedMovement], by: User, expected_returns: int | None = None) -> Sold:
    """Return what a sale or a delivery has sold, with what was returned of it.

    `booked` are its movements, the last one first. Raise SaleReversed, or ReturnedMeanwhile if the sale has another
    number of standing returns than expected.
    """
    standing = read_standing(sale.owner_id, sale.pk, sale.reason)
    if expected_returns not in (None, len(standing)):
        error = choose_error(ReturnedMeanwhile, sale.reason)
        raise error(operation=sale.pk, expected=expected_returns, actual=len(standing))
    worths = read_worths(sale.owner_id, [sale.pk, *standing])
    products: dict[int, SoldProduct] = {}
    day = sale.occurred_at.astimezone(ZoneInfo(by.shop_zone)).date()
    for movement in booked:
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            of_product = products.setdefault(movement.product_id, SoldProduct(movement.product_id, sale.reason))
            of_product.movements.append(make_sold(movement, worths[movement.pk][0], by.shop_currency, day))
    movements = {one.pk: one for of_product in products.values() for one in of_product.movements}
    sold = Sold(dict(reversed(products.items())), movements)
    # A return of a product without stock has both types.
    returned = [
        movement
        for movement in (read_movements(sale.owner_id, standing) if standing else [])
        if movement.movement_type != RETURNED_TYPES[sale.reason]
    ]
    add_returned(sold, returned, worths)
    remove_returned(sold, returned, worths)
    return sold


def make_sold(movement: BookedMovement, total: Decimal, currency: str, day: date) -> SoldMovement:
    # A sale takes expired lots last, and the stock that is not held before these.
    latest = list_parts(movement)[::-1]
    latest.sort(key=lambda part: not has_expired(part.place.expires_on, day))
    sources = [Held(0, *part) for part in latest]
    whole = movement.value, total
    return SoldMovement(movement.pk, movement.product_id, movement.quantity, whole, currency, sources)


def add_returned(sold: Sold, returned: Iterable[BookedMovement], worths: Worths) -> None:
    """Count what came back: first what names a movement of the sale, then what earlier releases have booked."""
    for movement in sorted(returned, key=lambda one: (worths[one.pk][1] is None, one.pk)):
        _, source, worth = worths[movement.pk]
        if source is None:
            sold.products[movement.product_id].add_unnamed(movement.quantity, movement.value)
        else:
            sold.movements[source].returned += movement.quantity
            sold.movements[source].give(movement.value, worth or NOTHING)


def read_worths(owner_id: int, operations: list[int]) -> Worths:
    """Return the worths of the movements of these operations, by their ids."""
    return {row[0]: row[1:] for row in read(WORTHS, {"owner": owner_id, "operations": operations})}


def read_standing(owner_id: int, sale_id: int, reason: str = OperationReason.SALE) -> list[int]:
    """Return the ids of the returns of a sale or a delivery that are not undone. Raise SaleReversed."""
    rows = read(RETURNS_OF_SALE, {"owner": owner_id, "sale": sale_id})
    if rows[0][0]:
        raise choose_error(SaleReversed, reason)(operation=sale_id)
    return [operation for _, operation, _, is_undone in rows if operation and not is_undone]


def list_parts(movement: BookedMovement) -> list[PortionDraft]:
    """Return the portions of a movement, and the rest of its quantity as a portion without a place."""
    rest = movement.quantity - sum(portion.quantity for portion in movement.portions)
    return [*movement.portions, PortionDraft(Place(), rest)] if rest else movement.portions


def remove_returned(sold: Sold, returned: Iterable[BookedMovement], worths: Worths) -> None:
    """Remove from the sources what came back: what was put where it came from, then the same lots, then the rest."""
    parts = [
        (sold.products[movement.product_id].list_sources(worths[movement.pk][1]), *part)
        for movement in returned
        for part in list_parts(movement)
    ]
    for is_same in (is_same_place, is_same_lot, lambda *_: True):
        parts = [
            (sources, place, take_each([one for one in sources if is_same(one.place, place)], quantity)[1])
            for sources, place, quantity in parts
        ]


def is_same_place(one: Place, other: Place) -> bool:
    return one.key == other.key


def is_same_lot(one: Place, other: Place) -> bool:
    return one.lot == other.lot
