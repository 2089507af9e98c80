"""Generate sales, deliveries and losses in order, the same every day, and their times, which depend on the date."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from ops.demo.goods import SUPPLIERS, Good
from stock.models import MovementType, OperationReason

MAX_LINES = 5
MAX_LINE_QUANTITY = 4
FIRST_RECEIPT, FIRST_DELIVERY = 118, 2041
WEB_SHARE, RETURN_SHARE, LOSS_SHARE = 0.2, 0.02, 0.015
SELLERS = {"helper": 6, "trainee": 3, "demo": 1}  # the weight of each user name
LOSSES = [
    (OperationReason.DAMAGE, "dropped while unpacking"),
    (OperationReason.DAMAGE, "torn bag"),
    (OperationReason.THEFT, "missing from the window"),
    (OperationReason.OTHER, "tasting at the counter"),
]
DAYS_BETWEEN_DELIVERIES = 14  # the time between two deliveries of a supplier
REFILL_FACTOR = 1.2  # a delivery refills a product to this multiple of its opening balance
OPENS, CLOSES = time(9, tzinfo=UTC), time(18, 30, tzinfo=UTC)
WEEKDAY_WEIGHTS = (0.8, 0.8, 0.9, 1.0, 1.3, 1.9, 0.0)  # from Monday to Sunday
MONTH_WEIGHTS = (1.1, 1.0, 0.95, 0.9, 0.85, 0.75, 0.65, 0.7, 0.95, 1.1, 1.35, 1.8)
OFF_SALE_DAYS = 14  # products that expire within this time are neither sold nor ordered


class DemoOperation(NamedTuple):
    """An operation to book. `lines` maps the index of a product to a quantity."""

    performed_by: str
    reason: str
    movement_type: str
    lines: dict[int, int]
    reference: str = ""
    note: str = ""


@dataclass
class Trade:
    """The shop's trade over this number of days, with this number of sales."""

    goods: list[Good]
    random: Random
    days: int
    receipts: int
    stock: list[int] = field(init=False)
    web_sales: list[DemoOperation] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.stock = [good.opening for good in self.goods]
        self.demands = list(accumulate(good.demand for good in self.goods))
        self.deliveries_due = round(self.days / DAYS_BETWEEN_DELIVERIES * len(SUPPLIERS))

    def generate_events(self) -> Iterator[DemoOperation]:
        """Yield all events in order. The stock never falls below zero."""
        delivered = 0
        for number in range(self.receipts):
            done = (number + 1) / self.receipts
            days_left = self.days * (1 - done)
            yield from self.apply(self.make_sale(number, days_left))
            if self.random.random() < LOSS_SHARE:
                yield from self.apply(self.make_loss())
            if self.web_sales and self.random.random() < RETURN_SHARE:
                yield from self.apply(self.make_return())
            while delivered < int(done * self.deliveries_due):
                yield from self.apply(self.make_delivery(delivered, days_left))
                delivered += 1
        yield from self.apply(self.make_disposal())

    def apply(self, event: DemoOperation) -> Iterator[DemoOperation]:
        """Change the stock by the event, and yield it unless it has no lines."""
        sign = 1 if event.movement_type == MovementType.IN else -1
        for number, quantity in event.lines.items():
            self.stock[number] += sign * quantity
        if event.lines:
            yield event

    def make_sale(self, number: int, days_left: float) -> DemoOperation:
        numbers, line_count = range(len(self.goods)), self.random.randint(1, MAX_LINES)
        lines = {}
        for product in self.random.choices(numbers, cum_weights=self.demands, k=line_count):
            requested = self.random.randint(1, MAX_LINE_QUANTITY)
            if self.stock[product] and self.is_on_sale(product, days_left):
                lines[product] = min(requested, self.stock[product])
        is_web = self.random.random() < WEB_SHARE
        reference = f"{'web order' if is_web else 'till'} {FIRST_RECEIPT + number}"
        event = DemoOperation(self.choose_seller(), OperationReason.SALE, MovementType.OUT, lines, reference)
        if is_web and lines:
            self.web_sales.append(event)
        return event

    def is_on_sale(self, number: int, days_left: float) -> bool:
        expires_in = self.goods[number].expires_in
        return expires_in is None or expires_in + days_left > OFF_SALE_DAYS

    def make_loss(self) -> DemoOperation:
        reason, note = self.random.choice(LOSSES)
        number = self.random.choice([number for number, quantity in enumerate(self.stock) if quantity])
        return DemoOperation(self.choose_seller(), reason, MovementType.OUT, {number: 1}, note=note)

    def make_return(self) -> DemoOperation:
        """Return one item of a random web order. Each order is returned at most once."""
        order = self.web_sales.pop(self.random.randrange(len(self.web_sales)))
        lines = {min(order.lines): 1}
        return DemoOperation(self.choose_seller(), OperationReason.RETURN, MovementType.IN, lines, order.reference)

    def make_delivery(self, delivered: int, days_left: float) -> DemoOperation:
        supplier = list(SUPPLIERS)[delivered % len(SUPPLIERS)]
        lines = {
            number: int(good.opening * REFILL_FACTOR) - self.stock[number]
            for number, good in enumerate(self.goods)
            if good.supplier == supplier and self.stock[number] <= good.threshold and self.is_on_sale(number, days_left)
        }
        reference = f"delivery {FIRST_DELIVERY + delivered}"
        return DemoOperation("demo", OperationReason.PURCHASE, MovementType.IN, lines, reference, note=supplier)

    def make_disposal(self) -> DemoOperation:
        """Remove half of the expired stock, so that the shop still has some."""
        lines = {
            number: self.stock[number] // 2
            for number, good in enumerate(self.goods)
            if good.expires_in is not None and good.expires_in <= 0 and self.stock[number] > 1
        }
        return DemoOperation("helper", OperationReason.EXPIRY, MovementType.OUT, lines, note="past its date")

    def choose_seller(self) -> str:
        return self.random.choices(list(SELLERS), list(SELLERS.values()))[0]


class Hours(NamedTuple):
    """The opening hours of a day. `weight` is its share of the trade."""

    opening: datetime
    closing: datetime
    weight: float


def choose_times(count: int, days: int, now: datetime, random: Random) -> list[datetime]:
    """Return this number of times in the opening hours of the last days in order, more on days with more trade."""
    open_days = list(list_opening_hours(days, now))
    shares = list(accumulate(day.weight for day in open_days))
    times = []
    for number in range(count):
        position = (number + random.random()) / count * shares[-1]
        index = bisect_left(shares, position)
        day = open_days[index]
        part = 1 - (shares[index] - position) / day.weight
        times.append((day.opening + part * (day.closing - day.opening)).replace(microsecond=0))
    return times


def list_opening_hours(days: int, now: datetime) -> Iterator[Hours]:
    """Yield the opening hours of every day with trade. The last day ends now."""
    for ago in range(days, -1, -1):
        day = now.date() - timedelta(days=ago)
        opening, closing = datetime.combine(day, OPENS), datetime.combine(day, CLOSES)
        elapsed_share = (min(closing, now) - opening) / (closing - opening)
        weight = WEEKDAY_WEIGHTS[day.weekday()] * MONTH_WEIGHTS[day.month - 1] * elapsed_share
        if weight > 0:
            yield Hours(opening, min(closing, now), weight)
