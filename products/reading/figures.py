"""SQL of products: what of them has expired, the unfiltered list, and the search by codes and texts."""

from core.texts.folding import FOLDED, NAME_KEY
from products.models.sql_codes import GTIN
from products.models.sql_profiles import OPTIONS, OWN_TEXTS, PROFILE_ROWS, VARIANT_TEXT, VARIANT_TEXTS
from stock.models.querysets import LOT_HAS_EXPIRED
from trade.reservations.models import RESERVED_LINES

# The name and the codes of a product, separated by line ends, which no word contains. concat_ws() takes twice as long.
NAMES = """({product}.name || E'\\n' || {product}.sku || E'\\n' || {product}.barcode || E'\\n' ||
    {product}.supplier_sku || E'\\n' || coalesce({product}.external_id, ''))"""
# True if one of the texts of a product contains the word. PostgreSQL reads the texts beside the products once, and
# keeps the ids that it has found. It reads the values of own fields one by one only if their JSON has the word, which
# escapes quotation marks.
MATCHES_WORD = f"""(
    {NAMES} ~ %(word)s::text OR {{product}}.description ~ %(word)s::text
    OR {{product}}.category_id IN (
        SELECT category.id FROM products_category AS category
        WHERE category.owner_id = {{owner}} AND category.name ~ %(word)s::text
    ) IS TRUE
    OR {{product}}.code_count > 0 AND {{product}}.id IN (
        SELECT code.product_id FROM products_code AS code
        WHERE code.owner_id = {{owner}} AND code.code ~ %(word)s::text
    )
    OR {{product}}.has_profile AND {{product}}.id IN (
        SELECT profile.product_id FROM {PROFILE_ROWS} AND (
            CASE WHEN grouped.id IS NOT NULL THEN {VARIANT_TEXTS} ~ %(word)s::text ELSE false END
            OR array_to_string(profile.tags, E'\\n') ~ %(word)s::text
            OR CASE WHEN replace(profile.fields::text, E'\\\\', '') ~ %(word)s::text
                THEN {OWN_TEXTS} ~ %(word)s::text ELSE false END
        )
    )
)"""  # noqa: S608, constants


# The expired and expiring stock of products, as every list, sum, file and mail defines it. A lot expires after its
# date. Stock that is in no lot with a date expires on the product's own date. For a product without holdings (`held` is
# 0), no lots are searched: the fragments that begin with OWN apply.

# This condition is for a product without holdings. Such a product has expired even if it is sold out.
OWN_HAS_EXPIRY = "({product}.expiration_date IS NOT NULL)"
OWN_IS_EXPIRED = "coalesce({product}.expiration_date <= %(today)s::date AND {product}.keeps_stock, false)"
# A product without stock has no quantity that could have expired.
HAS_PASSED = "{product}.expiration_date <= %(today)s::date"
OWN_EXPIRED_QUANTITY = f"(CASE WHEN {HAS_PASSED} THEN {{product}}.quantity ELSE 0 END)"

# The lots of a product that have a date, with their holdings.
DATED_LOTS = """stock_holding AS holding
    JOIN stock_lot AS lot ON lot.owner_id = {owner} AND lot.id = holding.lot_id
    WHERE holding.owner_id = {owner} AND holding.product_id = {product}.id AND lot.expires_on IS NOT NULL"""

# The quantity of a product that is in no lot with a date, to which the product's own date applies.
UNDATED_OF_HELD = f"{{product}}.quantity - (SELECT coalesce(sum(holding.quantity), 0)::bigint FROM {DATED_LOTS})"  # noqa: S608
UNDATED_QUANTITY = f"CASE WHEN {{product}}.held > 0 THEN {UNDATED_OF_HELD} ELSE {{product}}.quantity END"

