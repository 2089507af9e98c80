"""Payments of sales: what was received for a sale, and what was given back. Only this module writes them.

A transaction that writes payments of a sale which others can see locks its operation first, after the products. So two
payments never exceed together what the sale was sold for, and none is added to a sale that is just being reversed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.database.postgres.base import fetch
from core.database.transactions import atomic
from products.models import MAX_VALUE
from records.events.models import EventType
from records.events.services import record_several
from stock.booking.drafts import OperationDraft
from stock.booking.services import find_name
from stock.models import Operation, OperationReason, Payment, PaymentKind, Performer
from trade.selling.payments import sql
from trade.selling.payments.errors import (
    NothingDue,
    NothingToGiveBack,
    Overpaid,
    PaidSaleReversed,
    PaymentReversed,
    PaymentTooHigh,
    PaymentTwice,
    PaymentWithoutSale,
    RefundTooHigh,
    TenderedTooLow,
    TenderedWithoutCash,
    TipGivenBack,
)
from trade.selling.payments.money import PaymentDraft, SaleMoney, SaleTotals, find_money, read_money, read_totals
from users.models import User

# --- Write --------------------------------------------------------------------------------------------------


@atomic
def pay(*, by: User, sale: Operation, payments: Sequence[PaymentDraft]) -> list[Payment]:
    """Book payments of a sale, and return them.

    Raise PaymentWithoutSale, PaidSaleReversed, Overpaid, TenderedTooLow or TenderedWithoutCash.
    """
    money = lock_sale(sale)
    begin_owing(by, sale.owner_id)
    return write(sale.pk, draft_received(money, payments), find_name(by, sale.owner_id))


def lock_sales(owner_id: int, sales: Collection[int]) -> None:
    """Lock these sales, before pay_several() pays them in a transaction of the caller."""
    fetch(sql.LOCK_SALES, {"owner": owner_id, "operations": [*sales]})


def pay_several(*, by: User, owner_id: int, payments: Mapping[int, PaymentDraft]) -> list[Payment]:
    """Book a payment of each of these sales, which the caller has locked. They are at most what is due."""
    begin_owing(by, owner_id)
    return write_several([*payments.items()], find_name(by, owner_id))


def begin_owing(by: User, owner_id: int) -> None:
    """Let a shop that begins to note payments begin the accounts of its customers: see User.owed_from."""
    if by.shop_owner and by.shop_owner.owed_from is None:
        for (day,) in fetch(sql.FIND_OWED_FROM, {"owner": owner_id}):
            User.objects.filter(pk=owner_id).update(owed_from=day)


def pay_new(draft: OperationDraft, operation: Operation) -> list[Payment]:
    """Book the payments of an operation that this transaction has just written, and return them.

    Raise PaymentWithoutSale if it is no sale, PaymentTwice, or an error of draft_received().
    """
    if operation.reason != OperationReason.SALE:
        raise PaymentWithoutSale(operation=operation.pk)
    begin_owing(draft.by, operation.owner_id)
    totals = read_totals(operation.owner_id, [operation.pk]).get(operation.pk, SaleTotals())
    money = find_money(operation.pk, totals, (), is_undone=False)
    rows = draft_received(money, draft.received.get("payments", ()))
    if rows and draft.received.get("later") and sum(row.amount for row in rows) == money.total:
        raise PaymentTwice
    return write(operation.pk, rows, operation.performer) if rows else []


def give_back(sale: Operation, returned: Operation, payments: Sequence[PaymentDraft]) -> list[Payment]:
    """Book what is given back for a return that this transaction has just written, and return it.

    A payment without an amount gives back what was paid too much and is not given back by those before it, which may be
    nothing. Raise PaymentWithoutSale for a delivery, RefundTooHigh or TenderedWithoutCash.
    """
    money = lock_sale(sale)
    rows: list[PaymentDraft] = []
    left, over = money.refundable, money.overpaid
    for payment in payments:
        if payment.tendered is not None:
            raise TenderedWithoutCash
        if payment.tip:
            raise TipGivenBack
        amount = payment.amount or over
        if not payment.amount and amount <= 0:
            continue
        rows.append(PaymentDraft(payment.kind, -amount))
        left, over = left - amount, over - amount
    if left < 0 or not money.refundable or any(row.amount >= 0 for row in rows):
        error = RefundTooHigh if money.refundable else NothingToGiveBack
        raise error(**money.describe(), limit=str(money.refundable), amount=str(money.refundable - left))
    return write(sale.pk, rows, returned.performer, returned.pk) if rows else []


@atomic
def reverse_payment(*, by: User, sale: Operation, pk: int) -> Payment:
    """Book the opposite of a payment of the sale, once, and return it.

    Raise DoesNotExist, PaidSaleReversed, PaymentReversed, or RefundTooHigh if a part of it was given back.
    """
    money = lock_sale(sale)
    payment: Payment = Payment.objects.filter(owner_id=sale.owner_id, operation_id=sale.pk).get(pk=pk)
    if payment.reverses_id or Payment.objects.filter(owner_id=sale.owner_id, reverses_id=pk).exists():
        raise PaymentReversed(payment=pk)
    if payment.amount > money.paid:
        raise RefundTooHigh(**money.describe(), limit=str(money.paid), amount=str(payment.amount))
    rows = [PaymentDraft(payment.kind, -payment.amount, reverses=pk, tip=-payment.tip)]
    return write(sale.pk, rows, find_name(by, sale.owner_id))[0]


def undo_payments(undone_id: int, reversal: Operation) -> list[Payment]:
    """Book the opposite of each standing payment of a sale, or of a return, that this reversal has just undone.

    Return what was booked.
    """
    values = {"owner": reversal.owner_id, "operation": undone_id}
    hold_sale(reversal.owner_id, undone_id)
    standing = fetch(sql.STANDING, values)
    if not standing:
        return []
    rows = [PaymentDraft(kind, -amount, reverses=pk, tip=-tip) for pk, _, kind, amount, tip in standing]
    return write(standing[0][1], rows, reversal.performer, reversal.pk)


def write(sale_id: int, rows: list[PaymentDraft], performer: Performer, origin_id: int | None = None) -> list[Payment]:
    """Insert the payments of a sale with their event, and return them."""
    return write_several([(sale_id, row) for row in rows], performer, origin_id)


def write_several(
    rows: list[tuple[int, PaymentDraft]], performer: Performer, origin_id: int | None = None
) -> list[Payment]:
    """Insert payments of sales, with an event for each sale, and return them."""
    owner_id = performer.owner_id
    kinds, amounts, tendered, tips, reverses = map(list, zip(*(row for _, row in rows), strict=True))
    values: dict[str, Any] = {"owner": owner_id, "origin": origin_id, "performer": performer.pk}
    values |= {"operations": [sale_id for sale_id, _ in rows], "kinds": kinds, "amounts": amounts}
    values |= {"tendered": tendered, "reversed": reverses, "tips": tips}
    payments, ids = [], defaultdict[int, list[int]](list)
    for pk, sale_id, *row in fetch(sql.INSERT_PAYMENTS, values):
        columns: Any = (pk, owner_id, sale_id, origin_id, *row)
        payment = Payment(*columns)
        payment.performer = performer
        payments.append(payment)
        ids[sale_id].append(pk)
    told = [{"operation": sale_id, "payments": paid} for sale_id, paid in ids.items()]
    record_several(owner_id=owner_id, event_type=EventType.SALE_PAID, data=told)
    return payments


# --- Decide -------------------------------------------------------------------------------------------------


def draft_received(money: SaleMoney, payments: Sequence[PaymentDraft]) -> list[PaymentDraft]:
    """Return the rows of payments that are received.

    Raise Overpaid, PaymentTooHigh, TenderedTooLow or TenderedWithoutCash.
    """
    rows: list[PaymentDraft] = []
    left = money.due
    for payment in payments:
        amount = payment.amount or left
        left -= amount
        if payment.tendered is not None and payment.kind != PaymentKind.CASH:
            raise TenderedWithoutCash
        rows.append(payment._replace(amount=amount))
    if left < 0 or any(row.amount <= 0 for row in rows):
        error = Overpaid if money.due > 0 and left < 0 else NothingDue
        raise error(**money.describe(), due=str(money.due), amount=str(money.due - left))
    for row in rows:
        if row.amount > MAX_VALUE:
            raise PaymentTooHigh(limit=str(MAX_VALUE))
        if row.tendered is not None and row.tendered < row.amount + row.tip:
            raise TenderedTooLow(tendered=str(row.tendered), amount=str(row.amount + row.tip))
    return rows


def hold_sale(owner_id: int, operation_id: int) -> int:
    """Lock a sale, or the sale of a return, until the transaction ends, and return its id."""
    return int(fetch(sql.LOCK_SALE, {"owner": owner_id, "operation": operation_id})[0][0])


def lock_sale(sale: Operation) -> SaleMoney:
    """Lock the sale, and return its money. Raise PaymentWithoutSale or PaidSaleReversed."""
    if sale.reason != OperationReason.SALE:
        raise PaymentWithoutSale(operation=sale.pk)
    hold_sale(sale.owner_id, sale.pk)
    money = read_money(sale)
    if money.is_undone:
        raise PaidSaleReversed(operation=sale.pk)
    return money
