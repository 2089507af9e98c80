"""The SQL statements of the import.

The rows of the file are in a temporary table, so the number of statements does not depend on the file. A column that
the file does not have is NULL in all rows and is not written. %(owner)s is the account.

A statement joins the temporary table to the account's rows by FILE, a subquery, and updates the temporary table from a
common table expression: Citus, which has the account's rows on another server, can then send one side to the other.
PostgreSQL alone plans a join with FILE in the same way as a join with the table.
"""

from core.fields import MAX_QUANTITY
from products.filing.columns import AMOUNT_COLUMNS, COLUMNS
from products.models import MEASURES
from products.models.sql_codes import CODES_TEXT, GTIN, GTIN_OR_NULL

# The temporary table: the cells of each row, and the ids of the product, supplier, category and rate of VAT that they
# refer to.
# `wrong` has the columns of malformed cells, which are NULL; it is NULL if there are none. `is_unsure` tells that the
# product of the row is unknown before such a cell is corrected. `barcode_cell` is the text of a barcode that was
# changed when it was read, and `more_codes` has the further codes in it, in the form of `codes`. `profile` has the
# cells of columns of profiles, without the wrong ones. `stocks` has the quantities in the columns of places, in their
# order. `unsaid` has the columns whose cells have a word for no value. `changed_since` has the names in the history of
# the fields that the shop has changed since the export. `conflicts` has the fields among them that differ from the
# file, each with both values. `low_at` is the threshold of rows without one.
CREATE_TABLE = f"""
DROP TABLE IF EXISTS pg_temp.product_import;
CREATE TEMPORARY TABLE product_import (
    low_at bigint DEFAULT %(low_at)s, line integer, wrong text[], barcode_cell text, more_codes text, unsaid text[],
    {", ".join(f"{column.name} {column.sql_type}" for column in COLUMNS if not column.is_beside)}, profile jsonb,
    stocks numeric[],
    product_id bigint, product_decimals smallint, is_new boolean NOT NULL DEFAULT false, supplier_id bigint,
    category_id bigint, tax_id bigint, changed_since text[], conflicts jsonb,
    gtin text GENERATED ALWAYS AS ({GTIN_OR_NULL}) STORED, has_new_gtin boolean NOT NULL DEFAULT false,
    first_line integer, is_unsure boolean GENERATED ALWAYS AS
        ((product_id IS NULL AND id IS NULL AND wrong && ARRAY['id', 'sku', 'external_id', 'name']) IS TRUE) STORED
) ON COMMIT DROP
"""

# Each join with this table uses most of its rows, so an index would cost more than it saves.
ANALYZE_TABLE = "ANALYZE product_import (line, id)"

# After many products were created, PostgreSQL expects the account to have one product, until autovacuum counts them
# about a minute later. Meanwhile it plans nested loops, which compare each row of the file with each product. With the
# default memory, a join changes the order of the rows, so that updating them reads a page again for each row (ADR 10).
PLAN_FOR_MANY_ROWS = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '32MB'"

FILE = "(SELECT * FROM product_import)"

# The suppliers by the names that files have for them. The name of one that was merged, if no live one has it, means the
# one that it was merged into.
NAMED_SUPPLIERS = """(
    SELECT DISTINCT ON (lower(known.name)) known.owner_id, known.name, present.id, present.archived_at
    FROM suppliers_supplier AS known JOIN suppliers_supplier AS present
        ON present.owner_id = %(owner)s AND present.id = coalesce(known.merged_into_id, known.id)
    WHERE known.owner_id = %(owner)s AND (known.archived_at IS NULL OR known.merged_into_id IS NOT NULL)
    ORDER BY lower(known.name), known.archived_at DESC
) AS supplier"""