# The expired quantity of a product.
EXPIRED_QUANTITY = f"""CASE WHEN {{product}}.held > 0 THEN (
    SELECT coalesce(sum(holding.quantity) FILTER (WHERE {LOT_HAS_EXPIRED}), 0)::bigint
    FROM {DATED_LOTS}
) + CASE WHEN {HAS_PASSED} THEN {UNDATED_OF_HELD} ELSE 0 END
ELSE {OWN_EXPIRED_QUANTITY} END"""  # noqa: S608, constants

# True if some of a product's stock has expired.
IS_EXPIRED = f"CASE WHEN {{product}}.held > 0 THEN ({EXPIRED_QUANTITY}) > 0 ELSE {OWN_IS_EXPIRED} END"
IS_EXPIRED_BY_QUANTITY = (
    f"CASE WHEN {{product}}.held > 0 THEN {{product}}.expired_quantity > 0 ELSE {OWN_IS_EXPIRED} END"
)

# True if a product has a date, or one of its lots in stock has one.
HAS_EXPIRY = f"""({OWN_HAS_EXPIRY} OR CASE WHEN {{product}}.held > 0
THEN EXISTS (SELECT FROM {DATED_LOTS}) ELSE false END)"""

# The earliest of a product's own date and the dates of its lots in stock. It orders expired products.
EARLIEST_DATE = f"""CASE WHEN {{product}}.held > 0
THEN least({{product}}.expiration_date, (SELECT min(lot.expires_on) FROM {DATED_LOTS}))
ELSE {{product}}.expiration_date END"""  # noqa: S608, constants

# The products of an account that have an expired lot in stock.
WITH_EXPIRED_LOTS = f"""SELECT holding.product_id FROM stock_lot AS lot
    JOIN stock_holding AS holding ON holding.owner_id = {{owner}} AND holding.lot_id = lot.id
    WHERE lot.owner_id = {{owner}} AND {LOT_HAS_EXPIRED}"""  # noqa: S608, constants

HAS_EXPIRED_LOT = f"{{product}}.id = ANY(ARRAY({WITH_EXPIRED_LOTS}))"

# All expired products of an account meet this condition, and the indexes of both dates find it.
MAY_HAVE_EXPIRED = f"({{product}}.expiration_date <= %(today)s::date OR {HAS_EXPIRED_LOT})"
# IS_EXPIRED for the products of a whole account.
EXPIRED = f"({MAY_HAVE_EXPIRED} AND {IS_EXPIRED})"

# True if some of a product expires from %(first)s on and before %(end)s. For a product without lots this includes a
# product that is sold out.
EXPIRES_BETWEEN = f"""(
    {{product}}.expiration_date >= %(first)s::date AND {{product}}.expiration_date < %(end)s::date
    AND {{product}}.keeps_stock AND CASE WHEN {{product}}.held > 0 THEN ({UNDATED_QUANTITY}) > 0 ELSE true END
    OR {{product}}.id = ANY(ARRAY(
        SELECT holding.product_id FROM stock_lot AS lot
        JOIN stock_holding AS holding ON holding.owner_id = {{owner}} AND holding.lot_id = lot.id
        WHERE lot.owner_id = {{owner}} AND lot.expires_on >= %(first)s::date AND lot.expires_on < %(end)s::date
    ))
)"""  # noqa: S608, constants

# The fragments for statements that name the products' table `product`.
FRAGMENTS = {
    name: fragment.format(product="product", owner="%(owner)s::bigint")
    for name, fragment in {
        "expired_quantity": EXPIRED_QUANTITY, "is_expired_by_quantity": IS_EXPIRED_BY_QUANTITY,
        "has_expired_lot": HAS_EXPIRED_LOT, "undated_quantity": UNDATED_QUANTITY,
    }.items()
}  # fmt: skip

