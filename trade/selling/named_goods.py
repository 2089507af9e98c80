"""The goods that the lines of a request name: they are found, locked, priced, kept with a sale, and taken back.

Goods with parts have no stock. Before any product is locked, their lines are replaced by lines of their
parts, and the ledger judges these together with all others. Their price is shared over the parts under the locks: see
docs/decisions/0074-kinds-of-goods.md.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from typing import Any

from core.money.currencies import round_money
from products.models import Product
from records.history.models import Kind
from stock.booking.drafts import NOTHING, BookingLine, Key, LockedProducts, OperationDraft, ProductReference, by_id
from stock.booking.holdings import LineErrors
from stock.booking.locks import find_holders_then, lock_products
from stock.making.errors import PartTwice
from stock.models import Movement, MovementType, Operation
from trade.selling.drafts import CODE_FIELDS, AskedGoods, FoundGoods, ReturnLine, SoldEntry, SoldPart
from trade.selling.errors import TooManyParts
from trade.selling.goods import GoodsKind, find_kind, list_kinds
from trade.selling.money import add_up, share_total
from trade.selling.prices import PRODUCT, SalePrices, check_kept_tax, read_listed_at, read_sale_prices

# A booking has at most this many lines, those of the parts included.
MAX_LINES = 1000


@dataclass(slots=True)
class Agreed:
    """Goods with parts that an order has, with the price and the parts of one.

    `left` is how many of them a request may still have at this price, and `is_net` whether the price is without VAT.
    With `applies`, nobody has typed the price: a line that repeats it gets the price that applies now.
    """

    named: Mapping[str, int]
    unit_price: Decimal
    parts: Collection[tuple[int, int]]
    left: int
    is_net: bool | None
    applies: bool


@dataclass(slots=True)
class LockedGoods:
    """What a request sells or reserves: its locked products, and the lines of products to book.

    `asked` are the goods with parts that its lines name, or those that a reservation has kept: they describe()
    themselves and have `places`. `errors` has the errors of lines that are refused, and `prices` what the goods cost.
    """

    locked: LockedProducts
    lines: list[BookingLine]
    asked: Sequence[Any]
    errors: LineErrors
    prices: SalePrices | None = None

    def share_price(self, draft: OperationDraft, asked: AskedGoods, agreed: Iterable[Agreed] = ()) -> None:
        """Give the lines of the parts their share of the price. Raise the error of the goods or of a part."""
        found = [one for one in agreed if (one.named, one.unit_price) == (asked.goods.named, asked.line.unit_price)]
        if any(one.applies for one in found):
            asked.line, found = replace(asked.line, unit_price=None), []
        parts = self.find_parts(asked)
        of_one = {(part.product.pk, part.each) for part in parts}
        found = [one for one in found if one.parts == of_one]
        rest, is_net = asked.quantity, found[0].is_net if found else asked.line.is_net
        for one in found:
            part = min(rest, one.left)
            one.left, rest = one.left - part, rest - part
        find_total = find_kind(asked.kind).find_total
        is_agreed = None if found and rest else not rest
        if not is_agreed:
            check_kept_tax(draft.by, is_net, **asked.goods.named)
        asked.total, asked.price_from = find_total(draft, asked, parts, is_agreed, self.prices)
        shares = share_total(asked.total, parts, asked.quantity, draft.by.shop_currency)
        for place, total in zip(asked.places, shares, strict=True):
            self.lines[place] = replace(self.lines[place], total=total, is_net=is_net)

    def find_parts(self, asked: AskedGoods) -> list[SoldPart]:
        """Return the parts of one of the goods. Raise PartTwice, or the error of a part that can't be sold."""
        found: dict[int, SoldPart] = {}
        for place, part in enumerate(asked.parts):
            product = self.locked.get_live(part.product)
            if product.product_id in found:
                raise PartTwice(part=place, product=product.product_id)
            each = product.count_units(part.quantity)
            listed = self.prices.list_product(product) if self.prices else product.price
            found[product.product_id] = SoldPart(product, each, listed)
        return [*found.values()]

    def keep(self, operation: Operation) -> None:
        """Write the goods that an operation has sold, and set its `goods` for the response."""
        if not self.asked:
            return
        # A product without stock has two movements: what goes out has just come in.
        ends = [*accumulate(1 if self.locked.get_live(line.product).keeps_stock else 2 for line in self.lines)]
        links: dict[str, Any] = {"owner_id": operation.owner_id, "operation": operation}
        for kind in list_kinds():
            own = [one for one in self.asked if one.kind == kind.name]
            rows = [
                kind.sold(**links, movements=[ends[place] - 1 for place in one.places], **one.describe()) for one in own
            ]
            for row, one in zip(kind.sold.objects.bulk_create(rows), own, strict=True):
                row.price_from = one.price_from
            operation.goods = [*operation.goods, *rows]


