"""The errors of closings."""

from core.errors import DomainError


class FloatAboveCounted(DomainError):
    code = "float_above_counted"
    detail = "{counted} was counted, so no more than that stays in the drawer; got {float}."
    when = "the float of a closing is more than what was counted"
    also = "`float`, `counted`"
