"""Read what was returned of a sale or a delivery, and check whether it can be reversed, or returned again."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.database.replicas import read
from stock.booking.drafts import NOTHING
from stock.booking.picking import Held, Place, PortionDraft, take_each
from stock.booking.reversing import BookedMovement, read_movements
from stock.booking.sold import Sold, SoldMovement, SoldProduct
from stock.booking.sql_returns import FIRST, RETURN, RETURNS_OF_SALE, UNDONE_OF_SCRAP, WORTHS
from stock.models import RETURNED_TYPES, Operation, OperationReason
from stock.places.states import has_expired
from stock.return_errors import (
    HasReturns,
    ReturnedMeanwhile,
    ReturnedOtherwise,
    ReturnReversed,
    ReturnScrapped,
    SaleReversed,
    TooManyReversals,
    choose_error,
)
from users.models import User

MAX_REVERSALS = 1000  # the longest chain of reversals of reversals: statements follow it step by step

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
    for movement in sorted(returned, key=lambda one: worths[one.pk][1] is None):
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


def check_reversal(operation: Operation, by: User) -> int | None:
    """Check that returns stay within what was booked after the reversal of this operation. The products are locked.

    Return the id of the sale or the return that the reversal undoes, or None if it undoes neither.

    Raise TooManyReversals after MAX_REVERSALS in a row, HasReturns for a sale or a delivery, ReturnScrapped for a
    return whose scrap is still written off. For what would return goods again, or write off what came back, raise
    SaleReversed, MoreThanSold or ReturnReversed.
    """
    first, reason, length = operation.pk, operation.reason, 0
    owner_id = operation.owner_id
    if reason == OperationReason.REVERSAL:
        [[first, reason, length]] = read(FIRST, {"owner": owner_id, "operation": operation.pk})
        if length >= MAX_REVERSALS:
            raise TooManyReversals(operation=operation.pk, limit=MAX_REVERSALS)
    is_undone = length % 2 == 0
    if reason in RETURNED_TYPES and is_undone:
        if standing := read_standing(owner_id, first):
            raise choose_error(HasReturns, reason)(operation=operation.pk, returns=standing)
    elif reason == OperationReason.RETURN:
        for sale_id, scrapped in read(RETURN, {"owner": owner_id, "operation": first}):
            if is_undone and scrapped is not None:
                raise ReturnScrapped(operation=scrapped)
            if not is_undone:
                check_returned_again(Operation.objects.get(owner_id=owner_id, pk=sale_id), first, by)
    elif reason == OperationReason.DAMAGE and not is_undone:
        check_scrapped_again(owner_id, first)
    is_paid = reason in (OperationReason.SALE, OperationReason.RETURN)
    return first if is_paid and is_undone else None


def check_scrapped_again(owner_id: int, scrapped_id: int) -> None:
    """Check that what came back and was written off is still back. Raise ReturnReversed."""
    for [return_id] in read(UNDONE_OF_SCRAP, {"owner": owner_id, "operation": scrapped_id}):
        raise ReturnReversed(operation=return_id)


def check_returned_again(sale: Operation, return_id: int, by: User) -> None:
    """Check that a return that is done again fits into the sale beside the others.

    Raise SaleReversed or MoreThanSold, also if all returns of a movement would not add up to it to the cent.
    """
    sold = read_sold(sale, read_movements(sale.owner_id, [sale.pk]), by)
    worths = read_worths(sale.owner_id, [return_id])
    for movement in read_movements(sale.owner_id, [return_id]):
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            continue
        product, source = sold.products[movement.product_id], worths[movement.pk][1]
        movements = [sold.movements[source]] if source else product.movements
        product.check(movements, movement.quantity, **({"movement": source} if source else {}))
        add_returned(sold, [movement], worths)
        if sale.reason == OperationReason.SALE and not all(one.adds_up for one in movements):
            raise ReturnedOtherwise(product=movement.product_id, **product.count(movements, 0))
