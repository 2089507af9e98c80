"""Decide what an invoice or a credit note says: its lines and its VAT, which equal those of the sale to the cent.

VAT is that of the sale: it is rounded once for each rate. The net sum of a rate is shared over its lines by the largest
remainder, so the lines add up to it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from core.database.postgres.base import fetch
from core.money.amounts import CENT, scale, share, write_amount
from core.money.currencies import get_money_decimals
from products.models import TaxCategory
from stock.booking.drafts import NOTHING
from stock.booking.locks import read_movements
from stock.models import MovementType, Operation
from trade.invoices import sql
from trade.invoices.errors import NothingToInvoice, RateMissing
from trade.selling.errors import SaleReversed
from trade.selling.goods import list_used
from trade.selling.payments.money import RateTotal, read_totals
from trade.selling.sold import read_sold
from users.models import User

MAX_PLACES = 8  # the most decimals of a price without VAT
CENTS = 2
Key = tuple[str | None, Decimal]  # the category and the rate by which an invoice sums up
SUMS = ("net", "tax", "gross")


class SoldLine(NamedTuple):
    """A movement of the sale. `worth` is what it was sold for, or what a credit note takes of it.

    What has no rate is exempt, with a rate of 0. The reason is that of its rate.
    """

    pk: int
    product: int
    movement_type: str
    name: str
    sku: str
    quantity: int
    decimals: int
    unit: str
    worth: Decimal
    discount: Decimal
    has_rate: bool
    reason: str | None
    is_net: bool
    key: Key

    def take(self, quantity: int, worth: Decimal) -> "SoldLine":
        """Return the line for a part of the quantity, which is worth so much."""
        discount = (self.discount * quantity / self.quantity).quantize(CENT)
        return self._replace(quantity=quantity, worth=max(worth, NOTHING), discount=discount)


def read_lines(sale: Operation, shop: User) -> list[SoldLine]:
    """Return the movements of the sale in their order. A part of other goods has their name before its own."""
    rows = fetch(sql.LINES, {"owner": sale.owner_id, "sale": sale.pk})
    lines = [SoldLine._make([*row[2:], row[:2]]) for row in rows]
    for kind in list_used(shop):
        for goods in kind.sold.objects.filter(owner_id=sale.owner_id, operation_id=sale.pk):
            for place in goods.places:
                lines[place] = lines[place]._replace(name=f"{goods.name}: {lines[place].name}")
    return lines


def draft_invoiced(sale: Operation, by: User, shop: User) -> dict[str, Any]:
    """Return what an invoice says of what is left of a sale, which is locked. Raise NothingToInvoice or RateMissing."""
    try:
        sold = read_sold(sale, read_movements(sale.owner_id, [sale.pk]), by).movements
    except SaleReversed:
        sold = {}
    lines = [
        line.take(one.left, one.rest[1])._replace(reason=line.reason if line.has_rate else shop.exempt_reason)
        for line in read_lines(sale, shop)
        if (one := sold.get(line.pk)) and one.left
    ]
    if not lines:
        raise NothingToInvoice(operation=sale.pk)
    if missing := [line for line in lines if line.key[0] is None or not (line.has_rate or line.reason)]:
        raise RateMissing(lines=[{"movement": one.pk, "product": one.product, "name": one.name} for one in missing])
    reasons: dict[Key, dict[str, None]] = defaultdict(dict)
    for line in lines:
        reasons[line.key] |= {line.reason: None} if line.reason else {}
    texts = {key: "; ".join(found) or None for key, found in reasons.items()}
    return describe(lines, read_totals(sale.owner_id, [sale.pk])[sale.pk].taxes, texts, shop.currency)


def draft_credited(sale: Operation, returned: Operation, invoiced: dict[str, Any], shop: User) -> dict[str, Any]:
    """Return what a credit note says of what a return takes from the sale. `invoiced` is what the invoice says."""
    values = {"owner": sale.owner_id, "sale": sale.pk, "return": returned.pk}
    sold = [line for line in read_lines(sale, shop) if line.movement_type == MovementType.OUT]
    by_movement, by_product = {line.pk: line for line in sold}, {line.product: line for line in sold}
    taken: Iterable[Any] = fetch(sql.TAKEN, values)
    lines = [
        (by_movement.get(source) or by_product[product]).take(int(quantity), worth)._replace(discount=NOTHING)
        for source, product, quantity, worth in taken
    ]
    reasons = {(one["category"], Decimal(one["rate"])): one["reason"] for one in invoiced["taxes"]}
    return describe(lines, [RateTotal(*row) for row in fetch(sql.CREDITED, values)], reasons, invoiced["currency"])


def describe(
    lines: Sequence[SoldLine], taxes: Iterable[RateTotal], reasons: dict[Key, str | None], currency: str
) -> dict[str, Any]:
    """Return the parts of the document that have amounts. All numbers are texts. `reasons` say why nothing is due."""
    sums = {line.key: RateTotal(line.key[1], NOTHING, NOTHING, NOTHING) for line in lines}
    for one in taxes:
        key = (one.category if one.rate is not None else TaxCategory.EXEMPT.value), one.rate or NOTHING
        if key in sums:
            sums[key] = sums[key].add(1, one)
    is_gross = any(line.has_rate and not line.is_net for line in lines)
    discount = sum((line.discount for line in lines), NOTHING)
    rates = sorted(sums, key=lambda key: (-key[1], key))
    return {
        "currency": currency,
        "prices_include_tax": is_gross,
        "lines": [
            describe_line(line, net, currency, is_gross)
            for line, net in zip(lines, share_nets(lines, sums, currency), strict=True)
        ],
        "taxes": [
            {"category": key[0], "rate": write(key[1]), "reason": reasons[key]}
            | {name: write(getattr(sums[key], name)) for name in SUMS}
            for key in rates
        ],
        "totals": {name: write(sum((getattr(one, name) for one in sums.values()), NOTHING)) for name in SUMS},
        "discount": {"amount": write(discount)} if discount else None,
    }


def share_nets(lines: Sequence[SoldLine], sums: dict[Key, RateTotal], currency: str) -> list[Decimal]:
    """Return the net sum of each line: its share of that of its rate."""
    nets: dict[int, Decimal] = {}
    for key, one in sums.items():
        places = [place for place, line in enumerate(lines) if line.key == key]
        weights, cents = [to_cents(lines[place].worth) for place in places], to_cents(one.net)
        step = 1 if get_money_decimals(currency) or cents % 100 else 100
        parts = share(cents, weights if any(weights) else [1] * len(places), step)
        nets |= {place: Decimal(part).scaleb(-CENTS) for place, part in zip(places, parts, strict=True)}
    return [nets[place] for place in range(len(lines))]


def describe_line(line: SoldLine, net: Decimal, currency: str, is_gross: bool) -> dict[str, Any]:
    amount, places = Decimal(scale(line.quantity, line.decimals)), get_money_decimals(currency)
    return {
        "name": line.name,
        "sku": line.sku,
        "quantity": line.quantity,
        "amount": write_amount(line.quantity, line.decimals),
        "unit": line.unit,
        "unit_price": find_price(net, amount, places),
        "gross_price": find_price(line.worth, amount, places) if is_gross else None,
        "net": write(net),
        "category": line.key[0],
        "rate": write(line.key[1]),
    }


def find_price(total: Decimal, amount: Decimal, fewest: int) -> str:
    """Return the price of one with as many decimals, from `fewest` to MAX_PLACES, as make the total of the amount."""
    for places in range(fewest, MAX_PLACES + 1):
        price = (total / amount).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if (price * amount).quantize(CENT, ROUND_HALF_UP) == total:
            break
    return f"{price:f}"


def to_cents(amount: Decimal) -> int:
    return int(amount.scaleb(CENTS))


def write(amount: Decimal) -> str:
    return f"{amount:.2f}"
