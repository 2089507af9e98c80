"""Run the checks that PostgreSQL would run at the end of a transaction."""

from django.db import connection

DEFERRED = """
SELECT string_agg(quote_ident(conname), ', ') FROM pg_constraint
WHERE condeferred AND connamespace = 'public'::regnamespace
"""


def check_deferred_constraints() -> None:
    """Check the deferred constraints of the rows written so far.

    This is for rows that many tests share: otherwise each test would check them at its end, and its rollback would undo
    that. Django's check_constraints() would also defer the constraints that are checked immediately.
    """
    with connection.cursor() as cursor:
        cursor.execute(DEFERRED)
        [names] = cursor.fetchone()
        cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {names} DEFERRED")
