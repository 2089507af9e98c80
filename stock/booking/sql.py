"""Statements written by hand. Each handles any number of rows, so the number of statements in a request is constant."""

from core.money.amounts import MONEY
from products.models.sql_codes import GTIN
from records.events.models import EventType
from stock.models.sql import DECIMALS, MOVEMENTS_OF, OWNER

# The lines of an operation, which are arrays, followed by the first movements of the new products.
LINES_AND_OPENINGS = f"""(
        SELECT * FROM {{lines}}
        UNION ALL
        SELECT product_id, name, 1, 'IN', quantity, 0, quantity,
            {MONEY.format(quantity="quantity", price="coalesce(cost_price, 0)", decimals=DECIMALS)}, NULL, NULL,
            cardinality(%(product_id)s::bigint[]) + line
        FROM (SELECT * FROM product_import) AS row WHERE is_new AND quantity > 0
    )"""
# Returns the codes of the first products that get such a movement.
FIRST_CODES = """
SELECT coalesce(sku, ''), nullif(external_id, '') FROM product_import
WHERE is_new AND quantity > 0 ORDER BY line LIMIT %(limit)s
"""


# Locks the products of one account that match the condition, in ascending id, and returns their values under the lock.
# With NO KEY, rows that refer to a product can be inserted meanwhile.
LOCK = """
SELECT
    id, name, sku, barcode, external_id, quantity, stock_sequence, archived_at, min_threshold, held,
    keeps_stock AND coalesce(reserved_until > clock_timestamp(), false), price, cost_price, stock_value, decimals,
    keeps_stock
FROM products_product
WHERE owner_id = %(owner)s::bigint AND ({condition})
ORDER BY id
FOR NO KEY UPDATE
"""

# The condition for each field of a reference. The expressions are those of the unique indexes, so that PostgreSQL uses
# the indexes. It does not know the lengths of subqueries, so it keeps the plan.
LOCK_CONDITIONS = {
    "product": "id = ANY({ids})",
    "sku": "archived_at IS NULL AND NOT sku = '' AND lower(sku) = ANY(ARRAY(SELECT lower(unnest(%(sku)s::text[]))))",
    "barcode": "archived_at IS NULL AND NOT barcode = ''"
    " AND lower(barcode) = ANY(ARRAY(SELECT lower(unnest(%(barcode)s::text[]))))",
    "gtin": f"archived_at IS NULL AND {GTIN.format(column='barcode')} = ANY(ARRAY(SELECT unnest(%(gtin)s::text[])))",
    "external_id": "archived_at IS NULL AND external_id IS NOT NULL"
    " AND lower(external_id) = ANY(ARRAY(SELECT lower(unnest(%(external_id)s::text[]))))",
}
# The same conditions for one reference. PostgreSQL plans a statement with arrays for each execution, because their
# lengths could matter. It keeps the plan of a statement without arrays: a booking of one movement then takes half of
# PostgreSQL's time (ADR 10).
LOCK_CONDITIONS_OF_ONE = {
    "product": "id = %(product)s::bigint",
    "sku": "archived_at IS NULL AND NOT sku = '' AND lower(sku) = lower(%(sku)s::text)",
    "barcode": "archived_at IS NULL AND NOT barcode = '' AND lower(barcode) = lower(%(barcode)s::text)",
    "gtin": f"archived_at IS NULL AND {GTIN.format(column='barcode')} = %(gtin)s::text",
    "external_id": "archived_at IS NULL AND external_id IS NOT NULL"
    " AND lower(external_id) = lower(%(external_id)s::text)",
}


GTIN_OF_BARCODE = f"CASE WHEN field = 'barcode' AND {GTIN.format(column='code')} <> '' THEN lpad(code, 14, '0') END"


