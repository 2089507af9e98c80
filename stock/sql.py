"""The statements written by hand, because they are set-based: their number does not depend on the number of lines."""

from collections.abc import Iterable
from typing import Any

# Locks the products of one account that the condition names, in the order of their ids, and reads them as they are
# once they are locked. NO KEY: rows that merely refer to a product, being inserted elsewhere, need not wait.
LOCK = """
SELECT id, name, sku, barcode, quantity, stock_sequence, archived_at
FROM products_product
WHERE owner_id = %(owner)s::bigint AND ({condition})
ORDER BY id
FOR NO KEY UPDATE
"""

# How the condition names them. The words are those of the unique indexes, so that they serve.
LOCK_CONDITIONS = {
    "product": "id = ANY(%(product)s::bigint[])",
    "sku": "archived_at IS NULL AND NOT sku = '' AND lower(sku) = ANY(ARRAY(SELECT lower(unnest(%(sku)s::text[]))))",
    "barcode": "archived_at IS NULL AND NOT barcode = ''"
    " AND lower(barcode) = ANY(ARRAY(SELECT lower(unnest(%(barcode)s::text[]))))",
}

# Writes a decided operation in one statement: the operation, the balances it leads to, its movements.
# To be run while the products' rows are locked. The time is the clock's, not the transaction's start, so that
# within a product no booking is older than the one before it. Movements get their ids in the order of the lines.
# Answers the operation's id, occurred_at and created_at, and the movements' ids in that order.
# It updates each product once, a count's time included: PostgreSQL checks the foreign keys of a row again, and locks
# what they point at, when one transaction updates the row for the second time.
BOOK = """
WITH clock AS (
    SELECT clock_timestamp() AS now
), operation AS (
    INSERT INTO stock_operation (
        owner_id, performed_by_id, performed_by_username, reason, reference, note, reverses_id, occurred_at, created_at
    )
    SELECT
        %(owner)s::bigint, %(performed_by)s::bigint, %(performed_by_username)s::text, %(reason)s::text,
        %(reference)s::text, %(note)s::text, %(reverses)s::bigint,
        least(coalesce(%(occurred_at)s::timestamptz, now), now), now
    FROM clock
    RETURNING id, occurred_at, created_at
), balance AS (
    UPDATE products_product
    SET quantity = last.quantity, stock_sequence = last.sequence, updated_at = clock.now,
        last_counted_at = CASE %(reason)s::text WHEN 'count' THEN clock.now ELSE products_product.last_counted_at END
    FROM clock, unnest(
        %(balance_products)s::bigint[], %(balance_quantities)s::bigint[], %(balance_sequences)s::bigint[]
    ) AS last (product_id, quantity, sequence)
    WHERE products_product.owner_id = %(owner)s::bigint AND products_product.id = last.product_id
), movement AS (
    INSERT INTO stock_movement (
        owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity
    )
    SELECT
        %(owner)s::bigint, operation.id, line.product_id, line.product_name, line.sequence, line.movement_type,
        line.quantity, line.old_quantity, line.new_quantity
    FROM operation, unnest(
        %(product_id)s::bigint[], %(product_name)s::text[], %(sequence)s::bigint[], %(movement_type)s::text[],
        %(quantity)s::bigint[], %(old_quantity)s::bigint[], %(new_quantity)s::bigint[]
    ) WITH ORDINALITY AS line (
        product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity, position
    )
    ORDER BY line.position
    RETURNING id
)
SELECT operation.id, operation.occurred_at, operation.created_at, (SELECT array_agg(id ORDER BY id) FROM movement)
FROM operation
"""

# How many movements each operation shows: all it has, up to the limit. Reads no more of an operation than that.
MOVEMENTS_SHOWN = """
SELECT asked.id, (
    SELECT count(*) FROM (
        SELECT FROM stock_movement WHERE owner_id = %(owner)s AND operation_id = asked.id LIMIT %(limit)s
    ) AS shown
)
FROM unnest(%(operations)s::bigint[]) AS asked (id)
"""

# The first movements of each operation, up to the limit, in the order they were booked.
FIRST_MOVEMENTS = """
SELECT movement.*
FROM unnest(%(operations)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT
        id, owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity,
        new_quantity
    FROM stock_movement
    WHERE owner_id = %(owner)s AND operation_id = asked.id
    ORDER BY id LIMIT %(limit)s
) AS movement
ORDER BY movement.id
"""

# Every break in one account's ledger: a gap or a wrong start in a product's sequence, a quantity that doesn't
# continue the one before, arithmetic that doesn't add up, a balance that isn't its last movement's result.
# Reads movements in the order of the index (owner, product, sequence), so it neither sorts nor holds the ledger.
BREAKS = """
SELECT product_id, sequence, what FROM (
    SELECT product_id, sequence, CASE
        WHEN sequence <> row_number() OVER chain THEN 'a gap before this movement'
        WHEN old_quantity <> lag(new_quantity, 1, 0::bigint) OVER chain THEN 'does not continue the movement before'
        WHEN new_quantity <> old_quantity + CASE movement_type WHEN 'IN' THEN quantity ELSE -quantity END
            THEN 'the arithmetic is wrong'
    END AS what
    FROM stock_movement
    WHERE owner_id = %(owner)s
    WINDOW chain AS (PARTITION BY product_id ORDER BY sequence)
) AS link
WHERE what IS NOT NULL
UNION ALL
SELECT product.id, product.stock_sequence, 'the balance is not the result of the last movement'
FROM products_product AS product
LEFT JOIN LATERAL (
    SELECT sequence, new_quantity FROM stock_movement
    WHERE owner_id = %(owner)s AND product_id = product.id
    ORDER BY sequence DESC LIMIT 1
) AS last ON true
WHERE product.owner_id = %(owner)s
AND (product.quantity, product.stock_sequence) <> (coalesce(last.new_quantity, 0), coalesce(last.sequence, 0))
LIMIT %(limit)s
"""

# Rows that point into another account. The composite keys refuse them, so there are none unless a key is missing.
CROSS_ACCOUNT_ROWS = """
SELECT movement.product_id, movement.sequence, 'belongs to another account than its product or operation'
FROM stock_movement AS movement
LEFT JOIN products_product AS product ON (product.owner_id, product.id) = (movement.owner_id, movement.product_id)
LEFT JOIN stock_operation AS operation
    ON (operation.owner_id, operation.id) = (movement.owner_id, movement.operation_id)
WHERE movement.owner_id = %(owner)s AND (product.id IS NULL OR operation.id IS NULL)
LIMIT %(limit)s
"""

# The newest operations of every account with this reference, and the idempotency keys of this text. Each account is
# asked by its own index: they begin with the owner, and one over all accounts would cost every booking.
BY_REFERENCE = """
SELECT operation.id FROM users_user AS owner
CROSS JOIN LATERAL (
    SELECT id FROM stock_operation
    WHERE owner_id = owner.id AND reference = %(text)s AND NOT reference = ''
    ORDER BY id DESC LIMIT %(limit)s
) AS operation
ORDER BY operation.id DESC LIMIT %(limit)s
"""
BY_KEY = """
SELECT key.id FROM users_user AS owner
CROSS JOIN LATERAL (SELECT id FROM stock_idempotencykey WHERE owner_id = owner.id AND key = %(text)s) AS key
ORDER BY key.id DESC LIMIT %(limit)s
"""


def array(values: Iterable[Any]) -> str:
    """Whole numbers or plain words as PostgreSQL writes an array: psycopg would look at each by itself."""
    return f"{{{','.join(map(str, values))}}}"
