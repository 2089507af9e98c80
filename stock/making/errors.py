"""Errors of recipes and makings."""

from core.errors import Conflict, DomainError
from core.sentences import fill
from stock.errors import Circle


class MadeOfItself(DomainError):
    code = "made_of_itself"
    detail = "Product {product} can't be a part of itself."
    when = "a product is among its own parts, in a recipe or in what was `used`"
    also = "`product`"


class RecipeCircle(Circle):
    code = "recipe_circle"
    detail = "Something would be made of itself: the products {path} lead back to the first one."
    when = "a part of a recipe is made of the product. It is made of it directly, or by further recipes"
    also = "`path`: the ids of the products, from the product back to itself"


class PartTwice(DomainError):
    code = "part_twice"
    detail = "This product is a part twice: add the quantities up."
    when = "a kit or a recipe has two parts of the same product"
    also = "`part`: the place of the second one in the list, counted from 0; `product`"


class NoRecipe(DomainError):
    code = "no_recipe"
    detail = "Product {product} has no recipe: say in `used` what it is made of."
    when = "a making says nothing of what was `used`, and the product has no recipe"
    also = "`product`"


class NotDivisible(DomainError):
    code = "not_divisible"
    detail = "Product {part} does not come out whole for {quantity}, but for {nearest}. Or say in `used` what was used."
    when = "the recipe would need a part of a base unit. A base unit is, for instance, a piece or a gram"
    also = "`part`: its product; `quantity`; `nearest`: the quantities below and above that come out whole, or null"

    def __init__(self, *, part: int, quantity: int, below: int, above: int) -> None:
        super().__init__(part=part, quantity=quantity, nearest=[below or None, above])
        nearest = ", ".join(f"{one:,}" for one in (below, above) if one)
        self.args = (fill(self.detail, part=str(part), quantity=quantity, nearest=nearest),)


class ValueGone(Conflict):
    code = "value_gone"
    detail = (
        "What was made of product {product} was worth {value}, and {left} is left of that: book what has happened"
        " instead of undoing it."
    )
    when = "the goods that a making brought do not have the same value any more"
    also = "`product`, `value`: what they would take with them, `left`: what the stock of the product is worth"
