"""The unfiltered list of an account's live products. It is the most frequent read."""

from copy import copy
from functools import cached_property
from typing import Any

from django.db.models import DecimalField

from core.database.replicas import read
from products import sql_codes, sql_profiles
from products.models import Product
from products.reading import on_order, sql
from trade.reservations.sql import RESERVED_BY_PRODUCT
from users.models import User

FIELDS = [field for field in Product._meta.concrete_fields if not field.name.startswith(("kept_", "has_profile"))]
STORED = [field.column for field in FIELDS]
EXPIRY = ("has_expiry", "is_expired", "expired_quantity")
# These are the columns that PAGE returns.
COLUMNS = (
    *STORED, "supplier__name", "category__name", *EXPIRY, "reserved", "available", "may_be_reserved", "codes",
    "profile", "on_order",
)  # fmt: skip
AT = {name: position for position, name in enumerate(COLUMNS)}
PRODUCT_COLUMNS = ", ".join(f"product.{name}" for name in STORED)
# Amounts are read as the text that the response has.
SHOWN_COLUMNS = ", ".join(
    f"product.{field.column}::text" if isinstance(field, DecimalField) else f"product.{field.column}"
    for field in FIELDS
)
FRAGMENTS = {
    **sql.FRAGMENTS,
    "may_be_reserved": sql.MAY_BE_RESERVED.format(product="product"),
    "on_order": on_order.ZERO_OR_UNREAD.format(owner="%(owner)s"),
}
LATER_VARIANT = sql_profiles.IS_LATER_VARIANT.format(product="product", owner="%(owner)s::bigint")
# The statements of a page, by whether later variants are left out and whether the order is reversed.
PAGES = {
    (leaves_out, is_reversed): sql.PAGE_OF_LIVE_PRODUCTS.format(
        product_columns=PRODUCT_COLUMNS,
        shown_columns=SHOWN_COLUMNS,
        without=f" AND ({LATER_VARIANT}) IS NOT TRUE" if leaves_out else "",
        direction="DESC" if is_reversed else "ASC",
        **FRAGMENTS,
    )
    for leaves_out in (False, True)
    for is_reversed in (False, True)
}
# The statements that count, by whether later variants are left out.
COUNTS = {
    leaves_out: sql.COUNT_LIVE_PRODUCTS.format(left_out=f"({sql_profiles.COUNT_LATER_VARIANTS})" if leaves_out else "0")
    for leaves_out in (False, True)
}
EXPIRY_OF_HELD_PRODUCTS = sql.EXPIRY_OF_HELD_PRODUCTS.format(**FRAGMENTS)


class LiveProducts:
    """The live products of the user's account with the values of add_details(), ordered by id, for a paginator.

    A row is a list of the values of COLUMNS. `on_order` may be None, and products.reading.on_order reads it then. The
    SQL is written by hand: composing the query with the ORM took longer than the rest of a page of 50 products.

    With `is_grouped`, only the first product of each group is in the list.
    """

    ordered = True

    def __init__(self, user: User, *, is_grouped: bool = False) -> None:
        self.user, self.is_grouped, self.is_reversed = user, is_grouped, False
        self.parameters: dict[str, Any] = {"owner": user.account_id, "today": user.shop_today()}

    def reverse(self) -> "LiveProducts":
        reverse = copy(self)
        reverse.is_reversed = not self.is_reversed
        return reverse

    @cached_property
    def numbers(self) -> tuple[int, int]:
        """Return the number of the account's live products, and how many of them are left out."""
        [(live, left_out)] = self.fetch(COUNTS[self.is_grouped])
        return live, left_out

    def count(self) -> int:
        live, left_out = self.numbers
        return live - left_out

    def __getitem__(self, part: slice) -> list[list[Any]]:
        page = PAGES[self.is_grouped and self.numbers[1] > 0, self.is_reversed]
        rows = [list(row) for row in self.fetch(page, offset=part.start, limit=part.stop - part.start)]
        self.fill_in([row for row in rows if row[AT["held"]]], EXPIRY_OF_HELD_PRODUCTS, *EXPIRY)
        self.fill_in([row for row in rows if row[AT["code_count"]]], sql_codes.CODES_BY_PRODUCT, "codes")
        self.fill_in([row for row in rows if row[AT["profile"]]], sql_profiles.PROFILES_BY_PRODUCT, "profile")
        promised = [row for row in rows if row[AT["may_be_reserved"]]]
        self.fill_in(promised, RESERVED_BY_PRODUCT, "reserved")
        for row in promised:
            row[AT["available"]] = row[AT["quantity"]] - row[AT["reserved"]]
        return rows

    def fill_in(self, rows: list[list[Any]], statement: str, *names: str) -> None:
        """Set columns of the rows. The statement returns ids of products with the values of these columns."""
        by_id = {row[AT["id"]]: row for row in rows}
        for product_id, *values in self.fetch(statement, products=list(by_id)) if by_id else ():
            for name, value in zip(names, values, strict=True):
                by_id[product_id][AT[name]] = value

    def fetch(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        return read(statement, {**self.parameters, **values})
