"""The parts of kits, how many kits there are, and what a kit costs."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from core.amounts import price_of
from core.database.replicas import read
from stock.booking.drafts import NOTHING, divide
from trade.kits import sql
from trade.kits.models import Kit
from trade.reservations.sql import RESERVED_LINES

PARTS = sql.PARTS.format(reserved=RESERVED_LINES.format(owner="%(owner)s::bigint"))


class Part(NamedTuple):
    """A part of a kit with the present values of its product. `each` is its quantity in one kit."""

    kit: int
    product: int
    product_name: str
    sku: str
    barcode: str
    unit: str
    decimals: int
    each: int
    price: Decimal
    is_archived: bool
    keeps_stock: bool
    stock: int
    stock_value: Decimal
    cost_price: Decimal | None
    reserved: int

    @property
    def quantity(self) -> int:
        """Return the quantity in one kit, by the name that it has in a response."""
        return self.each

    @property
    def available(self) -> int | None:
        """Return how much of the product can be sold, or None if its stock is not counted."""
        if self.is_archived:
            return 0
        return max(0, self.stock - self.reserved) if self.keeps_stock else None

    @property
    def list_price(self) -> Decimal:
        return price_of(self.each, self.price, self.decimals)

    @property
    def cost(self) -> Decimal | None:
        """Return what the part costs by the average of the stock, else by the cost price. None if both are unknown."""
        if self.stock:
            return divide(self.stock_value, self.each, self.stock)
        return None if self.cost_price is None else price_of(self.each, self.cost_price, self.decimals)


def attach_parts(kits: Sequence[Kit]) -> list[Kit]:
    """Set the parts of these kits of one account, how many kits there are, and their sums. Return the kits."""
    parts: dict[int, list[Part]] = defaultdict(list)
    if kits:
        for row in read(PARTS, {"owner": kits[0].owner_id, "kits": [kit.pk for kit in kits]}):
            part = Part(*row)
            parts[part.kit].append(part)
    for kit in kits:
        kit.shown = parts[kit.pk]
        kit.available = min(
            (part.available // part.each for part in kit.shown if part.available is not None), default=None
        )
        kit.list_price = sum((part.list_price for part in kit.shown), NOTHING)
        costs = [part.cost for part in kit.shown]
        kit.cost = None if None in costs else sum((cost for cost in costs if cost is not None), NOTHING)
    return list(kits)
