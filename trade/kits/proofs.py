"""Verify the kits that were sold."""

from typing import Any

from core.database.replicas import read
from stock.models.sql import BY_ID, MOVEMENTS_OF, OWNER
from stock.models.sql_sales import KEPT, SOLD_FOR

# Finds kits of an operation that is no sale, and kits that do not fit the movements that took their parts out: these
# have the quantity of whole kits, and were sold for the price of the kits, less the discount.
SOLD = f"""
SELECT 0, 0, 'kit ' || sold.id || ' of operation ' || sold.operation_id || ' does not fit the movements of its parts'
FROM kits_soldkit AS sold
CROSS JOIN LATERAL (
    {BY_ID.format(columns="reason", owner=OWNER, operation="sold.operation_id")}
) AS sale
CROSS JOIN LATERAL (
    SELECT bool_and(movement.movement_type = 'OUT' AND movement.quantity %% sold.quantity = 0) AS are_parts,
        sum({SOLD_FOR} + coalesce(kept.discount, 0)) AS total, count(*) AS parts
    FROM (
        SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM (
            {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="sold.operation_id")}
        ) AS booked
    ) AS movement
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = movement.product_id
    {KEPT}
    WHERE movement.place = ANY(sold.movements)
) AS moved
WHERE sold.owner_id = %(owner)s AND (
    sale.reason = 'sale' AND are_parts AND parts = cardinality(sold.movements) AND moved.total = sold.total
    AND sold.unit_price = round(sold.total / sold.quantity, 2)
) IS NOT TRUE
ORDER BY sold.id LIMIT %(limit)s
"""  # noqa: S608, constants


def find_breaks(owner_id: int, limit: int) -> list[tuple[Any, ...]]:
    """Return what is wrong with the kits that the account has sold, as rows like those of stock.proofs."""
    return read(SOLD, {"owner": owner_id, "limit": limit})
