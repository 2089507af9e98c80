"""The statement of a product: opening balance, movements and closing balance.

It is ordered by the time of recording, because only in this order does each movement continue the previous balance.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from products.models import Product
from products.reading.exports import ROWS_AT_A_TIME
from stock.errors import StatementTooLong
from stock.models import Movement
from stock.reading.portions import describe_portions
from stock.reading.timeline import get_product_log

MAX_MOVEMENTS = 10_000  # the limit in JSON; CSV has none
STATEMENT_COLUMNS = (
    "sequence", "timestamp", "occurred_at", "reason", "reference", "performed_by", "change", "balance", "portions",
)  # fmt: skip


def build_statement(product: Product, start: datetime | None, end: datetime | None) -> dict[str, Any]:
    """Return the statement of start ≤ timestamp < end. Raise StatementTooLong if it has more than MAX_MOVEMENTS."""
    movements = list(select_recorded_movements(product, start, end)[: MAX_MOVEMENTS + 1])
    if len(movements) > MAX_MOVEMENTS:
        raise StatementTooLong(limit=MAX_MOVEMENTS)
    opening = movements[0].old_quantity if movements else find_balance_before(product, start)
    return {
        "product": product.pk,
        "product_name": product.name,
        "opening_balance": opening,
        "movements": movements,
        "closing_balance": movements[-1].new_quantity if movements else opening,
    }


def read_statement_rows(product: Product, start: datetime | None, end: datetime | None) -> Iterator[Any]:
    """Yield the rows of a file: header, opening balance, movements, closing balance."""
    yield STATEMENT_COLUMNS
    movements = read_in_batches(select_recorded_movements(product, start, end))
    yield from list_balances(find_balance_before(product, start), movements)


def list_balances(balance: int, movements: Iterable[Movement]) -> Iterator[list[Any]]:
    """Yield the rows of one product: the opening balance, its movements in the order of `sequence`, and the closing
    balance.
    """
    yield [None, None, None, "opening balance", "", "", None, balance, ""]
    for movement in movements:
        operation, balance = movement.operation, movement.new_quantity
        yield [
            movement.sequence,
            operation.created_at,
            operation.occurred_at,
            operation.reason,
            operation.reference,
            operation.performer.name,
            movement.new_quantity - movement.old_quantity,
            balance,
            describe_portions(movement.portions),
        ]
    yield [None, None, None, "closing balance", "", "", None, balance, ""]


def read_in_batches(movements: QuerySet) -> Iterator[Movement]:
    """Yield the movements in the order of `sequence`. Each query reads ROWS_AT_A_TIME, and no cursor stays open."""
    last_sequence = 0
    while batch := list(movements.filter(sequence__gt=last_sequence)[:ROWS_AT_A_TIME]):
        yield from batch
        last_sequence = batch[-1].sequence


def select_recorded_movements(product: Product, start: datetime | None, end: datetime | None) -> Any:
    """Return the product's movements recorded in start ≤ timestamp < end, ordered by `sequence`."""
    rows = Movement.objects.filter(owner_id=product.owner_id, product_id=product.pk).detailed().placed(product.owner_id)
    first = get_product_log(product.owner_id, product.pk).find_first_positions(start, end)
    if start in first:
        rows = rows.filter(sequence__gte=first[start])
    if end in first:
        rows = rows.filter(sequence__lt=first[end])
    return rows.order_by("sequence")


def find_balance_before(product: Product, instant: datetime | None) -> int:
    """Return the balance just before the instant. None means the time before all movements, when it was 0."""
    last: Any = None
    if instant is not None:
        last = select_recorded_movements(product, None, instant).order_by("-sequence").first()
    return last.new_quantity if last else 0
