"""The only writer of quantities and of the ledger. Lock, then read, check, write: all in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from inventory_api.errors import DomainError
from inventory_api.fields import MAX_QUANTITY
from products.models import Product
from stock import sql
from stock.errors import (
    InsufficientStock,
    InvalidLines,
    ProductNotFound,
    QuantityChanged,
    StockLimitExceeded,
    StockSequenceChanged,
)
from stock.models import Movement, MovementType, Operation, Reason
from users.models import User


@dataclass(frozen=True)
class Line:
    """What is asked of one product; `expected_quantity` refuses the line if the stock is another one by now."""

    product_id: int
    movement_type: str
    quantity: int
    expected_quantity: int | None = None


@dataclass(frozen=True)
class Act:
    """Who books in which account, why, and when it happened (None: now)."""

    owner_id: int
    performed_by: User
    reason: str
    reference: str = ""
    note: str = ""
    occurred_at: datetime | None = None


@transaction.atomic
def book(act: Act, lines: list[Line]) -> list[Movement]:
    """Book all lines as one operation, or none. Lines on one product are judged together, in their order.

    Raises InvalidLines with every refused line's error.
    """
    products = lock_products(act.owner_id, {line.product_id for line in lines})
    return write(act, decide(products, lines), products.values())


def book_one(act: Act, line: Line) -> Movement:
    """Book an operation of one line. Raises the line's own error."""
    try:
        return book(act, [line])[0]
    except InvalidLines as refused:
        raise refused.errors[0] from None


def open_stock(product: Product, quantity: int, performed_by: User) -> None:
    """Book the quantity that a new product comes with."""
    if quantity:
        act = Act(product.owner_id, performed_by, Reason.OPENING)
        book_one(act, Line(product.pk, MovementType.IN, quantity))


@transaction.atomic
def correct_quantity(
    act: Act, product_id: int, quantity: int, *, expected_quantity: int | None = None, sequence: int | None = None
) -> None:
    """Make the product's quantity this number by booking the difference; nothing is booked if there is none.

    `sequence` is the product's last movement as the caller knows it: a difference decided on an older state
    would undo what was booked since. Raises QuantityChanged, or ProductNotFound.
    """
    product = lock_products(act.owner_id, {product_id}).get(product_id)
    if product is None:
        raise ProductNotFound()
    expect(product, expected_quantity)
    difference = quantity - product.quantity
    if difference and sequence not in (None, product.stock_sequence):
        raise StockSequenceChanged(
            product=product.pk,
            actual=product.quantity,
            expected_sequence=sequence,
            actual_sequence=product.stock_sequence,
        )
    if difference:
        book_one(act, Line(product_id, MovementType.IN if difference > 0 else MovementType.OUT, abs(difference)))


# --- Lock -----------------------------------------------------------------------------------------------


def lock_products(owner_id: int, ids: Iterable[int]) -> dict[int, Product]:
    """The account's live products of these ids, by id, locked in the order of their ids until the transaction ends.

    Always in that order, so that two bookings never wait for each other. NO KEY: rows that merely refer to
    a product, being inserted elsewhere, need not wait.
    """
    rows = Product.objects.filter(owner_id=owner_id, id__in=sorted(ids)).order_by("id")
    locked = rows.select_for_update(no_key=True).only("owner_id", "name", "quantity", "stock_sequence", "archived_at")
    return {product.pk: product for product in locked if product.archived_at is None}


# --- Check ----------------------------------------------------------------------------------------------


def decide(products: dict[int, Product], lines: list[Line]) -> list[Movement]:
    """The movements that the lines lead to, not written yet. Raises InvalidLines."""
    movements, errors = [], {}
    for number, line in enumerate(lines):
        try:
            movements.append(step(products.get(line.product_id), line))
        except DomainError as error:
            errors[number] = error
    if errors:
        raise InvalidLines(errors)
    return movements


def step(product: Product | None, line: Line) -> Movement:
    """One movement of a locked product, whose quantity and sequence move on in memory. Raises a DomainError."""
    if product is None:
        raise ProductNotFound()
    expect(product, line.expected_quantity)
    old = product.quantity
    new = old + line.quantity if line.movement_type == MovementType.IN else old - line.quantity
    if new < 0:
        raise InsufficientStock(product=product.pk, available=old, requested=line.quantity)
    if new > MAX_QUANTITY:
        raise StockLimitExceeded(product=product.pk, available=old, requested=line.quantity, limit=MAX_QUANTITY)
    product.quantity, product.stock_sequence = new, product.stock_sequence + 1
    return Movement(
        owner_id=product.owner_id,
        product_id=product.pk,
        product_name=product.name,
        sequence=product.stock_sequence,
        movement_type=line.movement_type,
        quantity=line.quantity,
        old_quantity=old,
        new_quantity=new,
    )


def expect(product: Product, quantity: int | None) -> None:
    if quantity is not None and quantity != product.quantity:
        raise QuantityChanged(product=product.pk, expected=quantity, actual=product.quantity)


# --- Write ----------------------------------------------------------------------------------------------


def write(act: Act, movements: list[Movement], products: Iterable[Product]) -> list[Movement]:
    """Write what was decided, in one statement; answers the movements with their ids and their operation."""
    balances = list(products)
    values: dict[str, Any] = {
        "owner": act.owner_id,
        "performed_by": act.performed_by.pk,
        "performed_by_username": act.performed_by.get_username(),
        "reason": str(act.reason),
        "reference": act.reference,
        "note": act.note,
        "reverses": None,
        "occurred_at": act.occurred_at,
        "balance_products": [product.pk for product in balances],
        "balance_quantities": [product.quantity for product in balances],
        "balance_sequences": [product.stock_sequence for product in balances],
        "products": [movement.product_id for movement in movements],
        "names": [movement.product_name for movement in movements],
        "sequences": [movement.sequence for movement in movements],
        "types": [str(movement.movement_type) for movement in movements],
        "quantities": [movement.quantity for movement in movements],
        "old_quantities": [movement.old_quantity for movement in movements],
        "new_quantities": [movement.new_quantity for movement in movements],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.BOOK, values)
        rows = cursor.fetchall()
    operation_id, occurred_at, created_at, _ = rows[0]
    operation = Operation(
        id=operation_id,
        owner_id=act.owner_id,
        performed_by_id=act.performed_by.pk,
        performed_by_username=act.performed_by.get_username(),
        reason=act.reason,
        reference=act.reference,
        note=act.note,
        occurred_at=occurred_at,
        created_at=created_at,
    )
    for movement, row in zip(movements, rows, strict=True):
        movement.pk, movement.operation = row[3], operation
    return movements
