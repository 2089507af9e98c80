"""What others read of levels: the rows of lists, and how much is low at which places."""

from typing import Any

from django.db.models import QuerySet

from core.database.replicas import read
from core.money.amounts import write_amount
from stock.levels.models import Level
from stock.levels.sql import COUNT_LOW
from stock.places.hooks import PlaceToRefill, RefillHook
from users.models import User
from users.reading import list_uses

MAX_PLACES = 20  # the most places that a list of what is to be done names


class LowPlaces(RefillHook):
    def list_places(self, user: User) -> list[PlaceToRefill]:
        if not list_uses(user)["levels"]:
            return []
        return [PlaceToRefill(*row) for row in read(COUNT_LOW, {"owner": user.account_id, "limit": MAX_PLACES})]


def select_levels(user: User) -> QuerySet:
    """Return the levels of live products that keep stock, at live places."""
    rows = Level.objects.for_user(user).filter(
        product__archived_at=None, product__keeps_stock=True, location__archived_at=None
    )
    return rows.select_related("product", "location")


def show_level(row: Level) -> dict[str, Any]:
    """Return a level as a response has it."""
    amounts = {name: write_amount(getattr(row, name), row.product.decimals) for name in ("low_at", "fill_to")}
    named = {name: getattr(row.product, name) for name in ("name", "sku", "unit")}
    place = {"location": row.location_id, "location_name": row.location.name}
    return {"id": row.pk, **place, "product": row.product_id, **named, **amounts}
