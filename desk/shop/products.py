"""The page that adds a product. Only its name, price, quantity and barcode are shown at first."""

from typing import Any

from django.utils.translation import gettext_lazy

from desk.shop.fields import DATE, MONEY, NOTE, QUANTITY, Field
from desk.shop.forms import TaskForm
from desk.shop.tasks import TaskPage
from products.look_ups import CATEGORIES
from suppliers.look_ups import SUPPLIERS
from users.roles import Right


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
        Field("cost_price", gettext_lazy("Cost price"), MONEY, right=Right.SEE_COSTS, is_rare=True),
        Field("min_threshold", gettext_lazy("Low at"), QUANTITY, is_rare=True,
              hint=gettext_lazy("With this stock or less it is shown as low.")),
        Field("category", gettext_lazy("Category"), is_rare=True, hint=gettext_lazy("A new name adds a category.")),
        Field("supplier", gettext_lazy("Supplier"), look_up=SUPPLIERS, nothing=gettext_lazy("none"), is_rare=True),
        Field("supplier_sku", gettext_lazy("Supplier's SKU"), is_rare=True),
        Field("pack_size", gettext_lazy("Pack of"), QUANTITY, is_rare=True),
        Field("expiration_date", gettext_lazy("Expires"), DATE, is_rare=True),
        Field("description", gettext_lazy("Description"), NOTE, is_rare=True),
    )  # fmt: skip

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return form.make_values(self.user)

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        return {"names": {"category": [name for _id, name in CATEGORIES.list_choices(self.user)]}}
