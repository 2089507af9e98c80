"""The statement of a product, and that of an account: opening balance, movements and closing balance.

It is ordered by the time of recording, because only in this order does each movement continue the previous balance.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet

from core.money.amounts import scale
from products.filing.reading.exports import ROWS_AT_A_TIME
from products.models import Product
from stock.errors import StatementTooLong
from stock.models import Movement
from stock.reading.operations import describe_portions
from stock.reading.timeline import Span, get_movement_log, get_product_log, narrow_to_span
from users.models import User

MAX_MOVEMENTS = 10_000  # the limit in JSON; CSV has none
MAX_ACCOUNT_MOVEMENTS = 100_000  # the limit of a file with all products
STATEMENT_COLUMNS = (
    "sequence", "timestamp", "occurred_at", "reason", "reference", "performed_by", "change", "balance", "portions",
)  # fmt: skip
ACCOUNT_COLUMNS = ("product", "product_name", "sku", *STATEMENT_COLUMNS)


def build_statement(product: Product, start: datetime | None, end: datetime | None) -> dict[str, Any]:
    """Return the statement of start ≤ timestamp < end. Raise StatementTooLong if it has more than MAX_MOVEMENTS."""
    movements = list(select_recorded_movements(product, start, end)[: MAX_MOVEMENTS + 1])
    if len(movements) > MAX_MOVEMENTS:
        raise StatementTooLong(limit=MAX_MOVEMENTS)
    opening = movements[0].old_quantity if movements else find_balance_before(product, start)
    return {
        "product": product.pk,
        "product_name": product.name,
        "from": start,
        "to": end,
        "opening_balance": opening,
        "movements": movements,
        "closing_balance": movements[-1].new_quantity if movements else opening,
    }


def read_statement_rows(product: Product, start: datetime | None, end: datetime | None) -> Iterator[Any]:
    """Yield the rows of a file: header, opening balance, movements, closing balance."""
    yield STATEMENT_COLUMNS
    movements = read_in_batches(select_recorded_movements(product, start, end))
    yield from list_balances(find_balance_before(product, start), movements, product.decimals)


def list_balances(balance: int, movements: Iterable[Movement], decimals: int) -> Iterator[list[Any]]:
    """Yield the rows of a product with these decimals: opening balance, movements by `sequence`, closing balance."""
    yield [None, None, None, "opening balance", "", "", None, scale(balance, decimals), ""]
    for movement in movements:
        operation, balance = movement.operation, movement.new_quantity
        yield [
            movement.sequence,
            operation.created_at,
            operation.occurred_at,
            operation.reason,
            operation.reference,
            operation.performer.name,
            scale(movement.new_quantity - movement.old_quantity, decimals),
            scale(balance, decimals),
            describe_portions(movement.portions, decimals),
        ]
    yield [None, None, None, "closing balance", "", "", None, scale(balance, decimals), ""]


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


# --- The statement of an account --------------------------------------------------------------------------------------


def read_account_rows(owner: User, start: datetime | None, end: datetime | None) -> Iterator[Any]:
    """Return the rows of a file: the header, and each product's rows as in its own statement, the lowest id first.

    Products without movements of start ≤ timestamp < end are omitted. Raise StatementTooLong before the first row if
    there are more than MAX_ACCOUNT_MOVEMENTS.
    """
    return chain([ACCOUNT_COLUMNS], iterate_product_rows(owner, find_ids(owner, start, end)))


def find_ids(owner: User, start: datetime | None, end: datetime | None) -> list[int]:
    """Return the ids of the account's movements recorded in the period, by product and `sequence`."""
    limits = {"operation__created_at__gte": start, "operation__created_at__lt": end}
    rows = Movement.objects.filter(owner_id=owner.pk, **{name: time for name, time in limits.items() if time})
    rows = narrow_to_span(rows, get_movement_log(owner.pk), Span(recorded_after=start, recorded_before=end))
    found = list(rows.order_by("-id").values_list("product_id", "sequence", "id")[: MAX_ACCOUNT_MOVEMENTS + 1])
    if len(found) > MAX_ACCOUNT_MOVEMENTS:
        raise StatementTooLong(limit=MAX_ACCOUNT_MOVEMENTS)
    return [movement_id for _, _, movement_id in sorted(found)]


def iterate_product_rows(owner: User, ids: list[int]) -> Iterator[list[Any]]:
    """Yield the rows of all products, each with the product's id, name and SKU."""
    for _, movements in groupby(read_listed_movements(owner, ids), key=attrgetter("product_id")):
        first = next(movements)
        product = first.product
        for row in list_balances(first.old_quantity, chain([first], movements), first.decimals):
            yield [product.pk, product.name, product.sku, *row]


def read_listed_movements(owner: User, ids: list[int]) -> Iterator[Movement]:
    """Yield the movements in the order of the ids in the list. Each query reads ROWS_AT_A_TIME."""
    for first in range(0, len(ids), ROWS_AT_A_TIME):
        batch = ids[first : first + ROWS_AT_A_TIME]
        rows = Movement.objects.filter(owner_id=owner.pk, pk__in=batch).detailed().placed(owner.pk)
        found: dict[int, Any] = {movement.pk: movement for movement in rows}
        ids_of_products = {movement.product_id for movement in found.values()}
        products = Product.objects.filter(owner_id=owner.pk).only("owner_id", "name", "sku").in_bulk(ids_of_products)
        for movement_id in batch:
            movement = found[movement_id]
            movement.product = products[movement.product_id]
            yield movement
