"""The pages of scanned codes and labels."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from rest_framework.reverse import reverse

from core.pages.columns import PageColumn, Row, columns_of, mark_goods
from core.pages.links import Action, link_to_row, link_to_task
from core.pages.parameters import Parameter
from core.pages.tables import DetailPage
from core.translation import gettext_noop as _
from products.codes.reading.door import MATCHES
from products.door import show_stock
from stock.models import Operation
from trade.selling.look_ups import FoundGoods
from users.access.roles import Right


def link_scan_to(page: str) -> Callable[[Row], str]:
    """Return a function that returns the address of a task, whose form has the product, quantity and lot of a scan.

    It returns nothing for a kit.
    """

    def link(scan: Row) -> str:
        if scan["kit"]:
            return ""
        lot = {"lot": scan["lot"]["code"]} if scan["lot"] else {}
        return link_to_task(page, quantity=write_typed(scan), **lot)(scan["product"])

    return link


def link_to_sale(scan: Row) -> str:
    """Return the address of the form that sells what the scan names."""
    if kit := scan["kit"]:
        text = FoundGoods(*(kit[name] for name in FoundGoods._fields)).text
        return f"{reverse('shop-sell')}?{urlencode({'product': text, 'quantity': write_typed(scan)})}"
    return link_scan_to("shop-sell")(scan)


def link_to_goods(part: str) -> Callable[[Row], str]:
    """Return a function that returns the address of the product or the kit, or nothing if the scan has the other."""
    return lambda scan: link_to_row(f"{part}-detail")(scan[part]) if scan[part] else ""


def find_goods(scan: Row) -> Any:
    return scan["product"] or scan["kit"]


def write_typed(scan: Row) -> str:
    """Return the quantity as forms read it, or an empty text, so that it has to be entered.

    A shop with a decimal comma could mean a thousand by 1.254, but not by 1.2540.
    """
    return f"{scan['amount']}0" if scan["amount"] else "" if scan["quantity"] is None else str(scan["quantity"])


def write_goods(scan: Row, quantity: int | None) -> str:
    return "" if quantity is None else format(mark_goods(find_goods(scan), quantity), ",")


def write_stock(scan: Row) -> str:
    return write_goods(scan, show_stock(scan["product"])) if scan["product"] else ""


def read_part(part: str, name: str) -> Callable[[Row], str]:
    """Return a function that returns this field of a part of the scan, or an empty text without the part."""
    return lambda scan: (scan[part] or {}).get(name) or ""


def link_to_last_out(scan: Row) -> str:
    return str(reverse("operation-detail", args=[scan["last_out"]["operation"]]))


def link_to_trace(scan: Row) -> str:
    return str(reverse("lot-trace", args=[scan["lot"]["id"]])) if scan["lot"] else ""


operation_column = columns_of(Operation)
SCAN = DetailPage(
    lambda scan: str(find_goods(scan)["name"]),
    figures=(
        PageColumn("quantity", "Stands for", write=lambda scan: write_goods(scan, scan["quantity"])),
        PageColumn("total_price", "Price", kind="money"),
        PageColumn("product", "In stock", write=write_stock),
        PageColumn(
            "available", "Available", kind="number", write=lambda scan: scan["kit"] and scan["kit"]["available"]
        ),
    ),
    columns=(
        PageColumn("matched", "Found by", kind="words", codes=MATCHES),
        PageColumn("lot", "Lot", write=read_part("lot", "code")),
        PageColumn(
            "last_out", "Gone since", kind="moment", write=read_part("last_out", "occurred_at"), link=link_to_last_out
        ),
        operation_column("reason", kind="words", write=read_part("last_out", "reason")),
        operation_column("reference", write=read_part("last_out", "reference")),
        PageColumn("gs1", "GTIN", write=read_part("gs1", "gtin")),
        PageColumn("gs1", "Lot on the label", write=read_part("gs1", "lot")),
        PageColumn("gs1", "Expires", kind="date", write=read_part("gs1", "expires_on")),
    ),
    actions=(
        Action("Sell", link_to_sale, style="primary", right=Right.WORK),
        Action("Receive", link_scan_to("shop-receive"), style="primary", right=Right.WORK),
        Action("Trace", link_to_trace, right=Right.READ),
        Action("Open the product", link_to_goods("product"), right=Right.READ),
        Action(_("Open the kit"), link_to_goods("kit"), right=Right.READ),
    ),
    parameters=(Parameter("code", hint=_("Scan or enter a code.")),),
)
