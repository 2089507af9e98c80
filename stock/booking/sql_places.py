"""Statements on locations, lots and holdings. They run while the products are locked."""

from stock.sql import MOVEMENTS_OF, OWNER

# Returns the holdings of the products, without the codes and dates of their lots.
HOLDINGS = """
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
"""  # noqa: S608, constants
    for form in (IN_ARRAY, HASHED)
)

FOR_SHARE = "FOR SHARE"

# Returns the lots of the products that have these codes, ignoring case.
LOTS, MANY_LOTS = (
    f"""
SELECT product_id, id, code, expires_on FROM stock_lot
WHERE owner_id = %(owner)s::bigint AND product_id = ANY(%(products)s::bigint[])
AND lower(code) {form.format("%(codes)s::text[]")}
"""  # noqa: S608, constants
    for form in (IN_ARRAY, HASHED)
)
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
"""  # noqa: S608, constants
