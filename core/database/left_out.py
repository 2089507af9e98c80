"""Refuse to work without an app whose rows the others go by, whatever process starts: each connection asks for them."""

from contextlib import suppress
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connection

from core.shop_apps import list_tables_left_out

# A new database has no tables, and one of an earlier release not all of them.
FIND_PRESENT = "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NOT NULL"
NONE = "(SELECT NULL WHERE false)"
HAS_ROWS = "(SELECT '{table}' FROM {table} LIMIT 1)"


def check_left_out(connected: Any) -> None:
    """Raise ImproperlyConfigured if an app is left out whose rows the others go by. Most services leave out none."""
    if left_out := list_tables_left_out():
        with connected.cursor() as cursor:
            cursor.execute(FIND_PRESENT, [[*left_out]])
            cursor.execute(" UNION ALL ".join([NONE, *(HAS_ROWS.format(table=name) for (name,) in cursor.fetchall())]))
            for (table,) in cursor.fetchall():
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608, apps declare the tables
                raise ImproperlyConfigured(
                    f"WITHOUT leaves out {left_out[table]}, but others go by the rows in {table}, of which there are"
                    f" {cursor.fetchone()[0]}: take {left_out[table]} out of WITHOUT."
                )


def refuse_left_out() -> None:
    """Connect, if apps are left out whose rows others may go by. Without its database, a service starts and waits."""
    if list_tables_left_out():
        with suppress(OperationalError, InterfaceError):
            connection.ensure_connection()
        connection.close()
