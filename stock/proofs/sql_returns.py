"""The statement of the verification that finds breaks in returns: see stock.proofs.sql_breaks."""

from stock.sales.sql import SOLD_FOR
from stock.sql import IS_UNDONE

# Finds sales and deliveries of which more was returned than they have booked. What passes through a product without
# stock in a return counts once. Also finds scrap that differs from the returned goods in quantity or value, and
# movements of which returns have taken back more than they have, or that are none of the sale of the return.
RETURNS = f"""
WITH link AS MATERIALIZED (
    SELECT sale_id, operation_id, scrapped_id, {IS_UNDONE.format(operation="operation_id")} AS is_undone
    FROM stock_return WHERE owner_id = %(owner)s
), returned AS (
    SELECT sale_id, product_id, movement_type, max(sequence) AS sequence, sum(quantity) AS quantity FROM link
    CROSS JOIN LATERAL (
        SELECT product_id, movement_type, sequence, quantity FROM stock_movement
        WHERE owner_id = %(owner)s AND operation_id = link.operation_id OFFSET 0
    ) AS movement
    CROSS JOIN LATERAL (
        SELECT CASE reason WHEN 'purchase' THEN 'OUT' ELSE 'IN' END AS back FROM stock_operation
        WHERE owner_id = %(owner)s AND id = link.sale_id OFFSET 0
    ) AS sale
    WHERE NOT is_undone AND (movement_type = back OR NOT EXISTS (
        SELECT FROM stock_movement AS passed
        WHERE passed.owner_id = %(owner)s AND passed.operation_id = link.operation_id
        AND (passed.product_id, passed.quantity) = (movement.product_id, movement.quantity)
        AND abs(passed.sequence - movement.sequence) = 1
    ))
    GROUP BY sale_id, product_id, movement_type
)
SELECT product_id, sequence, CASE movement_type
    WHEN 'IN' THEN 'brings back more than operation ' || sale_id || ' has sold'
    ELSE 'sends back more than operation ' || sale_id || ' has brought' END
FROM returned
WHERE quantity > (
    SELECT coalesce(sum(quantity), 0) FROM stock_movement
    WHERE owner_id = %(owner)s AND operation_id = sale_id AND product_id = returned.product_id
        AND movement_type <> returned.movement_type
)
UNION ALL
SELECT scrap.product_id, scrap.sequence, 'writes off something else than operation ' || link.operation_id || ' brought'
FROM link
CROSS JOIN LATERAL (
    SELECT product_id, sequence, quantity, value, movement_type FROM stock_movement
    WHERE owner_id = %(owner)s AND operation_id = link.scrapped_id OFFSET 0
) AS scrap
WHERE NOT EXISTS (
    SELECT FROM stock_movement AS movement
    WHERE movement.owner_id = %(owner)s AND movement.operation_id = link.operation_id
    AND (movement.product_id, movement.quantity, movement.value) = (scrap.product_id, scrap.quantity, scrap.value)
    AND (movement.movement_type, scrap.movement_type) = ('IN', 'OUT')
)
UNION ALL
SELECT source.product_id, max(source.sequence),
    'does not fit what was taken back of it, last by operation ' || max(movement.operation_id)
FROM stock_returned AS taken
JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.id = taken.movement_id
JOIN stock_movement AS source ON source.owner_id = %(owner)s AND source.id = taken.source_id
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = source.product_id
LEFT JOIN link ON link.operation_id = movement.operation_id AND link.sale_id = source.operation_id
    AND movement.product_id = source.product_id AND movement.movement_type <> source.movement_type
WHERE taken.owner_id = %(owner)s AND link.is_undone IS NOT TRUE
GROUP BY source.id, source.product_id
HAVING count(*) > count(link.sale_id) OR sum(movement.quantity) > max(source.quantity)
    OR sum(taken.total) > max({SOLD_FOR.replace("movement.", "source.")})
LIMIT %(limit)s
"""  # noqa: S608
