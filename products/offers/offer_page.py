"""The form that adds a supplier of a product, whose name may be that of a new supplier."""

from typing import Any

from django.db.models import Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.functional import cached_property

from core.http.calls import Answer
from core.kinds import HIDDEN
from core.pages.cells import Fields
from core.pages.look_ups import NewName
from core.translation import gettext_noop as _
from products.look_ups import PRODUCTS
from suppliers.models import Supplier
from web.task_pages.adding_page import AddingPage
from web.task_pages.route_page import RoutePage
from web.task_pages.task_form import TaskForm

FIRST = ("product", "supplier", "supplier_sku", "cost_price", "pack_size")  # the others lie under "More"


class AddOfferPage(AddingPage, RoutePage):
    adds, is_new = "supplier", _("{name} is a new supplier.")

    @cached_property
    def product_name(self) -> str:
        """Return the text of the product that the address names, or an empty one if it names none."""
        given = self.request.GET.get("product", "")
        found = PRODUCTS.describe(self.user, given)
        return "" if found == given else found

    @cached_property
    def own_fields(self) -> Fields:
        fields = super().own_fields
        first = {name: fields[name] for name in FIRST}
        if self.product_name:
            first["product"] = first["product"].replace(kind=HIDDEN)
        return first | {name: field.replace(is_rare=True) for name, field in fields.items() if name not in FIRST}

    def name_row(self) -> str:
        return self.product_name

    def call_route(self, form: TaskForm, body: dict[str, Any]) -> Answer:
        name = body.get("supplier")
        if name:
            known = Supplier.objects.for_user(self.user).live().filter(name__lower=Lower(Value(name))).first()
            body = {**body, "supplier": known.pk if known else NewName(name)}
        return super().call_route(form, body)

    def find_next(self, data: Any) -> str:
        return reverse("product-detail", args=[data["product"]]) if self.product_name else super().find_next(data)
