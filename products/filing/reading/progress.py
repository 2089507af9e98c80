"""The progress of a running import, read from PostgreSQL by another connection.

An import is one transaction, so nothing that it writes is visible before its end. But PostgreSQL shows the rows that a
COPY has taken so far in pg_stat_progress_copy, and the advisory locks of all transactions in pg_locks. The import holds
the account's lock PROGRESS from its beginning, and takes IMPORTS when all rows are read.
"""

from typing import Any

from core.database.postgres.base import fetch
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


def find_progress(owner_id: int) -> dict[str, Any]:
    """Return the state of the account's import, and the number of rows read so far: None unless it is reading."""
    locks = {"progress": str(AccountLock.PROGRESS), "imports": str(AccountLock.IMPORTS)}
    for is_read, rows in fetch(FIND_PROGRESS, {"owner": owner_id, **locks}):
        return {"state": "saving", "rows": None} if is_read else {"state": "reading", "rows": rows or 0}
    return {"state": "idle", "rows": None}
