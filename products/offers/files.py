"""Offers as a file: write it, and read what people send."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from core.fields import MAX_QUANTITY, QuantityField
from core.money.amounts import scale
from core.translation import gettext_noop as _
from products.filing.columns import ProductColumn, get_column
from products.filing.files import SmallTable
from products.filing.rules import FROM_ONE, RULES, WHOLE, WHOLE_MESSAGES, CellRule, text_rule
from products.models import MAX_OFFER_NOTE_LENGTH
from products.offers.services import ShownOffer
from suppliers.models import MAX_LEAD_DAYS

LABELS = {
    "product": "Product",
    "sku": "SKU",
    "barcode": "Barcode",
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
NAMING = ("sku", "barcode", "supplier_sku")  # the columns that name the product, the surest first
# The columns that are read. The others are for people.
READ = {
    "sku": get_column("sku"),
    "barcode": replace(get_column("sku"), name="barcode"),  # as it is written
    "supplier": ProductColumn("supplier", "text", ""),
    "supplier_sku": ProductColumn("supplier_sku", "text", ""),
    "pack_size": replace(get_column("pack_size"), empty_value=None),
    "cost_price": get_column("cost_price"),
    "min_packs": ProductColumn("min_packs", "bigint", 1),
    "lead_days": ProductColumn("lead_days", "bigint", None),
    "note": ProductColumn("note", "text", ""),
}
RULES_OF_OFFERS = {
    "barcode": RULES["sku"],
    "min_packs": CellRule(QuantityField(min_value=1, max_value=MAX_QUANTITY, error_messages=WHOLE_MESSAGES), FROM_ONE),
    "lead_days": CellRule(QuantityField(max_value=MAX_LEAD_DAYS, error_messages=WHOLE_MESSAGES), WHOLE.plain),
    "note": text_rule("note", MAX_OFFER_NOTE_LENGTH),
}
TABLE = SmallTable(
    LABELS, READ, RULES_OF_OFFERS, ("supplier",), NAMING, "supplier",
    _(
        "It needs a row with the names of its columns: supplier, and one of sku, barcode and supplier_sku. Save the"
        " list of offers as a file to see one."
    ),
    _("Offers have no column {name}: rename or remove it. The columns are {columns}."),
)  # fmt: skip


def export_rows(offers: Iterable[ShownOffer]) -> Iterator[Sequence[Any]]:
    """Yield the header, and a row for each offer. The cell of a preferred one says so."""
    yield [*LABELS]
    for one in offers:
        pack = scale(one.pack_size, one.decimals)
        yield (
            one.product_name, one.sku, one.barcode, one.supplier_name, "yes" if one.is_preferred else "",
            one.supplier_sku, pack, one.unit, one.cost_price, one.min_packs, one.lead_days, one.note,
        )  # fmt: skip