# The stock of an account that expires from %(first)s to %(last)s: lots, and products by their own date with the
# quantity that is in no lot with a date.
EXPIRING = """(
    SELECT product.id, product.name, product.sku, '' AS lot_code, product.expiration_date AS expires_on,
        {undated_quantity} AS quantity, product.unit, product.decimals
    FROM products_product AS product
    WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL AND product.quantity > 0
        AND product.expiration_date BETWEEN %(first)s::date AND %(last)s::date
    UNION ALL
    SELECT product.id, product.name, product.sku, lot.code, lot.expires_on, sum(holding.quantity)::bigint,
        product.unit, product.decimals
    FROM stock_lot AS lot
    JOIN stock_holding AS holding ON holding.owner_id = %(owner)s::bigint AND holding.lot_id = lot.id
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = lot.product_id
    WHERE lot.owner_id = %(owner)s::bigint AND product.archived_at IS NULL
        AND lot.expires_on BETWEEN %(first)s::date AND %(last)s::date
    GROUP BY product.id, product.name, product.sku, lot.code, lot.expires_on, product.unit, product.decimals
)""".format(**FRAGMENTS)  # noqa: S608, constants

# Return these rows, the earliest first, and the same rows summed by product. `found` is the number of all rows.
EXPIRING_LOTS = f"""
SELECT id, name, sku, lot_code, expires_on, quantity, unit, decimals, count(*) OVER () AS found
FROM {EXPIRING} AS expiring
WHERE quantity > 0
ORDER BY expires_on, id, lot_code LIMIT %(limit)s
"""  # noqa: S608, constants
EXPIRING_PRODUCTS = f"""
SELECT id, name, sku, '' AS lot_code, min(expires_on) AS expires_on, sum(quantity)::bigint AS quantity,
    unit, decimals, count(*) OVER () AS found
FROM {EXPIRING} AS expiring
WHERE quantity > 0
GROUP BY id, name, sku, unit, decimals
ORDER BY min(expires_on), id LIMIT %(limit)s
"""  # noqa: S608, constants
# Return these rows of some products, ordered by the names of the products.
EXPIRING_OF_PRODUCTS = f"""
SELECT id, name, sku, lot_code, expires_on, quantity, unit, decimals FROM {EXPIRING} AS expiring
WHERE quantity > 0 AND id = ANY(%(products)s::bigint[])
ORDER BY {NAME_KEY % {"expressions": "name"}}, id, expires_on, lot_code LIMIT %(limit)s
"""  # noqa: S608, constants


# The reserved quantity of a product. No reservation of it lasts longer than `reserved_until`, so no sum is computed for
# most products.
MAY_BE_RESERVED = "coalesce({product}.reserved_until > statement_timestamp(), false)"
RESERVED = f"""CASE WHEN {MAY_BE_RESERVED} THEN (
    SELECT coalesce(sum(line.quantity), 0)::bigint FROM {RESERVED_LINES} AND line.product_id = {{product}}.id
) ELSE 0 END"""  # noqa: S608, constants

# The ids of a page of the unfiltered list.
PAGE_OF_LIVE_IDS = """
SELECT product.id FROM products_product AS product
WHERE product.owner_id = %(owner)s AND product.archived_at IS NULL{without}
ORDER BY product.id {direction} LIMIT %(limit)s OFFSET %(offset)s
"""
# Returns rows of products. Only an array of ids selects them, whose length PostgreSQL does not know: so it keeps the
# plan of the statement. It would make a new plan for each LIMIT that is a parameter, which takes longer than reading
# a page. OFFSET 0 keeps the subquery apart, so that each sum in it is computed once. Each table is compared with the
# owner by a parameter, so that Citus sends the statement to one server.
PRODUCTS_BY_ID = """
SELECT {columns}
FROM (
    SELECT product.*, {reserved} AS reserved, {expired_quantity} AS expired_quantity
    FROM products_product AS product
    WHERE product.owner_id = %(owner)s::bigint AND product.id = ANY(ARRAY({ids})) OFFSET 0
) AS product
LEFT JOIN suppliers_supplier AS supplier
    ON supplier.owner_id = %(owner)s::bigint AND supplier.id = product.supplier_id
LEFT JOIN products_category AS category
    ON category.owner_id = %(owner)s::bigint AND category.id = product.category_id
ORDER BY product.id
"""
GIVEN_IDS = "SELECT unnest(%(products)s::bigint[])"
# The ids of the first page. With a plain comparison of the owner, the plan that is kept for all shops would walk the
# primary key, over the products of all older shops.
FIRST_IDS = """
    SELECT id FROM products_product
    WHERE owner_id = ANY(ARRAY[%(owner)s::bigint]) AND archived_at IS NULL ORDER BY owner_id, id LIMIT {limit}
"""

