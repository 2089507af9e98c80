"""Write recipes, and make products of their parts or take them apart; stock.booking books what is computed here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import gcd, lcm
from typing import Any

from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.fields import MAX_QUANTITY, TOO_MUCH
from core.ownership import accept
from products.models import Product
from records.events.models import Event
from records.history.models import recorded
from stock.booking.drafts import (
    BookingLine,
    LockedProduct,
    LockedProducts,
    OperationDraft,
    PartLine,
    PlaceReference,
    ProductReference,
    Units,
    by_id,
    require_stock,
)
from stock.booking.holdings import LineErrors
from stock.booking.locks import find_holders_then, lock_products, select_any
from stock.booking.services import book_making
from stock.making.errors import MadeOfItself, NoRecipe, NotDivisible, PartTwice, RecipeCircle
from stock.models import Making, MakingRole, Movement, MovementType, Recipe, RecipePart, describe_made
from users.models import User

# Returns the recipes of the products that match a condition of stock.booking.sql, each with its parts in their order.
FIND_RECIPES = """
SELECT recipe.product_id, recipe.makes, ARRAY(
    SELECT ARRAY[part.product_id, part.quantity] FROM stock_recipepart AS part
    WHERE part.owner_id = %(owner)s::bigint AND part.recipe_id = recipe.id ORDER BY part.id
)
FROM stock_recipe AS recipe
WHERE recipe.owner_id = %(owner)s::bigint AND recipe.product_id IN (
    SELECT id FROM products_product WHERE owner_id = %(owner)s::bigint AND ({condition})
)
"""

# Returns what these products are made of, at any depth: a row for each product and each of its parts.
MADE_OF = """
WITH RECURSIVE reached (product_id) AS (
    SELECT unnest(%(products)s::bigint[])
    UNION
    SELECT part.product_id FROM reached
    JOIN stock_recipe AS recipe ON recipe.owner_id = %(owner)s::bigint AND recipe.product_id = reached.product_id
    JOIN stock_recipepart AS part ON part.owner_id = %(owner)s::bigint AND part.recipe_id = recipe.id
)
SELECT recipe.product_id, part.product_id
FROM stock_recipe AS recipe
JOIN stock_recipepart AS part ON part.owner_id = %(owner)s::bigint AND part.recipe_id = recipe.id
WHERE recipe.owner_id = %(owner)s::bigint AND recipe.product_id IN (SELECT product_id FROM reached)
ORDER BY part.id
"""


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


@dataclass(frozen=True, slots=True)
class MakingDraft:
    """What a request makes or takes apart, and the places of what comes in and of what goes out."""

    product: ProductReference
    quantity: Units
    take_apart: bool = False
    place: PlaceReference | None = None
    from_place: PlaceReference | None = None


@dataclass(frozen=True, slots=True)
class FoundRecipe:
    """A recipe with the id and the quantity of each part, as it was before the products were locked."""

    product_id: int
    makes: int
    parts: list[list[int]]

    def compute_needed(self, product: LockedProduct, quantity: int) -> dict[int, int]:
        """Return what this quantity needs of each product. Raise NotDivisible unless these are whole base units."""
        step = lcm(*(self.makes // gcd(self.makes, each) for _, each in self.parts))
        if quantity % step:
            part = next(pk for pk, each in self.parts if quantity * each % self.makes)
            below = quantity // step * step
            numbers = {"quantity": quantity, "below": below, "above": below + step}
            raise NotDivisible(part=part, **{name: product.write(number) for name, number in numbers.items()})
        return {pk: quantity * each // self.makes for pk, each in self.parts}

    def compute_expected(self, quantity: int) -> dict[int, int]:
        """Return what this quantity is expected to need of each product, rounded to base units."""
        return {pk: (2 * quantity * each + self.makes) // (2 * self.makes) for pk, each in self.parts}


@atomic
def make(*, draft: OperationDraft, making: MakingDraft, lines: list[BookingLine] | None = None) -> list[Movement]:
    """Make or take apart a product by one operation, and return its movements.

    `lines` are what the whole really used or, taken apart, gave. Without them, the recipe says it. The
    recipe is read before the products are locked: a change counts from the next making on. Raise NoRecipe,
    NotDivisible, ValidationError if the recipe would expect too much, an error of the product, or InvalidLines with
    those of the parts by their index in `lines` or in the recipe.
    """
    then = find_holders_then(draft.owner_id, [making.product], [draft.occurred_at])
    recipes = find_recipes(draft.owner_id, *map(by_id, then.values()), making.product)
    parts = [by_id(pk) for recipe in recipes.values() for pk, _ in recipe.parts]
    named = [making.product, *(parts if lines is None else (line.product for line in lines))]
    locked = lock_products(draft.owner_id, named, draft.occurred_at)
    product = locked.get_live(making.product)
    recipe, quantity = recipes.get(product.product_id), product.count_units(making.quantity)
    expected: dict[int, int] = {}
    if lines is not None:
        expected = recipe.compute_expected(quantity) if recipe else {}
        if any(each > MAX_QUANTITY for each in expected.values()):
            raise ValidationError({"quantity" if isinstance(making.quantity, int) else "amount": [gettext(TOO_MUCH)]})
    elif recipe:
        needed = recipe.compute_needed(product, quantity)
        lines = [BookingLine(by_id(pk), MovementType.OUT, each) for pk, each in needed.items()]
    else:
        raise NoRecipe(product=product.product_id)
    movements = book_lines(draft, locked, making, product, lines)
    role = MakingRole.APART if making.take_apart else MakingRole.MADE
    rows = [(product.product_id, role, quantity)]
    rows += [(pk, MakingRole.EXPECTED, each) for pk, each in expected.items() if each]
    keep(movements[0], rows)
    return movements


def book_lines(
    draft: OperationDraft, locked: LockedProducts, making: MakingDraft, product: LockedProduct, lines: list[BookingLine]
) -> list[Movement]:
    """Book the product, and the lines of its parts with their places. The errors are those of make()."""
    outer, inner = (making.from_place, making.place) if making.take_apart else (making.place, making.from_place)
    types = MovementType.OUT, MovementType.IN
    type_of_product, type_of_parts = types if making.take_apart else reversed(types)
    errors = LineErrors()
    booked = []
    for index, line in enumerate(lines):
        with errors.of(index):
            part = locked.get_live(line.product)
            if part is product:
                raise MadeOfItself(product=product.product_id)
            units = part.count_units(line.quantity)
            place = merge_places(line.place, inner)
            booked.append(BookingLine(line.product, type_of_parts, units, place=place))
    whole = BookingLine(making.product, type_of_product, product.count_units(making.quantity), place=outer)
    return book_making(draft=draft, locked=locked, whole=whole, parts=booked, errors=errors)


def merge_places(own: PlaceReference | None, usual: PlaceReference | None) -> PlaceReference | None:
    """Return the place of a line, with the location and the lot of the usual one where it names none."""
    if own is None or usual is None:
        return own or usual
    if own.lot:
        return replace(own, location=own.location or usual.location)
    return replace(usual, location=own.location or usual.location)


def find_recipes(owner_id: int, *references: ProductReference) -> dict[int, FoundRecipe]:
    """Return the recipes of the products that the references may name, by their ids."""
    condition, values = select_any(references)
    rows = fetch(FIND_RECIPES.format(condition=condition), {"owner": owner_id, **values})
    return {row[0]: FoundRecipe(*row) for row in rows}


def keep(movement: Movement, rows: Iterable[tuple[int, str, int]]) -> None:
    """Write what the operation of the movement has made, and set it for the response."""
    operation = movement.operation
    kept = [
        Making(owner_id=operation.owner_id, operation=operation, product_id=pk, role=role, quantity=quantity)
        for pk, role, quantity in rows
    ]
    Making.objects.bulk_create(kept)
    operation.made = describe_made(kept)
