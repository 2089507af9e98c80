"""The only writer of quantities, operations and movements. One transaction each: lock, read, check, write."""

from dataclasses import replace

from core.errors import DomainError
from core.fields import MAX_QUANTITY
from core.transactions import atomic, set_time_limit
from products.models import Product
from stock.counting import find_occurred_at, resolve_counts, set_counted
from stock.drafts import CountedProduct, CountLine, Line, MovementDraft, OperationDraft, list_valid_indexes
from stock.errors import (
    AlreadyReversed,
    InsufficientStock,
    InvalidLines,
    ProductArchived,
    QuantityChanged,
    StockLimitExceeded,
    StockSequenceChanged,
)
from stock.locking import Balance, LockedProducts, by_id, lock_products
from stock.models import Movement, MovementType, Operation, Reason
from stock.writing import make_movements, write_operation
from users.models import User

REVERSAL_TIMEOUT_SECONDS = 60


# --- Book -----------------------------------------------------------------------------------------------


@atomic
def book(
    *, draft: OperationDraft, lines: list[Line], malformed: dict[int, DomainError] | None = None
) -> list[Movement]:
    """Book all lines as one operation, or none, and return its movements. Lines on one product add up in their order.

    `malformed` has the errors of lines that failed validation, by their index in the request. Raise InvalidLines with
    the errors of these and of all other refused lines, by their index in the request.
    """
    locked = LockedProducts(draft.owner_id, [line.product for line in lines])
    movements = draft_movements(locked, lines, malformed or {})
    return make_movements(movements, *write_operation(draft, movements, locked.balances))


def book_one(*, draft: OperationDraft, line: Line) -> Movement:
    """Book an operation of one line and return its movement. Raise the line's own error."""
    try:
        return book(draft=draft, lines=[line])[0]
    except InvalidLines as refused:
        raise refused.errors[0] from None


def open_stock(*, by: User, product: Product, quantity: int) -> None:
    """Book a new product's opening quantity, unless it is 0."""
    if quantity:
        draft = OperationDraft(by=by, account_id=product.owner_id, reason=Reason.OPENING)
        book_one(draft=draft, line=Line(by_id(product.pk), MovementType.IN, quantity))


@atomic
def correct_quantity(
    *,
    draft: OperationDraft,
    product_id: int,
    quantity: int,
    expected_quantity: int | None = None,
    sequence: int | None = None,
) -> None:
    """Set a product's quantity by booking the difference; book nothing if there is none.

    `sequence` is the product's last movement as the caller knows it: a difference decided on an older state would undo
    what was booked since. Raise QuantityChanged, StockSequenceChanged, ProductNotFound or ProductArchived.
    """
    balance = LockedProducts(draft.owner_id, [by_id(product_id)]).get_live(by_id(product_id))
    check_expected_quantity(balance, expected_quantity)
    if quantity == balance.quantity:
        return
    if sequence not in (None, balance.sequence):
        raise StockSequenceChanged(
            product=product_id,
            actual=balance.quantity,
            expected_sequence=sequence,
            actual_sequence=balance.sequence,
        )
    write_operation(draft, [draft_movement_to(balance, quantity)], [balance])


@atomic
def count_stock(
    *, draft: OperationDraft, lines: list[CountLine], malformed: dict[int, DomainError] | None = None
) -> tuple[Operation | None, list[CountedProduct]]:
    """Set each product's quantity to what was counted, plus what has happened since the line's `counted_at`.

    Without `counted_at` the counted quantity is set, even if the stock moved after the count. Book the differences as
    one operation and set `last_counted_at` of every product. Return the operation (None if nothing differed) and the
    result of each line. `malformed` is as in book(). Raise InvalidLines; the second line of the same product is
    refused.
    """
    locked = LockedProducts(draft.owner_id, [line.product for line in lines])
    counted = resolve_counts(locked, draft.owner_id, lines, malformed or {})
    moved = {result.product: result for result in counted if result.difference}
    operation = book_counts(draft, locked, moved) if moved else None
    if unmoved := [result for result in counted if result.product not in moved]:
        set_counted(draft.owner_id, unmoved, operation.created_at if operation else None)
    return operation, counted


def book_counts(draft: OperationDraft, locked: LockedProducts, moved: dict[int, CountedProduct]) -> Operation:
    """Book the differences of the counts, which are by product."""
    draft = replace(draft, occurred_at=find_occurred_at(moved.values()))
    balances = {balance.product_id: balance for balance in locked.balances if balance.product_id in moved}
    movements = [draft_movement_to(balances[result.product], result.quantity) for result in moved.values()]
    counted_at = [moved[product_id].counted_at for product_id in balances]
    return write_operation(draft, movements, balances.values(), counted_at=counted_at)[0]


