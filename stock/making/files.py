"""Recipes as a file with a row for each part."""

from collections.abc import Iterator, Sequence
from typing import Any

from core.amounts import scale
from core.translation import gettext_noop as _
from stock.models import RecipePart
from users.models import User

LABELS = {
    "product": "Product",
    "sku": "SKU",
    "makes": _("Makes"),
    "unit": "Unit",
    "part": _("Part"),
    "part_sku": _("SKU of the part"),
    "quantity": "Quantity",
    "part_unit": _("Unit of the part"),
    "note": "Note",
}


def export_rows(user: User, recipes: Any) -> Iterator[Sequence[Any]]:
    """Yield the header, and a row for each part of these recipes of the user's account."""
    yield [*LABELS]
    parts = RecipePart.objects.for_user(user).filter(recipe__in=recipes).order_by("recipe_id", "id")
    for part in parts.select_related("recipe__product", "product"):
        yield write_row(part)


def write_row(part: RecipePart) -> tuple[Any, ...]:
    made, used = part.recipe.product, part.product
    makes, quantity = scale(part.recipe.makes, made.decimals), scale(part.quantity, used.decimals)
    return made.name, made.sku, makes, made.unit, used.name, used.sku, quantity, used.unit, part.recipe.note
