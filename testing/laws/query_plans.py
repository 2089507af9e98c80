"""The plans of PostgreSQL as `EXPLAIN (FORMAT JSON)` writes them."""

from collections.abc import Iterator
from typing import Any

from django.db import connection


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the node of a plan and all nodes below it."""
    yield node
    for below in node.get("Plans", []):
        yield from walk(below)


def count_rows(statement: str, parameters: Any = None) -> int:
    """Execute the statement, undo it, and return the number of rows that PostgreSQL has read and compared for it."""
    with connection.connection.transaction(force_rollback=True):
        done = connection.connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        [[[plan]]] = done.fetchall()
    return sum(
        node["Actual Loops"] * sum(number for name, number in node.items() if "Rows" in name and name != "Plan Rows")
        for node in walk(plan["Plan"])
    )


def analyze_tables() -> None:
    """Update the planner's statistics, so that it does not plan for empty tables while the rows are not committed.

    A plain `ANALYZE` also locks the catalogs that all databases of a server share, until the test ends, and
    the tests of other processes run into their time limit.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(connection.introspection.table_names(cursor))}")
