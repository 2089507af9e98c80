"""What the movements of a sale or a delivery have sold, what was returned of each, and what a request takes back.

What comes back of a movement has its part of what that was sold for, and of its value: rounded for all that came back,
less what was returned before. So all returns of a movement add up to it. For a delivery, `sold` means what has arrived.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from core.currencies import get_money_decimals
from core.sentences import Goods
from stock.booking.drafts import CENTS, NOTHING, divide
from stock.booking.picking import Held, Place
from stock.return_errors import MoreThanSold, choose_error


class KitEntry(NamedTuple):
    """Kits of one line of a sale: how many were sold, and how much of which movement belongs to each."""

    kits: int
    parts: Sequence[tuple[int, int]]


@dataclass(slots=True)
class SoldMovement:
    """A movement of a sale or a delivery.

    `whole` is its value, and what it was sold for, without VAT that is added, or 0 for a delivery. `returned` is what
    came back of it before, and `requested` what the request takes back. `given` has the parts of `whole` of both.
    `sources` are the places of the rest, the last ones taken first.
    """

    pk: int
    product_id: int
    quantity: int
    whole: tuple[Decimal, Decimal]
    currency: str
    sources: list[Held]
    returned: int = 0
    requested: int = 0
    given: list[Decimal] = field(default_factory=lambda: [NOTHING, NOTHING])

    @property
    def left(self) -> int:
        return self.quantity - self.returned - self.requested

    @property
    def rest(self) -> list[Decimal]:
        """Return the value and the price that are left. They are negative if more was given."""
        return [whole - given for whole, given in zip(self.whole, self.given, strict=True)]

    @property
    def adds_up(self) -> bool:
        """Return whether all that came back has exactly the value and the price, and a part of it at most these."""
        return all(rest >= 0 if self.left else rest == 0 for rest in self.rest)

    def give(self, value: Decimal, worth: Decimal) -> None:
        self.given = [self.given[0] + value, self.given[1] + worth]

    def take(self, quantity: int) -> "Taken":
        """Take back a quantity, which is at most what is left, with its part of the value and of the price."""
        self.requested += quantity
        back, (value, total) = self.returned + self.requested, self.whole
        shares = divide(value, back, self.quantity), share(total, back, self.quantity, self.currency)
        parts = [max(NOTHING, one - given) for one, given in zip(shares, self.given, strict=True)]
        self.give(*parts)
        return Taken(self, quantity, parts)


@dataclass(slots=True)
class Taken:
    """What a line takes back of a movement: a quantity, and the `parts` of its value and of its price."""

    movement: SoldMovement
    quantity: int
    parts: list[Decimal]


def settle(taken: Iterable[Taken], place: int, amount: Decimal) -> None:
    """Make the values, or the prices, of what is taken back add up to an amount, as far as the movements allow it."""
    taken = [*taken]
    rest = amount - sum(one.parts[place] for one in taken)
    for one in taken:
        change = max(-one.parts[place], min(rest, one.movement.rest[place]))
        one.parts[place] += change
        one.movement.given[place] += change
        rest -= change


@dataclass(slots=True)
class SoldProduct:
    """The movements of a product in a sale or a delivery, the last one first. `reason` is that of the operation."""

    product_id: int
    reason: str
    decimals: int = 0
    movements: list[SoldMovement] = field(default_factory=list)
    unnamed: int = 0  # what returns that name no movement took

    @property
    def left(self) -> int:
        return sum(one.left for one in self.movements)

    def count(self, movements: Sequence[SoldMovement], quantity: int) -> dict[str, Goods]:
        """Return what an error says of these movements, of which a quantity is to come back."""
        numbers = {
            "sold": sum(one.quantity for one in movements),
            "returned": sum(one.returned for one in movements),
            "requested": sum(one.requested for one in movements) + quantity,
        }
        return {name: Goods(number, self.decimals) for name, number in numbers.items()}

    def check(self, movements: Sequence[SoldMovement], quantity: int, **named: int) -> None:
        """Raise MoreThanSold if less than the quantity is left of these movements."""
        if quantity > sum(one.left for one in movements):
            error = choose_error(MoreThanSold, self.reason)
            raise error(product=self.product_id, **named, **self.count(movements, quantity))

    def take(self, quantity: int) -> list[Taken]:
        """Take back a quantity, of the movements that were booked last first. Raise MoreThanSold."""
        self.check(self.movements, quantity)
        taken = []
        for one in self.movements:
            if part := min(one.left, quantity):
                taken.append(one.take(part))
                quantity -= part
        return taken

    def list_sources(
        self, movement: int | None = None, place: Place | None = None, *, with_others: bool = True
    ) -> list[Held]:
        """Return the sources, those of the movement first. Of these, those in the lot of the place are first."""
        place = place or Place()

        def differs(one: Held) -> tuple[bool, bool]:
            return place.lot not in (None, one.place.lot), place.location not in (None, one.place.location)

        parts = sorted(self.movements, key=lambda one: one.pk != movement)[: None if with_others else 1]
        return [source for one in parts for source in sorted(one.sources, key=differs)]

    def add_unnamed(self, quantity: int, value: Decimal) -> None:
        """Add what returns of earlier releases took of the product, which name no movement.

        They count for the movements that were booked last. What they were worth was shared over all pieces. What a
        movement has not got is added to the others.
        """
        taken = self.take(min(quantity, self.left))
        for one in taken:
            one.movement.returned += one.quantity
            one.movement.requested -= one.quantity
        others = [Taken(one, 0, [NOTHING, NOTHING]) for one in self.movements]
        for place, amount in enumerate((value, self.share(quantity))):
            settle([*taken, *others], place, amount)
        self.unnamed += quantity

    def share(self, quantity: int) -> Decimal:
        """Return what a quantity is worth that is taken back without naming a movement, after those before."""
        total, sold = (
            sum((one.whole[1] for one in self.movements), NOTHING),
            sum(one.quantity for one in self.movements),
        )
        parts = [
            share(total, units, sold, self.movements[0].currency) for units in (self.unnamed + quantity, self.unnamed)
        ]
        return parts[0] - parts[1]

    def can_share(self, quantity: int, value: Decimal, taken: Sequence[Taken] = ()) -> bool:
        """Return whether what is left allows this value, and what the quantity is worth without naming a movement.

        What is `taken` of the product counts as left.
        """
        rests = [*(one.rest for one in self.movements), *(one.parts for one in taken)]
        values, worths = (sum((rest[place] for rest in rests), NOTHING) for place in (0, 1))
        return value <= values and self.share(quantity) <= worths


def share(money: Decimal, part: int, whole: int, currency: str) -> Decimal:
    """Return the part of an amount, rounded half up: to whole amounts, if it is one in a currency without decimals."""
    shift = 0 if money % 1 else CENTS - get_money_decimals(currency)
    return divide(money.scaleb(-shift), part, whole).scaleb(shift)


@dataclass(frozen=True, slots=True)
class Sold:
    """What a sale or a delivery has sold: its products in the order of its lines, and its movements, by their ids."""

    products: dict[int, SoldProduct]
    movements: dict[int, SoldMovement]

    def take_kits(self, entries: Sequence[KitEntry], number: int) -> list[Taken]:
        """Take back whole kits, of the entries that were sold last first. Raise MoreThanSold for a part."""
        taken = []
        for entry in reversed(entries):
            kits = min(number, *(self.movements[pk].left // each for pk, each in entry.parts))
            if kits:
                taken += self.take_of_entry(entry, kits)
                number -= kits
        for pk, each in entries[-1].parts if number else ():
            self.products[self.movements[pk].product_id].check([self.movements[pk]], each * number)
        return taken

    def take_of_entry(self, entry: KitEntry, kits: int) -> list[Taken]:
        """Take back kits of an entry. Each brings back its price, and the last one what is left of that of all."""
        parts = [(self.movements[pk], each) for pk, each in entry.parts]
        before = min((one.quantity - one.left) // each for one, each in parts)
        taken = [one.take(kits * each) for one, each in parts]
        total, currency = sum((one.whole[1] for one, _ in parts), NOTHING), parts[0][0].currency
        until, earlier = (share(total, number, entry.kits, currency) for number in (before + kits, before))
        # A movement of which nothing is left brings back all that is left of its price.
        ended = sum((one.parts[1] for one in taken if not one.movement.left), NOTHING)
        settle((one for one in taken if one.movement.left), 1, until - earlier - ended)
        return taken
