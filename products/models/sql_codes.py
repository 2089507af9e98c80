"""SQL statements on further codes, and the statement that finds scanned codes."""

GTIN_DIGITS = "^([0-9]{8}|[0-9]{12,14})$"  # GTINs have these lengths; they are compared as numbers of 14 digits
# A condition that compares a code with a number of 14 digits by an index. It need not test the check digit, because a
# number with a wrong one never equals a GTIN.
GTIN = f"{{column}} ~ '{GTIN_DIGITS.replace('{', '{{').replace('}', '}}')}' AND lpad({{column}}, 14, '0')"
# The GTIN in the column of barcodes as 14 digits, or NULL if its check digit is wrong: gs1.find_gtin() in SQL.
CHECK_SUM = " + ".join(
    f"{1 if place % 2 else 3} * substr(lpad(barcode, 14, '0'), {place + 1}, 1)::int" for place in range(14)
)
GTIN_OR_NULL = f"""CASE WHEN barcode ~ '{GTIN_DIGITS}' THEN
    CASE WHEN ({CHECK_SUM}) % 10 = 0 THEN lpad(barcode, 14, '0') END
END"""

# The further codes of a product, or NULL. Most products have none, and this needs no search.
CODES_OR_NULL = """CASE WHEN {product}.code_count > 0 THEN (
    SELECT json_agg(json_build_object('code', code.code, 'quantity', code.quantity) ORDER BY code.id)
    FROM products_code AS code WHERE code.owner_id = {owner} AND code.product_id = {product}.id
) END"""
CODES = f"coalesce({CODES_OR_NULL}, '[]'::json)"
# The further codes as the text of a cell, with a code in each line.
CODES_TEXT = """CASE WHEN {product}.code_count > 0 THEN (
    SELECT string_agg(code.code || ' = ' || code.quantity, E'\n' ORDER BY code.id)
    FROM products_code AS code WHERE code.owner_id = {owner} AND code.product_id = {product}.id
) ELSE '' END"""
# Returns those of the codes that a live product of the account has already, with the fields of both products. Further
# codes are compared with all codes, SKUs and barcodes. The SKU and the barcode of the product are compared only with
# further codes: unique indexes compare them with others. GTINs in other forms are compared with barcodes and further
# codes. All are compared with the codes of kits, of which no product is returned. A join would search each code once
# for each product, if PostgreSQL has no statistics of the table yet.
FIND_TAKEN_CODES = f"""
SELECT wanted.field, wanted.code, found.field, found.id,
    (SELECT name FROM products_product AS product WHERE product.owner_id = %(owner)s AND product.id = found.id),
    wanted.product
FROM unnest(%(codes)s::text[], %(fields)s::text[], %(gtins)s::text[], %(products)s::bigint[])
    AS wanted (code, field, gtin, product)
CROSS JOIN LATERAL (
    SELECT 'codes' AS field, code.product_id AS id FROM products_code AS code
    WHERE code.owner_id = %(owner)s AND code.is_live AND lower(code.code) = lower(wanted.code)
    UNION
    SELECT 'codes', code.product_id FROM products_code AS code
    WHERE code.owner_id = %(owner)s AND code.is_live AND {GTIN.format(column="code.code")} = wanted.gtin
    UNION
    SELECT 'barcode', product.id FROM products_product AS product
    WHERE product.owner_id = %(owner)s AND product.archived_at IS NULL
        AND {GTIN.format(column="product.barcode")} = wanted.gtin
        AND (wanted.field = 'codes' OR product.id <> wanted.product AND product.barcode <> wanted.code)
    UNION
    SELECT 'sku', product.id FROM products_product AS product
    WHERE product.owner_id = %(owner)s AND product.archived_at IS NULL AND NOT product.sku = ''
        AND lower(product.sku) = lower(wanted.code) AND wanted.field = 'codes'
    UNION
    SELECT 'barcode', product.id FROM products_product AS product
    WHERE product.owner_id = %(owner)s AND product.archived_at IS NULL AND NOT product.barcode = ''
        AND lower(product.barcode) = lower(wanted.code) AND wanted.field = 'codes'
    UNION
    SELECT 'kit', 0 FROM products_kitcode AS code
    WHERE code.owner_id = %(owner)s AND lower(code.code) = lower(wanted.code)
    UNION
    SELECT 'kit', 0 FROM products_kitcode AS code
    WHERE code.owner_id = %(owner)s AND {GTIN.format(column="code.code")} = wanted.gtin
) AS found
ORDER BY found.field, found.id
"""

