"""What responses show of sales: their lines and money, by a fixed number of statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.amounts import price_of
from core.database.replicas import read
from stock.booking.drafts import NOTHING
from stock.models import Movement, MovementType, Operation
from stock.reading.operation_movements import attach_movements
from stock.reading.returns import attach_returns
from stock.sales.totals import SaleTotals, read_totals
from trade.sales import sql


@dataclass(frozen=True, slots=True)
class Seller:
    """Under which number, by which till and to whom something was sold."""

    number: int | None = None
    till: int | None = None
    till_name: str | None = None
    customer: int | None = None
    customer_name: str | None = None
    is_undone: bool = False


def attach_sales(sales: Iterable[Operation]) -> list[Any]:
    """Set what responses show of these sales, which belong to one account. Return the sales."""
    shown: list[Any] = attach_returns(attach_movements([*sales]))
    if not shown:
        return shown
    owner_id, ids = shown[0].owner_id, [sale.pk for sale in shown]
    values = {"owner": owner_id, "operations": ids}
    totals = read_totals(owner_id, ids)
    sellers = {pk: Seller(*seller) for pk, *seller in read(sql.SHOWN, values)}
    list_prices: dict[int, Decimal | None] = dict(read(sql.LIST_PRICES, values))
    for sale in shown:
        sale.totals = totals.get(sale.pk, SaleTotals())
        sale.seller = sellers[sale.pk]
        sale.shown = [line for line in sale.shown if line.movement_type == MovementType.OUT]
        for line in sale.shown:
            line.list_price, line.sum = list_prices[line.pk], compute_sum(line)
    return shown


def compute_sum(line: Movement) -> Decimal:
    """Return what the line was sold for, after the discount."""
    return price_of(line.quantity, line.unit_price or NOTHING, line.decimals) if line.total is None else line.total
