"""The pages of the lists of locations and lots. stock.pages.places describes the pages of a location and a lot."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from rest_framework.reverse import reverse

from core.pages.columns import Mark, PageColumn, Row
from core.pages.links import POST_FORM, PageLink, Verb, add, remove, save
from core.pages.tables import TablePage

DAYS_SOON = 14  # a lot is marked this number of days before it expires, as in the daily mail


def add_soon(user: Any, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows of lots with `is_soon`, which is whether the lot expires within DAYS_SOON."""
    limit = user.shop_today() + timedelta(days=DAYS_SOON)
    return [{**row, "is_soon": is_until(row["expires_on"], limit)} for row in rows]


def is_until(expires_on: date | str | None, limit: date) -> bool:
    """Return whether the date is not after the limit. A serializer may have written the date as a text."""
    return bool(expires_on) and str(expires_on) <= limit.isoformat()


def has_expired(row: Row) -> bool:
    """Return whether the lot is in stock and has expired."""
    return bool(row["is_expired"] and row["quantity"])


def is_expiring(row: Row) -> bool:
    """Return whether the lot is in stock and expires soon."""
    return bool(row.get("is_soon") and row["quantity"]) and not row["is_expired"]


def describe_archived_location(location_id: int, name: str, *, may_restore: bool) -> tuple[list[str], list[PageLink]]:
    """Return the message and the links of an archived location's page."""
    restore = (
        [PageLink("Restore", reverse("location-restore", args=[location_id]), style="primary")] if may_restore else []
    )
    return [f"{name} is archived: its name stays in the history, and restoring brings it back."], restore


EXPIRED = Mark("expired", has_expired, "urgent")
SOON = Mark("soon", is_expiring)
LOCATION_VERBS = {
    "create": add("location", "location-detail"),
    "update": save(),
    "destroy": remove("Archive", "Archived: its name stays in the history, and restoring brings it back."),
    "restore": Verb(
        "Restore", say=lambda row: f"Restored {row['name']}.",
        link=lambda row: reverse("location-detail", args=[row["id"]]),
    ),
}  # fmt: skip
LOCATIONS = TablePage(
    (
        PageColumn("name", "Location", page="location-detail"),
        PageColumn("note"),
        PageColumn("created_at", "Added", kind="moment", is_extra=True),
    ),
    empty="No locations yet.",
    hint="Add one if you want to know where stock lies: a shelf, the cellar, the van. Locations are optional.",
    first=(PageLink("Add the first one", f"#{POST_FORM}", style="primary"),),
)
SHELF_COLUMNS = (
    PageColumn("product_name", "Product", page="product-detail", id_field="product"),
    PageColumn("sku", "SKU"),
    PageColumn("lot_code", "Lot", page="lot-detail", id_field="lot"),
    PageColumn("expires_on", "Expires", kind="date", marks=(EXPIRED, SOON)),
    PageColumn("quantity", kind="number"),
)
NOTHING_HERE = "Nothing lies here. Receive or count something at this location, or move it here."


def mark_expired(user: Any, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows of holdings with `is_expired` and `is_soon`."""
    today = user.shop_today()
    return add_soon(user, [{**row, "is_expired": is_until(row["expires_on"], today)} for row in rows])


SHELF = TablePage(SHELF_COLUMNS, empty=NOTHING_HERE, extend=mark_expired)
LOT_VERBS = {"update": save("code")}
LOTS = TablePage(
    (
        PageColumn("code", "Lot", page="lot-detail"),
        PageColumn("product_name", "Product", page="product-detail", id_field="product"),
        PageColumn("expires_on", "Expires", kind="date", marks=(EXPIRED, SOON)),
        PageColumn("quantity", kind="number"),
        PageColumn("created_at", "Added", kind="moment", is_extra=True),
    ),
    empty="No lots yet.",
    hint="Name a lot when you receive something, with its date: sales then take the earliest date first.",
    first=(
        PageLink("Receive the first one", f"/api/stock/?_movement_type=IN&_places=yes#{POST_FORM}", style="primary"),
    ),
    is_filled_elsewhere=True,
    extend=add_soon,
)
