"""Find the prices in a file that are probably a mistake. stock/importing/table.py describes the temporary table."""

from typing import Any

from core.prices import IS_DOUBTFUL
from products.filing.states import Findings
from stock.importing.table import FILE

MAX_LISTED = 100
FIND = f"""
SELECT row.line, coalesce(nullif(row.name, ''), product.name), row.price::text, product.price::text,
    count(*) OVER ()
FROM {FILE} AS row
LEFT JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
WHERE row.price IS DISTINCT FROM product.price AND {IS_DOUBTFUL.format(price="row.price", usual="product.price")}
    AND row.line <> ALL(%(chosen)s::integer[])
ORDER BY row.line LIMIT {MAX_LISTED}
"""  # noqa: S608


def find_doubtful_prices(cursor: Any, owner_id: int, found: Findings) -> None:
    """Note the doubtful prices that the file would write, without those that a choice has set to zero."""
    if "price" not in found.layout.names:
        return
    cursor.execute(FIND, {"owner": owner_id, "chosen": list(found.chosen["no_price"])})
    rows = cursor.fetchall()
    found.doubtful_price_count = rows[0][4] if rows else 0
    found.doubtful_prices = [
        {"line": line, "name": name or "", "price": price, "usual": usual} for line, name, price, usual, _count in rows
    ]
