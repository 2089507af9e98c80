"""Read products with all fields of a response, including those that come from the tables of other apps."""

from collections.abc import Sequence
from datetime import date

from django.db.models import BigIntegerField, BooleanField, Case, DateField, F, When
from django.db.models.functions import Coalesce

from core.pages.columns import Row
from products.attributes.sql import PROFILE
from products.models import Product
from products.querysets import UNCONVERTED, ProductQuerySet, make_expression
from products.reading import figures as sql
from products.reading import on_order
from users.models import User

# The types of expressions. They are created once, because creating a field increments a counter of its class. Whenever
# a class changes, Python discards what it has cached about the attributes of this class and of its subclasses.
BOOLEAN, INTEGER, DATE = BooleanField(), BigIntegerField(), DateField()


def add_details(products: ProductQuerySet, user: User, *, is_page: bool = False) -> ProductQuerySet:
    """Return products of the user's account with the fields of a response.

    One statement reads links, flags, expiry, reservations, codes, and the quantity on order. The date in the shop's
    time zone decides which stock is expired. If `on_order` is None in the rows of a page, products.reading.on_order
    reads it.
    """
    quantity = on_order.ZERO_OR_UNREAD if is_page else on_order.ON_ORDER
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
