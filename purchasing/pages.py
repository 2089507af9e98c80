"""The pages of purchase orders."""

from collections.abc import Callable
from typing import Any

from core.pages.columns import PageColumn, Row, with_noun
from core.pages.links import DELETE_FORM, POST_FORM, PUT_FORM, Action, PageLink, Verb, link_to_row, remove
from core.pages.tables import DetailPage, TablePage, TableSection
from core.pages.widgets import HIDDEN, OMITTED, WIDGETS, Widget, is_sent
from products.look_ups import FoundProduct
from products.models import Product
from purchasing import serializers
from purchasing.lines import attach_order_lines
from purchasing.models import Order, OrderState
from stock.pages.forms import describe_lines, describe_operation
from stock.pages.ledger import link_in_state, list_products_of_lines
from users.roles import Right

NOTHING_ORDERED = "Nothing is ordered."


def describe_sent(row: Row) -> str:
    mailed = f", and it will be mailed to {row['mail_to']}" if row["mail_to"] else ""
    return f"The order is marked as sent{mailed}."


def name_state(row: Row) -> str:
    """Return the state in words. A sent order that has arrived completely is "received"."""
    return "received" if row["is_received"] and row["state"] == OrderState.SENT else str(row["state"])


def link_to_outstanding(row: Row) -> str:
    """Return the address of the form that receives the outstanding quantities. It is empty if there are none."""
    is_outstanding = any(line["outstanding"] for line in row["lines"])
    return f"{link_to_row('purchase-order-receive')(row)}?_outstanding=1" if is_outstanding else ""


def link_to_file(file_format: str) -> Callable[[Row], str]:
    return lambda row: f"{link_to_row('purchase-order-file')(row)}?format={file_format}"


def anchor_of_draft(anchor: str) -> Callable[[Row], str]:
    """Return a function that returns a place on the page of a draft. Other orders have no address."""
    return lambda row: f"#{anchor}" if row["state"] == OrderState.DRAFT else ""


def describe_lines_of_draft(field: Any) -> dict[str, Any]:
    """Return the lines of a form. The form that changes an order has those of the order."""
    order = field.root.instance
    lines = order.lines.select_related("product").order_by("id") if isinstance(order, Order) else ()
    initial = [
        {
            "product": name_product(line.product),
            "quantity": line.quantity,
            "unit_cost": "" if line.unit_cost is None else line.unit_cost,
        }
        for line in (() if is_sent(field) else lines)
    ]
    return describe_lines(field, initial)


def describe_received_lines(field: Any) -> dict[str, Any]:
    """Return the lines of a form. They have the outstanding quantities if the address of the form asks for these."""
    request, order_id = field.context["request"], field.context["view"].kwargs["pk"]
    orders = list(Order.objects.for_user(request.user).filter(pk=order_id))
    is_filled = serializers.OUTSTANDING_PARAMETER in request.query_params and not is_sent(field)
    initial = [
        {"product": name_product(line.product), "quantity": line.outstanding}
        for order in attach_order_lines(orders if is_filled else [])
        for line in order.shown
        if line.outstanding
    ]
    return describe_lines(field, initial)


def name_product(product: Product) -> str:
    return FoundProduct(product.pk, product.name, product.sku, product.barcode).text