# Creates the rows that the cells of a column name and that do not exist, and returns their ids. The import holds the
# account's CATALOGUE lock.
CREATE_NAMED = f"""
INSERT INTO {{table}} (owner_id, name, {{columns}})
SELECT DISTINCT ON (lower(row.{{column}})) %(owner)s::bigint, row.{{column}}, {{values}}
FROM {FILE} AS row
WHERE row.{{column}} <> '' AND lower(row.{{column}}) NOT IN (
    SELECT lower(name) FROM {{named}} WHERE owner_id = %(owner)s AND archived_at IS NULL
)
ORDER BY lower(row.{{column}}), row.line
ON CONFLICT DO NOTHING
RETURNING id
"""  # noqa: S608
CREATE_CATEGORIES = CREATE_NAMED.format(
    table="products_category", named="products_category", column="category", columns="created_at", values="now()"
)
# With `create_missing`, the import executes these two as well.
CREATE_SUPPLIERS = CREATE_NAMED.format(
    table="suppliers_supplier", named=NAMED_SUPPLIERS, column="supplier",
    columns="contact_email, phone_number, created_at, updated_at", values="'', '', now(), now()",
)  # fmt: skip
CREATE_LOCATIONS = CREATE_NAMED.format(
    table="stock_location", named="stock_location", column="location", columns="note, created_at", values="'', now()"
)

# Returns the first row of a file of another program whose id is also that of a product of this shop, unless the product
# has this id as its external id. The ids are in the column of external ids.
FIND_OWN_ID = f"""
SELECT row.line, row.external_id, product.name
FROM {FILE} AS row JOIN products_product AS product
    ON product.owner_id = %(owner)s AND product.archived_at IS NULL
        AND product.id = CASE WHEN row.external_id ~ '^[0-9]{{1,18}}$' THEN row.external_id::bigint END
WHERE lower(product.external_id) IS DISTINCT FROM lower(row.external_id)
ORDER BY row.line LIMIT 1
"""  # noqa: S608

# Finds the category, the supplier and the product of each row. The product is found by id, else by sku, else by
# external_id, else by barcode, else by name. A row with a new code also matches a product of the same barcode or name
# that has no such code, but none that has another one. A barcode may be a further code of the product, if it stands for
# one piece, and a GTIN is the same in all its forms. If one of these cells is malformed, those after it decide nothing.
# The statement updates only the rows whose match changed, so a row count of 0 means that all matches are still right.
# One statement finds all three, because each UPDATE writes all rows of the file once more.
NAMED = """(
    SELECT lower({name}) AS name, id FROM {table}
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND NOT {name} = ''
)"""
# For a large file, the rows of the account are grouped, although their names and codes are unique. So PostgreSQL knows,
# without any statistics, that each row of the file has one of them at most. Otherwise it expects millions of pairs of
# rows, and prepares hundreds of temporary files for them.
NAMED_ONCE = f"""(
    SELECT lower({{name}}) AS name, min(id) AS id FROM {{table}}
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND NOT {{name}} = ''
        AND lower({{name}}) IN (SELECT lower(row.{{column}}) FROM {FILE} AS row)
    GROUP BY lower({{name}})
)"""  # noqa: S608


# Returns the products with the barcodes of rows that no other code has matched. If rows of different names have the
# same barcode, only the one with the name of the product is matched.
UNMATCHED = f"""(
    SELECT row.* FROM (
        SELECT line, id, wrong, coalesce(sku, '') AS sku, coalesce(external_id, '') AS external_id, barcode,
            gtin, lower(coalesce(name, '')) AS name,
            min(lower(name)) OVER same IS NOT DISTINCT FROM max(lower(name)) OVER same AS are_alike
        FROM {FILE} AS file WHERE barcode <> '' WINDOW same AS (PARTITION BY coalesce(gtin, lower(barcode)))
    ) AS row LEFT JOIN by_code ON by_code.line = row.line
    WHERE row.id IS NULL AND by_code.line IS NULL
        AND (row.wrong && ARRAY['id', 'sku', 'external_id', 'barcode']) IS NOT TRUE
)"""  # noqa: S608
BY_BARCODE = "UNION".join(
    f"""
    SELECT row.line, row.sku, row.external_id, row.name, row.are_alike, found.{product} AS product_id
    FROM {UNMATCHED} AS row JOIN {table} AS found
        ON found.owner_id = %(owner)s AND {is_live} AND {condition.format(column=f"found.{code}")}
    """  # noqa: S608
    for table, product, code, is_live in (
        ("products_product", "id", "barcode", "found.archived_at IS NULL AND NOT found.barcode = ''"),
        ("products_code", "product_id", "code", "found.is_live AND found.quantity = 1"),
    )
    for condition in ("lower({column}) = lower(row.barcode)", f"{GTIN} = row.gtin")
)


