"""The pages of locations and lots: the lists, a location with its holdings, a lot with its movements."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import F
from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.further_fields import Columns
from core.lists.serialization import get_row_serializer
from core.pages.columns import Mark, PageColumn, Row, columns_of, goods_column
from core.pages.links import Action, PageLink, add, find_address, link_to_list, link_to_row, remove, restore, save
from core.pages.still_open import add_open
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.texts.folding import NameKey
from core.translation import gettext_noop as _
from products.reading.details import DAYS_AHEAD, add_units
from stock.models import Holding, Location, Lot, Portion
from stock.models.querysets import has_expired
from stock.pages import CHANGE, NOTHING_BOOKED, PRODUCT, REASON, WHEN, WHO
from stock.places.hooks import BESIDE_LOCATIONS
from stock.places.serializers import HoldingAtLocationSerializer
from users.access.roles import Right
from users.models import User
from users.reading import shows


def add_soon(user: User, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows of lots with `is_soon`, which is whether the lot expires within DAYS_AHEAD."""
    end = user.shop_today() + timedelta(days=DAYS_AHEAD + 1)
    return [{**row, "is_soon": has_expired(row["expires_on"], end)} for row in rows]


# Lots that are not in stock have no mark.
EXPIRED = Mark("expired", lambda row: row["is_expired"] and row["quantity"], "out")
SOON = Mark("soon", lambda row: row.get("is_soon") and row["quantity"] and not row["is_expired"], "low")
LOCATION_VERBS = {
    "create": add("Add a place", "location-detail"),
    "update": save(),
    "destroy": remove(
        "Archive", "Archived: its name stays in the history, and restoring brings it back.",
        lambda row: add_open(
            fill("{name} leaves the list. This is refused while something lies there. You can restore it.",
                 name=row.name), row,
        ),
    ),
    "restore": restore("location-detail"),
}  # fmt: skip
location_column = columns_of(Location)
lot_column = columns_of(Lot)
holding_column = columns_of(Holding)
LOCATIONS = TablePage(
    Columns(
        PageColumn("name", "Place", page="location-detail"),
        location_column("note"),
        BESIDE_LOCATIONS,
        location_column("created_at", kind="moment", is_extra=True),
    ),
    empty="No places yet.",
    extend=BESIDE_LOCATIONS.add_names,
    hint="Add one if you want to know where stock lies: a shelf, the cellar, the van. Places are optional.",
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)
LOT_COLUMNS = (
    PageColumn("lot_code", "Lot", links_to="lot"),
    lot_column("expires_on", kind="date", marks=(EXPIRED, SOON)),
    holding_column("quantity", kind="goods"),
)
SHELF_COLUMNS = (PRODUCT, PageColumn("sku", "SKU"), *LOT_COLUMNS)
NOTHING_HERE = _("Nothing lies here. Receive or count something at this place, or move it here.")


