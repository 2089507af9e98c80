"""The data of a sale of kits, and of a return: lines that sell kits, and lines that take goods back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from stock.booking.drafts import (
    NOTHING,
    BookingLine,
    PartLine,
    PlaceReference,
    ProductReference,
    Units,
    by_id,
    divide,
)
from trade.kits.services import FoundKit


@dataclass(slots=True)
class KitLine:
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

    @property
    def parts(self) -> Sequence[PartLine]:
        """Return the parts of one kit of the line."""
        return self.line.parts or [PartLine(by_id(product), each) for product, each in self.kit.parts]


class KitEntry(NamedTuple):
    """Kits of one line of a sale: how many were sold, and how much of which movement belongs to each."""

    kits: int
    parts: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """A line of a return. What is scrapped is written off at once. Without a place, goods go back to where they were.

    A place with a location alone keeps the lot, and a place with a lot alone keeps the location. `movement` is the id
    of the one to take back; without it, the movements of the product that were booked last are taken back. A line may
    name a kit, and `entry` is its place among the kits of the sale. find_entries_of() in trade.selling.kits sets
    `entries`.
    """

    product: ProductReference | None
    quantity: Units
    is_scrapped: bool = False
    place: PlaceReference | None = None
    entry: int | None = None
    movement: int | None = None
    entries: Sequence[KitEntry] = ()

    @property
    def kit(self) -> int | None:
        """Return the id of the kit that the line names."""
        return int(self.product.value) if self.product and self.product.field == "kit" else None

    @property
    def rank(self) -> int:
        """Return the place of the line in the order in which lines take goods back."""
        return 0 if self.movement is not None else 1 if self.entries else 2
