"""The queries that read products."""

import re
from datetime import date
from typing import Any, Self

from django.db.models import BigIntegerField, BooleanField, DateField, ExpressionWrapper, F, Field, Q
from django.db.models.expressions import RawSQL

from core.ownership import OwnedQuerySet
from products import sql, sql_expiry


def as_boolean(q: Q) -> ExpressionWrapper:
    """Return the condition as a boolean expression, for annotations."""
    return ExpressionWrapper(q, output_field=BooleanField())


PARAMETER = re.compile(r"%\((\w+)\)s")


def make_expression(fragment: str, output_field: Field, **values: Any) -> RawSQL:
    """Return a fragment of SQL about products as an expression. `values` are those of its parameters, by name.

    Without `owner` among them, the fragment compares the owners of rows.
    """
    owner = "%(owner)s::bigint" if "owner" in values else "products_product.owner_id"
    text = fragment.format(product="products_product", owner=owner)
    parameters = [values[name] for name in PARAMETER.findall(text)]
    return RawSQL(PARAMETER.sub("%s", text), parameters, output_field)  # noqa: S611, the text is a constant


LOW_STOCK = Q(quantity__lte=F("min_threshold"))
LEDGER_FIELDS = frozenset({"quantity", "stock_sequence", "held"})  # only stock.services writes them


class ProductQuerySet(OwnedQuerySet):
    def update(self, **kwargs: Any) -> int:
        """Update the rows. Raise ValueError for LEDGER_FIELDS."""
        if LEDGER_FIELDS.intersection(kwargs):
            raise ValueError("Quantities are booked by stock.services.")
        return super().update(**kwargs)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        """Insert the products. Raise ValueError for a product with stock: stock.services books it afterwards."""
        objs = list(objs)
        if any(product.quantity or product.stock_sequence for product in objs):
            raise ValueError("A product starts without stock: book it with stock.services.")
        return super().bulk_create(objs, *args, **kwargs)

    def live(self) -> Self:
        """Return the products that are not archived."""
        return self.filter(archived_at=None)

    def expired(self, owner_id: int | None, today: date) -> Self:
        """Return the products that have expired. All are the account's."""
        return self.filter(make_expression(sql_expiry.EXPIRED, BooleanField(), owner=owner_id, today=today))

    def expiring(self, owner_id: int | None, first: date | None, end: date | None) -> Self:
        """Return those that expire, or a lot of which does, from `first` on and before `end`. All are the account's."""
        values = {"owner": owner_id, "first": first or date.min, "end": end or date.max}
        return self.filter(make_expression(sql_expiry.EXPIRES_BETWEEN, BooleanField(), **values))

    def not_expired(self, today: date) -> Self:
        return self.exclude(make_expression(sql_expiry.IS_EXPIRED, BooleanField(), today=today))

    def order_by_expiry(self) -> Self:
        """Return the products ordered by their first date: their own, or that of a lot in stock."""
        return self.order_by(make_expression(sql_expiry.EARLIEST_DATE, DateField()), "id")

    def detailed(self, today: date) -> Self:
        """Return the products with what a response shows, in one statement: links, flags, expiry, reservations.

        `today` is the date in the shop's time zone. products.sql_expiry defines what has expired.
        """
        return self.select_related("supplier", "category").annotate(
            is_low_stock=as_boolean(LOW_STOCK),
            has_expiry=make_expression(sql_expiry.HAS_EXPIRY, BooleanField()),
            is_expired=make_expression(sql_expiry.IS_EXPIRED, BooleanField(), today=today),
            expired_quantity=make_expression(sql_expiry.EXPIRED_QUANTITY, BigIntegerField(), today=today),
            reserved=make_expression(sql.RESERVED, BigIntegerField()),
            available=F("quantity") - F("reserved"),
        )
