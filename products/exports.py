"""Products as CSV: read in pages, so that memory does not grow with the shop, and safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterator
from typing import Any

from products.querysets import ProductQuerySet

COLUMNS = (
    "id", "name", "sku", "barcode", "description", "unit", "price", "cost_price", "quantity", "stock_sequence",
    "min_threshold", "expiration_date", "category", "supplier",
)  # fmt: skip
ROWS_AT_A_TIME = 2000
# What a spreadsheet takes for a formula, full-width signs and signs behind invisible ones included; what would look
# like one of ours that is guarded already; and one that is.
SIGN = r"[\u200b-\u200f\u2060\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]"
FORMULA, GUARDED = re.compile(f"'*{SIGN}"), re.compile(f"'+{SIGN}")
RELATED = {"category": "category__name", "supplier": "supplier__name"}


def csv_lines(products: ProductQuerySet) -> Iterator[str]:
    """The header and a line per product, in the order of ids."""
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for row in rows(products):
        yield writer.writerow([guarded(value) for value in row])


def rows(products: ProductQuerySet) -> Iterator[Any]:
    """The columns of each product, page by page: no cursor is held, so a pooler may stand in front of the database."""
    names = [RELATED.get(column, column) for column in COLUMNS]
    pages = products.order_by("id").values_list(*names)
    last = 0
    while page := list(pages.filter(id__gt=last)[:ROWS_AT_A_TIME]):
        yield from page
        last = page[-1][0]


def guarded(value: Any) -> Any:
    """The cell's text, with a `'` in front if a spreadsheet would run it; the import takes one away again."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


class Echo:
    """A file that hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line
