"""The lists of products. Their rows are read by SQL written by hand: composing it with the ORM took longer."""

from copy import copy
from functools import cached_property, lru_cache
from typing import Any

from django.db.models import DecimalField

from core.database.replicas import read
from core.lists.serialization import get_row_serializer
from products.attributes.sql import COUNT_LATER_VARIANTS, IS_LATER_VARIANT, PROFILE
from products.codes import sql as sql_codes
from products.models import Product
from products.reading import figures as sql
from products.reading import on_order
from users.models import User

OWNER = {"product": "product", "owner": "%(owner)s::bigint"}
# The columns that are not those of the table, by the names of the ORM's rows.
COMPUTED = {
    "supplier__name": "supplier.name",
    "category__name": "category.name",
    "has_expiry": sql.HAS_EXPIRY.format(**OWNER),
    "is_expired": sql.IS_EXPIRED_BY_QUANTITY.format(**OWNER),
    "available": "CASE WHEN product.keeps_stock THEN product.quantity - product.reserved END",
    "is_low": "product.is_low_stock IS TRUE",
    "codes": sql_codes.CODES_OR_NULL.format(**OWNER),  # an empty array would be parsed for each row
    "profile": PROFILE.format(**OWNER),
    "on_order": on_order.ZERO_OR_UNREAD.format(**OWNER),
}
# Amounts are read as the text that the response has.
AMOUNTS = {field.column for field in Product._meta.concrete_fields if isinstance(field, DecimalField)}
SUMS = {name: fragment.format(**OWNER) for name, fragment in
        (("reserved", sql.RESERVED), ("expired_quantity", sql.EXPIRED_QUANTITY))}  # fmt: skip
LATER_VARIANT = IS_LATER_VARIANT.format(**OWNER)
# The statements that return the ids of a page, by whether later variants are left out and whether the order is
# reversed.
PAGES = {
    (leaves_out, is_reversed): sql.PAGE_OF_LIVE_IDS.format(
        without=f" AND ({LATER_VARIANT}) IS NOT TRUE" if leaves_out else "",
        direction="DESC" if is_reversed else "ASC",
    )
    for leaves_out in (False, True)
    for is_reversed in (False, True)
}
# The statements that count, by whether later variants are left out.
COUNTS = {
    leaves_out: sql.COUNT_LIVE_PRODUCTS.format(left_out=f"({COUNT_LATER_VARIANTS})" if leaves_out else "0")
    for leaves_out in (False, True)
}
LIMIT_STEP = 10  # the limits of first pages are multiples of it, so that there are few statements whose plans are kept


@lru_cache
def compose(serializer_class: Any, ids: str) -> str:
    """Return the statement that reads rows with the columns of the serializer, of the products with these ids.

    It has no line ends and few casts: psycopg parses a statement of more than 4,096 characters at each execution.
    """
    columns = get_row_serializer(serializer_class).columns
    selected = (COMPUTED.get(name, f"product.{name}{'::text' * (name in AMOUNTS)}") for name in columns)
    statement = sql.PRODUCTS_BY_ID.format(columns=", ".join(selected), ids=ids, **SUMS)
    return " ".join(statement.split()).replace("owner_id = %(owner)s::bigint", "owner_id = %(owner)s")


def read_rows(user: User, serializer_class: Any, ids: str = sql.GIVEN_IDS, **values: Any) -> list[dict[str, Any]]:
    """Return products of the user's account as rows of a response, ordered by id. `ids` is SQL that returns their ids.

    The values are those of add_details(). Two statements are executed if something is on order, else one.
    """
    given = {"owner": user.account_id, "today": user.shop_today(), **values}
    serialize = get_row_serializer(serializer_class).build_row
    rows = [serialize(row) for row in read(compose(serializer_class, ids), given)]
    on_order.add_on_order(user.account_id, rows)
    return rows


def read_rows_of(user: User, serializer_class: Any, ids: list[int]) -> list[dict[str, Any]]:
    """Return these products of the user's account as rows of a response, in this order."""
    rows = {row["id"]: row for row in read_rows(user, serializer_class, products=ids)} if ids else {}
    return [rows[product_id] for product_id in ids if product_id in rows]


class LiveProducts:
    """The live products of the user's account as rows of a response, ordered by id, for a paginator.

    With `is_grouped`, only the first product of each group is in the list.
    """

    ordered = True

    def __init__(self, user: User, serializer_class: Any, *, is_grouped: bool = False) -> None:
        self.user, self.serializer_class, self.is_grouped = user, serializer_class, is_grouped
        self.is_reversed = False

    def reverse(self) -> "LiveProducts":
        reverse = copy(self)
        reverse.is_reversed = not self.is_reversed
        return reverse

    @cached_property
    def numbers(self) -> tuple[int, int]:
        """Return the number of the account's live products, and how many of them are left out."""
        [(live, left_out)] = read(COUNTS[self.is_grouped], {"owner": self.user.account_id})
        return live, left_out

    def count(self) -> int:
        live, left_out = self.numbers
        return live - left_out

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        leaves_out, limit = self.is_grouped and self.numbers[1] > 0, part.stop - part.start
        if not limit:
            return []
        if not (part.start or leaves_out or self.is_reversed):
            ids = sql.FIRST_IDS.format(limit=-(-limit // LIMIT_STEP) * LIMIT_STEP)
            return read_rows(self.user, self.serializer_class, ids)[:limit]
        found = read(PAGES[leaves_out, self.is_reversed],
                     {"owner": self.user.account_id, "offset": part.start, "limit": limit})  # fmt: skip
        return read_rows_of(self.user, self.serializer_class, [product_id for (product_id,) in found])