def write_holders_then(kind: str, table: str) -> str:
    """Return a statement for the places of the codes that a row of the table has lost since, each with the row's id.

    It has lost a code by a change, or because it was archived. `change` has all such changes since the first of the
    times: the history is read backwards, by the index of ids, up to this time. `lost` has the codes that were replaced,
    and those of rows that were archived. The rows that are found with one of these must have existed and been live at
    the time, and have had the code then: the one that the first later change has replaced, or else the present one.
    """
    return f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%(places)s::int[], %(fields)s::text[], %(codes)s::text[], %(times)s::timestamptz[])
        WITH ORDINALITY AS asked (place, field, code, at, number)
), change AS MATERIALIZED (
    SELECT id, row_id, at, changes FROM history_change
    WHERE owner_id = %(owner)s::bigint AND kind = '{kind}' AND at > (SELECT min(at) FROM asked)
        AND changes ?| ARRAY['sku', 'barcode', 'external_id', 'archived'] AND id > coalesce((
            SELECT id FROM history_change WHERE owner_id = %(owner)s::bigint AND at <= (SELECT min(at) FROM asked)
            ORDER BY id DESC LIMIT 1
        ), 0)
), lost AS (
    SELECT row_id, change.at, field, changes -> field ->> 0 AS code
    FROM change CROSS JOIN unnest(ARRAY['sku', 'barcode', 'external_id']) AS field WHERE changes ? field
    UNION ALL
    SELECT row_id, change.at, field, to_jsonb(goods) ->> field
    FROM change JOIN {table} AS goods ON goods.owner_id = %(owner)s::bigint AND goods.id = change.row_id
    CROSS JOIN unnest(ARRAY['sku', 'barcode', 'external_id']) AS field WHERE changes ? 'archived'
), former AS MATERIALIZED (
    SELECT lost.row_id, lost.at, lost.field, lost.code, key.field AS key_field, key.code AS key_code
    FROM lost CROSS JOIN LATERAL (VALUES (field, lower(code)), ('gtin', {GTIN_OF_BARCODE})) AS key (field, code)
)
SELECT DISTINCT asked.number, asked.place, former.row_id
FROM asked
JOIN former ON (former.key_field, former.key_code) = (asked.field, asked.code) AND former.at > asked.at
JOIN {table} AS goods
    ON goods.owner_id = %(owner)s::bigint AND goods.id = former.row_id AND goods.created_at <= asked.at
LEFT JOIN LATERAL (
    SELECT true AS is_there, changes -> former.field ->> 0 AS code FROM change
    WHERE row_id = goods.id AND at > asked.at AND changes ? former.field ORDER BY id LIMIT 1
) AS then_had ON true
LEFT JOIN LATERAL (
    SELECT changes -> 'archived' ->> 0 AS archived FROM change
    WHERE row_id = goods.id AND at > asked.at AND changes ? 'archived' ORDER BY id LIMIT 1
) AS then_was ON true
WHERE coalesce(then_was.archived::boolean, goods.archived_at IS NOT NULL) IS FALSE
    AND former.code = CASE WHEN then_had.is_there THEN then_had.code ELSE to_jsonb(goods) ->> former.field END
ORDER BY 1 DESC
"""


# Returns the quantity and the value of the last movement of each product.
MOVED_LAST = """
SELECT last.product_id, quantity, value
FROM unnest(%(products)s::bigint[], %(sequences)s::bigint[]) AS last (product_id, sequence)
JOIN stock_movement AS movement ON movement.owner_id = %(owner)s::bigint
    AND movement.product_id = last.product_id AND movement.sequence = last.sequence
"""

# Returns the row of the name under which the user books. It does not find an erased name.
PERFORMER = """
    SELECT id FROM stock_performer
    WHERE owner_id = %(owner)s::bigint AND user_id = %(performed_by)s::bigint AND name = %(performer_name)s::text
        AND till IS NOT DISTINCT FROM %(till)s::bigint AND salt IS NOT NULL
    ORDER BY id LIMIT 1
"""
# Inserts that row and returns it. If another transaction does so at the same time, the name gets two rows.
NEW_PERFORMER = """
    INSERT INTO stock_performer (owner_id, user_id, name, salt, digest, till)
    SELECT %(owner)s::bigint, %(performed_by)s::bigint, %(performer_name)s::text, %(salt)s::bytea,
        sha256(%(salt)s::bytea || convert_to(%(performer_name)s::text, 'UTF8')), %(till)s::bigint
    {condition}
    RETURNING id
"""

# Inserts an operation, its movements and its event, and updates the balances of their products. Run it while the
# products are locked. It reads clock_timestamp(), not the start of the transaction, so that no booking of a product is
# older than the previous one. Movements get their ids in the order of the lines.
# The four writes read the operation's id and the time from a common table expression `clock`, so that they can be one
# statement or four. On one server they are one: it takes a fifth less of the service's time. On Citus they are four:
# each is a task of one shard, and one statement would be several subplans.
# BALANCES updates each product once, including the time of a count: when a transaction updates a row for the second
# time, PostgreSQL checks the row's foreign keys again and locks the rows they refer to.
CLOCK = "SELECT nextval('stock_operation_id_seq') AS operation_id, clock_timestamp() AS now"
OPERATION = """
    INSERT INTO stock_operation (
        id, owner_id, performed_by_id, performer_id, reason, reference, note, reverses_id, occurred_at, created_at
    )
    SELECT
        clock.operation_id, %(owner)s::bigint, %(performed_by)s::bigint, performer.id, %(reason)s::text,
        %(reference)s::text, %(note)s::text, %(reverses)s::bigint,
        least(coalesce(%(occurred_at)s::timestamptz, clock.now), clock.now), clock.now
    FROM clock, {performer}
    RETURNING id, occurred_at, created_at, performer_id
