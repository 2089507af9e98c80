"""The page that shows an order to its supplier. The link in a mail opens it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from core.errors import LinkEnded
from trade.purchasing.files import write_order_text
from trade.purchasing.lines import attach_order_lines
from trade.purchasing.models import Order
from trade.purchasing.order_links import accept_orders, find_order, has_accepted
from users.models import User


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
