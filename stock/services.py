"""The only writer of quantities and of the ledger. Lock, then read, check, write: all in one transaction."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models.functions import Now

from core.errors import DomainError
from core.fields import MAX_QUANTITY
from core.transactions import allow_seconds, atomic
from products.models import Product
from stock import sql
from stock.errors import (
    AlreadyReversed,
    CountedTwice,
    InsufficientStock,
    InvalidLines,
    ProductArchived,
    QuantityChanged,
    StockLimitExceeded,
    StockSequenceChanged,
)
from stock.locking import Balance, LockedProducts, ProductReference, by_id, lock_products
from stock.models import Movement, MovementType, Operation, Reason
from users.models import User

REVERSAL_TIMEOUT_SECONDS = 60
SUPPORT_STAFF = "support staff"  # no user can have this name: there is a space in it


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a request. With `expected_quantity`, the line is refused if the stock differs."""

    product: ProductReference
    movement_type: str
    quantity: int
    expected_quantity: int | None = None


@dataclass(frozen=True)
class CountLine:
    """A counted product of a request."""

    product: ProductReference
    counted: int


@dataclass(frozen=True)
class Counted:
    """A line of a count's result: the previous quantity, the counted one and the booked difference."""

    product: int
    previous: int
    counted: int

    @property
    def difference(self) -> int:
        return self.counted - self.previous


class MovementDraft(NamedTuple):
    """A movement that was decided and is not yet written."""

    product_id: int
    product_name: str
    sequence: int
    movement_type: str
    quantity: int
    old_quantity: int
    new_quantity: int


@dataclass(frozen=True)
class OperationDraft:
    """What an operation says before it is booked: who books in which account, why, and when it happened (None: now)."""

    owner_id: int
    performed_by: User
    reason: str
    reference: str = ""
    note: str = ""
    occurred_at: datetime | None = None
    reverses_id: int | None = None

    @property
    def performed_by_username(self) -> str:
        """The user name, or SUPPORT_STAFF outside the user's account: a shop must not learn a staff user name."""
        person = self.performed_by
        return person.get_username() if person.account_id == self.owner_id else SUPPORT_STAFF


# --- Book -----------------------------------------------------------------------------------------------


@atomic
def book(draft: OperationDraft, lines: list[Line], malformed: dict[int, DomainError] | None = None) -> list[Movement]:
    """Book all lines as one operation, or none. Lines on one product are judged together, in their order.

    `malformed` are lines refused already, by their number: they are reported with the others. Raises InvalidLines
    with every refused line's error; the lines' numbers then count the malformed ones in.
    """
    locked = LockedProducts(draft.owner_id, [line.product for line in lines])
    return movements_of(*write(draft, decide(locked, lines, malformed or {}), locked.balances))


def book_one(draft: OperationDraft, line: Line) -> Movement:
    """Book an operation of one line. Raises the line's own error."""
    try:
        return book(draft, [line])[0]
    except InvalidLines as refused:
        raise refused.errors[0] from None


def open_stock(product: Product, quantity: int, performed_by: User) -> None:
    """Book a new product's opening quantity."""
    if quantity:
        draft = OperationDraft(product.owner_id, performed_by, Reason.OPENING)
        book_one(draft, Line(by_id(product.pk), MovementType.IN, quantity))


@atomic
def correct_quantity(
    draft: OperationDraft,
    product_id: int,
    quantity: int,
    *,
    expected_quantity: int | None = None,
    sequence: int | None = None,
) -> None:
    """Make the product's quantity this number by booking the difference; nothing is booked if there is none.

    `sequence` is the product's last movement as the caller knows it: a difference decided on an older state
    would undo what was booked since. Raises QuantityChanged, ProductNotFound or ProductArchived.
    """
    balance = LockedProducts(draft.owner_id, [by_id(product_id)]).live(by_id(product_id))
    expect(balance, expected_quantity)
    if quantity != balance.quantity and sequence not in (None, balance.sequence):
        raise StockSequenceChanged(
            product=product_id,
            actual=balance.quantity,
            expected_sequence=sequence,
            actual_sequence=balance.sequence,
        )
    if quantity != balance.quantity:
        write(draft, [draft_movement_to(balance, quantity)], [balance])


