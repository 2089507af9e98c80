"""Read what a customer has ordered, and what was sold of it and has come back."""

from typing import Any

from core.database.replicas import read
from core.folding import NAME_KEY
from stock.sql import IS_UNDONE

MAX_GOODS = 100
COLUMNS = ("product", "product_name", "decimals", "unit", "ordered", "reserved", "sold", "returned")
# Returns the first products by name. What was sold in several parts is ordered once: a reservation that another one
# continues has ordered what was sold of it, and the other one the rest. Of a product without stock, more may have been
# sold than was ordered, and each sale and return also has a movement in the other direction, which does not count.
CUSTOMER_GOODS = f"""
WITH reservation AS (
    SELECT id, operation_id, operation_id IS NOT NULL AND {IS_UNDONE.format(operation="operation_id")} AS is_undone,
        EXISTS (
            SELECT FROM reservations_reservation AS next
            WHERE next.owner_id = %(owner)s::bigint AND next.continues_id = reservation.id
        ) AS is_continued
    FROM reservations_reservation AS reservation
    WHERE owner_id = %(owner)s::bigint AND customer_id = %(customer)s::bigint
), goods AS (
    SELECT line.product_id, CASE WHEN reservation.is_continued THEN 0 ELSE line.quantity END AS ordered,
        CASE WHEN line.reserved_until > statement_timestamp() THEN line.quantity ELSE 0 END AS reserved,
        0 AS sold, 0 AS returned
    FROM reservation
    JOIN reservations_reservationline AS line
        ON line.owner_id = %(owner)s::bigint AND line.reservation_id = reservation.id
    UNION ALL
    SELECT moved.product_id, CASE WHEN reservation.is_continued THEN least(moved.quantity, (
            SELECT coalesce(sum(line.quantity), 0) FROM reservations_reservationline AS line
            WHERE line.owner_id = %(owner)s::bigint AND line.reservation_id = reservation.id
                AND line.product_id = moved.product_id
        )) ELSE 0 END, 0,
        CASE WHEN reservation.is_undone THEN 0 ELSE moved.quantity END, 0
    FROM reservation
    CROSS JOIN LATERAL (
        SELECT product_id, sum(quantity) AS quantity FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND operation_id = reservation.operation_id AND movement_type = 'OUT'
        GROUP BY product_id
    ) AS moved
    UNION ALL
    SELECT movement.product_id, 0, 0, 0, movement.quantity
    FROM reservation
    JOIN stock_return AS link ON link.owner_id = %(owner)s::bigint AND link.sale_id = reservation.operation_id
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = link.operation_id
        AND movement.movement_type = 'IN'
    WHERE NOT {IS_UNDONE.format(operation="link.operation_id")}
)
SELECT product.id, product.name, product.decimals, product.unit, sum(ordered)::bigint, sum(reserved)::bigint,
    sum(sold)::bigint, sum(returned)::bigint
FROM goods
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = goods.product_id
GROUP BY product.id, product.name, product.decimals, product.unit
ORDER BY {NAME_KEY % {"expressions": "product.name"}}, product.id
LIMIT {MAX_GOODS}
"""  # noqa: S608, constants


def read_customer_goods(owner_id: int, customer_id: int) -> list[dict[str, Any]]:
    """Return the products of the customer's reservations, each with its quantities. There are at most MAX_GOODS."""
    rows = read(CUSTOMER_GOODS, {"owner": owner_id, "customer": customer_id})
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]
