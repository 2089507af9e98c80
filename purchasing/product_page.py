"""The page of a product with its open reservations, and the orders that have an outstanding quantity of it.

It extends the page of `stock`.
"""

from dataclasses import replace
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from core.pages.columns import PageColumn, Row
from core.pages.links import Action, link_to_task
from core.pages.tables import TableSection
from purchasing.lines import compute_outstanding, read_received
from purchasing.models import OrderLine, OrderState
from reservations.models import ReservationLine
from stock.pages import product as product_page
from users.roles import Right

ROWS_SHOWN = 10  # the most reservations, and the most orders
RESERVATION_COLUMNS = ("expires_at", "reference", "made_by_username", "created_at")


def add_promised(user: Any, product: Row) -> Row:
    """Return the product in the form of its page, with its reservations and orders if it has any."""
    shown: Row = product_page.add_ledger(user, product)
    reservations = list_open(user, product["id"]) if product["reserved"] else []
    orders = list_sent(user, product["id"]) if product["on_order"] else []
    return {**shown, "reservations": reservations, "orders": orders}


def list_open(user: Any, product_id: int) -> list[dict[str, Any]]:
    """Return the first open reservations of the product to end, with the quantity that each reserves."""
    lines: Any = ReservationLine.objects.for_user(user).filter(product_id=product_id, reserved_until__gt=Now())
    columns = {name: F(f"reservation__{name}") for name in RESERVATION_COLUMNS}
    rows = lines.order_by("reserved_until", "id").values("quantity", "reservation_id", **columns)
    return list(rows[:ROWS_SHOWN])


def list_sent(user: Any, product_id: int) -> list[dict[str, Any]]:
    """Return the first sent orders with an outstanding line of the product, by the day they are expected."""
    lines = OrderLine.objects.for_user(user).filter(product_id=product_id, order__state=OrderState.SENT)
    ordered = list(lines.select_related("order").order_by("order__expected_on", "order_id"))
    received = read_received(user.account_id, [line.order_id for line in ordered])
    rows: list[dict[str, Any]] = [
        {
            "order": line.order_id,
            "supplier_name": line.order.supplier_name,
            "outstanding": compute_outstanding(line.order, line, received),
            "expected_on": line.order.expected_on,
        }
        for line in ordered
    ]
    return [row for row in rows if row["outstanding"]][:ROWS_SHOWN]


FIGURES, ACTIONS = product_page.PRODUCT.figures, product_page.PRODUCT.actions
PRODUCT = replace(
    product_page.PRODUCT,
    figures=(
        FIGURES[0],
        PageColumn("reserved", "Reserved", kind="number", write=lambda product: product["reserved"] or None),
        PageColumn(
            "available",
            "Available",
            kind="number",
            write=lambda product: product["available"] if product["reserved"] else None,
        ),
        *FIGURES[1:],
        PageColumn("on_order", "On order", kind="number", write=lambda product: product["on_order"] or None),
    ),
    sections=(
        TableSection(
            "orders",
            "On order",
            (
                PageColumn("order", "No.", page="purchase-order-detail", id_field="order"),
                PageColumn("supplier_name", "Supplier"),
                PageColumn("outstanding", "Outstanding", kind="number"),
                PageColumn("expected_on", "Expected", kind="date"),
            ),
            empty="",
            is_optional=True,
        ),
        TableSection(
            "reservations",
            "Reserved",
            (
                PageColumn("created_at", "When", kind="moment", page="reservation-detail", id_field="reservation_id"),
                PageColumn("quantity", "Quantity", kind="number"),
                PageColumn("expires_at", "Until", kind="moment"),
                PageColumn("made_by_username", "Who"),
                PageColumn("reference", "Reference"),
            ),
            empty="",
            is_optional=True,
        ),
        *product_page.PRODUCT.sections,
    ),
    actions=(*ACTIONS[:2], Action("Reserve", link_to_task("shop-reserve"), right=Right.WORK), *ACTIONS[2:]),
    extend=add_promised,
)
