"""What is received for a sale, before it is booked."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from stock.booking.drafts import NOTHING


class PaymentDraft(NamedTuple):
    """A payment of a sale, or money that a return gives back. Without an amount, it is all that is left to pay.

    `tendered` is the cash that was handed over, for the amount and the tip. `reverses` is the payment that it reverses.
    """

    kind: str
    amount: Decimal = NOTHING
    tendered: Decimal | None = None
    tip: Decimal = NOTHING
    reverses: int | None = None


class Received(NamedTuple):
    """How a sale is paid when it is booked. With `is_later`, the rest is due, also without payments and a customer."""

    payments: Sequence[PaymentDraft] = ()
    is_later: bool = False
