"""The rows of a shop with a row of every model: a level, and from where its place is refilled."""

from stock.levels.models import Level, RefillSource


def create_rows(shop):
    """Create a level of a product at the empty location. Return the rows by their models."""
    owner, location = shop.owner, shop.empty_location
    level = Level.objects.create(owner=owner, location=location, product=shop.products[0], low_at=1, fill_to=2)
    return {Level: level, RefillSource: RefillSource.objects.create(owner=owner, location=location)}
