"""SQL that renames values and axes in the options of the products of a group."""

# The options of a profile with other names of values and axes, and without some axes.
RENAMED = """(
    SELECT coalesce(
        jsonb_object_agg(
            coalesce(%(axes)s::jsonb ->> key, key), coalesce(%(values)s::jsonb -> key -> value, to_jsonb(value))
        ), '{}'
    )
    FROM jsonb_each_text(profile.options) WHERE NOT key = ANY(%(removed)s::text[])
)"""
# Returns the products of a group whose options differ from the renamed ones.
LIST_RENAMED = f"""
SELECT profile.product_id FROM products_profile AS profile
WHERE profile.owner_id = %(owner)s AND profile.group_id = %(group)s AND profile.options <> {RENAMED}
ORDER BY profile.product_id
"""  # noqa: S608, constants
# Returns one of several live products of a group that would have the same options.
FIND_EQUAL = f"""
SELECT min(profile.product_id) FROM products_profile AS profile
WHERE profile.owner_id = %(owner)s AND profile.group_id = %(group)s AND profile.is_live AND profile.options <> '{{}}'
GROUP BY {RENAMED} HAVING count(*) > 1 LIMIT 1
"""  # noqa: S608, constants
RENAME = f"""
UPDATE products_profile AS profile SET options = {RENAMED}, is_live = product.archived_at IS NULL
FROM products_product AS product
WHERE profile.owner_id = %(owner)s AND profile.product_id = ANY(%(products)s::bigint[])
    AND product.owner_id = %(owner)s AND product.id = profile.product_id
"""  # noqa: S608, constants
