"""The SQL statements of the import.

The rows of the file are in a temporary table, so the number of statements does not depend on the file. A column that
the file does not have is NULL in all rows and is not written. %(owner)s is the account.

A statement joins the temporary table to the account's rows by FILE, a subquery, and updates the temporary table from a
common table expression: Citus, which has the account's rows on another server, can then send one side to the other.
PostgreSQL alone plans a join with FILE in the same way as a join with the table.
"""

from products.columns import COLUMNS

# The temporary table: the cells of each row, and the ids of the product, supplier and category that they refer to.
CREATE_TABLE = f"""
DROP TABLE IF EXISTS pg_temp.product_import;
CREATE TEMPORARY TABLE product_import (
    line integer, {", ".join(f"{column.name} {column.sql_type}" for column in COLUMNS)},
    product_id bigint, is_new boolean NOT NULL DEFAULT false, supplier_id bigint, category_id bigint,
    first_line integer
) ON COMMIT DROP
"""

# Each join with this table uses most of its rows, so an index would cost more than it saves.
ANALYZE_TABLE = "ANALYZE product_import (line, id)"

# After many products were created, PostgreSQL expects the account to have one product, until autovacuum counts them
# about a minute later. Meanwhile it plans nested loops, which compare each row of the file with each product. With the
# default memory, a join changes the order of the rows, so that updating them reads a page again for each row (ADR 10).
PLAN_FOR_MANY_ROWS = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '32MB'"

FILE = "(SELECT * FROM product_import)"

# Creates the categories that do not exist. The import holds the account's CATALOGUE lock.
CREATE_CATEGORIES = f"""
INSERT INTO products_category (owner_id, name, created_at)
SELECT DISTINCT ON (lower(row.category)) %(owner)s::bigint, row.category, now()
FROM {FILE} AS row
WHERE row.category <> '' AND lower(row.category) NOT IN (
    SELECT lower(name) FROM products_category WHERE owner_id = %(owner)s
)
ORDER BY lower(row.category), row.line
ON CONFLICT DO NOTHING
"""  # noqa: S608

# Finds the category, the supplier and the product of each row. The product is found by id, else by sku, else by name. A
# row with a new sku also matches a product of the same name that has no sku, but none of the same name that has another
# sku. Updates only the rows whose match changed, so a row count of 0 means that all matches are still right. One
# statement finds all three, because each UPDATE writes all rows of the file once more.
FOUND_BY = f"""SELECT row.line, product.id FROM {FILE} AS row JOIN products_product AS product
    ON product.owner_id = %(owner)s AND product.archived_at IS NULL AND"""  # noqa: S608
MATCH_ROWS = f"""
WITH by_code AS (
    {FOUND_BY} product.id = row.id
    UNION ALL
    {FOUND_BY} NOT product.sku = '' AND lower(product.sku) = lower(row.sku) WHERE row.id IS NULL
), by_name AS (
    SELECT lower(name) AS name, min(id) AS id, bool_or(sku = '') AS has_no_sku FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND lower(name) IN (
        SELECT lower(row.name) FROM {FILE} AS row LEFT JOIN by_code ON by_code.line = row.line
        WHERE row.id IS NULL AND by_code.line IS NULL
    ) GROUP BY lower(name) HAVING count(*) = 1
), found AS (
    SELECT row.line, category.id AS category_id, supplier.id AS supplier_id,
        coalesce(by_code.id, by_name.id) AS product_id
    FROM {FILE} AS row
    LEFT JOIN products_category AS category
        ON category.owner_id = %(owner)s AND lower(category.name) = lower(row.category)
    LEFT JOIN suppliers_supplier AS supplier
        ON supplier.owner_id = %(owner)s AND lower(supplier.name) = lower(row.supplier)
    LEFT JOIN by_code ON by_code.line = row.line
    LEFT JOIN by_name ON by_name.name = lower(row.name) AND row.id IS NULL
        AND (coalesce(row.sku, '') = '' OR by_name.has_no_sku)
)
UPDATE product_import AS row
SET category_id = found.category_id, supplier_id = found.supplier_id, product_id = found.product_id
FROM found WHERE found.line = row.line AND (found.category_id, found.supplier_id, found.product_id)
    IS DISTINCT FROM (row.category_id, row.supplier_id, row.product_id)
"""  # noqa: S608

