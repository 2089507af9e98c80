"""What is received for a sale, before it is booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from stock.booking.drafts import NOTHING


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """A payment of a sale, or money that a return gives back. Without an amount, it is all that is left to pay.

    `tendered` is the cash that was handed over, for the amount and the tip.
    """

    kind: str
    amount: Decimal | None = None
    tendered: Decimal | None = None
    tip: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Received:
    """How a sale is paid when it is booked. With `is_later`, the rest is due, also without payments and a customer."""

    payments: Sequence[PaymentDraft] = ()
    is_later: bool = False
