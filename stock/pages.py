"""The pages of the ledger."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.cells import OMITTED
from core.pages.columns import NONE, Mark, PageColumn, Row, columns_of, mark_goods, write_shown
from core.pages.links import Action, PageLink, Verb, find_form_page, link_to_form, link_to_list, link_to_row, say_name
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import Goods, fill, fill_plural, list_first, say_code
from core.translation import gettext_noop as _
from products.door import EXPIRED
from products.filing.pages.result_page import CREATED, Write
from products.models import Product
from products.reading.door import add_units, add_units_of_amounts
from stock.door import (
    BALANCE,
    CHANGE,
    CHANGES,
    KIT,
    NOTE,
    NOTHING_BOOKED,
    OPERATION,
    PRODUCT,
    REASON,
    REFERENCE,
    RETURNED,
    REVERSED,
    TASKS,
    WHEN,
    WHERE,
    WHO,
    movement_column,
    operation_column,
)
from stock.models import Movement, MovementType, Operation, OperationReason, Seal, Verification
from stock.models.querysets import has_expired
from stock.reading.door import attach_movements
from stock.serializers import SealSerializer
from trade.labels.drawing.labels import MAX_LABELS
from trade.reservations.models import Reservation
from users.access.roles import Right
from users.models import User

seal_column = columns_of(Seal)
verification_column = columns_of(Verification)
TIMES = (operation_column("occurred_at", kind="moment"), PageColumn("timestamp", "Recorded", kind="moment"))
REMARKS = (REASON, WHO, operation_column("reference"), operation_column("note"))

SEALS_SHOWN = 10
LINES_CONFIRMED = 20  # the most lines of an operation that the form which reverses it lists


def confirm_reversal(operation: Operation) -> list[str]:
    """Return what reversing does, and how it changes the stock of the first products."""
    [operation] = attach_movements([operation], LINES_CONFIRMED)
    reason = say_code(operation.reason)
    by_product = {row.product_id: [line for line in operation.shown if line.product_id == row.product_id]
                  for row in operation.shown}  # fmt: skip
    rows = Product.objects.filter(owner_id=operation.owner_id, pk__in=by_product)
    rows = rows.only("name", "quantity", "keeps_stock", "last_counted_at")
    stock = {row.pk: row.quantity if row.keeps_stock else None for row in rows}
    lines = [write_reversal(moved, stock[product]) for product, moved in by_product.items()]
    what = gettext(
        "This records the opposite of transaction {number}, a {reason} of {name}, once. Both stay in the history. The"
        " stock changes so:"
    )
    said = what.format(number=operation.pk, reason=reason, name=operation.performer.name)
    more = [gettext("and more")] if operation.movements_truncated else []
    return [said, *lines, *more, *say_sold(operation), *say_counted(operation, rows)]


def say_sold(operation: Operation) -> list[str]:
    """Return that the reservation which the operation has sold stays closed, or nothing."""
    sold = Reservation.objects.filter(owner_id=operation.owner_id, operation_id=operation.pk)
    again = _("Nothing of reservation {number} is reserved again. Choose “Reserve again” on its page.")
    return [fill(again, number=row.number) for row in sold]


def say_counted(operation: Operation, products: Iterable[Product]) -> list[str]:
    """Return what the reversal does to products that were counted after the operation, or nothing."""
    is_count = operation.reason in (OperationReason.COUNT, OperationReason.REVERSAL)
    counted = [row for row in products if row.last_counted_at and row.last_counted_at > operation.occurred_at]
    if is_count or not counted:
        return []
    said = _("Counted since then: {products}. The count has set the stock to what was there: count again after this.")
    return [fill(said, products=list_first([row.name for row in counted]))]


def write_reversal(moved: list[Movement], quantity: int | None) -> str:
    """Return the change of a product by the reversal of these movements, and its stock afterwards."""
    if quantity is None:
        return f"{moved[0].product_name}: {NONE}"
    change = sum(row.old_quantity - row.new_quantity for row in moved)
    name, decimals = moved[0].product_name, moved[0].decimals
    if not change:
        return fill("{product}: back to its place", product=name)
    before, after = Goods(quantity, decimals), Goods(quantity + change, decimals)
    said = _("{product}: {change}, from {before:,} to {after:,} in stock")
    if after < 0:
        said = _("{product}: {change}, but only {before:,} in stock, so this will be refused")
    return fill(said, product=name, change=write_shown(Goods(change, decimals), "+,"), before=before, after=after)


# What the undo of an import archives, in the words of the page of imports.
ARCHIVED: dict[str, Write] = {
    **CREATED,
    "products": lambda number: fill_plural("{number} product", "{number} products", number),
    "groups": lambda number: fill_plural("{number} group of variants", "{number} groups of variants", number),
    "fields": lambda number: fill_plural("{number} own field", "{number} own fields", number),
}


def say_reversed(row: Row) -> str:
    """Return the message after a reversal, with the numbers of what was archived."""
    return say_archived(say_name(_("Undid transaction {name}."), "reverses", row), row)


def say_archived(said: str, row: Row) -> str:
    archived = [ARCHIVED[kind](len(ids)) for kind, ids in row.get("archived", {}).items() if ids]
    told = fill("Archived: {names}.", names=", ".join(archived))
    return f"{said} {told}" if archived else said


def link_after_undo(row: Row) -> str:
    """Return the page of the reversal. After the undo of an import that has moved nothing, it is the products'."""
    return reverse("operation-detail", args=[row["reversal"]]) if row["reversal"] else reverse("product-list")


