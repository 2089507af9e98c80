"""Statements of an import, executed when all rows of the shop are there."""

# Sets the tills of performers in an archive of an earlier release, which has them in the names only: see
# stock/migrations/0025_filled_tills.py. `moves` has the columns with the shifts of former moves. The keys have lost
# their prefixes, so only keys of devices count.
MOVES = " UNION SELECT {column} FROM {table} WHERE owner_id = %(owner)s"
FIND_TILLS = """
WITH device AS MATERIALIZED (
    SELECT key.user_id, key.name, person.erased_at IS NOT NULL AS is_erased
    FROM users_apikey AS key JOIN users_user AS person ON person.id = key.user_id
    WHERE key.is_device AND (person.id = %(owner)s OR person.employer_id = %(owner)s)
), move (shift) AS (
    SELECT %(shift)s::bigint {moves}
)
UPDATE stock_performer AS performer SET till = (
    SELECT max(till.id)
    FROM tills_till AS till
    JOIN move ON till.id = substring(performer.name FROM '/till ([1-9][0-9]{{0,17}})$')::bigint + move.shift
    JOIN device ON device.user_id = performer.user_id
        AND (device.name = substring(performer.name FROM '[^/]*$') OR device.is_erased)
    WHERE till.owner_id = %(owner)s
)
WHERE performer.owner_id = %(owner)s AND performer.till < 0
"""

# Returns the rows of stock_return that link what arrived damaged to its delivery in an archive of release 1.4.0: see
# trade/purchasing/migrations/0011_linked_damage.py.
FIND_DAMAGE = """
SELECT DISTINCT ON (damage.id) NULL::bigint, damage.owner_id, delivery.id, damage.id, damage.id
FROM purchasing_receipt AS receipt
JOIN stock_operation AS delivery ON delivery.owner_id = %(owner)s::bigint AND delivery.id = receipt.operation_id
JOIN stock_operation AS damage ON damage.owner_id = %(owner)s::bigint AND damage.occurred_at = delivery.occurred_at
    AND damage.reason = 'damage' AND damage.id > delivery.id
    AND damage.created_at < delivery.created_at + '1 minute'::interval
    AND (damage.performer_id, damage.reference, damage.note)
        = (delivery.performer_id, delivery.reference, delivery.note)
WHERE receipt.owner_id = %(owner)s::bigint AND NOT EXISTS (
    SELECT FROM stock_return AS link WHERE link.owner_id = %(owner)s::bigint AND link.scrapped_id = damage.id
) AND NOT EXISTS (
    SELECT FROM (
        SELECT product_id, sum(quantity) AS quantity FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND operation_id = damage.id GROUP BY product_id
    ) AS lost
    WHERE lost.quantity > (
        SELECT coalesce(sum(CASE moved.movement_type WHEN 'IN' THEN moved.quantity ELSE -moved.quantity END), 0)
        FROM stock_movement AS moved
        WHERE moved.owner_id = %(owner)s::bigint AND moved.product_id = lost.product_id AND moved.operation_id IN (
            SELECT delivery.id UNION ALL
            SELECT operation_id FROM stock_return WHERE owner_id = %(owner)s::bigint AND sale_id = delivery.id
        )
    )
)
ORDER BY damage.id, delivery.id DESC
"""

