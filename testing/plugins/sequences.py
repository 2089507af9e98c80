"""Start the sequences of ids at other numbers, so that the ids of two tables agree in no test by chance."""

from random import Random

from django.db import connection

# Those that no row has used. The others stay above the ids of the rows that migrations have written.
LIST_SEQUENCES = """
SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NULL
ORDER BY sequencename
"""
HIGHEST_START = 50_000  # ids of this size fit into a smallint's text, a page and a label, as the ids of a new shop do


def shift_sequences(seed: int | None) -> None:
    """Start each unused sequence of the tests' database at another number, if there is a seed."""
    if seed is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(LIST_SEQUENCES)
        for (sequence,) in cursor.fetchall():
            start = Random(f"{seed} {sequence}").randrange(1, HIGHEST_START)  # noqa: S311
            cursor.execute(f"ALTER SEQUENCE {sequence} RESTART WITH {start}")
