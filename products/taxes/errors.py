"""Errors of rates of VAT."""

from core.errors import Conflict


class TooManyTaxes(Conflict):
    code = "too_many_taxes"
    detail = "A shop has at most {limit} rates of VAT. Archive one first."
    when = "the shop would have too many rates of VAT that are not archived"
    also = "`limit`"


class RateFixed(Conflict):
    code = "rate_fixed"
    detail = "Something was sold with this rate, so it is fixed. Add another one, and archive this one."
    when = "the `rate` of a tax can't be changed, because something was sold with it"
