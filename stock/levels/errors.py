"""Errors of levels, and of where places are refilled from."""

from core.errors import Conflict, DomainError
from stock.errors import Circle


class FillBelowLow(DomainError):
    code = "fill_below_low"
    detail = "Fill up to more than the amount at which the product is low."
    when = "a level has a `fill_to` that is not above its `low_at`"
    also = "`product`"


class ProductTwice(DomainError):
    code = "product_twice"
    detail = "An earlier line has this product already."
    when = "two lines of a request set the level of one product at the same place"
    also = "`product`"


class TooManyLevels(Conflict):
    code = "too_many_levels"
    detail = "A shop has at most {limit:,} levels. Remove some first."
    when = "the shop would have too many levels at all of its places"
    also = "`limit`"


class RefillCircle(Circle):
    code = "refill_circle"
    detail = "A place would be refilled from itself: the places {path} lead back to the first one."
    when = "`refill_from` of a location names itself, or a location that is refilled from it. It may be so over others"
    also = "`path`: the ids of the locations, from the location back to itself"
