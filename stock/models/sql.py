"""Parts of the statements that read the ledger, and the statement that inserts products."""

from core.money.amounts import MONEY
from products.filing.columns import STORED_COLUMNS

# Whether a movement is one of the two with which goods pass through a product without stock: what comes in goes out.
PASSES = """(
    least(stock_movement.old_quantity, stock_movement.new_quantity) = 0 AND EXISTS (
        SELECT FROM products_product AS product
        WHERE product.owner_id = {owner} AND product.id = stock_movement.product_id
            AND NOT product.keeps_stock
    ) AND EXISTS (
        SELECT FROM stock_movement AS other
        WHERE other.owner_id = {owner} AND other.product_id = stock_movement.product_id
            AND other.sequence
                = stock_movement.sequence + CASE stock_movement.movement_type WHEN 'IN' THEN 1 ELSE -1 END
            AND other.operation_id = stock_movement.operation_id AND other.quantity = stock_movement.quantity
    )
)"""

# The SKU that a movement's product had when the movement was booked, by the history: the value that the first later
# change has replaced, or else the present one. As with the portions, the expression looks for changes only if
# the account has some.
SKU_THEN = """CASE WHEN (
    SELECT true FROM history_change WHERE owner_id = {owner} AND kind = 'product' AND changes ? 'sku' LIMIT 1
) THEN coalesce(
    (
        SELECT change.changes -> 'sku' ->> 0 FROM history_change AS change
        WHERE change.owner_id = {owner} AND change.kind = 'product' AND change.changes ? 'sku'
            AND change.row_id = {movement}.product_id AND change.at > (
                SELECT created_at FROM stock_operation WHERE owner_id = {owner} AND id = {movement}.operation_id
            )
        ORDER BY change.id LIMIT 1
    ),
    product.sku
) ELSE product.sku END"""

# What a response shows of a movement's product: the SKU at the time of the booking, the external id, and the decimals,
# with NULL for 0. It is one array, because each subquery would look up the product again.
SHOWN_PRODUCT = f"ARRAY[{SKU_THEN}, product.external_id, nullif(product.decimals, 0)::text]"
# The array as a subquery, because a join could change the plan of a log.
OF_PRODUCT = f"""(
    SELECT {SHOWN_PRODUCT} FROM products_product AS product
    WHERE product.owner_id = {{owner}} AND product.id = {{movement}}.product_id
)"""

# The portions of a movement as a response shows them, or NULL. The expression looks for portions only if the account
# has some: otherwise a page of movements would take a tenth longer.
PORTIONS = """CASE WHEN (SELECT true FROM stock_portion WHERE owner_id = {owner} LIMIT 1) THEN (
    SELECT json_agg(json_build_object(
        'location', portion.location_id, 'location_name', location.name, 'lot', portion.lot_id, 'lot_code', lot.code,
        'expires_on', lot.expires_on, 'quantity', portion.quantity
    ) ORDER BY portion.id)
    FROM stock_portion AS portion
    LEFT JOIN stock_location AS location ON location.owner_id = {owner} AND location.id = portion.location_id
    LEFT JOIN stock_lot AS lot ON lot.owner_id = {owner} AND lot.id = portion.lot_id
    WHERE portion.owner_id = {owner} AND portion.movement_id = {movement}.id
) END"""

# The part of the discount of a sale that a movement has, or NULL. As with the portions, the expression looks for it
# only if the account has some.
DISCOUNT = """CASE WHEN (SELECT true FROM stock_sold WHERE owner_id = {owner} LIMIT 1) THEN (
    SELECT nullif(discount, 0) FROM stock_sold WHERE owner_id = {owner} AND movement_id = {movement}.id
) END"""

# The share of a movement in the extra costs of its delivery, or NULL: in the same way.
EXTRA_COST = """CASE WHEN (SELECT true FROM stock_extrashare WHERE owner_id = {owner} LIMIT 1) THEN (
    SELECT cost FROM stock_extrashare WHERE owner_id = {owner} AND movement_id = {movement}.id
) END"""

# The operation with an id, the reversal of an operation, and its movements, with `{columns}` of these rows. They are
# found by the index of the key, in any account. With `=` instead of BETWEEN, the planner could choose any index that
# begins with the account, and read all of its rows: while it has no statistics of an account, it expects one row of it.
# BETWEEN and ORDER BY leave it the index with this order.
BY_ID = """SELECT {columns} FROM stock_operation
            WHERE owner_id = {owner} AND id BETWEEN {operation} AND {operation} ORDER BY id LIMIT 1"""
REVERSAL_OF = """SELECT {columns} FROM stock_operation
            WHERE owner_id = {owner} AND reverses_id BETWEEN {operation} AND {operation} ORDER BY reverses_id LIMIT 1"""
