"""The reasons to refuse a reservation or its end, with the numbers that a client needs."""

from rest_framework import status

from core.errors import DomainError
from stock.errors import InvalidLines


class ReservedTwice(DomainError):
    code = "reserved_twice"
    detail = "This product is in the reservation already."


class MoreThanReserved(DomainError):
    """A line that fulfils more of a product than the reservation has left for it, which may be nothing."""

    code = "more_than_reserved"
    detail = "{reserved} reserved, {requested} requested."


class ReservationClosed(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "reservation_closed"
    detail = "This reservation is already {state}."


class NothingReserved(InvalidLines):
    """The errors of the refused lines of a reservation."""

    detail = "Nothing was reserved. Refused lines: {total}."
