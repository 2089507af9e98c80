"""The pages of purchase orders."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext

from core.kinds import HIDDEN
from core.mail import translate_failure
from core.pages.columns import (
    Mark,
    PageColumn,
    Row,
    columns_of,
    goods_column,
    moment_column,
    money_column,
    number_column,
)
from core.pages.links import FILES, Action, PageLink, Verb, link_to_file, link_to_form, link_to_row, remove
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import Goods, fill
from core.translation import gettext_noop as _
from stock.models import Operation
from stock.pages import PRODUCT, REVERSED, link_in_state, list_products_of_lines, tell_present, write_line
from stock.reading.operations import attach_movements, attach_returns
from trade.purchasing.errors import SupplierWithoutAddress
from trade.purchasing.lines import attach_order_lines
from trade.purchasing.models import Order, OrderLine, OrderState
from users.access.roles import Right, may

SEND_FIELDS = {
    "expected_on": {
        "help_text": (
            "When it will arrive. Leave it empty for the day of the draft, or the usual days of the supplier from"
            " today."
        )
    },
    "mail": {"help_text": "Mail the order to the supplier's e-mail address."},
    "expected_updated_at": {"kind": HIDDEN},
}
NOTHING_ORDERED = _("Nothing is ordered.")


def describe_sent(row: Row) -> str:
    if not row["mail_to"]:
        return gettext("The order is marked as sent.")
    return fill("The order is marked as sent, and it will be mailed to {address}.", address=row["mail_to"])


def confirm_send(order: Order) -> list[str]:
    """Return what sending does."""
    return [
        gettext(
            "Order {order} to {supplier} is marked as sent: what it orders counts as on order. It is mailed only if you"
            " choose that here."
        ).format(order=order.pk, supplier=order.supplier_name)
    ]


def confirm_mail(order: Order) -> list[str]:
    """Return where the order is mailed, and where it was mailed before."""
    to = order.supplier.contact_email if order.supplier else ""
    if not to:
        return [fill(SupplierWithoutAddress.detail, order=order.pk)]
    lines = [
        fill("Order {order} is mailed to {address}, the address that the supplier has now.", order=order.pk, address=to)
    ]
    if order.mailed_at:
        lines.append(fill("It was mailed to {address} before.", address=order.mail_to))
    return lines


def link_to_outstanding(row: Row) -> str:
    """Return the address of the form that receives the outstanding quantities. It is empty if there are none."""
    return link_to_row("shop-receive-order")(row) if any(line["outstanding"] for line in row["lines"]) else ""


def confirm_close(order: Order) -> list[str]:
    """Return what closing does, and the lines of which something is outstanding."""
    attach_order_lines([order])
    what = gettext(
        "Order {order} to {supplier} gets no further deliveries, and you can't open it again. What is outstanding"
        " counts as on order no longer:"
    )
    lines = [
        write_line(Goods(line.outstanding, line.product.decimals, line.said.unit), line.said.name)
        for line in order.shown
        if line.outstanding
    ]
    return [what.format(order=order.pk, supplier=order.supplier_name), *(lines or [gettext("nothing")])]


def link_to_order_file(file_format: str) -> Callable[[Row], str]:
    return lambda row: link_to_file(link_to_row("purchase-order-file")(row), file_format)


VERBS = {
    "destroy": remove("Delete", "Deleted the draft."),
    "send": Verb("Send", say=describe_sent, link=link_to_row("purchase-order-detail"), confirm=confirm_send),
    "mail": Verb(
        "Send by mail", say=lambda row: fill("The order will be mailed to {address}.", address=row["mail_to"]),
        link=link_to_row("purchase-order-detail"), confirm=confirm_mail,
    ),
    "close": Verb(
        "Close", say="Closed: nothing more is expected.", link=link_to_row("purchase-order-detail"),
        confirm=confirm_close,
    ),
}  # fmt: skip
SEND = link_in_state("purchase-order-send", OrderState.DRAFT)


def describe_read(row: Row) -> dict[str, Any]:
    """Return the field with which sending is refused if somebody has changed the draft since its page was opened."""
    return {"expected_updated_at": row["updated_at"].isoformat()}


def link_to_mail(row: Row) -> str:
    """Return the address of the form that mails a sent order, or that sends a draft and has the mail chosen."""
    if row["state"] == OrderState.SENT:
        return link_to_form("purchase-order-mail")(row)
    address = link_in_state("purchase-order-send", OrderState.DRAFT, link_to_form)(row)
    return address and f"{address}?{urlencode({'mail': 'true', **describe_read(row)})}"


def extend_order(user: Any, order: Row) -> Row:
    """Return the order with its deliveries, what of them can go back to the supplier, and what wrote off the damage."""
    rows = list(Operation.objects.for_user(user).filter(pk__in=order["operations"]).detailed().order_by("id"))
    deliveries = [
        {
            "operation": one.pk,
            "reversed_by": one.reversed_by,
            "scrapped": one.scrapped,
            "may_return": may(user, Right.WORK) and bool(one.returnable),
        }
        for one in attach_returns(attach_movements(rows))
    ]
    gone = [one["scrapped"] for one in deliveries if one["scrapped"]]
    lines = [
        {**line, "written_off": gone[0] if line["damaged"] and len(gone) == 1 else None} for line in order["lines"]
    ]
    return {**order, "lines": lines, "deliveries": deliveries}


order_column = columns_of(Order)
line_column = columns_of(OrderLine)
BELOW_MINIMUM = Mark("below the minimum", lambda row: row["below_minimum"], "low")
STATE = PageColumn("state_detail", "State", kind="words", codes=(*OrderState.values, "partly_received", "received"))
EXPECTED = order_column("expected_on", kind="date")
COST = money_column("cost", "Cost", is_optional=True)
WHO = order_column("made_by_username", is_extra=True)
REFERENCE = order_column("reference", is_extra=True)
ORDERS = TablePage(
    (
        PageColumn("id", "No.", page="purchase-order-detail"),
        PageColumn("supplier_name", "Supplier", links_to="supplier"),
        STATE,
        EXPECTED,
        PageColumn("products", "Products", write=list_products_of_lines),
        COST,
        order_column("created_at", kind="moment", is_extra=True),
        WHO,
        REFERENCE,
    ),
    empty="No orders yet.",
    hint="An order says what you buy from a supplier. What arrives is received from it, and the rest stays visible.",
    is_filled_elsewhere=True,
    tasks=(PageLink("Order from a supplier", "/shop/order/", style="primary", right=Right.MANAGE_ORDERS),),
    first=(PageLink("Write the first one", "/shop/order/", style="primary", right=Right.MANAGE_ORDERS),),
)
ORDER = DetailPage(
    lambda row: fill("Purchase order {number}", number=row["id"]),
    (
        PageColumn("supplier_name", "Supplier", links_to="supplier"),
        STATE,
        EXPECTED,
        COST,
        order_column("created_at", kind="moment"),
        order_column("made_by_username"),
        order_column("sent_at", kind="moment"),
        order_column("closed_at", kind="moment"),
        order_column("mail_to", write=lambda row: row["mail_to"] if row["mailed_at"] else ""),
        PageColumn("mail_due", "Will be mailed to", write=lambda row: row["mail_to"] if row["next_mail_at"] else ""),
        PageColumn(  # all tries have failed
            "mail_failed", "Not mailed to",
            write=lambda row: "" if row["mailed_at"] or row["next_mail_at"] else row["mail_to"],
        ),
        order_column("mail_error", write=lambda row: translate_failure(row["mail_error"])),
        moment_column("next_mail_at", "Next try"),
        order_column("reference"),
        order_column("external_id"),
        order_column("note"),
    ),
    sections=(
        TableSection(
            "lines", "Products",
            (
                PRODUCT,
                line_column("supplier_sku", is_optional=True),
                goods_column("quantity", "Ordered"),
                number_column("packs", "Packs", is_extra=True, marks=(BELOW_MINIMUM,)),
                number_column(
                    "min_packs", "Least packs", is_optional=True,
                    write=lambda row: row["min_packs"] if row["below_minimum"] else None,
                ),
                line_column("unit_cost", kind="money", is_optional=True),
                goods_column("received", "Received"),
                goods_column(
                    "damaged", "Damaged", is_optional=True, write=lambda row: row["damaged"] or None,
                    page="operation-detail", id_field="written_off",
                ),
                goods_column("outstanding", "Outstanding"),
            ),
            empty=NOTHING_ORDERED,
            note=lambda order: "" if order["state"] == OrderState.DRAFT else tell_present(order),
        ),
        TableSection(
            "deliveries", "Deliveries",
            (
                PageColumn(
                    "operation", links_to="operation", marks=(REVERSED,)
                ),
                PageColumn(
                    "scrapped", "Written off by number", page="operation-detail", id_field="scrapped",
                    is_optional=True,
                ),
                PageColumn(
                    "back", "To the supplier", is_optional=True,
                    write=lambda row: gettext("Send back") if row["may_return"] else "",
                    link=link_to_row("shop-send-back", "operation"),
                ),
            ),
            empty="",
            is_optional=True,
        ),
    ),
    actions=(
        Action("Mark as sent", SEND, right=Right.MANAGE_ORDERS, style="primary", posts=True, values=describe_read),
        Action("Send by mail", link_to_mail, right=Right.MANAGE_ORDERS),
        Action("Receive", link_to_outstanding, right=Right.WORK, style="primary"),
        *(Action(title, link_to_order_file(file_format)) for title, file_format in FILES.items()),
        Action("PDF", link_to_order_file("pdf")),
        Action("Text", link_to_order_file("txt")),
        Action("Edit", link_in_state("shop-draft", OrderState.DRAFT), right=Right.MANAGE_ORDERS),
        Action("Delete", form="DELETE"),
        Action(
            "Close", link_in_state("purchase-order-close", OrderState.SENT, link_to_form), right=Right.MANAGE_ORDERS
        ),
    ),
    extend=extend_order,
)  # fmt: skip
