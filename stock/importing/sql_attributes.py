"""SQL for the attributes of products in an imported file."""

# The column `profile` has the cells of a row as an object: see attributes.py. Rows with an unknown product are left out
# until the cell that identifies it is corrected.
ROWS = "(SELECT * FROM product_import WHERE first_line IS NULL AND NOT is_unsure)"
# Returns the rows, each with the present profile of its product.
SELECT_IMPORTED = f"""
SELECT row.line, row.product_id, row.wrong, row.profile, profile.group_id, row.changed_since,
    coalesce(profile.options, '{{}}'), coalesce(profile.fields, '{{}}'), coalesce(to_jsonb(profile.tags), '[]')
FROM {ROWS} AS row
LEFT JOIN products_profile AS profile ON profile.owner_id = %(owner)s AND profile.product_id = row.product_id
ORDER BY row.line
"""  # noqa: S608, a constant
# Returns the groups that the cells name, each with its first line and the columns in which its rows have something.
SELECT_IMPORTED_GROUPS = f"""
SELECT min(line), profile ->> 'group', array_agg(DISTINCT cell.key)
FROM {ROWS} AS row CROSS JOIN jsonb_each(profile) AS cell
WHERE profile ->> 'group' <> '' AND cell.value <> '""'
GROUP BY 2 ORDER BY 1
"""  # noqa: S608, a constant
# Returns the options of products that are not in the file, in these groups and in those of the products in the file.
SELECT_OTHER_OPTIONS = """
WITH used AS (
    SELECT group_id FROM products_profile
    WHERE owner_id = %(owner)s AND product_id IN (SELECT product_id FROM product_import)
)
SELECT group_id, options FROM products_profile
WHERE owner_id = %(owner)s AND is_live AND options <> '{}'
    AND (group_id = ANY(%(groups)s::bigint[]) OR group_id IN (SELECT group_id FROM used))
    AND product_id NOT IN (SELECT product_id FROM product_import WHERE product_id IS NOT NULL)
"""
# Frees the options of these products, so that they can get those of each other.
FREE_OPTIONS = """
UPDATE products_profile SET is_live = false
WHERE owner_id = %(owner)s AND product_id = ANY(%(products)s::bigint[]) AND group_id IS NOT NULL
"""
WRITE_PROFILES = """
INSERT INTO products_profile (owner_id, product_id, group_id, options, fields, tags, metadata, picture, is_live)
SELECT %(owner)s::bigint, product_id, group_id, options, fields, ARRAY(SELECT jsonb_array_elements_text(tags)), '{}',
    '', true
FROM unnest(
    %(products)s::bigint[], %(groups)s::bigint[], %(options)s::jsonb[], %(fields)s::jsonb[], %(tags)s::jsonb[]
) AS given (product_id, group_id, options, fields, tags)
ON CONFLICT (owner_id, product_id) DO UPDATE SET
    group_id = excluded.group_id, options = excluded.options, fields = excluded.fields, tags = excluded.tags,
    is_live = true
"""
MARK_PROFILES = """
UPDATE products_product SET has_profile = true, updated_at = %(now)s::timestamptz
WHERE owner_id = %(owner)s AND id = ANY(%(products)s::bigint[])
"""
