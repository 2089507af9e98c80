"""Read groups of variants: the sums over their live products, and these products for a page."""

from collections.abc import Sequence
from typing import Any

from core.database.replicas import read
from core.money.sums import amount_of, collect_grouped
from products.models import Group
from products.reading import figures as sql
from users.models import User

MAX_VARIANTS_SHOWN = 500  # the most products on the page of a group
BY_GROUP = """
FROM products_profile AS profile
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = profile.product_id
WHERE profile.owner_id = %(owner)s::bigint AND profile.group_id = ANY(%(groups)s::bigint[]) AND profile.is_live
GROUP BY profile.group_id
"""
RESERVED = sql.RESERVED.format(product="product", owner="%(owner)s::bigint")
LEFT = f"CASE WHEN product.keeps_stock THEN product.quantity - {RESERVED} ELSE 0 END"
IN_STOCK, AVAILABLE = amount_of("product.quantity"), amount_of(f"({LEFT})")
SUMS = f"""
SELECT profile.group_id, count(*), sum(product.quantity)::bigint, sum({LEFT})::bigint,
    {collect_grouped("product.unit", quantity=IN_STOCK, available=AVAILABLE)}, sum(product.stock_value)
{BY_GROUP}
"""
# What the row of a group shows of its products in the list of products, by the names of the columns there.
ROW = {
    "variants": "count(*)",
    "quantity": "sum(product.quantity)::bigint",
    "by_unit": collect_grouped("product.unit", quantity=IN_STOCK),
    "price": "min(product.price)::text",
    "highest_price": "max(product.price)::text",
    "is_low_stock": "coalesce(bool_or(product.is_low_stock), false)",
    "is_expired": f"bool_or({sql.IS_EXPIRED})",
    "first_date": f"min({sql.EARLIEST_DATE})",
}
# The columns whose value is that of any product if all have the same: what is compared, and the value otherwise.
COMMON: dict[str, tuple[str, Any]] = {
    "unit": ("(product.unit, product.decimals)", None),
    "category_name": ("coalesce(product.category_id, 0)", None),
    "supplier_name": ("coalesce(product.supplier_id, 0)", None),
    "tags": ("profile.tags", ()),
    "fields": ("profile.fields", {}),
}
ROWS = "SELECT profile.group_id, {columns} {by_group}".format(
    columns=", ".join((*ROW.values(), *(f"count(DISTINCT {value}) = 1" for value, _ in COMMON.values()))),
    by_group=BY_GROUP,
).format(product="product", owner="%(owner)s::bigint")
VARIANT = (
    "id", "name", "sku", "keeps_stock", "quantity", "is_low_stock", "decimals", "unit", "price", "options",
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
        found = sums.get(group.pk, (0, 0, 0, [], "0.00"))
        group.products, group.quantity, group.available, group.by_unit, group.value = found
    return groups


def read_group_rows(user: User, groups: list[int]) -> dict[int, dict[str, Any]]:
    """Return what the rows of these groups show of their live products, by group.

    A row has the names of ROW, and those of COMMON in which the products differ.
    """
    rows = read(ROWS, {"owner": user.account_id, "groups": groups, "today": user.shop_today()}) if groups else []
    found = {}
    for group_id, *values in rows:
        summed, is_common = values[: len(ROW)], values[len(ROW) :]
        pairs = zip(COMMON.items(), is_common, strict=True)
        differing = {name: otherwise for (name, (_, otherwise)), is_same in pairs if not is_same}
        found[group_id] = {**dict(zip(ROW, summed, strict=True)), **differing}
    return found


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