"""
BALANCES = """
    UPDATE products_product
    SET quantity = last.quantity, stock_sequence = last.sequence, stock_value = last.stock_value,
        updated_at = clock.now{set_columns}
    FROM clock, {balances} AS last (product_id, quantity, sequence, stock_value{columns})
    WHERE products_product.owner_id = %(owner)s::bigint AND products_product.id = last.product_id
"""
MOVEMENTS = """
    INSERT INTO stock_movement (
        owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity,
        value, unit_price, total
    )
    SELECT
        %(owner)s::bigint, clock.operation_id, line.product_id, line.product_name, line.sequence, line.movement_type,
        line.quantity, line.old_quantity, line.new_quantity, line.value, line.unit_price, line.total
    FROM clock, {lines} AS line (
        product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity, value, unit_price,
        total, position
    )
    ORDER BY line.position
    RETURNING id, product_id, sequence
"""
EVENT = f"""
    INSERT INTO events_event (owner_id, type, operation, data, created_at)
    SELECT %(owner)s::bigint, '{EventType.OPERATION_BOOKED.value}', clock.operation_id, %(event)s::jsonb, clock.now
    FROM clock
"""
# Writes the holdings that the operation changes, and its portions. It runs only for operations with portions. Emptied
# holdings are deleted, the others updated or inserted.
HOLDINGS = """
    INSERT INTO stock_holding (owner_id, product_id, location_id, lot_id, quantity)
    SELECT %(owner)s::bigint, held.product_id, held.location_id, held.lot_id, held.quantity
    FROM unnest(
        %(held_products)s::bigint[], %(held_locations)s::bigint[], %(held_lots)s::bigint[],
        %(held_quantities)s::bigint[]
    ) AS held (product_id, location_id, lot_id, quantity)
    ON CONFLICT (owner_id, product_id, location_id, lot_id) DO UPDATE SET quantity = excluded.quantity
"""
EMPTIED_HOLDINGS = """
    DELETE FROM stock_holding WHERE owner_id = %(owner)s::bigint AND id = ANY(%(emptied)s::bigint[])
"""
PORTIONS = """
    INSERT INTO stock_portion (owner_id, movement_id, product_id, location_id, lot_id, quantity)
    SELECT
        %(owner)s::bigint, movement.id, portion.product_id, portion.location_id, portion.lot_id, portion.quantity
    FROM {movements} AS movement
    JOIN unnest(
        %(portion_products)s::bigint[], %(portion_sequences)s::bigint[], %(portion_locations)s::bigint[],
        %(portion_lots)s::bigint[], %(portion_quantities)s::bigint[]
    ) WITH ORDINALITY AS portion (product_id, sequence, location_id, lot_id, quantity, position)
        ON portion.product_id = movement.product_id AND portion.sequence = movement.sequence
    ORDER BY portion.position
