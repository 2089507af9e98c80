"""The rows of a shop with a row of every model: a level, and from where its place is refilled."""

from stock.levels.models import Level, RefillSource
from stock.models import Location


def create_rows(shop):
    """Create a level of a product at a place. Return the rows by their models."""
    owner = shop.owner
    names = (f"{shop.word} kiosk", f"{shop.word} attic")
    found = [*Location.objects.filter(owner=owner).order_by("id")[:2]]
    location, source = [*found, *(Location.objects.create(owner=owner, name=one) for one in names[len(found) :])]
    level = Level.objects.create(owner=owner, location=location, product=shop.products[0], low_at=1, fill_to=2)
    refilled = RefillSource.objects.create(owner=owner, location=location, refill_from=source)
    return {Level: level, RefillSource: refilled}
