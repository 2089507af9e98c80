"""The SQL of price lists. The rows of the file are in a temporary table, so each statement is executed once a file."""

from core.money.amounts import MAX_PRICE
from core.money.currencies import FACTOR
from products.models import MAX_OFFERS
from products.models.sql_codes import GTIN, GTIN_DIGITS
from products.models.sql_offers import OFFERS

# The rows of the file, then what they are compared with: the terms that the supplier has for the product (`old_…`), and
# those that the list gives it (`new_…`). `via` is what has matched the row. `state` says what becomes of it.
CREATE_ROWS = """
DROP TABLE IF EXISTS pg_temp.list_row;
CREATE TEMPORARY TABLE list_row (
    line integer, wrong text[], barcode_cell text, more_codes text, unsaid text[],
    supplier_sku text, barcode text, sku text, name text, cost_price numeric, price numeric, pack_size numeric,
    min_packs numeric, min_units numeric, lead_days integer, price_unit numeric,
    gtin text,
    product_id bigint, matches integer NOT NULL DEFAULT 0, is_new boolean NOT NULL DEFAULT false,
    has_offer boolean NOT NULL DEFAULT false, is_preferred boolean NOT NULL DEFAULT false, factor bigint,
    old_sku text, old_pack bigint, old_cost numeric, old_min bigint, old_lead integer, note text NOT NULL DEFAULT '',
    new_sku text, new_pack bigint, new_cost numeric, new_min bigint, new_lead integer,
    state text NOT NULL DEFAULT ''
) ON COMMIT DROP
"""
# A generated column would be computed again by each UPDATE. The check digit need not be tested: a number with a wrong
# one finds only products that have the same number.
SET_GTINS = f"UPDATE list_row SET gtin = lpad(barcode, 14, '0') WHERE barcode ~ '{GTIN_DIGITS}'"
ANALYZE_ROWS = "ANALYZE list_row (line, supplier_sku, barcode)"
MAX_LISTED = 100  # the most rows of each kind in a response
PLAN_FOR_MANY_ROWS = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '32MB'"  # see stock/importing/table.py
# A column named SKU that has the supplier's numbers may have those of the shop, too.
COPY_NUMBERS = "UPDATE list_row SET sku = supplier_sku WHERE supplier_sku <> ''"
NOW = "SELECT clock_timestamp()"
ROWS = "(SELECT * FROM list_row)"  # Citus joins a subquery with tables of the account

# The offers of the supplier for live products, as they are now.
DROP_OFFERS = "DROP TABLE IF EXISTS pg_temp.list_offer"
CREATE_OFFERS = f"""
CREATE TEMPORARY TABLE list_offer ON COMMIT DROP AS {
    OFFERS.format(
        owner="%(owner)s::bigint",
        of_products="AND product.supplier_id = %(supplier)s AND product.archived_at IS NULL",
        of_offers="AND offer.supplier_id = %(supplier)s AND product.archived_at IS NULL",
    )
}
"""
ANALYZE_OFFERS = "ANALYZE list_offer"