# Locks the matched products, in ascending id like every other lock of products.
LOCK_PRODUCTS = """
SELECT id FROM products_product
WHERE owner_id = %(owner)s AND id IN (SELECT product_id FROM product_import)
ORDER BY id FOR NO KEY UPDATE
"""

# Returns whether a locked product may no longer be that of its row. One that was found by its id still is unless it is
# archived, one that was found by its sku unless it has another one now. A name could now be that of several products.
MAY_DIFFER = f"""
SELECT EXISTS (
    SELECT row.line FROM {FILE} AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE product.archived_at IS NOT NULL
        OR row.id IS NULL AND (product.sku = '' OR lower(product.sku) IS DISTINCT FROM lower(row.sku))
)
"""  # noqa: S608

# The product of a row, which may be a new one, and the place of its quantity, to compare rows.
PRODUCT = """coalesce(
    product_id::text, 's' || lower(nullif(sku, '')), 'n' || lower(nullif(name, '')), 'l' || line
)"""
PLACE = "lower(coalesce(location, '')) || E'\\n' || lower(coalesce(lot, ''))"
KEY_COLUMN = "CASE WHEN id IS NOT NULL THEN 'id' WHEN coalesce(sku, '') <> '' THEN 'sku' ELSE 'name' END"

# In a file with places, several rows may have the same product. The statement stores the line of the first one in the
# others.
FIND_FIRST_LINES = f"""
UPDATE product_import AS row SET first_line = found.first_line
FROM (
    SELECT line, first_value(line) OVER (PARTITION BY {PRODUCT} ORDER BY line) AS first_line FROM product_import
) AS found
WHERE row.line = found.line AND found.first_line <> found.line
"""  # noqa: S608

# Returns the rows with a SKU or barcode that another product has, or that is a further code of a product. A row without
# an id has the product with its SKU.
TAKEN_CODES = "UNION ALL".join(
    f"""
    SELECT row.line, '{column}', 'taken', ARRAY['{column}']
    FROM {FILE} AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.archived_at IS NULL AND NOT product.{column} = ''
        AND lower(product.{column}) = lower(row.{column})
    WHERE row.{column} <> '' AND product.id IS DISTINCT FROM row.product_id{condition}
    UNION ALL
    SELECT row.line, '{column}', 'further code', NULL
    FROM {FILE} AS row JOIN products_code AS code
        ON code.owner_id = %(owner)s AND code.is_live AND lower(code.code) = lower(row.{column})
    WHERE row.{column} <> ''
    """  # noqa: S608
    for column, condition in (("sku", " AND row.id IS NOT NULL"), ("barcode", ""))
)