HAS_NO_CODE = "sku = '' AND external_id IS NULL AND barcode = ''"
# A row with empty codes in a file with codes belongs to the only product that has its name and no code.
LEAVES_CODES_EMPTY = (
    "'' IN (row.sku, row.external_id, row.barcode) AND concat(row.sku, row.external_id, row.barcode) = ''"
)
# A rate of VAT is found by its name or its number: 7, 7.00 and 7 % are the same.
TAX_KEY = r"""CASE WHEN {text} ~ '^[0-9]{{1,3}}([.,][0-9]{{1,2}})?\s*%%?$'
    THEN rtrim(replace({text}, ',', '.'), '%% ')::numeric(5, 2)::text ELSE lower({text}) END"""
TAXES = f"""(
    SELECT DISTINCT ON (key) key, id
    FROM (
        SELECT {TAX_KEY.format(text="name")} AS key, id, false AS is_rate FROM products_tax
        WHERE owner_id = %(owner)s AND archived_at IS NULL
        UNION ALL
        SELECT rate::text, id, true FROM products_tax WHERE owner_id = %(owner)s AND archived_at IS NULL
    ) AS named ORDER BY key, is_rate, id
)"""  # noqa: S608, constants


def match_by(named: str) -> str:
    """Return the statement that finds rows of the account by their names and codes in this subquery."""
    by_sku = named.format(table="products_product", name="sku", column="sku")
    by_external_id = named.format(table="products_product", name="external_id", column="external_id")
    categories = named.format(table="products_category", name="name", column="category")
    suppliers = named.format(table=NAMED_SUPPLIERS, name="name", column="supplier")
    return f"""
WITH by_code AS (
    SELECT row.line, product.id FROM {FILE} AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.archived_at IS NULL AND product.id = row.id
    UNION ALL
    SELECT row.line, product.id FROM {FILE} AS row JOIN {by_sku} AS product ON product.name = lower(row.sku)
    WHERE row.id IS NULL AND (row.wrong && ARRAY['id']) IS NOT TRUE
    UNION ALL
    SELECT row.line, product.id
    FROM {FILE} AS row JOIN {by_external_id} AS product ON product.name = lower(row.external_id)
    WHERE row.id IS NULL AND coalesce(row.sku, '') = '' AND row.external_id <> ''
        AND (row.wrong && ARRAY['id', 'sku']) IS NOT TRUE
), by_barcode AS (
    SELECT row.line, min(product.id) AS id
    FROM ({BY_BARCODE}) AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.id = row.product_id AND product.archived_at IS NULL
    WHERE (row.sku = '' OR product.sku = '') AND (row.external_id = '' OR product.external_id IS NULL)
        AND (row.are_alike OR row.name = lower(product.name))
    GROUP BY row.line HAVING count(*) = 1
), by_name AS (
    SELECT lower(name) AS name, coalesce(min(id) FILTER (WHERE {HAS_NO_CODE}), min(id)) AS id, count(*) = 1 AS is_only,
        bool_or(sku = '') AS has_no_sku, bool_or(external_id IS NULL) AS has_no_external_id, min(barcode) AS barcode
    FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND lower(name) IN (
        SELECT lower(row.name) FROM {FILE} AS row LEFT JOIN by_code ON by_code.line = row.line
        WHERE row.id IS NULL AND by_code.line IS NULL
    ) GROUP BY lower(name) HAVING count(*) = 1 OR count(*) FILTER (WHERE {HAS_NO_CODE}) = 1
), found AS (
    SELECT row.line, category.id AS category_id, supplier.id AS supplier_id, tax.id AS tax_id,
        coalesce(by_code.id, by_barcode.id, by_name.id) AS product_id
    FROM {FILE} AS row
    LEFT JOIN {categories} AS category ON category.name = lower(row.category)
    LEFT JOIN {suppliers} AS supplier ON supplier.name = lower(row.supplier)
    LEFT JOIN {TAXES} AS tax ON tax.key = {TAX_KEY.format(text="row.tax")}
    LEFT JOIN by_code ON by_code.line = row.line
    LEFT JOIN by_barcode ON by_barcode.line = row.line
    LEFT JOIN by_name ON by_name.name = lower(row.name) AND row.id IS NULL AND (by_name.is_only OR {LEAVES_CODES_EMPTY})
        AND (coalesce(row.barcode, '') = '' OR by_name.barcode IN ('', row.barcode, row.barcode_cell))
        AND (coalesce(row.sku, '') = '' OR by_name.has_no_sku)
        AND (coalesce(row.external_id, '') = '' OR by_name.has_no_external_id)
        AND (row.wrong && ARRAY['id', 'sku', 'external_id']) IS NOT TRUE
)
UPDATE product_import AS row
SET category_id = found.category_id, supplier_id = found.supplier_id, tax_id = found.tax_id,
    product_id = found.product_id
FROM found WHERE found.line = row.line AND (found.category_id, found.supplier_id, found.tax_id, found.product_id)
    IS DISTINCT FROM (row.category_id, row.supplier_id, row.tax_id, row.product_id)
"""  # noqa: S608


