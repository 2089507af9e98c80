"""Products as rows of a file. They are read in batches, so memory does not grow with their number."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import BigIntegerField, F, Field, TextField

from core.database.replicas import read
from core.money.amounts import scale
from products.filing.columns import EXPORT_COLUMNS, FIELD, OPTION, PLACE_COLUMN_NAMES, ProductColumn, write_value
from products.models import FieldType, sql_codes
from products.models.sql_profiles import PROFILE, USED_BY_SHOP
from products.querysets import UNCONVERTED, ProductQuerySet, make_expression
from products.reading import figures as sql
from users.access.roles import Right, may
from users.models import User

Writer = Callable[[Any], Any]  # returns the value of a cell
ROWS_AT_A_TIME = 2000
NO_PLACE = ("", "", None)


def select_columns(user: User) -> list[ProductColumn]:
    """Return the columns of an export without places. Only users who may see costs get the columns of costs."""
    return [column for column in EXPORT_COLUMNS if may(user, Right.SEE_COSTS) or not column.is_cost]


def export_rows(user: User, products: ProductQuerySet) -> Iterator[Any]:
    """Return the header and the rows. Each product has a row."""
    columns, described = select_columns(user), select_profile_columns(user)
    products = add_cells(user, products, described)
    rows = read_rows(products.values_list(*(column.exported for column in columns), *["profile"] * bool(described)))
    return chain([[column.name for column in columns] + [*described]], write_cells(columns, described, rows))


def export_holdings(user: User, products: ProductQuerySet) -> Iterator[Any]:
    """Return the header and the rows with columns of places.

    Each holding has a row, and so has stock that is not held.
    """
    columns, described = select_columns(user), select_profile_columns(user)
    names = [column.name for column in columns]
    holdings = make_expression(sql.HOLDINGS, Field(), user)
    products = add_cells(user, products, described).annotate(places=holdings, not_held=F("quantity") - F("held"))
    values = [column.exported for column in columns] + ["profile"] * bool(described)
    rows = split_holdings(read_rows(products.values_list(*values, "not_held", "places")), names.index("quantity"))
    return chain([[*names, *described, *PLACE_COLUMN_NAMES]], write_cells(columns, described, rows))


# The types of own fields whose values are no texts in files.
WRITERS: dict[str, Writer] = {
    FieldType.NUMBER: lambda number: Decimal(number) if "." in number else int(number),
    FieldType.DATE: date.fromisoformat,
}


def select_profile_columns(user: User) -> dict[str, Writer]:
    """Return how a value is written, by the names of the columns of profiles that the shop uses."""
    [(types,)] = read(USED_BY_SHOP, {"owner": user.account_id or 0})
    return {name: WRITERS.get(of_type, write_value) for name, of_type in (types or {}).items()}


def write_cells(columns: list[ProductColumn], described: dict[str, Writer], rows: Iterator[Any]) -> Iterator[Any]:
    """Yield the rows with amounts, and with the cells of the profile, which follows the columns as an object."""
    place = len(columns)
    rows = write_amounts(columns, rows)
    if not described:
        return rows
    return ([*row[:place], *write_profile(described, row[place]), *row[place + 1 :]] for row in rows)


def write_profile(described: dict[str, Writer], profile: dict[str, Any] | None) -> list[Any]:
    """Return the cells of a profile."""
    if profile is None:
        return [None] * len(described)
    cells = {"group": profile["group_name"], "tags": profile["tags"]}
    cells |= {f"{OPTION}:{axis}": value for axis, value in profile["options"].items()}
    cells |= {f"{FIELD}:{key}": value for key, value in profile["fields"].items()}
    return [None if cells.get(name) is None else write(cells[name]) for name, write in described.items()]


def write_amounts(columns: list[ProductColumn], rows: Iterator[Any]) -> Iterator[Any]:
    """Yield the rows with the quantities of products that have decimals as amounts."""
    at = [column.name for column in columns].index("decimals")
    places = [place for place, column in enumerate(columns) if column.is_amount]
    for row in rows:
        if decimals := row[at]:
            row = [*row]
            for place in places:
                row[place] = None if row[place] is None else scale(row[place], decimals)
        yield row


def add_cells(user: User, products: ProductQuerySet, described: dict[str, Writer]) -> ProductQuerySet:
    """Return the products with what their files have beside their rows: codes, profiles, and the last change."""
    products = products.annotate(
        codes_text=make_expression(sql_codes.CODES_TEXT, TextField(), user),
        change_sequence=make_expression(sql.CHANGE_SEQUENCE, BigIntegerField(), user),
    )
    return products.annotate(profile=make_expression(PROFILE, UNCONVERTED, user)) if described else products


def read_rows(products: Any) -> Iterator[Any]:
    """Yield the values of each product, in the order of the query, by default by id.

    No cursor stays open between batches, so this works behind a pooler.
    """
    if products.query.order_by not in ((), ("id",)):
        yield from read_in_order(products)
        return
    rows = products.order_by("id")
    last_id = 0
    while batch := list(rows.filter(id__gt=last_id)[:ROWS_AT_A_TIME]):
        yield from batch
        last_id = batch[-1][0]


def read_in_order(products: Any) -> Iterator[Any]:
    ids = list(products.values_list("id", flat=True))
    for start in range(0, len(ids), ROWS_AT_A_TIME):
        part = ids[start : start + ROWS_AT_A_TIME]
        rows = {row[0]: row for row in products.order_by().filter(id__in=part)}
        yield from (rows[pk] for pk in part if pk in rows)


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
