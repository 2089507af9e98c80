"""The errors that refuse payments, and the reversal of them."""

from core.errors import Conflict, DomainError, NumberTooHigh
from trade.selling.errors import NotASale, SaleReversed


class PaymentWithoutSale(NotASale):
    detail = "Operation {operation} is no sale, so nothing is paid for it."


class PaidSaleReversed(SaleReversed):
    detail = "Sale {operation} is reversed, and its payments with it."


class Overpaid(DomainError):
    code = "overpaid"
    detail = "{due} is left to pay: {amount} is more than that."
    when = (
        "more would be paid than the sale was sold for, less what came back. A payment of what is due is refused if"
        " nothing is due"
    )
    also = "`operation`, `total`, `paid`: less what was given back, `due`, `amount`"


class PaymentTooHigh(NumberTooHigh):
    detail = "A payment is at most {limit}: send several ones with an amount."


class NothingDue(Overpaid):
    detail = "Nothing is left to pay."


class PaymentTwice(DomainError):
    code = "payment_twice"
    detail = "The payments cover all of this sale: leave out `payment`."
    when = "a sale with `payment` is fully paid by its `payments`"


class RefundTooHigh(DomainError):
    code = "refund_too_high"
    detail = "At most {limit} can be given back: {amount} is more than that."
    when = (
        "more would be given back than what came back is worth, or than was paid. A payment of which a part was given"
        " back can't be reversed"
    )
    also = "`operation`, `total`, `paid`: less what was given back, `limit`, `amount`"


class NothingToGiveBack(RefundTooHigh):
    detail = "Nothing can be given back: what came back was not paid for, or its money was given back."


class TenderedTooLow(DomainError):
    code = "tendered_too_low"
    detail = "{tendered} was handed over for {amount}: that is too little."
    when = "`tendered` of a payment is less than its `amount` and its `tip`"
    also = "`tendered`, `amount`"


class TenderedWithoutCash(DomainError):
    code = "tendered_without_cash"
    detail = "Only cash that is received has an amount tendered and change: leave it out."
    when = "a payment that is not `cash`, or what is given back, has `tendered`"


class TipGivenBack(DomainError):
    code = "tip_given_back"
    detail = "A return gives back no tip: leave it out. Undoing the payment takes its tip back."
    when = "what a return gives back has a `tip`"


class PaymentReversed(Conflict):
    code = "payment_reversed"
    detail = "Payment {payment} is reversed already, or is itself the reversal of one."
    when = "the payment is reversed already, or is itself a reversal"
    also = "`payment`"