MATCH_ROWS, MATCH_MANY_ROWS = match_by(NAMED), match_by(NAMED_ONCE)

# Locks the matched products, in ascending id like every other lock of products.
LOCK_PRODUCTS = """
SELECT id FROM products_product
WHERE owner_id = %(owner)s AND id IN (SELECT product_id FROM product_import)
ORDER BY id FOR NO KEY UPDATE
"""

# Keeps the barcode of a product if it has the row's barcode as a further code.
KEEP_FURTHER_CODES = f"""
WITH kept AS (
    SELECT DISTINCT row.line, product.barcode FROM {FILE} AS row
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    JOIN products_code AS code ON code.owner_id = %(owner)s AND code.product_id = product.id AND code.quantity = 1
        AND (lower(code.code) = lower(row.barcode) OR {GTIN.format(column="code.code")} = row.gtin)
    WHERE row.barcode <> ''
)
UPDATE product_import AS row SET barcode = kept.barcode FROM kept WHERE kept.line = row.line
"""  # noqa: S608

# Leaves the barcodes of products that have exactly the text of the cell, because a file that was exported changes
# nothing. Returns these texts.
KEEP_BARCODES = f"""
WITH kept AS (
    SELECT row.line FROM {FILE} AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.id = row.product_id AND product.barcode = row.barcode_cell
)
UPDATE product_import AS row SET barcode = barcode_cell, more_codes = NULL
FROM kept WHERE kept.line = row.line
RETURNING barcode_cell
"""  # noqa: S608

# Returns whether a locked product may no longer match its row. A match by id is still right unless the product has been
# archived, and so is a match by sku if the product still has this sku. All others may be wrong: several products may
# have the same name now, for instance.
MAY_DIFFER = f"""
SELECT EXISTS (
    SELECT row.line FROM {FILE} AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE product.archived_at IS NOT NULL
        OR row.id IS NULL AND (product.sku = '' OR lower(product.sku) IS DISTINCT FROM lower(row.sku))
)
"""  # noqa: S608

# Returns the number of products, and the time of the changes. It reads the time under the locks, because the
# transaction may have begun long before.
COUNT_ROWS = "SELECT count(*), clock_timestamp() FROM product_import WHERE first_line IS NULL"

# Marks the rows that give an existing product another barcode that is a GTIN.
MARK_GTINS = f"""
WITH changed AS (
    SELECT row.line FROM {FILE} AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.id = row.product_id AND product.barcode <> row.barcode
    WHERE row.gtin IS NOT NULL
)
UPDATE product_import AS row SET has_new_gtin = true FROM changed WHERE changed.line = row.line
"""  # noqa: S608

