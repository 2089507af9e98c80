"""The form that changes a product. Items, which are products under other field names, are added and changed by it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.kinds import KINDS, Kind
from core.labels import find_label
from core.pages.cells import Fields
from core.pages.form_fields import Field
from core.pages.route_fields import EMPTY, find_empty
from desk.shop.add_product_page import AXIS, NEEDED, AddProductPage, make_attributes, make_axes
from desk.shop.forms import TaskForm
from desk.shop.route_page import RoutePage
from products.attributes.models import Profile
from products.codes.services import TYPED_LINE, parse_codes
from products.models import Product
from products.variants.models import Group

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
