"""The parts of goods, such as those of a recipe, with the present values of their products, and what was made."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from core.database.replicas import read
from core.money.amounts import price_of
from stock.booking.drafts import NOTHING, divide
from stock.models import Making, MakingRole, Operation, OperationReason, Recipe, describe_made
from trade.reservations.models import RESERVED_LINES

# Returns the parts of these wholes, with what tells how many of them there are and what they cost. Of an
# archived product, nothing is available.
PARTS = """
SELECT part.{whole}_id, product.id, product.name, product.sku, product.barcode, product.unit, product.decimals,
    part.quantity, product.price, product.archived_at IS NOT NULL, product.keeps_stock, product.quantity,
    product.stock_value, product.cost_price, coalesce((
        SELECT sum(line.quantity)::bigint FROM {reserved} AND line.product_id = product.id
    ), 0)
FROM {table} AS part
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = part.product_id
WHERE part.owner_id = %(owner)s::bigint AND part.{whole}_id = ANY(%(wholes)s::bigint[])
ORDER BY part.id
"""


class Part(NamedTuple):
    """A part of a whole with the present values of its product. `each` is its quantity in one whole."""

    whole: int  # the id of the row with the parts
    product: int
    product_name: str
    sku: str
    barcode: str
    unit: str
    decimals: int
    each: int
    price: Decimal
    is_archived: bool
    keeps_stock: bool
    stock: int
    stock_value: Decimal
    cost_price: Decimal | None
    reserved: int

    @property
    def quantity(self) -> int:
        """Return the quantity in one, by the name that it has in a response."""
        return self.each

    @property
    def available(self) -> int | None:
        """Return how much of the product can be sold, or None if its stock is not counted."""
        if self.is_archived:
            return 0
        return max(0, self.stock - self.reserved) if self.keeps_stock else None

    @property
    def list_price(self) -> Decimal:
        return price_of(self.each, self.price, self.decimals)

    @property
    def cost(self) -> Decimal | None:
        """Return what the part costs by the average of the stock, else by the cost price. None if both are unknown."""
        if self.stock:
            return divide(self.stock_value, self.each, self.stock)
        return None if self.cost_price is None else price_of(self.each, self.cost_price, self.decimals)


def read_parts(table: str, whole: str, owner_id: int, wholes: Iterable[int]) -> dict[int, list[Part]]:
    """Return the parts of these wholes of an account, which the table has in the column of `whole`."""
    parts: dict[int, list[Part]] = defaultdict(list)
    reserved = RESERVED_LINES.format(owner="%(owner)s::bigint")
    for row in read(
        PARTS.format(table=table, whole=whole, reserved=reserved), {"owner": owner_id, "wholes": [*wholes]}
    ):
        parts[row[0]].append(Part(*row))
    return parts


def count_wholes(parts: Iterable[Part]) -> int | None:
    """Return of how many wholes the parts are available, or None if the stock of none is counted."""
    return min((part.available // part.each for part in parts if part.available is not None), default=None)


def sum_costs(parts: Iterable[Part]) -> Decimal | None:
    """Return what the parts cost together, or None if the cost of one is unknown."""
    costs = [part.cost for part in parts]
    return None if None in costs else sum((cost for cost in costs if cost is not None), NOTHING)


def attach_parts(recipes: Sequence[Recipe]) -> list[Recipe]:
    """Set the parts of these recipes of one account, how much can be made, and what one costs. Return the recipes."""
    owner_id = recipes[0].owner_id if recipes else 0
    parts = read_parts("stock_recipepart", "recipe", owner_id, [recipe.pk for recipe in recipes]) if recipes else {}
    for recipe in recipes:
        recipe.parts = parts[recipe.pk]
        batches = count_wholes(recipe.parts)
        recipe.can_make = None if batches is None else batches * recipe.makes
        cost = sum_costs(recipe.parts)
        recipe.cost = None if cost is None else divide(cost, 10**recipe.product.decimals, recipe.makes)
    return list(recipes)


def attach_made(operations: list[Operation]) -> list[Operation]:
    """Set what these operations of one account have made, and return them. No statement is executed without makings."""
    by_id = {one.pk: one for one in operations if one.reason == OperationReason.MAKING}
    if not by_id:
        return operations
    kept: dict[int, list[Making]] = {pk: [] for pk in by_id}
    rows = Making.objects.filter(owner_id=operations[0].owner_id, operation_id__in=by_id)
    for row in rows.order_by("id"):
        kept[row.operation_id].append(row)
    for pk, found in kept.items():
        by_id[pk].made = describe_made(sorted(found, key=lambda row: row.role == MakingRole.EXPECTED))
    return operations
