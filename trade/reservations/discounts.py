"""The discount of an order: what it takes off when the order is handed out, also in parts, and what is left of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.money.amounts import price_of, share
from stock.booking.drafts import CENTS, NOTHING, Discount, LockedProducts, OperationDraft
from stock.errors import DiscountTooHigh
from stock.models import Movement
from trade.reservations.models import Ordered
from trade.selling.money import share_off
from trade.selling.prices import find_price, read_sale_prices
from trade.selling.services import check_discount

OF_ORDER = Discount()  # stands for the discount that the order has


@dataclass(frozen=True, slots=True)
class AgreedDiscount(Discount):
    """The discount of an order. Of an amount, a sale takes the part that it has of the order's sum.

    `rest` is what the order costs that is not handed out, in cents. What the order costs by now limits the amount.
    """

    rest: int = 0

    def compute(self, whole: int, step: int) -> int:
        if self.amount is None:
            return Discount.compute(self, whole, step)
        agreed = min(int(self.amount.scaleb(CENTS)), whole + self.rest)
        return share(agreed, [whole, self.rest], 1 if agreed % step else step)[0]


def read_discount(order: Ordered) -> Discount | None:
    return Discount(order.discount_percent, order.discount_amount) if order.discount else None


def keep_discount(discount: Discount | None) -> dict[str, Any]:
    """Return the columns that keep the discount."""
    return {f"discount_{name}": getattr(discount, name, None) for name in ("percent", "amount")}


def find_off(discount: Discount, prices: list[Decimal], currency: str) -> list[Decimal]:
    """Return what the discount of an order takes from each of these prices: at most all of it."""
    cents = [int(price.scaleb(CENTS)) for price in prices]
    agreed = AgreedDiscount(discount.percent, discount.amount)
    return [Decimal(part).scaleb(-CENTS) for part in share_off(agreed, cents, currency)]


def sum_up(draft: OperationDraft, locked: LockedProducts, lines: Iterable[Any], customer: int | None) -> Decimal:
    """Return what the lines of an order cost the customer now: those without a price at the one that applies."""
    booked = [one.as_booking(is_share=one.total is not None) for one in lines]
    prices, total = read_sale_prices(draft, locked, booked, customer=customer), NOTHING
    for line in booked:
        if product := locked.find(line.product):
            one, whole, *_ = find_price(draft, prices, product, line.quantity, line)
            total += price_of(line.quantity, one or NOTHING, product.decimals) if whole is None else whole
    return total


def check_agreed(
    draft: OperationDraft, discount: Discount, locked: LockedProducts, lines: Iterable[Any], customer: int | None
) -> None:
    """Raise DiscountRefused if the user may not give one, or DiscountTooHigh for more than the order costs."""
    check_discount(draft.by)
    if discount.amount is not None and discount.amount > (limit := sum_up(draft, locked, lines, customer)):
        raise DiscountTooHigh(limit=limit)


def leave(discount: Discount | None, movements: Iterable[Movement], *, is_taken: bool) -> Discount | None:
    """Return what is left of the discount of an order after this sale, which has taken its part or not."""
    if discount is None or discount.amount is None or not is_taken:
        return discount
    left = discount.amount - sum((one.discount or NOTHING for one in movements), NOTHING)
    return Discount(amount=left) if left else None
