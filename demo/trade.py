"""What came in and went out, one event after the other. No dates here, so that the story is the same every day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from demo.goods import Good
from demo.ranges import SUPPLIERS
from stock.models import MovementType, Reason

MAX_LINES = 5
MAX_OF_ONE_PRODUCT = 4
FIRST_RECEIPT, FIRST_DELIVERY = 118, 2041
WEB_SHARE, RETURN_SHARE, LOSS_SHARE = 0.2, 0.02, 0.015
SELLERS = {"helper": 6, "trainee": 3, "demo": 1}
LOSSES = [
    (Reason.DAMAGE, "dropped while unpacking"),
    (Reason.DAMAGE, "torn bag"),
    (Reason.THEFT, "missing from the window"),
    (Reason.OTHER, "tasting at the counter"),
]
DAYS_BETWEEN_DELIVERIES = 14  # of one supplier
# A delivery fills a shelf up to so many times what it held in the beginning.
FULL_SHELF = 1.2
OFF_SALE_DAYS = 14  # before its date, nobody sells or orders a thing any more


@dataclass(frozen=True)
class Event:
    """An operation to be: who, why, and how much of which goods, by their number on the shelf."""

    performed_by: str
    reason: str
    movement_type: str
    lines: dict[int, int]
    reference: str = ""
    note: str = ""


@dataclass
class Trade:
    """The shop at work. `days` is how long it all took, and `receipts` how often something was sold."""

    goods: list[Good]
    random: Random
    days: int
    receipts: int
    stock: list[int] = field(init=False)
    web_sales: list[Event] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.stock = [good.opening for good in self.goods]
        self.demands = list(accumulate(good.demand for good in self.goods))
        self.deliveries_due = round(self.days / DAYS_BETWEEN_DELIVERIES * len(SUPPLIERS))

    def events(self) -> Iterator[Event]:
        """All of them in order; the stock follows, and never falls below zero."""
        delivered = 0
        for number in range(self.receipts):
            done = (number + 1) / self.receipts
            days_left = self.days * (1 - done)
            yield from self.happened(self.sale(number, days_left))
            if self.random.random() < LOSS_SHARE:
                yield from self.happened(self.loss())
            if self.web_sales and self.random.random() < RETURN_SHARE:
                yield from self.happened(self.came_back())
            while delivered < int(done * self.deliveries_due):
                yield from self.happened(self.delivery(delivered, days_left))
                delivered += 1
        yield from self.happened(self.clear_out())

    def happened(self, event: Event) -> Iterator[Event]:
        """The event, unless nothing is left of it."""
        sign = 1 if event.movement_type == MovementType.IN else -1
        for number, quantity in event.lines.items():
            self.stock[number] += sign * quantity
        if event.lines:
            yield event

    def sale(self, number: int, days_left: float) -> Event:
        numbers, wishes = range(len(self.goods)), self.random.randint(1, MAX_LINES)
        lines = {}
        for each in self.random.choices(numbers, cum_weights=self.demands, k=wishes):
            asked = self.random.randint(1, MAX_OF_ONE_PRODUCT)
            if self.stock[each] and self.is_sold(each, days_left):
                lines[each] = min(asked, self.stock[each])
        is_web = self.random.random() < WEB_SHARE
        reference = f"{'web order' if is_web else 'till'} {FIRST_RECEIPT + number}"
        event = Event(self.somebody(), Reason.SALE, MovementType.OUT, lines, reference)
        if is_web and lines:
            self.web_sales.append(event)
        return event

    def is_sold(self, number: int, days_left: float) -> bool:
        """Whether its date is far enough away."""
        expires_in = self.goods[number].expires_in
        return expires_in is None or expires_in + days_left > OFF_SALE_DAYS

    def loss(self) -> Event:
        reason, note = self.random.choice(LOSSES)
        number = self.random.choice([number for number, quantity in enumerate(self.stock) if quantity])
        return Event(self.somebody(), reason, MovementType.OUT, {number: 1}, note=note)

    def came_back(self) -> Event:
        """A line of a web order: each is sent back once at most."""
        order = self.web_sales.pop(self.random.randrange(len(self.web_sales)))
        number = min(order.lines)
        return Event(self.somebody(), Reason.RETURN, MovementType.IN, {number: 1}, order.reference)

    def delivery(self, delivered: int, days_left: float) -> Event:
        """The next supplier brings what has run low by now."""
        supplier = list(SUPPLIERS)[delivered % len(SUPPLIERS)]
        lines = {
            number: int(good.opening * FULL_SHELF) - self.stock[number]
            for number, good in enumerate(self.goods)
            if good.supplier == supplier and self.stock[number] <= good.threshold and self.is_sold(number, days_left)
        }
        reference = f"delivery {FIRST_DELIVERY + delivered}"
        return Event("demo", Reason.PURCHASE, MovementType.IN, lines, reference, note=supplier)

    def clear_out(self) -> Event:
        """Half of what has expired is thrown away; somebody forgot the other half."""
        lines = {
            number: self.stock[number] // 2
            for number, good in enumerate(self.goods)
            if good.expires_in is not None and good.expires_in <= 0 and self.stock[number] > 1
        }
        return Event("helper", Reason.EXPIRY, MovementType.OUT, lines, note="past its date")

    def somebody(self) -> str:
        return self.random.choices(list(SELLERS), list(SELLERS.values()))[0]