# The holdings of a product for a file, each with quantity, location, lot and the lot's date.
HOLDINGS = """CASE WHEN {product}.held > 0 THEN (
    SELECT json_agg(
        json_build_array(holding.quantity, coalesce(location.name, ''), coalesce(lot.code, ''), lot.expires_on)
        ORDER BY lower(location.name), lot.expires_on, lower(lot.code), holding.id
    )
    FROM stock_holding AS holding
    LEFT JOIN stock_location AS location ON location.owner_id = {owner} AND location.id = holding.location_id
    LEFT JOIN stock_lot AS lot ON lot.owner_id = {owner} AND lot.id = holding.lot_id
    WHERE holding.owner_id = {owner} AND holding.product_id = {product}.id
) END"""

# Returns the live products of all accounts with this SKU, barcode or GTIN. It looks up each account in the indexes of
# codes, which begin with the owner: an index over all accounts would serve only the support desk.
FIND_BY_CODE = f"""
SELECT product.id FROM users_user AS owner CROSS JOIN LATERAL (
    SELECT id FROM products_product
    WHERE owner_id = owner.id AND archived_at IS NULL AND NOT sku = '' AND lower(sku) = lower(%(code)s)
) AS product
UNION
SELECT product.id FROM users_user AS owner CROSS JOIN LATERAL (
    SELECT id FROM products_product
    WHERE owner_id = owner.id AND archived_at IS NULL AND NOT barcode = '' AND lower(barcode) = lower(%(code)s)
) AS product
UNION
SELECT product.id FROM users_user AS owner CROSS JOIN LATERAL (
    SELECT id FROM products_product
    WHERE owner_id = owner.id AND archived_at IS NULL AND {GTIN.format(column="barcode")} = %(gtin)s
) AS product
ORDER BY id LIMIT %(limit)s
"""  # noqa: S608, a constant

# Returns the products that contain some words, newest first. With the index of trigrams, PostgreSQL finds the words in
# the name, SKU or barcode of the whole table, ignoring case. Without it, only the newest %(searched)s products are
# read, ignoring accents as well: no index finds the expressions of core.texts.folding.
CONTAINS_WORD = "(name ILIKE {word} OR sku ILIKE {word} OR barcode ILIKE {word})"
SPELLS_WORD = f"{NAMES.format(product='newest')} ~ {{word}}"
WHOLE_TABLE, ONE_ACCOUNT = "true", "owner_id = %(owner)s"
FIND_WITH_INDEX = """
SELECT id FROM (SELECT id FROM products_product WHERE {account} AND {condition} OFFSET 0) AS found
ORDER BY id DESC LIMIT %(limit)s
"""
FIND_AMONG_NEWEST = """
SELECT
    array_agg(id ORDER BY id DESC) FILTER (WHERE {condition}),
    count(*) = %(searched)s AND min(newest.id) > (SELECT min(id) FROM products_product WHERE {account})
FROM (
    SELECT id, name, sku, barcode, external_id, supplier_sku
    FROM products_product WHERE {account} ORDER BY id DESC LIMIT %(searched)s
) AS newest
"""

