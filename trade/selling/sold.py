"""What the movements of a sale or a delivery have sold, what was returned of each, and what a request takes back.

What comes back of a movement has its part of what that was sold for, and of its value: rounded for all that came back,
less what was returned before. So all returns of a movement add up to it. For a delivery, `sold` means what has arrived.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.database.replicas import read
from core.money.currencies import get_money_decimals
from core.sentences import Goods
from stock.booking.drafts import CENTS, NOTHING, divide
from stock.booking.holdings import Held, Place, PortionDraft, take_each
from stock.booking.locks import BookedMovement, read_movements
from stock.models import RETURNED_TYPES, Operation, OperationReason
from stock.models.querysets import has_expired
from trade.selling.drafts import KitEntry
from trade.selling.errors import MoreThanSold, ReturnedMeanwhile, SaleReversed, choose_error
from trade.selling.sql import RETURNS_OF_SALE, WORTHS
from users.models import User


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


# What each movement was sold for, which movement it takes back, and what that was sold for.
Worths = dict[int, tuple[Decimal, int | None, Decimal | None]]


def read_sold(sale: Operation, booked: Iterable[BookedMovement], by: User, expected_returns: int | None = None) -> Sold:
    """Return what a sale or a delivery has sold, with what was returned of it. What arrived damaged counts as returned.

    `booked` are its movements, the last one first. Raise SaleReversed, or ReturnedMeanwhile if the sale has another
    number of standing returns than expected.
    """
    standing, written_off = read_standing(sale.owner_id, sale.pk, sale.reason)
    if expected_returns not in (None, len(standing)):
        error = choose_error(ReturnedMeanwhile, sale.reason)
        raise error(operation=sale.pk, expected=expected_returns, actual=len(standing))
    gone = standing + written_off
    worths = read_worths(sale.owner_id, [sale.pk, *gone])
    products: dict[int, SoldProduct] = {}
    day = sale.occurred_at.astimezone(ZoneInfo(by.shop_zone)).date()
    for movement in booked:
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            of_product = products.setdefault(movement.product_id, SoldProduct(movement.product_id, sale.reason))
            of_product.movements.append(make_sold(movement, worths[movement.pk][0], by.shop_currency, day))
    movements = {one.pk: one for of_product in products.values() for one in of_product.movements}
    sold = Sold(dict(reversed(products.items())), movements)
    # A return of a product without stock has both types.
    returned = [
        movement
        for movement in (read_movements(sale.owner_id, gone) if gone else [])
        if movement.movement_type != RETURNED_TYPES[sale.reason]
    ]
    add_returned(sold, returned, worths)
    remove_returned(sold, returned, worths)
    return sold


def make_sold(movement: BookedMovement, total: Decimal, currency: str, day: date) -> SoldMovement:
    # A sale takes expired lots last, and the stock that is not held before these.
    latest = list_parts(movement)[::-1]
    latest.sort(key=lambda part: not has_expired(part.place.expires_on, day))
    sources = [Held(0, *part) for part in latest]
    whole = movement.value, total
    return SoldMovement(movement.pk, movement.product_id, movement.quantity, whole, currency, sources)


def add_returned(sold: Sold, returned: Iterable[BookedMovement], worths: Worths) -> None:
    """Count what came back: first what names a movement of the sale, then what earlier releases have booked."""
    for movement in sorted(returned, key=lambda one: (worths[one.pk][1] is None, one.pk)):
        _, source, worth = worths[movement.pk]
        if source is None:
            sold.products[movement.product_id].add_unnamed(movement.quantity, movement.value)
        else:
            sold.movements[source].returned += movement.quantity
            sold.movements[source].give(movement.value, worth or NOTHING)


def read_worths(owner_id: int, operations: list[int]) -> Worths:
    """Return the worths of the movements of these operations, by their ids."""
    return {row[0]: row[1:] for row in read(WORTHS, {"owner": owner_id, "operations": operations})}


def read_standing(owner_id: int, sale_id: int, reason: str = OperationReason.SALE) -> tuple[list[int], list[int]]:
    """Return the ids of the returns that are not undone, and of what wrote off damaged goods. Raise SaleReversed."""
    rows = read(RETURNS_OF_SALE, {"owner": owner_id, "sale": sale_id})
    if rows[0][0]:
        raise choose_error(SaleReversed, reason)(operation=sale_id)
    standing = [(operation, scrapped) for _, operation, scrapped, is_undone in rows if operation and not is_undone]
    return [pk for pk, scrapped in standing if pk != scrapped], [pk for pk, scrapped in standing if pk == scrapped]


def list_parts(movement: BookedMovement) -> list[PortionDraft]:
    """Return the portions of a movement, and the rest of its quantity as a portion without a place."""
    rest = movement.quantity - sum(portion.quantity for portion in movement.portions)
    return [*movement.portions, PortionDraft(Place(), rest)] if rest else movement.portions


def remove_returned(sold: Sold, returned: Iterable[BookedMovement], worths: Worths) -> None:
    """Remove from the sources what came back: what was put where it came from, then the same lots, then the rest."""
    parts = [
        (sold.products[movement.product_id].list_sources(worths[movement.pk][1]), *part)
        for movement in returned
        for part in list_parts(movement)
    ]
    for is_same in (is_same_place, is_same_lot, lambda *_: True):
        parts = [
            (sources, place, take_each([one for one in sources if is_same(one.place, place)], quantity)[1])
            for sources, place, quantity in parts
        ]


def is_same_place(one: Place, other: Place) -> bool:
    return one.key == other.key


def is_same_lot(one: Place, other: Place) -> bool:
    return one.lot == other.lot
