"""Add a product: its name, price and quantity, and behind a fold everything else."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from core.pages.look_ups import LookUp
from products.look_ups import CATEGORIES
from shop.fields import CHOICE, DATE, MONEY, NOTE, QUANTITY, TEXT, Field
from shop.forms import TaskForm
from shop.tasks import TaskPage
from suppliers.look_ups import SUPPLIERS
from users.roles import Right

NOTHING = ("", gettext_lazy("none"))


def choose_by_name(look_up: LookUp, user: Any, name: str, label: Any, **options: Any) -> Field:
    """Return a field for one of the rows: a list of their names or, if there are too many, a text."""
    choices = [NOTHING, *((row, row) for _id, row in look_up.list_choices(user))]
    is_list = len(choices) > 1
    return Field(name, label, CHOICE if is_list else TEXT, choices=choices if is_list else (), is_rare=True, **options)


class AddProductPage(TaskPage):
    route = "product-list"
    title = gettext_lazy("Add a product")
    button = gettext_lazy("Add")
    done = gettext_lazy("Added {name}.")
    next_page = "product-detail"
    fields = (
        Field("name", gettext_lazy("Name")),
        Field("price", gettext_lazy("Price"), MONEY),
        Field("quantity", gettext_lazy("In stock"), QUANTITY),
        Field("barcode", gettext_lazy("Barcode")),
        Field("sku", gettext_lazy("SKU"), hint=gettext_lazy("Your own number of it."), is_rare=True),
        Field("unit", gettext_lazy("Unit"), hint=gettext_lazy("Such as kg or pack."), is_rare=True),
        Field("cost_price", gettext_lazy("Cost of one"), MONEY, right=Right.SEE_COSTS, is_rare=True),
        Field("min_threshold", gettext_lazy("Low at"), QUANTITY, is_rare=True,
              hint=gettext_lazy("With this stock or less it is shown as low.")),
        Field("category", gettext_lazy("Category"), is_rare=True, hint=gettext_lazy("A new name adds a category.")),
        Field("supplier", gettext_lazy("Supplier"), is_rare=True),
        Field("supplier_sku", gettext_lazy("The supplier's number"), is_rare=True),
        Field("pack_size", gettext_lazy("Pack of"), QUANTITY, is_rare=True),
        Field("expiration_date", gettext_lazy("Expires"), DATE, is_rare=True),
        Field("description", gettext_lazy("Description"), NOTE, is_rare=True),
    )  # fmt: skip

    def list_fields(self) -> list[Field]:
        supplier = choose_by_name(SUPPLIERS, self.user, "supplier", gettext_lazy("Supplier"))
        return [supplier if one.name == "supplier" else one for one in super().list_fields()]

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        values = form.make_values(self.user)
        if "supplier" in values:
            try:
                values["supplier"] = SUPPLIERS.find(self.user, values["supplier"])
            except ValidationError as error:
                form.fields["supplier"].errors += error.messages
        return values

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        return {"names": {"category": [name for _id, name in CATEGORIES.list_choices(self.user)]}}
