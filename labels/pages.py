"""The pages of scanned codes and labels."""

from collections.abc import Callable

from rest_framework.reverse import reverse

from core.pages.columns import PageColumn, Row
from core.pages.links import Action, Verb, link_to_form
from core.pages.parameters import Parameter
from core.pages.tables import DetailPage


def link_scan_to_booking(movement_type: str) -> Callable[[Row], str]:
    """Return a function that returns the address of a form for a scan. The form books the quantity of the code."""

    def link(scan: Row) -> str:
        lot = {"lot": scan["lot"]["code"]} if scan["lot"] else {}
        fields = {"movement_type": movement_type, "quantity": str(scan["quantity"]), **lot}
        return link_to_form("movement-list", **fields)(scan["product"])

    return link


def write_gs1(name: str) -> Callable[[Row], str]:
    """Return a function that returns this field of a scan's GS1 data."""
    return lambda scan: (scan["gs1"] or {}).get(name) or ""


PRINT = Verb("Print labels", "Show the sheet")
SCAN = DetailPage(
    lambda scan: str(scan["product"]["name"]),
    figures=(
        PageColumn("quantity", "Stands for", kind="number"),
        PageColumn("product", "In stock", write=lambda scan: f"{scan['product']['quantity']:,}"),
    ),
    columns=(
        PageColumn("matched", "Found by"),
        PageColumn("lot", "Lot", write=lambda scan: scan["lot"]["code"] if scan["lot"] else ""),
        PageColumn("gs1", "GTIN", write=write_gs1("gtin")),
        PageColumn("gs1", "Lot on the label", write=write_gs1("lot")),
        PageColumn("gs1", "Expires", kind="date", write=write_gs1("expires_on")),
    ),
    actions=(
        Action("Sell", link_scan_to_booking("OUT"), style="primary"),
        Action("Receive", link_scan_to_booking("IN"), style="primary"),
        Action("Open the product", lambda scan: reverse("product-detail", args=[scan["product"]["id"]])),
    ),
    parameters=(Parameter("code", hint="Scan or enter a code."),),
)
