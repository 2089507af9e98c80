"""Products as CSV: read in pages, so that memory does not grow with the shop, and safe to open in a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from core.csv_text import csv_line
from products.querysets import ProductQuerySet

COLUMNS = (
    "id", "name", "sku", "barcode", "description", "unit", "price", "cost_price", "quantity", "stock_sequence",
    "min_threshold", "expiration_date", "category", "supplier",
)  # fmt: skip
ROWS_AT_A_TIME = 2000
RELATED = {"category": "category__name", "supplier": "supplier__name"}


def csv_lines(products: ProductQuerySet) -> Iterator[str]:
    """The header and a line per product, in the order of ids."""
    yield csv_line(COLUMNS)
    yield from map(csv_line, rows(products))


def rows(products: ProductQuerySet) -> Iterator[Any]:
    """The columns of each product, page by page: no cursor is held, so a pooler may stand in front of the database."""
    names = [RELATED.get(column, column) for column in COLUMNS]
    pages = products.order_by("id").values_list(*names)
    last = 0
    while page := list(pages.filter(id__gt=last)[:ROWS_AT_A_TIME]):
        yield from page
        last = page[-1][0]
