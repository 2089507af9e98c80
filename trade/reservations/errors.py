"""The errors that refuse a reservation or its end, with the numbers that a client needs."""

from rest_framework import status

from core.errors import NEVER, Conflict, DomainError
from core.http.renderers import Changed
from stock.errors import InvalidLines


class ReservedTwice(DomainError):
    code = "reserved_twice"
    detail = "This product has a line already."
    when = "an earlier line reserves the same product"
    also = "`product`"


class MoreThanReserved(DomainError):
    """The line fulfils more of a product than the reservation still has, which may be 0."""

    code = "more_than_reserved"
    detail = "{reserved} reserved, {requested} requested."
    when = (
        "a line fulfils more than the reservation has left. Of a product [without"
        " stock](products.md#products-without-stock), more may be fulfilled than was reserved"
    )
    also = "`product`, `reserved`, `requested`"


class ReservationClosed(Conflict):
    code = "reservation_closed"
    advice = NEVER
    detail = "This reservation is already {state}."
    when = "the reservation is fulfilled, released or expired already"
    also = "`reservation`, `state`, `operation` (null unless it was fulfilled)"


class ReservationChanged(Changed):
    """The reservation has another `updated_at` than the client expects, or was changed while this request waited."""

    status = status.HTTP_409_CONFLICT
    detail = "Reservation {reservation} has been changed in the meantime. Read it again."


class NothingReserved(InvalidLines):
    """The errors of the refused lines of a reservation."""

    detail = "Nothing was reserved. Refused lines: {total}."