"""
# The movements of the portions on Citus, where a previous statement has inserted them.
INSERTED_MOVEMENTS = """(
        SELECT id, product_id, sequence FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND operation_id = %(operation_id)s::bigint
    )"""

# The rows to write. Any number of lines needs arrays; one line does not (see LOCK_CONDITIONS_OF_ONE).
BALANCE_ARRAYS = """unnest(
        %(balance_products)s::bigint[], %(balance_quantities)s::bigint[], %(balance_sequences)s::bigint[],
        %(balance_values)s::numeric[]{arrays}
    )"""
LINE_ARRAYS = """unnest(
        %(product_id)s::bigint[], %(product_name)s::text[], %(sequence)s::bigint[], %(movement_type)s::text[],
        %(quantity)s::bigint[], %(old_quantity)s::bigint[], %(new_quantity)s::bigint[], %(value)s::numeric[],
        %(unit_price)s::numeric[], %(total)s::numeric[]
    ) WITH ORDINALITY"""
ONE_BALANCE = """(VALUES (
        %(product_id)s::bigint, %(new_quantity)s::bigint, %(sequence)s::bigint, %(stock_value)s::numeric
    ))"""
ONE_LINE = """(VALUES (
        %(product_id)s::bigint, %(product_name)s::text, %(sequence)s::bigint, %(movement_type)s::text,
        %(quantity)s::bigint, %(old_quantity)s::bigint, %(new_quantity)s::bigint, %(value)s::numeric,
        %(unit_price)s::numeric, %(total)s::numeric, 1
    ))"""
MOVEMENTS_BOOKED = MOVEMENTS.format(lines=LINE_ARRAYS)
MOVEMENTS_WITH_OPENINGS = MOVEMENTS.format(lines=LINES_AND_OPENINGS.format(lines=LINE_ARRAYS))


def write_balances(is_count: bool, is_placed: bool) -> str:
    """Return the statement that updates any number of balances.

    For a count, it sets last_counted_at to the given time, or to now, but never to an earlier time than before. For an
    operation with portions, it sets `held`.
    """
    columns, arrays, set_columns = "", "", ""
    if is_count:
        columns += ", counted_at"
        arrays += ", %(balance_counted_at)s::timestamptz[]"
        set_columns += """,
        last_counted_at = greatest(products_product.last_counted_at, coalesce(last.counted_at, clock.now))"""
    if is_placed:
        columns += ", held"
        arrays += ", %(balance_held)s::bigint[]"
        set_columns += ", held = last.held"
    return BALANCES.format(balances=BALANCE_ARRAYS.format(arrays=arrays), columns=columns, set_columns=set_columns)


# Returns the operation's id, occurred_at, created_at and performer_id, and the movements' ids in the order of the
# lines. `added` inserts the row of the performer's name if `found` has none, which is so at the first booking under
# this name.
BOOKING = """
WITH clock AS ({clock}), found AS ({found}), added AS ({added}),
    performer AS (SELECT id FROM found UNION ALL SELECT id FROM added), operation AS ({operation}),
    balance AS ({balances}), movement AS ({movements}), event AS ({event}){placing}
SELECT operation.id, operation.occurred_at, operation.created_at, operation.performer_id,
    (SELECT array_agg(id ORDER BY id) FROM movement)
FROM operation
"""
PLACING = f""", holding AS ({HOLDINGS}), emptied AS ({EMPTIED_HOLDINGS}),
    portion AS ({PORTIONS.format(movements="movement")})"""
STEP = "WITH clock AS (SELECT %(operation_id)s::bigint AS operation_id, %(now)s::timestamptz AS now) {write}"
PLACING_STEPS = (HOLDINGS, EMPTIED_HOLDINGS, PORTIONS.format(movements=INSERTED_MOVEMENTS))


def compose_booking(balances: str, movements: str, placing: str = "") -> str:
    """Return the statement that writes a whole operation."""
    return BOOKING.format(
        clock=CLOCK,
        found=PERFORMER,
        added=NEW_PERFORMER.format(condition="WHERE NOT EXISTS (SELECT FROM found)"),
        operation=OPERATION.format(performer="performer"),
        balances=balances,
        movements=movements,
        event=EVENT,
        placing=placing,
    )


# The statements for any number of lines, by whether it is a count and whether there are portions. BOOK has one
# statement for an operation, STEPS has several. The kind OPENING is that of an operation that opens products.
KINDS = tuple((is_count, is_placed) for is_count in (False, True) for is_placed in (False, True))
OPENING = False, False, True
WRITES: dict[tuple[bool, ...], tuple[str, str]] = {kind: (write_balances(*kind), MOVEMENTS_BOOKED) for kind in KINDS}
WRITES[OPENING] = write_balances(False, False), MOVEMENTS_WITH_OPENINGS
BOOK = {kind: compose_booking(*writes, PLACING if kind[1] else "") for kind, writes in WRITES.items()}
BOOK_ONE = compose_booking(
    BALANCES.format(balances=ONE_BALANCE, columns="", set_columns=""), MOVEMENTS.format(lines=ONE_LINE)
)
ADD_PERFORMER = NEW_PERFORMER.format(condition="")
OPERATION_STEP = OPERATION.format(performer="(SELECT %(performer_id)s::bigint AS id) AS performer")
STEPS = {kind: [STEP.format(write=write) for write in (OPERATION_STEP, *two, EVENT)] for kind, two in WRITES.items()}


# Returns the holdings of the products, without the codes and dates of their lots.
HOLDINGS_LOCKED = """
SELECT
    product_id, id, quantity, location_id, (
        SELECT name FROM stock_location WHERE owner_id = %(owner)s::bigint AND id = holding.location_id
    ), lot_id
