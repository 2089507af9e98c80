"""The errors that refuse payments."""

from core.errors import Conflict, DomainError, NumberTooHigh
from core.translation import gettext_noop
from stock.return_errors import NotASale, SaleReversed


class PaymentWithoutSale(NotASale):
    detail = gettext_noop("Operation {operation} is no sale, so nothing is paid for it.")


class PaidSaleReversed(SaleReversed):
    detail = gettext_noop("Sale {operation} is reversed, and its payments with it.")


class Overpaid(DomainError):
    code = "overpaid"
    detail = gettext_noop("{due} is left to pay: {amount} is more than that.")
    when = (
        "the payments of a sale would be more than what it was sold for, less what came back; also a payment of what is"
        " due, if nothing is"
    )
    also = "`operation`, `total`, `paid`: less what was given back, `due`, `amount`"


class PaymentTooHigh(NumberTooHigh):
    detail = gettext_noop("A payment is at most {limit}: send several ones with an amount.")


class NothingDue(Overpaid):
    detail = gettext_noop("Nothing is left to pay.")


class RefundTooHigh(DomainError):
    code = "refund_too_high"
    detail = gettext_noop("At most {limit} can be given back: {amount} is more than that.")
    when = (
        "more would be given back than what came back of the sale is worth, or than was paid for it; also a payment is"
        " reversed of which a part was given back"
    )
    also = "`operation`, `total`, `paid`: less what was given back, `limit`, `amount`"


class NothingToGiveBack(RefundTooHigh):
    detail = gettext_noop("Nothing can be given back: what came back was not paid for, or its money was given back.")


class TenderedTooLow(DomainError):
    code = "tendered_too_low"
    detail = gettext_noop("{tendered} was handed over for {amount}: that is too little.")
    when = "`tendered` of a payment is less than its `amount`"
    also = "`tendered`, `amount`"


class TenderedWithoutCash(DomainError):
    code = "tendered_without_cash"
    detail = gettext_noop("Only cash that is received has an amount tendered and change: leave it out.")
    when = "a payment by another `kind` than `cash`, or what is given back, has `tendered`"


class PaymentReversed(Conflict):
    code = "payment_reversed"
    detail = gettext_noop("Payment {payment} is reversed already, or is itself the reversal of one.")
    when = "the payment is reversed already, or is itself the reversal of another one"
    also = "`payment`"
