"""The lines of a return, and the kits of a sale that they take back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stock.booking.drafts import PlaceReference, ProductReference, Units


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
