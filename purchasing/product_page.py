"""The page of a product with the orders that have an outstanding quantity of it.

It extends the page of `reservations`.
"""

from dataclasses import replace
from typing import Any

from core.pages.columns import PageColumn, Row
from core.pages.tables import TableSection
from purchasing.models import OrderLine, OrderState
from purchasing.received import compute_outstanding, read_received
from reservations import product_page

ORDERS_SHOWN = 10


def add_orders(user: Any, product: Row) -> Row:
    """Return the product in the form of its page, with the sent orders that have an outstanding line of it."""
    shown: Row = product_page.add_reservations(user, product)
    return {**shown, "orders": list_sent(user, product["id"]) if product["on_order"] else []}


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
    return [row for row in rows if row["outstanding"]][:ORDERS_SHOWN]


PRODUCT = replace(
    product_page.PRODUCT,
    figures=(
        *product_page.PRODUCT.figures,
        PageColumn("on_order", "On order", kind="number", write=lambda product: product["on_order"] or None),
    ),
    sections=(
        TableSection(
            "orders",
            "On order",
            (
                PageColumn("order", "Order", page="purchase-order-detail", id_field="order"),
                PageColumn("supplier_name", "Supplier"),
                PageColumn("outstanding", kind="number"),
                PageColumn("expected_on", "Expected", kind="date"),
            ),
            empty="",
            is_optional=True,
        ),
        *product_page.PRODUCT.sections,
    ),
    extend=add_orders,
)
