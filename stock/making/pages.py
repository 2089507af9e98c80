"""The pages of recipes."""

from typing import Any

from django.urls import reverse

from core.pages.columns import PageColumn, Row
from core.pages.links import Action, Verb, link_to_task, remove
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from users.access.roles import Right


def confirm_delete(recipe: Any) -> list[str]:
    return [fill("{name} can't be made by it any more. What was made stays.", name=recipe.product.name)]


def link_to_own_task(page: str) -> Any:
    """Return a function that returns the address of a task for the product of a recipe."""
    link = link_to_task(page)
    return lambda recipe: link({"id": recipe["product"]})


def link_to_product(recipe: Row) -> str:
    return reverse("product-detail", args=[recipe["product"]])


VERBS: dict[str, Verb] = {"destroy": remove("Delete", "Deleted the recipe.", confirm_delete)}
CAN_MAKE = PageColumn("can_make", "Can be made", kind="goods")
MAKES = PageColumn("makes", "Makes", kind="goods")
COST = PageColumn("cost", "Cost", kind="money", is_optional=True)
RECIPES = TablePage(
    (PageColumn("product_name", "Product", page="product-recipe", id_field="product"), CAN_MAKE, MAKES, COST),
    empty="No recipes yet.",
    hint="A recipe says what a product is made of. Write one on the page of the product.",
    has_csv=True,
)
PARTS = (
    PageColumn("product_name", "Product", page="product-detail", id_field="product"),
    PageColumn("sku", "SKU"),
    PageColumn("quantity", "Quantity", kind="goods"),
    PageColumn("available", "Available", kind="goods"),
)
RECIPE = DetailPage(
    "product_name",
    (CAN_MAKE, MAKES, COST, PageColumn("note", "Note", is_optional=True)),
    actions=(
        Action("Make", link_to_own_task("shop-make"), style="primary", right=Right.WORK),
        Action("Take apart", link_to_own_task("shop-take-apart"), right=Right.WORK),
        Action("Edit", link_to_own_task("shop-recipe"), right=Right.MANAGE_PRODUCTS),
        Action("Product", link_to_product),
    ),
    sections=(TableSection("parts", "Parts", PARTS, empty=""),),
)