def say_undone(row: Row) -> str:
    """Return the message after an undo, with what is in stock again."""
    stock = {line["product_name"]: mark_goods(line, line["new_quantity"]) for line in row["movements"]}
    # Two movements that leave nothing may be those of a product without stock.
    if len(stock) == 1 and (any(stock.values()) or len(row["movements"]) == 1):
        [(product, quantity)] = stock.items()
        return fill("Undone. {product}: {stock:,} in stock.", product=product, stock=quantity)
    return fill_plural(
        "Undone: the stock of {number:,} product is as before.",
        "Undone: the stock of {number:,} products is as before.",
        len(stock),
    )  # fmt: skip


REVERSAL_FIELDS = {
    "reference": {"kind": OMITTED},
    "note": {"help_text": _("Why it is undone. It stays in the history.")},
}
SEALED = partial(say_name, _("Sealed: seal {name} is the newest."), "number")
SEAL = Verb("Seal now", say=SEALED, link=link_to_row("seal-detail"))
REVERSE = Verb(
    "Undo", say=say_reversed, say_undone=say_undone, link=link_to_row("operation-detail"), confirm=confirm_reversal
)
UNDO_IMPORT = Verb(
    "Undo the import", "Undo", say=lambda row: say_archived(f"{gettext('Import undone')}.", row), link=link_after_undo
)
HISTORY = TablePage(
    (WHEN, *CHANGES, OPERATION),
    empty=NOTHING_BOOKED,
    title=lambda rows: fill("History of {name}", name=rows[0]["product_name"]) if rows else "",
    extend=add_units_of_amounts,
    first_filters=("reason", "performed_by", "after", "before"),
)


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
    figures=(CHANGE, PageColumn("new_quantity", "After", kind="goods")),
    sections=(
        TableSection(
            "portions",
            "Where",
            (
                PageColumn("location_name", "Place", page="location-detail", id_field="location"),
                PageColumn("lot_code", "Lot", page="lot-detail", id_field="lot"),
                PageColumn("expires_on", "Expires", kind="date", marks=(EXPIRED,)),
                movement_column("quantity", kind="goods"),
            ),
            empty="",
            is_optional=True,
        ),
    ),
    actions=(
        Action("Product", link_to_row("product-detail", "product")),
        Action("Transaction", link_to_row("operation-detail", "operation")),
    ),
    extend=extend_movement,
)


