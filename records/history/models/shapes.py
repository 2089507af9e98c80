"""The form of the column `changes`: what is recorded there, and what the readers can show.

The service writes no other form, and the import of a shop refuses one. Somebody who has changed the database by hand
may have left one: the readers leave out what they do not understand, so that one row does not hide all others.
"""

import re
from typing import Any

from django.conf import settings

from core.shop_apps import collect
from core.texts.cleaning import MAX_TEXT_LENGTH

# The names of fields, and of values beside the row of a product: `options.size`.
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}|(options|fields|metadata)\..{1,40}")
KINDS: dict[str, dict[str, dict[str, Any]]] = collect("kinds", settings.KNOWN_APPS)
# The types of the rows of lists, and the names of the functions that write them. Those of apps that are left out, too.
LISTED = [(types, writer) for forms in KINDS.values() for writer, types in forms.items()]
WHOLE_ROWS = ("created", "deleted")  # their old or new value is an object with all values of the row


def select_pairs(changes: Any) -> dict[str, list[Any]]:
    """Return the old and new values that have the form of a change, by the names of the fields."""
    found = changes.items() if isinstance(changes, dict) else ()
    return {name: pair for name, pair in found if is_change(name, pair)}


def is_change(name: str, pair: Any) -> bool:
    """Return whether this is the name of a field with its old and its new value."""
    if not (NAME.fullmatch(name) and isinstance(pair, list) and len(pair) == 2):
        return False
    return all(map(is_row if name in WHOLE_ROWS else is_value, pair))


def is_row(row: Any) -> bool:
    """Return whether this is null, or the values of a row by the names of its fields."""
    if row is None:
        return True
    return isinstance(row, dict) and all(NAME.fullmatch(name) and is_value(value) for name, value in row.items())


def is_value(value: Any) -> bool:
    """Return whether this is a text, number, flag, null, linked row, or a list of texts or rows."""
    if isinstance(value, list):
        return all(map(is_listed, value))
    if isinstance(value, dict):
        return has_types(value, id=int, name=str)
    if isinstance(value, str):
        return len(value) <= MAX_TEXT_LENGTH
    return value is None or isinstance(value, int)


def is_listed(row: Any) -> bool:
    """Return whether this is a text, such as a tag, or a row of a form that an app declares."""
    if isinstance(row, str):
        return len(row) <= MAX_TEXT_LENGTH
    return isinstance(row, dict) and any(has_types(row, **types) for types, _ in LISTED)


def has_types(value: dict[str, Any], **types: Any) -> bool:
    """Return whether the object has exactly these names, with values of these types, or of one of several types."""
    if value.keys() != types.keys():
        return False
    return all(isinstance(value[name], kind) and type(value[name]) is not bool for name, kind in types.items())


# Returns the recorded values of rows. PostgreSQL makes an object of a record in half the time of jsonb_build_object().
SELECT_VALUES = """
SELECT row.id, {fields} AS fields
FROM {table} AS row {joins}CROSS JOIN LATERAL (SELECT {values}) AS recorded
WHERE {condition}row.id = ANY({ids})
"""
# Returns an object for each row.
SELECT_FIELDS = "SELECT row.id, {fields} AS fields FROM {table} AS row WHERE {condition}row.id = ANY(%(ids)s::bigint[])"
OWNED = "row.owner_id = %(owner)s::bigint AND "
LOCK = """
SELECT row.id FROM {table} AS row
WHERE {condition}row.id = ANY(%(ids)s::bigint[]) ORDER BY row.id FOR NO KEY UPDATE
"""

# Inserts changes. `{changed}` selects rows with an id and with the fields that differ. By default, the time is that of
# the statement, which begins after the rows were locked. Without OFFSET 0, PostgreSQL would compute the fields twice.
RECORD = """
INSERT INTO history_change (owner_id, kind, row_id, at, by, via, edit, undoes, changes, is_cost)
SELECT %(owner)s::bigint, %(kind)s::text, changed.id, coalesce(%(at)s::timestamptz, statement_timestamp()),
    %(by)s::bigint, %(via)s::text, %(edit)s::bigint, %(undoes)s::bigint,
    changed.fields, changed.fields - %(costs)s::text[] = '{{}}'
FROM (SELECT id, fields FROM ({changed}) AS each OFFSET 0) AS changed
ORDER BY changed.id
"""
GIVEN = "SELECT id, fields FROM unnest(%(ids)s::bigint[], %(fields)s::jsonb[]) AS given (id, fields)"
NEXT_ID = "SELECT nextval(pg_get_serial_sequence('history_change', 'id'))"
# Returns what RECORD needs of the rows that an import has created.
CREATED = "SELECT id, jsonb_build_object('created', jsonb_build_array(NULL, fields)) AS fields FROM ({rows}) AS created"
# Removes the values of these fields from the changes of a row. A change stays, with nulls as its values. The values of
# metadata have names such as `metadata.shop`, of which `metadata` stays.
FORGET = """
UPDATE history_change SET changes = CASE
    WHEN changes ? 'created'
    THEN jsonb_set(changes, '{created,1}', (
        SELECT coalesce(jsonb_object_agg(name, value), '{}')
        FROM jsonb_each(changes #> '{created,1}') AS each (name, value)
        WHERE split_part(name, '.', 1) <> ALL(%(fields)s::text[])
    ))
    ELSE (
        SELECT coalesce(jsonb_object_agg(
            CASE WHEN is_personal THEN field ELSE name END, CASE WHEN is_personal THEN '[null, null]' ELSE value END
        ), '{}')
        FROM jsonb_each(changes) AS each (name, value),
            LATERAL (SELECT split_part(name, '.', 1)) AS named (field),
            LATERAL (SELECT field = ANY(%(fields)s::text[])) AS found (is_personal)
    )
END
WHERE owner_id = %(owner)s::bigint AND kind = %(kind)s::text AND row_id = %(row)s::bigint
"""
# Linked rows in the form of changes, of one row and by a join. They name the owner, because Citus would execute a
# comparison with the owner of the changed row on all servers.
LINK = """(SELECT jsonb_build_object('id', linked.id, 'name', linked.name) FROM {table} AS linked
    WHERE linked.owner_id = %(owner)s::bigint AND linked.id = {value})"""
JOIN = "LEFT JOIN {table} AS {name} ON {name}.owner_id = %(owner)s::bigint AND {name}.id = row.{column} "
JOINED = "CASE WHEN {name}.id IS NOT NULL THEN jsonb_build_object('id', {name}.id, 'name', {name}.name) END"