def lock_goods(
    draft: OperationDraft,
    lines: list[BookingLine],
    own: Iterable[int] = (),
    agreed: Collection[Agreed] = (),
) -> LockedGoods:
    """Find the goods that the lines name, lock their products, and share the prices of those with parts.

    The products `own` are locked as well. `agreed` are the goods that an order has already. Raise TooManyParts.
    """
    asked, lines, errors = find_asked(draft, lines)
    references = [*map(by_id, own), *(line.product for line in lines)]
    locked = lock_products(draft.owner_id, references, draft.occurred_at)
    goods = LockedGoods(locked, lines, asked, errors, read_sale_prices(draft, locked, lines, asked))
    for one in asked:
        with errors.of(one.places[0]):
            goods.share_price(draft, one, agreed)
    return goods


def list_named(draft: OperationDraft, lines: Sequence[BookingLine]) -> list[GoodsKind]:
    """Return the kinds that a line may name: by an id, by own parts or, if the shop has had such goods, by a code."""
    shop, fields = draft.by.shop_owner, {line.product.field for line in lines}
    has_code, has_parts = not fields.isdisjoint(CODE_FIELDS), any(line.parts for line in lines)
    return [
        kind for kind in list_kinds() if has_parts or kind.name in fields or (has_code and shop and kind.is_used(shop))
    ]


def find_asked(
    draft: OperationDraft, lines: list[BookingLine]
) -> tuple[list[AskedGoods], list[BookingLine], LineErrors]:
    """Return the goods with parts that are asked for, the lines to book, and the errors of lines that name others.

    If no line can name any, these are the same lines, and no statement is executed. Raise TooManyParts.
    """
    kinds = {kind.name: kind for kind in list_named(draft, lines)}
    if not kinds:
        return [], lines, LineErrors()
    lines = name_goods_then(draft, lines, kinds.values()) if draft.occurred_at else lines
    references = [line.product for line in lines]
    found = {key: goods for kind in kinds.values() for key, goods in kind.find(draft.owner_id, references).items()}
    asked: list[AskedGoods] = []
    booked: list[BookingLine] = []
    errors = LineErrors()
    for index, line in enumerate(lines):
        goods = next((found[key] for key in line.product.keys if key in found), None)
        kind = kinds.get(goods.kind if goods else line.product.field)
        if kind is None and not line.parts:
            booked.append(line)
            errors.origins.append((index, {}))
            continue
        with errors.of_request(index):
            checked = (kind or next(iter(kinds.values()))).check(draft, line, goods)
            one = AskedGoods(checked, line, int(line.quantity))
            out, place = MovementType.OUT, line.place
            parts = [
                BookingLine(part.product, out, part.quantity * one.quantity, place=place, is_share=True)
                for part in one.parts
            ]
            one.places = [*range(len(booked), len(booked) + len(parts))]
            booked += parts
            errors.origins += [(index, one.goods.named)] * len(parts)
            asked.append(one)
    if len(booked) > MAX_LINES:
        raise TooManyParts(lines=len(booked), limit=MAX_LINES)
    return asked, booked, errors


