"""The progress of a running import, read from PostgreSQL by another connection.

An import is one transaction, so nothing that it writes is visible before its end. But PostgreSQL shows the rows that a
COPY has taken so far in pg_stat_progress_copy, and the advisory locks of all transactions in pg_locks. The import holds
the account's lock PROGRESS from its beginning, and takes IMPORTS when all rows are read.
"""

from dataclasses import dataclass

from django.db import connection

from core.database.transactions import AccountLock

# The key of the lock is a bigint, which pg_locks shows as an upper and a lower half. If several imports run, the result
# is the one that has read the fewest rows.
FIND_PROGRESS = """
WITH held AS (
    SELECT pid, (classid::bigint << 32) | objid::bigint AS key FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT imports.pid IS NOT NULL, copy.tuples_processed
FROM held AS running
LEFT JOIN held AS imports
    ON imports.pid = running.pid AND imports.key = hashtextextended(%(imports)s, %(owner)s)
LEFT JOIN pg_stat_progress_copy AS copy ON copy.pid = running.pid
WHERE running.key = hashtextextended(%(progress)s, %(owner)s)
ORDER BY 1, 2 LIMIT 1
"""


IMPORT_STATES = ("idle", "reading", "saving")


@dataclass(frozen=True)
class ImportProgress:
    """The state of an import, and the number of rows read so far. The number is None unless the import is reading."""

    state: str = "idle"
    rows: int | None = None


def find_progress(owner_id: int) -> ImportProgress:
    """Return the progress of the account's running import."""
    locks = {"progress": str(AccountLock.PROGRESS), "imports": str(AccountLock.IMPORTS)}
    with connection.cursor() as cursor:
        cursor.execute(FIND_PROGRESS, {"owner": owner_id, **locks})
        found = cursor.fetchone()
    if found is None:
        return ImportProgress()
    is_read, rows = found
    return ImportProgress("saving") if is_read else ImportProgress("reading", rows or 0)
