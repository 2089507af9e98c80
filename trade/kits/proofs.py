"""Verify the kits that were sold."""

from typing import Any

from core.database.replicas import read
from stock.models.sql import BY_ID, MOVEMENTS_OF, OWNER

# Finds kits of an operation that is no sale, and kits whose places are not those of movements that took their parts
# out.
SOLD = f"""
SELECT 0, 0, 'kit ' || sold.id || ' of operation ' || sold.operation_id || ' does not have the movements of its parts'
FROM kits_soldkit AS sold
CROSS JOIN LATERAL (
    {BY_ID.format(columns="reason", owner=OWNER, operation="sold.operation_id")}
) AS sale
WHERE sold.owner_id = %(owner)s AND (sale.reason <> 'sale' OR cardinality(sold.movements) = 0 OR EXISTS (
    SELECT FROM unnest(sold.movements) AS place
    LEFT JOIN (
        SELECT row_number() OVER (ORDER BY id) - 1 AS place, movement_type FROM (
            {MOVEMENTS_OF.format(columns="id, movement_type", owner=OWNER, operation="sold.operation_id")}
        ) AS booked
    ) AS movement USING (place)
    WHERE movement.movement_type IS DISTINCT FROM 'OUT'
))
ORDER BY sold.id LIMIT %(limit)s
"""  # noqa: S608, constants


def find_breaks(owner_id: int, limit: int) -> list[tuple[Any, ...]]:
    """Return what is wrong with the kits that the account has sold, as rows like those of stock.proofs."""
    return read(SOLD, {"owner": owner_id, "limit": limit})
