"""Products as rows of a file. They are read in batches, so memory does not grow with their number."""

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any

from django.db.models import F, Field, TextField

from core.amounts import scale
from products import sql_codes
from products.columns import EXPORT_COLUMNS, PLACE_COLUMN_NAMES, ProductColumn
from products.querysets import ProductQuerySet, make_expression
from products.reading import sql
from users.models import User
from users.roles import Right, may

ROWS_AT_A_TIME = 2000
NO_PLACE = ("", "", None)


def select_columns(user: User) -> list[ProductColumn]:
    """Return the columns of an export without places. Only users who may see costs get the columns of costs."""
    return [column for column in EXPORT_COLUMNS if may(user, Right.SEE_COSTS) or not column.is_cost]


def export_rows(user: User, products: ProductQuerySet) -> Iterator[Any]:
    """Return the header and the rows. Each product has a row, ordered by id."""
    columns = select_columns(user)
    rows = read_rows(add_codes(user, products).values_list(*(column.exported for column in columns)))
    return chain([[column.name for column in columns]], write_amounts(columns, rows))


def export_holdings(user: User, products: ProductQuerySet) -> Iterator[Any]:
    """Return the header and the rows with columns of places.

    Each holding has a row, and so has stock that is not held.
    """
    columns = select_columns(user)
    names = [column.name for column in columns]
    holdings = make_expression(sql.HOLDINGS, Field(), user)
    products = add_codes(user, products).annotate(places=holdings, not_held=F("quantity") - F("held"))
    rows = read_rows(products.values_list(*(column.exported for column in columns), "not_held", "places"))
    return chain([[*names, *PLACE_COLUMN_NAMES]], write_amounts(columns, split_holdings(rows, names.index("quantity"))))


def write_amounts(columns: list[ProductColumn], rows: Iterator[Any]) -> Iterator[Any]:
    """Yield the rows with the quantities of products that have decimals as amounts."""
    at = [column.name for column in columns].index("decimals")
    places = [place for place, column in enumerate(columns) if column.is_amount]
    for row in rows:
        if decimals := row[at]:
            row = [*row]
            for place in places:
                row[place] = scale(row[place], decimals)
        yield row


def add_codes(user: User, products: ProductQuerySet) -> ProductQuerySet:
    """Return the products with their further codes as the text of a cell."""
    return products.annotate(codes_text=make_expression(sql_codes.CODES_TEXT, TextField(), user))


def read_rows(products: Any) -> Iterator[Any]:
    """Yield the values of each product. No cursor stays open between batches, so this works behind a pooler."""
    rows = products.order_by("id")
    last_id = 0
    while batch := list(rows.filter(id__gt=last_id)[:ROWS_AT_A_TIME]):
        yield from batch
        last_id = batch[-1][0]


def split_holdings(rows: Iterator[Any], place: int) -> Iterator[Any]:
    """Yield a row for each holding of a product, and a row for the rest of its stock if there is any.

    `place` is the position of the quantity in a row.
    """
    for *values, not_held, holdings in rows:
        before, after = values[:place], values[place + 1 :]
        for quantity, location, lot, expires_on in holdings or []:
            yield [*before, quantity, *after, location, lot, expires_on and date.fromisoformat(expires_on)]
        if not_held or not holdings:
            yield [*before, not_held, *after, *NO_PLACE]