# Returns the line, the column, the reason, the values that its text quotes, and the cell of each bad row. The reasons
# are the keys of REASONS in services.py.
BAD_ROWS = f"""
WITH file AS (
    SELECT line, id, sku, {PRODUCT} AS product, {PLACE} AS place FROM product_import
), bad (line, column_name, reason, quoted) AS (
    SELECT line, 'id', 'unknown id', NULL::text[] FROM product_import WHERE id IS NOT NULL AND product_id IS NULL
    UNION ALL
    SELECT row.line, 'name', 'ambiguous name', NULL
    FROM {FILE} AS row JOIN (
        SELECT lower(name) AS name FROM products_product
        WHERE owner_id = %(owner)s AND archived_at IS NULL
            AND lower(name) IN (SELECT lower(name) FROM product_import WHERE product_id IS NULL AND id IS NULL)
        GROUP BY lower(name) HAVING count(*) > 1
    ) AS twice ON twice.name = lower(row.name)
    WHERE row.product_id IS NULL AND row.id IS NULL AND coalesce(row.sku, '') = ''
    UNION ALL
    SELECT line, 'name', 'no name', NULL
    FROM product_import WHERE product_id IS NULL AND id IS NULL AND coalesce(name, '') = ''
    UNION ALL
    SELECT line, 'price', 'no price', NULL FROM product_import WHERE product_id IS NULL AND id IS NULL AND price IS NULL
    UNION ALL
    SELECT line, {KEY_COLUMN}, CASE WHEN place = E'\\n' THEN 'same product' ELSE 'same place' END, ARRAY[first::text]
    FROM (
        SELECT line, id, sku, place, row_number() OVER same AS number, first_value(line) OVER same AS first
        FROM file WINDOW same AS (PARTITION BY product, place ORDER BY line)
    ) AS twice WHERE number > 1
    UNION ALL
    SELECT line, 'sku', 'same code', ARRAY[first::text, 'sku']
    FROM (
        SELECT line, product, row_number() OVER same_product AS number, first_value(line) OVER same_sku AS first,
            first_value(product) OVER same_sku AS first_product
        FROM file WHERE sku <> ''
        WINDOW same_product AS (PARTITION BY product ORDER BY line), same_sku AS (PARTITION BY lower(sku) ORDER BY line)
    ) AS twice WHERE number = 1 AND product <> first_product
    UNION ALL
    SELECT line, 'barcode', 'same code', ARRAY[first::text, 'barcode']
    FROM (
        SELECT line, first_line, row_number() OVER same AS number, first_value(line) OVER same AS first
        FROM product_import WHERE barcode <> ''
        WINDOW same AS (PARTITION BY lower(barcode) ORDER BY line)
    ) AS numbered WHERE number > 1 AND first_line IS NULL
    UNION ALL
    SELECT line, 'supplier', 'unknown supplier', NULL
    FROM product_import WHERE supplier <> '' AND supplier_id IS NULL
    UNION ALL
    {TAKEN_CODES}
    {{more}}
)
SELECT bad.line, column_name, reason, quoted, coalesce(to_jsonb(row) ->> column_name, '')
FROM bad JOIN {FILE} AS row ON row.line = bad.line
ORDER BY 1, 2
"""  # noqa: S608

MOVED = """
    UNION ALL
    SELECT line, 'stock_sequence', 'moved', ARRAY[quantity::text]
    FROM ({present}) AS present WHERE wanted <> quantity
"""
MOVED_PRODUCTS = MOVED.format(
    present=f"""
        SELECT row.line, row.quantity AS wanted, product.quantity
        FROM {FILE} AS row JOIN products_product AS product
            ON product.owner_id = %(owner)s AND product.id = row.product_id
        WHERE row.stock_sequence IS NOT NULL AND row.stock_sequence <> product.stock_sequence
    """  # noqa: S608
)
# The same for a file with places. In it, a quantity is that of a holding, or of the stock that is not held.
MOVED_HOLDINGS = MOVED.format(
    present=f"""
        SELECT row.line, row.quantity AS wanted,
            CASE WHEN {PLACE} = E'\\n' THEN product.quantity - product.held ELSE coalesce(holding.quantity, 0) END
                AS quantity
        FROM {FILE} AS row
        JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
        LEFT JOIN (
            SELECT holding.product_id, holding.quantity,
                lower(coalesce(location.name, '')) || E'\\n' || lower(coalesce(lot.code, '')) AS place
            FROM stock_holding AS holding
            LEFT JOIN stock_location AS location
                ON location.owner_id = %(owner)s AND location.id = holding.location_id
            LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s AND lot.id = holding.lot_id
            WHERE holding.owner_id = %(owner)s
        ) AS holding ON holding.product_id = row.product_id AND holding.place = {PLACE}
        WHERE row.stock_sequence <> product.stock_sequence
    """  # noqa: S608
)
BAD_PLACES = f"""
    UNION ALL
    SELECT line, {KEY_COLUMN}, 'other values', ARRAY[first_line::text]
    FROM (
        SELECT row.line, row.id, row.sku, row.first_line, to_jsonb(row) AS one, to_jsonb(first) AS other
        FROM {FILE} AS row JOIN {FILE} AS first ON first.line = row.first_line
    ) AS pair
    WHERE one - '{{line,first_line,quantity,location,lot,expires_on}}'::text[]
        <> other - '{{line,first_line,quantity,location,lot,expires_on}}'::text[]
    UNION ALL
    SELECT line, 'location', 'unknown location', NULL
    FROM {FILE} AS row
    WHERE location <> '' AND lower(location) NOT IN (
        SELECT lower(name) FROM stock_location WHERE owner_id = %(owner)s AND archived_at IS NULL
    )
    UNION ALL
    SELECT line, 'expires_on', 'no lot', NULL
    FROM product_import WHERE expires_on IS NOT NULL AND coalesce(lot, '') = ''
    UNION ALL
    SELECT row.line, 'expires_on', CASE WHEN lot.expires_on IS NULL THEN 'lot without date' ELSE 'date of lot' END,
        ARRAY[lot.code, lot.expires_on::text]
    FROM {FILE} AS row JOIN stock_lot AS lot
        ON lot.owner_id = %(owner)s AND lot.product_id = row.product_id AND lower(lot.code) = lower(row.lot)
    WHERE row.expires_on IS DISTINCT FROM lot.expires_on AND row.expires_on IS NOT NULL
    UNION ALL
    SELECT line, 'expires_on', 'two dates', ARRAY[first::text]
    FROM (
        SELECT line, expires_on, first_value(line) OVER same AS first, first_value(expires_on) OVER same AS first_date
        FROM product_import WHERE lot <> '' AND expires_on IS NOT NULL
        WINDOW same AS (PARTITION BY {PRODUCT}, lower(lot) ORDER BY line)
    ) AS twice WHERE expires_on <> first_date
"""  # noqa: S608
FIND_BAD_ROWS_WITH_PLACES = BAD_ROWS.format(more=MOVED_HOLDINGS + BAD_PLACES)
FIND_BAD_ROWS = BAD_ROWS.format(more=MOVED_PRODUCTS)

