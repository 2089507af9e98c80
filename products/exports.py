"""Products as CSV, read in pages: memory does not grow with the number of products."""

from collections.abc import Iterator
from typing import Any

from core.csv_text import format_csv_line
from products.columns import COLUMNS, NAMES
from products.querysets import ProductQuerySet

ROWS_AT_A_TIME = 2000


def csv_lines(products: ProductQuerySet) -> Iterator[str]:
    """Yield the header and a line for each product, in the order of ids."""
    yield format_csv_line(NAMES)
    yield from map(format_csv_line, rows(products))


def rows(products: ProductQuerySet) -> Iterator[Any]:
    """Yield the columns of each product. No cursor stays open between the pages, so it works behind a pooler."""
    lookups = [column.exported or column.name for column in COLUMNS]
    pages = products.order_by("id").values_list(*lookups)
    last = 0
    while page := list(pages.filter(id__gt=last)[:ROWS_AT_A_TIME]):
        yield from page
        last = page[-1][0]