MOVEMENTS_OF = """SELECT {columns} FROM stock_movement
            WHERE owner_id = {owner} AND operation_id BETWEEN {operation} AND {operation}
            ORDER BY operation_id OFFSET 0"""
OWNER = "%(owner)s::bigint"
# Whether what the performer does belongs to the series of closings of its till, or of those without a till.
SERIES = "performer.till IS NOT DISTINCT FROM %(till)s::bigint"
# The row of a table of the account with an id, found in the same way.
ROW_BY_ID = """SELECT * FROM {table}
    WHERE owner_id = %(owner)s::bigint AND id BETWEEN {id} AND {id} ORDER BY id LIMIT 1"""
BEGINNING = BY_ID.format(columns="reverses_id, reason", owner=OWNER, operation="{operation}")
EARLIER = BY_ID.format(columns="id, reverses_id, reason", owner=OWNER, operation="chain.reverses_id")
LATER = REVERSAL_OF.format(columns="id", owner=OWNER, operation="chain.id")
# Whether the operation `{operation}` is undone. A reversal can be reversed, and so on. Each reversal has a greater id
# than the operation that it reverses.
IS_UNDONE = f"""(
    WITH RECURSIVE chain (id, is_undone) AS (
        SELECT {{operation}}, false
        UNION ALL
        SELECT reversal.id, NOT chain.is_undone FROM chain
        CROSS JOIN LATERAL (
            {LATER}
        ) AS reversal
    )
    SELECT is_undone FROM chain ORDER BY id DESC LIMIT 1
)"""
# The reason of the operation that began the chain of reversals whose last one is `{operation}`.
FIRST_REASON = f"""(
    WITH RECURSIVE chain AS (
        ({BEGINNING})
        UNION ALL
        SELECT earlier.reverses_id, earlier.reason FROM chain CROSS JOIN LATERAL (
            {EARLIER}
        ) AS earlier
    )
    SELECT reason FROM chain WHERE reverses_id IS NULL
)"""
# The reversals of a period, with the operations that began their chains. `sign` is -1 for a reversal that undoes the
# first operation of its chain, and 1 for one that does it again; `begins_in` tells whether that operation is of the
# period, too. {period} is a condition on an operation, and {clock} the column of the time `at`.
#
# These are common table expressions of a WITH RECURSIVE. `earlier` has the reversals of the period and all operations
# before them in their chains, each once. From the first operation of each chain, `chain` follows the reversals to the
# last. So the work grows with the number of operations in the chains, however long these are.
EARLIER_COLUMNS = "id, reverses_id, {period} AS is_in, reason"
LATER_COLUMNS = "id, {clock} AS at, {period} AS is_in"
REVERSALS = f"""earlier AS (
    SELECT id, reverses_id, true AS is_in, reason FROM stock_operation
    WHERE owner_id = %(owner)s::bigint AND reverses_id IS NOT NULL AND {{period}}
    UNION
    SELECT operation.id, operation.reverses_id, operation.is_in, operation.reason
    FROM earlier
    CROSS JOIN LATERAL (
        {BY_ID.format(columns=EARLIER_COLUMNS, owner=OWNER, operation="earlier.reverses_id")}
    ) AS operation
), chain AS (
    SELECT id AS first_id, reason, is_in AS begins_in, id AS operation_id, 1 AS sign, NULL::timestamptz AS at,
        false AS is_in
    FROM earlier WHERE reverses_id IS NULL
    UNION ALL
    SELECT chain.first_id, chain.reason, chain.begins_in, reversal.id, -chain.sign, reversal.at, reversal.is_in
    FROM chain
    CROSS JOIN LATERAL (
        {REVERSAL_OF.format(columns=LATER_COLUMNS, owner=OWNER, operation="chain.operation_id")}
    ) AS reversal
), undoing AS (
    SELECT first_id, reason, begins_in, operation_id, sign, at FROM chain WHERE is_in
)"""
# Whether a movement is not older than the first operation of a period, which is a condition on an operation. Ids follow
# the order of booking, so one part of the index by operation has all movements of the period, also those that were
# booked late. Without this, PostgreSQL reads all movements of the account. OFFSET 0 is an optimization fence: otherwise
# PostgreSQL looks for the least id by the key, from the account's first operation on.
SINCE_FIRST = """movement.operation_id >= (SELECT min(id) FROM (
            SELECT id FROM stock_operation AS operation WHERE owner_id = %(owner)s::bigint AND {period} OFFSET 0
        ) AS booked)"""