# Finds the product of each row: by the supplier's number, else by the barcode, else by the SKU. A number has the same
# meaning without the zeros at its start, which spreadsheets remove, if no other one has it. A barcode may be a further
# code of one piece, and a GTIN is the same in all its forms. If a code finds several products, the next one decides.
# `matches` is the number of products that the surest code finds. Only rows whose match differs are updated.
SHORT = "CASE WHEN {column} ~ '^[0-9]+$' THEN ltrim({column}, '0') END"
BY_BARCODE = "UNION ALL".join(
    f"""
    SELECT row.line, 3, found.{product} FROM {ROWS} AS row JOIN {table} AS found
        ON found.owner_id = %(owner)s AND {is_live} AND {condition}
    WHERE row.barcode <> ''
    """
    for table, product, code, is_live in (
        ("products_product", "id", "barcode", "found.archived_at IS NULL AND NOT found.barcode = ''"),
        ("products_code", "product_id", "code", "found.is_live AND found.quantity = 1"),
    )
    for condition in (
        f"lower(found.{code}) = lower(row.barcode)", f"{GTIN.format(column=f'found.{code}')} = row.gtin",
    )
)  # fmt: skip
MATCH = f"""
WITH pair (line, rank, product_id) AS (
    SELECT row.line, 1, offer.product_id FROM list_row AS row JOIN list_offer AS offer
        ON lower(offer.supplier_sku) = lower(row.supplier_sku)
    WHERE row.supplier_sku <> ''
    UNION ALL
    SELECT row.line, 2, offer.product_id FROM list_row AS row JOIN list_offer AS offer
        ON {SHORT.format(column="offer.supplier_sku")} = {SHORT.format(column="row.supplier_sku")}
    WHERE row.supplier_sku <> ''
    UNION ALL
    {BY_BARCODE}
    UNION ALL
    SELECT row.line, 4, product.id FROM {ROWS} AS row JOIN products_product AS product
        ON product.owner_id = %(owner)s AND product.archived_at IS NULL AND NOT product.sku = ''
            AND lower(product.sku) = lower(row.sku)
    WHERE row.sku <> ''
), found AS (
    SELECT line, rank, min(product_id) AS product_id, count(DISTINCT product_id) AS number FROM pair GROUP BY 1, 2
), best AS (
    SELECT DISTINCT ON (line) line, CASE WHEN number = 1 THEN product_id END AS product_id, number
    FROM found ORDER BY line, number > 1, rank
), matched AS (
    SELECT row.line, best.product_id, coalesce(best.number, 0) AS number
    FROM list_row AS row LEFT JOIN best ON best.line = row.line
)
UPDATE list_row AS row SET product_id = matched.product_id, matches = matched.number
FROM matched
WHERE matched.line = row.line AND (matched.product_id, matched.number) IS DISTINCT FROM (row.product_id, row.matches)
"""
LOCK_PRODUCTS = """
SELECT id FROM products_product
WHERE owner_id = %(owner)s AND id IN (SELECT product_id FROM list_row)
ORDER BY id FOR NO KEY UPDATE
"""

# Returns the wrong rows: their line, column, the reason, what it quotes, and the cell.
FIND_WRONG = """
WITH numbered AS (
    SELECT row.*, first_value(line) OVER number AS first_line, nth_value(line, 2) OVER number AS second_line,
        first_value(line) OVER product AS first_of_product, nth_value(line, 2) OVER product AS second_of_product
    FROM list_row AS row
    WINDOW number AS (
        PARTITION BY nullif(lower(supplier_sku), ''), CASE WHEN coalesce(supplier_sku, '') = '' THEN line END
        ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ), product AS (
        PARTITION BY product_id, CASE WHEN product_id IS NULL THEN line END
        ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
), wrong AS (
    SELECT *, CASE
        WHEN second_line IS NOT NULL THEN 'same number'
        WHEN second_of_product IS NOT NULL THEN 'same product'
        WHEN matches > 1 THEN 'several products'
        WHEN concat(supplier_sku, barcode, sku) = '' AND cost_price IS NOT NULL
            AND (wrong && ARRAY['supplier_sku', 'barcode', 'sku']) IS NOT TRUE THEN 'no number'
    END AS reason
    FROM numbered
)
SELECT line, 'supplier_sku', reason, CASE reason
        WHEN 'same number' THEN CASE WHEN line = first_line THEN second_line ELSE first_line END
        WHEN 'same product' THEN CASE WHEN line = first_of_product THEN second_of_product ELSE first_of_product END
        ELSE matches
    END, coalesce(nullif(supplier_sku, ''), nullif(barcode, ''), nullif(sku, ''), name, '')
FROM wrong WHERE reason IS NOT NULL
ORDER BY line
"""
# The rows that would give a product too many offers, and packs that are too large or have more decimals than the
# product.
FIND_UNFIT = f"""
SELECT row.line, 'pack_size', 'pack', 0, trim_scale(row.pack_size)::text
FROM list_row AS row CROSS JOIN LATERAL (SELECT row.pack_size * row.factor AS pack) AS stored
WHERE row.product_id IS NOT NULL AND (stored.pack <> trunc(stored.pack) OR stored.pack > 1000000000)
UNION ALL
SELECT row.line, 'supplier_sku', 'too many offers', 0, coalesce(row.supplier_sku, '')
FROM list_row AS row JOIN (
    SELECT product.id FROM products_product AS product JOIN products_offer AS offer
        ON offer.owner_id = %(owner)s AND offer.product_id = product.id
            AND offer.supplier_id IS DISTINCT FROM product.supplier_id
    WHERE product.owner_id = %(owner)s AND product.id IN (SELECT product_id FROM list_row WHERE NOT has_offer)
    GROUP BY product.id, product.supplier_id
    HAVING count(*) + (product.supplier_id IS NOT NULL)::int >= {MAX_OFFERS}
) AS full_one ON full_one.id = row.product_id
WHERE %(create_offers)s AND NOT row.has_offer
"""
DELETE_LINES = "DELETE FROM list_row WHERE line = ANY(%(lines)s::integer[]) RETURNING product_id"
# Leaves out the rows that say nothing: those without a number and without a price.
DELETE_EMPTY = """
DELETE FROM list_row
WHERE concat(supplier_sku, barcode, sku) = '' AND cost_price IS NULL AND wrong IS NULL
"""