# Returns the further codes in the rows of an import: those of the column of codes, which is NULL if the file has none,
# and those in the cells of barcodes. It omits empty cells of products without codes. The statements below return the
# present codes of the products, and replace them.
SELECT_CODES = """
SELECT row.line, product.id, row.codes, row.more_codes
FROM (SELECT * FROM product_import) AS row
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
WHERE row.first_line IS NULL AND (row.codes <> '' OR row.more_codes <> '' OR row.codes = '' AND product.code_count > 0)
ORDER BY row.line
"""
# For a file that is refused, these return the codes in its rows, and which of them are the SKU or barcode of a row,
# with the columns of FIND_TAKEN_CODES. A new product has the negative number of its line as its id. Only the first row
# with a code is compared. Otherwise n rows that have it and n rows that want it would give n * n errors.
SELECT_UNWRITTEN_CODES = """
SELECT line, coalesce(product_id, -line), codes, more_codes FROM product_import
WHERE (codes <> '' OR more_codes <> '') AND first_line IS NULL AND NOT is_unsure
ORDER BY line
"""
FIND_CODES_IN_FILE = """
SELECT 'codes', wanted.code, found.field, coalesce(found.product_id, -found.line),
    coalesce(nullif(found.name, ''), found.code), wanted.product
FROM unnest(%(codes)s::text[], %(gtins)s::text[], %(products)s::bigint[]) AS wanted (code, gtin, product)
CROSS JOIN LATERAL (VALUES (lower(wanted.code)), ('gtin ' || wanted.gtin)) AS form (key)
JOIN (
    SELECT DISTINCT ON (field, key) * FROM (
        SELECT line, product_id, name, 'sku' AS field, sku AS code, lower(sku) AS key FROM product_import
        WHERE sku <> ''
        UNION ALL
        SELECT line, product_id, name, 'barcode', barcode, lower(barcode) FROM product_import WHERE barcode <> ''
        UNION ALL
        SELECT line, product_id, name, 'barcode', barcode, 'gtin ' || gtin FROM product_import WHERE gtin IS NOT NULL
    ) AS code ORDER BY field, key, line
) AS found ON found.key = form.key
ORDER BY found.line
"""
# Returns the new GTINs of an import that other products have.
FIND_SHARED_IN_FILE = f"""
WITH numbers AS (
    SELECT product_id, gtin FROM product_import
    WHERE (is_new OR has_new_gtin) AND first_line IS NULL AND gtin IS NOT NULL
)
SELECT row.gtin FROM numbers AS row JOIN products_product AS product
    ON product.owner_id = %(owner)s AND product.archived_at IS NULL
    AND {GTIN.format(column="product.barcode")} = row.gtin AND product.id <> row.product_id
UNION ALL
SELECT row.gtin FROM numbers AS row JOIN products_code AS code
    ON code.owner_id = %(owner)s AND code.is_live
    AND {GTIN.format(column="code.code")} = row.gtin AND code.product_id <> row.product_id
"""
SELECT_PRESENT_CODES = """
SELECT product_id, code, quantity FROM products_code
WHERE owner_id = %(owner)s AND product_id = ANY(%(products)s::bigint[])
"""
DELETE_CODES = """
DELETE FROM products_code WHERE owner_id = %(owner)s AND product_id = ANY(%(products)s::bigint[])
"""
COUNT_CODES = """
UPDATE products_product AS product SET code_count = counted.codes, updated_at = %(now)s::timestamptz
FROM unnest(%(products)s::bigint[], %(counts)s::int[]) AS counted (id, codes)
WHERE product.owner_id = %(owner)s AND product.id = counted.id
"""

# Returns the numbers that several live products of an account have, in different forms, each with their ids. Some may
# have a wrong check digit, and are no GTINs.
FIND_SHARED_GTINS = f"""
SELECT gtin, array_agg(DISTINCT id ORDER BY id) FROM (
    SELECT lpad(barcode, 14, '0') AS gtin, id FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND barcode ~ '{GTIN_DIGITS}'
    UNION ALL
    SELECT lpad(code, 14, '0'), product_id FROM products_code
    WHERE owner_id = %(owner)s AND is_live AND code ~ '{GTIN_DIGITS}'
) AS number
GROUP BY gtin HAVING count(DISTINCT id) > 1 ORDER BY gtin
"""

# Returns the live products of an account that scanned codes name, each with the column that matched, the number of
# units that the code stands for, and its decimals and unit. The unique indexes find codes; the indexes of GTINs find
# numbers of 14 digits. A join with the product would read all products, if it expects many rows of the parts.
FIND_SCANNED = f"""
SELECT key.text, found.matched, found.rank + key.rank AS rank, found.id, found.quantity,
    (SELECT decimals FROM products_product AS product WHERE product.owner_id = %(owner)s AND product.id = found.id),
    (SELECT unit FROM products_product AS product WHERE product.owner_id = %(owner)s AND product.id = found.id)
FROM unnest(%(texts)s::text[], %(codes)s::text[], %(gtins)s::text[], %(ranks)s::int[]) AS key (text, code, gtin, rank)
CROSS JOIN LATERAL (
    SELECT 'barcode' AS matched, 1 AS rank, id, 1::bigint AS quantity FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND NOT barcode = '' AND lower(barcode) = lower(key.code)
    UNION ALL
    SELECT 'sku', 1, id, 1 FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND NOT sku = '' AND lower(sku) = lower(key.code)
    UNION ALL
    SELECT 'code', 2, product_id, quantity FROM products_code
    WHERE owner_id = %(owner)s AND is_live AND lower(code) = lower(key.code)
    UNION ALL
    SELECT 'gtin', 3, id, 1 FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND {GTIN.format(column="barcode")} = key.gtin
    UNION ALL
    SELECT 'code', 3, product_id, quantity FROM products_code
    WHERE owner_id = %(owner)s AND is_live AND {GTIN.format(column="code")} = key.gtin
) AS found
ORDER BY rank, found.id, found.quantity, found.matched
"""
