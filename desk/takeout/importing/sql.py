"""Statements of an import, executed when all rows of the shop are there."""

# Sets the tills of performers in an archive of an earlier release, which has them in the names only: see
# stock/migrations/0025_filled_tills.py. The keys have lost their prefixes, so only keys of devices count.
FIND_TILLS = """
WITH device AS MATERIALIZED (
    SELECT key.user_id, key.name, person.erased_at IS NOT NULL AS is_erased
    FROM users_apikey AS key JOIN users_user AS person ON person.id = key.user_id
    WHERE key.is_device AND (person.id = %(owner)s OR person.employer_id = %(owner)s)
), move (shift) AS (
    SELECT %(shift)s::bigint UNION SELECT shift FROM stock_seal WHERE owner_id = %(owner)s
    UNION SELECT shift FROM closings_closing WHERE owner_id = %(owner)s
)
UPDATE stock_performer AS performer SET till = (
    SELECT max(till.id)
    FROM tills_till AS till
    JOIN move ON till.id = substring(performer.name FROM '/till ([1-9][0-9]{0,17})$')::bigint + move.shift
    JOIN device ON device.user_id = performer.user_id
        AND (device.name = substring(performer.name FROM '[^/]*$') OR device.is_erased)
    WHERE till.owner_id = %(owner)s
)
WHERE performer.owner_id = %(owner)s AND performer.till = %(unknown)s
"""

# Returns events that name rows which the file does not have, and positions after the end of the feed.
LOST = """
SELECT 'operation ' || event.operation FROM events_event AS event
LEFT JOIN stock_operation AS operation ON operation.owner_id = %(owner)s AND operation.id = event.operation
WHERE event.owner_id = %(owner)s AND event.operation IS NOT NULL AND operation.id IS NULL
UNION ALL
SELECT 'product ' || event.product FROM events_event AS event
LEFT JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = event.product
WHERE event.owner_id = %(owner)s AND event.product IS NOT NULL AND product.id IS NULL
UNION ALL
SELECT 'position ' || max(position) FROM events_event WHERE owner_id = %(owner)s
HAVING max(position) > coalesce((SELECT position FROM events_feedhead WHERE owner_id = %(owner)s), 0)
LIMIT 1
"""
# Returns security events that name keys which the file does not have. Only COMMIT checks this foreign key, and on Citus
# SET CONSTRAINTS does not reach it.
LOST_KEYS = """
SELECT 'API key ' || event.api_key_id FROM users_securityevent AS event
LEFT JOIN users_apikey AS key ON key.id = event.api_key_id
WHERE event.account_id = %(owner)s AND event.api_key_id IS NOT NULL AND key.id IS NULL LIMIT 1
"""
# Returns values of own fields that are not of the field's type: pages show links as links.
WRONG_VALUES = """
SELECT 'field ' || value.key || ' of product ' || profile.product_id
FROM products_profile AS profile CROSS JOIN jsonb_each(profile.fields) AS value
LEFT JOIN products_customfield AS field ON field.owner_id = %(owner)s AND field.key = value.key
WHERE profile.owner_id = %(owner)s AND (
    (field.type = 'yes_no') = (jsonb_typeof(value.value) = 'boolean') AND value.value #>> '{}' ~ CASE field.type
        WHEN 'link' THEN '^https?://' WHEN 'number' THEN '^-?[0-9]+([.][0-9]+)?$'
        WHEN 'date' THEN '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' ELSE ''
    END
) IS NOT TRUE LIMIT 1
"""
