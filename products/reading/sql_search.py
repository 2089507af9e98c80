"""The texts of products that a search reads. %(word)s is a regular expression of core.folding.spell()."""

from products.attributes.sql import OWN_TEXTS, PROFILE_ROWS, VARIANT_TEXTS

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
