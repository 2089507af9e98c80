"""The statement of the verification that finds breaks in returns: see stock.proofs.sql_breaks."""

from stock.sales.sql import SOLD_FOR
from stock.sql import BY_ID, IS_UNDONE, MOVEMENTS_OF, OWNER, ROW_BY_ID

OF_RETURN = MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="link.operation_id")
# Finds sales and deliveries of which more was returned than they have booked. What passes through a product without
# stock in a return counts once. Also finds scrap that differs from the returned goods in quantity or value, and
# movements of which returns have taken back more than they have, or that are none of the sale of the return.
RETURNS = f"""
WITH link AS MATERIALIZED (
    SELECT sale_id, operation_id, scrapped_id, {IS_UNDONE.format(operation="operation_id")} AS is_undone, (
        {BY_ID.format(columns="reason", owner=OWNER, operation="sale_id")}
    ) AS reason
    FROM stock_return WHERE owner_id = %(owner)s
), returned AS (
    SELECT sale_id, product_id, movement_type, max(sequence) AS sequence, sum(quantity) AS quantity FROM link
    CROSS JOIN LATERAL (
        {OF_RETURN}
    ) AS movement
    WHERE NOT is_undone AND (
        movement_type = CASE reason WHEN 'purchase' THEN 'OUT' ELSE 'IN' END OR NOT EXISTS (
            SELECT FROM (
                {OF_RETURN}
            ) AS passed
            WHERE (passed.product_id, passed.quantity) = (movement.product_id, movement.quantity)
                AND abs(passed.sequence - movement.sequence) = 1
        )
    )
    GROUP BY sale_id, product_id, movement_type
)
SELECT product_id, sequence, CASE movement_type
    WHEN 'IN' THEN 'brings back more than operation ' || sale_id || ' has sold'
    ELSE 'sends back more than operation ' || sale_id || ' has brought' END
FROM returned
WHERE quantity > (
    SELECT coalesce(sum(booked.quantity), 0) FROM (
        {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="sale_id")}
    ) AS booked
    WHERE booked.product_id = returned.product_id AND booked.movement_type <> returned.movement_type
)
UNION ALL
SELECT scrap.product_id, scrap.sequence, 'writes off something else than operation ' || link.operation_id || ' brought'
FROM link
CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="link.scrapped_id")}
) AS scrap
WHERE NOT EXISTS (
    SELECT FROM (
        {OF_RETURN}
    ) AS movement
    WHERE (movement.product_id, movement.quantity, movement.value) = (scrap.product_id, scrap.quantity, scrap.value)
        AND (movement.movement_type, scrap.movement_type) = ('IN', 'OUT')
)
UNION ALL
SELECT source.product_id, max(source.sequence),
    'does not fit what was taken back of it, last by operation ' || max(movement.operation_id)
FROM stock_returned AS taken
CROSS JOIN LATERAL ({ROW_BY_ID.format(table="stock_movement", id="taken.movement_id")}) AS movement
CROSS JOIN LATERAL ({ROW_BY_ID.format(table="stock_movement", id="taken.source_id")}) AS source
CROSS JOIN LATERAL ({ROW_BY_ID.format(table="products_product", id="source.product_id")}) AS product
LEFT JOIN LATERAL (
    SELECT sale_id, {IS_UNDONE.format(operation="operation_id")} AS is_undone FROM stock_return
    WHERE owner_id = {OWNER} AND operation_id BETWEEN movement.operation_id AND movement.operation_id
    ORDER BY operation_id LIMIT 1
) AS link ON link.sale_id = source.operation_id
    AND movement.product_id = source.product_id AND movement.movement_type <> source.movement_type
WHERE taken.owner_id = %(owner)s AND link.is_undone IS NOT TRUE
GROUP BY source.id, source.product_id
HAVING count(*) > count(link.sale_id) OR sum(movement.quantity) > max(source.quantity)
    OR sum(taken.total) > max({SOLD_FOR.replace("movement.", "source.")})
LIMIT %(limit)s
"""  # noqa: S608, constants
