"""Sell kits: lines of a request that name kits are replaced by lines of their parts, before any product is locked.

The ledger judges the lines of the parts together with all other lines. The price of a kit is shared over its parts
under the locks of their products: see docs/decisions/0066-kits-are-ways-to-sell.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import accumulate
from typing import Any

from core.amounts import price_of
from core.currencies import get_money_decimals
from core.database.postgres.base import fetch
from core.database.transactions import atomic
from core.errors import DomainError
from core.text import fold_case
from products.codes.barcodes import GTIN
from products.codes.gs1 import find_gtin
from products.models import MAX_PRICE, MAX_VALUE
from stock.booking.discounts import share
from stock.booking.drafts import (
    CENTS,
    NOTHING,
    BookingLine,
    LockedProduct,
    LockedProducts,
    OperationDraft,
    PartLine,
    ProductReference,
    Units,
    by_id,
    divide,
)
from stock.booking.limits import must_sell_at_list_price
from stock.booking.line_errors import LineErrors
from stock.booking.locking import lock_products
from stock.booking.naming import Key
from stock.booking.services import book
from stock.errors import ListPriceOnly, PriceTooHigh
from stock.models import Movement, MovementType, Operation, OperationReason
from trade.kits import sql
from trade.kits.errors import KitArchived, KitNotFound, KitNotHere, KitOfWholes, PartTwice, TooManyParts
from trade.kits.models import SoldKit

MAX_LINES = 1000  # the most lines of a booking, counting those of the parts
CODE_FIELDS = ("sku", "barcode")


@dataclass(frozen=True, slots=True)
class FoundKit:
    """A kit as a request has found it. `parts` has the quantity of each product in one kit."""

    pk: int
    name: str
    sku: str
    barcode: str
    price: Decimal | None
    is_archived: bool
    parts: list[list[int]]

    def list_keys(self) -> Iterator[Key]:
        """Yield the keys that find the kit. An archived one is found by its id alone."""
        yield "kit", self.pk
        if not self.is_archived:
            yield from ((name, fold_case(getattr(self, name))) for name in CODE_FIELDS)
            if gtin := find_gtin(self.barcode):
                yield GTIN, gtin


Found = dict[Key, FoundKit]


@dataclass(slots=True)
class AskedKit:
    """A line that sells kits, the places of the lines of its parts among all lines to book, and its price."""

    kit: FoundKit
    line: BookingLine
    quantity: int
    places: list[int] = field(default_factory=list)
    total: Decimal = NOTHING

    @property
    def unit_price(self) -> Decimal:
        """Return the price of one kit, rounded to cents."""
        return divide(self.total, 1, self.quantity)

    def describe(self) -> dict[str, Any]:
        """Return what a sale or a reservation keeps of the kits."""
        return {
            "kit_id": self.kit.pk, "name": self.kit.name, "sku": self.kit.sku, "quantity": self.quantity,
            "unit_price": self.unit_price, "total": self.total,
        }  # fmt: skip

    def list_parts(self) -> list[tuple[ProductReference, str, Units]]:
        """Return what goes out for all kits of the line: each product, and its whole quantity."""
        usual = [PartLine(by_id(product), each) for product, each in self.kit.parts]
        return [(part.product, MovementType.OUT, part.quantity * self.quantity) for part in self.line.parts or usual]


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


def sell(*, draft: OperationDraft, lines: list[BookingLine]) -> list[Movement]:
    """Book the lines as book() does. Those that name kits take out the parts, and the operation keeps the kits.

    Raise InvalidLines, whose errors may be those of kits, or an error of book().
    """
    return sell_kits(draft, lines) if may_name_kits(draft, lines) else book(draft=draft, lines=lines)


@atomic
def sell_kits(draft: OperationDraft, lines: list[BookingLine]) -> list[Movement]:
    asked, expanded, errors = expand(draft, lines)
    locked = lock_products(draft.owner_id, [line.product for line in expanded])
    expanded = share_prices(draft, locked, asked, expanded, errors)
    movements = book(draft=draft, lines=expanded, locked=locked, errors=errors)
    keep_kits(movements[0].operation, asked, locked, expanded)
    return movements


def may_name_kits(draft: OperationDraft, lines: Sequence[BookingLine]) -> bool:
    """Return whether a line may name a kit: by its id or, in a shop that has had kits, by a code."""
    shop = draft.by.shop_owner
    fields = {"kit", *CODE_FIELDS} if shop and shop.has_kits else {"kit"}
    return any(line.parts or line.product.field in fields for line in lines)


def find_kits(owner_id: int, references: Iterable[ProductReference]) -> Found:
    """Return the kits of the account that these ids and codes name, by their keys."""
    sought: dict[str, list[Any]] = {name: [] for name in ("kit", *CODE_FIELDS, GTIN)}
    for name, value in (key for one in references if one.field in sought for key in one.keys):
        sought[name].append(value)
    found: Found = {}
    for row in fetch(sql.FIND_KITS, {"owner": owner_id, **sought}):
        kit = FoundKit(*row)
        found |= dict.fromkeys(kit.list_keys(), kit)
    return found


def expand(draft: OperationDraft, lines: list[BookingLine]) -> tuple[list[AskedKit], list[BookingLine], LineErrors]:
    """Return the kits that are sold, the lines to book, and the errors of the lines that can't be expanded.

    If no line can name a kit, these are the same lines, and no statement is executed. Raise TooManyParts.
    """
    if not may_name_kits(draft, lines):
        return [], lines, LineErrors()
    kits = find_kits(draft.owner_id, [line.product for line in lines])
    asked: list[AskedKit] = []
    booked: list[BookingLine] = []
    errors = KitErrors()
    for index, line in enumerate(lines):
        kit = next((kits[key] for key in line.product.keys if key in kits), None)
        with errors.of_line(index):
            if kit is None and line.product.field != "kit" and not line.parts:
                booked.append(line)
                errors.origins.append((index, None))
                continue
            one = check_kit(draft, line, kit)
            parts = [BookingLine(*part, place=line.place) for part in one.list_parts()]
            one.places = [*range(len(booked), len(booked) + len(parts))]
            booked += parts
            errors.origins += [(index, one.kit.pk)] * len(parts)
            asked.append(one)
    if len(booked) > MAX_LINES:
        raise TooManyParts(lines=len(booked), limit=MAX_LINES)
    return asked, booked, errors


def check_kit(draft: OperationDraft, line: BookingLine, kit: FoundKit | None) -> AskedKit:
    """Return the kits that the line sells. Raise KitNotFound, KitArchived, KitNotHere or KitOfWholes."""
    if kit is None:
        raise KitNotFound(kit=line.product.value)
    if draft.reason != OperationReason.SALE or line.movement_type == MovementType.IN:
        raise KitNotHere(kit=kit.pk)
    if not isinstance(line.quantity, int) or line.expected_quantity is not None or (line.place and line.place.lot):
        raise KitOfWholes(kit=kit.pk)
    if kit.is_archived:
        raise KitArchived(kit=kit.pk)
    return AskedKit(kit, line, line.quantity)


def share_prices(
    draft: OperationDraft, locked: LockedProducts, asked: list[AskedKit], lines: list[BookingLine], errors: LineErrors
) -> list[BookingLine]:
    """Return the lines, of which those of the parts have their share of the price of their kits."""
    shared = [*lines]
    for one in asked:
        products = [locked.find(lines[place].product) for place in one.places]
        with errors.of(one.places[0]):
            if None in products:
                continue  # the ledger refuses the line
            parts = [
                (product, product.count_units(lines[place].quantity))
                for place, product in zip(one.places, products, strict=True)
                if product is not None
            ]
            if len({product.product_id for product, _ in parts}) < len(parts):
                raise PartTwice(part=len(parts) - 1, product=parts[-1][0].product_id)
            one.total = find_total(draft, one, parts)
            for place, total in zip(one.places, share_total(one.total, parts, draft.by.shop_currency), strict=True):
                shared[place] = replace(lines[place], total=total, is_share=True)
    return shared


Parts = list[tuple[LockedProduct, int]]  # the products of the parts of a line, each with its whole quantity


def find_total(draft: OperationDraft, one: AskedKit, parts: Parts) -> Decimal:
    """Return the price of all kits of the line. Raise ListPriceOnly or PriceTooHigh."""
    number = one.quantity
    listed = one.kit.price
    if listed is None:
        whole = sum((list_price(product, quantity) for product, quantity in parts), NOTHING)
    else:
        whole = listed * number
    given = one.line.total if one.line.unit_price is None else one.line.unit_price * number
    total = whole if given is None else given
    if total > MAX_VALUE or total / number > MAX_PRICE:
        raise PriceTooHigh(kit=one.kit.pk, limit=MAX_PRICE)
    if total != whole and must_sell_at_list_price(draft.by):
        raise ListPriceOnly(kit=one.kit.pk, list_price=f"{whole / number:.2f}")
    return total


def list_price(product: LockedProduct, quantity: int) -> Decimal:
    return price_of(quantity, product.price, product.decimals)


def share_total(total: Decimal, parts: Parts, currency: str) -> list[Decimal]:
    """Return the share of each part, by the prices of the products, or by their amounts if all prices are 0.

    The shares are whole cents, or whole units of a currency without decimals, and add up to the total. What is left
    after rounding down goes to the parts with the largest remainders.
    """
    weights = [int(list_price(product, quantity).scaleb(CENTS)) for product, quantity in parts]
    if not any(weights):
        finest = max(product.decimals for product, _ in parts)
        weights = [quantity * 10 ** (finest - product.decimals) for product, quantity in parts]
    cents = int(total.scaleb(CENTS))
    step = 1 if get_money_decimals(currency) or cents % 100 else 100
    return [Decimal(part).scaleb(-CENTS) for part in share(cents, weights, step)]


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
        SoldKit(**links, movements=[ends[place] - 1 for place in one.places], **one.describe()) for one in kits
    ]
    SoldKit.objects.bulk_create(operation.kits)
