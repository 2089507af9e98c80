"""Payments of sales: what was received for a sale, and what was given back. Only this module writes them.

A transaction that writes payments of a sale which others can see locks its operation first, after the products. So two
payments never exceed together what the sale was sold for, and none is added to a sale that is just being reversed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from secrets import token_bytes
from typing import Any, NamedTuple

from django.db import connection

from core.database.postgres.base import fetch
from core.database.replicas import read
from core.database.transactions import atomic
from products.models import MAX_VALUE
from records.events.models import EventType
from records.events.services import record
from stock.booking.drafts import NOTHING, OperationDraft, PaymentDraft
from stock.booking.operations import find_performer, make_instance
from stock.models import SALT_BYTES, Operation, OperationReason, Payment, PaymentKind, Performer
from stock.models.sql_sales import TAXED
from trade.selling import sql
from trade.selling.errors import (
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
from users.models import User

# The rates of each of the sales, the highest first and that of lines without VAT last, with what was sold and what came
# back.
READ = f"""
WITH RECURSIVE asked (sale_id) AS (SELECT unnest(%(operations)s::bigint[])), {TAXED}
SELECT sale_id, rate, is_sale, sum(net), sum(tax), sum(gross) FROM taxed
GROUP BY sale_id, rate, is_sale ORDER BY sale_id, rate DESC NULLS LAST
"""  # noqa: S608, constants
READ_WORTH = f"""
WITH RECURSIVE asked (sale_id) AS (SELECT %(sale)s::bigint), {TAXED}
SELECT coalesce(sum(gross), 0.00) FROM taxed WHERE operation_id = %(return)s::bigint AND NOT is_sale
"""  # noqa: S608, constants


class RateTotal(NamedTuple):
    """The sums of the lines with one rate of VAT. The rate is None, and the tax 0, for lines without one."""

    rate: Decimal | None
    net: Decimal
    tax: Decimal
    gross: Decimal

    def subtract(self, other: "RateTotal") -> "RateTotal":
        return RateTotal(self.rate, self.net - other.net, self.tax - other.tax, self.gross - other.gross)


@dataclass(slots=True)
class SaleTotals:
    """What a sale was sold for, by rate of VAT, and what came back of it. All amounts are positive.

    A return is worth what the goods were sold for. One that is undone does not count.
    """

    sold: list[RateTotal] = field(default_factory=list)
    back: list[RateTotal] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """Return what was sold, with VAT."""
        return sum((one.gross for one in self.sold), NOTHING)

    @property
    def returned(self) -> Decimal:
        """Return what came back, with VAT."""
        return sum((one.gross for one in self.back), NOTHING)

    @property
    def taxes(self) -> list[RateTotal]:
        """Return the sums by rate that remain after the returns. A rate of which nothing is left has zeros."""
        back = {one.rate: one for one in self.back}
        nothing = RateTotal(None, NOTHING, NOTHING, NOTHING)
        return [one.subtract(back.get(one.rate, nothing)) for one in self.sold]


def read_totals(owner_id: int, operation_ids: Collection[int]) -> dict[int, SaleTotals]:
    """Return the totals of these sales of the account, by id. Operations that have sold nothing are left out.

    Whether a sale was undone makes no difference. The number of statements does not depend on that of sales.
    """
    totals: dict[int, SaleTotals] = {}
    for sale_id, rate, is_sale, *sums in read(READ, {"owner": owner_id, "operations": [*operation_ids]}):
        of_sale = totals.setdefault(sale_id, SaleTotals())
        (of_sale.sold if is_sale else of_sale.back).append(RateTotal(rate, *sums))
    return totals


def read_worth(owner_id: int, sale_id: int, return_id: int) -> Decimal:
    """Return what came back with this return of the sale was sold for, with VAT."""
    [[worth]] = read(READ_WORTH, {"owner": owner_id, "sale": sale_id, "return": return_id})
    return Decimal(worth)


class Row(NamedTuple):
    """A payment to write. `reverses` is the payment that it reverses."""

    kind: str
    amount: Decimal
    tendered: Decimal | None = None
    reverses: int | None = None
    tip: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class SaleMoney:
    """What a sale was sold for, what came back of it, and what was paid. `paid` is less what was given back."""

    operation: int
    total: Decimal
    returned: Decimal = NOTHING
    paid: Decimal = NOTHING
    refunded: Decimal = NOTHING
    is_undone: bool = False

    @property
    def due(self) -> Decimal:
        """Return what is left to pay. It is negative if money is to be given back."""
        return self.total - self.returned - self.paid

    @property
    def refundable(self) -> Decimal:
        """Return what can be given back: what came back is worth, or more was paid than is due. It was paid."""
        return max(NOTHING, min(max(self.returned - self.refunded, -self.due), self.paid))

    def describe(self) -> dict[str, Any]:
        """Return the numbers for an error."""
        return {"operation": self.operation, "total": str(self.total), "paid": str(self.paid)}


# --- Write --------------------------------------------------------------------------------------------------


@atomic
def pay(*, by: User, sale: Operation, payments: Sequence[PaymentDraft]) -> list[Payment]:
    """Book payments of a sale, and return them.

    Raise PaymentWithoutSale, PaidSaleReversed, Overpaid, TenderedTooLow or TenderedWithoutCash.
    """
    money = lock_sale(sale)
    return write(sale.pk, draft_received(money, payments), find_name(by, sale.owner_id))


def pay_new(draft: OperationDraft, operation: Operation) -> list[Payment]:
    """Book the payments of an operation that this transaction has just written, and return them.

    Raise PaymentWithoutSale if it is no sale, PaymentTwice, or an error of draft_received().
    """
    if operation.reason != OperationReason.SALE:
        raise PaymentWithoutSale(operation=operation.pk)
    totals = read_totals(operation.owner_id, [operation.pk]).get(operation.pk, SaleTotals())
    money = SaleMoney(operation.pk, totals.total)
    rows = draft_received(money, draft.payments)
    if rows and draft.payment and sum(row.amount for row in rows) == money.total:
        raise PaymentTwice
    return write(operation.pk, rows, operation.performer) if rows else []


def give_back(sale: Operation, returned: Operation, payments: Sequence[PaymentDraft]) -> list[Payment]:
    """Book what is given back for a return that this transaction has just written, and return it.

    A payment without an amount gives back what was paid too much and is not given back by those before it, which may be
    nothing. Raise PaymentWithoutSale for a delivery, RefundTooHigh or TenderedWithoutCash.
    """
    money = lock_sale(sale)
    rows: list[Row] = []
    left, over = money.refundable, -money.due
    for payment in payments:
        if payment.tendered is not None:
            raise TenderedWithoutCash
        if payment.tip:
            raise TipGivenBack
        amount = over if payment.amount is None else payment.amount
        if payment.amount is None and amount <= 0:
            continue
        rows.append(Row(payment.kind, -amount))
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
    rows = [Row(payment.kind, -payment.amount, reverses=pk, tip=-payment.tip)]
    return write(sale.pk, rows, find_name(by, sale.owner_id))[0]


def undo_payments(undone_id: int, reversal: Operation) -> list[Payment]:
    """Book the opposite of each standing payment of a sale, or of a return, that this reversal has just undone.

    Return what was booked.
    """
    values = {"owner": reversal.owner_id, "operation": undone_id}
    fetch(sql.LOCK_SALE, values)
    standing = fetch(sql.STANDING, values)
    if not standing:
        return []
    rows = [Row(kind, -amount, reverses=pk, tip=-tip) for pk, _, kind, amount, tip in standing]
    return write(standing[0][1], rows, reversal.performer, reversal.pk)


def write(sale_id: int, rows: list[Row], performer: Performer, origin_id: int | None = None) -> list[Payment]:
    """Insert the payments of a sale with their event, and return them."""
    owner_id = performer.owner_id
    kinds, amounts, tendered, reverses, tips = map(list, zip(*rows, strict=True))
    values: dict[str, Any] = {"owner": owner_id, "operation": sale_id, "origin": origin_id, "performer": performer.pk}
    values |= {"kinds": kinds, "amounts": amounts, "tendered": tendered, "reversed": reverses, "tips": tips}
    payments = []
    for pk, *row in fetch(sql.INSERT_PAYMENTS, values):
        payment = make_instance(Payment, pk, owner_id, sale_id, origin_id, *row)
        payment.performer = performer
        payments.append(payment)
    ids = [payment.pk for payment in payments]
    record(owner_id=owner_id, event_type=EventType.SALE_PAID, data={"operation": sale_id, "payments": ids})
    return payments


# --- Decide -------------------------------------------------------------------------------------------------


def draft_received(money: SaleMoney, payments: Sequence[PaymentDraft]) -> list[Row]:
    """Return the rows of payments that are received.

    Raise Overpaid, PaymentTooHigh, TenderedTooLow or TenderedWithoutCash.
    """
    rows: list[Row] = []
    left = money.due
    for payment in payments:
        amount = left if payment.amount is None else payment.amount
        left -= amount
        if payment.tendered is not None and payment.kind != PaymentKind.CASH:
            raise TenderedWithoutCash
        rows.append(Row(payment.kind, amount, payment.tendered, tip=payment.tip))
    if left < 0 or any(row.amount <= 0 for row in rows):
        error = Overpaid if money.due > 0 and left < 0 else NothingDue
        raise error(**money.describe(), due=str(money.due), amount=str(money.due - left))
    for row in rows:
        if row.amount > MAX_VALUE:
            raise PaymentTooHigh(limit=str(MAX_VALUE))
        if row.tendered is not None and row.tendered < row.amount + row.tip:
            raise TenderedTooLow(tendered=str(row.tendered), amount=str(row.amount + row.tip))
    return rows


def lock_sale(sale: Operation) -> SaleMoney:
    """Lock the sale, and return its money. Raise PaymentWithoutSale or PaidSaleReversed."""
    if sale.reason != OperationReason.SALE:
        raise PaymentWithoutSale(operation=sale.pk)
    fetch(sql.LOCK_SALE, {"owner": sale.owner_id, "operation": sale.pk})
    money = read_money(sale)
    if money.is_undone:
        raise PaidSaleReversed(operation=sale.pk)
    return money


def read_money(sale: Operation) -> SaleMoney:
    """Return the money of a sale."""
    [(is_undone, paid, refunded)] = fetch(sql.PAID, {"owner": sale.owner_id, "sale": sale.pk})
    totals = read_totals(sale.owner_id, [sale.pk]).get(sale.pk, SaleTotals())
    return SaleMoney(sale.pk, totals.total, totals.returned, paid, refunded, is_undone)


def find_name(by: User, owner_id: int) -> Performer:
    """Return the row with the name under which the user books."""
    draft = OperationDraft(by=by, account_id=owner_id, reason=OperationReason.SALE)
    values = {"owner": owner_id, "performed_by": by.pk, "performer_name": draft.performer_name, "till": draft.till}
    with connection.cursor() as cursor:
        pk = find_performer(cursor, values | {"salt": token_bytes(SALT_BYTES)})
    performer: Performer = make_instance(Performer, pk, owner_id, by.pk, draft.performer_name, None, b"", draft.till)
    return performer
