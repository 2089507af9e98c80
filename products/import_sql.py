"""The statements of the import.

Their number does not depend on the file, whose rows are in a temporary table of the transaction. A column that the file
does not have is NULL in all rows and is not written; %(owner)s is the account.
"""

from products.columns import COLUMNS, STORED

# A row per line of the file, and what was found out about it: the product it is about, its supplier and category.
STAGE = f"""
DROP TABLE IF EXISTS pg_temp.product_import;
CREATE TEMPORARY TABLE product_import (
    line integer, {", ".join(f"{column.name} {column.type}" for column in COLUMNS)},
    product_id bigint, is_new boolean NOT NULL DEFAULT false, supplier_id bigint, category_id bigint
) ON COMMIT DROP
"""

INDEX = """
CREATE INDEX ON product_import (product_id);
ANALYZE product_import
"""

# Categories are found or created, suppliers found. The import holds the account's lock CATALOGUE meanwhile.
MAKE_CATEGORIES = """
INSERT INTO products_category (owner_id, name, created_at)
SELECT DISTINCT ON (lower(row.category)) %(owner)s, row.category, clock_timestamp()
FROM product_import AS row
WHERE row.category <> '' AND NOT EXISTS (
    SELECT FROM products_category AS category
    WHERE category.owner_id = %(owner)s AND lower(category.name) = lower(row.category)
)
ORDER BY lower(row.category), row.line
ON CONFLICT DO NOTHING
"""
FIND_CATEGORIES = """
UPDATE product_import AS row SET category_id = category.id FROM products_category AS category
WHERE category.owner_id = %(owner)s AND lower(category.name) = lower(row.category)
"""
FIND_SUPPLIERS = """
UPDATE product_import AS row SET supplier_id = supplier.id FROM suppliers_supplier AS supplier
WHERE supplier.owner_id = %(owner)s AND lower(supplier.name) = lower(row.supplier)
"""

# Finds each row's product: by id, else by sku, else by name. A sku that nobody has yet may be given to a product of
# that name that has none; a product of that name with another sku is another product. Updates only the rows whose
# product is not the one found before, so the number of rows says whether anything changed since.
MATCH = """
UPDATE product_import AS row SET product_id = found.product_id
FROM (
    SELECT row.line, CASE WHEN row.id IS NULL THEN coalesce(by_sku.id, by_name.id) ELSE by_id.id END AS product_id
    FROM product_import AS row
    LEFT JOIN products_product AS by_id
        ON by_id.owner_id = %(owner)s AND by_id.archived_at IS NULL AND by_id.id = row.id
    LEFT JOIN products_product AS by_sku
        ON by_sku.owner_id = %(owner)s AND by_sku.archived_at IS NULL AND NOT by_sku.sku = ''
        AND lower(by_sku.sku) = lower(row.sku)
    LEFT JOIN (
        SELECT lower(name) AS name, min(id) AS id, bool_or(sku = '') AS has_no_sku
        FROM products_product
        WHERE owner_id = %(owner)s AND archived_at IS NULL
            AND lower(name) IN (SELECT lower(name) FROM product_import WHERE id IS NULL)
        GROUP BY lower(name) HAVING count(*) = 1
    ) AS by_name ON by_name.name = lower(row.name) AND (coalesce(row.sku, '') = '' OR by_name.has_no_sku)
) AS found
WHERE found.line = row.line AND found.product_id IS DISTINCT FROM row.product_id
"""

# The products that the file is about, locked in the order of their ids like everywhere.
LOCK = """
SELECT id FROM products_product
WHERE owner_id = %(owner)s AND id IN (SELECT product_id FROM product_import)
ORDER BY id FOR NO KEY UPDATE
"""