# Updates the products that differ from their rows in a column of the file, and returns their ids. The placeholders in
# braces are expressions of the file's columns.
DIFFERING = """product.owner_id = %(owner)s AND product.id = row.product_id
    AND row.first_line IS NULL AND ({present}) IS DISTINCT FROM ({wanted})"""
UPDATE_PRODUCTS = f"""
UPDATE products_product AS product SET {{assignments}}, updated_at = %(now)s
FROM {FILE} AS row WHERE {DIFFERING}
RETURNING product.id
"""  # noqa: S608
# Returns whether the products are low whose threshold UPDATE_PRODUCTS will change.
SELECT_LOW = f"""
SELECT product.id, product.is_low_stock IS TRUE FROM products_product AS product JOIN {FILE} AS row ON {DIFFERING}
"""  # noqa: S608
# Returns what UPDATE_PRODUCTS will change.
SELECT_CHANGES = f"""
SELECT product.id, {{changes}} AS fields FROM products_product AS product JOIN {FILE} AS row ON {DIFFERING}
"""  # noqa: S608

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
# Returns the quantities to book. With `adds`, those of the file are added to those of products that existed.
SELECT_QUANTITIES = f"""
SELECT id, wanted::bigint
FROM (
    SELECT product.id, product.quantity,
        CASE WHEN %(adds)s AND NOT row.is_new THEN product.quantity ELSE 0 END + row.quantity AS wanted
    FROM {FILE} AS row
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
) AS asked
WHERE wanted <> quantity
"""  # noqa: S608
HAS_FRACTION = " OR ".join(
    [
        *(f"{name} <> trunc({name})" for name in AMOUNT_COLUMNS),
        "EXISTS (SELECT FROM unnest(stocks) AS stock WHERE stock <> trunc(stock))",
    ]
)
# Returns whether a row may have an amount: some cells have a fraction, or some products have decimals. The subqueries
# return a column, because Citus fails to read a result without columns.
HAS_AMOUNTS = f"""
SELECT EXISTS (SELECT 1 FROM products_product WHERE owner_id = %(owner)s AND decimals > 0)
    OR EXISTS (SELECT 1 FROM product_import WHERE decimals > 0 OR {HAS_FRACTION})
"""  # noqa: S608
# Replaces the amounts by quantities, with the decimals that each product will have.
FACTOR = "(ARRAY[1, 10, 100, 1000])[known.decimals + 1]"
READ_AMOUNTS = f"""
WITH known AS (
    SELECT row.line, coalesce(row.decimals, product.decimals, 0) AS decimals
    FROM {FILE} AS row
    LEFT JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
)
UPDATE product_import AS row SET product_decimals = known.decimals,
    {", ".join(f"{name} = row.{name} * {FACTOR}" for name in AMOUNT_COLUMNS)},
    stocks = ARRAY(SELECT stock * {FACTOR} FROM unnest(row.stocks) WITH ORDINALITY AS given (stock, n) ORDER BY n)
FROM known
WHERE known.line = row.line AND known.decimals > 0 AND row.product_decimals IS NULL
"""  # noqa: S608
# Keeps the amounts of existing products that get other decimals. It adds to the rows the further codes and the measures
# that the file does not have; measures are rounded up. Codes that the file repeats keep their amounts, too. Rows whose
# codes do not fit the decimals are not changed, and BAD_CODES returns them.
CHANGED_DECIMALS = f"""(
    SELECT row.line, row.decimals, row.codes, product.id, product.code_count,
        {", ".join(f"product.{name}" for name in MEASURES)},
        power(10::numeric, row.decimals - product.decimals) AS factor,
        {CODES_TEXT.format(product="product", owner="%(owner)s")} AS codes_text
    FROM {FILE} AS row
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE row.decimals <> product.decimals
)"""  # noqa: S608
KEEP_MEASURES = f"""
WITH changed AS {CHANGED_DECIMALS}
UPDATE product_import AS row SET {{assignments}} FROM changed WHERE changed.line = row.line
"""  # noqa: S608
KEEP_MEASURE = "{name} = ceil(changed.{name} * changed.factor)"
KEEP_CODES = f"""
WITH kept AS (
    SELECT changed.line,
        string_agg(code.code || ' = ' || trim_scale(code.quantity * factor), E'\n' ORDER BY code.id) AS codes
    FROM {CHANGED_DECIMALS} AS changed
    JOIN products_code AS code ON code.owner_id = %(owner)s AND code.product_id = changed.id
    WHERE coalesce(changed.codes, codes_text) = codes_text
    GROUP BY changed.line
    HAVING bool_and(code.quantity * factor = trunc(code.quantity * factor) AND code.quantity * factor <= {MAX_QUANTITY})
)
UPDATE product_import AS row SET codes = kept.codes FROM kept WHERE kept.line = row.line
"""  # noqa: S608