def name_goods_then(draft: OperationDraft, lines: list[BookingLine], kinds: Iterable[GoodsKind]) -> list[BookingLine]:
    """Return the lines, those whose code was that of other goods at the time of the operation with the id of these."""
    named, times = [line.product for line in lines], [draft.occurred_at] * len(lines)
    then = find_holders_then(draft.owner_id, named, times)
    found = {n: by_id(pk) for n, pk in then.items()}
    for kind in kinds:
        held = find_holders_then(draft.owner_id, named, times, kind.recorded, kind.model._meta.db_table)
        found |= {n: ProductReference(kind.name, pk) for n, pk in held.items()}
    return [replace(line, product=found.get(n, line.product)) for n, line in enumerate(lines)]


def read_list_prices(owner_id: int, goods: Iterable[FoundGoods], at: datetime | None = None) -> list[Decimal]:
    """Return what one of each of these goods costs, or has cost at a time: without a price, as much as its parts.

    It executes a statement for all of them, and with a time two for each.
    """
    goods = [*goods]
    products = Product.objects.filter(owner_id=owner_id).in_bulk({pk for one in goods for pk, _ in one.parts})
    listed = []
    for one in goods:
        own = read_listed_at(owner_id, find_kind(one.kind).recorded, {one.pk: one.price}, at)[one.pk]
        prices = read_listed_at(owner_id, Kind.PRODUCT, {pk: products[pk].price for pk, _ in one.parts}, at)
        parts = [SoldPart(products[pk], each, prices[pk]) for pk, each in one.parts]
        listed.append(add_up(parts) if own is None else own)
    return listed


def read_listed(owner_id: int, goods: Mapping[Key, Any], at: datetime | None, currency: str) -> dict[Key, Decimal]:
    """Return the list prices of these products and goods with parts, now or at a time, by their keys."""
    present: dict[Any, Any] = {pk: one.price for (kind, pk), one in goods.items() if kind == PRODUCT}
    prices = read_listed_at(owner_id, Kind.PRODUCT, present, at) if present else {}
    listed: dict[Key, Decimal] = {(PRODUCT, pk): price for pk, price in prices.items()}
    wholes = {key: one for key, one in goods.items() if key[0] != PRODUCT}
    for key, price in zip(wholes, read_list_prices(owner_id, wholes.values(), at) if wholes else (), strict=True):
        listed[key] = price if wholes[key].price is not None else round_money(price, currency) + NOTHING
    return listed


# --- What a sale has kept, and what comes back of it ------------------------------------------------------


def find_entries(sale: Operation, lines: list[ReturnLine] | None) -> tuple[list[ReturnLine] | None, LineErrors]:
    """Return the lines of a return, those that name goods with parts with their entries, and the errors of the others.

    If no line names any, no statement is executed.
    """
    kinds = {kind.name: kind for kind in list_kinds()}
    named = [kinds.get(line.product.field) if line.product else None for line in lines or ()]
    if not any(named):
        return lines, LineErrors()
    sold = read_entries(sale, filter(None, set(named)))
    errors, found = LineErrors(), list[ReturnLine]()
    for index, (line, kind) in enumerate(zip(lines or (), named, strict=True)):
        with errors.of_request(index):
            if kind and line.movement is None:
                entries = sold[kind.name]
                line = replace(line, entries=[entries[n] for n in kind.choose_entries(sale, entries, line)])
            found.append(line)
            errors.origins.append((index, {kind.name: int(line.product.value)} if kind and line.product else {}))
    return found, errors


def read_entries(sale: Operation, kinds: Iterable[GoodsKind]) -> dict[str, list[SoldEntry]]:
    """Return the goods of a sale by their kinds, in their order."""
    moved = Movement.objects.filter(owner_id=sale.owner_id, operation=sale).order_by("id")
    movements = [*moved.values_list("id", "product_id", "quantity")]
    sold: dict[str, list[SoldEntry]] = defaultdict(list)
    for kind in kinds:
        for row in kind.sold.objects.filter(owner_id=sale.owner_id, operation=sale).order_by("id"):
            parts = [movements[place] for place in row.movements]
            each = [(pk, quantity // row.quantity) for pk, _, quantity in parts]
            products = sorted((product, quantity // row.quantity) for _, product, quantity in parts)
            sold[kind.name].append(SoldEntry(row.quantity, each, row.goods_id, products))
    return sold