# Adds the present terms of the supplier to the rows with a product.
READ_TERMS = f"""
WITH known AS (
    SELECT row.line, offer.product_id IS NOT NULL AS has_offer, coalesce(offer.is_preferred, false) AS is_preferred,
        (ARRAY[1, 10, 100, 1000])[product.decimals + 1] AS factor, coalesce(offer.supplier_sku, '') AS supplier_sku,
        offer.pack_size, offer.cost_price, coalesce(offer.min_packs, 1) AS min_packs, offer.lead_days,
        coalesce(offer.note, '') AS note
    FROM {ROWS} AS row
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
    LEFT JOIN list_offer AS offer ON offer.product_id = row.product_id
)
UPDATE list_row AS row SET has_offer = known.has_offer, is_preferred = known.is_preferred, factor = known.factor,
    old_sku = known.supplier_sku, old_pack = coalesce(known.pack_size, 1), old_cost = known.cost_price,
    old_min = known.min_packs, old_lead = known.lead_days, note = known.note
FROM known WHERE known.line = row.line
"""
# Computes the terms that the list gives. An empty cell leaves what there is.
COST = """round(row.cost_price / coalesce(row.price_unit, 1) / CASE WHEN %(per)s = 'pack'
    THEN {pack} ELSE 1 END, 2)"""
COMPUTE_TERMS = f"""
WITH pack AS (
    SELECT line, coalesce(pack_size * factor, old_pack)::bigint AS pack FROM list_row WHERE product_id IS NOT NULL
), computed AS (
    SELECT row.line, pack.pack, {COST.format(pack="pack.pack::numeric / row.factor")} AS cost,
        coalesce(row.min_packs, ceil(row.min_units * row.factor / pack.pack), row.old_min)::bigint AS least
    FROM list_row AS row JOIN pack ON pack.line = row.line
)
UPDATE list_row AS row SET new_pack = computed.pack, new_cost = coalesce(computed.cost, row.old_cost),
    new_min = least(greatest(computed.least, 1), 1000000000), new_lead = coalesce(row.lead_days, row.old_lead),
    new_sku = CASE WHEN row.supplier_sku <> '' AND (row.old_sku = '' OR NOT %(is_sku)s OR row.sku IS NULL)
        THEN row.supplier_sku ELSE row.old_sku END
FROM computed WHERE computed.line = row.line
"""
# Returns how many rows have a price of a pack of several units, or of one of these, and the first of them. It also
# returns for how many of them the present price is nearer to the price divided by the pack than to the price itself.
FIND_PACKS = """
SELECT count(*) OVER (), row.line, coalesce(nullif(row.name, ''), row.supplier_sku), row.cost_price::text,
    trim_scale(packs.each)::text, sum(nearer.is_pack::int) OVER (), sum((NOT nearer.is_pack)::int) OVER ()
FROM list_row AS row CROSS JOIN LATERAL (
    SELECT coalesce(row.pack_size, row.old_pack::numeric / row.factor) AS each
) AS packs CROSS JOIN LATERAL (
    SELECT abs(ln(row.cost_price / packs.each / row.old_cost)) < abs(ln(row.cost_price / row.old_cost)) AS is_pack
    WHERE row.cost_price > 0 AND row.old_cost > 0
    UNION ALL
    SELECT NULL WHERE (row.cost_price > 0 AND row.old_cost > 0) IS NOT TRUE
) AS nearer
WHERE row.cost_price IS NOT NULL AND packs.each > 1
    AND (row.has_offer OR CASE WHEN row.product_id IS NULL THEN %(create_missing)s ELSE %(create_offers)s END)
ORDER BY row.line LIMIT 1
"""
IS_DOUBTFUL = f"""row.has_offer AND row.old_cost > 0 AND row.new_cost <> row.old_cost
    AND (row.new_cost >= row.old_cost * {FACTOR} OR row.new_cost * {FACTOR} <= row.old_cost)"""
