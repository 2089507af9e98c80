"""Find the prices that apply: the lowest of the list price, of the rows that are in force, and of the list price less
the percent of the customer's group. The scripts of the tills compute the same from the catalogue."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from core.database.postgres.base import execute, fetch
from core.money.currencies import round_money
from stock.booking.drafts import NOTHING, Key
from stock.models import PriceSource
from trade.prices.models import GOODS
from trade.prices.sql import KEEP, PRICES
from trade.selling.hooks import Applied
from users.models import User

LAST_DAY = date.max - timedelta(days=1)
NEVER = datetime.max.replace(tzinfo=UTC)
ALWAYS = "infinity"  # the time of what is in force now, whatever the clock says


class Row(NamedTuple):
    """A price row, or the customer's group, which has a percent instead of a price: see trade.prices.models."""

    kind: str | None
    goods: int | None
    group: int | None
    least: int
    price: Decimal
    percent: Decimal | None
    starts_on: date | None
    ends_on: date | None
    since: datetime
    until: datetime | None

    def covers(self, at: datetime | None) -> bool:
        """Return whether it is in force at the time, or now."""
        return self.until is None if at is None else self.since <= at and (self.until is None or at < self.until)

    def is_for(self, group: "Row | None") -> bool:
        """Return whether the row is for everybody, or for this group of a customer."""
        return self.group is None or (group is not None and self.group == group.group)

    def is_on(self, day: date) -> bool:
        return (self.starts_on is None or self.starts_on <= day) and (self.ends_on is None or day <= self.ends_on)


@dataclass(slots=True)
class PriceBook:
    """The rows of some goods, and the percents of a customer's groups, that were in force at some time of a span.

    `former` is the book of the span since an earlier time, read for all goods when the first of them needs it.
    """

    by: User
    customer: int | None
    keys: tuple[Key, ...]
    rows: Mapping[Key, list[Row]]
    groups: list[Row]
    former: "PriceBook | None" = None

    def find(self, key: Key, quantity: int, listed: Decimal, at: datetime | None = None) -> Applied:
        """Return the price that applies to this quantity of the goods, which have this list price, at a time or now."""
        rows, group = self.list_applying(key, at), self.find_group(at)
        found = [row.price for row in rows if row.least <= quantity]
        offers = [Applied(listed), *(Applied(price, PriceSource.ROW.value) for price in found)]
        if group and group.percent:
            offers.append(Applied(self.reduce(listed, group.percent), PriceSource.PERCENT.value))
        return min(offers, key=lambda one: one.price)  # of equal ones the first

    def list_applying(self, key: Key, at: datetime | None) -> list[Row]:
        """Return the rows that apply to the goods at a time or now, for everybody and for the customer's group."""
        day, group = self.by.shop_day(at), self.find_group(at)
        return [row for row in self.rows.get(key, ()) if row.is_for(group) and row.is_on(day) and row.covers(at)]

    def reduce(self, listed: Decimal, percent: Decimal) -> Decimal:
        return round_money(listed * (100 - percent) / 100, self.by.shop_currency) + NOTHING

    def find_group(self, at: datetime | None) -> Row | None:
        """Return the customer's group at a time: the one that came last, if those of a merged customer overlap."""
        return max((row for row in self.groups if row.covers(at)), key=lambda row: row.since, default=None)

    def find_next(self, key: Key, quantity: int, listed: Decimal, at: datetime | None) -> tuple[int, Decimal] | None:
        """Return the next quantity at which one of the goods is cheaper, and its price then."""
        present = self.find(key, quantity, listed, at).price
        rows = self.list_applying(key, at)
        further = [(row.least, row.price) for row in rows if row.least > quantity and row.price < present]
        return min(further, default=None)

    def list_since(
        self, key: Key, quantity: int, listed: Iterable[Decimal], since: datetime | None
    ) -> Iterator[Decimal]:
        """Yield the prices that apply now and those that did since a time, if given, at each of these list prices."""
        now, listed = datetime.now(UTC), [*listed]
        if since and self.former is None:
            self.former = read_book(self.by, self.customer, self.keys, since, now)
        book = self.former or self
        yield from (book.find(key, quantity, price).price for price in listed)
        for lowest, percent in book.list_offers(key, quantity, since, now) if since else ():
            for price in listed:
                reduced = self.reduce(price, percent) if percent else price
                yield min(price, reduced, price if lowest is None else lowest)

    def list_offers(
        self, key: Key, quantity: int, since: datetime, until: datetime
    ) -> Iterator[tuple[Decimal | None, Decimal | None]]:
        """Yield the lowest price of the rows, and the percent of the customer's group, at each time of a span.

        What is in force begins and ends at a few times, between which nothing changes.
        """
        spans = [(*self.find_span(row), row) for row in self.rows.get(key, ()) if row.least <= quantity]
        of_groups = {at for row in self.groups for at in (row.since, row.until) if at and since < at < until}
        for start, end in pairwise([since, *sorted(of_groups), until]):
            group = self.find_group(start)
            found = [(begins, ends, row.price) for begins, ends, row in spans if row.is_for(group)]
            yield from ((lowest, group and group.percent) for lowest in find_lowest(found, start, end))

    def find_span(self, row: Row) -> tuple[datetime, datetime]:
        """Return since when and until when the row applies, by its days in the zone of the shop, too."""
        zone = ZoneInfo(self.by.shop_zone)
        first, last = row.starts_on or date.min, min(row.ends_on or date.max, LAST_DAY)
        begins, ends = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
        return max(row.since, begins), min(row.until or NEVER, ends)

    def keep(self, owner_id: int, made_by: Mapping[int, str]) -> None:
        """Keep what made the prices of these movements."""
        if made_by:
            execute(KEEP, {"owner": owner_id, "movements": [*made_by], "made_by": [*made_by.values()]})


def find_lowest(spans: list[tuple[datetime, datetime, Any]], start: datetime, end: datetime) -> set[Decimal | None]:
    """Return the prices that are the lowest at some time from the start to the end, of prices with their spans.

    Where none is in force, it is None.
    """
    waiting = sorted(spans, key=itemgetter(0), reverse=True)
    found, present = set[Decimal | None](), list[tuple[Decimal, datetime]]()
    for at in sorted({start, *(at for span in spans for at in span[:2] if start < at < end)}):
        while waiting and waiting[-1][0] <= at:
            _, ends, price = waiting.pop()
            heappush(present, (price, ends))
        while present and present[0][1] <= at:
            heappop(present)
        found.add(present[0][0] if present else None)
    return found


def read_book(
    by: User, customer: int | None, keys: Iterable[Key], first: datetime | None = None, last: datetime | None = None
) -> PriceBook:
    """Return what decides the prices of these goods for the customer at a time, or in a span. None means now.

    It executes one statement for all of them.
    """
    keys = tuple(keys)
    values: dict[str, Any] = {
        "owner": by.account_id,
        "customer": customer,
        **{name: [pk for kind, pk in keys if kind == name] for name in GOODS},
        "first": first or ALWAYS,
        "last": last or first or ALWAYS,
    }
    rows = defaultdict[Any, list[Row]](list)
    for row in map(Row._make, fetch(PRICES, values)):
        rows[row.kind, row.goods].append(row)
    return PriceBook(by, customer, keys, rows, rows[None, None])  # The groups name no goods.
