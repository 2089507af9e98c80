"""The forms that add and change a product. A new one has only name, price, quantity and barcode at first.

They have every field that people edit: a new one follows those that are named here.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import DateField, DecimalField, IntegerField, TextField
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.kinds import AMOUNT, CHOICE, DATE, MONEY, NOTE, QUANTITY, TEXT, WORDS, parse_id
from core.labels import find_label
from core.pages.cells import Fields, Texts
from core.pages.form_fields import Field
from desk.shop.forms import TaskForm, nest
from desk.shop.task_page import TaskPage
from products.look_ups import CATEGORIES, GROUPS
from products.models import Product
from products.own_fields.models import CustomField, FieldType
from products.pages import list_choices
from products.taxes.look_ups import TAXES
from products.variants.models import Group
from suppliers.look_ups import SUPPLIERS
from users.access.roles import Right

FIRST = ("name", "price", "quantity", "barcode")
RARE = (
    "sku", "unit", "decimals", "cost_price", "min_threshold", "category", "supplier", "supplier_sku", "pack_size",
    "expiration_date", "description",
)  # fmt: skip
NOT_ASKED = {"external_id"}  # programs set it
FURTHER = Product.list_further({*FIRST, *RARE, *NOT_ASKED})
KINDS = {DateField: DATE, DecimalField: MONEY, IntegerField: QUANTITY, TextField: NOTE}
# What a field has besides its label.
OPTIONS: dict[str, dict[str, Any]] = {
    "sku": {"help_text": gettext_lazy("Your own number of it.")},
    "unit": {"help_text": gettext_lazy("Such as kg or pack.")},
    "cost_price": {
        "right": Right.SEE_COSTS,
        "help_text": gettext_lazy("What you pay for one. Workers do not see it."),
    },
    "keeps_stock": {
        "kind": CHOICE,
        "initial": "true",
        "help_text": gettext_lazy("What nobody counts is sold without a limit, such as a service, bread or coffee."),
        "choices": (("true", gettext_lazy("yes")), ("false", gettext_lazy("no"))),
    },
    "min_threshold": {"help_text": gettext_lazy("With this stock or less it is shown as low.")},
    "expiration_date": {"help_text": gettext_lazy("The first day on which it counts as expired.")},
    "category": {"look_up": CATEGORIES, "adds_rows": True, "help_text": gettext_lazy("A new name adds a category.")},
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
    "tax": {"look_up": TAXES, "nothing": gettext_lazy("none")},
    "supplier_sku": {"help_text": gettext_lazy("The supplier's own code of the product.")},
    "pack_size": {"help_text": gettext_lazy("The supplier sells whole packs of this quantity: 12 for a dozen.")},
}

GROUP = Field(
    gettext_lazy("Group"), is_rare=True, look_up=GROUPS, nothing=gettext_lazy("none"),
    help_text=gettext_lazy("Of variants, such as the sizes of a shirt."),
)  # fmt: skip
AXIS = "options."  # begins the names of the fields of axes
MAX_GROUPS = 20  # the most groups whose axes have fields


TAGS = Field(gettext_lazy("Tags"), WORDS, is_rare=True, help_text=gettext_lazy("With commas between them."))
OWN = "fields."  # precedes the key of one of the shop's own fields


def make_own_field(own: CustomField) -> Field:
    if own.type == FieldType.DATE:
        return Field(own.label, DATE, is_rare=True)
    choices = list_choices(own)
    kind = CHOICE if choices else AMOUNT if own.type == FieldType.NUMBER else TEXT
    return Field(own.label, kind, is_rare=True, choices=[("", ""), *choices] if choices else ())


def make_axes(axes: Iterable[str], *, is_rare: bool) -> Fields:
    """Return the fields of the options, one for each axis."""
    return {f"{AXIS}{axis}": Field(axis, TEXT, is_rare=is_rare) for axis in axes}


def make_attributes(user: Any, axes: Fields) -> Fields:
    """Return the fields of what lies beside the product's row, with those of the axes."""
    own = {f"{OWN}{one.key}": make_own_field(one) for one in CustomField.objects.shown_to(user)}
    return {"tags": TAGS, "group": GROUP, **axes, **own}


def make_field(name: str) -> Field:
    """Return the field of the form for a field of the product."""
    column = Product._meta.get_field(name)
    kind = next((kind for type_, kind in KINDS.items() if isinstance(column, type_)), TEXT)
    label = gettext_lazy(find_label(Product, name))
    return Field(label, **{"kind": kind, "is_rare": name not in FIRST, **OPTIONS.get(name, {})})


# The fields that a new product needs.
NEEDED = {name: make_field(name).replace(is_needed=True) for name in ("name", "price")}


class AddProductPage(TaskPage):
    route = "product-list"
    title = gettext_lazy("Add a product")
    button = gettext_lazy("Add")
    done = gettext_lazy("Added {name}.")
    next_page = "product-detail"
    used_by = {"unit": "amounts", "decimals": "amounts", "group": "variants"}
    fields = {name: make_field(name) for name in (*FIRST, *RARE, *FURTHER)}

    @cached_property
    def own_fields(self) -> Fields:
        """Return the fields, those of the axes of the group in the address or of all groups, and own ones."""
        groups: Any = Group.objects.for_user(self.user).live()
        chosen = parse_id(self.request.GET.get("group", ""))
        groups = groups.filter(pk=chosen) if chosen else groups.order_by("id")
        axes = dict.fromkeys(axis for names in groups.values_list("axes", flat=True)[:MAX_GROUPS] for axis in names)
        return self.select({**self.fields, **NEEDED, **make_attributes(self.user, make_axes(axes, is_rare=not chosen))})

    def fill_form(self, texts: Texts, *args: Any, **options: Any) -> TaskForm:
        """Return the form. A group in the address is an id."""
        group = {"group": GROUPS.describe(self.user, texts["group"])} if texts.get("group") else {}
        return super().fill_form({name: texts[name] for name in texts} | group, *args, **options)

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return nest(form.values)
