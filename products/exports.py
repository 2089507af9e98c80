"""Products as rows of a file. Reads them in batches, so memory does not grow with the number of products."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from products.columns import COLUMN_NAMES, COLUMNS
from products.querysets import ProductQuerySet

ROWS_AT_A_TIME = 2000


def export_rows(products: ProductQuerySet) -> Iterator[Any]:
    """Return the header, then a row for each product, ordered by id."""
    return chain([COLUMN_NAMES], read_rows(products))


def read_rows(products: ProductQuerySet) -> Iterator[Any]:
    """Yield the column values of each product. Keeps no cursor open between batches, so it works behind a pooler."""
    lookups = [column.lookup or column.name for column in COLUMNS]
    rows = products.order_by("id").values_list(*lookups)
    last_id = 0
    while batch := list(rows.filter(id__gt=last_id)[:ROWS_AT_A_TIME]):
        yield from batch
        last_id = batch[-1][0]
