"""The queries that read products."""

from datetime import date
from typing import Any, Self

from django.db.models import BigIntegerField, BooleanField, ExpressionWrapper, F, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from core.ownership import OwnedQuerySet
from products import sql


def as_boolean(q: Q) -> ExpressionWrapper:
    """Return the condition as a boolean expression, for annotations."""
    return ExpressionWrapper(q, output_field=BooleanField())


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

    def detailed(self, today: date) -> Self:
        """Return the products with what a response shows, in one statement: links, flags, reservations.

        A product is expired if it expires by `today`, which is the date in the shop's time zone.
        """
        reserved = sql.RESERVED.format(product="products_product", owner="products_product.owner_id")
        return self.select_related("supplier", "category").annotate(
            is_low_stock=as_boolean(LOW_STOCK),
            has_expiry=as_boolean(Q(expiration_date__isnull=False)),
            is_expired=Coalesce(as_boolean(Q(expiration_date__lte=today)), Value(False)),
            reserved=RawSQL(reserved, (), BigIntegerField()),  # noqa: S611, the text is a constant
            available=F("quantity") - F("reserved"),
        )
