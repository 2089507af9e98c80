"""Read the quantities on order for the products of a page."""

from typing import Any

from core.database.replicas import read
from trade.purchasing.sql import ARRIVED, IS_SENT, OUTSTANDING

# For a shop that has sent no order, or has closed all of them, one look-up in an index replaces the sum.
HAS_SENT_ORDERS = f"EXISTS (SELECT FROM purchasing_order AS purchase WHERE purchase.owner_id = {{owner}} AND {IS_SENT})"
# For a page of products: 0 if no order is sent, or else NULL, and another statement reads the quantity. Within the
# statement of the page, PostgreSQL estimates such a high cost for the sum that it would compile the statement first.
ZERO_OR_UNREAD = f"CASE WHEN {HAS_SENT_ORDERS} THEN NULL ELSE 0 END"
RECEIPTS_OF_LINE = """SELECT order_id, operation_id FROM purchasing_receipt
            WHERE owner_id = {owner} AND order_id = line.order_id"""
ARRIVED_OF_LINE = ARRIVED.format(
    receipts=RECEIPTS_OF_LINE, products="WHERE movement.product_id = line.product_id", owner="{owner}"
)
# The sum over the lines of sent orders for some products.
SUM_OUTSTANDING = f"""
    SELECT {{columns}} coalesce(sum({OUTSTANDING}), 0)::bigint AS on_order
    FROM purchasing_orderline AS line
    JOIN purchasing_order AS purchase
        ON purchase.owner_id = {{owner}} AND purchase.id = line.order_id AND {IS_SENT}
    LEFT JOIN LATERAL (WITH RECURSIVE {ARRIVED_OF_LINE} SELECT quantity FROM received) AS received ON true
    WHERE line.owner_id = {{owner}} AND line.product_id"""  # noqa: S608, constants
OF_ONE = SUM_OUTSTANDING.format(columns="", owner="{owner}")
OF_EACH = SUM_OUTSTANDING.format(columns="line.product_id AS id,", owner="%(owner)s::bigint")
ON_ORDER = f"CASE WHEN {HAS_SENT_ORDERS} THEN ({OF_ONE} = {{product}}.id) ELSE 0 END"
# Returns the quantity on order of each of these products. Products that were never ordered are omitted.
ON_ORDER_BY_PRODUCT = f"{OF_EACH} = ANY(%(products)s::bigint[]) GROUP BY line.product_id"


def add_on_order(owner_id: int | None, rows: list[dict[str, Any]]) -> None:
    """Set `on_order` of the rows in which it is None. No statement is executed if there are none."""
    unread = {row["id"]: row for row in rows if row.get("on_order", 0) is None}
    if not unread:
        return
    for row in unread.values():
        row["on_order"] = 0
    for product_id, on_order in read(ON_ORDER_BY_PRODUCT, {"owner": owner_id, "products": list(unread)}):
        unread[product_id]["on_order"] = on_order
