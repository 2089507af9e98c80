"""The rows of a shop with a row of every model: a level, and from where its place is refilled."""

from stock.levels.models import Level, RefillSource
from stock.models import Location


def create_rows(shop):
    """Create a level of a product at a place. Return the rows by their models."""
    owner = shop.owner
    location, *others = Location.objects.filter(owner=owner).order_by("id")[:2]
    level = Level.objects.create(owner=owner, location=location, product=shop.products[0], low_at=1, fill_to=2)
    source = others[0] if others else Location.objects.create(owner=owner, name=f"{shop.word} attic")
    refilled = RefillSource.objects.create(owner=owner, location=location, refill_from=source)
    return {Level: level, RefillSource: refilled}
