"""PostgreSQL's statistics of tables, by which it plans statements."""

from collections.abc import Iterable

from core.database.postgres.base import execute
from core.database.transactions import atomic, set_time_limit

TIMEOUT_SECONDS = 60  # the analysis of a table ends after this time


def analyze_tables(tables: Iterable[str]) -> None:
    """Update the statistics of these tables, each in a transaction of its own."""
    for table in tables:
        analyze(table)


@atomic
def analyze(table: str) -> None:
    """Update the statistics of the table, unless another session is doing so. The limit of a request is too short."""
    set_time_limit(TIMEOUT_SECONDS)
    execute(f"ANALYZE (SKIP_LOCKED) {table}")