TERMS = ("sku", "pack", "cost", "min", "lead")
OLD, NEW = (", ".join(f"row.{age}_{term}" for term in TERMS) for age in ("old", "new"))
DIFFERS = f"({OLD}) IS DISTINCT FROM ({NEW})"
JUDGE = f"""
UPDATE list_row AS row SET state = CASE
    WHEN row.product_id IS NULL THEN 'unknown'
    WHEN NOT row.has_offer THEN CASE WHEN %(create_offers)s THEN 'changed' ELSE 'not_offered' END
    WHEN {IS_DOUBTFUL} THEN 'doubtful'
    WHEN {DIFFERS} THEN 'changed'
    ELSE 'unchanged'
END
"""
# Returns the rows whose price is too high once it is divided by the unit of the price or by the pack.
COST_OF_NEW = COST.format(pack="coalesce(row.pack_size, 1)")
FIND_TOO_HIGH = f"""
SELECT row.line, 'cost_price', 'too high', 0, row.cost_price::text FROM list_row AS row
WHERE CASE WHEN row.state <> 'unknown' THEN row.new_cost WHEN %(create_missing)s THEN {COST_OF_NEW} END > {MAX_PRICE}
"""
COUNT_STATES = "SELECT state, count(*) FROM list_row GROUP BY state"
# What becomes of doubtful rows: they are taken, or their prices are left, or they are left out.
TAKE_DOUBTFUL = "UPDATE list_row SET state = 'changed' WHERE state = 'doubtful'"
LEAVE_DOUBTFUL = """
UPDATE list_row AS row SET new_cost = row.old_cost,
    state = CASE WHEN (row.old_sku, row.old_pack, row.old_min, row.old_lead)
        IS DISTINCT FROM (row.new_sku, row.new_pack, row.new_min, row.new_lead) THEN 'changed' ELSE 'unchanged' END
WHERE state = 'doubtful'
"""
PERCENT = "round(({new} - {old}) / nullif({old}, 0) * 100, 1)::text"
NAMED = f"""
FROM {ROWS} AS row JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
"""
# Each of these returns the first rows in this state.
LIST_DOUBTFUL = f"""
SELECT count(*) OVER (), row.line, product.id, product.name, row.old_cost::numeric(12, 2)::text,
    row.new_cost::numeric(12, 2)::text, {PERCENT.format(old="row.old_cost", new="row.new_cost")}
{NAMED} WHERE row.state = 'doubtful' ORDER BY row.line LIMIT %(limit)s
"""
LIST_NOT_OFFERED = f"""
SELECT row.line, product.id, product.name, coalesce(row.supplier_sku, ''), row.new_cost::numeric(12, 2)::text
{NAMED} WHERE row.state = 'not_offered' ORDER BY row.line LIMIT %(limit)s
"""
LIST_MISSING = """
SELECT count(*) OVER (), product.id, product.name, offer.supplier_sku, offer.cost_price::numeric(12, 2)::text,
    offer.is_preferred
FROM (SELECT * FROM list_offer) AS offer
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = offer.product_id
WHERE offer.product_id NOT IN (SELECT product_id FROM list_row WHERE product_id IS NOT NULL)
    AND offer.product_id <> ALL(%(seen)s::bigint[])
ORDER BY product.id LIMIT %(limit)s
"""
LIST_UNKNOWN = """
SELECT line, coalesce(supplier_sku, ''), coalesce(barcode, ''), coalesce(name, ''), round(cost_price, 2)::text
FROM list_row WHERE state = 'unknown' ORDER BY line LIMIT %(limit)s
"""
UNKNOWN_COLUMNS = ("line", "supplier_sku", "barcode", "sku", "name", "cost_price", "price", "pack_size")
STORE_UNKNOWN = f"""
UPDATE purchasing_pricelist AS list SET unknown_rows = coalesce(file.text, '')
FROM (
    SELECT string_agg(json_build_array({
    ", ".join(
        f"trim_scale({name})::text" if name in ("cost_price", "price", "pack_size") else name
        for name in UNKNOWN_COLUMNS
    )
})::text, E'\\n' ORDER BY line) AS text FROM list_row WHERE state = 'unknown'
) AS file
WHERE list.owner_id = %(owner)s AND list.id = %(list)s
"""
FORGET_UNKNOWN = """
UPDATE purchasing_pricelist SET unknown_rows = ''
WHERE owner_id = %(owner)s AND supplier_id = %(supplier)s AND id <> %(list)s AND unknown_rows <> ''
"""

