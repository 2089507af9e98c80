"""Choose the holdings from which a movement takes and those to which it adds, in memory and with the products locked.

An OUT without a place takes in this order: lots that have not expired, the earliest date first; holdings without a
date, the oldest first; stock that is not held; expired lots, the earliest date first. With reason `expiry` the expired
lots come first. With reason `count` the stock that is not held comes first, because a count adds its surplus there. So
if 150 are counted by mistake and then 100, each lot has the same quantity again.

The errors of the lines of a request are collected, so that a refusal names all of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import NamedTuple, TypeVar

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.sentences import fill
from stock.errors import InvalidLines
from stock.models import OperationReason


class Place(NamedTuple):
    """A location, a lot, or both. Without either it is nowhere: where the stock is that is not held."""

    location: int | None = None
    location_name: str | None = None
    lot: int | None = None
    lot_code: str | None = None
    expires_on: date | None = None
    is_expired: bool = False  # whether the date of the lot is over in the shop's time zone

    @property
    def key(self) -> tuple[int | None, int | None]:
        return self.location, self.lot

    @property
    def is_nowhere(self) -> bool:
        return self.key == (None, None)

    def move_to(self, location: tuple[int, str] | None) -> "Place":
        """Return the same lot at this location, given as its id and name, or at no location."""
        location_id, name = location or (None, None)
        return self._replace(location=location_id, location_name=name)

    def replace_by(self, named: "Place | None") -> "Place":
        """Return the place, with the location and the lot of the other place if that has them."""
        place = self
        if named and named.location is not None:
            place = place.move_to((named.location, named.location_name or ""))
        if named and named.lot is not None:
            place = named.move_to((place.location, place.location_name or "") if place.location is not None else None)
        return place

    def describe(self) -> str:
        """Return the place in words for an error message."""
        location = fill("at {location}", location=self.location_name) if self.location else ""
        lot = fill("in lot {lot}", lot=self.lot_code) if self.lot else ""
        return ", ".join(filter(None, (location, lot))) or _("at no location")

    def contains(self, other: "Place") -> bool:
        """Return whether the other place is at this location and in this lot.

        Where this place has None, any value matches.
        """
        return self.location in (None, other.location) and self.lot in (None, other.lot)

    def overlaps(self, other: "Place") -> bool:
        """Return whether the same goods can be in both places."""
        if self.is_nowhere or other.is_nowhere:
            return self.key == other.key
        locations, lots = {self.location, other.location} - {None}, {self.lot, other.lot} - {None}
        return len(locations) < 2 and len(lots) < 2


class PortionDraft(NamedTuple):
    """The quantity that a movement puts into a place or takes from it."""

    place: Place
    quantity: int


@dataclass(slots=True)
class Held:
    """A holding of a locked product. Each portion that is drafted changes its quantity in memory."""

    id: int  # 0 for a new holding
    place: Place
    quantity: int
    first_quantity: int = field(init=False)

    def __post_init__(self) -> None:
        self.first_quantity = self.quantity if self.id else 0


Holdings = dict[tuple[int | None, int | None], Held]  # the holdings of one product, by the ids of location and lot


def order_holdings(holdings: Iterable[Held], reason: str) -> tuple[list[Held], list[Held]]:
    """Return the holdings in the order of an OUT: those before the stock that is not held, and those after it."""
    dated = sorted((held for held in holdings if held.place.expires_on), key=get_expiry)
    undated = sorted((held for held in holdings if not held.place.expires_on), key=get_age)
    expired = [held for held in dated if held.place.is_expired]
    first = [held for held in dated if not held.place.is_expired] + undated
    if reason == OperationReason.COUNT:
        return [], first + expired
    return (expired + first, []) if reason == OperationReason.EXPIRY else (first, expired)


def get_expiry(held: Held) -> tuple[date | None, bool, int]:
    return held.place.expires_on, *get_age(held)


def get_age(held: Held) -> tuple[bool, int]:
    """Return a key that sorts by age. A new holding is the youngest."""
    return not held.id, held.id


def take(holdings: Iterable[Held], not_held: int, quantity: int, reason: str) -> list[PortionDraft]:
    """Take the quantity from these holdings and from `not_held` in the order of an OUT. Return the portions.

    The part of the quantity without portions comes from the stock that is not held. The caller has checked that both
    together are enough.
    """
    before, after = order_holdings(holdings, reason)
    portions, missing = take_each(before, quantity)
    more, _ = take_each(after, missing - min(missing, not_held))
    return portions + more


def take_each(holdings: Iterable[Held], quantity: int) -> tuple[list[PortionDraft], int]:
    """Take from one holding after the other until the quantity is reached.

    Return the portions and the quantity still missing.
    """
    portions = []
    for held in holdings:
        if not quantity:
            break
        if taken := min(quantity, held.quantity):
            held.quantity -= taken
            quantity -= taken
            portions.append(PortionDraft(held.place, taken))
    return portions, quantity


def put(holdings: Holdings, place: Place, quantity: int) -> PortionDraft:
    """Add the quantity to the holding at this place, and create the holding if it does not exist.

    Return the portion.
    """
    held = holdings.setdefault(place.key, Held(0, place, 0))
    held.quantity += quantity
    return PortionDraft(place, quantity)


AnyLine = TypeVar("AnyLine")


class LineErrors:
    """Errors by the index of their line in the request.

    A service that has refused some lines books the others with these errors. So each line keeps its index.

    A line of the request can stand for several lines to book. Then `origins` has its index for each of these, with what
    an error says besides, and they are known by their places. The first error of a line counts.
    """

    def __init__(self) -> None:
        self.by_index: dict[int, DomainError] = {}
        self.origins: list[tuple[int, Mapping[str, int]]] = []

    def each(self, lines: Iterable[AnyLine]) -> Iterator[tuple[int, AnyLine]]:
        """Yield the lines that are not refused, each with its index in the request, or with its place."""
        refused = set() if self.origins else set(self.by_index)
        return zip((index for index in count() if index not in refused), lines, strict=False)

    @contextmanager
    def of(self, index: int) -> Iterator[None]:
        """Collect a DomainError that the block raises as the error of this line."""
        index, named = self.origins[index] if self.origins else (index, {})
        try:
            yield
        except DomainError as error:
            error.numbers |= named
            self.by_index.setdefault(index, error)

    @contextmanager
    def of_request(self, index: int) -> Iterator[None]:
        """Collect a DomainError as that of the line of the request with this index."""
        try:
            yield
        except DomainError as error:
            self.by_index.setdefault(index, error)

    def raise_if_any(self, refusal: type[InvalidLines] = InvalidLines) -> None:
        """Raise InvalidLines with all errors, if there are any."""
        if self.by_index:
            raise refusal(self.by_index)
