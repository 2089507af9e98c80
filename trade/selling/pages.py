"""The pages of operations."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from django.utils.translation import gettext

from core.pages.cells import OMITTED
from core.pages.columns import NONE, PageColumn, Row, mark_goods, moment_column, number_column, write_shown
from core.pages.links import Action, Verb, link_to_form, link_to_list, link_to_row, say_name
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import Goods, fill, fill_plural, list_first, say_code
from core.translation import gettext_noop as _
from products.models import Product
from products.reading.details import add_units_of_amounts
from stock.importing.pages import say_archived
from stock.models import Movement, MovementType, Operation, OperationReason
from stock.pages import (
    BALANCE,
    CHANGE,
    NOTE,
    NOTHING_BOOKED,
    PRODUCT,
    REASON,
    REFERENCE,
    REMARKS,
    RETURNED,
    REVERSED,
    TASKS,
    TIMES,
    WHERE,
    WHO,
)
from stock.reading.operations import attach_movements
from trade.reservations.models import Reservation
from trade.selling.goods import list_kinds
from trade.selling.hooks import MADE, find_papers
from trade.selling.reading import WHOLES, name_whole
from trade.selling.services import list_together
from users.access.roles import Right
from users.models import User

LINES_CONFIRMED = 20  # the most lines of an operation that the form which reverses it lists


def confirm_reversal(operation: Operation) -> list[str]:
    """Return what reversing does, and how it changes the stock of the first products."""
    together = attach_movements(list_together(operation, locks=False), LINES_CONFIRMED)
    shown = [row for one in together for row in one.shown]
    reason = say_code(operation.reason)
    by_product = {row.product_id: [line for line in shown if line.product_id == row.product_id] for row in shown}
    rows = Product.objects.filter(owner_id=operation.owner_id, pk__in=by_product)
    rows = rows.only("name", "quantity", "keeps_stock", "last_counted_at")
    stock = {row.pk: row.quantity if row.keeps_stock else None for row in rows}
    lines = [write_reversal(moved, stock[product]) for product, moved in by_product.items()]
    what = gettext(
        "This records the opposite of number {number}, a {reason} of {name}, once. Both stay in the history. The"
        " stock changes so:"
    )
    said = what.format(number=operation.pk, reason=reason, name=operation.performer.name)
    more = [gettext("and more")] if operation.movements_truncated else []
    return [said, *lines, *more, *say_sold(operation), *say_counted(operation, rows)]


def say_sold(operation: Operation) -> list[str]:
    """Return that the reservation which the operation has sold stays closed, or nothing."""
    sold = Reservation.objects.filter(owner_id=operation.owner_id, operation_id=operation.pk)
    again = _("Order {number} stays closed. Choose “Order again” on its page.")
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
    "note": {"help_text": "Why it is undone. It stays in the history."},
}
REVERSE = Verb(
    "Undo",
    say=lambda row: say_archived(say_name(_("Undid number {name}."), "reverses", row), row),
    say_undone=say_undone,
    link=link_to_row("operation-detail"),
    confirm=confirm_reversal,
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


def list_extra_costs(operation: Row) -> str:
    """Return what a delivery cost besides its goods. It is empty for who sees no costs."""
    costs = operation["extra_costs"] or []
    return ", ".join(f"{cost['name']}: {write_shown(Decimal(cost['amount']))}" for cost in costs)


def link_to_return(page: str, reason: str) -> Callable[[Row], str]:
    """Return a function that returns the address of the page which returns what is left of an operation, if any is."""
    return lambda row: link_to_row(page)(row) if row["returnable"] and row["reason"] == reason else ""


def extend_operation(user: User, operation: Row) -> Row:
    """Return the operation with the units of its movements, and the goods of each one that is a part of some."""
    named = {
        place: name_whole(kind.name, goods[kind.name], goods["name"])
        for kind in list_kinds()
        for goods in operation[kind.names]
        for place in goods["lines"]
    }
    movements = [{**line, **named.get(place, {})} for place, line in enumerate(operation["movements"])]
    sale = operation["returns"] or operation["id"]
    is_invoiced = sale in find_papers(user.account_id or 0, [sale])
    return {**operation, "movements": add_units_of_amounts(user, movements), "is_invoiced": is_invoiced}


def link_to_labels(row: Row) -> str:
    """Return the address of the page that prints labels of what the operation has made, or an empty text."""
    return MADE[0].link_to_labels(row) if MADE else ""


OPERATIONS = TablePage(
    (
        moment_column("occurred_at", "When", page="operation-detail", marks=(REVERSED,)),
        REASON,
        number_column("lines", "Lines", write=lambda row: len(row["movements"])),
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
    lambda row: fill("{reason}, number {number}", reason=say_code(row["reason"]).capitalize(), number=row["id"]),
    (
        PageColumn("supplier_name", "Supplier", links_to="supplier"),
        PageColumn("extra_costs", "Extra costs", write=list_extra_costs),
        PageColumn("from", "From", write=list_places(MovementType.OUT)),
        PageColumn("to", "To", write=list_places(MovementType.IN)),
        *TIMES,
        *REMARKS,
        PageColumn("reverses", "Undoes number", page="operation-detail", id_field="reverses"),
        PageColumn("reversed_by", "Undone by number", page="operation-detail", id_field="reversed_by"),
        PageColumn("returns", "Return of number", page="operation-detail", id_field="returns"),
        PageColumn("scrapped", "Written off by number", page="operation-detail", id_field="scrapped"),
        PageColumn(
            "returned_by", "Returned by numbers", write=lambda row: ", ".join(map(str, row["returned_by"])),
        ),
    ),
    sections=(
        TableSection(
            "movements", "Movements", (PRODUCT, *WHOLES, CHANGE, RETURNED, BALANCE, WHERE),
            empty="Nothing was moved.",
            note=lambda row: row["movements_truncated"] and _("There are more: the list of movements shows all."),
        ),
    ),
    actions=(
        Action("Return", link_to_return("shop-return-sale", OperationReason.SALE), right=Right.WORK),
        Action("Labels", link_to_labels, right=Right.READ),
        Action("Send back", link_to_return("shop-send-back", OperationReason.PURCHASE), right=Right.WORK),
        Action(
            "Undo",
            lambda row: "" if row["reversed_by"] or row["is_invoiced"] else link_to_form("operation-reverse")(row),
            right=Right.REVERSE_OPERATIONS,
        ),
        Action("All movements", link_to_list("movement-list", operation="id")),
    ),
    extend=extend_operation,
)  # fmt: skip
