"""What a customer has ordered and bought, and what orders will bring of products that can't be reserved."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from core.database.postgres.base import array, fetch
from core.database.replicas import read
from core.errors import DomainError
from core.texts.folding import NAME_KEY
from products.reading.details import ARRIVED_OF_LINE
from stock.errors import InsufficientStock
from stock.models.sql import IS_UNDONE
from trade.purchasing.models.sql import IS_SENT, OUTSTANDING
from trade.reservations.models import ReservationLine
from trade.reservations.services import read_goods

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
    UNION ALL
    SELECT NULL, operation_id, {IS_UNDONE.format(operation="operation_id")}, false FROM customers_buyer
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
    """Return the products that the customer has reserved or bought, each with its quantities: at most MAX_GOODS."""
    rows = read(CUSTOMER_GOODS, {"owner": owner_id, "customer": customer_id})
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


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


def attach_reservation_lines(reservations: Sequence[Any]) -> list[Any]:
    """Set `shown` and `goods` of the reservations, which belong to one account. Return the reservations."""
    by_id = {reservation.pk: reservation for reservation in reservations}
    for reservation in reservations:
        reservation.shown, reservation.goods = [], []
    owner_id = reservations[0].owner_id if reservations else 0
    lines = ReservationLine.objects.filter(owner_id=owner_id, reservation_id__in=list(by_id))
    for line in lines.select_related("product").order_by("reservation_id", "id"):
        by_id[line.reservation_id].shown.append(line)
    shares = {pk: [(line.product_id, line.quantity, line.total) for line in one.shown] for pk, one in by_id.items()}
    for goods in read_goods(owner_id, shares):
        by_id[goods.reservation_id].goods.append(goods)
    return list(reservations)
