"""The errors of tills and of their numbers."""

from core.errors import NEVER, Conflict, DomainError
from users.errors import Forbidden


class TooManyTills(DomainError):
    code = "too_many_tills"
    detail = "A shop has at most {limit} open tills. Close one that is no longer used."
    when = "the shop has 20 open [tills](tills.md)"
    also = "`limit`"


class NotYourTill(Forbidden):
    code = "not_your_till"
    detail = (
        "Keys such as till-7-000413 belong to a till: only its device, the user who made it and the shop's owner use"
        " them. A number has six digits and begins at 000001."
    )
    when = (
        "the `Idempotency-Key` is not one of [a till](tills.md) that you may use. Its number is written as in"
        " `till-7-000413`"
    )


class TillClosed(Conflict):
    code = "till_closed"
    advice = NEVER
    detail = "This till is closed."
    when = "the till is closed for ever"
    also = "`till`"


class NumberAhead(Conflict):
    code = "number_ahead"
    detail = "The last number of this till is {last}, so this one is at most {highest}."
    when = "the number of a till is more than 1,000 above its last one"
    also = "`last`, `highest`"


class NumberBooked(Conflict):
    code = "number_booked"
    detail = "Number {number} is used already."
    when = "a booked number of a till is given up, or booked again after the shop was moved"
    also = "`number`"


class NumberDropped(Conflict):
    code = "number_dropped"
    detail = "Number {number} was given up already."
    when = "a number is given up twice"
    also = "`number`"
