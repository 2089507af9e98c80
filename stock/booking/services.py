"""Book operations that are no sales.

Each service is one transaction: lock, read, check, write. Quantities, operations and movements are written by
`write_operation()` alone; trade.selling, which books sales and returns, calls it, too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from secrets import token_bytes

from django.db import connection

from core.database.postgres.base import make_instance
from core.database.transactions import atomic, set_time_limit
from core.ownership import accept
from products.models import Product
from stock.booking import drafting
from stock.booking.counts import (
    check_differences,
    find_counted_at,
    find_occurred_at,
    keep_counts,
    resolve_counts,
    set_counted,
    set_last_count,
)
from stock.booking.drafts import (
    BookingLine,
    CountedProduct,
    CountLine,
    LockedProduct,
    LockedProducts,
    MovementDraft,
    OperationDraft,
    PlaceReference,
    QuantityAtPlace,
    TransferLine,
    Units,
    by_id,
)
from stock.booking.extra_costs import hold_supplier
from stock.booking.holdings import LineErrors
from stock.booking.locks import BookedMovement, lock_products, name_products_then, read_movements, read_stock
from stock.booking.makings import draft_making
from stock.booking.operations import choose_named, find_performer, make_movements, write_operation
from stock.booking.places import NamedPlace, find_or_create_places, read_holdings
from stock.booking.reversals import draft_reversal, draft_reversals, find_begun_reason
from stock.errors import AlreadyReversed, KeepsNoStock, ProductArchived, SameLocation, StockSequenceChanged
from stock.models import SALT_BYTES, Movement, MovementType, Operation, OperationReason, Performer
from users.hooks import CurrencyHook
from users.models import User

REVERSAL_TIMEOUT_SECONDS = 60


def find_name(by: User, owner_id: int) -> Performer:
    """Return the row with the name under which the user books."""
    draft = OperationDraft(by=by, account_id=owner_id, reason=OperationReason.OTHER)
    values = {"owner": owner_id, "performed_by": by.pk, "performer_name": draft.performer_name, "till": draft.till}
    with connection.cursor() as cursor:
        pk = find_performer(cursor, values | {"salt": token_bytes(SALT_BYTES)})
    performer: Performer = make_instance(Performer, pk, owner_id, by.pk, draft.performer_name, None, b"", draft.till)
    return performer


class CurrencyOfLedger(CurrencyHook):
    def is_fixed(self, owner_id: int, *, lock: bool) -> bool:
        """Return whether the shop has a sale, or a delivery with a cost, also if it was undone.

        With `lock`, none of its products is booked until the transaction ends.
        """
        if lock:
            products = Product.objects.filter(owner_id=owner_id).order_by("id")
            list(products.select_for_update(no_key=True).values_list("pk"))
        bought = Movement.objects.filter(operation__reason=OperationReason.PURCHASE, value__gt=0, owner_id=owner_id)
        return Operation.objects.filter(owner_id=owner_id, reason=OperationReason.SALE).exists() or bought.exists()


@atomic
def book(
    *,
    draft: OperationDraft,
    lines: list[BookingLine],
    locked: LockedProducts | None = None,
    errors: LineErrors | None = None,
) -> list[Movement]:
    """Book all lines as one operation, or none, and return its movements. The lines are booked in their order.

    A calling service that has locked the products gives them as `locked`. `errors` has the errors of lines that it has
    refused. Raise InvalidLines with these and all others. trade.selling books sales.
    """
    draft = hold_supplier(draft) if draft.supplier else draft
    locked = locked or lock_products(draft.owner_id, [line.product for line in lines], draft.occurred_at)
    movements = drafting.draft_movements(draft, locked, lines, errors or LineErrors())
    return make_movements(movements, *write_operation(draft, movements, locked.list_moved(movements)))


@atomic
def book_one(*, draft: OperationDraft, line: BookingLine) -> Movement:
    """Book an operation of one line and return its movement. Raise the error of the line itself, not InvalidLines."""
    locked = lock_products(draft.owner_id, [line.product], draft.occurred_at)
    movements = drafting.draft_line(draft, locked, read_stock(draft, locked, [line]), line)
    return choose_named(make_movements(movements, *write_operation(draft, movements, locked.products)), line)


def write_off(draft: OperationDraft, came: list[BookedMovement]) -> tuple[Operation, list[int]]:
    """Write off damaged goods that came just now, from where they were put and with the value of these movements.

    Return the operation and the ids of its movements. trade.selling links it to the operation that brought the goods.
    """
    draft = replace(draft, reason=OperationReason.DAMAGE)
    locked = lock_products(draft.owner_id, [by_id(one.product_id) for one in came])
    read_holdings(draft, locked.products)
    movements = [draft_reversal(locked.get_live(by_id(one.product_id)), one, one.value) for one in came]
    return write_operation(draft, movements, locked.products)


def open_stock(*, by: User, product: Product, quantity: Units) -> None:
    """Book a new product's opening quantity, unless it is 0. Raise KeepsNoStock if the product keeps no stock."""
    if quantity and not product.keeps_stock:
        raise KeepsNoStock(product=product.pk)
    if quantity:
        draft = OperationDraft(by=by, account_id=product.owner_id, reason=OperationReason.OPENING)
        book_one(draft=draft, line=BookingLine(by_id(product.pk), MovementType.IN, quantity))


