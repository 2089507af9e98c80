"""The page that adds a product. Only its name, price, quantity and barcode are shown at first."""

from typing import Any

from django.utils.translation import gettext_lazy

from desk.shop.fields import DATE, MONEY, NOTE, QUANTITY, Field
from desk.shop.forms import TaskForm
from desk.shop.task_page import TaskPage
from products.look_ups import CATEGORIES
from suppliers.look_ups import SUPPLIERS
from users.roles import Right


class AddProductPage(TaskPage):
    route = "product-list"
    title = gettext_lazy("Add a product")
    button = gettext_lazy("Add")
    done = gettext_lazy("Added {name}.")
    next_page = "product-detail"
    fields = {
        "name": Field(gettext_lazy("Name")),
        "price": Field(gettext_lazy("Price"), MONEY),
        "quantity": Field(gettext_lazy("In stock"), QUANTITY),
        "barcode": Field(gettext_lazy("Barcode")),
        "sku": Field(gettext_lazy("SKU"), help_text=gettext_lazy("Your own number of it."), is_rare=True),
        "unit": Field(gettext_lazy("Unit"), help_text=gettext_lazy("Such as kg or pack."), is_rare=True),
        "cost_price": Field(gettext_lazy("Cost of one"), MONEY, right=Right.SEE_COSTS, is_rare=True),
        "min_threshold": Field(gettext_lazy("Low at"), QUANTITY, is_rare=True,
                               help_text=gettext_lazy("With this stock or less it is shown as low.")),
        "category": Field(gettext_lazy("Category"), is_rare=True,
                          help_text=gettext_lazy("A new name adds a category.")),
        "supplier": Field(gettext_lazy("Supplier"), look_up=SUPPLIERS, nothing=gettext_lazy("none"), is_rare=True),
        "supplier_sku": Field(gettext_lazy("The supplier's number"), is_rare=True),
        "pack_size": Field(gettext_lazy("Pack of"), QUANTITY, is_rare=True),
        "expiration_date": Field(gettext_lazy("Expires"), DATE, is_rare=True),
        "description": Field(gettext_lazy("Description"), NOTE, is_rare=True),
    }  # fmt: skip

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        return {"names": {"category": [name for _id, name in CATEGORIES.list_choices(self.user)]}}
