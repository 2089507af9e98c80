"""The queries that read locations and lots."""

from datetime import date
from typing import Any, Self

from django.db.models import BigIntegerField, BooleanField, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from core.ownership import OwnedQuerySet
from products.querysets import as_boolean
from stock.places import sql


class LocationQuerySet(OwnedQuerySet):
    def live(self) -> Self:
        """Return the locations that are not archived."""
        return self.filter(archived_at=None)


class LotQuerySet(OwnedQuerySet):
    def in_stock(self, is_in_stock: bool = True) -> Self:
        """Return the lots that are in stock if `is_in_stock` is true, otherwise those that are not."""
        condition: Any = RawSQL(sql.LOT_IS_IN_STOCK, [], output_field=BooleanField())  # noqa: S611, has no parameters
        return self.filter(condition) if is_in_stock else self.exclude(condition)

    def detailed(self, today: date) -> Self:
        """Return the lots with the fields of a response: product, quantity, and whether the lot has expired.

        One statement reads them. `today` is the date in the shop's time zone; a lot expires on its date, as a product
        does.
        """
        return self.select_related("product").annotate(
            quantity=RawSQL(sql.LOT_QUANTITY, [], output_field=BigIntegerField()),  # noqa: S611, has no parameters
            is_expired=Coalesce(as_boolean(Q(expires_on__lte=today)), Value(False)),
        )
