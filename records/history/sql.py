"""Statements that record changes. Each names the owner, so that Citus executes it on one server.

The placeholders in braces come from the model.
"""

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