# Returns the quantities of a file with places, each with its line. A quantity of 0 in an unknown lot needs no booking.
SELECT_HOLDINGS = f"""
SELECT row.line, row.product_id, row.quantity::bigint, coalesce(row.location, ''), coalesce(row.lot, ''),
    row.expires_on
FROM {FILE} AS row
WHERE row.quantity > 0 OR row.quantity = 0 AND (
    coalesce(row.lot, '') = '' OR (row.product_id, lower(row.lot)) IN (
        SELECT product_id, lower(code) FROM stock_lot WHERE owner_id = %(owner)s
    )
)
ORDER BY row.line
"""  # noqa: S608
# Returns the quantities in columns of places, each with its line. A quantity of 0 of a new product needs no booking.
SELECT_STOCKS = """
SELECT line, product_id, stock::bigint, place, '', NULL::date
FROM product_import CROSS JOIN LATERAL unnest(%(places)s::text[], stocks) AS given (place, stock)
WHERE stock > 0 OR stock = 0 AND NOT is_new
ORDER BY line
"""
# Returns the present quantities at the places of the products in the file, and of their stock that is not held.
SELECT_PRESENT = """
SELECT holding.product_id, coalesce(location.name, ''), coalesce(lot.code, ''), holding.quantity
FROM stock_holding AS holding
LEFT JOIN stock_location AS location ON location.owner_id = %(owner)s AND location.id = holding.location_id
LEFT JOIN stock_lot AS lot ON lot.owner_id = %(owner)s AND lot.id = holding.lot_id
WHERE holding.owner_id = %(owner)s AND holding.product_id = ANY(%(products)s::bigint[])
UNION ALL
SELECT id, '', '', quantity - held FROM products_product
WHERE owner_id = %(owner)s AND id = ANY(%(products)s::bigint[])
"""
# Leaves the barcodes of the products as they are, and gives new ones none. The other rows of a product, at further
# places, get the same barcode as its first row.
LEAVE_BARCODES = f"""
WITH present AS (
    SELECT row.line, product.barcode FROM {FILE} AS row
    LEFT JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    WHERE row.line = ANY(%(lines)s::integer[]) OR row.first_line = ANY(%(lines)s::integer[])
)
UPDATE product_import AS row
SET barcode = coalesce(present.barcode, ''), barcode_cell = NULL, more_codes = NULL,
    wrong = array_remove(row.wrong, 'barcode')
FROM present WHERE present.line = row.line
"""  # noqa: S608
# Leaves these lines out. The first of the other lines of a product has to be found again.
LEAVE_OUT = "DELETE FROM product_import WHERE line = ANY(%(lines)s::integer[])"
FORGET_FIRST_LINES = "UPDATE product_import SET first_line = NULL WHERE first_line IS NOT NULL"
# Creates the places that columns name.
CREATE_PLACES = """
INSERT INTO stock_location (owner_id, name, note, created_at)
SELECT %(owner)s::bigint, name, '', now() FROM unnest(%(places)s::text[]) AS given (name)
WHERE lower(name) NOT IN (
    SELECT lower(name) FROM stock_location WHERE owner_id = %(owner)s AND archived_at IS NULL
)
ON CONFLICT DO NOTHING
RETURNING id
"""
