"""The statements of comparisons. Each names the owner in every table, so that Citus executes it on one server.

`since` has the operations that the other system has not seen, `changes` what they have changed of the listed products.
All numbers of a row, and the changes that explain it, are read by one statement: they are of one instant.
"""

from stock.models import LATE
from trade.reservations.models import RESERVED_LINES

COMPARED = AVAILABLE, QUANTITY = "available", "quantity"  # what the numbers of a list are
HEAD = "SELECT position FROM events_feedhead WHERE owner_id = %(owner)s::bigint"

EVENTS_AFTER_POSITION = """
    SELECT {columns} FROM events_event
    WHERE owner_id = %(owner)s::bigint AND position > %(position)s::bigint AND {condition}
    UNION ALL
    SELECT {columns} FROM events_event
    WHERE owner_id = %(owner)s::bigint AND position IS NULL AND {condition}
"""
BOOKED_AFTER_POSITION = EVENTS_AFTER_POSITION.format(columns="operation AS id", condition="type = 'operation.booked'")
# By the time of recording, which no index has: the first part reads what happened a little before the instant or later,
# the second one the operations that were booked late.
SOON = f"%(as_of)s::timestamptz - '{LATE.seconds // 60} minutes'::interval"
BOOKED_AFTER_INSTANT = f"""
    SELECT id FROM stock_operation
    WHERE owner_id = %(owner)s::bigint AND occurred_at > {SOON} AND created_at > %(as_of)s::timestamptz
    UNION ALL
    SELECT id FROM stock_operation
    WHERE owner_id = %(owner)s::bigint AND created_at - occurred_at > '10 minutes'::interval AND occurred_at <= {SOON}
        AND created_at > %(as_of)s::timestamptz
"""
BOOKED_NEVER = "SELECT NULL::bigint AS id WHERE false"

# Whether a key that is named like the other system has this name of a user and a key, such as nora/web shop.
IS_OWN = "(strpos({name}, '/') > 0 AND lower(substr({name}, strpos({name}, '/') + 1)) = lower(%(source)s::text))"
# What the other system does itself, it knows at once. Without the time of its list, that is before the list.
IS_KNOWN = "({own} AND coalesce({at} <= %(as_of)s::timestamptz, true))"
IS_KNOWN_OPERATION = IS_KNOWN.format(own=IS_OWN.format(name="performer.name"), at="operation.occurred_at")

SINCE = f"""
    SELECT operation.id, operation.reason, operation.reference, operation.created_at
    FROM ({{booked}}) AS booked
    JOIN stock_operation AS operation ON operation.owner_id = %(owner)s::bigint AND operation.id = booked.id
    JOIN stock_performer AS performer
        ON performer.owner_id = %(owner)s::bigint AND performer.id = operation.performer_id
    WHERE NOT {IS_KNOWN_OPERATION}
"""
SIGNED = "CASE movement.movement_type WHEN 'IN' THEN movement.quantity ELSE -movement.quantity END"
CHANGES = f"""
    SELECT movement.product_id, since.id AS operation, NULL::bigint AS reservation, since.reason, since.reference,
        since.created_at AS at, sum({SIGNED})::bigint AS change
    FROM since
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = since.id
    JOIN listed ON listed.id = movement.product_id
    GROUP BY movement.product_id, since.id, since.reason, since.reference, since.created_at
    HAVING NOT sum({SIGNED}) = 0
"""

