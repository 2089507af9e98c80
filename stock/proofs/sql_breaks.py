"""Statements of the verification. Each returns the breaks of one kind in the ledger of an account, or in its places.

A row has a product, the sequence of its movement, and a text that says what is wrong. A break without a movement has
product 0 and sequence 0.
"""

from stock.proofs.sql_operations import COUNTS, MADE, MAKINGS, RETURNS, SHARES

# A break in an operation is shown at the operation's first movement.
FIRST_MOVEMENT = """
LEFT JOIN LATERAL (
    SELECT product_id, sequence FROM stock_movement
    WHERE owner_id = %(owner)s AND operation_id = {operation} ORDER BY id LIMIT 1
) AS first ON true
"""
PLACE = "coalesce(first.product_id, 0), coalesce(first.sequence, 0)"

# One pass over the movements of a range of products, product by product and by their sequence, finds four kinds of
# breaks. A movement is unpaired if its product is not in the account: see UNPAIRED_ROWS. It is broken if there is a gap
# or a wrong start in the product's sequence, if its old quantity is not the previous new one, if its arithmetic is
# wrong, or if its id does not rise with the sequence. A balance is broken if it is not the result of the product's last
# movement. A value is broken if it does not follow from the values before it. An OUT takes its share of the value,
# rounded to cents, and the last unit takes all that is left. What a reversal takes depends on the movement that it
# reverses, and what is scrapped of a return takes what that has brought: see RETURNS.
CHAINS = """
SELECT found.product_id, found.sequence, found.what
FROM (
    SELECT movement.product_id, movement.sequence, movement.operation_id, product.id, product.stock_sequence, CASE
        WHEN movement.sequence <> number THEN 'a gap before this movement'
        WHEN old_quantity <> former_quantity THEN 'does not continue the movement before'
        WHEN new_quantity <> old_quantity + change THEN 'the arithmetic is wrong'
        WHEN movement.id <= former_id OR operation_id < former_operation
            THEN 'has a lower id than the movement before'
    END AS of_movement, CASE
        WHEN (movement.id IS NULL OR is_last) AND (product.quantity, product.stock_sequence)
            <> (coalesce(new_quantity, 0), coalesce(movement.sequence, 0))
            THEN 'the balance is not the result of the last movement'
    END AS of_balance, CASE
        WHEN movement.id IS NULL AND product.stock_value <> 0 THEN 'the stock has a value without movements'
        WHEN product.id IS NULL THEN 'belongs to another account than its product or operation'
        WHEN movement.stock_value < 0 THEN 'takes more value than there was'
        WHEN new_quantity = 0 AND movement.stock_value <> 0 THEN 'leaves a value without a quantity'
        WHEN is_last AND movement.stock_value <> product.stock_value
            THEN 'is not continued by the value of the stock'
        WHEN change < 0 AND movement.value <> round(
            (movement.stock_value + movement.value) * movement.quantity / nullif(old_quantity, 0), 2
        ) THEN 'does not take its share of the value'
    END AS of_value
    FROM (
        SELECT id, product_id, sequence, operation_id, quantity, old_quantity, new_quantity, value,
            CASE movement_type WHEN 'IN' THEN quantity ELSE -quantity END AS change,
            row_number() OVER chain AS number,
            lag(new_quantity, 1, 0::bigint) OVER chain AS former_quantity,
            lag(id, 1, 0::bigint) OVER chain AS former_id,
            lag(operation_id, 1, 0::bigint) OVER chain AS former_operation,
            lead(false, 1, true) OVER chain AS is_last,
            sum(CASE movement_type WHEN 'IN' THEN value ELSE -value END) OVER chain AS stock_value
        FROM stock_movement
        WHERE owner_id = %(owner)s AND product_id >= %(first)s AND product_id < %(end)s
        WINDOW chain AS (PARTITION BY product_id ORDER BY sequence)
    ) AS movement
    FULL JOIN (
        SELECT id, quantity, stock_sequence, stock_value FROM products_product
        WHERE owner_id = %(owner)s AND id >= %(first)s AND id < %(end)s
    ) AS product ON product.id = movement.product_id
) AS suspect
CROSS JOIN LATERAL (
    VALUES (product_id, sequence, of_movement), (id, stock_sequence, of_balance),
        (coalesce(product_id, id), coalesce(sequence, 0), of_value)
) AS found (product_id, sequence, what)
WHERE num_nonnulls(of_movement, of_balance, of_value) > 0 AND found.what IS NOT NULL
AND (found.what <> 'does not take its share of the value' OR operation_id NOT IN (
    SELECT id FROM stock_operation WHERE owner_id = %(owner)s AND reason = 'reversal'
    UNION ALL
    SELECT unnest(array_remove(ARRAY[operation_id, scrapped_id], NULL)) FROM stock_return WHERE owner_id = %(owner)s
))
ORDER BY 1, 2
LIMIT %(limit)s
"""