WIDGETS |= {
    serializers.OrderedLinesField: Widget("lines.html", describe_lines_of_draft),
    (serializers.ReceiveSerializer, "lines"): Widget("lines.html", describe_received_lines),
    serializers.ExpectedDeliveriesField: HIDDEN,
    (serializers.CreateOrderSerializer, "days"): OMITTED,
    (serializers.CreateOrderSerializer, "cover"): OMITTED,
}
VERBS = {
    "create": Verb(
        "Order", "Write the draft", link=link_to_row("purchase-order-detail"),
        say=lambda row: f"Wrote a draft of {with_noun(len(row['lines']), 'line')} to {row['supplier_name']}.",
    ),
    "update": Verb("Edit", "Save", say=lambda _row: "Saved the draft."),
    "destroy": remove("Delete", "Deleted the draft."),
    "send": Verb("Send", say=describe_sent, link=link_to_row("purchase-order-detail")),
    "receive": Verb(
        "Receive", say=describe_operation, link=link_to_row("operation-detail"), operation="id"
    ),
    "close": Verb(
        "Close", say=lambda _row: "Closed: nothing more is expected.", link=link_to_row("purchase-order-detail")
    ),
}  # fmt: skip
SEND = link_in_state("purchase-order-send", OrderState.DRAFT)
STATE = PageColumn("state", kind="words", write=name_state)
EXPECTED = PageColumn("expected_on", "Expected", kind="date")
COST = PageColumn("cost", kind="money", is_optional=True)
WHO = PageColumn("made_by_username", "Who", is_extra=True)
REFERENCE = PageColumn("reference", is_extra=True)
ORDERS = TablePage(
    (
        PageColumn("id", "No.", page="purchase-order-detail"),
        PageColumn("supplier_name", "Supplier", page="supplier-detail", id_field="supplier"),
        STATE,
        EXPECTED,
        PageColumn("products", write=list_products_of_lines),
        COST,
        PageColumn("created_at", "Written", kind="moment", is_extra=True),
        WHO,
        REFERENCE,
    ),
    empty="No orders yet.",
    hint="An order says what you buy from a supplier. What arrives is booked from it, and the rest stays visible.",
    first=(PageLink("Write the first one", f"#{POST_FORM}", style="primary"),),
)
ORDER = DetailPage(
    lambda row: f"Order {row['id']}",
    (
        PageColumn("supplier_name", "Supplier", page="supplier-detail", id_field="supplier"),
        STATE,
        EXPECTED,
        COST,
        PageColumn("created_at", "Written", kind="moment"),
        PageColumn("made_by_username", "Who"),
        PageColumn("sent_at", "Sent", kind="moment"),
        PageColumn("closed_at", "Closed", kind="moment"),
        PageColumn("mail_to", "Mailed to", write=lambda row: row["mail_to"] if row["mailed_at"] else ""),
        PageColumn("mail_due", "Will be mailed to", write=lambda row: row["mail_to"] if row["next_mail_at"] else ""),
        PageColumn(  # all tries have failed
            "mail_failed", "Not mailed to",
            write=lambda row: "" if row["mailed_at"] or row["next_mail_at"] else row["mail_to"],
        ),
        PageColumn("mail_error", "Why it was not mailed"),
        PageColumn("next_mail_at", "Next try", kind="moment"),
        PageColumn("reference"),
        PageColumn("note"),
    ),
    sections=(
        TableSection(
            "lines", "Products",
            (
                PageColumn("product_name", "Product", page="product-detail", id_field="product"),
                PageColumn("supplier_sku", "Supplier's number", is_optional=True),
                PageColumn("quantity", "Ordered", kind="number"),
                PageColumn("packs", kind="number", is_extra=True),
                PageColumn("unit_cost", "Cost of one", kind="money", is_optional=True),
                PageColumn("received", kind="number"),
                PageColumn("outstanding", kind="number"),
            ),
            empty=NOTHING_ORDERED,
        ),
        TableSection(
            "deliveries", "Deliveries",
            (PageColumn("operation", "Operation", page="operation-detail", id_field="operation"),),
            empty="",
            is_optional=True,
        ),
    ),
    actions=(
        Action("Send", SEND, right=Right.MANAGE_ORDERS, style="primary", posts=True),
        Action("Send by mail", SEND, right=Right.MANAGE_ORDERS),
        Action("Receive", link_to_outstanding, style="primary"),
        Action("Scan what has arrived", link_in_state("purchase-order-receive", OrderState.SENT)),
        Action("File", link_to_file("csv")),
        Action("Text", link_to_file("txt")),
        Action("Edit", anchor_of_draft(PUT_FORM), needs="put_form"),
        Action("Delete", anchor_of_draft(DELETE_FORM), right=Right.MANAGE_ORDERS),
        Action("Close", link_in_state("purchase-order-close", OrderState.SENT), right=Right.MANAGE_ORDERS),
    ),
    extend=lambda _user, order: {**order, "deliveries": [{"operation": pk} for pk in order["operations"]]},
)  # fmt: skip
