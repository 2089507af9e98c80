"""SQL statements of the bare server."""

USER = "SELECT id, username, role, is_active, token_version FROM users_user WHERE id = %s"
NAMED_USER = "SELECT id, password FROM users_user WHERE lower(username) = lower(%s)"

# --- A movement ---------------------------------------------------------------------------------------------

LOCK = """
SELECT id, name, sku, external_id, quantity, stock_sequence, price, cost_price, stock_value FROM products_product
WHERE owner_id = %s AND id = %s AND archived_at IS NULL FOR NO KEY UPDATE
"""
# The product has booked before under the name of the user, so the row of the name exists.
OPERATION = """
INSERT INTO stock_operation (
    owner_id, performed_by_id, performer_id, reason, reference, note, occurred_at, created_at
)
SELECT owner_id, user_id, id, %s, '', '', now, now FROM clock_timestamp() AS now, stock_performer
WHERE owner_id = %s AND user_id = %s AND name = %s AND salt IS NOT NULL
RETURNING id, occurred_at, created_at
"""
BALANCE = """
UPDATE products_product
SET quantity = %s, stock_sequence = %s, stock_value = %s, updated_at = %s
WHERE owner_id = %s AND id = %s
"""
MOVEMENT = """
INSERT INTO stock_movement (
    owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity,
    value, unit_price
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
RETURNING id
"""

EVENT = "INSERT INTO events_event (owner_id, type, operation, created_at) VALUES (%s, 'operation.booked', %s, %s)"
KEY = """
INSERT INTO idempotency_idempotencykey (owner_id, key, fingerprint, status, body, created_at)
VALUES (%s, %s, %s, 201, '', clock_timestamp())
RETURNING id
"""

# --- The lists ----------------------------------------------------------------------------------------------

COUNT = "SELECT count(*) FROM products_product WHERE owner_id = %s AND archived_at IS NULL"
PRODUCTS = """
SELECT product.id, product.owner_id AS owner, product.name, product.description, product.sku, product.barcode,
    product.external_id, ARRAY[]::text[] AS codes,
    product.unit, product.decimals, product.price, product.cost_price, product.quantity,
    product.quantity AS quantity_in_stock, NULL AS amount, 0 AS reserved, product.quantity AS available,
    0 AS on_order, product.stock_value, product.stock_sequence, product.keeps_stock, product.min_threshold,
    product.expiration_date,
    product.supplier_id AS supplier, supplier.name AS supplier_name, product.supplier_sku, product.pack_size,
    product.category_id AS category, category.name AS category_name,
    product.quantity <= product.min_threshold AS is_low_stock,
    product.expiration_date IS NOT NULL AS has_expiry,
    coalesce(product.expiration_date <= (now() AT TIME ZONE 'UTC')::date, false) AS is_expired,
    CASE WHEN product.expiration_date <= (now() AT TIME ZONE 'UTC')::date THEN product.quantity ELSE 0 END
        AS expired_quantity,
    product.last_counted_at, product.created_at, product.updated_at,
    NULL AS "group", NULL AS group_name, '{}'::jsonb AS options, '{}'::jsonb AS fields, ARRAY[]::text[] AS tags,
    '{}'::jsonb AS metadata, NULL AS picture
FROM products_product AS product
LEFT JOIN suppliers_supplier AS supplier
    ON supplier.owner_id = product.owner_id AND supplier.id = product.supplier_id
LEFT JOIN products_category AS category
    ON category.owner_id = product.owner_id AND category.id = product.category_id
WHERE product.owner_id = %s AND product.archived_at IS NULL
ORDER BY product.id LIMIT %s OFFSET %s
"""

MOVEMENTS = """
SELECT movement.id, movement.operation_id AS operation, movement.sequence, movement.product_id AS product,
    movement.product_name, product.sku, product.external_id, movement.movement_type, movement.quantity,
    movement.old_quantity, movement.new_quantity, movement.value, movement.unit_price, movement.total,
    operation.reason, operation.reference, operation.note,
    operation.performed_by_id AS performed_by, performer.name AS performed_by_username, operation.occurred_at,
    operation.created_at AS timestamp
FROM stock_movement AS movement
JOIN stock_operation AS operation
    ON operation.owner_id = movement.owner_id AND operation.id = movement.operation_id
JOIN stock_performer AS performer
    ON performer.owner_id = operation.owner_id AND performer.id = operation.performer_id
JOIN products_product AS product
    ON product.owner_id = movement.owner_id AND product.id = movement.product_id
WHERE movement.owner_id = %s ORDER BY movement.id DESC LIMIT %s
"""

# --- The dashboard ------------------------------------------------------------------------------------------

DASHBOARD = """
SELECT coalesce(category.name, 'Uncategorized') AS category, summed.*
FROM (
    SELECT category_id, count(*) AS products,
        count(*) FILTER (WHERE quantity <= min_threshold) AS low,
        count(*) FILTER (WHERE expiration_date <= (now() AT TIME ZONE 'UTC')::date) AS expired,
        sum(quantity) AS stock, sum(price * quantity) AS value,
        coalesce(sum(price * quantity) FILTER (WHERE expiration_date <= (now() AT TIME ZONE 'UTC')::date), 0)
            AS expired_value
    FROM products_product WHERE owner_id = %s AND archived_at IS NULL
    GROUP BY category_id
) AS summed
LEFT JOIN products_category AS category ON category.id = summed.category_id
ORDER BY summed.value DESC, category.name
"""
CATEGORIES = "SELECT count(*) FROM products_category WHERE owner_id = %s"
