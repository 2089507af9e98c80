"""SQL of profiles: groups and options, own fields, tags, metadata, pictures, and what is renamed in them."""

from core.texts.folding import is_named
from records.history.models import LINK

# The address of a picture, or NULL without one.
PICTURE = "'/api/products/' || profile.product_id || '/picture/?v=' || nullif(profile.picture, '')"
# The profile of a product as an object, or NULL for a product without one. The options of an archived group and the
# values of archived fields stay in the row, and are left out here.
PROFILE_OBJECT = f"""json_build_object(
    'group', grouped.id,
    'group_name', grouped.name,
    'options', coalesce((
        SELECT json_object_agg(axis, profile.options -> axis ORDER BY position)
        FROM unnest(grouped.axes) WITH ORDINALITY AS one (axis, position) WHERE profile.options ? axis
    ), '{{{{}}}}'),
    'fields', profile.fields - ARRAY(
        SELECT key::text FROM products_customfield WHERE owner_id = {{owner}} AND archived_at IS NOT NULL
    ),
    'tags', profile.tags,
    'metadata', profile.metadata,
    'picture', {PICTURE}
)"""
PROFILE_ROWS = """products_profile AS profile
    LEFT JOIN products_group AS grouped
        ON grouped.owner_id = {owner} AND grouped.id = profile.group_id AND grouped.archived_at IS NULL
    WHERE profile.owner_id = {owner}"""
PROFILE = f"""CASE WHEN {{product}}.has_profile THEN (
    SELECT {PROFILE_OBJECT} FROM {PROFILE_ROWS} AND profile.product_id = {{product}}.id
) END"""
GROUPED = """FROM products_profile AS profile
    JOIN products_group AS grouped
        ON grouped.owner_id = {owner} AND grouped.id = profile.group_id AND grouped.archived_at IS NULL
    WHERE profile.owner_id = {owner}"""
# The options of a product in the order of the axes, and a text with the name of its group and its options. Both are
# NULL for a product without a group.
OPTIONS = f"""CASE WHEN {{product}}.has_profile THEN (
    SELECT ARRAY(SELECT profile.options ->> axis FROM unnest(grouped.axes) AS axis WHERE profile.options ? axis)
    {GROUPED} AND profile.product_id = {{product}}.id
) END"""
VARIANT_TEXTS = "concat_ws(' ', grouped.name, (SELECT string_agg(value, ' ') FROM jsonb_each_text(profile.options)))"
VARIANT_TEXT = f"""CASE WHEN {{product}}.has_profile THEN (
    SELECT {VARIANT_TEXTS}
    {GROUPED} AND profile.product_id = {{product}}.id
) END"""
# The texts, choices and links in the own fields of a product that are not archived, separated by line ends.
OWN_TEXTS = """(SELECT string_agg(value, E'\n') FROM jsonb_each_text(profile.fields - ARRAY(
    SELECT key::text FROM products_customfield
    WHERE owner_id = {owner} AND (archived_at IS NOT NULL OR type NOT IN ('text', 'choice', 'link'))
)))"""
IN_GROUP = f"""{{product}}.has_profile AND {{product}}.id IN (
    SELECT profile.product_id {GROUPED} AND profile.group_id = %(group)s::bigint
)"""
# True for a product of a group that is not the first one, and NULL for a product without a group. It is a value and no
# condition, so that PostgreSQL asks it for the rows of a page alone, and does not first find all such products.
IS_LATER_VARIANT = f"""CASE WHEN {{product}}.has_profile THEN (
    SELECT EXISTS (
        SELECT FROM products_profile AS earlier
        WHERE earlier.owner_id = {{owner}} AND earlier.group_id = profile.group_id AND earlier.is_live
            AND earlier.product_id < profile.product_id
    ) {GROUPED} AND profile.product_id = {{product}}.id
) END"""
# Returns the number of these products in an account.
COUNT_LATER_VARIANTS = f"""
SELECT count(*) - count(DISTINCT profile.group_id) {GROUPED} AND profile.is_live
""".format(owner="%(owner)s::bigint")
# Returns the profile of each of these products.
PROFILES_BY_PRODUCT = f"""
SELECT profile.product_id, {PROFILE_OBJECT} FROM {PROFILE_ROWS} AND profile.product_id = ANY(%(products)s::bigint[])
""".format(owner="%(owner)s::bigint")

