"""What the movements of a sale or a delivery have sold, what was returned of each, and what a request takes back.

What comes back of a movement has its part of what that was sold for, and of its value: rounded for all that came back,
less what was returned before. So all returns of a movement add up to it. For a delivery, `sold` means what has arrived.

Returns that name no movement share the price of a product over all its pieces. So a movement that they have ended may
have something left, which belongs to the movements of the product that have pieces left: see balance().
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import attrgetter
from zoneinfo import ZoneInfo

from core.database.replicas import read
from core.sentences import Goods
from stock.booking.drafts import NOTHING, divide
from stock.booking.holdings import Held, Place, PortionDraft, take_each
from stock.booking.locks import BookedMovement, read_movements
from stock.models import RETURNED_TYPES, Operation, OperationReason
from stock.models.querysets import has_expired
from trade.selling.drafts import SoldEntry
from trade.selling.errors import MoreThanSold, ReturnedMeanwhile, SaleReversed, choose_error
from trade.selling.money import find_share
from trade.selling.sql import RETURNS_OF_SALE, WORTHS
from users.models import User


@dataclass(slots=True)
class SoldMovement:
    """A movement of a sale or a delivery.

    `whole` is its value, and what it was sold for, without VAT that is added, or 0 for a delivery. `returned` is what
    came back of it before, and `requested` what the request takes back. `given` has the parts of `whole` of both, and
    `extra` what balance() has added. `sources` are the places of the rest, the last ones taken first.
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
    extra: list[Decimal] = field(default_factory=lambda: [NOTHING, NOTHING])

    @property
    def left(self) -> int:
        return self.quantity - self.returned - self.requested

    @property
    def rest(self) -> list[Decimal]:
        """Return the value and the price that are left. They are negative if more was given."""
        return [whole + extra - given for whole, extra, given in zip(self.whole, self.extra, self.given, strict=True)]

    def give(self, value: Decimal, worth: Decimal) -> None:
        self.given = [self.given[0] + value, self.given[1] + worth]

    def take(self, quantity: int) -> "Taken":
        """Take back a quantity, which is at most what is left, with its part of the value and of the price.

        The last piece takes the rest.
        """
        self.requested += quantity
        back, (value, total) = self.returned + self.requested, self.whole
        shares = divide(value, back, self.quantity), find_share(total, back, self.quantity, self.currency)
        parts = [
            max(NOTHING, min(one - given, rest) if self.left else rest)
            for one, given, rest in zip(shares, self.given, self.rest, strict=True)
        ]
        self.give(*parts)
        return Taken(self, quantity, parts)


@dataclass(slots=True)
class Taken:
    """What a line takes back of a movement: a quantity, and the `parts` of its value and of its price."""

    movement: SoldMovement
    quantity: int
    parts: list[Decimal]


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
            raise choose_error(MoreThanSold, self.reason)(
                product=self.product_id, **named, **self.count(movements, quantity)
            )

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
        self, movement: SoldMovement | None = None, place: Place | None = None, *, with_others: bool = True
    ) -> Iterator[Held]:
        """Yield the sources, those of the movement first. Of these, those in the lot of the place are first.

        Those of the other movements are nearly never reached.
        """
        place = place or Place()

        def differs(one: Held) -> tuple[bool, bool]:
            return place.lot not in (None, one.place.lot), place.location not in (None, one.place.location)

        if movement:
            yield from sorted(movement.sources, key=differs)
        for one in self.movements if with_others else ():
            if one is not movement:
                yield from sorted(one.sources, key=differs)

    def add_unnamed(self, quantity: int, value: Decimal) -> None:
        """Add what returns that name no movement took of the product. They count for the movements booked last."""
        taken = self.take(min(quantity, self.left))
        for one in taken:
            one.movement.returned += one.quantity
            one.movement.requested -= one.quantity
        last = taken[0].movement if taken else self.movements[0]
        for place, amount in enumerate((value, self.share(quantity))):
            last.given[place] += amount - sum(one.parts[place] for one in taken)
        self.unnamed += quantity

    def balance(self) -> None:
        """Give what is left of movements without pieces to the first one with pieces, so that its last one takes it.

        What was given beyond the price of a movement is taken off the others.
        """
        for place in range(2):
            rests = [(one.left > 0, one.whole[place] - one.given[place], one) for one in reversed(self.movements)]
            spare = NOTHING
            for has_pieces, rest, one in sorted(rests, key=lambda row: (row[0], row[1] >= 0)):
                one.extra[place] = max(spare, -rest) if has_pieces else -rest
                spare -= one.extra[place]

    def share(self, quantity: int) -> Decimal:
        """Return what a quantity is worth that is taken back without naming a movement, after those before."""
        total, sold = (
            sum((one.whole[1] for one in self.movements), NOTHING),
            sum(one.quantity for one in self.movements),
        )
        until, before = (
            find_share(total, part, sold, self.movements[0].currency)
            for part in (self.unnamed + quantity, self.unnamed)
        )
        return until - before

    def can_share(self, taken: Sequence[Taken | None]) -> bool:
        """Return whether what is taken of the product may have its share of the price of all pieces."""
        own = [one for one in taken if one and one.movement.product_id == self.product_id]
        worth = self.share(sum(one.quantity for one in own)) - sum(one.parts[1] for one in own)
        return allow(self.movements, 0, NOTHING, worth)


def allow(movements: Sequence[SoldMovement], quantity: int, value: Decimal, worth: Decimal) -> bool:
    """Return whether a quantity may bring back these amounts: at most the rest, and all of it with the last piece."""
    is_part = quantity < sum(one.left for one in movements)
    rests = [sum(column) for column in zip(*(one.rest for one in movements), strict=True)]
    return all(rest >= one if is_part else rest == one for rest, one in zip(rests, (value, worth), strict=True))


