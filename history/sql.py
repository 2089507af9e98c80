"""Statements that record changes. Each names the owner, so that Citus executes it on one server.

The placeholders in braces come from the model.
"""

from typing import Any

from django.db import models

# Returns the recorded fields of rows.
SELECT_ROWS = "SELECT row.id, {fields} AS fields FROM {table} AS row WHERE {condition}row.id = ANY(%(ids)s::bigint[])"
OWNED = "row.owner_id = %(owner)s::bigint AND "
LOCK = """
SELECT row.id FROM {table} AS row
WHERE {condition}row.id = ANY(%(ids)s::bigint[]) ORDER BY row.id FOR NO KEY UPDATE
"""

# Inserts a change for each row that differs from what it was, and returns the rows with the time. `before` has what
# each row was, or NULL if it is new. All rows have the same time, that of the statement, which is after the locks.
RECORD = """
INSERT INTO history_change (owner_id, kind, row_id, at, by, via, changes, is_cost)
SELECT %(owner)s::bigint, %(kind)s::text, changed.id, statement_timestamp(), %(by)s::bigint, %(via)s::text,
    changed.fields, changed.fields - %(costs)s::text[] = '{{}}'
FROM (
    SELECT before.id, CASE
        WHEN before.fields IS NULL THEN jsonb_build_object('created', jsonb_build_array(NULL, after.fields))
        WHEN after.id IS NULL THEN jsonb_build_object('deleted', jsonb_build_array(before.fields, NULL))
        ELSE (
            SELECT jsonb_object_agg(old.key, jsonb_build_array(old.value, new.value))
            FROM jsonb_each(before.fields) AS old JOIN jsonb_each(after.fields) AS new ON new.key = old.key
            WHERE old.value <> new.value
        )
    END AS fields
    FROM unnest(%(ids)s::bigint[], %(before)s::jsonb[]) AS before (id, fields)
    LEFT JOIN ({rows}) AS after ON after.id = before.id
    ORDER BY before.id
) AS changed
WHERE changed.fields IS NOT NULL
RETURNING row_id, at
"""
# Inserts changes that the caller knows: `{changed}` are rows with an id and with the fields that differ.
RECORD_KNOWN = """
INSERT INTO history_change (owner_id, kind, row_id, at, by, via, changes, is_cost)
SELECT %(owner)s::bigint, %(kind)s::text, changed.id, %(at)s::timestamptz, %(by)s::bigint, %(via)s::text,
    changed.fields, changed.fields - %(costs)s::text[] = '{{}}'
FROM ({changed}) AS changed
ORDER BY changed.id
"""
# Removes the values of these fields from the changes of a row. A change stays, with nulls as its values.
FORGET = """
UPDATE history_change SET changes = CASE
    WHEN changes ? 'created'
    THEN jsonb_set(changes, '{created,1}', (changes #> '{created,1}') - %(fields)s::text[])
    ELSE changes || (
        SELECT coalesce(jsonb_object_agg(name, '[null, null]'::jsonb), '{}') FROM unnest(%(fields)s::text[]) AS name
        WHERE changes ? name
    )
END
WHERE owner_id = %(owner)s::bigint AND kind = %(kind)s::text AND row_id = %(row)s::bigint
"""
# A linked row, as it is told in a change.
LINK = """(SELECT jsonb_build_object('id', linked.id, 'name', linked.name) FROM {table} AS linked
    WHERE linked.owner_id = %(owner)s::bigint AND linked.id = {value})"""


def write_value(field: Any, value: str) -> str:
    """Return SQL for a value of the field as changes tell it: amounts as texts, links with the name."""
    if isinstance(field, models.ForeignKey):
        return LINK.format(table=field.related_model._meta.db_table, value=value)
    if isinstance(field, models.DecimalField):
        return f"{value}::numeric({field.max_digits}, {field.decimal_places})::text"
    return value


def write_change(field: Any, old: str, new: str) -> str:
    """Return SQL for an object with the old and the new value of the field. It is empty if they do not differ."""
    pair = f"jsonb_build_array({write_value(field, old)}, {write_value(field, new)})"
    return (
        f"CASE WHEN {old} IS DISTINCT FROM {new} THEN jsonb_build_object('{field.name}', {pair}) ELSE '{{}}'::jsonb END"
    )
