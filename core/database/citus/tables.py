"""Distribute tables by their owner with Citus, which sends a statement that names the owner to one server only."""

from typing import Any

from django.db import NotSupportedError

# The settings of a transaction that changes distributed tables. Citus sends them to the workers as well.
# https://docs.citusdata.com/en/stable/develop/reference_ddl.html
PREPARE_TRANSACTION = [
    "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",  # foreign keys to reference tables require it
    "SET LOCAL citus.enable_unsafe_triggers = on",  # the triggers of the ledger read and write no other row
    "SET LOCAL citus.propagate_set_commands = 'local'",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
]

# Citus also lists the coordinator's local tables that refer to a copied table. These are not distributed.
IS_DISTRIBUTED = """
SELECT EXISTS (
    SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(%s) AND (partmethod = 'h' OR repmodel = 't')
)
"""
FIRST_DISTRIBUTED = "SELECT logicalrelid::text FROM pg_dist_partition WHERE partmethod = 'h' ORDER BY 1 LIMIT 1"
HAS_CITUS = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')"

PRIMARY_KEY = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'"
UNIQUE_OWNER_ROW = """
SELECT constraint_.conname FROM pg_constraint AS constraint_
WHERE conrelid = %s::regclass AND contype = 'u' AND (
    SELECT array_agg(attname::text ORDER BY position)
    FROM unnest(conkey) WITH ORDINALITY AS key (number, position)
    JOIN pg_attribute ON attrelid = conrelid AND attnum = number
) = ARRAY['owner_id', 'id']
"""


def prepare_transaction(cursor: Any) -> None:
    for statement in PREPARE_TRANSACTION:
        cursor.execute(statement)


def has_citus(cursor: Any) -> bool:
    cursor.execute(HAS_CITUS)
    return bool(cursor.fetchone()[0])


def is_distributed(cursor: Any, table: str) -> bool:
    """Return whether the table is distributed, or copied to every server as a reference table."""
    cursor.execute(IS_DISTRIBUTED, [table])
    return bool(cursor.fetchone()[0])


def replace_primary_key(cursor: Any, table: str) -> None:
    """Replace the primary key (id) by an index that is not unique: Citus requires the owner in every unique index."""
    # Rows are identified by the unique constraint (owner_id, id). The support desk needs the index on (id) to list the
    # newest rows of all accounts.
    cursor.execute(PRIMARY_KEY, [table])
    primary_key = cursor.fetchone()
    if primary_key is None:
        return
    cursor.execute(UNIQUE_OWNER_ROW, [table])
    unique = cursor.fetchone()
    if unique is None:
        raise NotSupportedError(f"The unique constraint (owner, id) must be part of the table from the start: {table}.")
    cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{primary_key[0]}"')
    cursor.execute(f'CREATE INDEX "{table}_id" ON "{table}" (id)')
    cursor.execute(f'ALTER TABLE "{table}" REPLICA IDENTITY USING INDEX "{unique[0]}"')


def restore_primary_key(cursor: Any, table: str) -> None:
    """Make (id) the primary key again, which undoes replace_primary_key(). Servers without Citus need this."""
    cursor.execute(PRIMARY_KEY, [table])
    if cursor.fetchone() is None:
        cursor.execute(f'ALTER TABLE "{table}" REPLICA IDENTITY DEFAULT')
        cursor.execute(f'ALTER TABLE "{table}" ADD PRIMARY KEY (id)')
        cursor.execute(f'DROP INDEX IF EXISTS "{table}_id"')


def distribute_table(cursor: Any, table: str) -> None:
    """Distribute the table by owner, colocated with the distributed tables. Move its rows to the shards."""
    cursor.execute(FIRST_DISTRIBUTED)
    first = cursor.fetchone()
    beside = first[0] if first else "default"
    cursor.execute("SELECT create_distributed_table(%s, 'owner_id', colocate_with => %s)", [table, beside])
    drop_local_rows(cursor, table)


def replicate_table(cursor: Any, table: str) -> None:
    """Make the table a reference table: every server has a copy of it."""
    cursor.execute("SELECT create_reference_table(%s)", [table])
    drop_local_rows(cursor, table)


def drop_local_rows(cursor: Any, table: str) -> None:
    """Drop the local rows after Citus has copied them to the shards, and those of tables that refer to the table."""
    cursor.execute("SELECT truncate_local_data_after_distributing_table(%s)", [table])
