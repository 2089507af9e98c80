"""Statements of locations, lots and holdings. They run while the products are locked."""

# Returns the holdings of the products. `today` is the date in the shop's time zone: a lot has expired on its date and
# later, as a product has. OFFSET 0 makes PostgreSQL find each lot by its id: while it has no statistics of new tables,
# it would compare each holding with each lot.
HOLDINGS = """
SELECT
    holding.product_id, holding.id, holding.quantity, holding.location_id, (
        SELECT name FROM places_location WHERE owner_id = %(owner)s::bigint AND id = holding.location_id
    ), holding.lot_id, lot.code, lot.expires_on, coalesce(lot.expires_on <= %(today)s::date, false)
FROM stock_holding AS holding
LEFT JOIN LATERAL (
    SELECT code, expires_on FROM places_lot WHERE owner_id = %(owner)s::bigint AND id = holding.lot_id OFFSET 0
) AS lot ON true
WHERE holding.owner_id = %(owner)s::bigint AND holding.product_id = ANY(%(products)s::bigint[])
"""

# Returns the live locations that are named by id or by name, ignoring case. SHARE: a location that gets stock is not
# archived meanwhile, because archiving it updates its row (docs/decisions/0016-the-order-of-locks.md).
LOCATIONS = """
SELECT id, name FROM places_location
WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL
AND (id = ANY(%(ids)s::bigint[]) OR lower(name) = ANY(ARRAY(SELECT lower(unnest(%(names)s::text[])))))
ORDER BY id
"""
LOCATIONS_FOR_SHARE = f"{LOCATIONS} FOR SHARE"

# Returns the lots of the products that have these codes, ignoring case.
LOTS = """
SELECT product_id, id, code, expires_on FROM places_lot
WHERE owner_id = %(owner)s::bigint AND product_id = ANY(%(products)s::bigint[])
AND lower(code) = ANY(ARRAY(SELECT lower(unnest(%(codes)s::text[]))))
"""
# Creates lots. The products are locked, so nobody else creates the same ones.
CREATE_LOTS = """
INSERT INTO places_lot (owner_id, product_id, code, expires_on, created_at)
SELECT %(owner)s::bigint, new.product_id, new.code, new.expires_on, clock_timestamp()
FROM unnest(%(products)s::bigint[], %(codes)s::text[], %(dates)s::date[]) AS new (product_id, code, expires_on)
RETURNING product_id, id, code, expires_on
"""

# The portions of a movement, as a response shows them, or NULL. Looks for them only in an account that has some: else a
# page of movements would take a tenth longer.
PORTIONS = """CASE WHEN (SELECT true FROM stock_portion WHERE owner_id = {owner} LIMIT 1) THEN (
    SELECT json_agg(json_build_object(
        'location', portion.location_id, 'location_name', location.name, 'lot', portion.lot_id, 'lot_code', lot.code,
        'expires_on', lot.expires_on, 'quantity', portion.quantity
    ) ORDER BY portion.id)
    FROM stock_portion AS portion
    LEFT JOIN places_location AS location ON location.owner_id = {owner} AND location.id = portion.location_id
    LEFT JOIN places_lot AS lot ON lot.owner_id = {owner} AND lot.id = portion.lot_id
    WHERE portion.owner_id = {owner} AND portion.movement_id = {movement}.id
) END"""

# Returns the movements of an operation, the last first, each with its portions or without one.
MOVEMENTS_TO_REVERSE = """
SELECT
    movement.id, movement.product_id, movement.movement_type, movement.quantity, portion.quantity, portion.location_id,
    location.name, portion.lot_id, lot.code, lot.expires_on
FROM stock_movement AS movement
LEFT JOIN stock_portion AS portion ON portion.owner_id = %(owner)s::bigint AND portion.movement_id = movement.id
LEFT JOIN places_location AS location ON location.owner_id = %(owner)s::bigint AND location.id = portion.location_id
LEFT JOIN places_lot AS lot ON lot.owner_id = %(owner)s::bigint AND lot.id = portion.lot_id
WHERE movement.owner_id = %(owner)s::bigint AND movement.operation_id = %(operation)s::bigint
ORDER BY movement.id DESC, portion.id
"""