# Returns the live products of an account with these codes or ids, each with the text that names it in a form. The
# unique indexes find the codes.
FIND_BY_KEYS = """
SELECT key.text, key.code, product.id, product.name, product.sku, product.barcode, {options} AS options
FROM unnest(%(texts)s::text[], %(codes)s::text[], %(ids)s::bigint[]) AS key (text, code, id) CROSS JOIN LATERAL (
    SELECT id, name, sku, barcode, has_profile FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND NOT sku = '' AND lower(sku) = lower(key.code)
    UNION
    SELECT id, name, sku, barcode, has_profile FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND NOT barcode = '' AND lower(barcode) = lower(key.code)
    UNION
    SELECT id, name, sku, barcode, has_profile FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND id = key.id
) AS product
ORDER BY product.id
""".format(options=OPTIONS.format(product="product", owner="%(owner)s::bigint"))  # noqa: S608, constants

# Returns the first live products of an account whose names, codes, group or options contain each word of a text, in any
# spelling, or whose id is the text. Products whose name equals the text come first.
FIND_BY_PARTS = """
SELECT key.text, product.id, product.name, product.sku, product.barcode, {options} AS options
FROM (
    SELECT text, whole, string_to_array(words, E'\n') AS words, id FROM unnest(
        %(texts)s::text[], %(wholes)s::text[], %(words)s::text[], %(ids)s::bigint[]
    ) AS given (text, whole, words, id) OFFSET 0
) AS key
CROSS JOIN LATERAL (
    SELECT id, name, sku, barcode, has_profile FROM products_product AS one
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND (
        ({names} || coalesce(E'\n' || {variant}, '')) ~ ALL (key.words) OR id = key.id
    )
    ORDER BY lower(name) = lower(key.text) DESC, name ~ key.whole DESC, {key}, id LIMIT %(limit)s
) AS product
""".format(  # noqa: S608, constants
    options=OPTIONS.format(product="product", owner="%(owner)s::bigint"),
    variant=VARIANT_TEXT.format(product="one", owner="%(owner)s::bigint"),
    names=NAMES.format(product="one"),
    key=NAME_KEY % {"expressions": "one.name"},
)

FOLDED_NAME = FOLDED % {"expressions": "name"}
# Returns the live products of an account whose names have the most of some parts of words, and at least %(enough)s of
# them. The first condition keeps rows with one of the parts: PostgreSQL finds them by the account's index or, if the
# database has it, by the one of trigrams. Punctuation separates words, as in search.list_parts().
FIND_SIMILAR = f"""
SELECT id FROM (
    SELECT id, words, {{score}} AS score FROM (
        SELECT id, ' ' || translate({FOLDED_NAME}, ',.;:/()-', '        ') || ' ' AS words FROM products_product
        WHERE owner_id = %(owner)s AND archived_at IS NULL AND name ~ %(pattern)s OFFSET 0
    ) AS candidate OFFSET 0
) AS scored
WHERE score >= %(enough)s ORDER BY score DESC, words, id LIMIT %(limit)s
"""  # noqa: S608, constants
HAS_PART = "(strpos(words, {part}) > 0)::int"

# The optional index of trigrams, which `manage.py index_product_names` creates. No migration does: not every server
# has the extension pg_trgm, a backup of a database with it can be restored only on servers that have it, and the index
# slows down imports.
NAME_INDEX = "products_product_trigrams"
HAS_NAME_INDEX = "SELECT FROM pg_index WHERE indexrelid = to_regclass(%(index)s) AND indisvalid"
CREATE_NAME_INDEX = f"""
CREATE INDEX CONCURRENTLY {NAME_INDEX} ON products_product
USING gin (name gin_trgm_ops, sku gin_trgm_ops, barcode gin_trgm_ops)
"""
DROP_NAME_INDEX = f"DROP INDEX CONCURRENTLY IF EXISTS {NAME_INDEX}"

# The number of the last change of a product in the history, or 0 if it has none.
CHANGE_SEQUENCE = """coalesce((
    SELECT max(change.id) FROM history_change AS change
    WHERE change.owner_id = {owner} AND change.kind = 'product' AND change.row_id = {product}.id
), 0)"""
