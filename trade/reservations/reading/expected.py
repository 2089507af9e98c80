"""Read what sent purchase orders will bring of products that can't be reserved."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from core.database.postgres.base import fetch
from core.errors import DomainError
from products.reading.on_order import ARRIVED_OF_LINE
from stock.booking.sql import array
from stock.errors import InsufficientStock
from trade.purchasing.sql import IS_SENT, OUTSTANDING

# Returns the outstanding quantities of these products, by the day for which they are expected.
EXPECTED = f"""
SELECT line.product_id, purchase.expected_on, sum({OUTSTANDING})::bigint AS quantity
FROM purchasing_orderline AS line
JOIN purchasing_order AS purchase
    ON purchase.owner_id = %(owner)s::bigint AND purchase.id = line.order_id AND {IS_SENT}
LEFT JOIN LATERAL (
    WITH RECURSIVE {ARRIVED_OF_LINE.format(owner="%(owner)s::bigint")} SELECT quantity FROM received
) AS received ON true
WHERE line.owner_id = %(owner)s::bigint AND line.product_id = ANY(%(products)s::bigint[])
GROUP BY line.product_id, purchase.expected_on
HAVING sum({OUTSTANDING}) > 0
ORDER BY line.product_id, purchase.expected_on NULLS LAST
"""  # noqa: S608, constants


def add_expected(owner_id: int, errors: Collection[DomainError]) -> None:
    """Add `expected` to the errors of products of which too little is available: quantities, each with its day.

    Without such errors, no statement is executed.
    """
    short = {error.numbers["product"]: error for error in errors if isinstance(error, InsufficientStock)}
    if not short:
        return
    expected: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for product, day, quantity in fetch(EXPECTED, {"owner": owner_id, "products": array(short)}):
        expected[product].append({"quantity": quantity, "on": day})
    for product, error in short.items():
        error.numbers["expected"] = expected[product]
