"""What is asked of a pack, the shop as it was when the pack's data ends, and its tables, read row by row."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.utils.formats import date_format

from core.database.postgres.base import fetch
from core.money.amounts import write_amount
from core.sentences import write_number, writing_numbers
from core.texts.locales import ENGLISH
from core.time_zones import MOMENT, get_zone
from desk.evidence.reading import statements
from desk.reports.reading.account import AMOUNTS, build_account
from users.models import User

CLOCK_COLUMNS = {"occurred": "occurred_at", "recorded": "created_at"}
COUNT_CLOCKS = {"occurred": "counted_at", "recorded": "created_at"}


@dataclass(frozen=True)
class PackRequest:
    """The stock at `as_of` by the clock, as what was recorded by `recorded_until` tells. Texts are in `language`.

    The account and the deliveries begin at `start`, or with the first booking.
    """

    owner: User
    as_of: datetime
    start: datetime | None
    clock: str
    recorded_until: datetime
    language: str

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the parameters of all statements. Those of the account are its start, end and `until`."""
        return {
            "owner": self.owner.pk, "as_of": self.as_of, "start": self.start or "-infinity",
            "recorded_until": self.recorded_until, "until": self.recorded_until, "end": self.as_of + MOMENT,
        }  # fmt: skip

    @property
    def clock_column(self) -> str:
        return CLOCK_COLUMNS[self.clock]

    def write(self, statement: str) -> str:
        """Return the statement with the columns of the clock."""
        return statement.format(clock=self.clock_column, count_clock=COUNT_CLOCKS[self.clock])


@dataclass(frozen=True)
class ShopThen:
    """The name and the settings of the shop at `recorded_until`. Texts have the decimal sign of their language."""

    name: str
    currency: str
    time_zone: str
    language: str

    def writing_numbers(self) -> AbstractContextManager[None]:
        """Write numbers with the signs of the language in the block."""
        return writing_numbers("." if self.language == ENGLISH else ",")

    def write_money(self, amount: Decimal) -> str:
        return f"{write_number(amount, ',.2f')} {self.currency}".strip()

    def write_moment(self, moment: datetime) -> str:
        """Return the time in the zone of the shop, which it names."""
        local = moment.astimezone(get_zone(self.time_zone))
        return f"{date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M:%S} ({self.time_zone})"


def read_shop(request: PackRequest) -> ShopThen:
    [(name, currency, time_zone)] = fetch(statements.SHOP, request.parameters)
    return ShopThen(name or "", currency, time_zone, request.language)


ROWS_AT_A_TIME = 2000
CENT, COST_DIGITS = Decimal("0.01"), Decimal("0.0001")
INVENTORY = (
    "product", "name", "sku", "category", "category_name", "unit", "location", "location_name", "lot", "lot_code",
    "expires_on", "quantity", "amount", "cost_of_one", "value",
)  # fmt: skip
ACCOUNT = ("of", "category", "category_name", *AMOUNTS)
COUNTS = (
    "count", "counted_at", "recorded_at", "product", "name", "sku", "location", "location_name", "lot", "lot_code",
    "nowhere", "expected", "counted", "difference", "moved_since", "rolled", "in_inventory", "operation", "decimals",
)  # fmt: skip
PURCHASES = (
    "occurred_at", "recorded_at", "operation", "reference", "order", "supplier", "supplier_name", "product", "name",
    "sku", "quantity", "amount", "unit", "value", "reversed",
)  # fmt: skip
SEALS = (
    "number", "format", "from_position", "to_position", "operations", "movements", "created_at", "previous", "digest",
)  # fmt: skip


def read_rows(request: PackRequest, statement: str, before: str = "") -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement, few at a time. Call this in a transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(before + request.write(statement), request.parameters)
        while rows := cursor.fetchmany(ROWS_AT_A_TIME):
            yield from rows


def read_inventory(request: PackRequest) -> Iterator[Sequence[Any]]:
    """Yield a row for what of each product lay at each place and in each lot.

    A product that has moved and of which nothing was left has one row.
    """
    yield INVENTORY
    for _, rows in groupby(read_rows(request, statements.INVENTORY), itemgetter(0)):
        yield from value_places(list(rows))


def value_places(rows: list[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Yield the rows of a product for the inventory, each with its part of the value. The parts add up to the value.

    The values up to a row are the quantities up to it at the average cost, rounded to the cent.
    """
    quantity, value = sum(row[12] for row in rows), sum((row[13] for row in rows), Decimal())
    kept, decimals = [row for row in rows if row[12]] or rows[:1], rows[0][6]
    cost = None if quantity == 0 else divide(value * 10**decimals, quantity, COST_DIGITS)
    until = valued = Decimal()
    for row in kept:
        until += row[12]
        valued, before = divide(value * until, quantity, CENT) if quantity else value, valued
        amount = write_amount(row[12], decimals)
        yield *row[:6], *row[7:12], row[12], Decimal(amount), cost, valued - before


def divide(number: Decimal, divisor: int, digits: Decimal) -> Decimal:
    return (number / divisor).quantize(digits, ROUND_HALF_UP)


def read_account(request: PackRequest) -> Iterator[Sequence[Any]]:
    """Yield the account of each category, and then in total."""
    yield ACCOUNT
    yield from read_rows(request, statements.ACCOUNT, build_account(request.clock_column, has_until=True))


def read_counts(request: PackRequest) -> Iterator[Sequence[Any]]:
    """Yield the last count of each product and place, with its quantity rolled to the instant."""
    yield COUNTS
    for *named, expected, counted, moved, held, operation, decimals in read_rows(request, statements.COUNTS):
        yield *named, expected, counted, counted - expected, moved, counted + moved, held, operation, decimals


def read_purchases(request: PackRequest) -> Iterator[Sequence[Any]]:
    """Yield the lines of the deliveries."""
    yield PURCHASES
    for *named, quantity, value, is_undone, decimals, unit in read_rows(request, statements.PURCHASES):
        yield *named, quantity, Decimal(write_amount(quantity, decimals)), unit, value, is_undone


def read_seals(request: PackRequest) -> list[dict[str, Any]]:
    return [dict(zip(SEALS, row, strict=True)) for row in read_rows(request, statements.SEALS)]


def sum_inventory(rows: Iterable[Sequence[Any]], totals: dict[str, Any]) -> Iterator[Sequence[Any]]:
    """Yield the rows, and add their number, their products and their value to the totals."""
    last = None
    for row in rows:
        yield row
        if row is not INVENTORY:
            totals["rows"] += 1
            totals["products"] += row[0] != last
            totals["value"] += row[-1]
            last = row[0]
