"""Offers as a file."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.amounts import scale
from core.translation import gettext_noop as _
from products.offers.services import ShownOffer

LABELS = {
    "product": "Product",
    "sku": "SKU",
    "supplier": "Supplier",
    "preferred": _("Preferred"),
    "supplier_sku": "Supplier's SKU",
    "pack_size": "Pack of",
    "unit": "Unit",
    "cost_price": "Cost price",
    "min_packs": _("Least packs"),
    "lead_days": _("Lead time in days"),
    "note": "Note",
}
MONEY = ("cost_price",)


def export_rows(offers: Iterable[ShownOffer]) -> Iterator[Sequence[Any]]:
    """Yield the header, and a row for each offer. The cell of a preferred one says so."""
    yield [*LABELS]
    for one in offers:
        pack = scale(one.pack_size, one.decimals)
        yield (
            one.product_name, one.sku, one.supplier_name, "yes" if one.is_preferred else "", one.supplier_sku, pack,
            one.unit, one.cost_price, one.min_packs, one.lead_days, one.note,
        )  # fmt: skip
