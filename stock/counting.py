"""Decide what a count sets each product's quantity to. stock.services books it.

Counting takes time, and stock moves meanwhile. A line with `counted_at` says when the product was counted: what has
happened since then, by `occurred_at`, stays booked. A line without it was counted now.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from core.errors import DomainError
from core.fields import MAX_QUANTITY
from stock import sql
from stock.drafts import CountedProduct, CountLine, list_valid_indexes
from stock.errors import CountedTwice, InsufficientStock, InvalidLines, StockLimitExceeded
from stock.locking import Balance, LockedProducts
from stock.sql_counts import CHANGES_SINCE, SET_COUNTED


class Since(NamedTuple):
    """A product's last count before this one, and the sum of what has happened after this one."""

    last_counted_at: datetime | None
    change: int


def resolve_counts(
    locked: LockedProducts, owner_id: int, lines: list[CountLine], malformed: dict[int, DomainError]
) -> list[CountedProduct]:
    """Return the result of each line, not yet booked. Raise InvalidLines with the error of every bad line."""
    found, errors = find_balances(locked, lines, malformed)
    changes = find_changes(owner_id, found.values())
    results = []
    for index, (balance, line) in found.items():
        try:
            results.append(resolve_count(balance, line, changes.get(balance.product_id)))
        except DomainError as error:
            errors[index] = error
    if errors:
        raise InvalidLines(errors)
    return results


def find_balances(
    locked: LockedProducts, lines: list[CountLine], malformed: dict[int, DomainError]
) -> tuple[dict[int, tuple[Balance, CountLine]], dict[int, DomainError]]:
    """Return the balance and the line of each valid line, and the errors of the others, by index in the request."""
    found: dict[int, tuple[Balance, CountLine]] = {}
    errors, seen = dict(malformed), set()
    for index, line in zip(list_valid_indexes(malformed, lines), lines, strict=True):
        try:
            balance = locked.get_live(line.product)
            if balance.product_id in seen:
                raise CountedTwice(product=balance.product_id)
            seen.add(balance.product_id)
            found[index] = (balance, line)
        except DomainError as error:
            errors[index] = error
    return found, errors


def find_changes(owner_id: int, found: Iterable[tuple[Balance, CountLine]]) -> dict[int, Since]:
    """Return what has happened since each count with a `counted_at`, by product. One statement, or none."""
    instants = {balance.product_id: line.counted_at for balance, line in found if line.counted_at}
    if not instants:
        return {}
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"owner": owner_id, "products": sql.array(instants)}
        values["instants"] = list(instants.values())
        cursor.execute(CHANGES_SINCE, values)
        return {product_id: Since(*since) for product_id, *since in cursor}


def resolve_count(balance: Balance, line: CountLine, since: Since | None) -> CountedProduct:
    """Return the result of one line. Raise InsufficientStock or StockLimitExceeded.

    A count that is older than the product's last one changes nothing: the later count has set the quantity already.
    """
    quantity = line.counted + (since.change if since else 0)
    if since and line.counted_at and since.last_counted_at and line.counted_at < since.last_counted_at:
        quantity = balance.quantity
    if quantity < 0:
        raise InsufficientStock(product=balance.product_id, available=line.counted, requested=line.counted - quantity)
    if quantity > MAX_QUANTITY:
        raise StockLimitExceeded(
            product=balance.product_id,
            available=line.counted,
            requested=quantity - line.counted,
            limit=MAX_QUANTITY,
        )
    return CountedProduct(balance.product_id, balance.quantity, line.counted, quantity, line.counted_at)


def find_occurred_at(counted: Iterable[CountedProduct]) -> datetime | None:
    """Return when the differences happened: when the first of the products was counted, or None for now.

    So the differences do not count as changes since these counts, for instance if they are sent again.
    """
    return min((result.counted_at for result in counted if result.counted_at), default=None)


def set_counted(owner_id: int, counted: list[CountedProduct], booked_at: datetime | None) -> None:
    """Set `last_counted_at` of these locked products, whose quantity does not change."""
    values: dict[str, Any] = {
        "owner": owner_id,
        "products": sql.array(result.product for result in counted),
        "instants": [result.counted_at for result in counted],
        "booked_at": booked_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(SET_COUNTED, values)
