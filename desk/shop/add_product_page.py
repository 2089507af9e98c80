"""The page that adds a product. Only its name, price, quantity and barcode are shown at first.

It has every field that people edit: a new one follows those that are named here.
"""

from typing import Any

from django.db.models import DateField, DecimalField, IntegerField, TextField
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.labels import find_label
from desk.shop.fields import CHOICE, DATE, MONEY, NOTE, QUANTITY, TEXT, Field
from desk.shop.forms import Fields, TaskForm
from desk.shop.tag_page import split_tags
from desk.shop.task_page import TaskPage
from products.look_ups import CATEGORIES
from products.models import Product
from products.pages import list_choices
from products.profile_models import CustomField, FieldType
from suppliers.look_ups import SUPPLIERS
from users.roles import Right

FIRST = ("name", "price", "quantity", "barcode")
RARE = (
    "sku", "unit", "decimals", "cost_price", "min_threshold", "category", "supplier", "supplier_sku", "pack_size",
    "expiration_date", "description",
)  # fmt: skip
NOT_ASKED = {"external_id"}  # programs set it
FURTHER = [name for name in Product.list_edited() if name not in {*FIRST, *RARE, *NOT_ASKED}]
KINDS = {DateField: DATE, DecimalField: MONEY, IntegerField: QUANTITY, TextField: NOTE}
# What a field has besides its label.
OPTIONS: dict[str, dict[str, Any]] = {
    "sku": {"help_text": gettext_lazy("Your own number of it.")},
    "unit": {"help_text": gettext_lazy("Such as kg or pack.")},
    "cost_price": {"right": Right.SEE_COSTS},
    "min_threshold": {"help_text": gettext_lazy("With this stock or less it is shown as low.")},
    "category": {"help_text": gettext_lazy("A new name adds a category.")},
    "decimals": {
        "kind": CHOICE,
        "is_number": True,
        "initial": "0",
        "help_text": gettext_lazy("The stock of goods by weight is counted in grams. It can't be changed later."),
        "choices": (
            ("0", gettext_lazy("by the piece")),
            ("3", gettext_lazy("by weight or volume: 0.250 kg")),
            ("2", gettext_lazy("in hundredths: 0.25 m")),
            ("1", gettext_lazy("in tenths: 0.5 m")),
        ),
    },
    "supplier": {"look_up": SUPPLIERS, "nothing": gettext_lazy("none")},
}


TAGS = Field(gettext_lazy("Tags"), is_rare=True, help_text=gettext_lazy("With commas between them."))
OWN = "fields."  # precedes the key of one of the shop's own fields


def make_own_field(own: CustomField) -> Field:
    if own.type == FieldType.DATE:
        return Field(own.label, DATE, is_rare=True)
    choices = list_choices(own)
    kind = CHOICE if choices else TEXT
    return Field(own.label, kind, is_rare=True, choices=[("", "--------"), *choices] if choices else ())


def make_field(name: str) -> Field:
    """Return the field of the form for a field of the product."""
    column = Product._meta.get_field(name)
    kind = next((kind for type_, kind in KINDS.items() if isinstance(column, type_)), TEXT)
    label = gettext_lazy(find_label(Product, name))
    return Field(label, **{"kind": kind, "is_rare": name not in FIRST, **OPTIONS.get(name, {})})


class AddProductPage(TaskPage):
    route = "product-list"
    title = gettext_lazy("Add a product")
    button = gettext_lazy("Add")
    done = gettext_lazy("Added {name}.")
    next_page = "product-detail"
    fields = {name: make_field(name) for name in (*FIRST, *RARE, *FURTHER)}

    @cached_property
    def own_fields(self) -> Fields:
        own = {f"{OWN}{one.key}": make_own_field(one) for one in CustomField.objects.shown_to(self.user)}
        return self.select({**self.fields, "tags": TAGS, **own})

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        values = form.values
        own = {name.removeprefix(OWN): values.pop(name) for name in list(values) if name.startswith(OWN)}
        tags = {"tags": split_tags(values.pop("tags"))} if "tags" in values else {}
        return values | tags | ({"fields": own} if own else {})

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        return {"names": {"category": [name for _id, name in CATEGORIES.list_choices(self.user)]}}
