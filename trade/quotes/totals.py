"""The total of a quote, and its VAT by rate, as a sale of the same lines has them on its day."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.money.currencies import round_money
from stock.booking.drafts import NOTHING
from trade.selling.payments.money import RateTotal, add_up

Rate = tuple[Decimal | None, str | None]  # a rate of VAT, and the category of a rate of 0


def sum_up(
    amounts: Mapping[Rate, Decimal], currency: str, *, is_net: bool
) -> tuple[Decimal, list[dict[str, str | None]]]:
    """Return the total with VAT, and the sums of each rate. `amounts` has what the lines with a rate cost."""
    rates = add_up([(1, [add_tax(rate, amount, currency, is_net=is_net)]) for rate, amount in amounts.items()])
    taxes: list[dict[str, Any]] = [
        {
            "rate": None if one.rate is None else f"{one.rate:.2f}",
            "category": one.category,
            **{name: f"{getattr(one, name):.2f}" for name in ("net", "tax", "gross")},
        }
        for one in rates
    ]
    return sum((one.gross for one in rates), NOTHING), taxes


def add_tax(of: Rate, amount: Decimal, currency: str, *, is_net: bool) -> RateTotal:
    """Return the sums of what costs this amount, as TAX_OF in stock.models.sql_sales computes them."""
    rate, at_zero = of
    if rate is None:
        return RateTotal(None, amount, NOTHING, amount)
    if is_net:
        tax = round_money(amount * rate / 100, currency) + NOTHING
        return RateTotal(rate, amount, tax, amount + tax, at_zero)
    net = round_money(amount * 100 / (100 + rate), "" if amount % 1 else currency) + NOTHING
    return RateTotal(rate, net, amount - net, amount, at_zero)
