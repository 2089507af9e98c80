"""How products are read."""

from datetime import UTC, date, datetime
from typing import Any, Self

from django.db.models import BooleanField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce

from core.ownership import OwnedQuerySet


def today() -> date:
    """The day by which products expire: UTC's, for every shop."""
    return datetime.now(UTC).date()


def condition(q: Q) -> ExpressionWrapper:
    return ExpressionWrapper(q, output_field=BooleanField())


LOW_STOCK = Q(quantity__lte=F("min_threshold"))


LEDGER_FIELDS = frozenset({"quantity", "stock_sequence"})


class ProductQuerySet(OwnedQuerySet):
    def update(self, **kwargs: Any) -> int:
        """Raises ValueError for the ledger's fields: stock.services alone writes them."""
        if LEDGER_FIELDS.intersection(kwargs):
            raise ValueError("Quantities are booked by stock.services.")
        return super().update(**kwargs)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        """Raises ValueError for a product that comes with stock: book its opening with stock.services."""
        objs = list(objs)
        if any(product.quantity or product.stock_sequence for product in objs):
            raise ValueError("A product starts without stock: book it with stock.services.")
        return super().bulk_create(objs, *args, **kwargs)

    def live(self) -> Self:
        return self.filter(archived_at=None)

    def detailed(self) -> Self:
        """With the names and flags that an answer shows, in one statement."""
        return self.select_related("supplier", "category").annotate(
            is_low_stock=condition(LOW_STOCK),
            has_expiry=condition(Q(expiration_date__isnull=False)),
            is_expired=Coalesce(condition(Q(expiration_date__lte=today())), Value(False)),
        )