def list_places(movement_type: str) -> Callable[[Row], str | None]:
    """Return a function that returns the places of a transfer: for OUT from where it moves, for IN to where."""

    def write(operation: Row) -> str | None:
        if operation["reason"] != OperationReason.TRANSFER:
            return None
        moved = [row for row in operation["movements"] if row["movement_type"] == movement_type]
        names = [part["location_name"] for row in moved for part in row["portions"] or [{"location_name": ""}]]
        return ", ".join(dict.fromkeys(name or gettext("no place") for name in names))

    return write


def link_to_return(page: str, reason: str) -> Callable[[Row], str]:
    """Return a function that returns the address of the page which returns what is left of an operation, if any is."""
    return lambda row: link_to_row(page)(row) if row["returnable"] and row["reason"] == reason else ""


def extend_operation(user: User, operation: Row) -> Row:
    """Return the operation with the units of its movements, and the kit of each movement that is a part of one."""
    kits = {place: kit for kit in operation["kits"] for place in kit["lines"]}
    named = {place: {"kit": kit["kit"], "kit_name": kit["name"]} for place, kit in kits.items()}
    movements = [{**line, **named.get(place, {})} for place, line in enumerate(operation["movements"])]
    return {**operation, "movements": add_units_of_amounts(user, movements)}


def link_to_labels(row: Row) -> str:
    """Return the address of the page that prints a label for each piece that the operation has made, of its lot."""
    if row["made"] is None or row["made"]["take_apart"]:
        return ""
    made = row["movements"][-1]
    copies = 1 if made["amount"] else min(made["quantity"], MAX_LABELS)
    [lot] = [portion["lot_code"] for portion in made["portions"]] or [None]
    given = {"product": made["product"], "copies": copies, **({"lot": lot} if lot else {})}
    return f"{reverse('shop-labels')}?{urlencode(given)}"


OPERATIONS = TablePage(
    (
        PageColumn("occurred_at", "When", kind="moment", page="operation-detail", marks=(REVERSED,)),
        REASON,
        PageColumn("lines", "Lines", kind="number", write=lambda row: len(row["movements"])),
        PageColumn(
            "products",
            "Products",
            write=lambda row: list_first(list(dict.fromkeys(line["product_name"] for line in row["movements"]))),
        ),
        WHO,
        REFERENCE,
        NOTE,
    ),
    empty=NOTHING_BOOKED,
    tasks=TASKS,
    first_filters=("reason", "performed_by", "after", "before"),
)
OPERATION_PAGE = DetailPage(
    lambda row: fill("{reason}, transaction {number}", reason=say_code(row["reason"]).capitalize(), number=row["id"]),
    (
        PageColumn("from", "From", write=list_places(MovementType.OUT)),
        PageColumn("to", "To", write=list_places(MovementType.IN)),
        *TIMES,
        *REMARKS,
        PageColumn("reverses", "Undoes transaction", page="operation-detail", id_field="reverses"),
        PageColumn("reversed_by", "Undone by transaction", page="operation-detail", id_field="reversed_by"),
        PageColumn("returns", "Return of transaction", page="operation-detail", id_field="returns"),
        PageColumn("scrapped", "Written off by transaction", page="operation-detail", id_field="scrapped"),
        PageColumn(
            "returned_by", "Returned by transactions", write=lambda row: ", ".join(map(str, row["returned_by"])),
        ),
    ),
    sections=(
        TableSection(
            "movements", "Movements", (PRODUCT, KIT, CHANGE, RETURNED, BALANCE, WHERE),
            empty=_("This transaction has no movements."),
            note=lambda row: row["movements_truncated"] and _("There are more: the list of movements shows all."),
        ),
    ),
    actions=(
        Action("Return", link_to_return("shop-return-sale", OperationReason.SALE), right=Right.WORK),
        Action("Labels", link_to_labels, right=Right.READ),
        Action("Send back", link_to_return("shop-send-back", OperationReason.PURCHASE), right=Right.WORK),
        Action(
            "Undo",
            lambda row: "" if row["reversed_by"] else link_to_form("operation-reverse")(row),
            right=Right.REVERSE_OPERATIONS,
        ),
        Action("All movements", link_to_list("movement-list", operation="id")),
    ),
    extend=extend_operation,
)  # fmt: skip
ITEM_CHANGES = TablePage(
    (
        PageColumn("timestamp", "When", kind="moment"),
        PageColumn("item_name", "Item", page="item-detail", id_field="item"),
        movement_column("old_quantity", kind="goods"),
        PageColumn("new_quantity", "After", kind="goods"),
        PageColumn("username"),
    ),
    empty=_("No quantity has changed yet."),
)


