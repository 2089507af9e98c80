"""Statements written by hand."""

from products.sql_on_order import ARRIVED

RECEIPTS_OF_ORDERS = """SELECT order_id, operation_id FROM purchasing_receipt
    WHERE owner_id = %(owner)s::bigint AND order_id = ANY(%(orders)s::bigint[])"""
# Returns the quantity of each product that has arrived for these orders.
RECEIVED = f"""
WITH RECURSIVE {ARRIVED.format(receipts=RECEIPTS_OF_ORDERS, products="", owner="%(owner)s::bigint")}
SELECT order_id, product_id, quantity FROM received
"""  # noqa: S608, constants