@atomic
def correct_quantity(
    *,
    draft: OperationDraft,
    product_id: int,
    quantity: Units,
    expected_quantity: int | None = None,
    sequence: int | None = None,
) -> None:
    """Set a product's quantity by booking the difference; book nothing if there is none.

    `sequence` is the sequence of the product's last movement that the caller knows. A difference from an older state
    would undo newer bookings. Raise QuantityChanged, StockSequenceChanged, ProductNotFound or ProductArchived.
    """
    locked = lock_products(draft.owner_id, [by_id(product_id)])
    product = locked.get_live(by_id(product_id))
    quantity = product.count_units(quantity)
    check_correction(product, quantity, expected_quantity, sequence)
    if quantity == product.quantity:
        return
    read_holdings(draft, locked.products)
    write_operation(draft, [drafting.draft_difference(product, quantity - product.quantity, draft.reason)], [product])


def check_correction(
    product: LockedProduct, quantity: int, expected_quantity: int | None, sequence: int | None
) -> None:
    """Raise QuantityChanged or StockSequenceChanged if the caller knows an older state: see correct_quantity()."""
    drafting.check_expected_quantity(product, expected_quantity)
    if quantity != product.quantity and sequence not in (None, product.sequence):
        raise StockSequenceChanged(
            product=product.product_id,
            actual=product.write(product.quantity),
            expected_sequence=sequence,
            actual_sequence=product.sequence,
        )


@atomic
def count_stock(
    *, draft: OperationDraft, lines: list[CountLine], expected_differences: Mapping[int, int] | None = None
) -> tuple[Operation | None, list[CountedProduct]]:
    """Set each quantity to the counted one, plus the changes since the line's `counted_at`.

    A line with a place sets the quantity there, a line without a place the product's quantity. Without `counted_at` the
    counted quantity is set, even if the stock moved after the count. Book the differences as one operation, set
    `last_counted_at` of every product and keep the lines. Return the operation (None if nothing differed) and the
    result of each line.
    Raise InvalidLines; a second line of the same product is refused, unless they name two places that can't hold the
    same goods. A line is refused, too, if the difference of its product is not the expected one, which is given by id.
    """
    lines = name_products_then(draft.owner_id, lines)
    locked = lock_products(draft.owner_id, [line.product for line in lines])
    counted, movements = resolve_counts(draft, locked, lines)
    check_differences(counted, expected_differences or {})
    counted_at = find_counted_at(counted)
    operation = None
    if movements:
        draft = replace(draft, occurred_at=find_occurred_at(result for result in counted if result.difference))
        moved = locked.list_moved(movements)
        times = [counted_at[product.product_id] for product in moved]
        operation, _ = write_operation(draft, movements, moved, counted_at=times)
    unmoved = counted_at.keys() - {movement.product_id for movement in movements}
    if unmoved:
        booked_at = operation.created_at if operation else None
        set_counted(draft.owner_id, {product_id: counted_at[product_id] for product_id in unmoved}, booked_at)
    keep_counts(draft, counted, operation)
    return operation, counted


