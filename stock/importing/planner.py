"""PostgreSQL's statistics of the tables that an import fills.

PostgreSQL plans by the numbers of rows that it has counted before. After a large import they are wrong until autovacuum
counts again, about a minute later: a page of a product with 15,000 new lots exceeded the time limit of a statement.
The check of a foreign key is a planned statement, too. By wrong numbers it may read all rows of the account for each
new row: importing 30,000 products took a minute.

So a large import defers these checks until all rows are written, has PostgreSQL count the rows in its own transaction,
and then checks. Tables of which the new rows are a small part are counted after the response: their numbers are nearly
right, and counting them can take seconds.
"""

from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from core import background
from core.database.postgres.base import execute, fetch
from core.database.statistics import analyze_tables

MIN_WRITTEN = 1000  # with fewer products and quantities at places, no table is analyzed
MIN_SHARE = 0.1  # a table is analyzed in the transaction if the import has written at least this share of its rows
FILLED_TABLES = (
    "products_product", "products_category", "products_code", "products_profile", "suppliers_supplier",
    "stock_location", "stock_lot", "stock_operation", "stock_movement", "stock_holding", "stock_portion",
    "events_event", "history_change",
)  # fmt: skip
# Returns the tables that had at most this number of rows when they were analyzed.
SMALL_TABLES = """
SELECT relname FROM pg_class WHERE oid = ANY(%(tables)s::text[]::regclass[]) AND reltuples <= %(rows)s ORDER BY relname
"""
# PostgreSQL skips a table that another session analyzes, and one that this role may not analyze.
ANALYZE = "ANALYZE (SKIP_LOCKED) {tables}"


def defer_links(cursor: Any) -> None:
    """Leave the foreign keys of new rows to check_links(). The servers of Citus check them, by their own statistics."""
    if not settings.DB_CITUS:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def check_links() -> None:
    """Check the foreign keys of the rows that this transaction has written. Raise IntegrityError."""
    if not settings.DB_CITUS:
        execute("SET CONSTRAINTS ALL IMMEDIATE")


def update(written: int) -> None:
    """Update the statistics after this number of rows was written: of small tables now, of others after the COMMIT."""
    small = update_small_tables(written)
    others = [table for table in FILLED_TABLES if table not in small]
    transaction.on_commit(lambda: background.run_later(partial(analyze_tables, others), delay=0))


def update_small_tables(written: int) -> list[str]:
    """Update the statistics of the tables that had few rows compared with this number of new ones. Return these tables.

    Without them, a statement that searches the products for each row by an index may choose the index that has all
    products of the account.
    """
    if written < MIN_WRITTEN or settings.DB_CITUS:  # the servers of Citus have most of the rows
        return []
    small = [table for (table,) in fetch(SMALL_TABLES, {"tables": [*FILLED_TABLES], "rows": written / MIN_SHARE})]
    analyze(small)
    return small


def analyze(tables: list[str]) -> None:
    if tables:
        execute(ANALYZE.format(tables=", ".join(tables)))
