"""What the shop calls the products and groups of a file, so that another export gives them the same names."""

from typing import NamedTuple

from core.database.postgres.base import fetch

FIND_PRESENT = """
SELECT lower(product.sku), lower(product.external_id), product.name, named.name
FROM products_product AS product
LEFT JOIN products_profile AS profile ON profile.owner_id = %(owner)s AND profile.product_id = product.id
LEFT JOIN products_group AS named
    ON named.owner_id = %(owner)s AND named.id = profile.group_id AND named.archived_at IS NULL
WHERE product.owner_id = %(owner)s AND product.archived_at IS NULL
    AND (lower(product.sku) = ANY(%(codes)s::text[]) OR lower(product.external_id) = ANY(%(codes)s::text[]))
"""
# Returns the names of groups of which all products have codes, so that rows with other codes are of other products.
FIND_CODED = """
SELECT lower(named.name)
FROM products_group AS named
JOIN products_profile AS profile ON profile.owner_id = %(owner)s AND profile.group_id = named.id
JOIN products_product AS product
    ON product.owner_id = %(owner)s AND product.id = profile.product_id AND product.archived_at IS NULL
WHERE named.owner_id = %(owner)s AND named.archived_at IS NULL AND lower(named.name) = ANY(%(names)s::text[])
GROUP BY lower(named.name)
HAVING bool_and(product.sku <> '' OR coalesce(product.external_id, '') <> '')
"""


class Present(NamedTuple):
    """The name of a product of the shop, and of its group, if it has one."""

    product: str
    group: str | None


def find_present(owner_id: int, codes: list[str]) -> dict[str, Present]:
    """Return the names of the shop's products with these SKUs or external ids, by the code in lower case."""
    rows = fetch(FIND_PRESENT, {"owner": owner_id, "codes": clean(codes)}) if codes else []
    return {code: Present(*names) for low_sku, low, *names in rows for code in (low_sku, low) if code}


def find_coded_groups(owner_id: int, names: list[str]) -> set[str]:
    """Return those of these names, in lower case, that belong to groups in which all products have codes."""
    rows = fetch(FIND_CODED, {"owner": owner_id, "names": clean(names)}) if names else []
    return {name for (name,) in rows}


def clean(texts: list[str]) -> list[str]:
    """Return the texts that PostgreSQL can store."""
    return [text for text in texts if "\0" not in text]