# Operations without movements, and movements whose operation is not in the account. CHAINS has found the movements
# whose product is not. The composite foreign keys refuse such movements: there are some only if a key is missing. So
# the ids of operations are compared, and movements are read only if the account has no operation with one of the ids.
UNPAIRED_ROWS = """
WITH unpaired AS MATERIALIZED (
    SELECT id, operation_id FROM (SELECT id FROM stock_operation WHERE owner_id = %(owner)s) AS operation
    FULL JOIN (SELECT DISTINCT operation_id FROM stock_movement WHERE owner_id = %(owner)s) AS booked
        ON operation_id = id
    WHERE id IS NULL OR operation_id IS NULL
)
SELECT 0::bigint, 0::bigint, 'operation ' || id || ' has no movements' FROM unpaired WHERE operation_id IS NULL
UNION ALL
SELECT movement.product_id, movement.sequence, 'belongs to another account than its product or operation'
FROM unpaired CROSS JOIN LATERAL (
    SELECT product_id, sequence FROM stock_movement WHERE owner_id = %(owner)s AND operation_id = unpaired.operation_id
    OFFSET 0  -- for each operation by the index; PostgreSQL could expect many operations, and read all movements
) AS movement
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = movement.product_id
LIMIT %(limit)s
"""

# Operations whose times, reason or performer contradict themselves, and movements that were booked before the previous
# one. CHAINS has found operation ids that do not rise with the sequence. So only an operation that is older than
# another one with a lower id can have movements that are older than the previous one. There are few or none of these,
# and the other operations are read only once.
OPERATIONS = f"""
WITH suspect AS MATERIALIZED (
    SELECT id, created_at, what, is_late FROM (
        SELECT operation.id, created_at, created_at < max(created_at) OVER (ORDER BY operation.id) AS is_late, CASE
            WHEN occurred_at > created_at THEN 'happened after it was booked'
            WHEN reason = 'reversal' AND reverses_id IS NULL THEN 'is a reversal, but reverses no operation'
            WHEN reason <> 'reversal' AND reverses_id IS NOT NULL THEN 'reverses an operation, but is no reversal'
            WHEN performer.user_id IS DISTINCT FROM performed_by_id
                THEN 'does not have a name of the user who performed it'
        END AS what
        FROM stock_operation AS operation
        LEFT JOIN stock_performer AS performer
            ON performer.owner_id = %(owner)s AND performer.id = operation.performer_id
        WHERE operation.owner_id = %(owner)s
    ) AS operation
    WHERE what IS NOT NULL OR is_late
)
SELECT {PLACE}, 'operation ' || suspect.id || ' ' || what
FROM suspect {FIRST_MOVEMENT.format(operation="suspect.id")}
WHERE what IS NOT NULL
UNION ALL
SELECT earlier.product_id, earlier.sequence, 'was booked before the movement before'
FROM suspect
CROSS JOIN LATERAL (
    SELECT movement.product_id, movement.sequence FROM stock_movement AS movement
    JOIN stock_movement AS former ON former.owner_id = %(owner)s AND former.product_id = movement.product_id
        AND former.sequence = movement.sequence - 1
    JOIN stock_operation AS former_operation
        ON former_operation.owner_id = %(owner)s AND former_operation.id = former.operation_id
    WHERE movement.owner_id = %(owner)s AND movement.operation_id = suspect.id
    AND suspect.created_at < former_operation.created_at
    OFFSET 0  -- for each suspect by the indexes; PostgreSQL would expect many suspects, and read both tables
) AS earlier
WHERE is_late
LIMIT %(limit)s
"""

