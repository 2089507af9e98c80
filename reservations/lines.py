"""The lines of a request to reserve or to fulfil, checked against the locked products."""

from collections.abc import Mapping
from dataclasses import dataclass

from reservations.errors import MoreThanReserved, NothingReserved, ReservedTwice
from stock.booking.drafting import check_available
from stock.booking.drafts import BookingLine, LockedProducts, ProductReference, by_id
from stock.booking.line_errors import LineErrors
from stock.models import MovementType

MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """A product and a quantity, to reserve or to fulfil."""

    product: ProductReference
    quantity: int


def check_lines(locked: LockedProducts, lines: list[ReservedLine]) -> dict[int, int]:
    """Return the quantity to reserve by product. Raise NothingReserved with the error of every refused line."""
    quantities: dict[int, int] = {}
    errors = LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            balance = locked.get_live(line.product)
            if balance.product_id in quantities:
                raise ReservedTwice(product=balance.product_id)
            quantities[balance.product_id] = line.quantity
            check_available(balance, line.quantity, tell_reserved=True)
    errors.raise_if_any(NothingReserved)
    return quantities


def choose_sold(
    locked: LockedProducts, lines: list[ReservedLine], reserved: Mapping[int, int]
) -> tuple[list[BookingLine], LineErrors]:
    """Return the lines to book for a reservation, and the errors of the others.

    `reserved` is the quantity that the reservation has of each product. Lines on one product add up in their order.
    """
    left, sold, errors = dict(reserved), [], LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            product_id = locked.get_live(line.product).product_id
            if line.quantity > left.get(product_id, 0):
                raise MoreThanReserved(product=product_id, reserved=left.get(product_id, 0), requested=line.quantity)
            left[product_id] -= line.quantity
            sold.append(BookingLine(by_id(product_id), MovementType.OUT, line.quantity))
    return sold, errors
