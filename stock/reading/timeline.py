"""Convert instants to positions in a log, so that a filter by time reads a range of an index, not the whole log.

The position of a row is its id, or its `sequence` in the log of one product. The times are in the operations. Nothing
is recorded before it happened (`occurred_at <= created_at`). Positions follow the time of recording: exactly in the log
of a product, within LONGEST_BOOKING in the log of an account. So the first position of an instant, found by binary
search, limits the rows that a filter can match. Only rows that were recorded late are beyond this limit, and these have
an index of their own. See docs/decisions/0017-reads-by-time.md.
"""

from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db.models import QuerySet

from core.database.constraints import any_of
from core.database.postgres.base import array
from core.database.replicas import read
from core.lists.pagination import ChainedQuerySets
from stock.models import LATE

# Returns the first position of each instant: all rows before it were recorded earlier. It is a binary search: each step
# reads one row, so a log of millions takes about twenty steps. Returns no row if the log is empty.
FIRST_SINCE = """
WITH RECURSIVE bound AS (
    SELECT instant, ends.first AS low, ends.last + 1 AS high
    FROM unnest(%(instants)s::timestamptz[]) AS instant
    CROSS JOIN (SELECT min({position}) AS first, max({position}) AS last FROM {log}) AS ends
    UNION ALL
    SELECT
        instant, CASE WHEN is_earlier THEN found + 1 ELSE low END, CASE WHEN is_earlier THEN high ELSE middle END
    FROM (SELECT instant, low, high, (low + high) / 2 AS middle FROM bound WHERE low < high) AS half
    CROSS JOIN LATERAL (
        SELECT {position} AS found, {operation} AS operation_id
        FROM {log} AND {position} >= middle ORDER BY {position} LIMIT 1
    ) AS entry
    CROSS JOIN LATERAL (
        SELECT created_at < instant AS is_earlier FROM stock_operation
        WHERE owner_id = %(owner)s::bigint AND id = entry.operation_id
    ) AS operation
)
SELECT instant, low FROM bound WHERE low = high
"""
FIRST_OPERATION = FIRST_SINCE.format(position="id", operation="id", log="stock_operation WHERE owner_id = %(owner)s")
FIRST_MOVEMENT = FIRST_SINCE.format(
    position="id", operation="operation_id", log="stock_movement WHERE owner_id = %(owner)s"
)
FIRST_OF_PRODUCT = FIRST_SINCE.format(
    position="sequence",
    operation="operation_id",
    log="stock_movement WHERE owner_id = %(owner)s AND product_id = %(product)s",
)

# Returns the change of a product's quantity on each day since an instant, by the time when it happened, and what was
# sold of it since a later one less what came back. What is undone counts on the day on which it is undone. The instant
# is the first of `midnights`, which has the beginning of each day from `first_day` on, in the shop's time zone. The
# statement reads the movements from the position of the instant on, because everything that happened since the instant
# was recorded since then.
CHANGES_BY_DAY = """
SELECT %(first_day)s::date + width_bucket(operation.occurred_at, %(midnights)s::timestamptz[]) - 1 AS day,
    sum(movement.new_quantity - movement.old_quantity),
    coalesce(sum(movement.old_quantity - movement.new_quantity) FILTER (
        WHERE operation.occurred_at >= %(sold_since)s AND (
            coalesce(undone.reason, operation.reason) = 'sale'
            OR operation.reason = 'return' AND movement.movement_type = 'IN'
            OR undone.reason = 'return' AND movement.movement_type = 'OUT'
        )
    ), 0)
FROM stock_movement AS movement
JOIN stock_operation AS operation
    ON operation.owner_id = movement.owner_id AND operation.id = movement.operation_id
LEFT JOIN stock_operation AS undone ON undone.owner_id = operation.owner_id AND undone.id = operation.reverses_id
WHERE movement.owner_id = %(owner)s AND movement.product_id = %(product)s AND movement.sequence >= %(first)s
    AND operation.occurred_at >= %(instant)s
GROUP BY day
"""