# Finds reversals that are not the opposite of their operation, movement by movement, the last one first. Also finds
# operations that were reversed twice, or whose reversal is not a later operation.
REVERSALS = f"""
WITH reversal AS MATERIALIZED (
    SELECT id, reverses_id, count(*) OVER (PARTITION BY reverses_id) AS reversals FROM stock_operation
    WHERE owner_id = %(owner)s AND reverses_id IS NOT NULL
), booked AS (
    SELECT reversal.id, product_id, sequence, CASE movement_type WHEN 'IN' THEN quantity ELSE -quantity END AS change,
        row_number() OVER (PARTITION BY reversal.id ORDER BY movement.id) AS line
    FROM reversal
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.operation_id = reversal.id
), original AS (
    SELECT reversal.id, product_id, sequence, CASE movement_type WHEN 'IN' THEN quantity ELSE -quantity END AS change,
        row_number() OVER (PARTITION BY reversal.id ORDER BY movement.id DESC) AS line
    FROM reversal
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.operation_id = reversal.reverses_id
)
SELECT coalesce(booked.product_id, original.product_id), coalesce(booked.sequence, original.sequence),
    'operation ' || id || ' is not the opposite of the operation that it reverses'
FROM booked FULL JOIN original USING (id, line)
WHERE (booked.product_id, booked.change) IS DISTINCT FROM (original.product_id, -original.change)
UNION ALL
SELECT {PLACE}, 'operation ' || reversal.id || CASE
    WHEN reverses_id >= reversal.id THEN ' reverses a later operation'
    ELSE ' reverses an operation that another one reverses, too'
END
FROM reversal {FIRST_MOVEMENT.format(operation="reversal.id")}
WHERE reverses_id >= reversal.id OR reversals > 1
LIMIT %(limit)s
"""

# Finds names that do not fit their digests. An erased name has no salt, so its digest can't be computed.
NAMES = """
SELECT 0, 0, 'performer ' || id || ' does not have the name under which it has booked'
FROM stock_performer
WHERE owner_id = %(owner)s AND salt IS NOT NULL AND digest <> sha256(salt || convert_to(name, 'UTF8'))
ORDER BY id LIMIT %(limit)s
"""

# Finds the newest booking that the last verification covered, if it is missing or its id belongs to another booking.
VERIFIED_BREAKS = """
SELECT newest_product, newest_sequence, 'operation ' || newest_operation || ', which was verified before, ' || CASE
    WHEN operation.id IS NULL THEN 'is missing'
    ELSE 'is another one now: its id was given again'
END
FROM stock_verification AS verified
LEFT JOIN stock_operation AS operation
    ON (operation.owner_id, operation.id) = (verified.owner_id, verified.newest_operation)
LEFT JOIN stock_movement AS movement
    ON (movement.owner_id, movement.product_id, movement.sequence)
    = (verified.owner_id, verified.newest_product, verified.newest_sequence)
WHERE verified.owner_id = %(owner)s AND newest_operation IS NOT NULL
AND (operation.created_at, movement.operation_id) IS DISTINCT FROM (newest_booked_at, newest_operation)
LIMIT %(limit)s
"""

