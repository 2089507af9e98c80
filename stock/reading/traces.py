"""Statements that trace a lot: every movement of it, where it came from, and to whom it went.

%(owner)s is the account and %(lot)s the lot. A row is a portion: what a movement put into one place, or took from it.
Each row is found by the index of its key. Without OFFSET 0 the planner may read all movements or operations of the
account instead, because it can't know that a lot has few.
"""

from typing import Any

from core.database.replicas import reading
from stock.models.sql import BY_ID, EARLIER, IS_UNDONE, OWNER

# The rows of the lot. {end} may select some of them.
TOUCHED = """touched AS MATERIALIZED (
    SELECT portion.id, portion.movement_id, portion.location_id, portion.quantity, movement.operation_id,
        movement.product_name, movement.movement_type,
        CASE movement.movement_type WHEN 'IN' THEN portion.quantity ELSE -portion.quantity END AS change
    FROM stock_portion AS portion
    CROSS JOIN LATERAL (
        SELECT operation_id, product_name, movement_type FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND id = portion.movement_id OFFSET 0
    ) AS movement
    WHERE portion.owner_id = %(owner)s::bigint AND portion.lot_id = %(lot)s::bigint {end}
)"""
# The operation that began the chain of reversals to which an operation belongs. Mostly it is the operation itself.
BEGUN = f"""chain (operation_id, begun_id, reverses_id) AS (
    SELECT booked.operation_id, booked.operation_id, operation.reverses_id
    FROM (SELECT DISTINCT operation_id FROM touched) AS booked
    CROSS JOIN LATERAL (
        {BY_ID.format(columns="reverses_id", owner=OWNER, operation="booked.operation_id")}
    ) AS operation
    UNION ALL
    SELECT chain.operation_id, earlier.id, earlier.reverses_id
    FROM chain
    CROSS JOIN LATERAL (
        {EARLIER}
    ) AS earlier
), begun AS (
    SELECT operation_id, begun_id FROM chain WHERE reverses_id IS NULL
)"""  # noqa: S608, constants
# What came in and went out in all. It is the sum of what each operation with its reversals has changed in the end, so
# neither a transfer nor what was undone counts.
IN_ALL = """in_all AS (
    SELECT coalesce(sum(greatest(change, 0)), 0)::bigint AS quantity_in,
        coalesce(sum(greatest(-change, 0)), 0)::bigint AS quantity_out
    FROM (
        SELECT sum(touched.change) AS change FROM touched JOIN begun ON begun.operation_id = touched.operation_id
        GROUP BY begun.begun_id
    ) AS net
)"""
# The columns about the operation of a row of `listed`. A reversal has the supplier, the order, the reservation and the
# customer of what it reverses, and a return has those of its sale or delivery.
OPERATION_COLUMNS = """listed.movement_id AS movement, listed.operation_id AS operation, operation.occurred_at,
    operation.created_at AS timestamp, operation.reason, operation.reference,
    operation.performed_by_id AS performed_by, performer.name AS performed_by_username,
    reservation.id AS reservation, customer.id AS customer, customer.name AS customer_name"""
OPERATIONS = """JOIN begun ON begun.operation_id = listed.operation_id
CROSS JOIN LATERAL (
    SELECT occurred_at, created_at, reason, reference, performed_by_id, performer_id, reverses_id
    FROM stock_operation WHERE owner_id = %(owner)s::bigint AND id = listed.operation_id OFFSET 0
) AS operation
CROSS JOIN LATERAL (
    SELECT name FROM stock_performer WHERE owner_id = %(owner)s::bigint AND id = operation.performer_id OFFSET 0
) AS performer
LEFT JOIN LATERAL (
    SELECT sale_id FROM stock_return WHERE owner_id = %(owner)s::bigint AND operation_id = begun.begun_id OFFSET 0
) AS link ON true
LEFT JOIN LATERAL (
    SELECT id, customer_id FROM reservations_reservation
    WHERE owner_id = %(owner)s::bigint AND operation_id = coalesce(link.sale_id, begun.begun_id) OFFSET 0
) AS reservation ON true
LEFT JOIN LATERAL (
    SELECT customer_id FROM customers_buyer
    WHERE owner_id = %(owner)s::bigint AND operation_id = coalesce(link.sale_id, begun.begun_id) OFFSET 0
) AS buyer ON true
LEFT JOIN customers_customer AS customer
    ON customer.owner_id = %(owner)s::bigint AND customer.id = coalesce(reservation.customer_id, buyer.customer_id)"""

