"""What responses show of sales: their lines and money, by a fixed number of statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.database.replicas import read
from core.fields import are_costs_shown
from stock.booking.drafts import NOTHING
from stock.models import MovementType, Operation
from stock.reading.operation_movements import attach_movements
from stock.reading.returns import attach_returns
from stock.reading.sale_payments import attach_payments
from stock.reading.sold_kits import attach_kits
from stock.sales.payments import SaleMoney
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


def attach_sales(sales: Iterable[Operation], *, has_kits: bool = False) -> list[Any]:
    """Set what responses show of these sales, which belong to one account. Return the sales.

    With `has_kits`, set their kits, too.
    """
    shown: list[Any] = attach_payments(attach_returns(attach_movements([*sales])))
    attach_kits(shown, has_kits=has_kits)  # their places count all movements
    if not shown:
        return shown
    owner_id, ids = shown[0].owner_id, [sale.pk for sale in shown]
    values = {"owner": owner_id, "operations": ids}
    totals = read_totals(owner_id, ids)
    sellers = {pk: Seller(*seller) for pk, *seller in read(sql.SHOWN, values)}
    lines: dict[int, tuple[Decimal | None, Decimal]] = {pk: line for pk, *line in read(sql.LINES, values)}
    costs = dict(read(sql.COSTS, values)) if are_costs_shown() else {}
    for sale in shown:
        sale.totals = totals.get(sale.pk, SaleTotals())
        sale.seller = sellers[sale.pk]
        sale.money = find_money(sale)
        sale.due = sale.money.due if is_to_be_paid(sale) else None
        sale.margin = sum_net(sale.totals) - costs[sale.pk] if sale.pk in costs else None
        sale.shown = [line for line in sale.shown if line.movement_type == MovementType.OUT]
        for line in sale.shown:
            (line.list_price, line.discount), line.sum = lines[line.pk], line.sold_for
    return shown


def find_money(sale: Any) -> SaleMoney:
    """Return what the sale was sold for, and what was paid for it and given back."""
    paid = sum((one.amount for one in sale.payments), NOTHING)
    refunded = -sum((one.amount for one in sale.payments if (one.amount < 0) == (one.reverses_id is None)), NOTHING)
    return SaleMoney(sale.pk, sale.totals.total, sale.totals.returned, paid, refunded)


def is_to_be_paid(sale: Any) -> bool:
    """Return whether something can be due. Without a payment and a customer, nobody notes how a sale is paid."""
    return not sale.seller.is_undone and bool(sale.payments or sale.seller.customer)


def sum_net(totals: SaleTotals) -> Decimal:
    """Return what is left of the sale without VAT."""
    return sum((one.net for one in totals.taxes), NOTHING)