# Finds products whose `held` is not the sum of their holdings.
HELD = """
SELECT product.id, product.stock_sequence, 'what is held is not the sum of the holdings'
FROM products_product AS product
LEFT JOIN (
    SELECT product_id, sum(quantity) AS quantity FROM stock_holding WHERE owner_id = %(owner)s GROUP BY product_id
) AS holding ON holding.product_id = product.id
WHERE product.owner_id = %(owner)s AND product.held <> coalesce(holding.quantity, 0)
LIMIT %(limit)s
"""

# Finds holdings that are not the sum of the portions that went into them, less those that came out.
HOLDINGS = """
WITH holding AS (
    SELECT product_id, coalesce(location_id, 0) AS location, coalesce(lot_id, 0) AS lot, quantity FROM stock_holding
    WHERE owner_id = %(owner)s
), placed AS (
    SELECT
        portion.product_id, coalesce(location_id, 0) AS location, coalesce(lot_id, 0) AS lot,
        sum(CASE movement_type WHEN 'IN' THEN portion.quantity ELSE -portion.quantity END) AS quantity
    FROM stock_portion AS portion
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.id = portion.movement_id
    WHERE portion.owner_id = %(owner)s
    GROUP BY 1, 2, 3
)
SELECT product.id, product.stock_sequence, 'what lies at location ' || location || ' in lot ' || lot
    || ' (0: none) is not the sum of its portions'
FROM holding FULL JOIN placed USING (product_id, location, lot)
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = product_id
WHERE coalesce(holding.quantity, 0) <> coalesce(placed.quantity, 0)
LIMIT %(limit)s
"""

# Finds movements with portions of more than their quantity, or of another product.
PORTIONS = """
SELECT movement.product_id, movement.sequence, CASE
    WHEN portion.is_foreign THEN 'has a portion of another product'
    ELSE 'has portions of more than its quantity'
END
FROM (
    SELECT
        movement_id, sum(portion.quantity) AS quantity, bool_or(portion.product_id <> movement.product_id) AS is_foreign
    FROM stock_portion AS portion
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.id = portion.movement_id
    WHERE portion.owner_id = %(owner)s
    GROUP BY movement_id
) AS portion
JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.id = portion.movement_id
WHERE portion.is_foreign OR portion.quantity > movement.quantity
LIMIT %(limit)s
"""

# Finds transfers that change the quantity of a product. Reads no operation of an account without portions.
TRANSFERS = """
SELECT movement.product_id, max(movement.sequence), 'operation ' || operation.id || ' is a transfer, but not to zero'
FROM stock_operation AS operation
JOIN stock_movement AS movement ON movement.owner_id = %(owner)s AND movement.operation_id = operation.id
WHERE operation.owner_id = %(owner)s AND operation.reason = 'transfer'
AND EXISTS (SELECT FROM stock_portion WHERE owner_id = %(owner)s)
GROUP BY operation.id, movement.product_id
HAVING sum(movement.new_quantity - movement.old_quantity) <> 0
LIMIT %(limit)s
"""

# Finds holdings at archived locations.
ARCHIVED = """
SELECT holding.product_id, product.stock_sequence, 'lies at location ' || location.id || ', which is archived'
FROM stock_location AS location
JOIN stock_holding AS holding ON holding.owner_id = %(owner)s AND holding.location_id = location.id
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = holding.product_id
WHERE location.owner_id = %(owner)s AND location.archived_at IS NOT NULL
LIMIT %(limit)s
"""
AFTER_CHAINS = (
    UNPAIRED_ROWS, OPERATIONS, f"({REVERSALS}) UNION ALL ({RETURNS})", NAMES, VERIFIED_BREAKS, HELD, HOLDINGS, PORTIONS,
    TRANSFERS, ARCHIVED, COUNTS, MAKINGS, MADE, SHARES,
)  # fmt: skip