@dataclass(frozen=True, slots=True)
class Sold:
    """What a sale or a delivery has sold: its products in the order of its lines, and its movements, by their ids."""

    products: dict[int, SoldProduct]
    movements: dict[int, SoldMovement]

    def take_entries(self, entries: Sequence[SoldEntry], number: int) -> list[Taken]:
        """Take back whole goods, of the entries that were sold last first. Raise MoreThanSold for a part."""
        taken = []
        for entry in reversed(entries):
            part = min(number, *(self.movements[pk].left // each for pk, each in entry.parts))
            if part:
                taken += self.take_of_entry(entry, part)
                number -= part
        for pk, each in entries[-1].parts if number else ():
            self.products[self.movements[pk].product_id].check([self.movements[pk]], each * number)
        return taken

    def take_of_entry(self, entry: SoldEntry, number: int) -> list[Taken]:
        """Take back goods of an entry. Each brings back its price, and the last one what is left of that of all."""
        parts = [(self.movements[pk], each) for pk, each in entry.parts]
        before = min((one.quantity - one.left) // each for one, each in parts)
        taken = [one.take(number * each) for one, each in parts]
        total, currency = sum((one.whole[1] for one, _ in parts), NOTHING), parts[0][0].currency
        until, earlier = (find_share(total, part, entry.number, currency) for part in (before + number, before))
        # A movement of which nothing is left brings back all that is left of its price.
        rest = until - earlier - sum(one.parts[1] for one in taken)
        for one in taken:
            if one.movement.left:
                change = max(-one.parts[1], min(rest, one.movement.rest[1]))
                one.parts[1] += change
                one.movement.give(NOTHING, change)
                rest -= change
        return taken


# What each movement was sold for, which movement it takes back, and what that was sold for.
Worths = dict[int, tuple[Decimal, int | None, Decimal | None]]


def read_sold(sale: Operation, booked: Iterable[BookedMovement], by: User, expected_returns: int | None = None) -> Sold:
    """Return what a sale or a delivery has sold, with what was returned of it: see list_sold() and read_returned()."""
    sold = list_sold(sale, booked, by)
    read_returned(sale, sold, expected_returns)
    return sold


def list_sold(sale: Operation, booked: Iterable[BookedMovement], by: User) -> Sold:
    """Return what a sale or a delivery has sold, which never changes. `booked` are its movements, the last first."""
    worths = read_worths(sale.owner_id, [sale.pk])
    products: dict[int, SoldProduct] = {}
    day = sale.occurred_at.astimezone(ZoneInfo(by.shop_zone)).date()
    for movement in booked:
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            of_product = products.setdefault(movement.product_id, SoldProduct(movement.product_id, sale.reason))
            of_product.movements.append(make_sold(movement, worths[movement.pk][0], by.shop_currency, day))
    movements = {one.pk: one for of_product in products.values() for one in of_product.movements}
    return Sold(dict(reversed(products.items())), movements)


def read_returned(sale: Operation, sold: Sold, expected_returns: int | None = None) -> None:
    """Count what was returned of what was sold. What arrived damaged counts as returned.

    Raise SaleReversed, or ReturnedMeanwhile if the sale has another number of standing returns than expected.
    """
    standing, written_off = read_standing(sale.owner_id, sale.pk, sale.reason)
    if expected_returns not in (None, len(standing)):
        raise choose_error(ReturnedMeanwhile, sale.reason)(
            operation=sale.pk, expected=expected_returns, actual=len(standing)
        )
    if gone := standing + written_off:
        worths, booked = read_worths(sale.owner_id, gone), read_movements(sale.owner_id, gone)
        # A return of a product without stock has both types.
        returned = [movement for movement in booked if movement.movement_type != RETURNED_TYPES[sale.reason]]
        add_returned(sold, returned, worths)
        remove_returned(sold, returned, worths)


def make_sold(movement: BookedMovement, total: Decimal, currency: str, day: date) -> SoldMovement:
    # A sale takes expired lots last, and the stock that is not held before these.
    latest = list_parts(movement)[::-1]
    latest.sort(key=lambda part: not has_expired(part.place.expires_on, day))
    return SoldMovement(
        movement.pk, movement.product_id, movement.quantity, (movement.value, total), currency,
        [Held(0, *part) for part in latest],
    )  # fmt: skip


def add_returned(sold: Sold, returned: Iterable[BookedMovement], worths: Worths) -> None:
    """Count what came back: first what names a movement of the sale, then what names only the product."""
    unnamed: dict[int, list] = defaultdict(list)
    for movement in returned:
        _, source, worth = worths[movement.pk]
        if source is None:
            unnamed[movement.product_id].append(movement)
        else:
            sold.movements[source].returned += movement.quantity
            sold.movements[source].give(movement.value, worth or NOTHING)
    for pk, own in unnamed.items():
        sold.products[pk].add_unnamed(sum(one.quantity for one in own), sum((one.value for one in own), NOTHING))
    for of_product in sold.products.values():
        # What goes back to a supplier takes what the stock has of its value: another line of the delivery has its own.
        if of_product.reason == OperationReason.SALE or of_product.unnamed:
            of_product.balance()


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
        ([*sold.products[movement.product_id].list_sources(sold.movements.get(worths[movement.pk][1] or 0))], *part)
        for movement in returned
        for part in list_parts(movement)
    ]
    for key in (attrgetter("key"), attrgetter("lot"), len):
        parts = [
            (sources, place, take_each([one for one in sources if key(one.place) == key(place)], quantity)[1])
            for sources, place, quantity in parts
        ]
