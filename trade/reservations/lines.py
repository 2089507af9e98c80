"""What an order or a quote keeps: its lines of products, and its goods with parts."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Q

from core.database.postgres.base import execute
from core.money.currencies import round_money
from core.ownership import delete_rows
from products.models import Product
from stock.booking.drafts import BookingLine, PartLine, ProductReference, by_id, divide
from stock.models import MovementType
from trade.reservations import sql
from trade.reservations.models import FOREVER, SAID, Ordered, OrderedLine, ReservationLine
from trade.selling.drafts import AskedGoods, FoundGoods
from trade.selling.goods import GoodsKind, list_kinds

Said = tuple[str | None, ...]
NOTHING_SAID: Said = (None,) * len(SAID)


class Reserved(NamedTuple):
    """What a line of a reservation has of a product. `total` is the share of the price of goods with parts."""

    product: int
    quantity: int
    unit_price: Decimal | None = None
    total: Decimal | None = None
    price_from: str = ""  # what made a price that applied, if nobody typed it
    said: Said = NOTHING_SAID  # what the line keeps of the product; None: the present values
    is_net: bool | None = None  # whether the price is without VAT; None: as the prices of the shop

    def take(self, quantity: int, currency: str) -> tuple["Reserved", "Reserved"]:
        """Return the part with this quantity, and the rest. Each has its share of the total, as money that exists."""
        taken, rest = self._replace(quantity=quantity), self._replace(quantity=self.quantity - quantity)
        if self.total is None:
            return taken, rest
        share = round_money(divide(self.total, quantity, self.quantity), currency)
        return taken._replace(total=share), rest._replace(total=self.total - share)

    def as_booking(self, *, is_share: bool = False) -> BookingLine:
        """Return the line that sells it."""
        return BookingLine(
            by_id(self.product), MovementType.OUT, self.quantity, unit_price=self.unit_price, total=self.total,
            is_share=is_share, price_from=self.price_from, is_net=self.is_net,
        )  # fmt: skip


class Tables(NamedTuple):
    """Where an order or a quote keeps its lines and its goods with parts. `link` is the name of their key to it.

    `insert` is the statement that inserts lines, and `further` are attributes of AskedGoods that are kept, too.
    """

    link: str
    lines: Any
    find_goods: Callable[[GoodsKind], Any]
    insert: str
    further: Sequence[str] = ()


RESERVED = Tables("reservation", ReservationLine, attrgetter("reserved"), sql.INSERT_LINES)


def count_by_product(reserved: Iterable[Reserved]) -> Counter[int]:
    quantities: Counter[int] = Counter()
    for one in reserved:
        quantities[one.product] += one.quantity
    return quantities


def as_reserved(line: OrderedLine) -> Reserved:
    said = tuple(getattr(line, name) for name in SAID)
    source = line.price_from or ""
    return Reserved(line.product_id, line.quantity, line.unit_price, line.total, source, said, line.is_net)


def as_asked(row: Any, total: Decimal | None = None) -> AskedGoods:
    """Return goods with parts that a reservation has, as a line asks for them, at its price or a total."""
    found = getattr(row, row.kind)
    is_archived = found.archived_at is not None
    usual = [[product, each] for product, each in row.parts]
    named = FoundGoods(row.kind, found.pk, row.name, row.sku, found.barcode, found.price, is_archived, usual)
    parts = [PartLine(by_id(product), each) for product, each in row.parts]
    reference = ProductReference(row.kind, found.pk)
    line = BookingLine(reference, MovementType.OUT, row.quantity, total=total, parts=parts)
    return AskedGoods(named, line, row.quantity, row.places, row.total, row.price_from or "")


def insert_lines(order: Ordered, wanted: list[Reserved], tables: Tables = RESERVED) -> None:
    """Insert the lines of a quote, or of an open reservation, which count until it ends."""
    if not wanted:  # all lines are refused
        return
    until = getattr(order, "expires_at", None) or FOREVER
    products, quantities, prices, totals, sources, said, nets = map(list, zip(*wanted, strict=True))
    values = {
        "owner": order.owner_id, "order": order.pk, "until": until, "products": products,
        "quantities": quantities, "prices": prices, "totals": totals, "sources": sources, "nets": nets,
        **dict(zip(SAID, map(list, zip(*said, strict=True)), strict=True)),
    }  # fmt: skip
    execute(tables.insert, values)
    if tables is RESERVED:
        raise_hints(order.owner_id, products, until)


def raise_hints(owner_id: int, products: Collection[int], until: datetime) -> None:
    """Set `reserved_until` of the products to at least this time, until which bookings read the reserved quantity."""
    sooner = Q(reserved_until__isnull=True) | Q(reserved_until__lt=until)
    Product.objects.filter(sooner, owner_id=owner_id, pk__in=list(products)).update(reserved_until=until)


def delete_lines(order: Ordered, tables: Tables = RESERVED) -> None:
    for model in (tables.lines, *map(tables.find_goods, list_kinds())):
        own = model.objects.filter(owner_id=order.owner_id, **{tables.link: order})
        delete_rows(model, order.owner_id, [*own])


def insert_goods(order: Ordered, asked: Sequence[AskedGoods], tables: Tables = RESERVED) -> None:
    """Insert the goods with parts of an order or a quote. They have the places of the lines of their parts.

    They keep what made their price unless somebody has typed it, even if it is the one that applies.
    """
    links: dict[str, Any] = {"owner_id": order.owner_id, tables.link: order}
    for kind in list_kinds() if asked else ():
        model = tables.find_goods(kind)
        model.objects.bulk_create(
            model(
                **links, lines=one.places, **one.describe(),
                price_from=None if one.line.price.is_given else one.price_from or None,
                **{name: getattr(one, name) for name in tables.further},
            )
            for one in asked
            if one.kind == kind.name
        )  # fmt: skip


def read_goods(owner_id: int, lines: Mapping[int, Sequence[Reserved]], tables: Tables = RESERVED) -> list[Any]:
    """Return the goods with parts of these orders or quotes, with the products and quantities of one as `parts`.

    `lines` has what each line has, by the id of the order. No statement is executed if none of them has a share.
    """
    ids = [pk for pk, own in lines.items() if any(one.total is not None for one in own)]
    found = []
    for kind in list_kinds() if ids else ():
        rows = tables.find_goods(kind).objects.filter(owner_id=owner_id, **{f"{tables.link}_id__in": ids})
        for row in rows.order_by("id").select_related(kind.name):
            parts = [lines[getattr(row, f"{tables.link}_id")][place] for place in row.places]
            row.parts = [(part.product, part.quantity // row.quantity) for part in parts]
            row.is_net = parts[0].is_net
            found.append(row)
    return found


def attach_lines(orders: Sequence[Any], tables: Tables) -> list[Any]:
    """Set `shown` and `goods` of orders or quotes of one account, and `part_of` of their lines. Return them."""
    by_id = {order.pk: order for order in orders}
    for order in orders:
        order.shown, order.goods = [], []
    owner_id = orders[0].owner_id if orders else 0
    lines = tables.lines.objects.filter(owner_id=owner_id, **{f"{tables.link}_id__in": [*by_id]})
    for line in lines.select_related("product").order_by(f"{tables.link}_id", "id"):
        by_id[getattr(line, f"{tables.link}_id")].shown.append(line)
    for goods in read_goods(owner_id, {pk: [*map(as_reserved, one.shown)] for pk, one in by_id.items()}, tables):
        order = by_id[getattr(goods, f"{tables.link}_id")]
        order.goods.append(goods)
        for place in goods.places:
            order.shown[place].part_of = goods
    return [*orders]
