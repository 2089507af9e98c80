"""The statement of an account. It has the statements of all products that moved in a period, one after the other."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

from products.models import Product
from products.reading.exports import ROWS_AT_A_TIME
from reports.statements import STATEMENT_COLUMNS, list_balances
from stock.errors import StatementTooLong
from stock.models import Movement
from stock.reading.timeline import Span, get_movement_log, narrow_to_span
from users.models import User

MAX_MOVEMENTS = 100_000
COLUMNS = ("product", "product_name", "sku", *STATEMENT_COLUMNS)


def read_account_rows(owner: User, start: datetime | None, end: datetime | None) -> Iterator[Any]:
    """Return the rows of a file: the header, and each product's rows as in its own statement, the lowest id first.

    Products without movements of start ≤ timestamp < end are omitted. If there are more than MAX_MOVEMENTS, raise
    StatementTooLong before the first row.
    """
    ids = find_ids(owner, start, end)
    return chain([COLUMNS], iterate_product_rows(owner, ids))


def find_ids(owner: User, start: datetime | None, end: datetime | None) -> list[int]:
    """Return the ids of the account's movements recorded in the period, by product and `sequence`."""
    limits = {"operation__created_at__gte": start, "operation__created_at__lt": end}
    rows = Movement.objects.filter(owner_id=owner.pk, **{name: time for name, time in limits.items() if time})
    rows = narrow_to_span(rows, get_movement_log(owner.pk), Span(recorded_after=start, recorded_before=end))
    found = list(rows.order_by("-id").values_list("product_id", "sequence", "id")[: MAX_MOVEMENTS + 1])
    if len(found) > MAX_MOVEMENTS:
        raise StatementTooLong(limit=MAX_MOVEMENTS)
    return [movement_id for _, _, movement_id in sorted(found)]


def iterate_product_rows(owner: User, ids: list[int]) -> Iterator[list[Any]]:
    """Yield the rows of all products, each with the product's id, name and SKU."""
    for _, movements in groupby(read_listed_movements(owner, ids), key=attrgetter("product_id")):
        first = next(movements)
        product = first.product
        for row in list_balances(first.old_quantity, chain([first], movements)):
            yield [product.pk, product.name, product.sku, *row]


def read_listed_movements(owner: User, ids: list[int]) -> Iterator[Movement]:
    """Yield the movements in the order of the ids in the list. Each query reads ROWS_AT_A_TIME."""
    for first in range(0, len(ids), ROWS_AT_A_TIME):
        batch = ids[first : first + ROWS_AT_A_TIME]
        rows = Movement.objects.filter(owner_id=owner.pk, pk__in=batch).detailed().placed(owner.pk)
        found: dict[int, Any] = {movement.pk: movement for movement in rows}
        products = read_products_by_id(owner, {movement.product_id for movement in found.values()})
        for movement_id in batch:
            movement = found[movement_id]
            movement.product = products[movement.product_id]
            yield movement


def read_products_by_id(owner: User, ids: Iterable[int]) -> dict[int, Product]:
    products = Product.objects.filter(owner_id=owner.pk, pk__in=ids).only("owner_id", "name", "sku")
    return {product.pk: product for product in products}