# The reservations that were made or closed after the position. A reservation that expires may have no event, or gets it
# late. So it counts if it ended after the event at the position was recorded.
EVENTS_OF_RESERVATIONS = EVENTS_AFTER_POSITION.format(
    columns="(data ->> 'reservation')::bigint AS id, type",
    condition="type IN ('reservation.made', 'reservation.fulfilled', 'reservation.released')",
)
RESERVATIONS_AFTER_POSITION = f"""
    SELECT id, bool_or(type = 'reservation.made') AS is_made, bool_or(NOT type = 'reservation.made') AS is_closed
    FROM ({EVENTS_OF_RESERVATIONS}) AS event
    GROUP BY id
"""
AFTER_POSITION = (
    "coalesce(moved.is_made, false)", "coalesce(moved.is_closed, false)", f"({RESERVATIONS_AFTER_POSITION})",
    "coalesce(%(as_of)s::timestamptz, (SELECT created_at FROM events_event WHERE owner_id = %(owner)s::bigint"
    " AND position = %(position)s::bigint), '-infinity')",
)  # fmt: skip
AFTER_INSTANT = (
    "(reservation.created_at > %(as_of)s::timestamptz)",
    "coalesce(reservation.closed_at > %(as_of)s::timestamptz, false)",
    "(SELECT NULL::bigint AS id WHERE false)",
    "%(as_of)s::timestamptz",
)
MADE_BY_ITSELF = IS_OWN.format(name="reservation.made_by_username")
IS_MADE_KNOWN = IS_KNOWN.format(own=MADE_BY_ITSELF, at="reservation.created_at")
IS_CLOSED_KNOWN = f"""coalesce(CASE reservation.outcome
    WHEN 'fulfilled' THEN {IS_KNOWN_OPERATION}
    WHEN 'released' THEN {IS_KNOWN.format(own=MADE_BY_ITSELF, at="reservation.closed_at")}
END, false)"""
# A line reserves its quantity from when it was made until `reserved_until`: what has expired is never extended.
RESERVES_NOW = "line.reserved_until > statement_timestamp()"
# Whether the other system believes so.
RESERVES_THERE = f"""(NOT {{is_made}} OR {IS_MADE_KNOWN}) AND NOT {IS_CLOSED_KNOWN}
    AND ({{is_closed}} OR reservation.outcome IS NULL AND line.reserved_until > {{instant}})"""
RESERVED = f"""
    SELECT product_id, NULL::bigint AS operation, reservation,
        CASE WHEN change < 0 THEN 'reserved' ELSE coalesce(outcome, 'expired') END AS reason, reference, at, change
    FROM (
        SELECT line.product_id, reservation.id AS reservation, reservation.outcome, reservation.reference,
            CASE WHEN {RESERVES_NOW} THEN reservation.created_at ELSE line.reserved_until END AS at,
            line.quantity * (({RESERVES_THERE})::int - ({RESERVES_NOW})::int) AS change
        FROM listed
        JOIN reservations_reservationline AS line
            ON line.owner_id = %(owner)s::bigint AND line.product_id = listed.id
                AND line.reserved_until > {{instant}} - '{LATE.seconds // 60} minutes'::interval
        JOIN reservations_reservation AS reservation
            ON reservation.owner_id = %(owner)s::bigint AND reservation.id = line.reservation_id
        LEFT JOIN {{moved}} AS moved ON moved.id = reservation.id
        LEFT JOIN stock_operation AS operation
            ON operation.owner_id = %(owner)s::bigint AND operation.id = reservation.operation_id
        LEFT JOIN stock_performer AS performer
            ON performer.owner_id = %(owner)s::bigint AND performer.id = operation.performer_id
    ) AS line
    WHERE NOT change = 0
"""
RESERVED_NOW = f"""
    (SELECT line.product_id, sum(line.quantity)::bigint AS quantity
    FROM {RESERVED_LINES.format(owner="%(owner)s::bigint")}
    GROUP BY line.product_id)
"""
NOTHING_RESERVED = "(SELECT NULL::bigint AS product_id, 0::bigint AS quantity WHERE false)"