@atomic
def set_quantities(*, draft: OperationDraft, quantities: dict[int, int]) -> tuple[Operation | None, set[int]]:
    """Set each product's quantity to the number given for its id, by one operation that books the differences.

    Return the operation (None if nothing differed) and the ids of the products whose quantity changed.
    """
    locked = lock_products(draft.owner_id, [by_id(product_id) for product_id in quantities])
    balances = [balance for balance in locked if quantities[balance.product_id] != balance.quantity]
    movements = [draft_movement_to(balance, quantities[balance.product_id]) for balance in balances]
    operation = write_operation(draft, movements, balances)[0] if movements else None
    return operation, {balance.product_id for balance in balances}


@atomic
def reverse_operation(*, by: User, operation: Operation, reference: str = "", note: str = "") -> Operation:
    """Book the opposite of every movement of the operation, in reverse order, as a new operation, and return that.

    The timeout is that of an import, because an import has up to 100,000 movements. Raise AlreadyReversed,
    ProductArchived, or InvalidLines if a quantity would become negative or exceed MAX_QUANTITY.
    """
    set_time_limit(REVERSAL_TIMEOUT_SECONDS)
    booked = Movement.objects.filter(owner_id=operation.owner_id, operation_id=operation.pk).order_by("-id")
    lines = [
        Line(by_id(product_id), OPPOSITE[movement_type], quantity)
        for product_id, movement_type, quantity in booked.values_list("product_id", "movement_type", "quantity")
    ]
    locked = LockedProducts(operation.owner_id, [line.product for line in lines])
    reversal = Operation.objects.filter(owner_id=operation.owner_id, reverses_id=operation.pk).first()
    if reversal is not None:
        raise AlreadyReversed(operation=operation.pk, reversed_by=reversal.pk)
    for balance in locked.balances:
        if balance.archived_at is not None:
            raise ProductArchived(product=balance.product_id)
    draft = OperationDraft(
        by=by,
        account_id=operation.owner_id,
        reason=Reason.REVERSAL,
        reference=reference,
        note=note,
        reverses_id=operation.pk,
    )
    return write_operation(draft, draft_movements(locked, lines, {}), locked.balances)[0]


OPPOSITE: dict[str, str] = {MovementType.IN: MovementType.OUT, MovementType.OUT: MovementType.IN}


# --- Check ----------------------------------------------------------------------------------------------


def draft_movements(
    locked: LockedProducts, lines: list[Line], malformed: dict[int, DomainError]
) -> list[MovementDraft]:
    """Return a movement for each line, or raise InvalidLines with the error of every refused line."""
    movements, errors = [], dict(malformed)
    for index, line in zip(list_valid_indexes(malformed, lines), lines, strict=True):
        try:
            balance = locked.get_live(line.product)
            check_expected_quantity(balance, line.expected_quantity)
            movements.append(draft_movement(balance, line.movement_type, line.quantity))
        except DomainError as error:
            errors[index] = error
    if errors:
        raise InvalidLines(errors)
    return movements


def draft_movement_to(balance: Balance, quantity: int) -> MovementDraft:
    """Return the movement that brings a balance to `quantity`, which must differ from the current one."""
    difference = quantity - balance.quantity
    return draft_movement(balance, MovementType.IN if difference > 0 else MovementType.OUT, abs(difference))


def draft_movement(balance: Balance, movement_type: str, quantity: int) -> MovementDraft:
    """Return a locked product's next movement, and advance its balance in memory.

    Raise InsufficientStock or StockLimitExceeded.
    """
    old, product_id = balance.quantity, balance.product_id
    new = old + quantity if movement_type == MovementType.IN else old - quantity
    if new < 0:
        raise InsufficientStock(product=product_id, available=old, requested=quantity)
    if new > MAX_QUANTITY:
        raise StockLimitExceeded(product=product_id, available=old, requested=quantity, limit=MAX_QUANTITY)
    balance.quantity, balance.sequence = new, balance.sequence + 1
    return MovementDraft(product_id, balance.name, balance.sequence, str(movement_type), quantity, old, new)


def check_expected_quantity(balance: Balance, expected: int | None) -> None:
    """Raise QuantityChanged if a quantity is expected and the balance has another one."""
    if expected is not None and expected != balance.quantity:
        raise QuantityChanged(product=balance.product_id, expected=expected, actual=balance.quantity)