@atomic
def count(
    draft: OperationDraft, lines: list[CountLine], malformed: dict[int, DomainError]
) -> tuple[Operation | None, list[Counted]]:
    """Make what was counted the quantity, whatever was booked between the reading and the writing.

    Books the differences as one operation (None if nothing differed) and stamps `last_counted_at` on every product.
    Raises InvalidLines; a product counted twice is a bad line.
    """
    locked = LockedProducts(draft.owner_id, [line.product for line in lines])
    steps, found, errors = [], [], dict(malformed)
    seen: set[int] = set()
    for number, line in zip(indexes_of_valid_lines(malformed, lines), lines, strict=True):
        try:
            balance = locked.live(line.product)
            if balance.product_id in seen:
                raise CountedTwice(product=balance.product_id)
        except DomainError as error:
            errors[number] = error
            continue
        seen.add(balance.product_id)
        found.append(Counted(balance.product_id, balance.quantity, line.counted))
        if line.counted != balance.quantity:
            steps.append(draft_movement_to(balance, line.counted))
    if errors:
        raise InvalidLines(errors)
    moved = {step.product_id for step in steps}
    balances = [balance for balance in locked.balances if balance.product_id in moved]
    operation = write(draft, steps, balances)[0] if steps else None
    if unmoved := seen - moved:
        counted_at = operation.created_at if operation else Now()
        Product.objects.filter(owner_id=draft.owner_id, id__in=unmoved).update(last_counted_at=counted_at)
    return operation, found


@atomic
def set_quantities(draft: OperationDraft, quantities: dict[int, int]) -> tuple[Operation | None, set[int]]:
    """Make each product's quantity the number given for its id, by one operation that books the differences.

    Answers the operation, None if nothing differed, and the ids of the products that moved.
    """
    locked = lock_products(draft.owner_id, [by_id(product_id) for product_id in quantities])
    balances = [balance for balance in locked if quantities[balance.product_id] != balance.quantity]
    steps = [draft_movement_to(balance, quantities[balance.product_id]) for balance in balances]
    operation = write(draft, steps, balances)[0] if steps else None
    return operation, {balance.product_id for balance in balances}


@atomic
def reverse(operation: Operation, performed_by: User, *, reference: str = "", note: str = "") -> Operation:
    """Book the opposite of every movement of the operation, the last one first, as an operation that points at it.

    Return that operation. It gets as much time as an import, which has up to 100,000 movements. Raises AlreadyReversed,
    ProductArchived, or InvalidLines if stock would go negative or past the limit.
    """
    allow_seconds(REVERSAL_TIMEOUT_SECONDS)
    undone = Movement.objects.filter(owner_id=operation.owner_id, operation_id=operation.pk).order_by("-id")
    lines = [
        Line(by_id(product_id), OPPOSITE[movement_type], quantity)
        for product_id, movement_type, quantity in undone.values_list("product_id", "movement_type", "quantity")
    ]
    locked = LockedProducts(operation.owner_id, [line.product for line in lines])
    by_now = Operation.objects.filter(owner_id=operation.owner_id, reverses_id=operation.pk).first()
    if by_now is not None:
        raise AlreadyReversed(operation=operation.pk, reversed_by=by_now.pk)
    for balance in locked.balances:
        if balance.archived_at is not None:
            raise ProductArchived(product=balance.product_id)
    draft = OperationDraft(operation.owner_id, performed_by, Reason.REVERSAL, reference, note, reverses_id=operation.pk)
    return write(draft, decide(locked, lines, {}), locked.balances)[0]


OPPOSITE: dict[str, str] = {MovementType.IN: MovementType.OUT, MovementType.OUT: MovementType.IN}


# --- Check ----------------------------------------------------------------------------------------------


