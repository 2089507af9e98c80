"""Write the delivery note of a reservation, as a table or as a page to print."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from core.amounts import price_of, scale
from core.currencies import round_money
from core.pages.columns import Display
from trade.reservations.models import Reservation, ReservationLine
from users.models import User

COLUMNS = ("product", "sku", "barcode", "quantity", "unit", "unit_price", "price")
MONEY = ("unit_price", "price")


def make_rows(reservation: Reservation, currency: str) -> Iterator[tuple[Any, ...]]:
    """Return the header and a row for each attached line."""
    return iter([COLUMNS, *(make_row(line, currency) for line in reservation.shown)])


def make_row(line: ReservationLine, currency: str) -> tuple[Any, ...]:
    said, decimals, price = line.said, line.product.decimals, line.unit_price
    price = None if price is None else round_money(price_of(line.quantity, price, decimals), currency)
    return said.name, said.sku, said.barcode, scale(line.quantity, decimals), said.unit, line.unit_price, price


def make_context(reservation: Reservation, user: User) -> dict[str, Any]:
    """Return the variables of the page to print. There is a sum if every line has a price."""
    display = Display.of(user)
    rows = [dict(zip(COLUMNS, make_row(line, display.currency), strict=True)) for line in reservation.shown]
    prices = [row["price"] for row in rows]
    total = display.money(sum(prices, Decimal())) if prices and None not in prices else None
    for row in rows:
        row |= {name: display.amount(row[name]) for name in ("unit_price", "price") if row[name] is not None}
    return {"reservation": reservation, "rows": rows, "total": total, "shop": user.shop_owner}
