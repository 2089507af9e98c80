"""The forms that add and change a product. A new one has only name, price, quantity and barcode at first.

They have every field that people edit: a new one follows those that are named here.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import DateField, DecimalField, IntegerField, TextField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from core.http.calls import Answer, call_api
from core.http.renderers import Changed
from core.kinds import AMOUNT, CHOICE, DATE, KINDS, MONEY, NOTE, QUANTITY, TEXT, WORDS, Kind, parse_id
from core.pages.cells import EMPTY, Fields, Texts, find_empty
from core.pages.form_fields import Field
from core.sentences import find_label
from core.translation import gettext_noop
from products.codes.services import TYPED_LINE, parse_codes
from products.look_ups import CATEGORIES, GROUPS
from products.models import CustomField, FieldType, Group, Product, Profile
from products.pages import list_choices
from products.taxes.look_ups import TAXES
from suppliers.look_ups import SUPPLIERS
from users.access.roles import Right
from web.task_pages.route_page import RoutePage
from web.task_pages.task_form import TaskForm, nest
from web.task_pages.task_page import OLD_PAGE, TaskPage, has_old_token

FIRST = ("name", "price", "quantity", "barcode")
RARE = (
    "sku", "unit", "decimals", "cost_price", "min_threshold", "category", "supplier", "supplier_sku", "pack_size",
    "expiration_date", "description",
)  # fmt: skip
NOT_ASKED = {"external_id"}  # programs set it
FURTHER = Product.list_further({*FIRST, *RARE, *NOT_ASKED})
KINDS_OF_COLUMNS = {DateField: DATE, DecimalField: MONEY, IntegerField: QUANTITY, TextField: NOTE}
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
    kind = next((kind for type_, kind in KINDS_OF_COLUMNS.items() if isinstance(column, type_)), TEXT)
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


CODES = "codes"  # the kind of further codes: each line has one, and the quantity that it stands for
KINDS[CODES] = Kind(lambda text, _user: parse_codes(text, TYPED_LINE))
EMPTY[CODES] = []


class CodesField(Field):
    """Further codes, each with the quantity or the amount of the product that it stands for."""

    is_goods = True

    def read_goods(self, value: Any, sign: str, decimals: int) -> Any:
        """Return the codes. One without a quantity stands for one unit."""
        read = super().read_goods
        numbers = [{"quantity": read(code["quantity"], sign, decimals)} if "quantity" in code else {} for code in value]
        return [code | number for code, number in zip(value, numbers, strict=True)]

    def write_goods(self, value: Any, sign: str, decimals: int) -> str:
        """Return the lines. A code of the quantity 1 identifies goods by weight, so it has no amount."""
        write = super().write_goods
        return "\n".join(
            code["code"]
            if decimals and code["quantity"] == 1
            else f"{code['code']} = {write(code['quantity'], sign, decimals)}"
            for code in value
        )


FURTHER_CODES = CodesField(
    gettext_lazy(find_label(Product, "codes")), CODES, is_rare=True,
    help_text=gettext_lazy("Further codes, such as that of a case, and how many units each stands for."),
)  # fmt: skip
# The hints of the form that changes a product, where they differ from those of a new one.
HINTS = {
    "quantity": gettext_lazy("A changed number is saved as a difference."),
    "unit": gettext_lazy("Such as kg or pack. The unit can't change once the product has movements."),
    "group": gettext_lazy("The group of a variant. Its options are here once saved."),
}


class EditProductPage(RoutePage):
    @cached_property
    def own_fields(self) -> Fields:
        """Return the fields of the page that adds a product, as far as the route has them."""
        sent = self.api_view.get_serializer().fields
        groups: Any = Group.objects.for_user(self.user).live()
        profiles: Any = Profile.objects.filter(owner=self.user.account_id, product=self.product.pk)
        group = groups.filter(pk__in=profiles.values("group")).first()
        axes = make_axes(group.axes if group else (), is_rare=False)
        needed = {} if self.changes_row else NEEDED
        fields = {**AddProductPage.fields, **needed, "codes": FURTHER_CODES, **make_attributes(self.user, axes)}
        fields = {name: field for name, field in fields.items() if name.partition(".")[0] in sent}
        if self.changes_row:
            empty = {name: find_empty(sent[name], field.kind) for name, field in fields.items() if name in sent}
            fields = {
                name: field.replace(empty=empty.get(name), help_text=HINTS.get(name, field.help_text))
                for name, field in fields.items()
            }
        return self.select(fields)

    @cached_property
    def product(self) -> Product:
        """Return the product before the change, or a new one. An item does not say its decimals."""
        found: Any = Product.objects.for_user(self.user).filter(pk=self.kwargs.get("pk"))
        return found.first() or Product()

    def write_row(self) -> dict[str, str]:
        goods = {
            name: field for name, field in self.own_fields.items() if field.is_goods and self.row[name] is not None
        }
        sign, decimals = self.user.shop_decimal_sign, self.product.decimals
        written = {name: field.write_goods(self.row[name], sign, decimals) for name, field in goods.items()}
        return super().write_row() | written

    def fill_form(self, *args: Any, **options: Any) -> TaskForm:
        form = super().fill_form(*args, **options)
        form.decimals = self.product.decimals
        return form

    def read_agreed_prices(self) -> Mapping[int, Decimal | None]:
        return {0: self.product.price}

    def list_changed(self, form: TaskForm) -> list[str]:
        """Return the changed fields. The API replaces all options, so all of them are sent if one has changed."""
        changed = super().list_changed(form)
        options = [name for name in form.fields if name.startswith(AXIS)]
        return [*dict.fromkeys([*changed, *options])] if {*changed} & {*options} else changed

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        body = super().make_body(form)
        if body.get("group", "") is None:  # a product without a group has no options
            body.pop("options", None)
        return body


CHANGED = gettext_noop(
    "Somebody else has changed the picture meanwhile, so nothing was saved. The page shows what is there now."
)
SAVED, REMOVED = gettext_noop("Saved the picture."), gettext_noop("Removed the picture.")


class PicturePage(TaskPage):
    route, method = "product-picture", "PUT"
    title = gettext_lazy("Picture")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Lead to the page of the product, which has the form."""
        return redirect("product-detail", kwargs["pk"])

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save or remove the picture, and say so on the page of the product."""
        if has_old_token(request):
            messages.error(request, OLD_PAGE)
        else:
            is_removed = "remove" in request.POST
            answer = self.call("DELETE") if is_removed else self.call("PUT", self.read_file())
            if answer.is_success:
                messages.success(request, gettext(REMOVED if is_removed else SAVED))
            else:
                is_changed = answer.data.get("code") == Changed.code
                messages.error(request, gettext(CHANGED) if is_changed else answer.data["detail"])
        return HttpResponseRedirect(reverse("product-detail", args=[kwargs["pk"]]), status=303)

    def call(self, method: str, file: bytes | None = None) -> Answer:
        product = self.kwargs["pk"]
        return call_api(self.request, self.route, method=method, file=file, headers=self.expect(), product_id=product)

    def expect(self) -> dict[str, str]:
        """Return the header by which the API refuses to replace another picture than the one that the form shows."""
        if "shown" not in self.request.POST:
            return {}
        digest = self.request.POST["shown"].partition("?v=")[2]
        return {"HTTP_IF_MATCH": f'"{digest}"'} if digest else {"HTTP_IF_NONE_MATCH": "*"}

    def read_file(self) -> bytes:
        """Return the content of the file that was sent. It is empty without one."""
        file: Any = self.request.FILES.get("file")
        return file.read() if file else b""
