"""SQL of profiles: groups and options, own fields, tags, metadata, pictures."""

# The address of a picture, or NULL without one.
PICTURE = "'/api/products/' || profile.product_id || '/picture/?v=' || nullif(profile.picture, '')"
# The profile of a product as an object, or NULL for a product without one. The options of an archived group and the
# values of archived fields stay in the row, and are left out here.
PROFILE_OBJECT = """json_build_object(
    'group', grouped.id,
    'group_name', grouped.name,
    'options', CASE WHEN grouped.id IS NULL THEN '{{}}'::jsonb ELSE profile.options END,
    'fields', profile.fields - ARRAY(
        SELECT key::text FROM products_customfield WHERE owner_id = {owner} AND archived_at IS NOT NULL
    ),
    'tags', profile.tags,
    'metadata', profile.metadata,
    'picture', PICTURE
)""".replace("PICTURE", PICTURE)
PROFILE_ROWS = """products_profile AS profile
    LEFT JOIN products_group AS grouped
        ON grouped.owner_id = {owner} AND grouped.id = profile.group_id AND grouped.archived_at IS NULL
    WHERE profile.owner_id = {owner}"""
PROFILE = f"""CASE WHEN {{product}}.has_profile THEN (
    SELECT {PROFILE_OBJECT} FROM {PROFILE_ROWS} AND profile.product_id = {{product}}.id
) END"""  # noqa: S608, constants
# Returns the profile of each of these products.
PROFILES_BY_PRODUCT = f"""
SELECT profile.product_id, {PROFILE_OBJECT} FROM {PROFILE_ROWS} AND profile.product_id = ANY(%(products)s::bigint[])
""".format(owner="%(owner)s::bigint")  # noqa: S608, constants

# Returns what the live products of a shop use: whether any is in a group, the axes of these groups, the keys of the
# shop's own fields, and whether any has tags.
USED_BY_SHOP = """
WITH used AS (
    SELECT id, axes FROM products_group AS grouped
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND EXISTS (
        SELECT FROM products_profile WHERE owner_id = %(owner)s AND group_id = grouped.id AND is_live
    )
)
SELECT EXISTS (SELECT FROM used),
    ARRAY(
        SELECT axis FROM used CROSS JOIN unnest(axes) WITH ORDINALITY AS named (axis, place)
        GROUP BY axis ORDER BY min(id), min(place)
    ),
    ARRAY(
        SELECT key::text FROM products_customfield
        WHERE owner_id = %(owner)s AND archived_at IS NULL ORDER BY position, id
    ),
    EXISTS (SELECT FROM products_profile WHERE owner_id = %(owner)s AND is_live AND tags <> '{}')
"""

# The values of an object in the history, with names such as `options.size`.
NAMED = "(SELECT coalesce(jsonb_object_agg('{0}.' || key, value), '{{}}') FROM jsonb_each(profile.{0}))"
# The values of the profile of `row`, a product, for the history.
RECORDED = """CASE WHEN row.has_profile THEN (
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'group', CASE WHEN grouped.id IS NOT NULL THEN jsonb_build_object('id', grouped.id, 'name', grouped.name) END,
        'tags', nullif(profile.tags, '{{}}'), 'picture', nullif(profile.picture, '')
    )) || {options} || {fields} || {metadata}
    FROM products_profile AS profile
    LEFT JOIN products_group AS grouped
        ON grouped.owner_id = %(owner)s::bigint AND grouped.id = profile.group_id
    WHERE profile.owner_id = %(owner)s::bigint AND profile.product_id = row.id
) ELSE '{{}}' END""".format(**{name: NAMED.format(name) for name in ("options", "fields", "metadata")})  # noqa: S608

# Returns the number of values of an axis among the live products of a group.
COUNT_VALUES = """
SELECT count(DISTINCT options -> %(axis)s::text) FROM products_profile
WHERE owner_id = %(owner)s AND group_id = %(group)s AND is_live AND options ? %(axis)s
"""

# What follows is of an import. A profile in a row of the file is an object of its cells by column: see
# stock/importing/profiles.py. A row is left out if its product is unknown before another cell is corrected.
ROWS = "(SELECT * FROM product_import WHERE first_line IS NULL AND NOT is_unsure)"
# Returns the rows, each with the present profile of its product.
SELECT_IMPORTED = f"""
SELECT row.line, row.product_id, row.wrong, row.profile, profile.group_id,
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
