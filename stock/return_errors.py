"""The errors that refuse a return, or the reversal of a sale or a return."""

from core.errors import Conflict, DomainError
from core.translation import gettext_noop


class NotASale(DomainError):
    code = "not_a_sale"
    detail = gettext_noop("Operation {operation} is no sale. Goods come back against the operation that sold them.")
    when = "a return names an operation that is no sale, for instance the reversal of one"
    also = "`operation`"


class NotInSale(DomainError):
    code = "not_in_sale"
    detail = gettext_noop("Operation {operation} has not sold this product.")
    when = "a line of a return names a product that the sale does not have"
    also = "`product`, `operation`: the sale"


class MoreThanSold(DomainError):
    code = "more_than_sold"
    detail = gettext_noop("{sold} sold and {returned} returned already: {requested} can't come back.")
    when = (
        "more of a product would come back than the sale has sold, or nothing is left to come back; also by reversing"
        " the reversal of a return"
    )
    also = "`product`, `sold`, `returned`, `requested`"


class NothingToReturn(MoreThanSold):
    detail = gettext_noop("All that this operation has sold came back already.")


class ReturnedBeforeSale(DomainError):
    code = "returned_before_sale"
    detail = gettext_noop("Nothing comes back before it was sold: give a later occurred_at.")
    when = "`occurred_at` of a return is before that of its sale"
    also = "`operation`: the sale"


class SaleReversed(Conflict):
    code = "sale_reversed"
    detail = gettext_noop("Sale {operation} is reversed, so nothing of it can come back.")
    when = "the sale of a return is reversed"
    also = "`operation`: the sale"


class ReturnedMeanwhile(Conflict):
    code = "returned_meanwhile"
    detail = gettext_noop("Returns of this sale: {actual} now, not {expected}. Look at what is left.")
    when = "the number of the sale's returns that are not undone is not `expected_returns`"
    also = "`operation`: the sale, `expected`, `actual`"


class HasReturns(Conflict):
    code = "has_returns"
    detail = gettext_noop("Goods of this sale came back, so it can't be reversed: reverse its returns first.")
    when = "the sale can't be reversed, because it has returns that are not undone: reverse these first"
    also = "`operation`, `returns`: the ids of the returns"


class ReturnScrapped(Conflict):
    code = "return_scrapped"
    detail = gettext_noop("Operation {operation} has written off a part of this return. Reverse that first.")
    when = "the return can't be reversed, because a part of it was scrapped"
    also = "`operation`: the operation that wrote it off, which must be reversed first"
