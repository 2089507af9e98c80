"""Statements written by hand. Each names the owner, so that Citus executes it on one server.

`{table}` is that of products, which belongs to an app above this one: see events.models.name_products().
Events keep the codes that a product has now, because they can change later.
"""

RECORD = """
INSERT INTO events_event (owner_id, type, data, created_at)
SELECT %(owner)s::bigint, %(type)s::text, told.data, clock_timestamp()
FROM unnest(%(data)s::jsonb[]) WITH ORDINALITY AS told (data, place)
ORDER BY told.place
"""

# Inserts an event for each product, in the order of the ids. It runs while the products are locked.
RECORD_PRODUCTS = """
INSERT INTO events_event (owner_id, type, product, data, created_at)
SELECT %(owner)s::bigint, %(type)s::text, product.id,
    jsonb_build_object('sku', product.sku, 'external_id', product.external_id),
    coalesce(%(at)s::timestamptz, clock_timestamp())
FROM {table} AS product
WHERE product.owner_id = %(owner)s::bigint AND product.id = ANY({ids})
ORDER BY product.id
"""

# Inserts an event for the operation, and for each product whose stock it has made low or no longer low.
RECORD_LEVELS = """
INSERT INTO events_event (owner_id, type, operation, product, data, created_at)
SELECT %(owner)s::bigint, level.type, %(operation)s::bigint, level.product,
    jsonb_build_object('quantity', level.quantity, 'min_threshold', level.min_threshold, 'sku', product.sku,
        'external_id', product.external_id),
    %(created_at)s::timestamptz
FROM unnest(%(types)s::text[], %(products)s::bigint[], %(quantities)s::bigint[], %(thresholds)s::bigint[])
    AS level (type, product, quantity, min_threshold)
JOIN {table} AS product ON product.owner_id = %(owner)s::bigint AND product.id = level.product
ORDER BY level.product
"""

# Inserts an event for each live product that has become low, or is no longer low, without an operation.
RECORD_CHANGED_LEVELS = """
INSERT INTO events_event (owner_id, type, product, data, created_at)
SELECT %(owner)s::bigint, CASE WHEN product.is_low_stock THEN 'stock.low' ELSE 'stock.recovered' END, product.id,
    jsonb_build_object('operation', NULL, 'quantity', product.quantity, 'min_threshold', product.min_threshold,
        'sku', product.sku, 'external_id', product.external_id),
    clock_timestamp()
FROM unnest(%(products)s::bigint[], %(were_low)s::boolean[]) AS before (product, was_low)
JOIN {table} AS product ON product.owner_id = %(owner)s::bigint AND product.id = before.product
WHERE product.archived_at IS NULL AND product.is_low_stock IS TRUE <> before.was_low
ORDER BY product.id
"""

# Inserts an event for each lot that has none. A second worker waits for the first, and then inserts nothing.
RECORD_EXPIRING_LOTS = """
INSERT INTO events_event (owner_id, type, product, data, created_at)
SELECT %(owner)s::bigint, 'lot.expiring', expiring.product,
    jsonb_build_object('lot', expiring.lot, 'expires_on', expiring.expires_on, 'quantity', expiring.quantity,
        'sku', product.sku, 'external_id', product.external_id),
    clock_timestamp()
FROM unnest(%(products)s::bigint[], %(lots)s::bigint[], %(dates)s::date[], %(quantities)s::bigint[])
    AS expiring (product, lot, expires_on, quantity)
JOIN {table} AS product ON product.owner_id = %(owner)s::bigint AND product.id = expiring.product
ON CONFLICT (owner_id, (data ->> 'lot')) WHERE type = 'lot.expiring' DO NOTHING
RETURNING id
"""

HAS_UNNUMBERED = """
SELECT EXISTS (SELECT FROM events_event WHERE owner_id = %(owner)s::bigint AND position IS NULL)
"""
# Returns the position that the account's last committed event has when all events are numbered.
COUNT = """
SELECT coalesce((SELECT position FROM events_feedhead WHERE owner_id = %(owner)s::bigint), 0)
    + (SELECT count(*) FROM events_event WHERE owner_id = %(owner)s::bigint AND position IS NULL)
"""
LOCK_HEAD = "SELECT position FROM events_feedhead WHERE owner_id = %(owner)s::bigint FOR UPDATE"
CREATE_HEAD = "INSERT INTO events_feedhead (owner_id, position) VALUES (%(owner)s::bigint, 0) ON CONFLICT DO NOTHING"

# Gives the next positions to the committed events that have none, by ascending id. Ids are given before the commit, so
# an event with a smaller id may get a higher position. Within a product, events commit in the order of their ids,
# because of its lock. Run this in a statement after the head's lock, so that it sees what was committed before.
NUMBER = """
UPDATE events_event AS event SET position = numbered.position
FROM (
    SELECT id, %(head)s::bigint + row_number() OVER (ORDER BY id) AS position
    FROM (
        SELECT id FROM events_event
        WHERE owner_id = %(owner)s::bigint AND position IS NULL
        ORDER BY id LIMIT %(limit)s
    ) AS unnumbered
) AS numbered
WHERE event.owner_id = %(owner)s::bigint AND event.id = numbered.id
"""
MOVE_HEAD = "UPDATE events_feedhead SET position = position + %(count)s::bigint WHERE owner_id = %(owner)s::bigint"
