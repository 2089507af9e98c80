"""Decide the movements of a return: goods of a sale come back, or goods of a delivery go back to the supplier.

This module also checks whether a sale or a return can be reversed, and whether a return can be done again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.database.postgres.base import execute, fetch
from stock.booking.drafting import advance, check_limit, draw_out, take_at
from stock.booking.drafts import (
    NOTHING,
    LockedProduct,
    LockedProducts,
    MovementDraft,
    OperationDraft,
    PlaceReference,
    by_id,
    check_available,
)
from stock.booking.holdings import Held, LineErrors, Place, PortionDraft, put, take_each
from stock.booking.locks import BookedMovement, read_movements
from stock.booking.places import NamedPlace, Places, find_or_create_places
from stock.booking.reversals import add_up, take_arrived
from stock.errors import LocationArchived
from stock.models import RETURNED_TYPES, MovementType, Operation, OperationReason
from trade.selling.drafts import ReturnLine
from trade.selling.errors import (
    HasReturns,
    MovementNotInSale,
    MovementOfAnotherProduct,
    NothingToReturn,
    NotInSale,
    ReturnedOtherwise,
    ReturnReversed,
    ReturnScrapped,
    ScrappedDelivery,
    TooManyReversals,
    choose_error,
)
from trade.selling.goods import names_goods
from trade.selling.hooks import prepare_undo
from trade.selling.sold import Sold, Taken, add_returned, allow, read_sold, read_standing, read_worths
from trade.selling.sql import BROUGHT, FIRST, INSERT_RETURNED, RETURN
from users.models import User

MAX_REVERSALS = 1000  # the longest chain of reversals of reversals: statements follow it step by step


def list_left(sold: Sold) -> list[ReturnLine]:
    """Return a line for each product of which something is left. Raise NothingToReturn."""
    left = [ReturnLine(by_id(one.product_id), one.left) for one in sold.products.values() if one.left]
    if not left:
        one = next(iter(sold.products.values()))
        number = sum(movement.quantity for movement in one.movements)
        numbers = dict.fromkeys(("sold", "returned", "requested"), number)
        raise choose_error(NothingToReturn, one.reason)(product=one.product_id, **numbers)
    return left


def draft_returns(
    draft: OperationDraft,
    locked: LockedProducts,
    sale: Operation,
    sold: Sold,
    lines: list[ReturnLine] | None,
    errors: LineErrors,
) -> tuple[list[MovementDraft], list[bool], list[Taken | None]]:
    """Return the movements of the lines, and for each whether it is scrapped, and what it takes back.

    Without lines, everything that is left comes back. What passes through a product without stock takes nothing back.

    Raise InvalidLines or LocationArchived, and without lines the first error.
    """
    chosen = list_left(sold) if lines is None else lines
    if sale.reason == OperationReason.PURCHASE and any(line.is_scrapped for line in chosen):
        raise ScrappedDelivery(operation=sale.pk)
    indexed = [*errors.each(chosen)]
    taken: dict[int, list[Taken]] = {}
    for index, line in sorted(indexed, key=lambda one: one[1].rank):
        with errors.of(index):
            taken[index] = take_line(locked, sale, sold, line)
    taken_by = [(line, taken.get(index, [])) for index, line in indexed]
    places = find_places(draft, locked, sold, taken_by, is_sale=sale.reason == OperationReason.SALE)
    drafted = ReturnDraft(locked, places, sold, sale.reason)
    for index, line in indexed:
        with errors.of(index):
            drafted.add(line, taken.get(index, []))
    if lines is None and errors.by_index:
        raise errors.by_index[min(errors.by_index)]
    errors.raise_if_any()
    if drafted.archived:
        raise LocationArchived(drafted.archived[0])
    return drafted.movements, drafted.are_scrapped, drafted.taken


def take_line(locked: LockedProducts, sale: Operation, sold: Sold, line: ReturnLine) -> list[Taken]:
    """Return what a line takes back.

    Raise NotInSale, MovementNotInSale, MovementOfAnotherProduct, MoreThanSold, or the error of a product.
    """
    if line.entries:
        return sold.take_entries(line.entries, int(line.quantity))
    if line.movement is not None and line.movement not in sold.movements:
        raise MovementNotInSale(movement=line.movement, operation=sale.pk)
    if names_goods(line.product):
        raise MovementOfAnotherProduct(movement=line.movement)  # `errors` adds what the line names
    movement = sold.movements.get(line.movement or 0)
    product = locked.get_live(line.product or by_id(movement.product_id if movement else 0))
    if product.product_id not in sold.products:
        raise choose_error(NotInSale, sale.reason)(product=product.product_id, operation=sale.pk)
    of_product = sold.products[product.product_id]
    quantity, of_product.decimals = product.count_units(line.quantity), product.decimals
    if movement is None:
        return of_product.take(quantity)
    if movement.product_id != product.product_id:
        raise MovementOfAnotherProduct(movement=movement.pk, product=product.product_id)
    of_product.check([movement], quantity, movement=movement.pk)
    return [movement.take(quantity)]


def find_places(
    draft: OperationDraft,
    locked: LockedProducts,
    sold: Sold,
    lines: Iterable[tuple[ReturnLine, list[Taken]]],
    *,
    is_sale: bool,
) -> Places:
    """Return the places that the lines name, and those from which the goods of a sale were taken."""
    named = [
        NamedPlace(product_id, line.place, is_filled=is_sale)
        for line, taken in lines
        for product_id in {one.movement.product_id for one in taken}
        if line.place
    ]
    named += [
        NamedPlace(0, PlaceReference(source.place.location), is_filled=True)
        for one in sold.movements.values()
        for source in one.sources
        if source.place.location is not None and is_sale
    ]
    return find_or_create_places(draft, locked.products, named)


@dataclass(slots=True)
class ReturnDraft:
    """The movements of a return. `archived` has the places at archived locations to which goods would go back."""

    locked: LockedProducts
    places: Places
    sold: Sold
    reason: str
    movements: list[MovementDraft] = field(default_factory=list)
    are_scrapped: list[bool] = field(default_factory=list)
    taken: list[Taken | None] = field(default_factory=list)
    archived: list[Place] = field(default_factory=list)

    def add(self, line: ReturnLine, taken: list[Taken]) -> None:
        """Add the movements of a line. What comes back of a product without stock leaves it at once."""
        is_delivery = self.reason == OperationReason.PURCHASE
        for product in {one.movement.product_id: self.get(one) for one in taken}.values():
            quantity = sum(one.quantity for one in taken if one.movement.product_id == product.product_id)
            if is_delivery and product.keeps_stock:
                check_available(product, quantity)
            else:
                check_limit(product, quantity)
        for one in taken:
            product = self.get(one)
            place = self.places.resolve(product.product_id, line.place) if line.place else None
            others = not is_delivery or line.movement is None
            sources = self.sold.products[product.product_id].list_sources(one.movement, place, with_others=others)
            back = self.send_back if is_delivery else self.bring_back
            booked = [back(product, one, place, sources)]
            if not product.keeps_stock:
                booked.append(draw_out(product))
            self.movements += booked
            self.are_scrapped += [line.is_scrapped and product.keeps_stock] * len(booked)
            self.taken += [None if each.movement_type == RETURNED_TYPES[self.reason] else one for each in booked]

    def get(self, one: Taken) -> LockedProduct:
        return self.locked.get_live(by_id(one.movement.product_id))

    def send_back(
        self, product: LockedProduct, one: Taken, named: Place | None, sources: Iterable[Held]
    ) -> MovementDraft:
        """Return the movement that sends goods of a delivery back. They leave the named place, or those with stock.

        The stock value decreases by the value that the delivery added for them: see LockedProduct.compute_returned().
        A product without stock gets them first, with this value.
        """
        if not product.keeps_stock:
            return advance(product, MovementType.IN, one.quantity, one.parts[0], ())
        if named:
            portions = take_at(product, one.quantity, OperationReason.RETURN, named)
            take_each(sources, one.quantity)
        else:
            portions = take_arrived(product, sources, one.quantity)
        value = product.compute_returned(one.quantity, one.parts[0])
        return advance(product, MovementType.OUT, one.quantity, value, add_up(portions))

    def bring_back(
        self, product: LockedProduct, one: Taken, named: Place | None, sources: Iterable[Held]
    ) -> MovementDraft:
        taken, _ = take_each(sources, one.quantity)
        targets = add_up([PortionDraft(place.replace_by(named), part) for place, part in taken])
        held = [target for target in targets if not target.place.is_nowhere]
        self.archived += [
            place for place, _ in held if place.location is not None and place.location not in self.places.locations
        ]
        portions = [put(product.holdings, place, part) for place, part in held]
        return advance(product, MovementType.IN, one.quantity, one.parts[0], portions)


def is_shared(by: User, sold: Sold, lines: Sequence[ReturnLine] | None, taken: Sequence[Taken | None]) -> bool:
    """Return whether the money of each product is shared over all its pieces, as for a return that names no movement.

    A till whose page is that of an earlier release has said and given back these amounts when it booked, maybe days
    before. They stay if what is left of the sale allows it: the last piece takes the rest. A later page names what it
    takes back. A return of all that is left, which has no lines, is worth all that is left.
    """
    is_exact = lines is None or any(line.movement is not None or line.entry is not None for line in lines)
    return by.is_device and not is_exact and all(product.can_share(taken) for product in sold.products.values())


def keep_returned(sale: Operation, taken: Iterable[Taken | None], ids: Iterable[int]) -> None:
    """Write which movement each movement of a return takes back, and for how much of what that was sold for."""
    is_sale = sale.reason == OperationReason.SALE
    rows = [(pk, one.movement.pk, one.parts[1] if is_sale else None) for pk, one in zip(ids, taken, strict=True) if one]
    movements, sources, worths = map(list, zip(*rows, strict=True))
    execute(INSERT_RETURNED, {"owner": sale.owner_id, "movements": movements, "sources": sources, "worths": worths})


def list_scrapped(movements: Iterable[MovementDraft], are_scrapped: Iterable[bool]) -> list[BookedMovement]:
    """Return the movements whose goods are scrapped. Their opposite writes off exactly these goods and this value."""
    return [
        BookedMovement(one.product_id, one.movement_type, one.quantity, one.value, [*one.portions])
        for one, is_scrapped in zip(movements, are_scrapped, strict=True)
        if is_scrapped
    ]


def find_first(operation: Operation) -> tuple[int, str, int]:
    """Return what began the chain of reversals, its reason, and the length of the chain. Raise TooManyReversals."""
    [[first, reason, length]] = fetch(FIRST, {"owner": operation.owner_id, "operation": operation.pk})
    if length >= MAX_REVERSALS:
        raise TooManyReversals(operation=operation.pk, limit=MAX_REVERSALS)
    return first, reason, length


def check_reversal(operation: Operation, by: User) -> int | None:
    """Check that returns stay within what was booked after the reversal of this operation. The products are locked.

    Return the id of the sale or the return that the reversal undoes, or None if it undoes neither.
    Raise TooManyReversals after MAX_REVERSALS in a row, what SaleHook raises, HasReturns for a sale or a
    delivery, ReturnScrapped for a return whose scrap is still written off. For what would return goods again, or write
    off what came, raise SaleReversed, MoreThanSold or ReturnReversed.
    """
    owner_id, first, reason, length = operation.owner_id, operation.pk, operation.reason, 0
    if reason == OperationReason.REVERSAL:
        first, reason, length = find_first(operation)
    is_undone, is_paid = length % 2 == 0, reason in (OperationReason.SALE, OperationReason.RETURN)
    if is_paid:
        prepare_undo(owner_id, first)
    if reason in RETURNED_TYPES and is_undone:
        if standing := read_standing(owner_id, first)[0]:
            raise choose_error(HasReturns, reason)(operation=operation.pk, returns=standing)
    elif reason == OperationReason.RETURN:
        for sale_id, scrapped in fetch(RETURN, {"owner": owner_id, "operation": first}):
            if is_undone and scrapped is not None:
                raise ReturnScrapped(operation=scrapped)
            if not is_undone:
                check_returned_again(Operation.objects.get(owner_id=owner_id, pk=sale_id), first, by)
    elif reason == OperationReason.DAMAGE and not is_undone:
        check_scrapped_again(owner_id, first, by)
    return first if is_paid and is_undone else None


def check_scrapped_again(owner_id: int, scrapped_id: int, by: User) -> None:
    """Check that what came and was written off is still there. Raise ReturnReversed, or MoreThanSold for a delivery."""
    for brought_id, reason, is_undone in fetch(BROUGHT, {"owner": owner_id, "operation": scrapped_id}):
        if is_undone:
            raise ReturnReversed(operation=brought_id)
        if reason == OperationReason.PURCHASE:
            check_returned_again(Operation.objects.get(owner_id=owner_id, pk=brought_id), scrapped_id, by)


def check_returned_again(sale: Operation, return_id: int, by: User) -> None:
    """Check that a return that is done again fits into the sale beside the others.

    Raise SaleReversed or MoreThanSold, also if all returns of a movement would not add up to it to the cent, or those
    that name no movement would take more than is left.
    """
    sold = read_sold(sale, read_movements(sale.owner_id, [sale.pk]), by)
    worths = read_worths(sale.owner_id, [return_id])
    for movement in read_movements(sale.owner_id, [return_id]):
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            continue
        product, (_, source, worth) = sold.products[movement.product_id], worths[movement.pk]
        movements = [sold.movements[source]] if source else product.movements
        product.check(movements, movement.quantity, **({"movement": source} if source else {}))
        worth = product.share(movement.quantity) if source is None else worth or NOTHING
        fits = allow(movements, movement.quantity, movement.value, worth)
        add_returned(sold, [movement], worths)
        if sale.reason == OperationReason.SALE and not fits:
            raise ReturnedOtherwise(product=movement.product_id, **product.count(movements, 0))
