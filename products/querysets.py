"""How products are read."""

from datetime import UTC, date, datetime
from typing import Self

from django.db.models import BooleanField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce

from inventory_api.ownership import OwnedQuerySet


def today() -> date:
    """The day by which products expire: UTC's, for every shop."""
    return datetime.now(UTC).date()


def condition(q: Q) -> ExpressionWrapper:
    return ExpressionWrapper(q, output_field=BooleanField())


LOW_STOCK = Q(quantity__lte=F("min_threshold"))


class ProductQuerySet(OwnedQuerySet):
    def live(self) -> Self:
        return self.filter(archived_at=None)

    def detailed(self) -> Self:
        """With the names and flags that an answer shows, in one statement."""
        return self.select_related("supplier", "category").annotate(
            is_low_stock=condition(LOW_STOCK),
            has_expiry=condition(Q(expiration_date__isnull=False)),
            is_expired=Coalesce(condition(Q(expiration_date__lte=today())), Value(False)),
        )
