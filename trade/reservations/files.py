"""Write the delivery note of a reservation, as a table or as a page to print."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext

from core.files.documents import begin_document
from core.files.papers import NOTE
from core.money.amounts import price_of, scale
from core.money.currencies import round_money
from core.pages.columns import Display
from core.sentences import decimal_sign
from products.models import SAID_TODAY
from stock.models import Movement, MovementType
from trade.reservations.discounts import find_off, read_discount
from trade.reservations.models import Ordered, OrderedLine, Reservation, ReservationLine
from trade.reservations.reading import say_tax
from trade.selling.goods import list_kinds
from users.models import User

OUT = MovementType.OUT
COLUMNS = ("product", "sku", "barcode", "quantity", "unit", "unit_price", "price")
MONEY = ("unit_price", "price")
INDENT = "\N{NO-BREAK SPACE}" * 4  # before a part
LINE = "_" * 30  # to sign on


def list_given(reservation: Reservation) -> list[tuple[ReservationLine, Any]]:
    """Return the attached lines with what they give: the movements of the sale, or else the lines themselves.

    Set `part_of` of what is a part of goods.
    """
    lines = {line.product_id: line for line in reservation.shown}
    given: list[Any] = reservation.shown
    whole = reservation.goods
    if reservation.operation_id is not None:
        of_sale = {"owner_id": reservation.owner_id, "operation_id": reservation.operation_id}
        given = [*Movement.objects.filter(**of_sale).order_by("id")]
        kinds = list_kinds() if whole else ()
        whole = [goods for kind in kinds for goods in kind.sold.objects.filter(**of_sale).order_by("id")]
    for goods in whole:
        for place in goods.places:
            given[place].part_of = goods
    return [(lines[one.product_id], one) for one in given if getattr(one, "movement_type", OUT) == OUT]


def make_rows(given: Iterable[tuple[OrderedLine, Any]], currency: str) -> Iterator[tuple[Any, ...]]:
    return iter([COLUMNS, *(make_row(line, one, currency) for line, one in given)])


def make_row(line: OrderedLine, given: Any, currency: str) -> tuple[Any, ...]:
    said, decimals, price = line.said, line.product.decimals, given.total
    if price is None and given.unit_price is not None:
        price = round_money(price_of(given.quantity, given.unit_price, decimals), currency)
    return said.name, said.sku, said.barcode, scale(given.quantity, decimals), said.unit, given.unit_price, price


def make_whole_row(goods: Any, parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the row of goods. Their price is what their parts are sold for, after a discount of the sale."""
    of_one = {name: getattr(goods, name) for name in ("sku", "quantity", "unit_price")}
    return {"product": goods.name, **of_one, "price": sum((row["price"] for row in parts), Decimal())}


def make_context(reservation: Reservation, user: User) -> dict[str, Any]:
    """Return the variables of the page to print. There is a sum if every line has a price."""
    display = Display.of(user)
    rows, total = make_lines(list_given(reservation), display, user)
    sums: list[tuple[str, str]] = []
    if total is not None:
        is_open = reservation.operation_id is None  # a sale has taken its part from each price
        off = read_off(reservation, total, display.currency) if is_open else Decimal()
        sums = [*say_off(off, display), (gettext("Total"), display.money(total - off))]
    return {"reservation": reservation, "rows": rows, "sums": sums, "shop": user.shop_owner}


def make_lines(
    given: Sequence[tuple[OrderedLine, Any]], display: Display, user: User
) -> tuple[list[dict[str, Any]], Decimal | None]:
    """Return the rows of lines with what they give, and the sum of their prices, or None if some have no price.

    Goods with parts have a row with their price, which is that of their parts, above the rows of these. A name tells
    whether the price is with VAT, if prices of the shop by now are the other way round.
    """
    header, *lines = make_rows(given, display.currency)
    parts = [dict(zip(header, line, strict=True)) for line in lines]
    prices = [row["price"] for row in parts]
    total = sum(prices, Decimal()) if prices and None not in prices else None
    rows: list[dict[str, Any]] = []
    for goods, of_goods in groupby(zip(given, parts, strict=True), key=lambda pair: pair[0][1].part_of):
        pairs = [*of_goods]
        shown = [row for _, row in pairs]
        added = [make_whole_row(goods, shown)] if goods else shown
        for (line, _), row in zip((pair for pair, _ in pairs), added, strict=False):
            if tax := say_tax(user, line.is_net):
                row["product"] += f" ({tax})"
        if goods:
            added += [{**row, "is_part": True, "unit_price": None, "price": None} for row in shown]
        rows += added
    for row in rows:
        row["quantity"] = display.number(row["quantity"])
        row |= {name: display.amount(row[name]) for name in ("unit_price", "price") if row[name] is not None}
    return rows, total


def read_off(order: Ordered, total: Decimal, currency: str) -> Decimal:
    """Return what the discount takes off the sum of an order."""
    discount = read_discount(order)
    return find_off(discount, [total], currency)[0] if discount else Decimal()


def say_off(off: Decimal, display: Display) -> list[tuple[str, str]]:
    return [(gettext("Discount"), display.money(-off))] if off else []


def draw_order(
    order: Ordered, title: str, facts: Iterable[str], rows: Iterable[dict[str, Any]], sums: Any, shop: Any
) -> Any:
    """Return the paper of an order as a document: its customer, its lines and their sums."""
    document, customer = begin_document(title, shop), order.customer
    document.put(" · ".join(filter(None, facts)))
    if customer:
        document.put("\n".join(filter(None, (customer.name, customer.address, customer.phone))), NOTE)
    titles = ("Product", "SKU", "Quantity", "Price of one", "Price")
    document.put_table([*map(gettext, titles)], [*map(write_row, rows)], sums, texts=2, strong=[gettext("Total")])
    return document


def make_document(reservation: Reservation, user: User) -> Any:
    """Return the page to print as a document."""
    decimal_sign.set(user.shop_decimal_sign)  # also for programs, because people read the document
    context, display = make_context(reservation, user), Display.of(user, is_kept=True)
    title = gettext("Delivery note %(number)s") % {"number": reservation.number}
    wanted_on = display.date(reservation.wanted_on) if reservation.wanted_on else ""
    facts = wanted_on, reservation.reference
    document = draw_order(reservation, title, facts, context["rows"], context["sums"], context["shop"])
    if reservation.tells_present:
        document.put(gettext(SAID_TODAY), NOTE)
    document.put(reservation.note, NOTE)
    document.put(f"\n{gettext('Received by')} {LINE}  {gettext('Day and time')} {LINE}", NOTE)
    return document


def write_row(row: dict[str, Any]) -> list[str]:
    """Return the cells of a row in the document."""
    name = INDENT * row.get("is_part", False) + row["product"]
    quantity = f"{row['quantity']} {row.get('unit', '')}".strip()
    return [name, row.get("sku", ""), quantity, row["unit_price"] or "", row["price"] or ""]
