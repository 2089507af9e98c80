"""An order as its supplier sees it: a table, a document, the text of a mail, and the page that the mail links to."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.generic import View

from core.errors import LinkEnded
from core.fields import are_costs_shown
from core.files.documents import begin_document
from core.files.papers import NOTE
from core.money.amounts import scale
from core.pages.columns import Display
from core.sentences import decimal_sign
from products.models import SAID_TODAY
from trade.purchasing.lines import attach_order_lines
from trade.purchasing.models import Order, OrderLine
from trade.purchasing.order_links import accept_orders, find_order, find_reply_address, has_accepted
from users.models import User

TEMPLATE = "purchase_order"  # the template of the mail, whose first line is the subject
COLUMNS = ("product", "sku", "barcode", "supplier_sku", "quantity", "unit", "packs", "pack_size")
COST_COLUMNS = ("unit_cost", "cost")


def make_rows(order: Order) -> Iterator[tuple[Any, ...]]:
    """Return the header and a row for each attached line. Costs are omitted if the user may not see them."""
    header = (*COLUMNS, *COST_COLUMNS) if are_costs_shown() else COLUMNS
    return iter([header, *(make_row(line)[: len(header)] for line in order.shown)])


def make_row(line: OrderLine) -> tuple[Any, ...]:
    said, decimals = line.said, line.product.decimals
    return (
        said.name, said.sku, said.barcode, said.supplier_sku, scale(line.quantity, decimals), said.unit, line.packs,
        scale(said.pack_size, decimals), line.unit_cost, line.cost_in_all,
    )  # fmt: skip


def make_context(order: Order, shop: User) -> dict[str, Any]:
    """Return the variables of TEMPLATE for an order with its lines. The text has no costs."""
    sent_on: date | None = order.sent_at.astimezone(ZoneInfo(shop.time_zone)).date() if order.sent_at else None
    return {"order": order, "shop_name": shop.shop_name, "sent_on": sent_on}


def write_order_text(order: Order, shop: User) -> str:
    decimal_sign.set(shop.shop_decimal_sign)
    return render_to_string(f"mail/{TEMPLATE}.txt", make_context(order, shop))


def make_document(order: Order, shop: User) -> Any:
    """Return the order with its lines as a document. Costs are omitted if the user may not see them."""
    decimal_sign.set(shop.shop_decimal_sign)  # also for programs, because people read the document
    display, costs = Display.of(shop, is_kept=True), [line.cost_in_all for line in order.shown]
    title = gettext("Order %(number)s") if order.sent_at else gettext("Draft of order %(number)s")
    document = begin_document(title % {"number": order.pk}, shop)
    to = order.supplier
    contact = "\n".join(filter(None, (to.address, to.phone_number, to.contact_email))) if to else ""
    facts = [
        (gettext("Date"), display.date(shop.shop_day(order.sent_at)) if order.sent_at else ""),
        (gettext("Expected"), display.date(order.expected_on) if order.expected_on else ""),
        (gettext("Document no."), order.reference),
    ]
    document.put_beside(order.supplier_name, contact, facts)
    titles = ("Product", "SKU", "Supplier's SKU", "Quantity", "Packs", "Cost of one", "Cost")
    known = [cost for cost in costs if cost is not None] if are_costs_shown() else []
    total = gettext("Total") if len(known) == len(costs) else gettext("Total of the lines with a cost")
    sums = [(total, display.money(sum(known)))] if known else []
    rows = [write_row(line, display) for line in order.shown]
    document.put_table([*map(gettext, titles)], rows, sums, texts=3, strong=[total])
    if order.tells_present:
        document.put(gettext(SAID_TODAY), NOTE)
    document.put(order.note, NOTE)
    return document


def write_row(line: OrderLine, display: Display) -> list[str]:
    """Return the cells of the line in the document."""
    said, costs = line.said, [line.unit_cost, line.cost_in_all] if are_costs_shown() else [None, None]
    has_packs = said.pack_size > 1 and line.packs
    packs = f"{display.number(line.packs)} \N{MULTIPLICATION SIGN} {line.pack}" if has_packs else ""
    shown = ["" if cost is None else display.amount(cost) for cost in costs]
    return [said.name, said.sku or "", said.supplier_sku or "", f"{line.written} {said.unit}".strip(), packs, *shown]


@method_decorator(never_cache, name="dispatch")
class OrderPage(View):
    """Shows the order. A POST asks for complete orders by mail, because programs that check mail send only a GET."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        order = get_order(token)
        [order] = attach_order_lines([order])
        context = {
            "order": order,
            "text": write_order_text(order, order.owner),
            "sender_email": find_reply_address(order),
            "is_accepted": has_accepted(order.supplier, order.mail_to),
        }
        return render(request, "accounts/order_by_mail.html", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        accept_orders(get_order(token))
        return self.get(request, token)


def get_order(token: str) -> Order:
    order = find_order(token)
    if order is None:
        raise LinkEnded
    return order
