"""What sales were sold for, what came back of them, and the VAT of both."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from core.database.replicas import read
from stock.sales.sql import TAXED

NOTHING = Decimal("0.00")
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
