"""Kits on the lines of a sale: they are replaced by lines of their parts, before any product is locked.

The ledger judges the lines of the parts together with all other lines. The price of a kit is shared over its parts
under the locks of their products: see docs/decisions/0066-kits-are-ways-to-sell.md.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate
from typing import Any

from core.errors import DomainError
from records.history.models import Kind
from stock.booking.drafts import BookingLine, LockedProducts, OperationDraft, ProductReference
from stock.booking.holdings import LineErrors
from stock.booking.locks import find_holders_then
from stock.errors import KitNotHere
from stock.making.errors import PartTwice
from stock.models import Movement, MovementType, Operation, OperationReason
from trade.kits.errors import (
    KitAmbiguous,
    KitArchived,
    KitNotFound,
    KitNotInSale,
    KitOfWholes,
    MoreKitsThanSold,
    TooManyParts,
)
from trade.kits.models import Kit, SoldKit
from trade.kits.services import CODE_FIELDS, FoundKit, find_kits
from trade.selling.drafts import KitEntry, KitLine, ReturnLine
from trade.selling.kit_prices import Prices, SoldPart, find_total, read_prices, share_total

MAX_LINES = 1000  # the most lines of a booking, counting those of the parts


class KitErrors(LineErrors):
    """Errors of lines to book, by the index of the line of the request. Those of a part of a kit name the kit."""

    def __init__(self) -> None:
        super().__init__()
        self.origins: list[tuple[int, int | None]] = []  # the index of the request's line, and the kit, of each line

    of_line = LineErrors.of

    def each(self, lines: Any) -> Iterator[tuple[int, Any]]:
        return enumerate(lines)

    @contextmanager
    def of(self, place: int) -> Iterator[None]:
        """Collect the first error of a line of the request."""
        index, kit = self.origins[place]
        try:
            yield
        except DomainError as error:
            if kit is not None:
                error.numbers["kit"] = kit
            self.by_index.setdefault(index, error)


def may_name_kits(draft: OperationDraft, lines: Sequence[BookingLine]) -> bool:
    """Return whether a line may name a kit: by its id or, in a shop that has had kits, by a code."""
    shop = draft.by.shop_owner
    fields = {"kit", *CODE_FIELDS} if shop and shop.has_kits else {"kit"}
    return any(line.parts or line.product.field in fields for line in lines)


def expand(draft: OperationDraft, lines: list[BookingLine]) -> tuple[list[KitLine], list[BookingLine], LineErrors]:
    """Return the kits that are sold, the lines to book, and the errors of the lines that can't be expanded.

    If no line can name a kit, these are the same lines, and no statement is executed. Raise TooManyParts.
    """
    if not may_name_kits(draft, lines):
        return [], lines, LineErrors()
    lines = name_goods_then(draft, lines)
    kits = find_kits(draft.owner_id, [line.product for line in lines])
    kit_lines: list[KitLine] = []
    booked: list[BookingLine] = []
    errors = KitErrors()
    for index, line in enumerate(lines):
        kit = next((kits[key] for key in line.product.keys if key in kits), None)
        with errors.of_line(index):
            if kit is None and line.product.field != "kit" and not line.parts:
                booked.append(line)
                errors.origins.append((index, None))
                continue
            kit_line = check_kit(draft, line, kit)
            parts = [
                BookingLine(
                    part.product, MovementType.OUT, part.quantity * kit_line.quantity, place=line.place, is_share=True
                )
                for part in kit_line.parts
            ]
            kit_line.places = [*range(len(booked), len(booked) + len(parts))]
            booked += parts
            errors.origins += [(index, kit_line.kit.pk)] * len(parts)
            kit_lines.append(kit_line)
    if len(booked) > MAX_LINES:
        raise TooManyParts(lines=len(booked), limit=MAX_LINES)
    return kit_lines, booked, errors


def name_goods_then(draft: OperationDraft, lines: list[BookingLine]) -> list[BookingLine]:
    """Return the lines, those whose code was that of other goods at the time of the operation with the id of these."""
    named, times = [line.product for line in lines], [draft.occurred_at] * len(lines)
    products = find_holders_then(draft.owner_id, named, times)
    kits = find_holders_then(draft.owner_id, named, times, Kind.KIT, Kit._meta.db_table)
    then = {n: ProductReference("product", pk) for n, pk in products.items()}
    then |= {n: ProductReference("kit", pk) for n, pk in kits.items()}
    return [replace(line, product=then.get(n, line.product)) for n, line in enumerate(lines)]


def check_kit(draft: OperationDraft, line: BookingLine, kit: FoundKit | None) -> KitLine:
    """Return the kits that the line sells. Raise KitNotFound, KitArchived, KitNotHere or KitOfWholes."""
    if kit is None:
        raise KitNotFound(kit=line.product.value)
    if draft.reason != OperationReason.SALE or line.movement_type == MovementType.IN:
        raise KitNotHere(kit=kit.pk)
    if not isinstance(line.quantity, int) or line.expected_quantity is not None or (line.place and line.place.lot):
        raise KitOfWholes(kit=kit.pk)
    if kit.is_archived:
        raise KitArchived(kit=kit.pk)
    return KitLine(kit, line, line.quantity)


Agreed = set[tuple[int, Decimal | None, frozenset[tuple[int, int]]]]  # kits, the price of one, and the parts of one


def share_prices(
    draft: OperationDraft,
    locked: LockedProducts,
    kit_lines: list[KitLine],
    lines: list[BookingLine],
    errors: LineErrors,
    agreed: Agreed | None = None,
) -> list[BookingLine]:
    """Return the lines, of which those of the parts have their share of the price of their kits.

    `agreed` are the kits that an order has already.
    """
    shared = [*lines]
    prices = read_prices(draft, locked) if kit_lines else {}
    for kit_line in kit_lines:
        with errors.of(kit_line.places[0]):
            parts = find_parts(locked, prices, kit_line)
            of_one = frozenset((part.product.product_id, part.each) for part in parts)
            key = kit_line.kit.pk, kit_line.line.unit_price, of_one
            kit_line.total = find_total(draft, kit_line, parts, is_agreed=key in (agreed or ()))
            shares = share_total(kit_line.total, parts, kit_line.quantity, draft.by.shop_currency)
            for place, total in zip(kit_line.places, shares, strict=True):
                shared[place] = replace(lines[place], total=total)
    return shared


def find_parts(locked: LockedProducts, prices: Prices, kit_line: KitLine) -> list[SoldPart]:
    """Return the parts of the kits of a line. Raise PartTwice, or the error of a part that can't be sold."""
    found: dict[int, SoldPart] = {}
    for place, part in enumerate(kit_line.parts):
        product = locked.get_live(part.product)
        if product.product_id in found:
            raise PartTwice(part=place, product=product.product_id)
        each = product.count_units(part.quantity)
        found[product.product_id] = SoldPart(product, each, prices[product.product_id])
    return [*found.values()]


