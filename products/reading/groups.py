"""Read groups of variants: the sums over their live products, and these products for a page."""

from collections.abc import Sequence
from typing import Any

from core.database.replicas import read
from products.profile_models import Group
from products.reading import sql

MAX_VARIANTS_SHOWN = 500  # the most products on the page of a group
SUMS = """
SELECT profile.group_id, count(*), sum(product.quantity)::bigint,
    sum(product.quantity - {reserved})::bigint, sum(product.stock_value)
FROM products_profile AS profile
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = profile.product_id
WHERE profile.owner_id = %(owner)s::bigint AND profile.group_id = ANY(%(groups)s::bigint[]) AND profile.is_live
GROUP BY profile.group_id
""".format(reserved=sql.RESERVED.format(product="product", owner="%(owner)s::bigint"))
VARIANT = (
    "id", "name", "sku", "quantity", "is_low_stock", "decimals", "unit", "price", "options",
)  # fmt: skip
VARIANTS = f"""
SELECT {", ".join(f"product.{name}" for name in VARIANT[:-1])}, profile.options::json
FROM products_profile AS profile
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = profile.product_id
WHERE profile.owner_id = %(owner)s::bigint AND profile.group_id = %(group)s AND profile.is_live
ORDER BY product.id LIMIT %(limit)s
"""  # noqa: S608, constants


def attach_sums(groups: Sequence[Any]) -> Sequence[Any]:
    """Set the sums over the live products of these groups, which belong to one account. Return the groups."""
    values = {"owner": groups[0].owner_id if groups else None, "groups": [group.pk for group in groups]}
    sums = {group_id: found for group_id, *found in read(SUMS, values)} if groups else {}
    for group in groups:
        group.products, group.quantity, group.available, group.value = sums.get(group.pk, (0, 0, 0, "0.00"))
    return groups


def read_variants(owner_id: int, group_id: int) -> list[dict[str, Any]]:
    """Return the first live products of the group, with the names of VARIANT, in the order in which they were made."""
    rows = read(VARIANTS, {"owner": owner_id, "group": group_id, "limit": MAX_VARIANTS_SHOWN})
    return [dict(zip(VARIANT, row, strict=True)) for row in rows]


def list_values(owner_id: int, group: Group) -> dict[str, list[str]]:
    """Return the values of each axis in the order of the products that have them first."""
    variants = read_variants(owner_id, group.pk)
    return {
        axis: list(dict.fromkeys(row["options"][axis] for row in variants if axis in row["options"]))
        for axis in group.axes
    }