# --- Writing ----------------------------------------------------------------------------------------------

# The terms to write. `has_offer` tells whether the supplier offers the product already, and `will_offer` whether it
# will afterwards.
CREATE_TERMS = """
DROP TABLE IF EXISTS pg_temp.offer_terms;
CREATE TEMPORARY TABLE offer_terms (
    line integer, product_id bigint PRIMARY KEY, is_preferred boolean, has_offer boolean, will_offer boolean,
    is_new boolean, factor bigint,
    old_sku text, old_pack bigint, old_cost numeric, old_min bigint, old_lead integer, note text,
    new_sku text, new_pack bigint, new_cost numeric, new_min bigint, new_lead integer
) ON COMMIT DROP
"""
TAKE_TERMS = """
INSERT INTO offer_terms
SELECT line, product_id, is_preferred, has_offer, true, NOT has_offer AND NOT is_new, factor,
    old_sku, old_pack, old_cost, old_min, old_lead, note, new_sku, new_pack, new_cost, new_min, new_lead
FROM list_row WHERE state = 'changed'
"""
# The fields of an offer as changes have them, each with its old and its new value as text.
FIELDS = (
    ("cost_price", "row.{}_cost::numeric(12, 2)::text"),
    ("supplier_sku", "nullif(row.{}_sku, '')"),
    ("pack_size", "trim_scale(row.{}_pack::numeric / row.factor)::text"),
    ("min_packs", "row.{}_min::text"),
    ("lead_days", "row.{}_lead::text"),
)
PAIRS = ", ".join(
    f"({n}, '{name}', CASE WHEN row.has_offer THEN {value.format('old')} END, {value.format('new')})"
    for n, (name, value) in enumerate(FIELDS)
)
STORE_CHANGES = f"""
INSERT INTO purchasing_pricelistchange (owner_id, price_list_id, product, line, field, old, new, is_new)
SELECT %(owner)s, %(list)s, row.product_id, row.line, pair.field, pair.old, pair.new, row.is_new
FROM offer_terms AS row CROSS JOIN LATERAL (VALUES {PAIRS}) AS pair (position, field, old, new)
WHERE pair.old IS DISTINCT FROM pair.new
ORDER BY row.line, pair.position
"""
LIST_CHANGES = f"""
SELECT change.line, change.product, product.name, change.field, change.old, change.new,
    CASE WHEN change.field = 'cost_price'
        THEN {PERCENT.format(old="change.old::numeric", new="change.new::numeric")} END
FROM purchasing_pricelistchange AS change
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = change.product
WHERE change.owner_id = %(owner)s AND change.price_list_id = %(list)s
ORDER BY change.id LIMIT %(limit)s
"""
COUNT_CHANGES = """
SELECT count(*) FROM purchasing_pricelistchange WHERE owner_id = %(owner)s AND price_list_id = %(list)s
"""

