"""What others read of products: the fields of a response that come from the tables of other apps, and what expires.

The rows of other pages get the units and the profiles of their products here.
"""

from collections.abc import Collection, Sequence
from copy import copy
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, BooleanField, Case, DateField, DecimalField, F, When
from django.db.models.functions import Coalesce

from core.database.replicas import read
from core.lists.serialization import get_row_serializer
from core.pages.columns import Row
from core.sentences import Goods
from products.models import FieldType, Product, sql_codes
from products.models.sql_profiles import COUNT_LATER_VARIANTS, IS_LATER_VARIANT, PROFILE, PROFILES_BY_PRODUCT
from products.models.tallies import COUNT
from products.querysets import UNCONVERTED, ProductQuerySet, make_expression
from products.reading import figures as sql
from trade.purchasing.models.sql import ON_ORDER, ON_ORDER_BY_PRODUCT, ZERO_OR_UNREAD
from users.models import User


def add_on_order(owner_id: int | None, rows: list[dict[str, Any]]) -> None:
    """Set `on_order` of the rows in which it is None. No statement is executed if there are none."""
    unread = {row["id"]: row for row in rows if row.get("on_order", 0) is None}
    if not unread:
        return
    for row in unread.values():
        row["on_order"] = 0
    for product_id, on_order in read(ON_ORDER_BY_PRODUCT, {"owner": owner_id, "products": list(unread)}):
        unread[product_id]["on_order"] = on_order


# The types of expressions. They are created once, because creating a field increments a counter of its class. Whenever
# a class changes, Python discards what it has cached about the attributes of this class and of its subclasses.
BOOLEAN, INTEGER, DATE = BooleanField(), BigIntegerField(), DateField()


def add_details(products: ProductQuerySet, user: User, *, is_page: bool = False) -> ProductQuerySet:
    """Return products of the user's account with the fields of a response.

    One statement reads links, flags, expiry, reservations, codes, and the quantity on order. The date in the shop's
    time zone decides which stock is expired. If `on_order` is None in the rows of a page, products.reading.details
    reads it.
    """
    quantity = ZERO_OR_UNREAD if is_page else ON_ORDER
    return (
        products.select_related("supplier", "category")
        .annotate(
            has_expiry=make_expression(sql.HAS_EXPIRY, BOOLEAN, user),
            is_expired=make_expression(sql.IS_EXPIRED, BOOLEAN, user),
            expired_quantity=make_expression(sql.EXPIRED_QUANTITY, INTEGER, user),
            reserved=make_expression(sql.RESERVED, INTEGER, user),
            available=Case(When(keeps_stock=True, then=F("quantity") - F("reserved")), output_field=INTEGER),
            is_low=Coalesce("is_low_stock", False),
        )
        .with_codes(user)
        .annotate(profile=make_expression(PROFILE, UNCONVERTED, user))
        .annotate(on_order=make_expression(quantity, INTEGER, user))
    )


def select_expired(products: ProductQuerySet, user: User) -> ProductQuerySet:
    return products.filter(make_expression(sql.EXPIRED, BOOLEAN, user))


def exclude_expired(products: ProductQuerySet, user: User) -> ProductQuerySet:
    return products.exclude(make_expression(sql.IS_EXPIRED, BOOLEAN, user))


def select_expiring(products: ProductQuerySet, user: User, first: date | None, end: date | None) -> ProductQuerySet:
    """Return the products that expire between `first` and `end`, or that have a lot which does. `end` is excluded."""
    days = {"first": first or date.min, "end": end or "infinity"}  # not date.max, which a product can have
    return products.filter(make_expression(sql.EXPIRES_BETWEEN, BOOLEAN, user, **days))


def order_by_expiry(products: ProductQuerySet, user: User) -> ProductQuerySet:
    """Return the products ordered by their first date: their own, or that of a lot in stock."""
    return products.order_by(make_expression(sql.EARLIEST_DATE, DATE, user), "id")