# Selects the late operations that happened in a span of time and were recorded at an instant or later. The condition on
# the difference is that of the index stock_operation_late, which contains the late operations only.
LATE_ROWS = """
stock_operation
WHERE owner_id = %(owner)s AND created_at - occurred_at > '10 minutes'::interval
    AND occurred_at < %(before)s AND occurred_at >= coalesce(%(after)s, '-infinity'::timestamptz)
    AND created_at >= %(since)s
"""
LATE_OPERATIONS = f"SELECT id FROM {LATE_ROWS} LIMIT %(limit)s"  # noqa: S608, constants alone
# Returns the times when the first and the last of them were recorded.
LATE_RECORDED = f"SELECT min(created_at), max(created_at) FROM {LATE_ROWS}"  # noqa: S608, constants alone
# Return the movements of the late operations: all movements, or those of one product.
LATE_MOVEMENTS = """
SELECT id FROM stock_movement WHERE owner_id = %(owner)s AND operation_id = ANY(%(operations)s::bigint[])
LIMIT %(limit)s
"""
LATE_OF_PRODUCT = """
SELECT id FROM stock_movement
WHERE owner_id = %(owner)s AND operation_id = ANY(%(operations)s::bigint[]) AND product_id = %(product)s
LIMIT %(limit)s
"""


# The longest time between the reading of an operation's `created_at` under its locks and its last movement getting an
# id.
LONGEST_BOOKING = timedelta(minutes=1)
MAX_LATE = 5000  # the most late rows that are looked up by id; if there are more, the range that contains them is read
MOMENT = timedelta(microseconds=1)  # the resolution of PostgreSQL's times


class Span(NamedTuple):
    """The limits of `occurred_at` and `created_at` in a filter. `…after` is inclusive, `…before` exclusive."""

    after: datetime | None = None
    before: datetime | None = None
    recorded_after: datetime | None = None
    recorded_before: datetime | None = None


@dataclass(frozen=True)
class Log:
    """A log of operations or movements, with the statements that find positions and late rows in it."""

    owner_id: int
    product_id: int | None = None
    _: KW_ONLY
    first_since: str
    late_movements: str = ""  # empty for a log of operations, because the late operations are its late rows
    position: str = "id"

    @property
    def slack(self) -> timedelta:
        """Return how far positions can deviate from the order of time. It is zero in the log of a product."""
        return LONGEST_BOOKING if self.product_id is None else timedelta()

    def find_first_positions(self, *instants: datetime | None) -> dict[datetime | None, int]:
        """Return for each instant the position of the first row recorded then or later; {} if the log is empty."""
        distinct = sorted({instant for instant in instants if instant})
        return dict(self.fetch(self.first_since, instants=distinct)) if distinct else {}

    def fetch(self, statement: str, **parameters: Any) -> list[Any]:
        return read(statement, {"owner": self.owner_id, "product": self.product_id, **parameters})

    def find_late_ids(self, limits: dict[str, Any]) -> list[int]:
        """Return the ids of the late rows within the limits.

        If there are more than MAX_LATE, return any MAX_LATE + 1 of them: the caller then reads their range instead.
        """
        ids = [row[0] for row in self.fetch(LATE_OPERATIONS, **limits)]
        if self.late_movements and len(ids) <= MAX_LATE:
            return [row[0] for row in self.fetch(self.late_movements, operations=array(ids), limit=limits["limit"])]
        return ids


get_operation_log = partial(Log, first_since=FIRST_OPERATION)
get_movement_log = partial(Log, first_since=FIRST_MOVEMENT, late_movements=LATE_MOVEMENTS)
# The order of a product's log is exact, because time and sequence are set under the product's lock.
get_product_log = partial(Log, first_since=FIRST_OF_PRODUCT, late_movements=LATE_OF_PRODUCT, position="sequence")


def narrow_to_span(rows: QuerySet, log: Log, span: Span) -> Any:
    """Return the same rows, filtered by positions and ids as well. The rows are already filtered by the span."""
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


def add_late_rows(rows: QuerySet, log: Log, bound: int, limits: dict[str, Any]) -> Any:
    """Return the rows below the bound, and the late rows above it that are within the limits.

    No other row can match.
    """
    below, above = (rows.filter(**{f"{log.position}__{side}": bound}) for side in ("lt", "gte"))
    ids = log.find_late_ids(limits)
    if len(ids) <= MAX_LATE:
        return ChainedQuerySets([above.filter(any_of("id", ids)), below]) if ids else below
    [(oldest, newest)] = log.fetch(LATE_RECORDED, **limits)
    oldest, newest = oldest - log.slack, newest + log.slack + MOMENT
    first = log.find_first_positions(oldest, newest)
    between = {f"{log.position}__gte": first[oldest], f"{log.position}__lt": first[newest]}
    return ChainedQuerySets([above.filter(**between), below])
