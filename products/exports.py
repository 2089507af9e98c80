"""Products as rows of a file. Reads them in batches, so memory does not grow with the number of products."""

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any

from django.db.models import F, Field

from products import sql
from products.columns import COLUMN_NAMES, EXPORT_COLUMNS
from products.querysets import ProductQuerySet, make_expression

ROWS_AT_A_TIME = 2000
EXPORT_COLUMN_NAMES = tuple(column.name for column in EXPORT_COLUMNS)
LOOKUPS = tuple(column.lookup or column.name for column in EXPORT_COLUMNS)
QUANTITY = EXPORT_COLUMN_NAMES.index("quantity")
NO_PLACE = ("", "", None)


def export_rows(_user: Any, products: ProductQuerySet) -> Iterator[Any]:
    """Return the header, then a row for each product, ordered by id."""
    return chain([EXPORT_COLUMN_NAMES], read_rows(products.values_list(*LOOKUPS)))


def export_holdings(user: Any, products: ProductQuerySet) -> Iterator[Any]:
    """Return the header with columns of places, then a row for each holding and for what a product has outside."""
    holdings = make_expression(sql.HOLDINGS, Field(), user)
    rows = products.annotate(places=holdings, not_held=F("quantity") - F("held"))
    return chain([COLUMN_NAMES], split_holdings(read_rows(rows.values_list(*LOOKUPS, "not_held", "places"))))


def read_rows(products: Any) -> Iterator[Any]:
    """Yield the values of each product. Keeps no cursor open between batches, so it works behind a pooler."""
    rows = products.order_by("id")
    last_id = 0
    while batch := list(rows.filter(id__gt=last_id)[:ROWS_AT_A_TIME]):
        yield from batch
        last_id = batch[-1][0]


def split_holdings(rows: Iterator[Any]) -> Iterator[Any]:
    """Yield a row for each holding of a product, and one for the rest, unless there is none beside the holdings."""
    for *values, not_held, holdings in rows:
        before, after = values[:QUANTITY], values[QUANTITY + 1 :]
        for quantity, location, lot, expires_on in holdings or []:
            yield [*before, quantity, *after, location, lot, expires_on and date.fromisoformat(expires_on)]
        if not_held or not holdings:
            yield [*before, not_held, *after, *NO_PLACE]
