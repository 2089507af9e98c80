"""Create the world of the tenancy tests once in each process. Later tests insert its rows by one query."""

import copy

from django.conf import settings
from django.db import connection, transaction

from testing.cast.shops import World, create_world
from testing.management.commands.flush import list_emptied_tables
from testing.servers.databases import is_superuser
from users.models import User

saved: list[tuple[World, str]] = []
# Returns the columns of a table that are not generated, and the sequence of its ids.
COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum), pg_get_serial_sequence(%(table)s, 'id')
FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
INSERT = """
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {columns} FROM json_populate_recordset(NULL::{table}, {rows})
"""
SET_SEQUENCE = "SELECT setval('{sequence}', greatest({last}, (SELECT last_value FROM {sequence})))"
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = {role}"


def load_world() -> World:
    """Insert the rows of two shops with rows of every model, and return the shops.

    If there are other users, the shops are created: saving would include the rows of these users, and loading could
    repeat their ids. They are also created on Citus, whose servers insert rows only as rows of an owner.
    """
    if User.objects.exists() or settings.DB_CITUS or not is_superuser():
        return create_world()
    if not saved:
        world = create_world()
        saved.append((copy.deepcopy(world), write_script()))
        return world
    [(world, script)] = saved
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(script)
    for shop in world.shops.values():
        for row in shop.rows.values():
            if hasattr(row, "expires_at") and hasattr(row, "path"):  # of an export or a pack
                row.path.parent.mkdir(parents=True, exist_ok=True)
                row.path.write_text(shop.word)
    return copy.deepcopy(world)


def write_script() -> str:
    """Return the statements that insert all rows of the database."""
    statements = [WITHOUT_TRIGGERS.format(role="replica")]
    with connection.cursor() as cursor:
        for table in list_emptied_tables():
            cursor.execute(f"SELECT json_agg(row)::text FROM {table} AS row")
            [[rows]] = cursor.fetchall()
            if rows:
                cursor.execute(COLUMNS, {"table": table})
                [[columns, sequence]] = cursor.fetchall()
                statements.append(INSERT.format(table=table, columns=columns, rows=quote(rows)))
                if sequence:
                    cursor.execute(f"SELECT last_value FROM {sequence}")
                    [[last]] = cursor.fetchall()
                    statements.append(SET_SEQUENCE.format(sequence=sequence, last=last))
    return ";".join([*statements, WITHOUT_TRIGGERS.format(role="origin")])


def quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
