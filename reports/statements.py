"""A product's statement: opening balance plus movements is the closing balance.

It goes by the time of recording, because only in that order does each movement continue the one before.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.csv_text import format_csv_line
from products.exports import ROWS_AT_A_TIME
from products.models import Product
from stock.errors import StatementTooLong
from stock.models import Movement
from stock.timeline import get_product_log

MAX_MOVEMENTS = 10_000  # of a statement in JSON
STATEMENT_COLUMNS = (
    "sequence", "timestamp", "occurred_at", "reason", "reference", "performed_by", "change", "balance",
)  # fmt: skip


def statement(product: Product, start: datetime | None, end: datetime | None) -> dict[str, Any]:
    """The product's statement of start ≤ timestamp < end. Raises StatementTooLong past what one answer should hold."""
    movements = list(movements_between(product, start, end)[: MAX_MOVEMENTS + 1])
    if len(movements) > MAX_MOVEMENTS:
        raise StatementTooLong(limit=MAX_MOVEMENTS)
    opening = movements[0].old_quantity if movements else balance_before(product, start)
    return {
        "product": product.pk,
        "product_name": product.name,
        "opening_balance": opening,
        "movements": movements,
        "closing_balance": movements[-1].new_quantity if movements else opening,
    }


def statement_lines(product: Product, start: datetime | None, end: datetime | None) -> Iterator[str]:
    """The same as CSV, of any length: a line per movement between the opening and the closing balance."""
    yield format_csv_line(STATEMENT_COLUMNS)
    balance = balance_before(product, start)
    yield format_csv_line(["", "", "", "opening balance", "", "", "", balance])
    for movement in in_pages(movements_between(product, start, end)):
        booked, balance = movement.operation, movement.new_quantity
        what = (booked.created_at, booked.occurred_at, booked.reason, booked.reference, booked.performed_by_username)
        yield format_csv_line([movement.sequence, *what, movement.new_quantity - movement.old_quantity, balance])
    yield format_csv_line(["", "", "", "closing balance", "", "", "", balance])


def in_pages(movements: QuerySet) -> Iterator[Movement]:
    """Read on from the last sequence: no cursor is held over statements."""
    last = 0
    while page := list(movements.filter(sequence__gt=last)[:ROWS_AT_A_TIME]):
        yield from page
        last = page[-1].sequence


def movements_between(product: Product, start: datetime | None, end: datetime | None) -> Any:
    """Return the product's movements recorded in start ≤ timestamp < end, in their order."""
    rows = Movement.objects.filter(owner_id=product.owner_id, product_id=product.pk).detailed()
    first = get_product_log(product.owner_id, product.pk).find_first_positions(start, end)
    if start in first:
        rows = rows.filter(sequence__gte=first[start])
    if end in first:
        rows = rows.filter(sequence__lt=first[end])
    return rows.order_by("sequence")


def balance_before(product: Product, instant: datetime | None) -> int:
    """What the books said just before the instant; 0 for None, before everything."""
    last: Any = None
    if instant is not None:
        last = movements_between(product, None, instant).order_by("-sequence").first()
    return last.new_quantity if last else 0
