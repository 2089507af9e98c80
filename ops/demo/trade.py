"""Book the trade of the demo shop by data/trade.csv, at times that depend on today's date."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from core.database.postgres.base import execute
from ops.demo.catalogue import name_copy
from ops.demo.files import read_csv, read_toml
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, OperationReason
from trade.selling.services import book
from users.models import User

ARRIVALS = {OperationReason.PURCHASE, OperationReason.RETURN}  # the reasons of what comes in
# Of the goods of other makers, as much is sold as in the first part of the file. They never lack stock.
SHARE_OF_COPIES = 0.45
# PostgreSQL makes plans for the empty tables, which become slower and slower as the tables grow.
ANALYZE = "ANALYZE products_product, stock_operation, stock_movement, stock_sold, stock_portion, events_event"
ANALYZE_AFTER = (0, 500, 5000)  # the numbers of operations after which the tables are analyzed


class DemoOperation(NamedTuple):
    """An operation to book. `lines` has quantities in base units by SKU."""

    by: str
    reason: str
    reference: str
    note: str
    lines: dict[str, int]


def list_operations(copies: int, random: Random) -> list[DemoOperation]:
    """Return the operations in order: those of the file, and among them those of its copies with other goods."""
    rows = read_csv("trade.csv")
    part = range(round(len(rows) * SHARE_OF_COPIES))
    order = [0 for _ in rows] + [number for number in range(1, copies) for _ in part]
    random.shuffle(order)
    unread = [iter(rows) for _ in range(copies)]
    return [read_operation(next(unread[number]), number) for number in order]


def read_operation(row: dict[str, str], copy: int) -> DemoOperation:
    lines = (line.split() for line in row["lines"].split(";"))
    quantities = {name_copy(sku, copy): int(quantity) for quantity, sku in lines}
    return DemoOperation(row["by"], row["reason"], name_copy(row["reference"], copy), row["note"], quantities)


def book_trade(
    operations: list[DemoOperation], times: list[datetime], people: dict[str, User], ids: dict[str, int]
) -> None:
    for number, (operation, time) in enumerate(zip(operations, times, strict=True)):
        if number in ANALYZE_AFTER:
            execute(ANALYZE)
        by, reason, reference, note, quantities = operation
        draft = OperationDraft(by=people[by], reason=reason, reference=reference, note=note, occurred_at=time)
        direction = MovementType.IN if reason in ARRIVALS else MovementType.OUT
        book(draft=draft, lines=[BookingLine(by_id(ids[sku]), direction, each) for sku, each in quantities.items()])


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
    hours = read_toml("shop.toml")["hours"]
    for ago in range(days, -1, -1):
        day = now.date() - timedelta(days=ago)
        opening, closing = (datetime.combine(day, hours[name], UTC) for name in ("opens", "closes"))
        elapsed_share = (min(closing, now) - opening) / (closing - opening)
        weight = hours["weekdays"][day.weekday()] * hours["months"][day.month - 1] * elapsed_share
        if weight > 0:
            yield Hours(opening, min(closing, now), weight)
