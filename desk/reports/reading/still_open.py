"""What is still open of a product, a supplier, a customer or a place, by name."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from core.sentences import Goods, fill, write_number
from core.shop_apps import find_provided
from core.translation import gettext_noop as _
from products.models import Product
from stock.models import Location
from suppliers.models import Supplier
from trade.customers.models import Customer
from trade.purchasing.lines import compute_outstanding, list_outstanding_orders, read_received
from trade.purchasing.models import Order, OrderLine, OrderState
from trade.reservations.models import CONDITIONS, Reservation, ReservationLine, ReservationState

MAX_NAMED = 10  # the most reservations, orders and sheets of each kind


def add_open(what: str, row: Any) -> list[str]:
    """Return what will happen to the row, and a line for each open reservation, order and sheet that names it."""
    lines = [line for lines in READERS[type(row)](row) for line in name_first(lines)]
    said = gettext("These stay open:")
    return [f"{what} {said}", *lines] if lines else [what]


def list_reserved(owner_id: int, product_id: int) -> Any:
    """Return the open lines of reservations of the product, the first to end first."""
    lines: Any = ReservationLine.objects.filter(owner_id=owner_id, product_id=product_id, reserved_until__gt=Now())
    return lines.select_related("reservation__customer", "product").order_by("reserved_until", "id")


def list_ordered(owner_id: int, product_id: int, state: OrderState = OrderState.SENT) -> list[Any]:
    """Return the product's lines of sent orders with an `outstanding` quantity, or of drafts, the first expected first.

    Sent orders that have arrived completely are read as well, so call this for products that are on order only.
    """
    rows = OrderLine.objects.filter(owner_id=owner_id, product_id=product_id, order__state=state)
    lines = list(rows.select_related("order", "product").order_by("order__expected_on", "order_id"))
    if state == OrderState.DRAFT:
        return lines
    received = read_received(owner_id, [line.order_id for line in lines])
    for line in lines:
        line.outstanding = compute_outstanding(line.order, line, received)
    return [line for line in lines if line.outstanding]


def list_of_product(product: Any) -> list[list[str]]:
    """Return what is open of the product, which has its `on_order` as in a response."""
    owner_id, pk = product.owner_id, product.pk
    sent = list_ordered(owner_id, pk) if product.on_order else []
    drafts = list_ordered(owner_id, pk, OrderState.DRAFT)
    return [
        [name_reservation(line.reservation, write_goods(line, line.quantity)) for line in list_reserved(owner_id, pk)],
        [name_order(line.order, write_goods(line, line.outstanding)) for line in sent],
        [name_order(line.order, write_goods(line, line.quantity)) for line in drafts],
        list_sheets(owner_id, Q(lines__product_id=pk, lines__booked_at=None)),
    ]


def list_of_supplier(supplier: Supplier) -> list[list[str]]:
    is_open = Q(state=OrderState.DRAFT) | Q(pk__in=list_outstanding_orders(supplier.owner_id))
    orders = Order.objects.filter(is_open, owner_id=supplier.owner_id, supplier_id=supplier.pk)
    return [[name_order(order) for order in orders.order_by("-id")]]


def list_of_customer(customer: Customer) -> list[list[str]]:
    is_open = CONDITIONS[ReservationState.OPEN]
    rows = Reservation.objects.filter(is_open, owner_id=customer.owner_id, customer_id=customer.pk).order_by("id")
    return [[name_reservation(row) for row in rows.select_related("customer")]]


def list_sheets(owner_id: int, names_it: Q) -> list[str]:
    """Return the open counting sheets that meet the condition."""
    name_open = find_provided("open_sheets")
    return name_open(owner_id, names_it) if name_open else []


READERS: dict[type, Callable[[Any], list[list[str]]]] = {
    Product: list_of_product, Supplier: list_of_supplier, Customer: list_of_customer,
    Location: lambda one: [list_sheets(one.owner_id, Q(location_id=one.pk) | Q(entries__location_id=one.pk))],
}  # fmt: skip


def name_reservation(row: Reservation, *details: str) -> str:
    wanted = fill("wanted on {day}", day=row.wanted_on) if row.wanted_on else ""
    return join([fill("Reservation {number}", number=row.number), row.customer_name, row.reference, wanted, *details])


def name_order(order: Order, *details: str) -> str:
    text = _("Draft of order {number}") if order.state == OrderState.DRAFT else _("Order {number}")
    return join([fill(text, number=order.pk), order.supplier_name, *details])


def write_goods(line: Any, quantity: int) -> str:
    return write_number(Goods(quantity, line.product.decimals, line.product.unit))


def join(parts: Sequence[str | None]) -> str:
    return ", ".join(filter(None, parts))


def name_first(lines: list[str]) -> list[str]:
    """Return the first lines, and the number of the others."""
    rest = len(lines) - MAX_NAMED
    return [*lines[:MAX_NAMED], *([fill("and {number:,} more", number=rest)] if rest > 0 else [])]
