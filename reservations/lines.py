"""The lines of a request to reserve or to fulfil, checked against the locked products."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import DomainError
from reservations.errors import MoreThanReserved, NothingReserved, ReservedTwice
from stock.drafting import check_available
from stock.drafts import Line, list_valid_indexes
from stock.locking import LockedProducts, ProductReference, by_id
from stock.models import MovementType

MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """A product and a quantity, to reserve or to fulfil."""

    product: ProductReference
    quantity: int


def check_lines(
    locked: LockedProducts,
    lines: list[ReservedLine],
    malformed: Mapping[int, DomainError],
) -> dict[int, int]:
    """Return the quantity to reserve by product. Raise NothingReserved with the error of every refused line.

    `malformed` has the errors of lines that failed validation, by their index in the request.
    """
    quantities: dict[int, int] = {}
    errors = dict(malformed)
    for index, line in zip(list_valid_indexes(malformed, lines), lines, strict=True):
        try:
            balance = locked.get_live(line.product)
            if balance.product_id in quantities:
                raise ReservedTwice(product=balance.product_id)
            quantities[balance.product_id] = line.quantity
            check_available(balance, line.quantity, tell_reserved=True)
        except DomainError as error:
            errors[index] = error
    if errors:
        raise NothingReserved(errors)
    return quantities


def choose_sold(
    locked: LockedProducts,
    lines: list[ReservedLine],
    reserved: Mapping[int, int],
    malformed: Mapping[int, DomainError],
) -> tuple[list[Line], dict[int, DomainError]]:
    """Return the lines to book for a reservation, and the errors of the refused lines of the request.

    `reserved` is the quantity that the reservation has of each product. Lines on one product add up in their order.
    """
    left, sold, errors = dict(reserved), [], dict(malformed)
    for index, line in zip(list_valid_indexes(malformed, lines), lines, strict=True):
        try:
            product_id = locked.get_live(line.product).product_id
            if line.quantity > left.get(product_id, 0):
                raise MoreThanReserved(product=product_id, reserved=left.get(product_id, 0), requested=line.quantity)
        except DomainError as error:
            errors[index] = error
        else:
            left[product_id] -= line.quantity
            sold.append(Line(by_id(product_id), MovementType.OUT, line.quantity))
    return sold, errors