def keep_kits(operation: Operation, kits: Sequence[Any], locked: LockedProducts, lines: list[BookingLine]) -> None:
    """Write the kits that an operation has sold by these lines, and set its `kits` for the response.

    Each of `kits` describes itself, and has the places of the lines of its parts.
    """
    if not kits:
        return
    # A product without stock has two movements: what goes out has just come in.
    ends = [*accumulate(1 if locked.get_live(line.product).keeps_stock else 2 for line in lines)]
    links: dict[str, Any] = {"owner_id": operation.owner_id, "operation": operation}
    operation.kits = [
        SoldKit(**links, movements=[ends[place] - 1 for place in kit.places], **kit.describe()) for kit in kits
    ]
    SoldKit.objects.bulk_create(operation.kits)


def find_entries_of(sale: Operation, lines: list[ReturnLine] | None) -> tuple[list[ReturnLine] | None, LineErrors]:
    """Return the lines of a return, those that name kits with the kits of the sale, and the errors of refused lines.

    If no line names a kit, no statement is executed.
    """
    if not any(line.kit for line in lines or ()):
        return lines, LineErrors()
    sold, errors = read_sold_kits(sale), KitErrors()
    found: list[ReturnLine] = []
    for index, line in enumerate(lines or ()):
        with errors.of_line(index):
            is_of_kits = line.kit and line.movement is None
            found.append(replace(line, entries=find_entries(sale, sold, line)) if is_of_kits else line)
            errors.origins.append((index, line.kit))
    return found, errors


def read_sold_kits(sale: Operation) -> list[tuple[int, KitEntry, Any]]:
    """Return the kits of a sale in their order: the kit, what was sold of it, and the products of one, sorted."""
    rows = SoldKit.objects.filter(owner_id=sale.owner_id, operation=sale).order_by("id")
    moved = Movement.objects.filter(owner_id=sale.owner_id, operation=sale).order_by("id")
    movements = [*moved.values_list("id", "product_id", "quantity")]
    sold = []
    for row in rows:
        parts = [(movements[place], movements[place][2] // row.quantity) for place in row.movements]
        entry = KitEntry(row.quantity, [(movement[0], each) for movement, each in parts])
        sold.append((row.kit_id, entry, sorted((movement[1], each) for movement, each in parts)))
    return sold


def find_entries(sale: Operation, sold: list[tuple[int, KitEntry, Any]], line: ReturnLine) -> list[KitEntry]:
    """Return the kits of the sale that a line may take back, which all have the same parts.

    Raise KitNotInSale, KitAmbiguous, KitOfWholes or MoreKitsThanSold.
    """
    kit = line.kit
    places = [place for place, one in enumerate(sold) if one[0] == kit and line.entry in (None, place)]
    if not places:
        raise KitNotInSale(kit=kit, operation=sale.pk)
    if any(sold[place][2] != sold[places[0]][2] for place in places):
        raise KitAmbiguous(kit=kit, entries=places)
    if not isinstance(line.quantity, int) or (line.place and line.place.lot):
        raise KitOfWholes(kit=kit)
    entries = [sold[place][1] for place in places]
    if line.quantity > (number := sum(entry.kits for entry in entries)):
        raise MoreKitsThanSold(kit=kit, sold=number, requested=line.quantity)
    return entries
