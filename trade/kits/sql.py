"""Statements on kits."""

from products.codes.sql import GTIN

# Returns the kits that these ids and codes name, each with its parts in their order. Archived kits are found by id.
FIND_KITS = f"""
SELECT kit.id, kit.name, kit.sku, kit.barcode, kit.price, kit.archived_at IS NOT NULL,
    ARRAY(
        SELECT ARRAY[part.product_id, part.quantity] FROM kits_kitpart AS part
        WHERE part.owner_id = %(owner)s::bigint AND part.kit_id = kit.id ORDER BY part.id
    )
FROM kits_kit AS kit
WHERE kit.owner_id = %(owner)s::bigint AND (
    kit.id = ANY(%(kit)s::bigint[])
    OR kit.archived_at IS NULL AND NOT kit.sku = '' AND lower(kit.sku) = ANY(%(sku)s::text[])
    OR kit.archived_at IS NULL AND NOT kit.barcode = '' AND lower(kit.barcode) = ANY(%(barcode)s::text[])
    OR kit.archived_at IS NULL AND {GTIN.format(column="kit.barcode")} = ANY(%(gtin)s::text[])
)
"""  # noqa: S608, a constant

# Returns the parts that a kit has had since a time, by the history, without its present ones.
PARTS_SINCE = """
SELECT (changes -> 'parts' -> 0)::json FROM history_change
WHERE owner_id = %(owner)s::bigint AND kind = 'kit' AND row_id = %(kit)s::bigint
    AND changes ? 'parts' AND at > %(since)s::timestamptz
"""

RELEASE_CODES = """
DELETE FROM products_kitcode WHERE owner_id = %(owner)s::bigint AND lower(code) = ANY(%(codes)s::text[])
"""

# Returns the live products with these names in small letters, each with its name.
NAMED_PRODUCTS = """
SELECT id, lower(name) FROM products_product
WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL AND lower(name) = ANY(%(names)s::text[])
"""
NAMED_KITS = NAMED_PRODUCTS.replace("products_product", "kits_kit")
