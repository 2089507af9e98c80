"""The texts of a pack in the reader's language: its README, and the headings of the inventory."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext

from core.sentences import fill
from core.translation import gettext_noop as _
from desk.evidence.reading.request import PackRequest
from desk.evidence.reading.shop import ShopThen

HEADINGS = {
    "product": _("No."), "name": _("Product"), "sku": "SKU", "category": _("Category no."),
    "category_name": _("Category"), "unit": _("Unit"), "location": _("Place no."), "location_name": _("Place"),
    "lot": _("Lot no."), "lot_code": _("Lot"), "expires_on": _("Expires"), "quantity": _("In base units"),
    "amount": _("Quantity"), "cost_of_one": _("Cost of one"), "value": _("Value at cost"),
}  # fmt: skip
CLOCKS = {
    "occurred": _(
        "What had happened by then counts, by the time when it happened. A late row is one that was booked afterwards:"
        " it counts if it was booked before the data ended. So a quantity can be less than 0."
    ),
    "recorded": _("What had been booked by then counts, by the time of booking."),
}
PARAGRAPHS = (
    _("Stock of {shop} at {as_of}"),
    _("The data ends with what was booked by {recorded_until}. The stock was worth {value} at cost."),
    _(
        "The value at cost is what the goods have cost, by the moving average of all deliveries: each issue takes the"
        " average cost of one at that time. It is not written down to a lower market value. Goods for which nobody has"
        " entered a cost have the value 0."
    ),
    _(
        "What was booked after the data ended, and what concerns the time before, is not in these files, so that they"
        " stay the same. The service lists it as the late rows of this pack."
    ),
    _(
        "To check the files, install Python 3.9 or later, unpack the archive and run: python3 check.py. Or run"
        " python3 check.py FILE.zip on the archive. It needs no network, computes all sums and digests again, compares"
        " the files with each other, and names what is wrong. Somebody who changes the files can also change the"
        " digests. So compare the SHA-256 of the archive, which check.py prints, with that on the page of the pack,"
        " in the feed of events, or on the signed paper."
    ),
)
WORKBOOK = "inventory.xlsx"
FILES = {
    "inventory.csv": _(
        "Every product that has moved, with each place and lot: quantity, cost of one, value. Archived products are"
        " included."
    ),
    WORKBOOK: _("The same as a workbook."),
    "inventory.html": _("The same to print, with lines for signatures."),
    "account.csv": _("What has changed the value since the start, by category: opening plus all lines is closing."),
    "counts.csv": _(
        "The last count of each product and place: what was counted, what has moved since, the quantity that follows"
        " for this instant, and what the inventory has. Counts without a difference are included. Quantities are in"
        " base units."
    ),
    "purchases.csv": _("The deliveries with their orders and suppliers."),
    "seals.json": _(
        "The digests of all bookings. Each seal has the digest of the seal before. The service has their files, which"
        " an owner can download and compare."
    ),
    "manifest.json": _("What this pack is about, and the SHA-256 of each file."),
    "check.py": _("The program that checks the files."),
}


def write_headings(names: Iterable[str]) -> list[str]:
    return [gettext(HEADINGS[name]) for name in names]


def write_readme(request: PackRequest, shop: ShopThen, totals: dict[str, Any], *, has_workbook: bool) -> str:
    """Return the README."""
    values = {
        "shop": shop.name or gettext("the shop"), "as_of": shop.write_moment(request.as_of),
        "recorded_until": shop.write_moment(request.recorded_until),
        "value": shop.write_money(totals["value"]),
    }  # fmt: skip
    title, *texts = [fill(text, **values) for text in PARAGRAPHS]
    files = [f"{name}: {gettext(text)}" for name, text in FILES.items() if has_workbook or name != WORKBOOK]
    return "\n\n".join([title, texts[0], gettext(CLOCKS[request.clock]), *texts[1:], "\n".join(files)]) + "\n"