def mark_expired(user: User, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows of holdings with `is_expired` and `is_soon`."""
    today = user.shop_today()
    return add_soon(user, [{**row, "is_expired": has_expired(row["expires_on"], today)} for row in rows])


SHELF = TablePage(
    SHELF_COLUMNS, empty=NOTHING_HERE, extend=lambda user, rows: add_units(user, mark_expired(user, rows))
)
LOT_VERBS = {"update": save("code")}
LOTS = TablePage(
    (
        PageColumn("code", "Lot", page="lot-detail"),
        PRODUCT,
        *LOT_COLUMNS[1:],
        lot_column("created_at", kind="moment", is_extra=True),
    ),
    empty="No lots yet.",
    hint="Name a lot when you receive something, with its date: sales then take the earliest date first.",
    first=(PageLink("Receive the first one", "/shop/receive/?places=yes", style="primary", right=Right.WORK),),
    is_filled_elsewhere=True,
    extend=lambda user, rows: add_units(user, add_soon(user, rows)),
)


# --- One location, one lot --------------------------------------------------------------------------------------------

ROWS_SHOWN = 20
# The fields of a portion's movement and operation, as the columns of movements name them.
PORTION_COLUMNS = {
    "movement_type": F("movement__movement_type"),
    **{name: F(f"movement__operation__{name}") for name in ("reason", "occurred_at", "performed_by")},
    "performed_by_username": F("movement__operation__performer__name"),
}


def add_shelf(user: User, location: Row) -> Row:
    """Return the location with its first holdings, and whether there are more. Execute one statement.

    Execute another one if it is refilled from another location.
    """
    [location] = BESIDE_LOCATIONS.add_names(user, [location])
    found = Holding.objects.for_user(user).filter(location_id=location["id"]).order_by(NameKey("product__name"), "id")
    rows = get_row_serializer(HoldingAtLocationSerializer).serialize_queryset(found[: ROWS_SHOWN + 1])
    return {**location, "shelf": mark_expired(user, rows[:ROWS_SHOWN]), "has_more": len(rows) > ROWS_SHOWN}


def link_to_shelf(location: Row) -> PageLink | None:
    """Return the link to all holdings of the location, if the page does not show all."""
    address = reverse("location-holdings", args=[location["id"]])
    return PageLink("All stock here", address) if location["has_more"] else None


def link_to_task_with(page: str, field: str) -> Callable[[Row], str]:
    """Return a function that returns the address of a task that has the row in this field."""
    return lambda row: find_address(page, **{field: row["id"]})


LOCATION = DetailPage(
    "name",
    Columns(location_column("note"), BESIDE_LOCATIONS, location_column("created_at", kind="moment")),
    sections=(TableSection("shelf", "What lies here", SHELF_COLUMNS, empty=NOTHING_HERE, more=link_to_shelf),),
    actions=(
        Action("Move here", link_to_task_with("shop-move", "to"), style="primary", right=Right.WORK),
        Action("Move from here", link_to_task_with("shop-move", "from"), style="primary", right=Right.WORK),
        Action("Receive here", link_to_task_with("shop-receive", "location"), right=Right.WORK),
        Action("Count here", link_to_task_with("shop-count", "place"), right=Right.WORK),
        Action(
            "Levels of this place", lambda row: find_address("location-levels", row["id"]), is_offered=shows("levels")
        ),
        Action("Edit", form="PUT"),
        Action("Archive", form="DELETE"),
    ),
    extend=add_shelf,
)


def add_places(user: User, lot: Row) -> Row:
    """Return the lot with its holdings and its last movements. Execute three statements."""
    holdings = Holding.objects.for_user(user).filter(lot_id=lot["id"]).order_by(NameKey("location__name"), "id")
    portions = Portion.objects.for_user(user).filter(lot_id=lot["id"]).order_by("-id")
    [marked] = add_units(user, add_soon(user, [lot]))
    unit = {name: F(f"product__{name}") for name in ("decimals", "unit")}
    return {
        **marked,
        "places": list(holdings.values("quantity", "location_id", "location__name", **unit)[:ROWS_SHOWN]),
        "portions": list(
            portions.values("quantity", "movement_id", "location_id", "location__name", **PORTION_COLUMNS, **unit)[
                :ROWS_SHOWN
            ]
        ),
    }


PLACE = PageColumn("location__name", "Place", page="location-detail", id_field="location_id")


def link_to_labels(lot: Row) -> str:
    return find_address("shop-labels", product=lot["product"], lot=lot["code"])


def link_to_write_off(lot: Row) -> str:
    """Return the address of the form that writes the lot off, or an empty text if nothing of it is left."""
    given = {"product": lot["product"], "lot": lot["code"], "quantity": lot["quantity"]}
    given |= {"reason": "expiry"} if lot["is_expired"] else {}
    return f"{reverse('shop-write-off')}?{urlencode(given)}" if lot["quantity"] else ""


LOT = DetailPage(
    lambda row: fill("Lot {code} of {product_name}", **row),
    (PRODUCT, lot_column("created_at", kind="moment")),
    figures=(
        goods_column("quantity", "In stock"),
        lot_column("expires_on", kind="date", marks=(EXPIRED, SOON)),
    ),
    sections=(
        TableSection(
            "places", "Where it lies", (PLACE, goods_column("quantity")),
            empty="There is nothing of it.",
        ),
        TableSection(
            "portions", "Last movements", (replace(WHEN, id_field="movement_id"), CHANGE, PLACE, REASON, WHO),
            empty=NOTHING_BOOKED,
        ),
    ),
    actions=(
        Action("Product", link_to_row("product-detail", "product")),
        Action("Trace", link_to_row("lot-trace")),
        Action("Labels", link_to_labels, right=Right.READ),
        Action("Write off", link_to_write_off, right=Right.WORK),
        Action("Other lots", link_to_list("lot-list", product="product")),
        Action("Edit", form="PUT"),
    ),
    extend=add_places,
)  # fmt: skip


def add_unheld(user: User, data: Row) -> Row:
    """Return the data with `is_soon` in each row, and the stock that is not held as a row at its place in the order."""
    rows = list(add_soon(user, data["holdings"]))
    if data["not_held"] and not data["holdings_truncated"]:
        place = {"location_name": gettext("not held"), "is_expired": False, "expires_on": None}
        rows.insert(sum(not row["is_expired"] for row in rows), {**place, "quantity": data["not_held"]})
    return {**data, "holdings": rows}


def add_unit_of_product(user: User, data: Row) -> Row:
    """Return the holdings of a product with its unit, and the stock that is not held as a row."""
    [shown] = add_units(user, [add_unheld(user, data)])
    unit = {name: shown[name] for name in ("decimals", "unit") if name in shown}
    return {**shown, "holdings": [{**row, **unit} for row in shown["holdings"]]}


HOLDING_COLUMNS = (PageColumn("location_name", "Place", links_to="location"), *LOT_COLUMNS)
HOLDINGS = DetailPage(
    lambda _data: gettext("Places and lots"),
    figures=(
        goods_column("quantity", "In stock"),
        goods_column("held", "Held"),
        goods_column("not_held", "Not held"),
    ),
    sections=(
        TableSection(
            "holdings", "In the order in which a sale takes it", HOLDING_COLUMNS, empty="There is nothing of it.",
            note=lambda data: data["holdings_truncated"] and _("There are more: the list of its lots shows all."),
        ),
    ),
    actions=(
        Action("Product", link_to_row("product-detail", "product")),
        Action("Its lots", link_to_list("lot-list", product="product")),
    ),
    extend=add_unit_of_product,
)  # fmt: skip
