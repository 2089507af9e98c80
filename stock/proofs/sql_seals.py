"""Statements of the seals. Each names the owner, so that Citus executes it on one server."""

from stock.proofs.sql_breaks import FIRST_MOVEMENT, PLACE

# Returns the last position, the operations and the movements of the next seal, whether one of these has a total or a
# row of stock_sold, and the time. A seal begins after the last position of the previous seal. It ends before the
# operation that would exceed a limit, but has at least one operation.
NEXT = """
SELECT max(position), count(*), coalesce(sum(movements), 0)::bigint, bool_or(is_new), clock_timestamp()
FROM (
    SELECT position, movements, is_new, sum(movements) OVER (ORDER BY position) AS total FROM (
        SELECT position, movements, is_new
        FROM events_event AS event
        CROSS JOIN LATERAL (
            SELECT count(*) AS movements, count(movement.total) > 0 OR count(sold.id) > 0 AS is_new
            FROM stock_movement AS movement
            LEFT JOIN stock_sold AS sold ON sold.owner_id = %(owner)s AND sold.movement_id = movement.id
            WHERE movement.owner_id = %(owner)s AND movement.operation_id = event.operation
        ) AS booked
        WHERE owner_id = %(owner)s AND type = 'operation.booked' AND position > %(after)s
        ORDER BY position LIMIT %(max_operations)s
    ) AS counted
) AS operation
WHERE total <= %(max_movements)s OR total = movements
"""
# Returns the position up to which the seal covers events besides operations, which is before the next operation,
# whether it has some, and whether a payment among them has a tip. They are sealed with the operations, but do not make
# a seal of their own.
BESIDE = """
SELECT greatest(max(position), %(last)s::bigint), count(*) > 0, coalesce(bool_or(EXISTS (
    SELECT FROM stock_payment AS payment
    WHERE payment.owner_id = %(owner)s AND payment.operation_id = (event.data ->> 'operation')::bigint
        AND payment.tip <> 0
)), false)
FROM events_event AS event
WHERE owner_id = %(owner)s AND type IN ('sale.paid', 'closing.made', 'cash.moved') AND position > %(after)s
AND position < coalesce(
    (SELECT min(position) FROM events_event
    WHERE owner_id = %(owner)s AND type = 'operation.booked' AND position > %(last)s),
    9223372036854775807
)
"""

TIME = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# The columns of each line of a file, in their order, with the ids as they were sealed: when a shop moves to another
# installation, the same shift is added to all of them. The columns never change, because the digest of every seal with
# this format is computed with them again. If a table gets a new column, later seals need a new format: its lines have
# the column where it is not null, so that a line without it is that of the formats before.
OPERATION = {
    **{name: f"operation.{name} - %(shift)s" for name in ("id", "owner_id", "performed_by_id")},
    "performer_digest": "encode(performer.digest, 'hex')",
    **{name: f"operation.{name}" for name in ("reason", "reference", "note")},
    "reverses_id": "operation.reverses_id - %(shift)s",
    **{name: TIME.format(f"operation.{name}") for name in ("occurred_at", "created_at")},
}
MOVED = ("product_name", "sequence", "movement_type", "quantity", "old_quantity", "new_quantity")
MOVEMENT = {
    **{name: f"movement.{name} - %(shift)s" for name in ("id", "owner_id", "operation_id", "product_id")},
    **{name: f"movement.{name}" for name in MOVED},
    **{name: f"movement.{name}::text" for name in ("value", "unit_price")},
}
TOTAL = {"total": "movement.total::text"}  # the part of a movement that only format 2 has
# Only format 2 has lines of what sales keep beside their movements.
SOLD = {
    **{name: f"sold.{name} - %(shift)s" for name in ("id", "owner_id", "movement_id")},
    "rate": "sold.rate::text",
    "is_net": "sold.is_net",
    "discount": "sold.discount::text",
}
PLACED = ("id", "owner_id", "movement_id", "product_id", "location_id", "lot_id")
PORTION = {**{name: f"portion.{name} - %(shift)s" for name in PLACED}, "quantity": "portion.quantity"}
LINKED = ("id", "owner_id", "operation_id", "origin_id")
PAYMENT = {
    **{name: f"payment.{name} - %(shift)s" for name in LINKED},
    "kind": "payment.kind",
    **{name: f"payment.{name}::text" for name in ("amount", "tendered")},
    "reverses_id": "payment.reverses_id - %(shift)s",
    "performer_digest": "encode(performer.digest, 'hex')",
    "created_at": TIME.format("payment.created_at"),
}
TIP = {"tip": "payment.tip::text"}  # the part of a payment that only format 3 has, if it is not 0
# What the events of a closing and of a movement of cash have.
DRAWER = {
    "type": "event.type",
    **{name: f"(event.data ->> '{name}')::bigint - %(shift)s" for name in ("closing", "cash", "till")},
    "number": "(event.data ->> 'number')::bigint",
    **{name: f"event.data ->> '{name}'" for name in ("digest", "kind", "amount")},
    "created_at": TIME.format("event.created_at"),
}