# Returns the number of products, and the time of the changes. It reads the time under the locks, because the
# transaction may have begun long before.
COUNT_ROWS = "SELECT count(*), clock_timestamp() FROM product_import WHERE first_line IS NULL"

# Updates the products that differ from their rows in a column of the file, and returns their ids. The placeholders in
# braces are expressions of the file's columns.
UPDATE_PRODUCTS = """
UPDATE products_product AS product SET {assignments}, updated_at = %(now)s
FROM (SELECT * FROM product_import) AS row
WHERE product.owner_id = %(owner)s AND product.id = row.product_id
    AND row.first_line IS NULL AND ({present}) IS DISTINCT FROM ({wanted})
RETURNING product.id
"""

# Assigns ids to the new products, in the order of the lines. Returns each id, and whether the product has stock.
ASSIGN_IDS = """
WITH numbered AS (
    SELECT line, nextval((SELECT pg_get_serial_sequence('products_product', 'id')::regclass)) AS id
    FROM (SELECT line FROM product_import WHERE product_id IS NULL AND first_line IS NULL ORDER BY line) AS new
)
UPDATE product_import AS row SET is_new = true, product_id = numbered.id
FROM numbered WHERE numbered.line = row.line
RETURNING product_id, coalesce(quantity > 0, false)
"""
COPY_IDS = """
UPDATE product_import AS row SET product_id = first.product_id
FROM product_import AS first WHERE first.line = row.first_line AND row.product_id IS NULL
"""
# Returns the quantities to book.
SELECT_QUANTITIES = f"""
SELECT product.id, row.quantity
FROM {FILE} AS row JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
WHERE row.quantity <> product.quantity
"""  # noqa: S608
# Returns the quantities of a file with places, each with its line. A quantity of 0 in an unknown lot needs no booking.
SELECT_HOLDINGS = f"""
SELECT row.line, row.product_id, row.quantity, row.location, row.lot, row.expires_on
FROM {FILE} AS row
WHERE row.quantity > 0 OR row.quantity = 0 AND (
    coalesce(row.lot, '') = '' OR (row.product_id, lower(row.lot)) IN (
        SELECT product_id, lower(code) FROM stock_lot WHERE owner_id = %(owner)s
    )
)
ORDER BY row.line
"""  # noqa: S608
