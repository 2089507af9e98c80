"""Levels as a file: write it, and read what people send."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from core.money.amounts import scale
from core.translation import gettext_noop as _
from products.filing.columns import ProductColumn, get_column
from products.filing.files import SmallTable
from products.filing.rules import RULES, text_rule
from stock.levels.import_services import NAMING
from stock.levels.models import Level
from stock.models import MAX_NAME_LENGTH

LABELS = {
    "location": _("Place"),
    "name": "Name",
    "sku": "SKU",
    "barcode": "Barcode",
    "external_id": _("Id in another program"),
    "low_at": _("Low at"),
    "fill_to": _("Fill to"),
    "unit": "Unit",
}
AMOUNT = replace(get_column("quantity"), empty_value=None)
READ = {
    "location": ProductColumn("location", "text", ""),
    "sku": get_column("sku"),
    "barcode": get_column("sku"),  # as it is written
    "external_id": get_column("sku"),
    "low_at": replace(AMOUNT, name="low_at"),
    "fill_to": replace(AMOUNT, name="fill_to"),
}
RULES_OF_LEVELS = {
    "location": text_rule("location", MAX_NAME_LENGTH),
    **dict.fromkeys(("low_at", "fill_to"), RULES["quantity"]),
}
TABLE = SmallTable(
    LABELS, READ, RULES_OF_LEVELS, ("location", "low_at", "fill_to"), NAMING, "location",
    _(
        "It needs a row with the names of its columns: location, low_at, fill_to, and one of sku, barcode and"
        " external_id. Save the list of levels as a file to see one."
    ),
    _("Levels have no column {name}: rename or remove it. The columns are {columns}."),
)  # fmt: skip


def export_rows(rows: Iterable[Level]) -> Iterator[Sequence[Any]]:
    """Yield the header, and a row for each level."""
    yield [*LABELS]
    for row in rows:
        product = row.product
        amounts = (scale(one, product.decimals) for one in (row.low_at, row.fill_to))
        codes = product.sku, product.barcode, product.external_id
        yield row.location.name, product.name, *codes, *amounts, product.unit
