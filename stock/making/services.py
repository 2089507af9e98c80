"""Make products of their parts, or take them apart: this module computes what is needed, and stock.booking books it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import gcd, lcm

from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.database.postgres.base import fetch
from core.database.transactions import atomic
from core.fields import MAX_QUANTITY
from stock.booking.drafts import (
    BookingLine,
    LockedProduct,
    LockedProducts,
    OperationDraft,
    PlaceReference,
    ProductReference,
    Units,
    by_id,
)
from stock.booking.line_errors import LineErrors
from stock.booking.locking import lock_products, select_any
from stock.booking.measures import TOO_MUCH
from stock.booking.services import book_making
from stock.making.errors import MadeOfItself, NoRecipe, NotDivisible
from stock.making.sql import FIND_RECIPES
from stock.models import Making, MakingRole, Movement, MovementType, describe_made


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

    `lines` are what the whole really used or, taken apart, gave. Without them, the recipe says it. Like the parts of
    kits, a recipe is read before the products are locked: a change counts from the next making on. Raise NoRecipe,
    NotDivisible, ValidationError if the recipe would expect too much, an error of the product, or InvalidLines with
    those of the parts by their index in `lines` or in the recipe.
    """
    recipes = find_recipes(draft.owner_id, making.product)
    parts = [by_id(pk) for recipe in recipes.values() for pk, _ in recipe.parts]
    locked = lock_products(draft.owner_id, [making.product, *(parts if lines is None else map(get_product, lines))])
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


def get_product(line: BookingLine) -> ProductReference:
    return line.product


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


def find_recipes(owner_id: int, reference: ProductReference) -> dict[int, FoundRecipe]:
    """Return the recipes of the products that the reference may name, by their ids."""
    condition, values = select_any([reference])
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