# Copies the lines of a seal: the line of each operation, followed by those of its movements, of what
# sales keep beside these, and of portions. JSON
# has no control characters, so a line is copied unchanged, without the quotes and escapes of CSV.
LINES = """
COPY (
    SELECT line.text
    FROM events_event AS event
    CROSS JOIN LATERAL (
        SELECT 0 AS kind, 0::bigint AS id, json_build_object({operation})::text AS text
        FROM stock_operation AS operation
        JOIN stock_performer AS performer ON performer.owner_id = %(owner)s AND performer.id = operation.performer_id
        WHERE operation.owner_id = %(owner)s AND operation.id = event.operation
        UNION ALL
        SELECT 1, movement.id, CASE WHEN movement.total IS NULL
            THEN json_build_object({movement}) ELSE json_build_object({with_total}) END::text
        FROM stock_movement AS movement
        WHERE movement.owner_id = %(owner)s AND movement.operation_id = event.operation
        UNION ALL
        SELECT 2, sold.id, json_build_object({sold})::text
        FROM stock_movement AS movement
        JOIN stock_sold AS sold ON sold.owner_id = %(owner)s AND sold.movement_id = movement.id
        WHERE movement.owner_id = %(owner)s AND movement.operation_id = event.operation
            AND (SELECT true FROM stock_sold WHERE owner_id = %(owner)s LIMIT 1)
        UNION ALL
        SELECT 3, portion.id, json_build_object({portion})::text
        FROM stock_movement AS movement
        JOIN stock_portion AS portion ON portion.owner_id = %(owner)s AND portion.movement_id = movement.id
        WHERE movement.owner_id = %(owner)s AND movement.operation_id = event.operation
        UNION ALL
        SELECT 9, payment.id, CASE payment.tip WHEN 0
            THEN json_build_object({payment}) ELSE json_build_object({with_tip}) END::text
        FROM stock_payment AS payment
        JOIN stock_performer AS performer ON performer.owner_id = %(owner)s AND performer.id = payment.performer_id
        WHERE event.type = 'sale.paid' AND payment.owner_id = %(owner)s
            AND payment.operation_id = (event.data ->> 'operation')::bigint
            AND event.data -> 'payments' @> to_jsonb(payment.id)
        UNION ALL
        SELECT 9, event.id, json_strip_nulls(json_build_object({drawer}))::text
        WHERE event.type IN ('closing.made', 'cash.moved')
    ) AS line
    WHERE event.owner_id = %(owner)s AND event.type IN ('operation.booked', 'sale.paid', 'closing.made', 'cash.moved')
    AND event.position BETWEEN %(first)s AND %(last)s
    ORDER BY event.position, line.kind, line.id
) TO STDOUT (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')
"""

# Counts the operations that no seal covers, by their events.
UNSEALED = """
SELECT
    (SELECT count(*) FROM events_event
    WHERE owner_id = %(owner)s AND type = 'operation.booked' AND position > %(after)s)
    + (SELECT count(*) FROM events_event
    WHERE owner_id = %(owner)s AND type = 'operation.booked' AND position IS NULL)
"""
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
"""  # noqa: S608, constants


def write_copy(**numbers: int) -> str:
    """Return the statement that copies the lines. It contains the numbers, because COPY has no parameters."""
    columns = {
        "operation": OPERATION, "movement": MOVEMENT, "with_total": MOVEMENT | TOTAL, "sold": SOLD, "portion": PORTION,
        "payment": PAYMENT, "with_tip": PAYMENT | TIP, "drawer": DRAWER,
    }  # fmt: skip
    objects = {
        kind: ", ".join(f"'{name}', {expression}" for name, expression in of_kind.items())
        for kind, of_kind in columns.items()
    }
    return LINES.format(**objects) % numbers
