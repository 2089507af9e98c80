"""The receipt of a sale, as a page to print."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.generic import View

from core.countries import may_ask_for_register
from core.errors import LinkEnded
from core.pages.columns import Display, write_shown
from core.sentences import Goods, decimal_sign, fill
from stock.booking.drafts import NOTHING
from trade.kits.models import SoldKit
from trade.sales.reading.shown import Seller, attach_sales
from trade.sales.receipt_links import find_sale
from users.models import User

PAPERS = ("80", "a4")


@method_decorator(never_cache, name="dispatch")
class ReceiptPage(View):
    """Shows the receipt to a customer. The link in a mail opens it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        sale = find_sale(token)
        if sale is None:
            raise LinkEnded
        shop = User.objects.get(pk=sale.owner_id)
        [shown] = attach_sales([sale], has_kits=shop.has_kits)
        return show_receipt(request, shown, shop, "a4")


def show_receipt(request: HttpRequest, sale: Any, shop: User, paper: str, back: str = "") -> HttpResponse:
    """Return the page with the receipt, which is in the language of the shop. The page around it is in the reader's.

    `back` is the address of the sale for its seller.
    """
    language = shop.shop_language or translation.get_language()
    token = decimal_sign.set(shop.shop_decimal_sign)
    try:
        with translation.override(language):
            context = make_context(sale, shop)
        return render(
            request, "sales/receipt.html", {**context, "receipt_language": language, "paper": paper, "back": back}
        )
    finally:
        decimal_sign.reset(token)


def make_context(sale: Any, shop: User) -> dict[str, Any]:
    """Return the variables of the receipt of a sale that attach_sales() has completed."""
    display = Display.of(shop, is_kept=True)
    lines = [
        make_kit_line(line.kit, display) if line.kit else make_line(line, display)
        for line in sale.shown
        if not line.kit or line is line.kit.parts[0]
    ]
    discount = sum((line.discount for line in sale.shown), NOTHING)
    subtotal = sum((line.sum for line in sale.shown), discount)
    added_tax = sale.money.total - (subtotal - discount)
    standing = [one for one in sale.payments if one.reverses_id is None and one.reversed_by is None]
    rates = [rate for rate in sale.totals.taxes if rate.rate is not None]
    return {
        "sale": sale,
        "shop": shop,
        "number": name_number(sale.seller),
        "sold_at": display.moment(sale.occurred_at),
        "lines": lines,
        "subtotal": display.money(subtotal) if discount or added_tax else None,
        "discount": display.money(-discount) if discount else None,
        "added_tax": display.money(added_tax) if added_tax else None,
        "total": display.money(sale.money.total),
        "returned": display.money(-sale.money.returned) if sale.money.returned else None,
        "payments": [make_payment(one, display) for one in standing],
        "due": display.money(sale.due) if sale.due else None,
        "is_no_fiscal_receipt": may_ask_for_register(shop.country),
        "rates": [[display.amount(amount) for amount in rate] for rate in rates],
    }


def name_number(seller: Seller) -> str:
    """Return the number of a sale, with the till that has given it."""
    return " ".join(filter(None, (seller.till_name, f"#{seller.number}")))


def make_line(line: Any, display: Display) -> dict[str, Any]:
    return {
        "page": reverse("product-detail", args=[line.product_id]),
        "name": line.product_name,
        "quantity": write_quantity(line, line.quantity),
        "unit_price": display.amount(line.unit_price or NOTHING),
        "sum": display.amount(line.sum + line.discount),
        "returned": write_quantity(line, line.returned) if line.returned else None,
    }


def make_kit_line(kit: SoldKit, display: Display) -> dict[str, Any]:
    """Return the line of kits, which stands for those of their parts. It has the whole kits that came back."""
    return {
        "page": reverse("kit-detail", args=[kit.kit_id]),
        "name": kit.name,
        "quantity": write_shown(kit.quantity),
        "unit_price": display.amount(kit.unit_price),
        "sum": display.amount(kit.total),
        "returned": write_shown(kit.returned) if kit.returned else None,
    }


def write_quantity(line: Any, quantity: int) -> str:
    return write_shown(Goods(quantity, line.decimals), ",")


def make_payment(payment: Any, display: Display) -> dict[str, Any]:
    """Return the payment in words. What was given back is negative."""
    kind = gettext(payment.get_kind_display())
    return {
        "name": fill("Given back: {kind}", kind=kind) if payment.amount < 0 else kind,
        "amount": display.money(payment.amount),
        "tendered": display.money(payment.tendered) if payment.tendered is not None else None,
        "change": display.money(payment.change) if payment.change else None,
    }
