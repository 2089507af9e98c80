"""The data of a sale and of a return: goods that lines name, what a sale has kept of them, and what comes back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from core.money.amounts import price_of
from core.texts.barcodes import GTIN
from core.texts.cleaning import fold_case
from core.texts.gs1 import find_gtin
from products.models import Product
from stock.booking.drafts import (
    NOTHING,
    BookingLine,
    Key,
    LockedProduct,
    PartLine,
    PlaceReference,
    ProductReference,
    Units,
    by_id,
    divide,
)

CODE_FIELDS = ("sku", "barcode")  # the codes that goods with parts have


@dataclass(frozen=True, slots=True)
class FoundGoods:
    """Goods with parts, as a request has found them. `kind` is the name of their kind: see trade.selling.goods.

    Without a price, they cost what their parts do. `parts` has the quantity of each product in one of them.
    """

    kind: str
    pk: int
    name: str
    sku: str
    barcode: str
    price: Decimal | None = None
    is_archived: bool = False
    parts: Sequence[list[int]] = ()

    @property
    def named(self) -> dict[str, int]:
        """Return the field of a line, or of a tile, that names them."""
        return {self.kind: self.pk}

    @property
    def text(self) -> str:
        """Return a text that finds them alone, as in look_ups.js: the name with a code or the id."""
        return f"{self.name} ({self.sku or self.barcode or f'#{self.kind} {self.pk}'})"

    def list_keys(self) -> Iterator[Key]:
        """Yield the keys that find them. Archived ones are found by their id alone."""
        yield self.kind, self.pk
        if not self.is_archived:
            yield from ((name, fold_case(getattr(self, name))) for name in CODE_FIELDS)
            if gtin := find_gtin(self.barcode):
                yield GTIN, gtin


class SoldPart(NamedTuple):
    """A part of goods that are sold: its product, its quantity in one of them, and the price of the product then."""

    product: LockedProduct | Product
    each: int
    price: Decimal

    def cost(self, quantity: int, price: Decimal | None = None) -> Decimal:
        return price_of(quantity, self.price if price is None else price, self.product.decimals)


@dataclass(slots=True)
class AskedGoods:
    """A line that names goods with parts. `places` are those of the lines of its parts among all lines to book."""

    goods: FoundGoods
    line: BookingLine
    quantity: int
    places: list[int] = field(default_factory=list)
    total: Decimal = NOTHING
    price_from: str = ""  # what made the total: see trade.selling.prices
    list_price: Decimal = NOTHING  # of one

    @property
    def kind(self) -> str:
        return self.goods.kind

    @property
    def parts(self) -> Sequence[PartLine]:
        """Return the parts of one of the goods: those of the line, or the usual ones."""
        return self.line.parts or [PartLine(by_id(product), each) for product, each in self.goods.parts]

    def describe(self) -> dict[str, Any]:
        """Return what a sale or a reservation keeps of them. The price of one is rounded to cents."""
        return {
            f"{self.kind}_id": self.goods.pk, "name": self.goods.name, "sku": self.goods.sku, "quantity": self.quantity,
            "unit_price": divide(self.total, 1, self.quantity), "total": self.total,
        }  # fmt: skip


class SoldEntry(NamedTuple):
    """Goods of one line of a sale: how many were sold, and how much of which movement belongs to each of them.

    `goods` is their id, and `products` has the products of one, each with its quantity, in ascending order of the ids.
    """

    number: int
    parts: Sequence[tuple[int, int]]
    goods: int = 0
    products: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """A line of a return. What is scrapped is written off at once. Without a place, goods go back to where they were.

    A place with a location alone keeps the lot, and a place with a lot alone keeps the location. `movement` is the id
    of the one to take back; without it, the movements of the product that were booked last are taken back. `product`
    may name goods with parts, and `entry` is their place among those of the sale. find_entries() in
    trade.selling.named_goods sets `entries`.
    """

    product: ProductReference | None
    quantity: Units
    is_scrapped: bool = False
    place: PlaceReference | None = None
    entry: int | None = None
    movement: int | None = None
    entries: Sequence[SoldEntry] = ()

    @property
    def rank(self) -> int:
        """Return the place of the line in the order in which lines take goods back."""
        return 0 if self.movement is not None else 1 if self.entries else 2
