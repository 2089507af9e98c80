"""The errors that refuse returns, and the reversal of a sale, a delivery or a return."""

from core.errors import NEVER, Conflict, DomainError
from stock.models import OperationReason


class NotASale(DomainError):
    code = "not_a_sale"
    detail = (
        "Operation {operation} is no sale and no delivery. Goods are returned against the operation that booked them."
    )
    when = (
        "a return names an operation that is no sale and no delivery. It may be the reversal of one. What goes back to"
        " a supplier can't be scrapped"
    )
    also = "`operation`"


class NotInSale(DomainError):
    code = "not_in_sale"
    detail = "Operation {operation} has not sold this product."
    when = "a return names a product or a movement that the sale or the delivery does not have"
    also = "`product` or `movement`, `operation`: the sale or the delivery"


class MovementNotInSale(NotInSale):
    detail = "Movement {movement} is none of those that operation {operation} can take back."


class MovementOfAnotherProduct(DomainError):
    code = "movement_of_another_product"
    detail = "Movement {movement} is of another product: leave the product out, or name its movement."
    when = "a return names a movement, and another product or kit than the movement's"
    also = "`movement`, `product` or `kit`: what the line names"


class MoreThanSold(DomainError):
    code = "more_than_sold"
    detail = "{sold} sold and {returned} returned already: {requested} can't come back."
    when = (
        "more would come back than was sold, or go back than was delivered. Reversing the reversal of a return can do"
        " that, too"
    )
    also = (
        "`product`, `sold`: what the sale or the delivery has, `returned`, `requested`; `kit` or"
        " `movement` if the line names it, with the numbers of this movement"
    )


class NothingToReturn(MoreThanSold):
    detail = "All that this operation has sold came back already."


class ReturnedOtherwise(MoreThanSold):
    detail = "Other returns have taken the place of this one: book what comes back as a new return."


class ReturnedBeforeSale(DomainError):
    code = "returned_before_sale"
    detail = "Nothing comes back before it was sold: give a later occurred_at."
    when = "`occurred_at` of a return is before that of its sale or delivery"
    also = "`operation`: the sale or the delivery"


class SaleReversed(Conflict):
    code = "sale_reversed"
    advice = NEVER
    detail = "Sale {operation} is reversed, so nothing of it can come back."
    when = "the sale, the delivery or the return is reversed, also if goods of it would be written off again"
    also = "`operation`: the sale, the delivery or the return"


class ReturnReversed(SaleReversed):
    detail = "Operation {operation} is reversed, so nothing of it can be written off."


class ReturnedMeanwhile(Conflict):
    code, is_outdated = "returned_meanwhile", True
    detail = "Returns of this sale: {actual} now, not {expected}. Look at what is left."
    when = "the number of returns is not `expected_returns`. Returns that are undone do not count"
    also = "`operation`: the sale or the delivery, `expected`, `actual`"


class HasReturns(Conflict):
    code = "has_returns"
    detail = "Goods of this sale came back, so it can't be reversed: reverse its returns first."
    when = "the sale or the delivery has returns: reverse these first"
    also = "`operation`, `returns`: the ids of the returns"


class TooManyReversals(Conflict):
    code = "too_many_reversals"
    advice = NEVER
    detail = "This has been reversed {limit} times in turn. Book what is missing as a new operation."
    when = "too many reversals, each of the one before"
    also = "`operation`, `limit`"


class ReturnScrapped(Conflict):
    code = "return_scrapped"
    detail = "Operation {operation} has written off a part of this return. Reverse that first."
    when = "a part of the return was scrapped, so it can't be reversed"
    also = "`operation`: the operation that wrote it off, which must be reversed first"


# --- What goes back to a supplier ----------------------------------------------------------------------- These are the
# same errors, in the words of a delivery.


class ScrappedDelivery(NotASale):
    detail = "What goes back to a supplier is not written off: leave the condition of its lines out."


class NotInDelivery(NotInSale):
    detail = "Operation {operation} has not brought this product."


class MoreThanDelivered(MoreThanSold):
    detail = "{sold} arrived, and {returned} went back or were written off: {requested} can't go back."


class NothingToSendBack(NothingToReturn):
    detail = "Nothing of this delivery is left: it has gone back, or was written off as damaged."


class SentBackBeforeDelivery(ReturnedBeforeSale):
    detail = "Goods can't go back before they arrived: give a later occurred_at."


class DeliveryReversed(SaleReversed):
    detail = "Delivery {operation} is reversed, so nothing of it can go back."


class SentBackMeanwhile(ReturnedMeanwhile):
    detail = "Returns of this delivery: {actual} now, not {expected}. Look at what is left."


class DeliveryHasReturns(HasReturns):
    detail = "Goods of this delivery went back, so it can't be reversed: reverse its returns first."


OF_DELIVERIES: dict[type[DomainError], type[DomainError]] = {
    NotInSale: NotInDelivery,
    MoreThanSold: MoreThanDelivered,
    NothingToReturn: NothingToSendBack,
    ReturnedBeforeSale: SentBackBeforeDelivery,
    SaleReversed: DeliveryReversed,
    ReturnedMeanwhile: SentBackMeanwhile,
    HasReturns: DeliveryHasReturns,
}


def choose_error(error: type[DomainError], reason: str) -> type[DomainError]:
    """Return the error in the words of a sale or a delivery, by the reason of the operation."""
    return OF_DELIVERIES[error] if reason == OperationReason.PURCHASE else error


class CustomerOfNoSale(DomainError):
    code = "customer_of_no_sale"
    detail = "Only a sale has a customer: leave it out here."
    when = "an operation that is no sale names a `customer`"


class TooManyParts(DomainError):
    code = "too_many_parts"
    detail = "The kits have {lines} parts, and a booking at most {limit} lines. Book fewer kits at once."
    when = "a booking or an order has too many lines, with the parts of its kits"
    also = "`lines`, `limit`"