# The rows that a product has or will have in the table of offers. The preferred offer has only what is beside the
# product, and only if that differs from the defaults.
HAS_BESIDE = "(row.{age}_min <> 1 OR row.{age}_lead IS NOT NULL OR row.note <> '')"
HAD_ROW = f"(CASE WHEN row.is_preferred THEN {HAS_BESIDE.format(age='old')} ELSE row.has_offer END)"
GETS_ROW = f"(CASE WHEN row.is_preferred THEN {HAS_BESIDE.format(age='new')} ELSE row.will_offer END)"
DESCRIBED = """jsonb_build_object('id', %(supplier)s::bigint, 'name', %(supplier_name)s::text,
    'supplier_sku', CASE WHEN row.is_preferred THEN '' ELSE row.{age}_sku END,
    'pack_size', CASE WHEN row.is_preferred THEN 1 ELSE row.{age}_pack END,
    'cost_price', CASE WHEN row.is_preferred THEN NULL ELSE row.{age}_cost::numeric(12, 2)::text END,
    'min_packs', row.{age}_min, 'lead_days', row.{age}_lead, 'note', row.note)"""
BESIDE_DIFFERS = f"""({HAD_ROW}, {GETS_ROW}, row.old_min, row.old_lead)
    IS DISTINCT FROM ({GETS_ROW}, {GETS_ROW}, row.new_min, row.new_lead)"""
ROW_DIFFERS = (
    f"(CASE WHEN row.is_preferred THEN {BESIDE_DIFFERS} ELSE {DIFFERS} OR row.has_offer <> row.will_offer END)"
)
IN_PRODUCT_DIFFERS = """row.is_preferred
    AND (row.old_sku, row.old_pack, row.old_cost) IS DISTINCT FROM (row.new_sku, row.new_pack, row.new_cost)"""
OLD_ROW, NEW_ROW = (
    f"CASE WHEN {has} THEN jsonb_build_array({DESCRIBED.format(age=age)}) ELSE '[]'::jsonb END"
    for age, has in (("old", HAD_ROW), ("new", GETS_ROW))
)
# Returns what the history records of each product.
HISTORY = f"""
SELECT row.product_id AS id, CASE WHEN row.is_preferred THEN {{in_product}} ELSE '{{{{}}}}'::jsonb END
    || CASE WHEN {ROW_DIFFERS} THEN jsonb_build_object('offers', jsonb_build_array({OLD_ROW}, {NEW_ROW}))
        ELSE '{{{{}}}}'::jsonb END AS fields
FROM (SELECT * FROM offer_terms) AS row
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
WHERE {ROW_DIFFERS} OR {IN_PRODUCT_DIFFERS}
"""
UPDATE_PRODUCTS = f"""
UPDATE products_product AS product
SET supplier_sku = row.new_sku, pack_size = row.new_pack, cost_price = row.new_cost, updated_at = %(now)s
FROM (SELECT * FROM offer_terms) AS row
WHERE product.owner_id = %(owner)s AND product.id = row.product_id AND {IN_PRODUCT_DIFFERS}
"""
DELETE_OFFERS = f"""
DELETE FROM products_offer AS offer USING (SELECT * FROM offer_terms) AS row
WHERE offer.owner_id = %(owner)s AND offer.supplier_id = %(supplier)s AND offer.product_id = row.product_id
    AND {HAD_ROW} AND NOT {GETS_ROW}
"""
WRITE_OFFERS = f"""
INSERT INTO products_offer (
    owner_id, product_id, supplier_id, supplier_sku, pack_size, cost_price, min_packs, lead_days, note, created_at,
    updated_at
)
SELECT %(owner)s::bigint, row.product_id, %(supplier)s::bigint, CASE WHEN row.is_preferred THEN '' ELSE row.new_sku END,
    CASE WHEN row.is_preferred THEN 1 ELSE row.new_pack END, CASE WHEN NOT row.is_preferred THEN row.new_cost END,
    row.new_min, row.new_lead, row.note, %(now)s, %(now)s
FROM offer_terms AS row WHERE {GETS_ROW} AND {ROW_DIFFERS}
ORDER BY row.product_id
ON CONFLICT (owner_id, product_id, supplier_id) DO UPDATE
SET supplier_sku = excluded.supplier_sku, pack_size = excluded.pack_size, cost_price = excluded.cost_price,
    min_packs = excluded.min_packs, lead_days = excluded.lead_days, updated_at = excluded.updated_at
"""
CHANGED_PRODUCTS = f"""
SELECT row.product_id FROM offer_terms AS row WHERE {ROW_DIFFERS} OR {IN_PRODUCT_DIFFERS} ORDER BY row.product_id
"""

