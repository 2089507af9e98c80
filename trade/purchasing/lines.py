"""The lines of orders: what is ordered and received, checked against the locked products, and what is suggested.

The received quantities are read from the ledger, so that reversing a delivery opens its order again.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from core.database.replicas import read
from core.fields import MAX_QUANTITY
from products.models import Product
from products.offers.services import Terms
from stock.booking.drafts import (
    NOTHING,
    BookingLine,
    LockedProducts,
    PlaceReference,
    ProductReference,
    Units,
    by_id,
    divide,
    require_stock,
)
from stock.booking.holdings import LineErrors
from stock.booking.locks import lock_products
from stock.models import MovementType
from trade.purchasing import sql
from trade.purchasing.demand import PREFERRED_CHOICE, REORDER_BY, make_demand_parameters
from trade.purchasing.errors import NothingOrdered, OrderedTwice, ProductNotInOrder, TooMuchDamaged
from trade.purchasing.models import Order, OrderLine, OrderState, Receipt
from users.models import User

Received = dict[tuple[int, int], int]  # quantities by order and product

MAX_LINES = 500


def read_received(owner_id: int | None, orders: Collection[int], statement: str = sql.RECEIVED) -> Received:
    """Return the received quantities by order and product. Products of which nothing has arrived may be omitted."""
    if not orders:
        return {}
    rows = read(statement, {"owner": owner_id, "orders": list(orders)})
    return {(order_id, product_id): quantity for order_id, product_id, quantity in rows}


def list_outstanding_orders(owner_id: int | None) -> list[int]:
    """Return the ids of the sent orders of which something is outstanding."""
    return [pk for (pk,) in read(sql.OUTSTANDING_ORDERS, {"owner": owner_id})]


def compute_outstanding(order: Order, line: OrderLine, received: Received) -> int:
    """Return the quantity of the order's line that is still to arrive. It is 0 unless the order is sent.

    More may have arrived than was ordered. OUTSTANDING in trade/purchasing/models/sql.py is the same in SQL.
    """
    if order.state != OrderState.SENT:
        return 0
    return max(0, line.quantity - received.get((order.pk, line.product_id), 0))


def attach_order_lines(orders: Sequence[Order]) -> list[Any]:
    """Set `shown` of the orders to their lines, and `operations` to those of their deliveries, the first one first.

    All belong to one account. Each line has `received`, `damaged` and `outstanding`, and one that keeps nothing has
    what the supplier offers. Return the orders.
    """
    by_id = {order.pk: order for order in orders}
    owner_id = orders[0].owner_id if orders else None
    sent = [order.pk for order in orders if order.state != OrderState.DRAFT]
    received = read_received(owner_id, sent)
    damaged = read_received(owner_id, list({order_id for order_id, _ in received}), sql.DAMAGED)
    for order in orders:
        order.shown, order.operations = [], []
    receipts = Receipt.objects.filter(owner_id=owner_id, order_id__in=sent).order_by("id")
    for order_id, operation_id in receipts.values_list("order_id", "operation_id"):
        by_id[order_id].operations.append(operation_id)
    rows = OrderLine.objects.filter(owner_id=owner_id, order_id__in=list(by_id))
    lines = list(rows.select_related("product").order_by("order_id", "id"))
    offers = read_offers(
        owner_id,
        [(line.product_id, by_id[line.order_id].any_supplier_id) for line in lines if line.pack_size in (None, 1)],
    )
    for line in lines:
        order = by_id[line.order_id]
        terms = offers.get((line.product_id, order.any_supplier_id))
        line.is_offered = terms is not None
        if not line.is_kept:
            show_offer(line.product, terms or Terms())
        if order.state == OrderState.DRAFT:
            line.min_packs = terms.min_packs if terms else 1
        line.received = received.get((order.pk, line.product_id), 0)
        line.damaged = damaged.get((order.pk, line.product_id), 0)
        line.outstanding = compute_outstanding(order, line, received)
        order.shown.append(line)
    return list(orders)


def read_offers(owner_id: int | None, pairs: Collection[tuple[int, int | None]]) -> dict[tuple[int, int | None], Terms]:
    """Return what suppliers ask for products, by product and supplier. Without pairs, execute no statement.

    Products of other suppliers that this one does not offer are left out.
    """
    if not pairs:
        return {}
    products, suppliers = map(list, zip(*pairs, strict=True))
    rows = read(sql.TERMS, {"owner": owner_id, "products": products, "suppliers": suppliers})
    return {(product_id, supplier_id): Terms(*terms) for product_id, supplier_id, *terms in rows}


def show_offer(product: Product, terms: Terms) -> None:
    """Give a product that is only shown the number and the pack size of these terms."""
    product.supplier_sku, product.pack_size = terms.supplier_sku, terms.pack_size


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A product and a quantity to order. Without `cost`, the default of `unit_cost` is that of the supplier."""

    product: ProductReference
    quantity: Units
    unit_cost: Decimal | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReceivedLine(OrderedLine):
    """A product and a quantity that has arrived. The default of its cost is that of the order's line.

    `damaged` is a part of the quantity, which is written off.
    """

    place: PlaceReference | None = None
    damaged: Units | None = None


