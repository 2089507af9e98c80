"""Statements of the seals. Each names the owner, so that Citus executes it on one server."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from core.database.postgres.base import fetch
from core.shop_apps import collect
from stock.models import Seal
from stock.proofs.sql_breaks import FIRST_MOVEMENT, PLACE

# The formats of new seals. Those of the formats 1 to 3, which earlier releases have made, have the lines of the ledger
# alone: see `beside` in LINES. The first seal after one of them also has what they have left out. The formats 4 and 5
# are the same without the files of invoices.
FORMAT, FORMAT_FROM_START = 6, 7
FIRST_BESIDE, FROM_START = 4, (5, 7)
# The events besides operations that are sealed. They have or name what is written beside the ledger.
WRITTEN = "'sale.paid', 'closing.made', 'cash.moved', 'invoice.issued', 'credit_note.issued', 'invoice_file.kept'"
# Returns the last position, the operations and the movements of the next seal, and the time. A seal begins after the
# last position of the previous seal. It ends before the operation that would exceed a limit, but has at least one
# operation, if there is one.
NEXT = """
SELECT coalesce(max(position), %(after)s), count(*), coalesce(sum(movements), 0)::bigint, clock_timestamp()
FROM (
    SELECT position, movements, sum(movements) OVER (ORDER BY position) AS total FROM (
        SELECT position, movements
        FROM events_event AS event
        CROSS JOIN LATERAL (
            SELECT count(*) AS movements FROM stock_movement
            WHERE owner_id = %(owner)s AND operation_id = event.operation
        ) AS booked
        WHERE owner_id = %(owner)s AND type = 'operation.booked' AND position > %(after)s
        ORDER BY position LIMIT %(max_operations)s
    ) AS counted
) AS operation
WHERE total <= %(max_movements)s OR total = movements
"""
# Returns the position up to which the seal covers events besides operations, which is before the next operation.
LAST = f"""
SELECT greatest(max(position), %(last)s::bigint)
FROM events_event
WHERE owner_id = %(owner)s
AND type IN ({WRITTEN})
AND position > %(after)s
AND position < coalesce(
    (SELECT min(position) FROM events_event
    WHERE owner_id = %(owner)s AND type = 'operation.booked' AND position > %(last)s),
    9223372036854775807
)
"""

TIME = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# The columns of each line of the ledger, in their order, with the ids as they were sealed: when a shop moves to another
# installation, the same shift is added to all of them. The columns never change, because the digest of every seal is
# computed with them again. A line has a later column only where it is not null, so that the other lines stay as they
# are.
OPERATION = """
    'id', operation.id - %(shift)s, 'owner_id', operation.owner_id - %(shift)s,
    'performed_by_id', operation.performed_by_id - %(shift)s, 'performer_digest', encode(performer.digest, 'hex'),
    'reason', operation.reason, 'reference', operation.reference, 'note', operation.note,
    'reverses_id', operation.reverses_id - %(shift)s,
    'occurred_at', to_char(operation.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'created_at', to_char(operation.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
"""
MOVEMENT = """
    'id', movement.id - %(shift)s, 'owner_id', movement.owner_id - %(shift)s,
    'operation_id', movement.operation_id - %(shift)s, 'product_id', movement.product_id - %(shift)s,
    'product_name', movement.product_name, 'sequence', movement.sequence, 'movement_type', movement.movement_type,
    'quantity', movement.quantity, 'old_quantity', movement.old_quantity, 'new_quantity', movement.new_quantity,
    'value', movement.value::text, 'unit_price', movement.unit_price::text
"""
TOTAL = "'total', movement.total::text"  # the part of a movement that format 1 lacks
SOLD = """
    'id', sold.id - %(shift)s, 'owner_id', sold.owner_id - %(shift)s, 'movement_id', sold.movement_id - %(shift)s,
    'rate', sold.rate::text, 'is_net', sold.is_net, 'discount', sold.discount::text
"""
EXEMPT = "'category', sold.category, 'reason', sold.reason"  # the part of it with a line of its own, if it has any
PORTION = """
    'id', portion.id - %(shift)s, 'owner_id', portion.owner_id - %(shift)s,
    'movement_id', portion.movement_id - %(shift)s, 'product_id', portion.product_id - %(shift)s,
    'location_id', portion.location_id - %(shift)s, 'lot_id', portion.lot_id - %(shift)s, 'quantity', portion.quantity
"""
PAYMENT = """
    'id', payment.id - %(shift)s, 'owner_id', payment.owner_id - %(shift)s,
    'operation_id', payment.operation_id - %(shift)s, 'origin_id', payment.origin_id - %(shift)s, 'kind', payment.kind,
    'amount', payment.amount::text, 'tendered', payment.tendered::text, 'reverses_id', payment.reverses_id - %(shift)s,
    'performer_digest', encode(performer.digest, 'hex'),
    'created_at', to_char(payment.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
"""
TIP = "'tip', payment.tip::text"  # the part of a payment that the formats 1 and 2 lack; left out if it is 0
# What the events of a closing and of a movement of cash have.
DRAWER = """
    'type', event.type, 'closing', (event.data ->> 'closing')::bigint - %(shift)s,
    'cash', (event.data ->> 'cash')::bigint - %(shift)s, 'till', (event.data ->> 'till')::bigint - %(shift)s,
    'number', (event.data ->> 'number')::bigint, 'digest', event.data ->> 'digest', 'kind', event.data ->> 'kind',
    'amount', event.data ->> 'amount',
    'created_at', to_char(event.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
"""

# The expressions of columns beside the ledger.
EXPRESSIONS = {
    "id": "kept.{} - %(shift)s",
    "time": TIME.format("kept.{}"),
    "amount": "kept.{}::text",
    "value": "kept.{}",
}
EXISTS = "SELECT to_regclass(%(table)s) IS NOT NULL"
# How rows beside the ledger are joined to the events with which they are sealed, by `sealed_with` of their model.
JOINED = {
    "operation": "{table} AS kept ON kept.operation_id = event.operation AND event.type = 'operation.booked'",
    "buyer": "{table} AS kept ON kept.operation_id = event.operation AND event.type = 'operation.booked'"
    " AND NOT kept.is_named_later",
    "movement": "stock_movement AS movement ON movement.owner_id = %(owner)s"
    " AND movement.operation_id = event.operation AND event.type = 'operation.booked'"
    " JOIN {table} AS kept ON kept.movement_id = movement.id",
    "invoice": "{table} AS kept ON kept.id = (event.data ->> 'invoice')::bigint"
    " AND event.type IN ('invoice.issued', 'credit_note.issued')",
    "cash": "{table} AS kept ON kept.id = (event.data ->> 'cash')::bigint AND event.type = 'cash.moved'",
}
KEPT = """
    UNION ALL
    SELECT event.position, {kind}, kept.id, json_strip_nulls(json_build_object('table', '{table}', {columns}))::text
    FROM sealed AS event JOIN {joined}
    WHERE kept.owner_id = %(owner)s
"""
# The columns of names of users and of products from which sums of what was sealed are computed: the tills, and the
# decimals of quantities, which can't change once something was booked. Beside them, the columns of `sold` that the
# formats 1 to 3 lack.
NAMED = f"""
    UNION ALL
    SELECT 0, 10, id, json_build_object(
        'table', 'stock_performer', 'performer_digest', encode(digest, 'hex'), 'till', till - %(shift)s
    )::text
    FROM stock_performer
    WHERE owner_id = %(owner)s AND till IS NOT NULL AND id IN (
        SELECT performer_id FROM sealed
        JOIN stock_operation AS operation ON operation.owner_id = %(owner)s AND operation.id = sealed.operation
        WHERE type = 'operation.booked'
        UNION ALL
        SELECT performer_id FROM sealed
        JOIN stock_payment AS payment ON payment.owner_id = %(owner)s
            AND payment.operation_id = (data ->> 'operation')::bigint AND data -> 'payments' @> to_jsonb(payment.id)
        WHERE type = 'sale.paid'
    )
    UNION ALL
    SELECT 0, 11, id, json_build_object('table', 'products_product', 'id', id - %(shift)s, 'decimals', decimals)::text
    FROM products_product
    WHERE owner_id = %(owner)s AND decimals > 0 AND id IN (
        SELECT movement.product_id FROM sealed
        JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.operation_id = sealed.operation
        WHERE type = 'operation.booked'
    )
    UNION ALL
    SELECT event.position, 10, sold.id, json_strip_nulls(json_build_object(
        'table', 'stock_sold', 'id', sold.id - %(shift)s, {EXEMPT}
    ))::text
    FROM sealed AS event
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.operation_id = event.operation
    JOIN stock_sold AS sold ON sold.owner_id = %(owner)s AND sold.movement_id = movement.id
    WHERE event.type = 'operation.booked' AND (sold.category IS NOT NULL OR sold.reason IS NOT NULL)
"""


def list_sealed_models() -> list[Any]:
    """Return the models beside the ledger whose rows are sealed.

    `sealed_with` of such a model names its key to the operation or the movement with which a row is written. Nothing
    may change the row afterwards, but for the fields in `not_sealed`.
    """
    return [model for model in apps.get_models() if hasattr(model, "sealed_with")]


def describe_sealed(model: Any) -> tuple[str, dict[str, str]]:
    """Return `sealed_with` of the model, and the kinds of its columns, as an app that can be left out declares them."""
    fields = [field for field in model._meta.concrete_fields if field.name not in getattr(model, "not_sealed", ())]
    return model.sealed_with, {field.column: find_kind(field) for field in fields}


def find_kind(field: Any) -> str:
    """Return the key of EXPRESSIONS for the column."""
    if field.primary_key or field.is_relation:
        return "id"
    if isinstance(field, models.DateTimeField):
        return "time"
    return "amount" if isinstance(field, models.DecimalField) else "value"


def list_sealed() -> list[tuple[str, tuple[str, Mapping[str, str]]]]:
    """Return the sealed tables with what describe_sealed() returns, in the order of their lines.

    Tables of apps that are left out are among them, if they exist.
    """
    known = {model._meta.db_table: describe_sealed(model) for model in list_sealed_models()}
    left_out = {name: sealed for name, sealed in collect("sealed", settings.KNOWN_APPS).items() if name not in known}
    existing = {name: sealed for name, sealed in left_out.items() if fetch(EXISTS, {"table": name})[0][0]}
    return sorted((known | existing).items())


def write_kept(kind: int, sealed: tuple[str, tuple[str, Mapping[str, str]]]) -> str:
    """Return the statement of the lines of a table.

    A line has the columns that are not null, by name. So a later column that is null in earlier rows changes no line.
    """
    table, (sealed_with, kinds) = sealed
    columns = ", ".join(sorted(f"'{name}', {EXPRESSIONS[kind_of].format(name)}" for name, kind_of in kinds.items()))
    joined = JOINED[sealed_with].format(table=table)
    return KEPT.format(kind=kind, table=table, columns=columns, joined=joined)


# The files of invoices that were kept since the last seal with files. An earlier release leaves them out of its seals.
FILES = f"""
    UNION ALL
    SELECT event.position, 9, event.id, json_build_object(
        'type', event.type, 'invoice', (event.data ->> 'invoice')::bigint - %(shift)s,
        'format', event.data ->> 'format', 'digest', event.data ->> 'digest',
        'created_at', {TIME.format("event.created_at")}
    )::text
    FROM events_event AS event
    WHERE event.owner_id = %(owner)s AND event.type = 'invoice_file.kept' AND event.position <= %(last)s
    AND event.position > coalesce((
        SELECT max(to_position) FROM stock_seal
        WHERE owner_id = %(owner)s AND number < %(number)s AND format >= {FORMAT}
    ), 0)
"""

# Copies the lines of a seal: the line of each operation, followed by those of its movements, of what sales keep beside
# these, and of portions. `beside` has those of other tables, whose events are `sealed`. JSON has no control characters,
# so a line is copied unchanged, without the quotes and escapes of CSV.
LINES = f"""
COPY (
    WITH sealed AS MATERIALIZED (
        SELECT position, type, operation, data FROM events_event
        WHERE owner_id = %(owner)s
        AND type IN ('operation.booked', 'sale.paid', 'cash.moved', 'invoice.issued', 'credit_note.issued')
        AND position BETWEEN %(start)s AND %(last)s
    )
    SELECT text FROM (
    SELECT event.position, line.kind, line.id, line.text
    FROM events_event AS event
    CROSS JOIN LATERAL (
        SELECT 0 AS kind, 0::bigint AS id, json_build_object({OPERATION})::text AS text
        FROM stock_operation AS operation
        JOIN stock_performer AS performer ON performer.owner_id = %(owner)s AND performer.id = operation.performer_id
        WHERE operation.owner_id = %(owner)s AND operation.id = event.operation
        UNION ALL
        SELECT 1, movement.id, CASE WHEN movement.total IS NULL
            THEN json_build_object({MOVEMENT}) ELSE json_build_object({MOVEMENT}, {TOTAL}) END::text
        FROM stock_movement AS movement
        WHERE movement.owner_id = %(owner)s AND movement.operation_id = event.operation
        UNION ALL
        SELECT 2, sold.id, json_build_object({SOLD})::text
        FROM stock_movement AS movement
        JOIN stock_sold AS sold ON sold.owner_id = %(owner)s AND sold.movement_id = movement.id
        WHERE movement.owner_id = %(owner)s AND movement.operation_id = event.operation
            AND (SELECT true FROM stock_sold WHERE owner_id = %(owner)s LIMIT 1)
        UNION ALL
        SELECT 3, portion.id, json_build_object({PORTION})::text
        FROM stock_movement AS movement
        JOIN stock_portion AS portion ON portion.owner_id = %(owner)s AND portion.movement_id = movement.id
        WHERE movement.owner_id = %(owner)s AND movement.operation_id = event.operation
        UNION ALL
        SELECT 9, payment.id, CASE payment.tip WHEN 0
            THEN json_build_object({PAYMENT}) ELSE json_build_object({PAYMENT}, {TIP}) END::text
        FROM stock_payment AS payment
        JOIN stock_performer AS performer ON performer.owner_id = %(owner)s AND performer.id = payment.performer_id
        WHERE event.type = 'sale.paid' AND payment.owner_id = %(owner)s
            AND payment.operation_id = (event.data ->> 'operation')::bigint
            AND event.data -> 'payments' @> to_jsonb(payment.id)
        UNION ALL
        SELECT 9, event.id, json_strip_nulls(json_build_object({DRAWER}))::text
        WHERE event.type IN ('closing.made', 'cash.moved')
    ) AS line
    WHERE event.owner_id = %(owner)s AND event.type IN ('operation.booked', 'sale.paid', 'closing.made', 'cash.moved')
    AND event.position BETWEEN %(first)s AND %(last)s
    {{beside}}
    ) AS line (position, kind, id, text)
    ORDER BY position, kind, id
) TO STDOUT (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')
"""

# Counts the operations that no seal covers, and these with what is written beside them, by their events.
UNSEALED = f"""
SELECT count(*) FILTER (WHERE type = 'operation.booked'), count(*) FROM (
    SELECT type FROM events_event WHERE owner_id = %(owner)s AND position > %(after)s
    UNION ALL
    SELECT type FROM events_event WHERE owner_id = %(owner)s AND position IS NULL
) AS newer
WHERE type IN ('operation.booked', {WRITTEN})
"""
# The condition that the account of `owner` has something that is not sealed, and no seal of these seconds.
HAS_UNSEALED = f"""(
    EXISTS (
        SELECT FROM events_event AS event
        WHERE event.owner_id = owner.id AND event.type IN ('operation.booked', {WRITTEN}) AND event.position IS NULL
        OFFSET 0
    ) OR EXISTS (
        SELECT FROM events_event AS event
        WHERE event.owner_id = owner.id AND event.type IN ('operation.booked', {WRITTEN})
            AND event.position > coalesce((SELECT max(to_position) FROM stock_seal WHERE owner_id = owner.id), 0)
        OFFSET 0
    )
) AND NOT EXISTS (
    SELECT FROM stock_seal AS seal
    WHERE seal.owner_id = owner.id
        AND seal.created_at > clock_timestamp() - {{seconds}} * interval '1 second' OFFSET 0
)"""
# Returns the numbers and digests of the seals whose events come after a position.
DIGESTS_OF_EVENTS = """
SELECT (data ->> 'number')::bigint, data ->> 'digest' FROM events_event
WHERE owner_id = %(owner)s AND type = 'ledger.sealed' AND (position > %(after)s OR position IS NULL)
ORDER BY 1
"""
OPERATIONS = "SELECT count(*) FROM stock_operation WHERE owner_id = %(owner)s"
# Returns the operations that have no event, with their first movement.
WITHOUT_EVENT = f"""
SELECT {PLACE}, 'operation ' || operation.id || ' has no event, so no seal can cover it'
FROM stock_operation AS operation
LEFT JOIN events_event AS event
    ON event.owner_id = %(owner)s AND event.operation = operation.id AND event.type = 'operation.booked'
{FIRST_MOVEMENT.format(operation="operation.id")}
WHERE operation.owner_id = %(owner)s AND event.id IS NULL
LIMIT %(limit)s
"""


def write_copy(seal: Seal) -> str:
    """Return the statement that copies the lines. It contains the numbers, because COPY has no parameters."""
    beside = "".join([NAMED, *map(write_kept, count(12), list_sealed())]) if seal.format >= FIRST_BESIDE else ""
    beside += FILES if seal.format >= FORMAT else ""
    start = 1 if seal.format in FROM_START else seal.from_position
    numbers = {"owner": seal.owner_id, "first": seal.from_position, "last": seal.to_position, "shift": seal.shift}
    return LINES.format(beside=beside) % {**numbers, "start": start, "number": seal.number}
