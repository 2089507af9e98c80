"""Statements that add up the kept sums of whole days, and read only the sales of the other days.

The ledger is only added to, so the sums of a day change only by an operation that is booked later: a sale or a return
that happened on that day, or a reversal of one. A kept day has the sums of everything that was booked before
`covers_until`. It is used only if the reader finds no later operation that changes the day. All statements of a report
read one snapshot, so the report is exact at every instant, also while another release books, and on a replica.
No booking writes, waits or looks for kept days: docs/decisions/0071-sums-of-days.md.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.database.replicas import read
from core.database.transactions import atomic_snapshot
from core.time_zones import MOMENT
from desk.reports.reading.statements import IN_ALL, MAX_ROWS, Statement, fetch_all
from stock.models.sql import BY_ID, OWNER
from stock.models.sql_sales import PLACES

# The columns of `chain`: `changed_at` is when the last reversal of the chain, or the late operation itself, was booked.
CHAIN_COLUMNS = "id, reverses_id, reason, occurred_at"
# Returns the kept days in a period that nothing booked later has changed, in the order of time. `chain` has the
# operations that were booked late and the reversals, each with all operations before it in its chain. The other returns
# of a sale share its amounts with a return that is undone. The condition is that of the index stock_operation_amending.
KEPT_DAYS = f"""
WITH RECURSIVE kept AS (
    SELECT id, starts_at, ends_at, covers_until, sums FROM reports_salesday
    WHERE owner_id = %(owner)s::bigint AND starts_at >= %(start)s::timestamptz AND ends_at <= %(end)s::timestamptz
        AND places = {PLACES}
), chain AS (
    SELECT {CHAIN_COLUMNS}, created_at AS changed_at FROM stock_operation
    WHERE owner_id = %(owner)s::bigint
        AND (created_at - occurred_at > '10 minutes'::interval OR reverses_id IS NOT NULL)
        AND created_at >= (SELECT min(covers_until) FROM kept)
    UNION ALL
    SELECT earlier.id, earlier.reverses_id, earlier.reason, earlier.occurred_at, chain.changed_at
    FROM chain CROSS JOIN LATERAL (
        {BY_ID.format(columns=CHAIN_COLUMNS, owner=OWNER, operation="chain.reverses_id")}
    ) AS earlier
), changed AS (
    SELECT occurred_at, changed_at FROM chain
    UNION ALL
    SELECT operation.occurred_at, chain.changed_at
    FROM chain
    JOIN stock_return AS undone ON undone.owner_id = %(owner)s::bigint AND undone.operation_id = chain.id
    JOIN stock_return AS other ON other.owner_id = %(owner)s::bigint AND other.sale_id = undone.sale_id
    CROSS JOIN LATERAL (
        {BY_ID.format(columns="occurred_at", owner=OWNER, operation="other.operation_id")}
    ) AS operation
    WHERE chain.reason = 'return'
)
SELECT id, starts_at, ends_at, covers_until, sums FROM kept
WHERE NOT EXISTS (
    SELECT FROM changed
    WHERE changed_at >= covers_until AND occurred_at >= starts_at AND occurred_at < ends_at
)
ORDER BY starts_at, ends_at
"""  # noqa: S608, constants
LATE = timedelta(minutes=10)  # what is booked later than this is in the index


def read_kept_days(owner_id: int, start: datetime | str, end: datetime | str) -> list[Any]:
    """Return the kept days in a period that may be used: id, start, end, covers_until and sums of each."""
    return read(KEPT_DAYS, {"owner": owner_id, "start": start, "end": end})


@dataclass(frozen=True)
class DayStatement(Statement):
    """A statement of a period whose rows add up by `key`, so that those of whole days may be kept.

    Its parameters are those of parse_period(). If the key is `day`, no kept day reaches over one of the `midnights`.
    `name` is that of the rows in SalesDay.sums, and `summed` are the columns that are read and added up. Rows with
    other values `beside` the key stay apart. Kept rows have these values where they are not null.
    """

    name: str
    key: str
    summed: tuple[str, ...]
    order: Callable[..., Any] = lambda key: key
    beside: tuple[str, ...] = ()

    @atomic_snapshot
    def fetch_rows(self, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        """Return rows with the key, the sums, and the sums of all rows as `in_all_` and the name of the column."""
        found: dict[Any, dict[str, Any]] = {}
        start, end = self.parameters["start"], self.parameters["end"]
        for _pk, begins, ends, _until, sums in read_kept_days(self.parameters["owner"], start, end):
            day = self.number_day(begins)
            # The worker has not deleted days of a former time zone yet if some overlap.
            if begins >= start and day == self.number_day(ends - MOMENT):
                self.add(found, self.read_live(start, begins))
                self.add(found, ({**row, "day": day} for row in load_sums(sums)[self.name]))
                start = ends
        self.add(found, self.read_live(start, end))
        rows = [found[key] for key in sorted(found, key=lambda key: self.order(*key))]
        in_all = {f"{IN_ALL}_{name}": sum(row[name] for row in rows) for name in self.summed}
        return [{**row, IN_ALL: len(rows), **in_all} for row in rows[offset : offset + limit]]

    def number_day(self, moment: datetime) -> Any:
        """Return the day of a moment as the statement numbers it, or None if the key is not the day."""
        if self.key != "day":
            return None
        return self.parameters["first_day"] + timedelta(days=bisect_right(self.parameters["midnights"], moment) - 1)

    def read_live(self, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """Return the rows of a part of the period, which may be empty, as the statement computes them."""
        part = Statement(self.text, {**self.parameters, "start": start, "end": end})
        return fetch_all(part.execute(MAX_ROWS)) if start < end else []

    def add(self, found: dict[Any, dict[str, Any]], rows: Iterable[dict[str, Any]]) -> None:
        """Add the rows to those that were found, by their key."""
        for row in rows:
            key = {self.key: row[self.key], **{name: row.get(name) for name in self.beside}}
            sums = found.setdefault(tuple(key.values()), {**key, **dict.fromkeys(self.summed, 0)})
            sums.update({name: sums[name] + row[name] for name in self.summed})

    def read_day(self) -> list[dict[str, Any]]:
        """Return the rows of a period that is one day, as SalesDay.sums keeps them."""
        columns = self.summed if self.key == "day" else (self.key, *self.summed)
        rows = self.read_live(self.parameters["start"], self.parameters["end"])
        beside = [{name: row[name] for name in self.beside if row[name] is not None} for row in rows]
        return [{name: row[name] for name in columns} | more for row, more in zip(rows, beside, strict=True)]


def load_sums(text: str) -> dict[str, list[dict[str, Any]]]:
    """Return SalesDay.sums with the amounts, which are texts in JSON, as Decimal."""
    sums: dict[str, list[dict[str, Any]]] = json.loads(text, object_hook=read_amounts)
    return sums


def read_amounts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: Decimal(value) if isinstance(value, str) else value for name, value in row.items()}
