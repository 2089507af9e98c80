"""The lines of a request to order or to receive, checked against the locked products."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from purchasing.errors import NothingOrdered, OrderedTwice, ProductNotInOrder
from purchasing.models import Order, OrderLine
from purchasing.received import Received, compute_outstanding
from stock.booking.drafts import BookingLine, LockedProducts, PlaceReference, ProductReference, by_id
from stock.booking.line_errors import LineErrors
from stock.booking.locking import lock_products
from stock.models import MovementType

MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A product and a quantity to order. The default of `unit_cost` is the product's `cost_price`."""

    product: ProductReference
    quantity: int
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """A product and a quantity that has arrived. The default of `unit_cost` is that of the order's line."""

    product: ProductReference
    quantity: int
    unit_cost: Decimal | None = None
    place: PlaceReference | None = None


def check_ordered(owner_id: int, lines: list[OrderedLine]) -> dict[int, OrderedLine]:
    """Lock the products of the lines, and return the lines by product. Raise NothingOrdered."""
    locked = lock_products(owner_id, [line.product for line in lines])
    ordered: dict[int, OrderedLine] = {}
    errors = LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            product_id = locked.get_live(line.product).product_id
            if product_id in ordered:
                raise OrderedTwice(product=product_id)
            ordered[product_id] = line
    errors.raise_if_any(NothingOrdered)
    return ordered


def list_outstanding(order: Order, ordered: Mapping[int, OrderLine], received: Received) -> list[ReceivedLine]:
    """Return a line for each product with an outstanding quantity. `ordered` has the order's lines by product."""
    rests = {product_id: compute_outstanding(order, line, received) for product_id, line in ordered.items()}
    return [ReceivedLine(by_id(product_id), rest) for product_id, rest in rests.items() if rest]


def choose_booked(
    locked: LockedProducts, lines: list[ReceivedLine], ordered: Mapping[int, OrderLine], order_id: int
) -> tuple[list[BookingLine], LineErrors]:
    """Return the lines to book for a delivery, and the errors of the others.

    `ordered` has the lines of the order by product.
    """
    booked, errors = [], LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            product_id = locked.get_live(line.product).product_id
            if product_id not in ordered:
                raise ProductNotInOrder(product=product_id, order=order_id)
            unit_cost = ordered[product_id].unit_cost if line.unit_cost is None else line.unit_cost
            booked.append(
                BookingLine(by_id(product_id), MovementType.IN, line.quantity, place=line.place, unit_cost=unit_cost)
            )
    return booked, errors