FROM stock_holding AS holding
WHERE owner_id = %(owner)s::bigint AND product_id = ANY(%(products)s::bigint[])
"""
# Returns the lots of holdings by their ids. This is a separate statement: in a join, PostgreSQL would compare each
# holding with each lot until it has statistics of the account.
LOTS_BY_ID = """
SELECT id, code, expires_on FROM stock_lot WHERE owner_id = %(owner)s::bigint AND id = ANY(%(lots)s::bigint[])
"""

# Names are compared in one of two forms. PostgreSQL finds a few names by the index. If it reads all rows instead, it
# compares each with one name of the array after the other, so more names than an operation has lines are a subquery,
# which it hashes. Only imports have so many.
MAX_NAMES_IN_ARRAY = 1000
IN_ARRAY, HASHED = "= ANY(ARRAY(SELECT lower(unnest({}))))", "IN (SELECT lower(unnest({})))"

# Returns the live locations that are named by id or by name, ignoring case. The lock is SHARE, so that a location that
# gets stock is not archived meanwhile: archiving it updates its row (docs/decisions/0016-the-order-of-locks.md).
LOCATIONS, MANY_LOCATIONS = (
    f"""
SELECT id, name FROM stock_location
WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL
AND (id = ANY(%(ids)s::bigint[]) OR lower(name) {form.format("%(names)s::text[]")})
ORDER BY id
"""
    for form in (IN_ARRAY, HASHED)
)

FOR_SHARE = "FOR SHARE"

# Returns the lots of the products that have these codes, ignoring case.
LOTS, MANY_LOTS = (
    f"""
SELECT product_id, id, code, expires_on FROM stock_lot
WHERE owner_id = %(owner)s::bigint AND product_id = ANY(%(products)s::bigint[])
AND lower(code) {form.format("%(codes)s::text[]")}
"""
    for form in (IN_ARRAY, HASHED)
)
# Returns the lots that had these codes at these times and have others now, each with the code that it had. By the
# history, that is the code which the first later change has replaced.
LOT_THEN = """
SELECT lot.{column} FROM stock_lot AS lot
CROSS JOIN LATERAL (
    SELECT changes -> 'code' ->> 0 AS code FROM history_change
    WHERE owner_id = %(owner)s::bigint AND kind = 'lot' AND row_id = lot.id AND changes ? 'code' AND at > {at}
    ORDER BY id LIMIT 1
) AS former
WHERE lot.owner_id = %(owner)s::bigint AND lot.product_id = {product} AND lower(former.code) = lower({former})
"""
LOTS_THEN = f"""
SELECT asked.product_id, asked.code, lot.id, lot.code, lot.expires_on
FROM unnest(%(products)s::bigint[], %(codes)s::text[], %(times)s::timestamptz[]) AS asked (product_id, code, at)
JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = (
    {LOT_THEN.format(column="id", at="asked.at", product="asked.product_id", former="asked.code")}
    LIMIT 1
)
"""
# Creates lots. The products are locked, so no other transaction creates the same lots.
CREATE_LOTS = """
INSERT INTO stock_lot (owner_id, product_id, code, expires_on, created_at)
SELECT %(owner)s::bigint, new.product_id, new.code, new.expires_on, clock_timestamp()
FROM unnest(%(products)s::bigint[], %(codes)s::text[], %(dates)s::date[]) AS new (product_id, code, expires_on)
RETURNING product_id, id, code, expires_on
"""

# Returns the movements of operations, the last one first. A movement without portions has one row, others have one
# row for each portion.
MOVEMENTS_TO_REVERSE = f"""
SELECT
    movement.id, movement.product_id, movement.movement_type, movement.quantity, movement.value, portion.quantity,
    portion.location_id, location.name, portion.lot_id, lot.code, lot.expires_on
FROM unnest(%(operations)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="asked.id")}
) AS movement
LEFT JOIN stock_portion AS portion ON portion.owner_id = %(owner)s::bigint AND portion.movement_id = movement.id
LEFT JOIN stock_location AS location ON location.owner_id = %(owner)s::bigint AND location.id = portion.location_id
LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = portion.lot_id
ORDER BY movement.id DESC, portion.id
"""
