"""The statements of reports: their parts, how they run, and how their rows are written."""

from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from core.database.replicas import reading
from core.database.transactions import atomic_reads, set_time_limit
from core.money.amounts import money_of, scale
from core.money.sums import BY_UNIT, write_by_unit
from core.texts.folding import is_named
from products.filing.reading.exports import ROWS_AT_A_TIME
from stock.errors import ReportTooLong
from stock.models.sql import SINCE_FIRST

# The movements of the account with their operations.
LEDGER = """stock_operation AS operation
    JOIN stock_movement AS movement
        ON movement.owner_id = operation.owner_id AND movement.operation_id = operation.id
    WHERE operation.owner_id = %(owner)s::bigint AND movement.owner_id = %(owner)s::bigint"""


def ledger_of(period: str) -> str:
    """Return LEDGER with the operations of a period, which is a condition on `operation`."""
    return f"{LEDGER} AND {period} AND {SINCE_FIRST.format(period=period)}"


CATEGORY = """LEFT JOIN products_category AS category
    ON category.owner_id = %(owner)s::bigint AND category.id = product.category_id"""
# Selects all products of the account, one product, or those of a category by its id or name.
SELECTED_PRODUCTS = f"""product.owner_id = %(owner)s::bigint
    AND (%(product)s::bigint IS NULL OR product.id = %(product)s::bigint)
    AND (%(category)s::bigint IS NULL OR product.category_id = %(category)s::bigint)
    AND (%(category_name)s::text IS NULL OR {is_named("category.name", "%(category_name)s::text")})"""

VALUE_AT_PRICE = money_of("product.quantity", "product.price")


# The limit of a file; it is one result set, and the worker holds its 20 to 50 MB until the file is sent.
MAX_ROWS = 100_000
IN_ALL = "in_all"
DECIMALS = "decimals"
TIMEOUT_SECONDS = 60  # twice the time for a year with five million movements


@dataclass(frozen=True)
class Statement:
    """An SQL statement and its parameters."""

    text: str
    parameters: dict[str, Any]

    @atomic_reads
    def open_cursor(self, limit: int, offset: int = 0) -> Any:
        """Execute the statement and return its cursor. The caller closes the cursor."""
        return self.execute(limit, offset)

    def execute(self, limit: int, offset: int = 0) -> Any:
        """Do what open_cursor() does, in the caller's transaction."""
        set_time_limit(TIMEOUT_SECONDS, reads=True)
        cursor = reading().cursor()
        cursor.execute(self.text, {**self.parameters, "limit": limit, "offset": offset})
        return cursor

    def fetch_rows(self, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        """Return up to `limit` rows from the offset on, as dictionaries by column name."""
        return fetch_all(self.open_cursor(limit, offset))

    def read_table(self, shown: Set[str], quantities: Set[str], offset: int = 0) -> Iterator[Any]:
        """Yield the header, then each row from the offset on, with the columns `shown` in the order of the statement.

        The `quantities` of products with decimals are written as amounts. Raise ReportTooLong before the header.
        """
        with closing(self.open_cursor(MAX_ROWS + 1, offset)) as cursor:
            if cursor.rowcount > MAX_ROWS:
                raise ReportTooLong(limit=MAX_ROWS)
            names = get_column_names(cursor)
            get_shown = itemgetter(*(place for place, name in enumerate(names) if name in shown))
            yield get_shown(names)
            while rows := cursor.fetchmany(ROWS_AT_A_TIME):
                written = write_amounts(names, rows, quantities) if DECIMALS in names else rows
                yield from map(get_shown, write_units(names, written) if BY_UNIT in names else written)


def fetch_all(cursor: Any) -> list[dict[str, Any]]:
    """Return all rows as dictionaries by column name, and close the cursor."""
    with closing(cursor):
        columns = get_column_names(cursor)
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def write_amounts(names: list[str], rows: list[tuple[Any, ...]], quantities: Set[str]) -> Iterator[list[Any]]:
    """Yield the rows with the quantities of products that have decimals as amounts."""
    at, positions = names.index(DECIMALS), [place for place, name in enumerate(names) if name in quantities]
    for row in rows:
        values = [*row]
        for place in positions if row[at] else ():
            values[place] = None if row[place] is None else scale(row[place], row[at])
        yield values


def write_units(names: list[str], rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Yield the rows with the sums by unit as a text."""
    at = names.index(BY_UNIT)
    for row in rows:
        yield [*row[:at], row[at] and write_by_unit(row[at]), *row[at + 1 :]]


def get_column_names(cursor: Any) -> list[str]:
    return [column.name for column in cursor.description]