# Each statement returns a text if rows of the table contradict others, which pages and lists take for granted. Apps
# that can be left out have theirs in `arrivals`.
RULES = {
    # What sales and pages go by without looking for rows.
    "users_user": """
SELECT 'the shop has rates of VAT or kits, and its row says that it has none' FROM users_user AS shop
WHERE shop.id = %(owner)s AND (
    NOT shop.has_taxes AND EXISTS (SELECT FROM products_tax WHERE owner_id = %(owner)s)
    OR NOT shop.has_kits AND EXISTS (SELECT FROM kits_kit WHERE owner_id = %(owner)s)
)
""",
    # Events that name rows which the file does not have, and positions after the end of the feed.
    "events_event": """
SELECT 'an event names what is not there: operation ' || event.operation FROM events_event AS event
LEFT JOIN stock_operation AS operation ON operation.owner_id = %(owner)s AND operation.id = event.operation
WHERE event.owner_id = %(owner)s AND event.operation IS NOT NULL AND operation.id IS NULL
UNION ALL
SELECT 'an event names what is not there: product ' || event.product FROM events_event AS event
LEFT JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = event.product
WHERE event.owner_id = %(owner)s AND event.product IS NOT NULL AND product.id IS NULL
UNION ALL
SELECT 'an event names what is not there: position ' || max(position) FROM events_event WHERE owner_id = %(owner)s
HAVING max(position) > coalesce((SELECT position FROM events_feedhead WHERE owner_id = %(owner)s), 0)
LIMIT 1
""",
    # Security events that name keys which the file does not have. Only COMMIT checks this foreign key, and on Citus
    # SET CONSTRAINTS does not reach it.
    "users_securityevent": """
SELECT 'an event names what is not there: API key ' || event.api_key_id FROM users_securityevent AS event
LEFT JOIN users_apikey AS key ON key.id = event.api_key_id
WHERE event.account_id = %(owner)s AND event.api_key_id IS NOT NULL AND key.id IS NULL LIMIT 1
""",
    # Merged contacts that lead to one that was merged itself, and not to the one that stays.
    "suppliers_supplier": """
SELECT 'a merge leads to what was merged itself: supplier ' || merged.id FROM suppliers_supplier AS merged
JOIN suppliers_supplier AS other ON other.owner_id = %(owner)s AND other.id = merged.merged_into_id
WHERE merged.owner_id = %(owner)s AND other.merged_into_id IS NOT NULL LIMIT 1
""",
    "customers_customer": """
SELECT 'a merge leads to what was merged itself: customer ' || merged.id FROM customers_customer AS merged
JOIN customers_customer AS other ON other.owner_id = %(owner)s AND other.id = merged.merged_into_id
WHERE merged.owner_id = %(owner)s AND other.merged_into_id IS NOT NULL LIMIT 1
""",
    # Values of own fields that are not of the field's type: pages show links as links.
    "products_customfield": """
SELECT 'a value is not of the type of its field: field ' || value.key || ' of product ' || profile.product_id
FROM products_profile AS profile CROSS JOIN jsonb_each(profile.fields) AS value
LEFT JOIN products_customfield AS field ON field.owner_id = %(owner)s AND field.key = value.key
WHERE profile.owner_id = %(owner)s AND (
    (field.type = 'yes_no') = (jsonb_typeof(value.value) = 'boolean') AND value.value #>> '{}' ~ CASE field.type
        WHEN 'link' THEN '^https?://' WHEN 'number' THEN '^-?[0-9]+([.][0-9]+)?$'
        WHEN 'date' THEN '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' ELSE ''
    END
) IS NOT TRUE LIMIT 1
""",
    "products_profile": """
SELECT 'product ' || product.id || ' has a profile, and its row has none'
FROM products_profile AS profile
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = profile.product_id
WHERE profile.owner_id = %(owner)s AND NOT product.has_profile LIMIT 1
""",
    "products_code": """
SELECT 'product ' || product.id || ' has another number of further codes than its row says'
FROM products_product AS product
LEFT JOIN products_code AS code ON code.owner_id = %(owner)s AND code.product_id = product.id
WHERE product.owner_id = %(owner)s GROUP BY product.id, product.code_count
HAVING count(code.id) <> product.code_count LIMIT 1
""",
    "stock_performer": """
SELECT 'till ' || performer.till || ' of performer ' || performer.id || ' is missing'
FROM stock_performer AS performer
LEFT JOIN tills_till AS till ON till.owner_id = %(owner)s AND till.id = performer.till
WHERE performer.owner_id = %(owner)s AND performer.till IS NOT NULL AND till.id IS NULL LIMIT 1
""",
    "stock_sold": """
SELECT 'movement ' || movement.id || ' has a discount or a rate of VAT, and sells nothing'
FROM stock_sold AS sold
JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.id = sold.movement_id
JOIN stock_operation AS operation ON operation.owner_id = %(owner)s AND operation.id = movement.operation_id
WHERE sold.owner_id = %(owner)s AND (operation.reason, movement.movement_type) <> ('sale', 'OUT') LIMIT 1
""",
    "stock_recipepart": """
WITH RECURSIVE needed (product_id, part_id) AS (
    SELECT recipe.product_id, part.product_id FROM stock_recipe AS recipe
    LEFT JOIN stock_recipepart AS part ON part.owner_id = %(owner)s AND part.recipe_id = recipe.id
    WHERE recipe.owner_id = %(owner)s
    UNION
    SELECT needed.product_id, part.product_id FROM needed
    JOIN stock_recipe AS recipe ON recipe.owner_id = %(owner)s AND recipe.product_id = needed.part_id
    JOIN stock_recipepart AS part ON part.owner_id = %(owner)s AND part.recipe_id = recipe.id
)
SELECT 'the recipe of product ' || product_id || CASE WHEN part_id IS NULL THEN ' has no parts'
    ELSE ' needs the product itself' END
FROM needed WHERE part_id IS NULL OR part_id = product_id LIMIT 1
""",
    "kits_kitpart": """
SELECT 'kit ' || kit.id || ' has no parts' FROM kits_kit AS kit
WHERE kit.owner_id = %(owner)s AND NOT EXISTS (
    SELECT FROM kits_kitpart AS part WHERE part.owner_id = %(owner)s AND part.kit_id = kit.id
) LIMIT 1
""",
    "reservations_reservedkit": """
SELECT 'kit ' || kit.id || ' of reservation ' || kit.reservation_id || ' names lines that are not there or not of kits'
FROM reservations_reservedkit AS kit
WHERE kit.owner_id = %(owner)s AND (cardinality(kit.lines) = 0 OR EXISTS (
    SELECT FROM unnest(kit.lines) AS place LEFT JOIN (
        SELECT row_number() OVER (ORDER BY id) - 1 AS place, quantity FROM reservations_reservationline AS line
        WHERE line.owner_id = %(owner)s AND line.reservation_id = kit.reservation_id
    ) AS line USING (place)
    WHERE (line.quantity %% kit.quantity = 0) IS NOT TRUE
)) LIMIT 1
""",
    "reservations_reservationline": """
SELECT 'product ' || product.id || ' is reserved for longer than its row says'
FROM reservations_reservationline AS line
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = line.product_id
WHERE line.owner_id = %(owner)s AND line.reserved_until > clock_timestamp()
    AND product.reserved_until >= line.reserved_until IS NOT TRUE
UNION ALL
SELECT 'reservation ' || reservation.id || ' has no lines' FROM reservations_reservation AS reservation
WHERE reservation.owner_id = %(owner)s AND NOT EXISTS (
    SELECT FROM reservations_reservationline AS line
    WHERE line.owner_id = %(owner)s AND line.reservation_id = reservation.id
) LIMIT 1
""",
    "purchasing_orderline": """
SELECT 'order ' || ordered.id || ' has no lines' FROM purchasing_order AS ordered
WHERE ordered.owner_id = %(owner)s AND NOT EXISTS (
    SELECT FROM purchasing_orderline AS line WHERE line.owner_id = %(owner)s AND line.order_id = ordered.id
) LIMIT 1
""",
    "tills_drop": """
SELECT 'number ' || dropped.number || ' of till ' || till.id || ' was given up and booked, or is after the last one'
FROM tills_drop AS dropped JOIN tills_till AS till ON till.owner_id = %(owner)s AND till.id = dropped.till_id
WHERE dropped.owner_id = %(owner)s
    AND (dropped.number > till.last_number OR till.booked @> dropped.number::integer) LIMIT 1
""",
    # The next sale gets the number after that of the series, and the events after its position have no numbers yet.
    "sales_number": """
SELECT 'sale ' || numbered.operation_id || ' has a number after the last one, or is no sale'
FROM sales_number AS numbered
JOIN stock_operation AS operation ON operation.owner_id = %(owner)s AND operation.id = numbered.operation_id
LEFT JOIN sales_series AS series ON series.owner_id = %(owner)s
LEFT JOIN events_event AS event ON event.owner_id = %(owner)s AND event.type = 'operation.booked'
    AND event.operation = numbered.operation_id
WHERE numbered.owner_id = %(owner)s AND (
    operation.reason = 'sale' AND numbered.number <= series.number AND event.position <= series.position
) IS NOT TRUE LIMIT 1
""",
    "sales_series": """
SELECT 'the numbers of sales go on after position ' || series.position || ', which is after the end of the feed'
FROM sales_series AS series LEFT JOIN events_feedhead AS head ON head.owner_id = %(owner)s
WHERE series.owner_id = %(owner)s AND series.position > coalesce(head.position, 0) LIMIT 1
""",
}