# The same, if `sale` has the operations of the period.
SINCE_FIRST_SALE = "movement.operation_id >= (SELECT min(operation_id) FROM sale)"
# Counts the movements of each operation, up to the limit. It reads no more movements than that.
MOVEMENTS_SHOWN = """
SELECT asked.id, (
    SELECT count(*) FROM (
        SELECT FROM stock_movement WHERE owner_id = %(owner)s AND operation_id BETWEEN asked.id AND asked.id
        ORDER BY operation_id LIMIT %(limit)s
    ) AS shown
)
FROM unnest(%(operations)s::bigint[]) AS asked (id)
"""
# Returns the first movements of each operation, up to the limit, in the order in which they were booked. It has BETWEEN
# and ORDER BY for the same reason as MOVEMENTS_OF.
FIRST_MOVEMENTS = f"""
SELECT movement.*,
    {SHOWN_PRODUCT.format(movement="movement", owner="%(owner)s")} AS shown_product,
    {PORTIONS.format(movement="movement", owner="%(owner)s")} AS portions,
    {DISCOUNT.format(movement="movement", owner="%(owner)s")} AS discount,
    {EXTRA_COST.format(movement="movement", owner="%(owner)s")} AS extra_cost
FROM unnest(%(operations)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT
        id, owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity,
        new_quantity, value, unit_price, total
    FROM stock_movement
    WHERE owner_id = %(owner)s AND operation_id BETWEEN asked.id AND asked.id
    ORDER BY operation_id, id LIMIT %(limit)s
) AS movement
LEFT JOIN LATERAL (
    SELECT decimals, sku, external_id FROM products_product
    WHERE owner_id = %(owner)s AND id = movement.product_id OFFSET 0
) AS product ON true
ORDER BY movement.id
"""
# Returns the extra costs of these deliveries, as a response shows them, and who has delivered them without an order.
# The id of an archived supplier is null.
DELIVERIES = """
SELECT asked.id, coalesce(extra.costs, '[]'), CASE WHEN supplier.archived_at IS NULL THEN supplier.id END, supplier.name
FROM unnest(%(operations)s::bigint[]) AS asked (id)
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object('name', name, 'amount', cost::text) ORDER BY id) AS costs FROM stock_extracost
    WHERE owner_id = %(owner)s::bigint AND operation_id = asked.id
) AS extra ON true
LEFT JOIN stock_delivery AS delivery
    ON delivery.owner_id = %(owner)s::bigint AND delivery.operation_id = asked.id
LEFT JOIN suppliers_supplier AS supplier
    ON supplier.owner_id = %(owner)s::bigint AND supplier.id = delivery.supplier_id
"""
# Returns the movements of an account whose operations have this reference.
MOVEMENTS_WITH_REFERENCE = """
SELECT movement.id FROM stock_operation AS operation
JOIN stock_movement AS movement
    ON movement.owner_id = operation.owner_id AND movement.operation_id = operation.id
WHERE operation.owner_id = %(owner)s AND operation.reference = %(reference)s AND NOT operation.reference = ''
LIMIT %(limit)s
"""
# Returns the movements of an account that put something into this lot, or took something from it.
MOVEMENTS_OF_LOT = """
SELECT DISTINCT movement_id FROM stock_portion WHERE owner_id = %(owner)s AND lot_id = %(lot)s LIMIT %(limit)s
"""


DECIMALS = "coalesce(row.decimals, 0)"
# Returns the prices that these rows have had since a time, by the history, without their present ones. The
# newest come first.
PRICES_SINCE = """
SELECT row_id, (changes -> 'price' ->> 0)::numeric
FROM history_change
WHERE owner_id = %(owner)s::bigint AND kind = %(kind)s::text AND row_id = ANY(%(rows)s::bigint[])
    AND changes ? 'price' AND at > %(since)s::timestamptz
ORDER BY id DESC
"""
# Returns the price that each of these rows had at a time, if it has changed since, by the history: the
# price that the first later change has replaced.
PRICES_THEN = """
SELECT DISTINCT ON (row_id) row_id, (changes -> 'price' ->> 0)::numeric
FROM history_change
WHERE owner_id = %(owner)s::bigint AND kind = %(kind)s::text AND row_id = ANY(%(rows)s::bigint[])
    AND changes ? 'price' AND at > %(at)s::timestamptz
ORDER BY row_id, id
"""
# Inserts the new products. Without `opens` they have no stock yet.
INSERT_PRODUCTS = f"""
INSERT INTO products_product (
    id, owner_id, {", ".join(column.target for column in STORED_COLUMNS)},
    quantity, stock_sequence, stock_value, created_at, updated_at
)
SELECT product_id, %(owner)s, {", ".join(column.insert_expression for column in STORED_COLUMNS)},
    opening, sign(opening)::bigint,
    {MONEY.format(quantity="opening", price="coalesce(cost_price, 0)", decimals=DECIMALS)},
    %(now)s::timestamptz, %(now)s::timestamptz
FROM (SELECT *, CASE WHEN %(opens)s THEN coalesce(quantity, 0) ELSE 0 END AS opening FROM product_import) AS row
WHERE is_new ORDER BY line
"""
