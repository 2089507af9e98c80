"""The pages of the ledger, and what pages of other rooms show of it: columns of movements, lines of orders."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import (
    Mark,
    PageColumn,
    Row,
    columns_of,
    count_decimals,
    goods_column,
    mark_goods,
    moment_column,
    number_column,
)
from core.pages.links import Action, PageLink, Verb, find_form_page, link_to_list, link_to_row, say_name
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill, isolate, list_first
from core.translation import gettext_noop as _
from products.models import SAID_TODAY
from products.page_columns import EXPIRED
from products.reading.details import add_units, add_units_of_amounts
from stock.models import Movement, MovementType, Operation, Seal, Verification
from stock.models.querysets import has_expired
from stock.reading.operations import describe_portions
from stock.serializers import SealSerializer
from users.access.roles import Right
from users.models import User

NOTHING_BOOKED = _("Nothing has been recorded yet. Sell or receive something first.")
WHEN = moment_column("occurred_at", "When", page="movement-detail")
PRODUCT = PageColumn("product_name", "Product", links_to="product")
NAMED = replace(PRODUCT, name="name")  # in rows that are a product each
CHANGE = PageColumn(
    "change",
    "Change",
    kind="change",
    write=lambda row: row["quantity"] if row["movement_type"] == "IN" else -row["quantity"],
)
movement_column = columns_of(Movement)
operation_column = columns_of(Operation)
BALANCE = movement_column("new_quantity", kind="goods")
RETURNED = goods_column("returned", "Returned", is_optional=True, write=lambda row: row["returned"] or None)
WHERE = PageColumn(
    "portions",
    "Where",
    write=lambda row: describe_portions(row["portions"], count_decimals(row)),
    is_optional=True,
)
REASON = operation_column("reason", kind="words")
WHO = PageColumn("performed_by_username", "Who", link=link_to_list("movement-list", performed_by="performed_by"))
REFERENCE = operation_column("reference", is_extra=True)
NOTE = operation_column("note", is_extra=True)
CHANGES = (CHANGE, BALANCE, WHERE, REASON, WHO, REFERENCE, NOTE)
OPERATION = movement_column("operation", links_to="operation", is_extra=True)
TASKS = (
    PageLink("Sell", "/shop/sell/", style="primary", right=Right.WORK),
    PageLink("Receive", "/shop/receive/", style="primary", right=Right.WORK),
    PageLink("Return", "/shop/return/", right=Right.WORK),
    PageLink("Write off", "/shop/write-off/", right=Right.WORK),
)
MOVEMENTS = TablePage(
    (WHEN, PRODUCT, *CHANGES, OPERATION),
    empty=NOTHING_BOOKED,
    first=(PageLink("Receive the first delivery", "/shop/receive/", style="primary", right=Right.WORK),),
    is_filled_elsewhere=True,
    tasks=TASKS,
    extend=add_units_of_amounts,
    first_filters=("product", "reason", "after", "before"),
)
REVERSED = Mark("undone", lambda row: row["reversed_by"] is not None)


def list_products_of_lines(row: Row) -> str:
    """Return the first products of an order or a reservation with their quantities, and the number of the others."""
    named = ((line, line.get("product_name") or line["name"]) for line in row["lines"])
    return list_first([write_line(mark_goods(line, line["quantity"]), name) for line, name in named])


def write_line(quantity: int, name: str) -> str:
    return fill("{quantity:,} of {name}", quantity=quantity, name=isolate(name))


def tell_present(row: Row) -> str:
    """Return the note below the lines of an order or a reservation that keep nothing of their products."""
    return "" if all(line["is_kept"] for line in row["lines"]) else gettext(SAID_TODAY)


def link_in_state(
    page: str, state: str, link: Callable[[str], Callable[[Row], str]] = link_to_row
) -> Callable[[Row], str]:
    """Return a function that returns the address of a form for a row in this state. Other rows have no address."""
    return lambda row: link(page)(row) if row["state"] == state else ""


TIMES = (operation_column("occurred_at", kind="moment"), moment_column("timestamp", "Recorded"))
REMARKS = (REASON, WHO, operation_column("reference"), operation_column("note"))


def extend_movement(user: User, movement: Row) -> Row:
    """Return the movement with the product's unit in its portions, and mark lots of an OUT that had expired."""
    [shown] = add_units_of_amounts(user, [movement])
    unit = {name: shown[name] for name in ("decimals", "unit") if name in shown}
    day = user.shop_day(datetime.fromisoformat(movement["occurred_at"]))
    is_out = movement["movement_type"] == MovementType.OUT
    portions = [
        {**portion, **unit, "is_expired": is_out and has_expired(portion["expires_on"], day)}
        for portion in movement["portions"]
    ]
    return {**shown, "portions": portions}


MOVEMENT = DetailPage(
    "product_name",
    (
        *TIMES,
        movement_column("old_quantity", kind="goods"),
        WHERE,
        movement_column("unit_price", kind="money"),
        movement_column("total", kind="money", is_optional=True),
        movement_column("value", kind="money"),
        *REMARKS,
        OPERATION,
    ),
    figures=(CHANGE, goods_column("new_quantity", "After")),
    sections=(
        TableSection(
            "portions",
            "Where",
            (
                PageColumn("location_name", "Place", links_to="location"),
                PageColumn("lot_code", "Lot", links_to="lot"),
                PageColumn("expires_on", "Expires", kind="date", marks=(EXPIRED,)),
                movement_column("quantity", kind="goods"),
            ),
            empty="",
            is_optional=True,
        ),
    ),
    actions=(
        Action("Product", link_to_row("product-detail", "product")),
        Action("All of this change", link_to_row("operation-detail", "operation")),
    ),
    extend=extend_movement,
)


