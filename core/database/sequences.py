"""The sequences that give ids to new rows.

A rollback does not reset a sequence: docs/decisions/0008-faults-are-tried.md.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import inf

from django.apps import apps
from django.conf import settings
from django.db import InterfaceError, OperationalError, models

from core.database.postgres.base import execute, fetch

# The most ids that may be missing between the last row and the next one. Rollbacks and removed rows leave gaps, but a
# service that writes a thousand rows a second needs three years for one of this size.
MAX_GAP = 10**11
EXISTING = "SELECT name FROM unnest(%(tables)s::text[]) AS name WHERE to_regclass(name) IS NOT NULL"
LAST_VALUES = """
SELECT name, coalesce(pg_sequence_last_value(pg_get_serial_sequence(name, 'id')::regclass), 0)
FROM unnest(%(tables)s::text[]) AS name
"""
# Moves only sequences that are behind, so none is set back to a value that another session has just used.
MOVE = """
SELECT setval(sequence::regclass, last)
FROM unnest(%(tables)s::text[], %(last_ids)s::bigint[]) AS moved (name, last)
CROSS JOIN LATERAL pg_get_serial_sequence(name, 'id') AS sequence
WHERE coalesce(pg_sequence_last_value(sequence::regclass), 0) < last
"""
MEND = "Stop the service and run SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last});"


def list_numbered_tables() -> list[str]:
    """Return the tables whose ids come from a sequence."""
    return [model._meta.db_table for model in apps.get_models() if isinstance(model._meta.pk, models.AutoField)]


def find_last_values(tables: Sequence[str]) -> dict[str, int]:
    """Return the last id that each table's sequence has given, or 0."""
    return dict(fetch(LAST_VALUES, {"tables": list(tables)}))


def move_sequences(last_ids: dict[str, int]) -> None:
    """Let the next ids of the tables come after these. Call this as the last statement of a transaction."""
    execute(MOVE, {"tables": list(last_ids), "last_ids": list(last_ids.values())})


def find_misplaced(max_gap: float = MAX_GAP) -> Iterator[str]:
    """Yield what is wrong, and how to mend it, for each sequence that is below its rows or far above them.

    Tables that do not exist before the first migration are left out.
    """
    tables = [name for [name] in fetch(EXISTING, {"tables": list_numbered_tables()})]
    # The ids are read first: an id that is read is never above the value that its sequence has afterwards.
    highest = {table: fetch(f'SELECT coalesce(max(id), 0) FROM "{table}"')[0][0] for table in tables}  # noqa: S608
    for table, last in find_last_values(tables).items():
        if last < highest[table]:
            what = f"The rows of {table} have ids up to {highest[table]}, but their sequence is at {last}."
        elif last - highest[table] > max_gap:
            what = f"The sequence of {table} is at {last}, far above its rows, whose ids go up to {highest[table]}."
        else:
            continue
        yield f"{what} {MEND.format(table=table, last=max(highest[table], 1))}"


def find_set_back() -> Iterator[str]:
    """Yield what is wrong for each sequence that is below its rows: new rows would be refused.

    Nothing with Citus, where orders of earlier releases have ids of other sequences: there verify_stock alone asks.
    """
    return iter(()) if settings.DB_CITUS else find_misplaced(inf)


def describe_set_back() -> str:
    """Return what find_set_back() yields. It is empty while the database is away: then a service starts and waits."""
    with suppress(OperationalError, InterfaceError):
        return "\n".join(find_set_back())
    return ""