def decide(locked: LockedProducts, lines: list[Line], malformed: dict[int, DomainError]) -> list[MovementDraft]:
    """Return the movements that the lines ask for, or raise InvalidLines with the error of every refused line."""
    steps, errors = [], dict(malformed)
    for number, line in zip(indexes_of_valid_lines(malformed, lines), lines, strict=True):
        try:
            balance = locked.live(line.product)
            expect(balance, line.expected_quantity)
            steps.append(draft_movement(balance, line.movement_type, line.quantity))
        except DomainError as error:
            errors[number] = error
    if errors:
        raise InvalidLines(errors)
    return steps


def indexes_of_valid_lines(malformed: dict[int, DomainError], lines: Collection[Any]) -> list[int]:
    """Return the request indexes of the valid lines."""
    return [number for number in range(len(lines) + len(malformed)) if number not in malformed]


def draft_movement_to(balance: Balance, quantity: int) -> MovementDraft:
    """Return the movement that brings a balance to `quantity`, which must differ from the current one."""
    difference = quantity - balance.quantity
    return draft_movement(balance, MovementType.IN if difference > 0 else MovementType.OUT, abs(difference))


def draft_movement(balance: Balance, movement_type: str, quantity: int) -> MovementDraft:
    """Return a locked product's next movement, and advance its balance in memory. Raises a DomainError."""
    old, product_id = balance.quantity, balance.product_id
    new = old + quantity if movement_type == MovementType.IN else old - quantity
    if new < 0:
        raise InsufficientStock(product=product_id, available=old, requested=quantity)
    if new > MAX_QUANTITY:
        raise StockLimitExceeded(product=product_id, available=old, requested=quantity, limit=MAX_QUANTITY)
    balance.quantity, balance.sequence = new, balance.sequence + 1
    return MovementDraft(product_id, balance.name, balance.sequence, str(movement_type), quantity, old, new)


def expect(balance: Balance, quantity: int | None) -> None:
    if quantity is not None and quantity != balance.quantity:
        raise QuantityChanged(product=balance.product_id, expected=quantity, actual=balance.quantity)


# --- Write ----------------------------------------------------------------------------------------------


def write(
    draft: OperationDraft, steps: list[MovementDraft], balances: Iterable[Balance]
) -> tuple[Operation, list[MovementDraft], list[int]]:
    """Write what was decided, in one statement; answers the operation, the steps and their movements' ids."""
    held, columns = list(balances), dict(zip(MovementDraft._fields, zip(*steps, strict=True), strict=True))
    values: dict[str, Any] = {
        "owner": draft.owner_id,
        "performed_by": draft.performed_by.pk,
        "performed_by_username": draft.performed_by_username,
        "reason": str(draft.reason),
        "reference": draft.reference,
        "note": draft.note,
        "reverses": draft.reverses_id,
        "occurred_at": draft.occurred_at,
        "balance_products": sql.array(balance.product_id for balance in held),
        "balance_quantities": sql.array(balance.quantity for balance in held),
        "balance_sequences": sql.array(balance.sequence for balance in held),
        **{name: sql.array(column) for name, column in columns.items() if name != "product_name"},
        "product_name": list(columns["product_name"]),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.BOOK, values)
        operation_id, occurred_at, created_at, ids = cursor.fetchone()
    operation = Operation(
        id=operation_id,
        owner_id=draft.owner_id,
        performed_by_id=draft.performed_by.pk,
        performed_by_username=draft.performed_by_username,
        reason=str(draft.reason),
        reference=draft.reference,
        note=draft.note,
        reverses_id=draft.reverses_id,
        occurred_at=occurred_at,
        created_at=created_at,
    )
    return operation, steps, ids


def movements_of(operation: Operation, steps: list[MovementDraft], ids: list[int]) -> list[Movement]:
    """Return Movement instances for the rows just inserted."""
    owner_id = operation.owner_id
    return [
        Movement(id=pk, owner_id=owner_id, operation=operation, **step._asdict())
        for pk, step in zip(ids, steps, strict=True)
    ]
