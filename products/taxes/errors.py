"""Errors of rates of VAT."""

from core.errors import Conflict


class TooManyTaxes(Conflict):
    code = "too_many_taxes"
    detail = "A shop has at most {limit} rates of VAT. Archive one first."
    when = "the shop would have too many rates of VAT. Archived ones do not count"
    also = "`limit`"


class RateFixed(Conflict):
    code = "rate_fixed"
    detail = "Something was sold with this rate, so it is fixed. Add another one, and archive this one."
    when = "something was sold with the tax, so its `rate` and its `category` are fixed"
