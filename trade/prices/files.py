"""Prices as a file: write it, and read what people send."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from core.money.amounts import scale
from core.translation import gettext_noop as _
from products.filing.columns import ProductColumn, get_column
from products.filing.files import SmallTable
from products.filing.rules import DATE, RULES, text_rule
from stock.booking.locks import CODE_FIELDS
from trade.prices.models import MAX_NAME_LENGTH, PriceRow

LABELS = {
    "name": "Name",
    "sku": "SKU",
    "barcode": "Barcode",
    "external_id": _("Id in another program"),
    "price_group": _("Price group"),
    "from": _("From"),
    "unit": "Unit",
    "price": "Price",
    "starts_on": _("Starts on"),
    "ends_on": _("Ends on"),
}
MONEY = ("price",)
DAY = replace(get_column("expiration_date"), empty_value=None)
READ = {
    "sku": get_column("sku"),
    "barcode": get_column("sku"),  # as it is written
    "external_id": get_column("sku"),
    "price_group": ProductColumn("price_group", "text", ""),
    "from": replace(get_column("quantity"), empty_value=None),
    "price": replace(get_column("price"), empty_value=None),
    "starts_on": DAY,
    "ends_on": DAY,
}
RULES_OF_PRICES = {
    "price_group": text_rule("price_group", MAX_NAME_LENGTH),
    "quantity": RULES["pack_size"],
    "expiration_date": DATE,
}
TABLE = SmallTable(
    LABELS, READ, RULES_OF_PRICES, ("price",), CODE_FIELDS, "price",
    _(
        "It needs a row with the names of its columns: price, and one of sku, barcode and external_id. Save the list"
        " of prices as a file to see one."
    ),
    _("Prices have no column {name}: rename or remove it. The columns are {columns}."),
    priced=PriceRow,
)  # fmt: skip


def export_rows(rows: Iterable[PriceRow]) -> Iterator[Sequence[Any]]:
    """Yield the header, and a row for each price. An external id names no kit, because a product may have it, too."""
    yield [*LABELS]
    for row in rows:
        goods: Any = row.product or row.kit
        decimals, unit = (row.product.decimals, row.product.unit) if row.product else (0, "")
        yield (
            goods.name, goods.sku, goods.barcode, row.product and row.product.external_id,
            row.price_group.name if row.price_group else "", row.least and scale(row.least, decimals), unit, row.price,
            row.starts_on, row.ends_on,
        )  # fmt: skip
