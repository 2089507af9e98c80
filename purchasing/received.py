"""The received quantities of orders, read from the ledger, so that reversing a delivery opens its order again."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from core.database.replicas import read
from purchasing import sql
from purchasing.models import Order, OrderLine, OrderState, Receipt

Received = dict[tuple[int, int], int]  # quantities by order and product


def read_received(owner_id: int | None, orders: Collection[int]) -> Received:
    """Return the received quantities by order and product. Products of which nothing has arrived may be omitted."""
    if not orders:
        return {}
    rows = read(sql.RECEIVED, {"owner": owner_id, "orders": list(orders)})
    return {(order_id, product_id): quantity for order_id, product_id, quantity in rows}


def compute_outstanding(order: Order, line: OrderLine, received: Received) -> int:
    """Return the quantity of the order's line that is still to arrive. It is 0 unless the order is sent.

    More may have arrived than was ordered. OUTSTANDING in purchasing/sql.py is the same in SQL.
    """
    if order.state != OrderState.SENT:
        return 0
    return max(0, line.quantity - received.get((order.pk, line.product_id), 0))


def attach_order_lines(orders: Sequence[Order]) -> list[Any]:
    """Set `shown` of the orders to their lines, and `operations` to their deliveries. All belong to one account.

    Each line has `received` and `outstanding`. Return the orders.
    """
    by_id = {order.pk: order for order in orders}
    owner_id = orders[0].owner_id if orders else None
    sent = [order.pk for order in orders if order.state != OrderState.DRAFT]
    received, operations = read_received(owner_id, sent), read_deliveries(owner_id, sent)
    for order in orders:
        order.shown, order.operations = [], operations[order.pk]
    lines = OrderLine.objects.filter(owner_id=owner_id, order_id__in=list(by_id))
    for line in lines.select_related("product").order_by("order_id", "id"):
        order = by_id[line.order_id]
        line.received = received.get((order.pk, line.product_id), 0)
        line.outstanding = compute_outstanding(order, line, received)
        order.shown.append(line)
    return list(orders)


def read_deliveries(owner_id: int | None, orders: Collection[int]) -> dict[int, list[int]]:
    """Return the operations that booked the deliveries of the orders, by order, the first one first."""
    operations: dict[int, list[int]] = defaultdict(list)
    if orders:
        receipts = Receipt.objects.filter(owner_id=owner_id, order_id__in=list(orders)).order_by("id")
        for order_id, operation_id in receipts.values_list("order_id", "operation_id"):
            operations[order_id].append(operation_id)
    return operations
