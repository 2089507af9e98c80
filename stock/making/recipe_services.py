"""The services that write recipes. Each locks the account's catalogue first, then the products."""

from collections.abc import Callable
from typing import Any

from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.ownership import accept
from products.models import Product
from records.events.models import Event
from records.history.models import recorded
from stock.booking.drafting import require_stock
from stock.booking.drafts import LockedProduct, LockedProducts, PartLine, ProductReference, Units, by_id
from stock.booking.locking import lock_products
from stock.making.errors import MadeOfItself, PartTwice, RecipeCircle
from stock.making.sql import MADE_OF
from stock.models import Recipe, RecipePart
from users.models import User


@atomic
def write_recipe(
    *,
    by: User,
    product_id: int,
    makes: Units,
    parts: list[PartLine],
    note: str = "",
    check: Callable[[Any], None] = accept,
) -> Recipe:
    """Set the recipe of a live product, and return it. `check` gets the present one, and refuses by an exception.

    The account's catalogue is locked, so that two requests make no circle together. Raise Product.DoesNotExist,
    ProductNotFound, ProductArchived, KeepsNoStock, AmountTooFine, MadeOfItself, PartTwice or RecipeCircle.
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE)
    locked = lock_products(owner_id, [by_id(product_id), *(part.product for part in parts)])
    product = locked.find(by_id(product_id))
    if product is None or product.archived_at is not None:
        raise Product.DoesNotExist
    require_stock(product)
    quantities = find_parts(locked, product_id, parts)
    check_circle(owner_id, product_id, list(quantities))
    recipe = Recipe.objects.filter(owner_id=owner_id, product_id=product_id).first()
    check(recipe)
    values: dict[str, Any] = {"makes": product.count_units(makes), "note": note}
    with recorded(Product, owner_id, [product_id], is_locked=True) as changes:
        before = describe(recipe)
        if recipe is None:
            recipe = Recipe.objects.create(owner_id=owner_id, product_id=product_id, **values)
        else:
            delete_parts(recipe)
            recipe.makes, recipe.note = values["makes"], note
            recipe.save(update_fields=["makes", "note", "updated_at"])
        rows = [RecipePart(owner_id=owner_id, recipe=recipe, product_id=pk, quantity=q) for pk, q in quantities.items()]
        RecipePart.objects.bulk_create(rows)
        changes.note(product_id, compare(before, describe(recipe)))
    Event.objects.record_changed(owner_id, changes)
    return recipe


@atomic
def delete_recipe(*, by: User, product_id: int, check: Callable[[Any], None] = accept) -> None:
    """Delete the recipe of a product. `check` is as in write_recipe(). Raise Recipe.DoesNotExist."""
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE)
    lock_products(owner_id, [by_id(product_id)])
    recipe = Recipe.objects.get(owner_id=owner_id, product_id=product_id)
    check(recipe)
    with recorded(Product, owner_id, [product_id], is_locked=True) as changes:
        changes.note(product_id, compare(describe(recipe), describe(None)))
        delete_parts(recipe)
        Recipe.objects.filter(owner_id=owner_id, pk=recipe.pk)._raw_delete(Recipe.objects.db)
    Event.objects.record_changed(owner_id, changes)


def find_parts(locked: LockedProducts, product_id: int, parts: list[PartLine]) -> dict[int, int]:
    """Return the quantities of the parts by the ids of their products. The errors are those of write_recipe()."""
    quantities: dict[int, int] = {}
    for place, part in enumerate(parts):
        product = find_part(locked, product_id, part.product)
        if product.product_id in quantities:
            raise PartTwice(part=place, product=product.product_id)
        quantities[product.product_id] = product.count_units(part.quantity)
    return quantities


def find_part(locked: LockedProducts, product_id: int, reference: ProductReference) -> LockedProduct:
    """Return the live product of a part. Raise MadeOfItself, or an error of get_live()."""
    product = locked.get_live(reference)
    if product.product_id == product_id:
        raise MadeOfItself(product=product_id)
    return product


def check_circle(owner_id: int, product_id: int, parts: list[int]) -> None:
    """Raise RecipeCircle with the shortest way from the product over these parts back to itself, if there is one."""
    made_of: dict[int, list[int]] = {}
    for product, part in fetch(MADE_OF, {"owner": owner_id, "products": parts}):
        made_of.setdefault(product, []).append(part)
    paths, seen = [[product_id, part] for part in parts], set(parts)
    for path in paths:  # it grows meanwhile
        for part in made_of.get(path[-1], ()):
            if part == product_id:
                raise RecipeCircle([*path, part])
            if part not in seen:
                seen.add(part)
                paths.append([*path, part])


def delete_parts(recipe: Recipe) -> None:
    RecipePart.objects.filter(owner_id=recipe.owner_id, recipe=recipe)._raw_delete(RecipePart.objects.db)


def describe(recipe: Recipe | None) -> dict[str, Any]:
    """Return what the history records of a recipe, by the names that it has there."""
    if recipe is None:
        return {"recipe": [], "recipe_makes": None, "recipe_note": ""}
    parts = RecipePart.objects.filter(owner_id=recipe.owner_id, recipe=recipe).order_by("id")
    rows = [{"name": name, "quantity": quantity} for name, quantity in parts.values_list("product__name", "quantity")]
    return {"recipe": rows, "recipe_makes": recipe.makes, "recipe_note": recipe.note}


def compare(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}
