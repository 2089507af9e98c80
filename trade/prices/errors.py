"""Errors of prices."""

from core.errors import Conflict, DomainError


class TooManyPriceGroups(Conflict):
    code = "too_many_price_groups"
    detail = "A shop has at most {limit} price groups. Archive one first."
    when = "the shop would have too many price groups. Archived ones do not count"
    also = "`limit`"


class PriceGroupArchived(Conflict):
    code = "price_group_archived"
    detail = "Price group {price_group} is archived. Restore it, or choose another one."
    when = "a customer or a price would get a price group that is archived. Present prices of it may be repeated"
    also = "`price_group`"
    is_outdated = True


class PricesDoubled(DomainError):
    code = "prices_doubled"
    detail = "Rows {first} and {second} are for the same group, quantity and days. Remove one of them."
    when = "two rows of prices differ in the price alone, or in nothing"
    also = "`first` and `second`: their places, from 0"


class EndsBeforeStart(DomainError):
    code = "ends_before_start"
    detail = "Row {row} ends on {ends_on}, before its first day, {starts_on}. Correct one of the days."
    when = "the last day of a price is before its first one"
    also = "`row`: its place, from 0, `starts_on`, `ends_on`"


class TooManyPrices(DomainError):
    code = "too_many_prices"
    detail = "A product or kit has at most {limit} prices; this would have {requested}."
    when = "a product or a kit would have too many rows of prices"
    also = "`limit`, `requested`"
