"""Decide the movements of a return: goods of a sale come back, or goods of a delivery go back to the supplier.

The lines of an operation with the same product are treated as one. Their value is shared over all pieces, and the goods
take their part of it. For a delivery, `sold` means what has arrived.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.database.postgres.base import fetch
from core.sentences import Goods
from stock.booking.drafting import advance, check_available, check_limit, draw_out, take_at
from stock.booking.drafts import (
    NOTHING,
    LockedProduct,
    LockedProducts,
    MovementDraft,
    OperationDraft,
    PlaceReference,
    ProductReference,
    Units,
    by_id,
    divide,
)
from stock.booking.line_errors import LineErrors
from stock.booking.locking import list_named_places
from stock.booking.picking import Held, Place, PortionDraft, put, take_each
from stock.booking.placing import NamedPlace, Places, find_or_create_places
from stock.booking.reversing import BookedMovement, add_up, read_movements, take_arrived
from stock.booking.sql_returns import FIRST, RETURN, RETURNS_OF_SALE, UNDONE_OF_SCRAP
from stock.errors import LocationArchived
from stock.models import RETURNED_TYPES, MovementType, Operation, OperationReason
from stock.places.states import has_expired
from stock.return_errors import (
    HasReturns,
    MoreThanSold,
    NothingToReturn,
    NotInSale,
    ReturnedMeanwhile,
    ReturnReversed,
    ReturnScrapped,
    SaleReversed,
    ScrappedDelivery,
    TooManyReversals,
    choose_error,
)

MAX_REVERSALS = 1000  # the longest chain of reversals of reversals: statements follow it step by step


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """A line of a return. What is scrapped is written off at once. Without a place, goods go back to where they were.

    A place with a location alone keeps the lot, and a place with a lot alone keeps the location. A line may name a kit,
    and `entry` is its place among the kits of the sale: trade.kits.return_services replaces it by lines of its parts.
    """

    product: ProductReference
    quantity: Units
    is_scrapped: bool = False
    place: PlaceReference | None = None
    entry: int | None = None


@dataclass(slots=True)
class SoldProduct:
    """A product in a sale or a delivery, what was returned of it, and what a request wants to return.

    `reason` is that of the operation, `given` the value that was returned, and `sources` are the places of the rest,
    the last ones taken first.
    """

    product_id: int
    reason: str
    decimals: int = 0
    sold: int = 0
    value: Decimal = NOTHING
    returned: int = 0
    requested: int = 0
    given: Decimal = NOTHING
    sources: list[Held] = field(default_factory=list)

    def request(self, quantity: int) -> None:
        """Count a quantity that is to be returned. Raise MoreThanSold."""
        requested = self.requested + quantity
        if self.returned + requested > self.sold:
            numbers = {"sold": self.sold, "returned": self.returned, "requested": requested}
            raise choose_error(MoreThanSold, self.reason)(
                product=self.product_id, **{name: Goods(number, self.decimals) for name, number in numbers.items()}
            )
        self.requested = requested

    def give(self, quantity: int) -> Decimal:
        """Count a quantity that is to be returned, and return its value. Raise MoreThanSold."""
        self.request(quantity)
        value = max(NOTHING, divide(self.value, self.returned + self.requested, self.sold) - self.given)
        self.given += value
        return value

    def list_first(self, place: Place) -> list[Held]:
        """Return the sources, those in the lot of this place first, and of these those at its location."""
        return sorted(
            self.sources,
            key=lambda one: (place.lot not in (None, one.place.lot), place.location not in (None, one.place.location)),
        )


def read_sold(
    sale: Operation, booked: Iterable[BookedMovement], zone: str, expected_returns: int | None = None
) -> dict[int, SoldProduct]:
    """Return the products of a sale or a delivery by id, in the order of its lines.

    `booked` are its movements, the last one first.

    Raise SaleReversed, or ReturnedMeanwhile if the sale has another number of standing returns than expected.
    """
    standing = read_standing(sale.owner_id, sale.pk, sale.reason)
    if expected_returns not in (None, len(standing)):
        error = choose_error(ReturnedMeanwhile, sale.reason)
        raise error(operation=sale.pk, expected=expected_returns, actual=len(standing))
    sold: dict[int, SoldProduct] = {}
    day = sale.occurred_at.astimezone(ZoneInfo(zone)).date()
    for movement in booked:
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            one = sold.setdefault(movement.product_id, SoldProduct(movement.product_id, sale.reason))
            one.sold += movement.quantity
            one.value += movement.value
            # A sale takes expired lots last, and the stock that is not held before these.
            latest = list_parts(movement)[::-1]
            latest.sort(key=lambda part: not has_expired(part.place.expires_on, day))
            one.sources += [Held(0, *part) for part in latest]
    # A return of a product without stock has both types.
    returned = [
        movement
        for movement in (read_movements(sale.owner_id, standing) if standing else [])
        if movement.movement_type != RETURNED_TYPES[sale.reason]
    ]
    for movement in returned:
        sold[movement.product_id].returned += movement.quantity
        sold[movement.product_id].given += movement.value
    remove_returned(sold, returned)
    return dict(reversed(sold.items()))


def read_standing(owner_id: int, sale_id: int, reason: str = OperationReason.SALE) -> list[int]:
    """Return the ids of the returns of a sale or a delivery that are not undone. Raise SaleReversed."""
    rows = fetch(RETURNS_OF_SALE, {"owner": owner_id, "sale": sale_id})
    if rows[0][0]:
        raise choose_error(SaleReversed, reason)(operation=sale_id)
    return [operation for _, operation, _, is_undone in rows if operation and not is_undone]


def list_parts(movement: BookedMovement) -> list[PortionDraft]:
    """Return the portions of a movement, and the rest of its quantity as a portion without a place."""
    rest = movement.quantity - sum(portion.quantity for portion in movement.portions)
    return [*movement.portions, PortionDraft(Place(), rest)] if rest else movement.portions


def remove_returned(sold: dict[int, SoldProduct], returned: Iterable[BookedMovement]) -> None:
    """Remove from the sources what came back: what was put where it came from, then the same lots, then the rest."""
    parts = [(sold[movement.product_id].sources, *part) for movement in returned for part in list_parts(movement)]
    for is_same in (is_same_place, is_same_lot, lambda *_: True):
        parts = [
            (sources, place, take_each([one for one in sources if is_same(one.place, place)], quantity)[1])
            for sources, place, quantity in parts
        ]


def is_same_place(one: Place, other: Place) -> bool:
    return one.key == other.key


def is_same_lot(one: Place, other: Place) -> bool:
    return one.lot == other.lot


def list_left(sold: dict[int, SoldProduct]) -> list[ReturnLine]:
    """Return a line for each product of which something is left. Raise NothingToReturn."""
    left = [
        ReturnLine(by_id(one.product_id), one.sold - one.returned) for one in sold.values() if one.returned < one.sold
    ]
    if not left:
        one = next(iter(sold.values()))
        error = choose_error(NothingToReturn, one.reason)
        raise error(product=one.product_id, sold=one.sold, returned=one.returned, requested=one.sold)
    return left


def draft_returns(
    draft: OperationDraft,
    locked: LockedProducts,
    sale: Operation,
    sold: dict[int, SoldProduct],
    lines: list[ReturnLine] | None,
    errors: LineErrors,
) -> tuple[list[MovementDraft], list[bool]]:
    """Return the movements of each line, and for each whether it is scrapped.

    Without lines, everything that is left comes back.

    Raise InvalidLines or LocationArchived, and without lines the first error.
    """
    chosen = list_left(sold) if lines is None else lines
    is_delivery = sale.reason == OperationReason.PURCHASE
    if is_delivery and any(line.is_scrapped for line in chosen):
        raise ScrappedDelivery(operation=sale.pk)
    named = list_named_places(locked, chosen, lambda _: not is_delivery)
    named += [
        NamedPlace(0, PlaceReference(source.place.location), is_filled=True)
        for one in sold.values()
        for source in one.sources
        if source.place.location is not None and not is_delivery
    ]
    places = find_or_create_places(draft, locked.products, named)
    movements: list[MovementDraft] = []
    are_scrapped: list[bool] = []
    archived: list[Place] = []
    for index, line in errors.each(chosen):
        with errors.of(index):
            product = locked.get_live(line.product)
            if product.product_id not in sold:
                raise choose_error(NotInSale, sale.reason)(product=product.product_id, operation=sale.pk)
            one, place = sold[product.product_id], None
            if line.place:
                place = places.resolve(product.product_id, line.place)
            quantity, one.decimals = product.count_units(line.quantity), product.decimals
            if is_delivery:
                booked = send_back(product, one, quantity, place)
            else:
                booked = draft_return(product, one, quantity, place, places, archived)
            movements += booked
            are_scrapped += [line.is_scrapped and product.keeps_stock] * len(booked)
    if lines is None and errors.by_index:
        raise errors.by_index[min(errors.by_index)]
    errors.raise_if_any()
    if archived:
        raise LocationArchived(archived[0])
    return movements, are_scrapped


def send_back(product: LockedProduct, one: SoldProduct, quantity: int, named: Place | None) -> list[MovementDraft]:
    """Return the movement that sends goods of a delivery back. They leave the named place, or the places with stock.

    The stock value decreases by the value that the delivery added for them: see LockedProduct.compute_returned().
    A product without stock gets them first, with this value.
    """
    share = one.give(quantity)
    if not product.keeps_stock:
        return [advance(product, MovementType.IN, quantity, share, ()), draw_out(product)]
    check_available(product, quantity)
    if named:
        taken = take_at(product, quantity, OperationReason.RETURN, named)
        take_each(one.list_first(named), quantity)
    else:
        taken = take_arrived(product, one.sources, quantity)
    value = product.compute_returned(quantity, share)
    one.given += value - share
    return [advance(product, MovementType.OUT, quantity, value, add_up(taken))]


def draft_return(
    product: LockedProduct, one: SoldProduct, quantity: int, named: Place | None, places: Places, archived: list[Place]
) -> list[MovementDraft]:
    """Return the movement of a line. A place at a location that is archived is added to `archived`.

    What comes back of a product without stock leaves it at once.
    """
    check_limit(product, quantity)
    value = one.give(quantity)
    taken, _ = take_each(one.list_first(named or Place()), quantity)
    targets = add_up([PortionDraft(place.replace_by(named), part) for place, part in taken])
    held = [target for target in targets if not target.place.is_nowhere]
    archived += [place for place, _ in held if place.location is not None and place.location not in places.locations]
    portions = [put(product.holdings, place, part) for place, part in held]
    came = advance(product, MovementType.IN, quantity, value, portions)
    return [came] if product.keeps_stock else [came, draw_out(product)]


def list_scrapped(movements: Iterable[MovementDraft], are_scrapped: Iterable[bool]) -> list[BookedMovement]:
    """Return the movements whose goods are scrapped. Their opposite writes off exactly these goods and this value."""
    return [
        BookedMovement(one.product_id, one.movement_type, one.quantity, one.value, [*one.portions])
        for one, is_scrapped in zip(movements, are_scrapped, strict=True)
        if is_scrapped
    ]


def check_reversal(operation: Operation) -> int | None:
    """Check that returns stay within what was booked after the reversal of this operation. The products are locked.

    Return the id of the sale or the return that the reversal undoes, or None if it undoes neither.

    Raise TooManyReversals after MAX_REVERSALS in a row, HasReturns for a sale or a delivery, ReturnScrapped for a
    return whose scrap is still written off. For what would return goods again, or write off what came back, raise
    SaleReversed, MoreThanSold or ReturnReversed.
    """
    first, reason, length = operation.pk, operation.reason, 0
    owner_id = operation.owner_id
    if reason == OperationReason.REVERSAL:
        [[first, reason, length]] = fetch(FIRST, {"owner": owner_id, "operation": operation.pk})
        if length >= MAX_REVERSALS:
            raise TooManyReversals(operation=operation.pk, limit=MAX_REVERSALS)
    is_undone = length % 2 == 0
    if reason in RETURNED_TYPES and is_undone:
        if standing := read_standing(owner_id, first):
            raise choose_error(HasReturns, reason)(operation=operation.pk, returns=standing)
    elif reason == OperationReason.RETURN:
        for sale_id, scrapped in fetch(RETURN, {"owner": owner_id, "operation": first}):
            if is_undone and scrapped is not None:
                raise ReturnScrapped(operation=scrapped)
            if not is_undone:
                check_returned_again(Operation.objects.get(owner_id=owner_id, pk=sale_id), operation)
    elif reason == OperationReason.DAMAGE and not is_undone:
        check_scrapped_again(owner_id, first)
    is_paid = reason in (OperationReason.SALE, OperationReason.RETURN)
    return first if is_paid and is_undone else None


def check_scrapped_again(owner_id: int, scrapped_id: int) -> None:
    """Check that what came back and was written off is still back. Raise ReturnReversed."""
    for [return_id] in fetch(UNDONE_OF_SCRAP, {"owner": owner_id, "operation": scrapped_id}):
        raise ReturnReversed(operation=return_id)


def check_returned_again(sale: Operation, reversal: Operation) -> None:
    """Check that what the reversal took back still fits into the sale. Raise SaleReversed or MoreThanSold."""
    sold = read_sold(sale, read_movements(sale.owner_id, [sale.pk]), "UTC")
    for movement in read_movements(reversal.owner_id, [reversal.pk]):
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            sold[movement.product_id].request(movement.quantity)