# Returns the columns of a file of products that are beside their rows, each with the type of the own field or
# an empty text: those of groups and of tags only if live products have them.
USED_BY_SHOP = """
WITH used AS (
    SELECT id, axes FROM products_group AS grouped
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND EXISTS (
        SELECT FROM products_profile WHERE owner_id = %(owner)s AND group_id = grouped.id AND is_live
    )
), described AS (
    SELECT 1 AS part, 0::bigint AS place, 0::bigint AS further, 'group' AS name, '' AS type
    WHERE EXISTS (SELECT FROM used)
    UNION ALL
    SELECT 2, min(id), min(place), 'option:' || axis, ''
    FROM used CROSS JOIN unnest(axes) WITH ORDINALITY AS named (axis, place) GROUP BY axis
    UNION ALL
    SELECT 3, position, id, 'field:' || key, type FROM products_customfield
    WHERE owner_id = %(owner)s AND archived_at IS NULL
    UNION ALL
    SELECT 4, 0, 0, 'tags', ''
    WHERE EXISTS (SELECT FROM products_profile WHERE owner_id = %(owner)s AND is_live AND tags <> '{}')
)
SELECT json_object_agg(name, type ORDER BY part, place, further) FROM described
"""

# The values of an object in the history, with names such as `options.size`.
NAMED = "(SELECT coalesce(jsonb_object_agg('{0}.' || key, value), '{{}}') FROM jsonb_each(profile.{0}))"
# The values of the profile of `row`, a product, for the history. The group is no join: a large import plans no nested
# loops, and would read all groups of the shop for each product.
RECORDED = """CASE WHEN row.has_profile THEN (
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'group', {group},
        'tags', nullif(profile.tags, '{{}}'), 'picture', nullif(profile.picture, '')
    )) || {options} || {fields} || {metadata}
    FROM products_profile AS profile
    WHERE profile.owner_id = %(owner)s::bigint AND profile.product_id = row.id
) ELSE '{{}}' END""".format(
    group=LINK.format(table="products_group", value="profile.group_id"),
    **{name: NAMED.format(name) for name in ("options", "fields", "metadata")},
)

# Returns each of these tags with the spelling that the oldest product with it has, or NULL.
SPELLINGS = """
SELECT asked, (
    SELECT tag FROM products_profile AS profile CROSS JOIN unnest(profile.tags) AS tag
    WHERE profile.owner_id = %(owner)s AND lower(tag) = lower(asked) ORDER BY profile.product_id LIMIT 1
) FROM unnest(%(tags)s::text[]) AS asked
"""
# Returns the spelling of each tag of a shop.
ALL_SPELLINGS = """
SELECT DISTINCT ON (lower(tag)) tag FROM products_profile AS profile CROSS JOIN unnest(profile.tags) AS tag
WHERE profile.owner_id = %(owner)s ORDER BY lower(tag), profile.product_id
"""

# Conditions on the products whose profile has a value, which is `given`, by a key. A cast must not see the texts of
# other shops: PostgreSQL chooses the order of conditions. The condition on metadata is that of its index.
VALUE = "profile.fields ->> %(key)s::text"
IS_GIVEN = {
    "text": is_named(VALUE, "%(given)s::text"),
    "flag": "profile.fields -> %(key)s::text = to_jsonb(%(given)s::boolean)",
    "option": f"""{is_named("profile.options ->> %(key)s::text", "%(given)s::text")} AND profile.group_id IN (
        SELECT id FROM products_group WHERE owner_id = {{owner}} AND archived_at IS NULL
    )""",
    "metadata": """NOT profile.metadata = '{{}}'::jsonb
        AND profile.metadata @> jsonb_build_object(%(key)s::text, %(given)s::text)""",
    "tags": f"""NOT EXISTS (
        SELECT FROM unnest(%(given)s::text[]) AS asked
        WHERE NOT EXISTS (SELECT FROM unnest(profile.tags) AS tag WHERE {is_named("tag", "asked")})
    )""",
}
NUMBER = f"CASE WHEN {VALUE} ~ '^-?[0-9.]+$' THEN ({VALUE})::numeric END"
DATE = f'{VALUE} COLLATE "C"'
for name, sign in (("", "="), ("_gte", ">="), ("_lte", "<=")):
    IS_GIVEN[f"number{name}"] = f"{NUMBER} {sign} %(given)s::numeric"
    IS_GIVEN[f"date{name}"] = f"{DATE} {sign} %(given)s::date::text"
