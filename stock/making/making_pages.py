"""The pages that make a product, take it apart, and show or write its recipe. The parameter `product` has its id."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.http.calls import Answer, call_api
from core.kinds import NOTE, QUANTITY, parse_id
from core.pages.cells import Texts
from core.pages.columns import PageColumn, Row, goods_column, mark_goods, money_column
from core.pages.form_fields import Field
from core.pages.links import Action, Verb, link_to_task, remove
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import Goods, fill, mark_number
from products.models import Product
from stock.models import Recipe, RecipePart
from stock.pages import PRODUCT
from stock.reading.parts import Part, attach_parts
from users.access.permissions import may_send
from users.access.roles import Right
from web.task_pages.book_page import EXPIRES, HOW_MANY, HOW_MUCH, LOCATION, LOT, REMARKS, WHICH
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage


class ProductTaskPage(TaskPage):
    """A page with a form about one product."""

    @cached_property
    def product(self) -> Product:
        product_id = parse_id(self.request.GET.get("product", "")) or 0
        product: Product = get_object_or_404(Product.objects.for_user(self.user).live(), pk=product_id)
        return product

    @cached_property
    def recipe(self) -> Recipe | None:
        return Recipe.objects.for_user(self.user).filter(product=self.product).first()

    def fill_form(self, texts: Texts, lines: Iterable[Texts], *, key: str = "", is_sent: bool = False) -> TaskForm:
        form = super().fill_form(texts, lines, key=key, is_sent=is_sent)
        form.decimals = self.product.decimals
        return form


class MakePage(ProductTaskPage):
    """Makes a product by its recipe. A user who may write recipes gets to the page of a missing one."""

    title = button = gettext_lazy("Make")
    done = gettext_lazy("Made {quantity:,} of {product}.")
    route = "makings"
    next_page = "operation-detail"  # its labels are those of what was made
    take_apart = False
    used_by = {**TaskPage.used_by, "from_location": "places"}
    fields = {
        "quantity": HOW_MANY,
        "from_location": Field(gettext_lazy("Taken from"), is_rare=True),
        "location": LOCATION,
        "lot": LOT,
        "expires_on": EXPIRES,
        **REMARKS,
    }

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.recipe is None and may_send(self.user, RecipePage.route, RecipePage.method):
            return redirect(f"{reverse('shop-recipe')}?{request.GET.urlencode()}")
        return super().get(request, **kwargs)

    @property
    def hint(self) -> str:
        """Return what the product is made of, and how much of each part is available."""
        if self.recipe is None:
            return self.product.name
        [recipe] = attach_parts([self.recipe])
        made = f"{self.write(self.product, recipe.makes)} {self.product.name}"
        return fill("{made}: {parts}", made=made, parts=", ".join(map(self.write_part, recipe.parts)))

    def write_part(self, part: Part) -> str:
        needed = f"{self.write(part, part.each)} {part.product_name}"
        if part.available is None:
            return needed
        return f"{needed} ({fill('{number} available', number=self.write(part, part.available))})"

    def write(self, product: Product | Part, quantity: int) -> str:
        return f"{Goods(quantity, product.decimals, product.unit):,}"

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return {**super().make_body(form), "product": self.product.pk, "take_apart": self.take_apart}

    def say(self, form: TaskForm, data: Any) -> str:
        made = {"decimals": self.product.decimals, "unit": self.product.unit}
        quantity = mark_number(mark_goods(made, data["made"]["quantity"]))
        said: str = self.done.format(quantity=quantity, product=self.product.name)
        return said


class TakeApartPage(MakePage):
    """Takes a product apart into the parts of its recipe."""

    title = button = gettext_lazy("Take apart")
    done = gettext_lazy("Took {quantity:,} of {product} apart.")
    take_apart = True


class RecipePage(ProductTaskPage):
    """Writes the recipe of a product, with a line for each part. Lines that are emptied are no longer parts."""

    title = gettext_lazy("Recipe")
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved the recipe.")
    route, method = "product-recipe", "PUT"
    takes_key = False
    lines_name = "parts"
    columns = {"product": WHICH, "quantity": HOW_MUCH}
    empty = {"note": ""}
    fields = {
        "makes": Field(gettext_lazy("Makes"), QUANTITY, initial="1", required=True),
        "note": Field(gettext_lazy("Note"), NOTE),
    }

    @cached_property
    def changes_row(self) -> bool:
        return self.recipe is not None

    @property
    def hint(self) -> str:
        return fill("What is {name} made of?", name=self.product.name)

    def make_form(self) -> TaskForm:
        if self.recipe is None:
            return self.fill_form({}, [])
        form = self.fill_form({"makes": self.write_quantity(self.product, self.recipe.makes)}, [])
        form.texts["note"] = self.recipe.note
        form.lines = self.make_parts(RecipePart.objects.for_user(self.user).filter(recipe=self.recipe))
        return form

    def call_route(self, form: TaskForm, body: dict[str, Any]) -> Answer:
        ids: dict[str, Any] = {"product_id": self.product.pk}
        return call_api(self.request, self.route, body, key=form.key, method=self.method, **ids)

    def find_next(self, data: Any) -> str:
        return reverse("product-recipe", args=[self.product.pk])


def confirm_delete(recipe: Any) -> list[str]:
    return [fill("{name} can't be made by it any more. What was made stays.", name=recipe.product.name)]


def link_to_own_task(page: str) -> Any:
    """Return a function that returns the address of a task for the product of a recipe."""
    link = link_to_task(page)
    return lambda recipe: link({"id": recipe["product"]})


def link_to_product(recipe: Row) -> str:
    return reverse("product-detail", args=[recipe["product"]])


VERBS: dict[str, Verb] = {"destroy": remove("Delete", "Deleted the recipe.", confirm_delete)}
CAN_MAKE = goods_column("can_make", "Can be made")
MAKES = goods_column("makes", "Makes")
COST = money_column("cost", "Cost", is_optional=True)
RECIPES = TablePage(
    (PageColumn("product_name", "Product", page="product-recipe", id_field="product"), CAN_MAKE, MAKES, COST),
    empty="No recipes yet.",
    hint="A recipe says what a product is made of. Write one on the page of the product.",
)
PARTS = (
    PRODUCT,
    PageColumn("sku", "SKU"),
    goods_column("quantity", "Quantity"),
    goods_column("available", "Available"),
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