# Returns the movements of the lot, in the order in which they were booked.
TRACE = f"""
WITH RECURSIVE {TOUCHED.format(end="")}, {BEGUN}, {IN_ALL}, listed AS (
    SELECT *, sum(change) OVER (ORDER BY id)::bigint AS remaining, count(*) OVER () AS rows_in_all
    FROM touched ORDER BY id LIMIT %(limit)s OFFSET %(offset)s
)
SELECT lot.code AS lot_code, listed.product_name, {OPERATION_COLUMNS},
    listed.movement_type, listed.quantity, listed.location_id AS location, location.name AS location_name,
    listed.remaining AS "left", operation.reverses_id AS reverses, reversal.id AS reversed_by,
    link.sale_id AS returns, purchase.id AS "order", purchase.supplier_id AS supplier, purchase.supplier_name,
    product.unit, product.decimals, listed.rows_in_all AS in_all, in_all.quantity_in AS in_all_in,
    in_all.quantity_out AS in_all_out, in_all.quantity_in - in_all.quantity_out AS in_all_left
FROM listed
CROSS JOIN in_all
JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = %(lot)s::bigint
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = lot.product_id
{OPERATIONS}
LEFT JOIN stock_location AS location ON location.owner_id = %(owner)s::bigint AND location.id = listed.location_id
LEFT JOIN LATERAL (
    SELECT id FROM stock_operation WHERE owner_id = %(owner)s::bigint AND reverses_id = listed.operation_id OFFSET 0
) AS reversal ON true
LEFT JOIN LATERAL (
    SELECT order_id FROM purchasing_receipt
    WHERE owner_id = %(owner)s::bigint AND operation_id = coalesce(link.sale_id, begun.begun_id) OFFSET 0
) AS receipt ON true
LEFT JOIN purchasing_order AS purchase ON purchase.owner_id = %(owner)s::bigint AND purchase.id = receipt.order_id
ORDER BY listed.id
"""  # noqa: S608, constants

# Returns the last movement that took something out of the lot.
LAST_OUT = f"""
WITH RECURSIVE {TOUCHED.format(end="AND movement.movement_type = 'OUT' ORDER BY portion.id DESC LIMIT 1")},
    {BEGUN}, listed AS (SELECT * FROM touched)
SELECT {OPERATION_COLUMNS}
FROM listed
{OPERATIONS}
"""  # noqa: S608, constants

# Returns the movements of all lots to which makings lead from this lot, at any depth: of what was made of it, and of
# what it was made of. Makings that are undone lead nowhere. What only moved, and what was undone, is left out.
THROUGH_MAKINGS = f"""
WITH RECURSIVE reached (lot_id, direction) AS (
    VALUES (%(lot)s::bigint, 'made_into'), (%(lot)s::bigint, 'made_of')
    UNION
    SELECT other.lot_id, reached.direction
    FROM reached
    JOIN stock_portion AS portion ON portion.owner_id = %(owner)s::bigint AND portion.lot_id = reached.lot_id
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s::bigint AND movement.id = portion.movement_id
        AND movement.movement_type = CASE reached.direction WHEN 'made_into' THEN 'OUT' ELSE 'IN' END
    JOIN stock_making AS making ON making.owner_id = %(owner)s::bigint AND making.operation_id = movement.operation_id
        AND making.role <> 'expected' AND NOT {IS_UNDONE.format(operation="making.operation_id")}
    JOIN stock_movement AS beyond ON beyond.owner_id = %(owner)s::bigint AND beyond.operation_id = making.operation_id
        AND beyond.movement_type <> movement.movement_type
    JOIN stock_portion AS other ON other.owner_id = %(owner)s::bigint AND other.movement_id = beyond.id
    WHERE other.lot_id IS NOT NULL
), moved AS (
    SELECT reached.direction, portion.lot_id, portion.movement_id, sum(portion.quantity)::bigint AS quantity
    FROM reached
    JOIN stock_portion AS portion ON portion.owner_id = %(owner)s::bigint AND portion.lot_id = reached.lot_id
    WHERE reached.lot_id <> %(lot)s::bigint
    GROUP BY 1, 2, 3
)
SELECT moved.direction, lot.id AS lot, lot.code AS lot_code, lot.product_id AS product, movement.product_name,
    movement.id AS movement, movement.operation_id AS operation, operation.occurred_at, operation.reason,
    operation.reference, movement.movement_type, moved.quantity, customer.id AS customer,
    customer.name AS customer_name, purchase.supplier_id AS supplier, purchase.supplier_name
FROM moved
JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = moved.lot_id
JOIN stock_movement AS movement ON movement.owner_id = %(owner)s::bigint AND movement.id = moved.movement_id
JOIN stock_operation AS operation ON operation.owner_id = %(owner)s::bigint AND operation.id = movement.operation_id
LEFT JOIN reservations_reservation AS reservation
    ON reservation.owner_id = %(owner)s::bigint AND reservation.operation_id = operation.id
LEFT JOIN customers_buyer AS buyer ON buyer.owner_id = %(owner)s::bigint AND buyer.operation_id = operation.id
LEFT JOIN customers_customer AS customer
    ON customer.owner_id = %(owner)s::bigint AND customer.id = coalesce(reservation.customer_id, buyer.customer_id)
LEFT JOIN purchasing_receipt AS receipt ON receipt.owner_id = %(owner)s::bigint AND receipt.operation_id = operation.id
LEFT JOIN purchasing_order AS purchase ON purchase.owner_id = %(owner)s::bigint AND purchase.id = receipt.order_id
WHERE operation.reason NOT IN ('transfer', 'reversal')
    AND NOT {IS_UNDONE.format(operation="operation.id")}
ORDER BY moved.direction, movement.id, lot.id
LIMIT %(limit)s
"""  # noqa: S608, constants


def read_last_out(owner_id: int, lot_id: int) -> dict[str, Any] | None:
    """Return the last movement that took something out of the account's lot, or None if there is none."""
    with reading().cursor() as cursor:
        cursor.execute(LAST_OUT, {"owner": owner_id, "lot": lot_id})
        names = [column.name for column in cursor.description]
        row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else None
