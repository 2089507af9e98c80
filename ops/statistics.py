"""Keep PostgreSQL's statistics of tables that grow quickly, so that it does not plan for their former sizes.

Autovacuum does the same, but only once a minute. In a new shop, a report of the first thousand movements can take
seconds until then.
"""

from django.db import connection

from core.database.postgres.base import fetch
from core.database.transactions import atomic, set_time_limit

CHECK_SECONDS = 5  # the time between two searches for such tables
MIN_NEW_ROWS = 500  # the least number of new rows since the table was analyzed
TIMEOUT_SECONDS = 60

# Returns the quoted names of the tables that have doubled since they were analyzed. A role that does not own a table
# can't analyze it.
GROWN_TABLES = """
SELECT format('%%I.%%I', statistics.schemaname, statistics.relname)
FROM pg_stat_user_tables AS statistics
JOIN pg_class AS class ON class.oid = statistics.relid
WHERE statistics.schemaname = current_schema() AND pg_has_role(class.relowner, 'USAGE')
    AND statistics.n_mod_since_analyze >= %(min_new_rows)s AND statistics.n_mod_since_analyze >= class.reltuples
ORDER BY 1
"""


def analyze_grown_tables() -> None:
    """Analyze the tables that have doubled. The worker runs this once in CHECK_SECONDS."""
    for table in find_grown_tables():
        analyze(table)


def find_grown_tables() -> list[str]:
    return [table for (table,) in fetch(GROWN_TABLES, {"min_new_rows": MIN_NEW_ROWS})]


@atomic
def analyze(table: str) -> None:
    """Update the statistics of the table, unless another session is doing so."""
    set_time_limit(TIMEOUT_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {table}")
