"""Errors of closings."""

from core.errors import DomainError, NumberTooHigh


class ExpectedTooHigh(NumberTooHigh):
    detail = (
        "The drawer can't be closed: more than {limit} would be expected in it. Undo the sale with a wrong payment."
    )


class FloatAboveCounted(DomainError):
    code = "float_above_counted"
    detail = "{counted} was counted, so no more than that stays in the drawer; got {float}."
    when = "the float of a closing is more than what was counted"
    also = "`float`, `counted`"


class OpeningKnown(DomainError):
    code = "opening_known"
    detail = "The drawer was closed before with {opening} in it: leave the opening out."
    when = "a closing that is not the first one of its series has an `opening`"
    also = "`opening`: what the closing before has left in the drawer"
