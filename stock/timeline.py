"""Where in a log an instant lies, so that a filter by time reads a range of the log's index, not the whole log.

A log is in the order of its positions: ids, or the sequence of one product's movements. The times are in the
operations. Nothing is recorded before it happened (`occurred_at <= created_at`), and positions follow the time of
recording: exactly within a product, within LONGEST_BOOKING in an account. So the first position of an instant, found by
halving, bounds what a filter can match. Only what was recorded late lies beyond that bound, and those operations have
an index of their own. docs/decisions/0017-reads-by-time.md
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from core.pagination import ChainedQuerySets
from stock import sql_times
from stock.models import LATE
from stock.sql import array

# From the time that an operation takes under its locks to the moment when its last movement gets its id, at most.
LONGEST_BOOKING = timedelta(minutes=1)
MAX_LATE = 5000  # late rows that are looked up one by one; if there are more, the range that holds them is read
MOMENT = timedelta(microseconds=1)


class Span(NamedTuple):
    """The times asked for, half-open, None if open: of happening, and of recording."""

    after: datetime | None = None
    before: datetime | None = None
    recorded_after: datetime | None = None
    recorded_before: datetime | None = None


@dataclass(frozen=True)
class Log:
    """The rows of one log, and the statements that find a place in it."""

    owner_id: int
    first_since: str
    late_rows: str = ""  # empty: the late operations are the rows
    position: str = "id"
    product_id: int | None = None

    @property
    def slack(self) -> timedelta:
        """How far the positions may be out of the order of time: within a product not at all."""
        return LONGEST_BOOKING if self.product_id is None else timedelta()

    def find_first_positions(self, *instants: datetime | None) -> dict[datetime | None, int]:
        """Return for each instant the position of the first row recorded since; {} if the log is empty."""
        asked = sorted({instant for instant in instants if instant})
        return dict(self.fetch(self.first_since, instants=asked)) if asked else {}

    def fetch(self, statement: str, **parameters: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"owner": self.owner_id, "product": self.product_id, **parameters})
            rows: list[Any] = cursor.fetchall()
        return rows

    def find_late_ids(self, asked: dict[str, Any]) -> list[int]:
        """Return the ids of the late rows that are asked for; of more than MAX_LATE at least one more than that."""
        ids = [row[0] for row in self.fetch(sql_times.LATE_OPERATIONS, **asked)]
        if self.late_rows and len(ids) <= MAX_LATE:
            return [row[0] for row in self.fetch(self.late_rows, operations=array(ids), limit=asked["limit"])]
        return ids


def get_movement_log(owner_id: int) -> Log:
    return Log(owner_id, sql_times.FIRST_MOVEMENT, sql_times.LATE_MOVEMENTS)


def get_product_log(owner_id: int, product_id: int) -> Log:
    """Return a product's log: its movements take their time and sequence under one lock, so their order is exact."""
    return Log(owner_id, sql_times.FIRST_OF_PRODUCT, sql_times.LATE_OF_PRODUCT, "sequence", product_id)


def get_operation_log(owner_id: int) -> Log:
    return Log(owner_id, sql_times.FIRST_OPERATION)


def narrow_to_span(rows: QuerySet, log: Log, span: Span) -> Any:
    """Return the same rows, which are filtered by the span already, in terms of positions and ids."""
    earliest = max((instant for instant in (span.after, span.recorded_after) if instant), default=None)
    start = earliest and earliest - log.slack
    end = span.recorded_before and span.recorded_before + log.slack
    on_time = span.before and span.before + LATE + log.slack
    first = log.find_first_positions(start, end, on_time)
    if not first:
        return rows
    if start:
        rows = rows.filter(**{f"{log.position}__gte": first[start]})
    if end:
        rows = rows.filter(**{f"{log.position}__lt": first[end]})
    if not (span.before and on_time):
        return rows
    late = {"after": span.after, "before": span.before, "since": span.before + LATE, "limit": MAX_LATE + 1}
    return add_late_rows(rows, log, first[on_time], late)


def add_late_rows(rows: QuerySet, log: Log, bound: int, asked: dict[str, Any]) -> Any:
    """Return the rows below the bound, and above it the late ones that are asked for: no others can match."""
    below, above = (rows.filter(**{f"{log.position}__{side}": bound}) for side in ("lt", "gte"))
    ids = log.find_late_ids(asked)
    if len(ids) <= MAX_LATE:
        return ChainedQuerySets([above.filter(make_id_condition(above, ids)), below]) if ids else below
    [(oldest, newest)] = log.fetch(sql_times.LATE_RECORDED, **asked)
    oldest, newest = oldest - log.slack, newest + log.slack + MOMENT
    first = log.find_first_positions(oldest, newest)
    between = {f"{log.position}__gte": first[oldest], f"{log.position}__lt": first[newest]}
    return ChainedQuerySets([above.filter(**between), below])


def make_id_condition(rows: QuerySet, ids: list[int]) -> RawSQL:
    """Return the condition that a row has one of these ids, as one parameter."""
    table = rows.model._meta.db_table
    return RawSQL(f'"{table}"."id" = ANY(%s::bigint[])', [array(ids)], output_field=BooleanField())  # noqa: S611, no text of a client
