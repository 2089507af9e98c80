"""What sales were sold for and what came back of them, by rate of VAT, and what was paid for them and given back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Sum

from core.database.postgres.base import fetch
from core.database.replicas import read
from products.models import find_category
from stock.booking.drafts import NOTHING
from stock.models import Operation, Payment
from stock.models.sql_sales import TAXED
from trade.selling.payments import sql

# The rates of each of the sales, the highest first and that of lines without VAT last, with what was sold and what came
# back.
READ = f"""
WITH RECURSIVE asked (sale_id) AS (SELECT unnest(%(operations)s::bigint[])), {TAXED}
SELECT sale_id, is_sale, rate, sum(net), sum(tax), sum(gross), category FROM taxed
GROUP BY sale_id, is_sale, rate, category ORDER BY sale_id, rate DESC NULLS LAST, category
"""  # noqa: S608, constants
READ_WORTH = f"""
WITH RECURSIVE asked (sale_id) AS (SELECT %(sale)s::bigint), {TAXED}
SELECT coalesce(sum(gross), 0.00) FROM taxed WHERE operation_id = %(return)s::bigint AND NOT is_sale
"""  # noqa: S608, constants


class RateTotal(NamedTuple):
    """The sums of the lines with one rate of VAT. The rate is None, and the tax 0, for lines without one.

    `at_zero` is the category that was chosen for a rate of 0.
    """

    rate: Decimal | None
    net: Decimal
    tax: Decimal
    gross: Decimal
    at_zero: str | None = None

    @property
    def category(self) -> str | None:
        """Return the category that invoices have for the rate, or None without a rate and before one was chosen."""
        return find_category(self.rate, self.at_zero)

    def add(self, sign: int, other: "RateTotal") -> "RateTotal":
        net, tax, gross = self.net + sign * other.net, self.tax + sign * other.tax, self.gross + sign * other.gross
        return self._replace(net=net, tax=tax, gross=gross)


def add_up(parts: Iterable[tuple[int, list[RateTotal]]]) -> list[RateTotal]:
    """Return the signed sums by rate, the highest first and that of lines without VAT last."""
    sums: dict[tuple[Decimal | None, str | None], RateTotal] = {}
    for sign, rates in parts:
        for one in rates:
            key = one.rate, one.at_zero
            sums[key] = sums.get(key, RateTotal(one.rate, NOTHING, NOTHING, NOTHING, one.at_zero)).add(sign, one)
    return sorted(sums.values(), key=lambda one: (one.rate is None, -(one.rate or 0), one.at_zero or ""))


@dataclass(frozen=True, slots=True)
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
        return add_up([(1, self.sold), (-1, self.back)])


def read_totals(owner_id: int, operation_ids: Collection[int]) -> dict[int, SaleTotals]:
    """Return the totals of these sales of the account, by id. Operations that have sold nothing are left out.

    Whether a sale was undone makes no difference. The number of statements does not depend on that of sales.
    """
    totals: dict[int, SaleTotals] = {}
    for sale_id, is_sale, *sums in read(READ, {"owner": owner_id, "operations": [*operation_ids]}):
        of_sale = totals.setdefault(sale_id, SaleTotals())
        (of_sale.sold if is_sale else of_sale.back).append(RateTotal(*sums))
    return totals


def read_worth(owner_id: int, sale_id: int, return_id: int) -> Decimal:
    """Return what came back with this return of the sale was sold for, with VAT."""
    [[worth]] = read(READ_WORTH, {"owner": owner_id, "sale": sale_id, "return": return_id})
    return Decimal(worth)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleMoney(SaleTotals):
    """What a sale was sold for, what came back of it, what was paid less what was given back, and what this was.

    `kinds` are those by which something was received.
    """

    operation: int
    paid: Decimal = NOTHING
    refunded: Decimal = NOTHING
    kinds: frozenset[str] = frozenset()
    is_undone: bool = False

    @property
    def is_noted(self) -> bool:
        """Return whether somebody has noted how it is paid. What was given back was received before."""
        return bool(self.kinds)

    @property
    def due(self) -> Decimal:
        """Return what is left to pay. It is negative if money is to be given back."""
        return self.total - self.returned - self.paid

    @property
    def owed(self) -> Decimal:
        """Return what the customer owes."""
        return max(self.due, NOTHING)

    @property
    def overpaid(self) -> Decimal:
        """Return what the shop owes: more was paid than what the customer has kept is worth."""
        return max(-self.due, NOTHING)

    @property
    def refundable(self) -> Decimal:
        """Return what can be given back: what came back is worth, or more was paid than is due. It was paid."""
        return max(NOTHING, min(max(self.returned - self.refunded, self.overpaid), self.paid))

    def describe(self) -> dict[str, Any]:
        """Return the numbers for an error."""
        return {"operation": self.operation, "total": str(self.total), "paid": str(self.paid)}


class PaymentDraft(NamedTuple):
    """A payment of a sale, or money that a return gives back. Without an amount, it is all that is left to pay.

    `tendered` is the cash that was handed over, for the amount and the tip. `reverses` is the payment that it reverses.
    """

    kind: str
    amount: Decimal = NOTHING
    tendered: Decimal | None = None
    tip: Decimal = NOTHING
    reverses: int | None = None


class Paid(NamedTuple):
    """What the money of a sale needs of a payment."""

    kind: str
    amount: Decimal
    reverses_id: int | None


def find_money(sale_id: int, totals: SaleTotals, payments: Collection[Any], *, is_undone: bool) -> SaleMoney:
    """Return the money of a sale with these payments. What was given back is negative, unless it was reversed."""
    paid = sum((one.amount for one in payments), NOTHING)
    refunded = -sum((one.amount for one in payments if (one.amount < 0) == (one.reverses_id is None)), NOTHING)
    kinds = frozenset(one.kind for one in payments if one.amount > 0)
    of_payments: dict[str, Any] = {"paid": paid, "refunded": refunded, "kinds": kinds}
    return SaleMoney(totals.sold, totals.back, operation=sale_id, is_undone=is_undone, **of_payments)


def read_money(sale: Operation) -> SaleMoney:
    """Return the money of a sale."""
    [(is_undone, *columns)] = fetch(sql.PAID, {"owner": sale.owner_id, "sale": sale.pk})
    totals = read_totals(sale.owner_id, [sale.pk]).get(sale.pk, SaleTotals())
    payments = [Paid(*row) for row in zip(*(column or () for column in columns), strict=True)]
    return find_money(sale.pk, totals, payments, is_undone=is_undone)


def sum_by_kind(sales: str, values: dict[str, Any]) -> list[tuple[str, Decimal, Decimal]]:
    """Return what was paid for the sales of this statement less what was given back, and this, by kind."""
    return read(sql.BY_KIND.format(sales=sales), values)


def sum_by_kind_in_feed(values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return by kind what was received, given back and tipped in a series between two positions of the feed."""
    return fetch(sql.BY_KIND_IN_FEED, values)


def list_paid(sale: Operation, returned: Operation | None = None) -> list[tuple[str, Decimal]]:
    """Return what was paid for a sale less what was given back, by kind, or what a return of it has given back."""
    payments = Payment.objects.filter(owner_id=sale.owner_id, operation_id=sale.pk)
    chosen = payments.filter(origin_id=returned.pk) if returned else payments
    sums = chosen.order_by("kind").values_list("kind").annotate(amount=Sum("amount"))
    return [(kind, amount) for kind, amount in sums if amount]


def find_first(owner_id: int, till_id: int | None) -> datetime | None:
    """Return when something was first paid in the series of a till, or of those without a till."""
    first: list[tuple[datetime | None]] = fetch(sql.FIRST, {"owner": owner_id, "till": till_id})
    return first[0][0]