def add_first_dates(user: User, rows: Sequence[Row]) -> list[Row]:
    """Return rows of products with `first_date`: their own date, or that of a lot in stock if it is earlier.

    Execute one statement if any of these products has a date.
    """
    dates = {}
    if ids := [row["id"] for row in rows if row["has_expiry"]]:
        products = Product.objects.for_user(user).filter(id__in=ids).order_by()
        dates = dict(products.values_list("id", make_expression(sql.EARLIEST_DATE, DATE, user)))
    return [{**row, "first_date": dates.get(row["id"])} for row in rows]


def add_keeps_stock(user: User, rows: Sequence[Row]) -> list[Row]:
    """Return rows of items with the `keeps_stock` of their products."""
    products = Product.objects.for_user(user).filter(id__in=[row["id"] for row in rows])
    keeps = dict(products.order_by().values_list("id", "keeps_stock"))
    return [{**row, "keeps_stock": keeps.get(row["id"], True)} for row in rows]


def add_units(user: Any, rows: Sequence[Row], product: str = "product") -> list[Row]:
    """Return the rows with `decimals` and `unit`, which are those of the product with the id in the field `product`.

    Only rows of products with decimals get them. Execute one statement.
    """
    ids = {row[product] for row in rows}
    products = Product.objects.for_user(user).filter(pk__in=ids, decimals__gt=0) if ids else Product.objects.none()
    found = {
        pk: {"decimals": decimals, "unit": unit}
        for pk, decimals, unit in products.values_list("pk", "decimals", "unit")
    }
    return [{**row, **found.get(row[product], {})} for row in rows]


def add_units_of_amounts(user: Any, rows: Sequence[Row]) -> Sequence[Row]:
    """Return rows that have an `amount` with the units of their products. Without any amount, execute no statement."""
    return add_units(user, rows) if any(row["amount"] for row in rows) else rows


# How pages and labels show the values of a type of own fields; the others are texts.
KINDS: dict[str, Any] = {FieldType.NUMBER: "decimal", FieldType.DATE: "date", FieldType.YES_NO: "flag"}


def read_profiles(user: User, products: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the profiles of these products of the user's account by id. Products without a profile are left out."""
    return dict(read(PROFILES_BY_PRODUCT, {"owner": user.account_id, "products": list(products)}))


DAYS_AHEAD = 14  # events, notices and marks of pages announce what expires within this time


class Expiring(NamedTuple):
    """Stock that expires: a lot, the stock of a product outside of dated lots, or the sum of both for a product.

    `lot_code` is empty unless the row is a single lot.
    """

    id: int
    name: str
    sku: str
    lot_code: str
    expires_on: date
    quantity: int
    unit: str
    decimals: int

    @property
    def shown_quantity(self) -> str:
        return f"{Goods(self.quantity, self.decimals, self.unit)}"


def read_expiring(
    owner_id: int, first: date, last: date, limit: int, *, by_product: bool = False
) -> tuple[list[Expiring], int]:
    """Return the stock that expires on these days, the earliest first, and the number of all such rows or products."""
    statement = sql.EXPIRING_PRODUCTS if by_product else sql.EXPIRING_LOTS
    rows = read(statement, {"owner": owner_id, "first": first, "last": last, "limit": limit})
    return [Expiring(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def read_expiring_of(owner_id: int, products: Sequence[int], first: date, last: date, limit: int) -> list[Expiring]:
    """Return the stock of these products that expires on these days, by the names of the products."""
    days = {"first": first, "last": last}
    values = {"owner": owner_id, "products": list(products), **days, "limit": limit}
    return [Expiring(*row) for row in read(sql.EXPIRING_OF_PRODUCTS, values)]


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
    "on_order": ZERO_OR_UNREAD.format(**OWNER),
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
    leaves_out: f"SELECT {COUNT}, {f'({COUNT_LATER_VARIANTS})' if leaves_out else 0}" for leaves_out in (False, True)
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
    add_on_order(user.account_id, rows)
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
