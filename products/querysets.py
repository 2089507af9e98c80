"""The queries that read products."""

import re
from datetime import date
from typing import Any, Self

from django.db.models import BigIntegerField, BooleanField, DateField, ExpressionWrapper, F, Field, Q
from django.db.models.expressions import RawSQL

from core.ownership import OwnedQuerySet
from products import sql, sql_codes, sql_expiry, sql_on_order

# The types of expressions. They are created once, because creating a field increments a counter of its class. Whenever
# a class changes, Python discards what it has cached about the attributes of this class and of its subclasses.
BOOLEAN, INTEGER, DATE, UNCONVERTED = BooleanField(), BigIntegerField(), DateField(), Field()


def as_boolean(q: Q) -> ExpressionWrapper:
    """Return the condition as a boolean expression, for annotations and generated columns."""
    return ExpressionWrapper(q, output_field=BOOLEAN)


PARAMETER = re.compile(r"%\((\w+)\)s")


def make_expression(fragment: str, output_field: Field, user: Any, **values: Any) -> RawSQL:
    """Return a fragment of SQL about products of the user's account as an expression.

    Its parameters are `owner`, `today` and `values`. Every table in it is compared with the owner by a parameter: Citus
    refuses a comparison with the owner of the product.
    """
    text = fragment.format(product="products_product", owner="%(owner)s::bigint")
    values |= {"owner": user.account_id or 0, "today": user.shop_today()}
    parameters = [values[name] for name in PARAMETER.findall(text)]
    return RawSQL(PARAMETER.sub("%s", text), parameters, output_field)  # noqa: S611, the text is a constant


LEDGER_FIELDS = frozenset({"quantity", "stock_sequence", "held", "stock_value"})  # stock/booking/ writes them

STARTS_EMPTY = "A product starts without stock: book it with stock.booking.services."


class ProductQuerySet(OwnedQuerySet):
    def update(self, **kwargs: Any) -> int:
        """Update the rows. Raise ValueError for LEDGER_FIELDS."""
        if LEDGER_FIELDS.intersection(kwargs):
            raise ValueError("Quantities are booked by stock.booking.services.")
        return super().update(**kwargs)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        """Insert the products.

        Raise ValueError for a product with stock, because stock.booking.services must book it afterwards.
        """
        objs = list(objs)
        if any(product.quantity or product.stock_sequence for product in objs):
            raise ValueError(STARTS_EMPTY)
        return super().bulk_create(objs, *args, **kwargs)

    def live(self) -> Self:
        """Return the products that are not archived."""
        return self.filter(archived_at=None)

    def expired(self, user: Any) -> Self:
        """Return the products of the user's account that have expired."""
        return self.filter(make_expression(sql_expiry.EXPIRED, BOOLEAN, user))

    def not_expired(self, user: Any) -> Self:
        return self.exclude(make_expression(sql_expiry.IS_EXPIRED, BOOLEAN, user))

    def expiring(self, user: Any, first: date | None, end: date | None) -> Self:
        """Return the products that expire between `first` and `end`, or that have a lot which does.

        `end` is excluded.
        """
        days = {"first": first or date.min, "end": end or "infinity"}  # a product can have date.max
        return self.filter(make_expression(sql_expiry.EXPIRES_BETWEEN, BOOLEAN, user, **days))

    def order_by_expiry(self, user: Any) -> Self:
        """Return the products ordered by their first date: their own, or that of a lot in stock."""
        return self.order_by(make_expression(sql_expiry.EARLIEST_DATE, DATE, user), "id")

    def detailed(self, user: Any, *, is_page: bool = False) -> Self:
        """Return products of the user's account with the fields of a response.

        These are links, flags, expiry, reservations, codes, and the quantity on order. One statement reads them.
        products.sql_expiry defines the expired stock by the date in the shop's time zone. In the rows of a page,
        `on_order` may be None, and products.on_order reads it then.
        """
        return self.select_related("supplier", "category").annotate(
            has_expiry=make_expression(sql_expiry.HAS_EXPIRY, BOOLEAN, user),
            is_expired=make_expression(sql_expiry.IS_EXPIRED, BOOLEAN, user),
            expired_quantity=make_expression(sql_expiry.EXPIRED_QUANTITY, INTEGER, user),
            reserved=make_expression(sql.RESERVED, INTEGER, user),
            available=F("quantity") - F("reserved"),
            codes=make_expression(sql_codes.CODES, UNCONVERTED, user),
            on_order=make_expression(sql_on_order.ZERO_OR_UNREAD if is_page else sql_on_order.ON_ORDER, INTEGER, user),
        )