CONDITIONS = {
    name: f"""{{product}}.id IN (
    SELECT profile.product_id FROM products_profile AS profile WHERE profile.owner_id = {{owner}} AND {condition}
)"""
    for name, condition in IS_GIVEN.items()
}


# Returns the products with one of these choices in an own field, each with its choice. Archived products are included.
FIND_CHOSEN = """
SELECT product_id, fields ->> %(key)s::text FROM products_profile
WHERE owner_id = %(owner)s::bigint AND fields ->> %(key)s::text = ANY(%(choices)s::text[])
"""
# Returns the changes of the products whose choice gets another name, for the history.
RENAMED_CHOICES = """
SELECT product_id AS id, jsonb_build_object('fields.' || %(key)s::text, jsonb_build_array(
    fields -> %(key)s::text, %(names)s::jsonb -> (fields ->> %(key)s::text)
)) AS fields
FROM products_profile WHERE owner_id = %(owner)s::bigint AND product_id = ANY(%(ids)s::bigint[])
"""
RENAME_CHOICES = """
UPDATE products_profile
SET fields = fields || jsonb_build_object(%(key)s::text, %(names)s::jsonb -> (fields ->> %(key)s::text))
WHERE owner_id = %(owner)s::bigint AND product_id = ANY(%(ids)s::bigint[])
"""


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
"""
# Returns one of several live products of a group that would have the same options, ignoring case.
FIND_EQUAL = f"""
SELECT min(profile.product_id) FROM products_profile AS profile
WHERE profile.owner_id = %(owner)s AND profile.group_id = %(group)s AND profile.is_live AND profile.options <> '{{}}'
GROUP BY lower({RENAMED}::text) HAVING count(*) > 1 LIMIT 1
"""
# Returns another live product of the group with the options of one of these live products, ignoring case.
FIND_TAKEN = """
SELECT min(other.product_id) FROM products_profile AS profile
JOIN products_profile AS other ON other.owner_id = %(owner)s AND other.group_id = profile.group_id AND other.is_live
    AND other.product_id <> profile.product_id AND lower(other.options::text) = lower(profile.options::text)
WHERE profile.owner_id = %(owner)s AND profile.product_id = ANY(%(products)s::bigint[]) AND profile.options <> '{}'
GROUP BY profile.product_id LIMIT 1
"""
# Spells the options of these live products as the other live ones of their groups do, or as the first of them.
SPELL_OPTIONS = """
WITH spelled AS (
    SELECT profile.product_id, jsonb_object_agg(given.key, (
        SELECT other.options -> given.key FROM products_profile AS other
        WHERE other.owner_id = %(owner)s AND other.group_id = profile.group_id AND other.is_live
            AND lower(other.options ->> given.key) = lower(given.value)
        ORDER BY other.product_id = ANY(%(products)s::bigint[]), other.product_id LIMIT 1
    )) AS options
    FROM products_profile AS profile CROSS JOIN jsonb_each_text(profile.options) AS given
    WHERE profile.owner_id = %(owner)s AND profile.product_id = ANY(%(products)s::bigint[])
        AND profile.group_id IS NOT NULL
    GROUP BY profile.product_id
)
UPDATE products_profile AS profile SET options = spelled.options FROM spelled
WHERE profile.owner_id = %(owner)s AND profile.product_id = spelled.product_id AND profile.options <> spelled.options
"""
RENAME = f"""
UPDATE products_profile AS profile SET options = {RENAMED}, is_live = product.archived_at IS NULL
FROM products_product AS product
WHERE profile.owner_id = %(owner)s AND profile.product_id = ANY(%(products)s::bigint[])
    AND product.owner_id = %(owner)s AND product.id = profile.product_id
"""
