"""Verify the kits that were sold."""

from typing import Any

from core.database.replicas import read

# Finds kits of an operation that is no sale, and kits whose places are not those of movements that took their parts
# out.
SOLD = """
SELECT 0, 0, 'kit ' || sold.id || ' of operation ' || sold.operation_id || ' does not have the movements of its parts'
FROM kits_soldkit AS sold
JOIN stock_operation AS sale ON sale.owner_id = %(owner)s AND sale.id = sold.operation_id
WHERE sold.owner_id = %(owner)s AND (sale.reason <> 'sale' OR cardinality(sold.movements) = 0 OR EXISTS (
    SELECT FROM unnest(sold.movements) AS place
    LEFT JOIN (
        SELECT row_number() OVER (ORDER BY id) - 1 AS place, movement_type FROM stock_movement
        WHERE owner_id = %(owner)s AND operation_id = sold.operation_id
    ) AS movement USING (place)
    WHERE movement.movement_type IS DISTINCT FROM 'OUT'
))
ORDER BY sold.id LIMIT %(limit)s
"""


def find_breaks(owner_id: int, limit: int) -> list[tuple[Any, ...]]:
    """Return what is wrong with the kits that the account has sold, as rows like those of stock.proofs."""
    return read(SOLD, {"owner": owner_id, "limit": limit})
