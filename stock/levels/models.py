"""How much of a product a place is to have, and from where places are refilled. No booking reads these tables."""

from django.db import models
from django.db.models import F, Index, Q, UniqueConstraint

from core.database.constraints import checks
from core.fields import MAX_QUANTITY
from core.ownership import OwnedKey, OwnedModel, OwnedQuerySet
from products.models import Product
from stock.models import Location


class Level(OwnedModel):
    """A product is low at a place if `low_at` or less lies there, and is then filled up to `fill_to`, in base units."""

    location = OwnedKey(Location)
    product = OwnedKey(Product)
    low_at = models.BigIntegerField()
    fill_to = models.BigIntegerField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "location", "product"], name="levels_level_once"),
            *checks(low_at=Q(low_at__gte=0), fill_to=Q(fill_to__gt=F("low_at"), fill_to__lte=MAX_QUANTITY)),
        ]
        indexes = [Index(fields=["owner", "product"], name="levels_level_by_product")]

    @property
    def amounts(self) -> tuple[int, int]:
        return self.low_at, self.fill_to

    def __str__(self) -> str:
        return f"{self.low_at} to {self.fill_to} of product {self.product_id}"


class RefillSource(OwnedModel):
    """Where a location is refilled from. If `refill_from` is null, that is what lies at no place."""

    location = OwnedKey(Location)
    refill_from = OwnedKey(Location, null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["owner", "location"], name="levels_refillsource_once"),
            *checks(other=~Q(refill_from=F("location"))),
        ]

    def __str__(self) -> str:
        return f"location {self.location_id} from {self.refill_from_id}"
