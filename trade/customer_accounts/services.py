"""Payments of customers, which are shared over their sales."""

from collections.abc import Collection
from decimal import Decimal

from rest_framework.exceptions import ValidationError

from core.database.transactions import atomic
from core.sentences import fill
from stock.models import Payment, PaymentKind
from trade.customer_accounts.dues import Due, read_dues
from trade.customer_accounts.errors import TooManySales
from trade.customers.models import Customer
from trade.customers.services import hold_customer
from trade.selling.payments.errors import NothingDue, Overpaid, TenderedTooLow, TenderedWithoutCash
from trade.selling.payments.money import PaymentDraft
from trade.selling.payments.services import lock_sales, pay_several
from users.models import User

MAX_SALES = 500  # the most sales that one payment is shared over


@atomic
def pay_customer(
    *, by: User, customer: Customer, payment: PaymentDraft, sales: Collection[int] | None = None
) -> list[Payment]:
    """Share the payment over the open sales of the customer, or over those that are named, the oldest first.

    Return the payments. The customer is locked, or the one that it was merged into meanwhile. What is due is read again
    once the sales are locked. Raise TooManySales, Overpaid,
    TenderedTooLow, TenderedWithoutCash, or ValidationError if a named sale is none of this customer, or undone.
    """
    owner_id = customer.owner_id
    customer = hold_customer(owner_id, customer.pk, may_be_archived=True)
    found = [
        one for one in read_dues(owner_id, customer.pk, sales) if sales is not None or (one.counts and one.due > 0)
    ]
    if sales is not None and (missing := sorted({*sales} - {one.sale for one in found})):
        said = fill("{sale} is no sale of this customer, or it was undone.", sale=str(missing[0]))
        raise ValidationError({"sales": [said]})
    ids = [one.sale for one in found[:MAX_SALES]]
    lock_sales(owner_id, ids)
    dues = read_dues(owner_id, customer.pk, ids)
    return pay_several(by=by, owner_id=owner_id, payments=share(payment, dues, is_all=len(ids) == len(found)))


def share(payment: PaymentDraft, dues: list[Due], *, is_all: bool) -> dict[int, PaymentDraft]:
    """Return the payment of each sale. The change of all is that of the last one."""
    if payment.tendered is not None and payment.kind != PaymentKind.CASH:
        raise TenderedWithoutCash
    if payment.tendered is not None and payment.tendered < payment.amount:
        raise TenderedTooLow(tendered=str(payment.tendered), amount=str(payment.amount))
    parts: dict[int, PaymentDraft] = {}
    left = payment.amount
    for one in dues:
        if part := min(left, max(one.due, Decimal(0))):
            parts[one.sale] = PaymentDraft(payment.kind, part)
            left -= part
    if left and not is_all:
        raise TooManySales(limit=MAX_SALES)
    if left:
        error = Overpaid if parts else NothingDue
        raise error(due=str(payment.amount - left), amount=str(payment.amount))
    if payment.tendered is not None:
        last, draft = parts.popitem()
        parts[last] = draft._replace(tendered=draft.amount + payment.tendered - payment.amount)
    return parts