# The rows that can't be imported: line, column, reason. `product` tells the rows' products apart, new ones among them.
REFUSED = """
WITH file AS (
    SELECT line, id, sku, coalesce(
        product_id::text, 's' || lower(nullif(sku, '')), 'n' || lower(nullif(name, '')), 'l' || line
    ) AS product
    FROM product_import
)
SELECT line, 'id', 'You have no product with this id.'
FROM product_import WHERE id IS NOT NULL AND product_id IS NULL
UNION ALL
SELECT row.line, 'name', 'Several products have this name: say which by id or sku.'
FROM product_import AS row JOIN (
    SELECT lower(name) AS name FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL
        AND lower(name) IN (SELECT lower(name) FROM product_import WHERE product_id IS NULL AND id IS NULL)
    GROUP BY lower(name) HAVING count(*) > 1
) AS twice ON twice.name = lower(row.name)
WHERE row.product_id IS NULL AND row.id IS NULL AND coalesce(row.sku, '') = ''
UNION ALL
SELECT line, 'name', 'A new product needs a name.'
FROM product_import WHERE product_id IS NULL AND id IS NULL AND coalesce(name, '') = ''
UNION ALL
SELECT line, 'price', 'A new product needs a price.'
FROM product_import WHERE product_id IS NULL AND id IS NULL AND price IS NULL
UNION ALL
SELECT line, CASE WHEN id IS NOT NULL THEN 'id' WHEN coalesce(sku, '') <> '' THEN 'sku' ELSE 'name' END,
    'Line ' || first || ' is about this product already.'
FROM (
    SELECT line, id, sku, row_number() OVER same AS number, first_value(line) OVER same AS first
    FROM file WINDOW same AS (PARTITION BY product ORDER BY line)
) AS twice WHERE number > 1
UNION ALL
SELECT line, 'sku', 'Line ' || first || ' has this sku already.'
FROM (
    SELECT line, product, row_number() OVER same_product AS number, first_value(line) OVER same_sku AS first,
        first_value(product) OVER same_sku AS first_product
    FROM file WHERE sku <> ''
    WINDOW same_product AS (PARTITION BY product ORDER BY line), same_sku AS (PARTITION BY lower(sku) ORDER BY line)
) AS twice WHERE number = 1 AND product <> first_product
UNION ALL
SELECT row.line, 'sku', 'You have another product with this sku already.'
FROM product_import AS row JOIN products_product AS product
    ON product.owner_id = %(owner)s AND product.archived_at IS NULL AND NOT product.sku = ''
    AND lower(product.sku) = lower(row.sku)
WHERE row.sku <> '' AND product.id IS DISTINCT FROM row.product_id
UNION ALL
SELECT row.line, 'barcode', 'You have another product with this barcode already.'
FROM product_import AS row JOIN products_product AS product
    ON product.owner_id = %(owner)s AND product.archived_at IS NULL AND NOT product.barcode = ''
    AND lower(product.barcode) = lower(row.barcode)
WHERE row.barcode <> '' AND product.id IS DISTINCT FROM row.product_id
UNION ALL
SELECT line, 'barcode', 'Line ' || first || ' has this barcode already.'
FROM (
    SELECT line, row_number() OVER same AS number, first_value(line) OVER same AS first
    FROM product_import WHERE barcode <> ''
    WINDOW same AS (PARTITION BY lower(barcode) ORDER BY line)
) AS numbered WHERE number > 1
UNION ALL
SELECT row.line, 'supplier', 'You have no supplier with this name.'
FROM product_import AS row
WHERE row.supplier <> '' AND row.supplier_id IS NULL
UNION ALL
SELECT row.line, 'stock_sequence', 'The stock has moved since this was exported: the quantity is '
    || product.quantity || ' by now. Leave out quantity and stock_sequence to change the rest.'
FROM product_import AS row JOIN products_product AS product
    ON product.owner_id = %(owner)s AND product.id = row.product_id
WHERE row.stock_sequence <> product.stock_sequence AND row.quantity <> product.quantity
ORDER BY 1, 2
"""

# Changes the products that differ in a column of the file; answers their ids. The columns of the file are filled in.
UPDATE = """
UPDATE products_product AS product SET {assignments}, updated_at = clock_timestamp()
FROM product_import AS row
WHERE product.owner_id = %(owner)s AND product.id = row.product_id
    AND ({present}) IS DISTINCT FROM ({wanted})
RETURNING product.id
"""

# Gives the new products their ids, so that their quantities can be booked, and creates them without stock.
NUMBER = """
UPDATE product_import SET is_new = true, product_id = nextval(pg_get_serial_sequence('products_product', 'id'))
WHERE product_id IS NULL
RETURNING product_id
"""
CREATE = f"""
INSERT INTO products_product (
    id, owner_id, {", ".join(column.target for column in STORED)}, quantity, stock_sequence, created_at, updated_at
)
SELECT product_id, %(owner)s, {", ".join(column.created for column in STORED)},
    0, 0, clock_timestamp(), clock_timestamp()
FROM product_import AS row WHERE is_new ORDER BY line
"""  # noqa: S608, constants alone

# The quantities that the file asks for.
QUANTITIES = """
SELECT product_id, quantity FROM product_import WHERE quantity IS NOT NULL
"""