COUNT_CREATED_OFFERS = "SELECT count(*) FROM offer_terms WHERE is_new"

# --- Undoing ----------------------------------------------------------------------------------------------

LOCK_CHANGED = """
SELECT id FROM products_product
WHERE owner_id = %(owner)s AND (id IN (
    SELECT product FROM purchasing_pricelistchange WHERE owner_id = %(owner)s AND price_list_id = %(list)s
) OR id = ANY(%(created)s::bigint[]))
ORDER BY id FOR NO KEY UPDATE
"""
# The changes of the list, each with the present value. `stands` tells whether it is that of the list.
DROP_CHANGES = "DROP TABLE IF EXISTS pg_temp.list_change"
CREATE_CHANGES = f"""
CREATE TEMPORARY TABLE list_change ON COMMIT DROP AS
SELECT change.line, change.product, change.field, change.old, change.new, change.is_new, change.id,
    row.product_id IS NOT NULL AS has_offer, pair.now,
    row.product_id IS NOT NULL AND pair.now IS NOT DISTINCT FROM change.new AS stands
FROM purchasing_pricelistchange AS change
LEFT JOIN (
    SELECT offer.product_id, (ARRAY[1, 10, 100, 1000])[product.decimals + 1] AS factor,
        offer.supplier_sku AS now_sku, offer.pack_size AS now_pack, offer.cost_price AS now_cost,
        offer.min_packs AS now_min, offer.lead_days AS now_lead
    FROM (SELECT * FROM list_offer) AS offer
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = offer.product_id
) AS row ON row.product_id = change.product
LEFT JOIN LATERAL (
    VALUES {", ".join(f"('{name}', {value.format('now')})" for name, value in FIELDS)}
) AS pair (field, now) ON pair.field = change.field
WHERE change.owner_id = %(owner)s AND change.price_list_id = %(list)s
"""
# The terms as they were before the list, where they stand. An offer that the list has created is removed if nothing of
# it was changed since and it has not become the preferred one.
WANTED = {
    "cost": "(max(change.old) FILTER (WHERE change.field = 'cost_price'))::numeric",
    "sku": "coalesce(max(change.old) FILTER (WHERE change.field = 'supplier_sku'), '')",
    "pack": "((max(change.old) FILTER (WHERE change.field = 'pack_size'))::numeric * offer.factor)::bigint",
    "min": "coalesce((max(change.old) FILTER (WHERE change.field = 'min_packs'))::bigint, 1)",
    "lead": "(max(change.old) FILTER (WHERE change.field = 'lead_days'))::integer",
}
PRESENT = {
    "cost": ("cost_price", "cost_price"), "sku": ("supplier_sku", "supplier_sku"), "pack": ("pack_size", "pack_size"),
    "min": ("min_packs", "min_packs"), "lead": ("lead_days", "lead_days"),
}  # fmt: skip
UNDO_TERMS = f"""
INSERT INTO offer_terms
SELECT min(change.line), offer.product_id, offer.is_preferred, true, NOT bool_or(change.is_new), false, offer.factor,
    offer.supplier_sku, offer.pack_size, offer.cost_price, offer.min_packs, offer.lead_days, offer.note,
    {
    ", ".join(
        f"CASE WHEN NOT bool_or(change.is_new) AND bool_or(change.field = '{field}' AND change.stands)"
        f" THEN {WANTED[term]} ELSE offer.{field} END"
        for term, (field, _) in sorted(PRESENT.items(), key=lambda item: TERMS.index(item[0]))
    )
}
FROM list_change AS change
JOIN (
    SELECT offer.*, (ARRAY[1, 10, 100, 1000])[product.decimals + 1] AS factor
    FROM (SELECT * FROM list_offer) AS offer
    JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = offer.product_id
) AS offer ON offer.product_id = change.product
GROUP BY offer.product_id, offer.is_preferred, offer.factor, offer.supplier_sku, offer.pack_size, offer.cost_price,
    offer.min_packs, offer.lead_days, offer.note
HAVING CASE WHEN bool_or(change.is_new) THEN bool_and(change.stands) AND NOT offer.is_preferred AND offer.note = ''
    ELSE bool_or(change.stands) END
"""
COUNT_UNDONE = """
SELECT count(*) FILTER (WHERE change.product IN (SELECT product_id FROM offer_terms) AND change.stands)
FROM list_change AS change
"""
LIST_KEPT = """
SELECT count(*) OVER (), change.line, change.product, product.name, change.field, change.old, change.new, change.now
FROM (SELECT * FROM list_change) AS change
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = change.product
WHERE NOT (change.stands AND change.product IN (SELECT product_id FROM offer_terms))
ORDER BY change.id LIMIT %(limit)s
"""

