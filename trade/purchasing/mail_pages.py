"""An order as its supplier sees it: as a table, as the text of a mail, and on the page that the mail links to."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from core.errors import LinkEnded
from core.fields import are_costs_shown
from core.money.amounts import scale
from core.sentences import decimal_sign
from trade.purchasing.lines import attach_order_lines
from trade.purchasing.models import Order, OrderLine
from trade.purchasing.order_links import accept_orders, find_order, has_accepted
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


@method_decorator(never_cache, name="dispatch")
class OrderPage(View):
    """Shows the order. A POST asks for complete orders by mail, because programs that check mail send only a GET."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        order = get_order(token)
        shop: Any = User.objects.get(pk=order.owner_id)
        [order] = attach_order_lines([order])
        context = {
            "order": order,
            "text": write_order_text(order, shop),
            "owner_email": shop.leader.email if shop.leader.email_confirmed else "",
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