seal_column = columns_of(Seal)
verification_column = columns_of(Verification)

SEALS_SHOWN = 10


SEALED = partial(say_name, _("Sealed: seal {name} is the newest."), "number")
SEAL = Verb("Seal now", say=SEALED, link=link_to_row("seal-detail"))


HISTORY = TablePage(
    (WHEN, *CHANGES, OPERATION),
    empty=NOTHING_BOOKED,
    title=lambda rows: fill("History of {name}", name=rows[0]["product_name"]) if rows else "",
    more=lambda data: next(
        (
            PageLink("Stock before and after", reverse("product-statement", args=[row["product"]]))
            for row in data["results"]
        ),
        None,
    ),
    extend=add_units_of_amounts,
    first_filters=("reason", "performed_by", "after", "before"),
)


ITEM_CHANGES = TablePage(
    (
        moment_column("timestamp", "When"),
        PageColumn("item_name", "Item", links_to="item"),
        movement_column("old_quantity", kind="goods"),
        goods_column("new_quantity", "After"),
        PageColumn("username"),
    ),
    empty="No quantity has changed yet.",
)


SEALED_ROWS = (seal_column("operations", kind="number"), seal_column("movements", kind="number"))
SEALS = TablePage(
    (
        number_column("number", "Seal", page="seal-detail"),
        seal_column("created_at", kind="moment"),
        *SEALED_ROWS,
        seal_column("digest", is_extra=True),
        PageColumn("file", "File", write=lambda _row: gettext("Download and check"), link=link_to_row("seal-file")),
    ),
    empty="Nothing has been sealed yet.",
)
SEAL_PAGE = DetailPage(
    lambda row: fill("Seal {number}", number=row["number"]),
    (
        seal_column("created_at", kind="moment"),
        seal_column("from_position", kind="number"),
        seal_column("to_position", kind="number"),
        seal_column("digest"),
        PageColumn("previous", "That of the previous seal"),
    ),
    figures=SEALED_ROWS,
    actions=(
        Action("Download and check", link_to_row("seal-file"), style="primary"),
        Action("How to check it", lambda _row: "/docs/ledger/#seals"),
    ),
)


NOWHERE = _("no place")
OUTDATED = Mark("outdated", lambda row: row["outdated"])
COUNTS = TablePage(
    (
        moment_column("counted_at", "When", marks=(OUTDATED,)),
        PRODUCT,
        PageColumn(
            "location_name",
            "Place",
            page="location-detail",
            id_field="location",
            is_optional=True,
            write=lambda row: gettext(NOWHERE) if row["nowhere"] else row["location_name"],
        ),
        PageColumn("lot_code", "Lot", links_to="lot", is_optional=True),
        goods_column("counted", "Counted"),
        goods_column("expected", "Expected"),
        PageColumn("difference", "Difference", kind="change", losses="below"),
        PageColumn("counted_by_username", "Who"),
        OPERATION,
    ),
    empty="Nothing has been counted yet.",
    tasks=(PageLink("Count", "/shop/count/", style="primary", right=Right.WORK),),
    extend=lambda user, rows: add_units(user, rows) if any(row["counted_amount"] for row in rows) else rows,
)


def extend_verification(user: User, data: Row) -> Row:
    """Return the verification with the newest seals, for developers.

    Breaks without a movement have no product and no sequence.
    """
    broken = [
        {**found, "product": found["product"] or None, "sequence": found["sequence"] or None}
        for found in data["broken"]
    ]
    shown: Row = {"server_changes": [], **data, "broken": broken, "seals": (), "seal_list": ""}
    if not user.developer:
        return {**shown, "sealed": None}
    seals = Seal.objects.for_user(user).order_by("-number")[:SEALS_SHOWN]
    return {**shown, "seals": SealSerializer(seals, many=True).data, "seal_list": reverse("seal-list")}


VERIFICATION = DetailPage(
    lambda data: gettext("The numbers are wrong") if data["broken"] else gettext("The numbers are right"),
    (
        moment_column("sealed", "Sealed at", write=lambda data: (data["sealed"] or {}).get("sealed_at")),
        number_column("unsealed", "Not yet sealed", write=lambda data: (data["sealed"] or {}).get("unsealed")),
    ),
    figures=(number_column("products", "Products"), seal_column("movements", kind="number")),
    sections=(
        TableSection(
            "broken", "Errors found",
            (movement_column("product", links_to="product"),
             movement_column("sequence", kind="number"),
             PageColumn("what", "What")),
            empty="Every movement continues the balance before it, and every balance is the sum of its movements.",
        ),
        TableSection(
            "server_changes", "Changes of the database server",
            (moment_column("noticed_at", "Noticed"), PageColumn("message", "What changed"),
             verification_column("newest_booked_at", kind="moment")),
            empty="None since the first verification.",
        ),
        TableSection(
            "seals", "Seals", tuple(column for column in SEALS.columns if not column.is_extra),
            empty=SEALS.empty,
            is_optional=True,
            more=lambda data: PageLink("All of them", data["seal_list"]),
        ),
    ),
    actions=(
        Action(
            "Seal now", lambda data: data["seal_list"] and find_form_page(data["seal_list"]), right=Right.MAKE_SEALS
        ),
    ),
    extend=extend_verification,
)  # fmt: skip