SEALED_ROWS = (
    seal_column("operations", kind="number"),
    seal_column("movements", kind="number"),
)
SEALS = TablePage(
    (
        PageColumn("number", "Seal", kind="number", page="seal-detail"),
        seal_column("created_at", kind="moment"),
        *SEALED_ROWS,
        seal_column("digest", is_extra=True),
        PageColumn("file", "File", write=lambda _row: gettext("Download and check"), link=link_to_row("seal-file")),
    ),
    empty=_("Nothing has been sealed yet."),
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
        PageColumn("counted_at", "When", kind="moment", marks=(OUTDATED,)),
        PRODUCT,
        PageColumn(
            "location_name",
            "Place",
            page="location-detail",
            id_field="location",
            is_optional=True,
            write=lambda row: gettext(NOWHERE) if row["nowhere"] else row["location_name"],
        ),
        PageColumn("lot_code", "Lot", page="lot-detail", id_field="lot", is_optional=True),
        PageColumn("counted", "Counted", kind="goods"),
        PageColumn("expected", "Expected", kind="goods"),
        PageColumn("difference", "Difference", kind="change", losses="below"),
        PageColumn("counted_by_username", "Who"),
        OPERATION,
    ),
    empty=_("Nothing has been counted yet."),
    tasks=(PageLink("Count", "/shop/count/", style="primary", right=Right.WORK),),
    extend=lambda user, rows: add_units(user, rows) if any(row["counted_amount"] for row in rows) else rows,
)


def extend_verification(user: User, data: Row) -> Row:
    """Return the verification with the newest seals, for developers.

    Breaks without a movement have no product and no sequence.
    """
    broken = [{**found, "product": found["product"] or None, "sequence": found["sequence"] or None}
              for found in data["broken"]]  # fmt: skip
    shown: Row = {"server_changes": [], **data, "broken": broken, "seals": (), "seal_list": ""}
    if not user.developer:
        return {**shown, "sealed": None}
    seals = Seal.objects.for_user(user).order_by("-number")[:SEALS_SHOWN]
    return {**shown, "seals": SealSerializer(seals, many=True).data, "seal_list": reverse("seal-list")}


VERIFICATION = DetailPage(
    lambda data: gettext("The numbers are wrong") if data["broken"] else gettext("The numbers are right"),
    (
        PageColumn("sealed", "Sealed at", kind="moment", write=lambda data: (data["sealed"] or {}).get("sealed_at")),
        PageColumn("unsealed", "Transactions after the last seal", kind="number",
               write=lambda data: (data["sealed"] or {}).get("unsealed_operations")),
    ),
    figures=(PageColumn("products", "Products", kind="number"), seal_column("movements", kind="number")),
    sections=(
        TableSection(
            "broken", "Errors found",
            (movement_column("product", page="product-detail", id_field="product"),
             movement_column("sequence", kind="number"),
             PageColumn("what", "What")),
            empty=_("Every movement continues the balance before it, and every balance is the sum of its movements."),
        ),
        TableSection(
            "server_changes", "Changes of the database server",
            (PageColumn("noticed_at", "Noticed", kind="moment"), PageColumn("message", "What changed"),
             verification_column("newest_booked_at", kind="moment")),
            empty=_("None since the first verification."),
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