def check_ordered(owner_id: int, lines: list[OrderedLine]) -> dict[int, OrderedLine]:
    """Lock the products of the lines, and return the lines by product. Raise NothingOrdered."""
    locked = lock_products(owner_id, [line.product for line in lines])
    ordered: dict[int, OrderedLine] = {}
    errors = LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            product = locked.get_live(line.product)
            if product.product_id in ordered:
                raise OrderedTwice(product=product.product_id)
            ordered[product.product_id] = replace(line, quantity=product.count_units(line.quantity))
    errors.raise_if_any(NothingOrdered)
    return ordered


def list_outstanding(order: Order, ordered: Mapping[int, OrderLine], received: Received) -> list[ReceivedLine]:
    """Return a line for each product with an outstanding quantity. `ordered` has the order's lines by product."""
    rests = {product_id: compute_outstanding(order, line, received) for product_id, line in ordered.items()}
    return [ReceivedLine(by_id(product_id), rest) for product_id, rest in rests.items() if rest]


def choose_booked(
    locked: LockedProducts,
    lines: list[ReceivedLine],
    ordered: Mapping[int, OrderLine],
    order_id: int,
    received: Received,
    given: Mapping[int, Decimal],
) -> tuple[list[BookingLine], LineErrors]:
    """Return the lines to book for a delivery, and the errors of the others.

    `ordered` has the lines of the order by product, `received` what has arrived before, and `given` what that has cost.
    """
    booked, errors = [], LineErrors()
    arrived = Counter({product_id: quantity for (_order_id, product_id), quantity in received.items()})
    costs = dict(given)
    for index, line in enumerate(lines):
        with errors.of(index):
            product = locked.get_live(line.product)
            product_id, quantity = product.product_id, product.count_units(line.quantity)
            if product_id not in ordered:
                raise ProductNotInOrder(product=product_id, order=order_id)
            if line.damaged:
                require_stock(product)
            if line.damaged and product.count_units(line.damaged) > quantity:
                raise TooMuchDamaged(product=product_id, quantity=quantity)
            unit_cost, cost = line.unit_cost, line.cost
            if unit_cost is None and cost is None:
                unit_cost = ordered[product_id].unit_cost
                cost = compute_part(ordered[product_id], arrived[product_id] + quantity, costs.get(product_id, NOTHING))
            arrived[product_id] += quantity
            whole = product.compute_cost(quantity, unit_cost) if cost is None else cost
            costs[product_id] = costs.get(product_id, NOTHING) + whole
            booked.append(
                BookingLine(
                    by_id(product_id), MovementType.IN, quantity, place=line.place, unit_cost=unit_cost, cost=cost
                )
            )
    return booked, errors


def read_given(owner_id: int, order: int) -> dict[int, Decimal]:
    """Return what the deliveries of the order have cost, by product, without what was undone or went back."""
    return dict(read(sql.GIVEN, {"owner": owner_id, "order": order}))


def compute_part(line: OrderLine, arrived: int, given: Decimal) -> Decimal | None:
    """Return the cost of the delivery with which this quantity has arrived. All deliveries cost the line together.

    `given` is what the deliveries before have cost. Return None if the line has the cost of one unit, or none.
    """
    return None if line.cost is None else max(NOTHING, divide(line.cost, arrived, line.quantity) - given)


def make_reorder_parameters(
    user: User, *, supplier: int | None = None, supplier_name: str | None = None, **rate: Any
) -> dict[str, Any]:
    """Return the parameters of REORDER_BY, except those of its page. `rate` are those of make_demand_parameters()."""
    return {**make_demand_parameters(user, **rate), "supplier": supplier, "supplier_name": supplier_name}


def list_suggestions(
    user: User, supplier_id: int, limit: int, choose: str = PREFERRED_CHOICE, **rate: Any
) -> list[OrderedLine]:
    """Return the suggestions for a supplier, at most `limit`. The products that run out first come first.

    Quantities are in whole packs, and at most the quantity that an order can have. `choose` is one of CHOICES, and
    `rate` are the parameters of make_demand_parameters().
    """
    parameters = make_reorder_parameters(user, supplier=supplier_id, **rate)
    with connection.cursor() as cursor:
        cursor.execute(REORDER_BY[choose], {**parameters, "limit": limit, "offset": 0})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [
        OrderedLine(by_id(row["product"]), min(row["suggested"], MAX_QUANTITY // row["pack_size"] * row["pack_size"]))
        for row in rows
    ]
