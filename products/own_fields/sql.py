"""SQL that renames the choices of an own field in the profiles of products."""

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
