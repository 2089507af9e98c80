"""The receipt of a sale: a page to print, a document, and a link that is mailed to the customer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.generic import View

from core.files.documents import begin_document
from core.files.papers import NOTE
from core.pages.columns import Display, write_shown
from core.sentences import Goods, fill, writing_for
from stock.booking.drafts import NOTHING
from stock.models import Movement, Operation, OperationReason
from trade.sales.reading import Seller, attach_sales
from users.models import User
from users.services import may_ask_for_register
from web.mailed_links import MailedLink

LINK = MailedLink("sale", "sales.receipts", "receipt-by-mail", "receipt_notice")
PAPERS = ("80", "a4")
# The sums of a receipt and of a payment as a document has them, by the names of the variables.
SUMS = {"subtotal": "Sum", "discount": "Discount", "added_tax": "VAT", "total": "Total", "returned": "Returned"}
PAID = {"tip": "Tip", "tendered": "Handed over", "change": "Change given"}


@method_decorator(never_cache, name="dispatch")
class ReceiptPage(View):
    """Shows the receipt to a customer. The link in a mail opens it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        sale, shop, _ = LINK.open(token, Operation.objects.filter(reason=OperationReason.SALE).detailed())
        [shown] = attach_sales([sale], shop)
        return show_receipt(request, shown, shop, "a4")


def show_receipt(request: HttpRequest, sale: Any, shop: User, paper: str, back: str = "") -> HttpResponse:
    """Return the page with the receipt, which is in the language of the shop. The page around it is in the reader's.

    `back` is the address of the sale for its seller.
    """
    with writing_for(shop) as language:
        context = make_context(sale, shop)
    context |= {"receipt_language": language, "paper": paper, "back": back}
    return render(request, "sales/receipt.html", context)


def make_document(sale: Any, shop: User) -> Any:
    """Return the receipt as a document in the language of the shop."""
    with writing_for(shop):
        shown = make_context(sale, shop)
        document = begin_document(gettext("Receipt %(number)s") % {"number": shown["number"]}, shop)
        document.put(" · ".join(filter(None, (shown["sold_at"], sale.seller.customer_name))))
        if sale.seller.is_undone:
            document.put(gettext("This sale was undone."), NOTE)
        titles = ("Product", "Quantity", "Price of one", "Price")
        rows = [(write_goods(line), line["quantity"], line["unit_price"], line["sum"]) for line in shown["lines"]]
        sums = [(gettext(label), shown[name]) for name, label in SUMS.items() if shown[name]]
        for payment in shown["payments"]:
            sums.append((payment["name"], payment["amount"]))
            sums += [(gettext(label), payment[name]) for name, label in PAID.items() if payment[name]]
        if shown["due"]:
            sums.append((gettext("Due"), shown["due"]))
        document.put_table([*map(gettext, titles)], rows, sums, strong=[gettext("Total")])
        if shown["rates"]:
            titles = ("VAT", "Without VAT", "VAT", "With VAT")
            document.put_table([*map(gettext, titles)], [(f"{rate} %", *amounts) for rate, *amounts in shown["rates"]])
        document.put(shop.receipt_note, NOTE)
        if shown["is_no_fiscal_receipt"]:
            document.put(gettext("This is not a fiscal receipt."), NOTE)
        return document


def write_goods(line: dict[str, Any]) -> str:
    """Return the name of what was sold, and below it how much came back."""
    said = gettext("%(quantity)s returned") % {"quantity": line["returned"]} if line["returned"] else ""
    return f"{line['name']}\n{said}".strip()


def make_context(sale: Any, shop: User) -> dict[str, Any]:
    """Return the variables of the receipt of a sale that attach_sales() has completed."""
    display = Display.of(shop, is_kept=True)
    lines = [
        make_line(one, display) if isinstance(one, Movement) else make_goods_line(one, display)
        for one in dict.fromkeys(line.part_of or line for line in sale.shown)
    ]
    discount = sum((line.discount for line in sale.shown), NOTHING)
    subtotal = sum((line.sum for line in sale.shown), discount)
    standing = [one for one in sale.payments if one.reverses_id is None and one.reversed_by is None]
    taxes = sale.money.taxes
    added_tax = sale.money.total - (subtotal - discount)
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
        "rates": [[display.amount(amount) for amount in rate[:4]] for rate in taxes if rate.rate is not None],
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


def make_goods_line(goods: Any, display: Display) -> dict[str, Any]:
    """Return the line of goods with parts, in place of those of their parts. It tells how many whole ones came back."""
    return {
        "page": reverse(f"{goods.kind}-detail", args=[goods.goods_id]),
        "name": goods.name,
        "quantity": write_shown(goods.quantity),
        "unit_price": display.amount(goods.unit_price),
        "sum": display.amount(goods.total),
        "returned": write_shown(goods.returned) if goods.returned else None,
    }


def write_quantity(line: Any, quantity: int) -> str:
    return write_shown(Goods(quantity, line.decimals), ",")


def make_payment(payment: Any, display: Display) -> dict[str, Any]:
    """Return the payment in words. What was given back is negative."""
    kind = gettext(payment.get_kind_display())
    return {
        "name": fill("Given back: {kind}", kind=kind) if payment.amount < 0 else kind,
        "amount": display.money(payment.amount),
        **{name: display.money(money) if (money := getattr(payment, name)) else None for name in PAID},
    }