# --- Creating products ------------------------------------------------------------------------------------

CODES = """(
    SELECT line, 'barcode' AS field, lower(barcode) AS code, gtin FROM list_row
    WHERE state = 'unknown' AND barcode <> '' AND name <> ''
    UNION ALL
    SELECT line, 'sku', lower(sku), NULL FROM list_row WHERE state = 'unknown' AND sku <> '' AND name <> ''
)"""
TAKEN = "UNION".join(
    f"""
    SELECT row.line, row.field, row.code FROM {CODES} AS row JOIN {table} AS found
        ON found.owner_id = %(owner)s AND {is_live} AND {condition}
    """
    for table, code, is_live in (
        ("products_product", "barcode", "found.archived_at IS NULL AND NOT found.barcode = ''"),
        ("products_product", "sku", "found.archived_at IS NULL AND NOT found.sku = ''"),
        ("products_code", "code", "found.is_live"),
        ("products_kitcode", "code", "true"),
    )
    for condition in (f"lower(found.{code}) = row.code", f"{GTIN.format(column=f'found.{code}')} = row.gtin")
    if (code, condition.startswith("lower")) != ("sku", False)
)
# Returns the rows whose codes other goods or another row have, so that they can't become products.
FIND_TAKEN = f"""
SELECT line, field, 'taken', 0, code FROM ({TAKEN}) AS taken
UNION
SELECT line, field, 'taken', 0, code FROM (
    SELECT line, field, code, count(*) OVER (PARTITION BY field, code) AS number FROM {CODES} AS row
) AS numbered WHERE number > 1
UNION
SELECT line, 'barcode', 'taken', 0, code FROM (
    SELECT line, code, count(*) OVER (PARTITION BY gtin) AS number FROM {CODES} AS row WHERE gtin IS NOT NULL
) AS numbered WHERE number > 1
"""
DRAFT_PRODUCTS = f"""
INSERT INTO product_import (
    line, name, sku, barcode, price, cost_price, supplier_sku, pack_size, supplier_id, keeps_stock
)
SELECT row.line, row.name, coalesce(row.sku, ''), coalesce(row.barcode, ''), coalesce(row.price, 0),
    {COST_OF_NEW},
    coalesce(row.supplier_sku, ''), ceil(coalesce(row.pack_size, 1)), %(supplier)s, true
FROM list_row AS row WHERE row.state = 'unknown' AND row.name <> '' AND row.wrong IS NULL
"""
# Gives the rows their products. What the products' rows have no columns for is written as other terms are.
CREATED_TERMS = """
UPDATE list_row AS row SET product_id = new.product_id, state = 'created', is_new = true, has_offer = true,
    is_preferred = true, factor = 1, old_sku = new.supplier_sku, old_pack = new.pack_size, old_cost = new.cost_price,
    old_min = 1, new_sku = new.supplier_sku, new_pack = new.pack_size, new_cost = new.cost_price,
    new_min = least(greatest(coalesce(row.min_packs, ceil(row.min_units / new.pack_size), 1), 1), 1000000000),
    new_lead = row.lead_days
FROM product_import AS new WHERE new.line = row.line
"""
COUNT_WITHOUT_PRICE = "SELECT count(*) FROM list_row WHERE state = 'created' AND price IS NULL"
TAKE_CREATED = """
INSERT INTO offer_terms
SELECT line, product_id, is_preferred, true, true, false, factor,
    old_sku, old_pack, old_cost, old_min, old_lead, note, new_sku, new_pack, new_cost, new_min, new_lead
FROM list_row WHERE state = 'created' AND (new_min <> 1 OR new_lead IS NOT NULL)
"""
