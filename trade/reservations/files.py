"""Write the delivery note of a reservation, as a table or as a page to print."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from core.amounts import price_of, scale
from core.currencies import round_money
from core.pages.columns import Display
from stock.models import Movement, MovementType
from trade.reservations.models import Reservation, ReservationLine
from users.models import User

COLUMNS = ("product", "sku", "barcode", "quantity", "unit", "unit_price", "price")
MONEY = ("unit_price", "price")


def list_given(reservation: Reservation) -> list[tuple[ReservationLine, Any]]:
    """Return the attached lines with what they give: the movements of the sale, or else the lines themselves."""
    if reservation.operation_id is None:
        return [(line, line) for line in reservation.shown]
    lines = {line.product_id: line for line in reservation.shown}
    sold = Movement.objects.filter(owner_id=reservation.owner_id, operation_id=reservation.operation_id)
    return [(lines[one.product_id], one) for one in sold.filter(movement_type=MovementType.OUT).order_by("id")]


def make_rows(given: Iterable[tuple[ReservationLine, Any]], currency: str) -> Iterator[tuple[Any, ...]]:
    """Return the header and a row for each line."""
    return iter([COLUMNS, *(make_row(line, one, currency) for line, one in given)])


def make_row(line: ReservationLine, given: Any, currency: str) -> tuple[Any, ...]:
    said, decimals, price = line.said, line.product.decimals, getattr(given, "total", None)
    if price is None and given.unit_price is not None:
        price = round_money(price_of(given.quantity, given.unit_price, decimals), currency)
    return said.name, said.sku, said.barcode, scale(given.quantity, decimals), said.unit, given.unit_price, price


def make_context(reservation: Reservation, user: User) -> dict[str, Any]:
    """Return the variables of the page to print. There is a sum if every line has a price."""
    display = Display.of(user)
    header, *lines = make_rows(list_given(reservation), display.currency)
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    prices = [row["price"] for row in rows]
    total = display.money(sum(prices, Decimal())) if prices and None not in prices else None
    for row in rows:
        row |= {name: display.amount(row[name]) for name in ("unit_price", "price") if row[name] is not None}
    return {"reservation": reservation, "rows": rows, "total": total, "shop": user.shop_owner}