# Returns the products whose quantities differ, or agree only by chance, those with the largest unexplained difference
# first. `stock_sequence` is that of the last movement that is in `ours`.
DIFFER = f"""
WITH listed AS MATERIALIZED (
    SELECT * FROM unnest(%(products)s::bigint[], %(theirs)s::bigint[]) AS listed (id, theirs)
), since AS MATERIALIZED ({SINCE}
), changes AS ({CHANGES}
    {{reserved}}
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY product_id ORDER BY at DESC, operation DESC, reservation DESC) AS number
    FROM changes
), sums AS (
    SELECT product_id, sum(change)::bigint AS change, count(*) AS number, jsonb_agg(jsonb_build_object(
            'operation', operation, 'reservation', reservation, 'reason', reason, 'reference', reference,
            'change', change, 'timestamp', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        ) ORDER BY number) FILTER (WHERE number <= %(most_changes)s) AS newest
    FROM numbered GROUP BY product_id
), compared AS (
    SELECT product.id AS product, product.name, product.sku, product.unit, product.decimals, product.stock_sequence,
        listed.theirs, product.quantity - coalesce(reserved.quantity, 0) AS ours, coalesce(sums.change, 0) AS since,
        coalesce(sums.number, 0) AS since_count, sums.newest
    FROM listed
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = listed.id
    LEFT JOIN sums ON sums.product_id = listed.id
    LEFT JOIN {{reserved_now}} AS reserved ON reserved.product_id = listed.id
    WHERE product.keeps_stock
), differing AS (
    SELECT *, ours - theirs AS difference, ours - theirs - since AS unexplained FROM compared
    WHERE NOT ours = theirs OR NOT since = 0
)
SELECT product, name, sku, unit, decimals, theirs, ours, difference, since, since_count, newest, unexplained,
    stock_sequence, count(*) OVER () AS in_all,
    count(*) FILTER (WHERE NOT unexplained = 0) OVER () AS in_all_unexplained
FROM differing
ORDER BY abs(unexplained) DESC, abs(difference) DESC, product
LIMIT %(limit)s
"""

# Returns the live products with stock that the list does not have.
MISSING = """
SELECT product.id AS product, product.name, product.sku, product.unit, product.decimals,
    product.quantity - coalesce(reserved.quantity, 0) AS ours, count(*) OVER () AS in_all
FROM products_product AS product
LEFT JOIN {reserved_now} AS reserved ON reserved.product_id = product.id
WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL AND product.quantity > 0
    AND NOT EXISTS (SELECT FROM unnest(%(products)s::bigint[]) AS listed (id) WHERE listed.id = product.id)
ORDER BY product.id
LIMIT %(limit)s
"""

# Returns the operations that have changed a product by what is unexplained, or by its opposite, the newest first.
SUSPECTS = f"""
SELECT doubtful.product, doubtful.unexplained, recent.change, operation.id AS operation, operation.reason,
    operation.reference, operation.created_at, operation.performer_id AS performer,
    operation.reverses_id IS NOT NULL OR reversal.id IS NOT NULL AS is_reversed,
    {IS_KNOWN_OPERATION} AS is_known, operation.id IN (SELECT id FROM ({{booked}}) AS booked) AS is_since
FROM unnest(%(products)s::bigint[], %(unexplained)s::bigint[], %(sequences)s::bigint[])
    AS doubtful (product, unexplained, stock_sequence)
CROSS JOIN LATERAL (
    SELECT movement.operation_id, sum({SIGNED})::bigint AS change
    FROM stock_movement AS movement
    WHERE movement.owner_id = %(owner)s::bigint AND movement.product_id = doubtful.product
        AND movement.sequence > doubtful.stock_sequence - %(most_movements)s
        AND movement.sequence <= doubtful.stock_sequence
    GROUP BY movement.operation_id
    HAVING abs(sum({SIGNED})) = abs(doubtful.unexplained)
) AS recent
JOIN stock_operation AS operation ON operation.owner_id = %(owner)s::bigint AND operation.id = recent.operation_id
JOIN stock_performer AS performer
    ON performer.owner_id = %(owner)s::bigint AND performer.id = operation.performer_id
LEFT JOIN stock_operation AS reversal
    ON reversal.owner_id = %(owner)s::bigint AND reversal.reverses_id = operation.id
ORDER BY doubtful.product, operation.created_at DESC, operation.id DESC
"""