@atomic
def set_quantities(
    *, draft: OperationDraft, quantities: dict[int, int], placed: Sequence[QuantityAtPlace] = ()
) -> tuple[Operation | None, set[int]]:
    """Set quantities by one operation that books the differences, those of holdings first.

    `quantities` has the quantities of products, by id. `placed` has the quantities of holdings, and of stock that is
    not held. Return the operation (None if nothing differed) and the ids of the products with a movement. Raise
    InvalidLines with errors by index in `placed`.
    """
    locked = lock_products(draft.owner_id, [by_id(pk) for pk in {*quantities, *(row.product_id for row in placed)}])
    named = [NamedPlace(row.product_id, row.place, is_filled=row.quantity > 0) for row in placed]
    places = find_or_create_places(draft, locked.products, named)
    movements = drafting.draft_quantities(locked, places, placed)
    for product in locked.products:
        quantity = quantities.get(product.product_id, product.quantity)
        if quantity != product.quantity:
            movements.append(drafting.draft_difference(product, quantity - product.quantity, draft.reason))
    moved = locked.list_moved(movements)
    operation = write_operation(draft, movements, moved)[0] if movements else None
    return operation, {product.product_id for product in moved}


@atomic
def transfer(
    *, draft: OperationDraft, source: int | str | None, target: int | str | None, lines: list[TransferLine]
) -> list[Movement]:
    """Move stock between two locations as one operation, or nothing. Return its movements, two for each line.

    `source` and `target` are ids or names of locations; None means no location. Goods keep their lot.
    Raise LocationNotFound, SameLocation or InvalidLines.
    """
    locked = lock_products(draft.owner_id, [line.product for line in lines], draft.occurred_at)
    named = [
        NamedPlace(0, PlaceReference(source), is_filled=False),
        NamedPlace(0, PlaceReference(target), is_filled=True),
    ]
    for line in lines:
        product = locked.find(line.product)
        if product and line.lot:
            named.append(NamedPlace(product.product_id, PlaceReference(lot=line.lot), is_filled=False))
    places = find_or_create_places(draft, locked.products, named)
    locations = places.find_location(source), places.find_location(target)
    if locations[0] == locations[1]:
        raise SameLocation
    movements: list[MovementDraft] = []
    errors = LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            product = locked.get_live(line.product)
            lot = places.resolve(product.product_id, PlaceReference(lot=line.lot)) if line.lot else None
            movements += drafting.draft_transfer(product, product.count_units(line.quantity), *locations, lot)
    errors.raise_if_any()
    return make_movements(movements, *write_operation(draft, movements, locked.products))


@atomic
def book_making(
    *, draft: OperationDraft, locked: LockedProducts, whole: BookingLine, parts: list[BookingLine], errors: LineErrors
) -> list[Movement]:
    """Book a product and its parts as one operation that changes no value, and return its movements.

    `errors` has the errors of parts that the caller has refused. The errors are those of draft_making().
    """
    movements = draft_making(draft, locked, whole, parts, errors)
    return make_movements(movements, *write_operation(draft, movements, locked.list_moved(movements)))


def book_reversal(
    by: User,
    operation: Operation,
    reference: str = "",
    note: str = "",
    check: Callable[[Operation], None] = accept,
    occurred_at: datetime | None = None,
) -> Operation:
    """Book the opposite of every movement of the operation, in reverse order, as a new operation. Return the new one.

    `check` gets the operation when its products are locked, and refuses the reversal by an exception. The timeout is
    that of an import, because an import has up to 100,000 movements. Raise AlreadyReversed, ProductArchived, ValueGone,
    or InvalidLines if a quantity would become negative or exceed MAX_QUANTITY. Sales are reversed by trade.selling.
    """
    set_time_limit(REVERSAL_TIMEOUT_SECONDS)
    booked = read_movements(operation.owner_id, [operation.pk])
    locked = lock_products(operation.owner_id, [by_id(movement.product_id) for movement in booked])
    reversal = Operation.objects.filter(owner_id=operation.owner_id, reverses_id=operation.pk).first()
    if reversal is not None:
        raise AlreadyReversed(operation=operation.pk, reversed_by=reversal.pk)
    for product in locked.products:
        if product.archived_at is not None:
            raise ProductArchived(product=product.product_id)
    check(operation)
    draft = OperationDraft(
        by=by,
        account_id=operation.owner_id,
        reason=OperationReason.REVERSAL,
        reference=reference,
        note=note,
        occurred_at=occurred_at,
        reverses_id=operation.pk,
    )
    movements = draft_reversals(draft, locked, booked, find_begun_reason(operation))
    reversal, _ = write_operation(draft, movements, locked.products)
    set_last_count(operation, locked.products)
    return reversal
