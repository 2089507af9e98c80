"""The parts of recipes, how much they allow to make and what it costs, and what operations have made."""

from collections.abc import Sequence

from stock.booking.drafts import divide
from stock.models import Making, MakingRole, Operation, OperationReason, Recipe, describe_made
from stock.reading.parts import count_wholes, read_parts, sum_costs


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
