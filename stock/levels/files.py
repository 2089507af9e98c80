"""Levels as a file: write it, and read what people send."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from core.money.amounts import scale
from core.translation import gettext_noop as _
from products.filing.columns import get_column
from products.filing.files import SmallTable
from stock.booking.locks import CODE_FIELDS
from stock.levels.models import Level

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
    "location": get_column("location"),
    "sku": get_column("sku"),
    "barcode": get_column("sku"),  # as it is written
    "external_id": get_column("sku"),
    "low_at": AMOUNT,
    "fill_to": AMOUNT,
}
TABLE = SmallTable(
    LABELS,
    READ,
    {},
    ("location", "low_at", "fill_to"),
    CODE_FIELDS,
    "location",
    _(
        "It needs a row with the names of its columns: location, low_at, fill_to, and one of sku, barcode and"
        " external_id. Save the list of levels as a file to see one."
    ),
    _("Levels have no column {name}: rename or remove it. The columns are {columns}."),
)


def export_rows(rows: Iterable[Level]) -> Iterator[Sequence[Any]]:
    """Yield the header, and a row for each level."""
    yield [*LABELS]
    for row in rows:
        product = row.product
        amounts = (scale(one, product.decimals) for one in row.amounts)
        codes = product.sku, product.barcode, product.external_id
        yield row.location.name, product.name, *codes, *amounts, product.unit
