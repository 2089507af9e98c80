"""The pages that change prices, categories, VAT, thresholds or whether stock is kept, or archive many products.

The products are chosen in a list. Each page shows the old and the new value of every product before its button saves
them. The API refuses them if a product no longer has the old value that was shown, and the page shows the new ones.
"""

import json
from abc import ABC, abstractmethod
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import AmountTooFine
from core.fields import MAX_QUANTITY
from core.kinds import AMOUNT, CHOICE, FLAG, HIDDEN, parse_id, read_decimal
from core.money.amounts import MAX_PRICE, count_units
from core.money.currencies import get_money_decimals, round_money, trim_money
from core.pages.cells import Fields
from core.pages.columns import NONE, write_shown
from core.pages.form_fields import Field
from core.pages.tables import LIST
from core.sentences import Goods, fill, fill_plural
from core.texts.cleaning import fold_case
from core.texts.folding import NameKey
from core.translation import gettext_noop
from products.look_ups import CATEGORIES
from products.models import Product
from products.product_pages import make_field
from products.taxes.look_ups import TAXES
from stock.goods.edits.hooks import FURTHER_PRICES
from users.access.permissions import may_send
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import MAX_CHOSEN, TaskPage

SAVE = "save"  # the field that only the form below the new values has
SEEN_ROWS = "seen_rows"  # the field with the other prices that the page has shown, by the ids of the products
MAX_NAMED = 10  # the most products that are named above the form
UP, DOWN, UP_BY, DOWN_BY = "up", "down", "up-by", "down-by"
PERCENT = {UP: 1, DOWN: -1}
AMOUNTS = {UP_BY: 1, DOWN_BY: -1}
RAISES = (UP, UP_BY)
ENDINGS = {"90": Decimal("0.90"), "99": Decimal("0.99")}
STEPS = {"05": Decimal("0.05"), "1": Decimal(1)}
NOT_ABOVE_ZERO = gettext_noop("{name}: the new price would not be more than 0.")
STILL_IN_STOCK = gettext_noop("{name}: {number:,} in stock. Count or write this off before you stop counting it.")
TOO_HIGH = gettext_noop("{name}: the new value would be too high.")


class NewValue(NamedTuple):
    """A value that a product gets, and what the page shows of it."""

    product: Product
    old: Any
    new: Any
    shown: tuple[str, str]
    error: str  # why the product can't have the new value
    is_turned: bool = False  # whether it differs more from the old one than the nearest value that the rule makes


def change_price(price: Decimal, rule: str, by: Decimal) -> Decimal:
    return price + (price * by / 100 * PERCENT[rule] if rule in PERCENT else by * AMOUNTS[rule])


def round_price(price: Decimal, ending: str, rounding: str) -> Decimal:
    if ending in ENDINGS:
        return max((price - ENDINGS[ending]).quantize(Decimal(1), rounding), Decimal(0)) + ENDINGS[ending]
    return (price / STEPS[ending]).quantize(Decimal(1), rounding) * STEPS[ending] if ending in STEPS else price


def is_turned(price: Decimal, rule: str, by: Decimal, ending: str) -> bool:
    """Return whether the nearest price with the ending is on the other side of the old price than the rule says."""
    nearest = round_price(change_price(price, rule, by), ending, ROUND_HALF_UP)
    return nearest < price if rule in RAISES else nearest > price


def choose_ending(ending: str, currency: str) -> str:
    """Return the ending of new prices. In a currency without decimals they are whole, whatever a form says."""
    return ending if get_money_decimals(currency) else "1"


def find_price(price: Decimal, rule: str, by: Decimal, ending: str, currency: str) -> Decimal:
    """Return the price that the rule makes of a price, as an amount that the currency has.

    A raise never ends below the old price, and a lowering never above it: such a price gets the next ending in the
    direction of the rule or, if there is none, stays as it is.
    """
    ending = choose_ending(ending, currency)
    changed, rounding, compare = change_price(price, rule, by), ROUND_HALF_UP, max if rule in RAISES else min
    if is_turned(price, rule, by, ending):
        rounding = ROUND_CEILING if rule in RAISES else ROUND_FLOOR
    return round_money(compare(round_price(changed, ending, rounding), price), currency)


class EditManyPage(TaskPage, ABC):
    """Shows a form with a rule, then what it makes of each product, and saves this."""

    template_name = "shop/edit_many.html"
    route = "product-edit-list"
    button = gettext_lazy("Show the new values")
    save_button: Any = gettext_lazy("Save")
    name = ""  # the changed field of the products
    rule: Fields = {}  # the fields that people see
    # `products` has the ids of the products. `seen` has the old values that the page has shown, by these ids.
    hidden: Fields = {name: Field("", HIDDEN).replace(max_length=None) for name in ("products", "seen")}

    @cached_property
    def own_fields(self) -> Fields:
        return self.select({**self.rule, **self.hidden})

    def make_form(self) -> TaskForm:
        return self.fill_form(
            {**self.request.GET.dict(), "products": " ".join(map(str, self.list_chosen())), "seen": ""}, []
        )

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form()
        return self.show(form) if self.rule or not self.list_products(form) else self.review(form, self.list_new(form))

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        return {"products": self.list_products(form), "list_address": self.find_next({})}

    def list_products(self, form: TaskForm) -> list[Product]:
        """Return the live products of the form, in the order of their names."""
        ids = [pk for text in form.texts["products"].split()[:MAX_CHOSEN] if (pk := parse_id(text))]
        rows = Product.objects.for_user(self.user).live().filter(pk__in=ids).select_related("category")
        return list(rows.order_by(NameKey("name"), "id"))

    def send(self, form: TaskForm) -> HttpResponse:
        """Show the new values, or save them if the form is the one below them."""
        if form.is_wrong:
            return self.show(form, 400)
        if SAVE not in self.request.POST:
            return self.review(form, self.list_new(form))
        rows = self.list_new(form, self.read_seen(form))
        return self.show(form, 400) if self.refuse(form, rows) else self.save(form, rows)

    def save(self, form: TaskForm, rows: list[NewValue]) -> HttpResponse:
        """Send the new values to the API. If it refuses them, compute and show them from the present values."""
        further = {"rows": True} if form.values.get("rows") else {}
        answer = self.call_route(form, {"lines": [self.write_line(form, row) for row in rows], **further})
        if answer.is_success:
            return self.finish(form, answer)
        data = answer.data
        form.show_refusal({name: value for name, value in data.items() if name != "lines"})
        refused = [(rows[one["line"]].product.name, one) for one in data.get("lines", ()) if isinstance(one, dict)]
        for name, one in refused[:MAX_NAMED]:
            said = one.get("errors") or {"": [one["detail"]]}
            form.add_error(None, f"{name}: {' '.join(str(text) for texts in said.values() for text in texts)}")
        return self.review(form, self.list_new(form), answer.response.status_code)

    def review(self, form: TaskForm, rows: list[NewValue], status: int = 200) -> HttpResponse:
        """Show the old and the new value of each product that changes."""
        if self.refuse(form, rows):
            return self.show(form, 400)
        changed = [row for row in rows if row.old != row.new]
        seen = " ".join(f"{row.product.pk}:{'' if row.old is None else row.old}" for row in changed)
        context = {
            "reviewed": changed, "same": len(rows) - len(changed), "seen": seen, "button": self.save_button,
            "turned": sum(row.is_turned for row in changed), **self.list_seen(form, changed),
        }  # fmt: skip
        return self.render(form, "shop/review_edit.html", context, status)

    def list_seen(self, form: TaskForm, rows: list[NewValue]) -> dict[str, str]:
        """Return what else must still be so when the values are saved, by the names of hidden fields."""
        return {}

    def refuse(self, form: TaskForm, rows: list[NewValue]) -> bool:
        """Add to the form why these values can't be saved, and return whether there is a reason."""
        errors = [row.error for row in rows if row.error]
        more = len(errors) - MAX_NAMED
        if more > 0:
            said = fill_plural("And {number:,} more product.", "And {number:,} more products.", more)
            errors = [*errors[:MAX_NAMED], said]
        if not rows:
            errors = [_("Choose products in the list first.")]
        elif all(row.old == row.new for row in rows):
            errors = [_("Nothing changes: these products have the new value already.")]
        for error in errors:
            form.add_error(None, error)
        return bool(errors)

    def read_seen(self, form: TaskForm) -> dict[int, Any]:
        """Return the old values that the page has shown, by the ids of the products."""
        pairs = [text.partition(":") for text in form.texts["seen"].split()[:MAX_CHOSEN]]
        return {pk: self.read_old(text) for name, _colon, text in pairs if (pk := parse_id(name))}

    def list_new(self, form: TaskForm, seen: dict[int, Any] | None = None) -> list[NewValue]:
        """Return the new value of each product of the form or, if `seen` is given, of each product in it."""
        rows, products = list[NewValue](), self.list_products(form)
        if seen is not None:
            products = list(Product.objects.for_user(self.user).filter(pk__in=seen).order_by("id"))
        for product in products:
            old = self.get_old(product) if seen is None else seen[product.pk]
            new, error = self.find_new(form, product, old)
            shown = self.write(product, old), self.write(product, new)
            rows.append(NewValue(product, old, new, shown, error, self.is_turned(form, old)))
        return rows

    def write_line(self, form: TaskForm, row: NewValue) -> dict[str, Any]:
        value, old = (str(one) if isinstance(one, Decimal) else one for one in (row.new, row.old))
        return {"id": row.product.pk, self.name: value, "expected": {self.name: old}}

    def say(self, form: TaskForm, data: Any) -> str:
        return fill_plural("Changed {number:,} product.", "Changed {number:,} products.", data["changed"])

    def find_undo(self, data: Any) -> str:
        may_undo = data["id"] and may_send(self.user, "product-edit-undo", "POST")
        return reverse("product-edit-undo", args=[data["id"]]) if may_undo else ""

    def find_next(self, data: Any) -> str:
        """Return the address of the list in which the products were chosen, with its filters."""
        return f"{reverse('product-list')}?{self.request.GET.get(LIST, '')}".rstrip("?")

    # --- What each page defines ---------------------------------------------------------------------------

    def get_old(self, product: Product) -> Any:
        return getattr(product, self.name)

    def read_old(self, text: str) -> Any:
        """Return the old value of the text in the field `seen`."""
        return read_decimal(text)

    def is_turned(self, form: TaskForm, old: Any) -> bool:
        """Return whether the nearest new value would be against the direction of the rule."""
        return False

    @abstractmethod
    def find_new(self, form: TaskForm, product: Product, old: Any) -> tuple[Any, str]:
        """Return the new value of the product, and why it can't have it."""

    @abstractmethod
    def write(self, product: Product, value: Any) -> str:
        """Return the value as the page shows it."""


class EditPricesPage(EditManyPage):
    title = gettext_lazy("Change prices")
    name = "price"
    rule = {
        "rule": Field(
            gettext_lazy("Change"), CHOICE, initial=UP,
            choices=(
                (UP, gettext_lazy("Raise by percent")), (DOWN, gettext_lazy("Lower by percent")),
                (UP_BY, gettext_lazy("Raise by an amount")), (DOWN_BY, gettext_lazy("Lower by an amount")),
            ),
        ),
        "by": Field(gettext_lazy("By"), AMOUNT, attrs={"autofocus": True}).replace(is_needed=True),
        "round": Field(
            gettext_lazy("Round"), CHOICE,
            choices=(
                ("", gettext_lazy("Not at all")), ("90", gettext_lazy("To .90")), ("99", gettext_lazy("To .99")),
                ("05", gettext_lazy("To .05")), ("1", gettext_lazy("To whole amounts")),
            ),
        ),
        "rows": Field(
            gettext_lazy("Change the prices for groups, quantities and days in the same proportion"), FLAG,
            initial="true",
        ),
    }  # fmt: skip
    hidden = {**EditManyPage.hidden, SEEN_ROWS: Field("", HIDDEN).replace(max_length=None)}

    @cached_property
    def own_fields(self) -> Fields:
        """Return the fields. Prices in a currency without decimals are whole already."""
        fields = super().own_fields
        if get_money_decimals(self.user.shop_currency):
            return fields
        return {**fields, **self.select({"round": Field("", HIDDEN)})}

    def send(self, form: TaskForm) -> HttpResponse:
        by = read_decimal(form.cleaned_data.get("by") or "")
        if "by" not in form.errors and not by:
            form.add_error("by", _("Enter a number above 0."))
        for name in ("rule", "round"):
            if form.texts[name] not in dict(self.rule[name].choices):
                form.add_error(name, _("Choose one."))
        return super().send(form)

    def find_new(self, form: TaskForm, product: Product, old: Decimal) -> tuple[Decimal, str]:
        by, currency = Decimal(form.cleaned_data["by"]), self.user.shop_currency
        new = find_price(old, form.texts["rule"], by, form.texts["round"], currency)
        if new != old and new <= 0:
            return new, fill(NOT_ABOVE_ZERO, name=product.name)
        return new, fill(TOO_HIGH, name=product.name) if new > MAX_PRICE else ""

    def list_seen(self, form: TaskForm, rows: list[NewValue]) -> dict[str, str]:
        """Return the other prices of the products, if they change as well."""
        ids = [row.product.pk for row in rows]
        hooks = FURTHER_PRICES if form.values.get("rows") else ()
        shown = {pk: rows for hook in hooks for pk, rows in hook.list_shown(self.user, ids).items()}
        return {SEEN_ROWS: json.dumps(shown, cls=DjangoJSONEncoder)}

    def write_line(self, form: TaskForm, row: NewValue) -> dict[str, Any]:
        line = super().write_line(form, row)
        if form.values.get("rows"):
            line["expected"]["prices"] = json.loads(form.texts[SEEN_ROWS] or "{}").get(str(row.product.pk), [])
        return line

    def is_turned(self, form: TaskForm, old: Decimal) -> bool:
        ending = choose_ending(form.texts["round"], self.user.shop_currency)
        return is_turned(old, form.texts["rule"], Decimal(form.cleaned_data["by"]), ending)

    def read_old(self, text: str) -> Decimal:
        return read_decimal(text) or Decimal(0)

    def write(self, product: Product, value: Decimal) -> str:
        return write_shown(trim_money(value, self.user.shop_currency))


class EditLinksPage(EditManyPage):
    """A page that links products to another row. `names` has the names of these rows by their ids."""

    names: Any

    def get_old(self, product: Product) -> int | None:
        linked: int | None = getattr(product, f"{self.name}_id")
        return linked

    def read_old(self, text: str) -> int | None:
        return parse_id(text)

    def write(self, product: Product, value: int | str | None) -> str:
        return value if isinstance(value, str) else self.names.get(value or 0, NONE)


class EditCategoriesPage(EditLinksPage):
    title = gettext_lazy("Change the category")
    name = "category"
    rule = {
        "category": Field(
            gettext_lazy("Category"), look_up=CATEGORIES, adds_rows=True, attrs={"autofocus": True},
            help_text=gettext_lazy("A new name adds a category. Without a name, the products get none."),
        )
    }  # fmt: skip

    @cached_property
    def names(self) -> dict[int, str]:
        """Return the names of the live categories by their ids."""
        return dict(CATEGORIES.get_rows(self.user).values_list("pk", "name"))

    @cached_property
    def ids(self) -> dict[str, int]:
        return {fold_case(name): pk for pk, name in self.names.items()}

    def find_new(self, form: TaskForm, product: Product, old: int | None) -> tuple[int | str | None, str]:
        """Return the id of the category with this name, or the name of a new one."""
        typed = form.cleaned_data["category"]
        return self.ids.get(fold_case(typed or ""), typed), ""

    def write_line(self, form: TaskForm, row: NewValue) -> dict[str, Any]:
        """Return the line with the typed name, so that a form that is sent again has the same lines."""
        return super().write_line(form, row) | {"category": form.cleaned_data["category"]}


class EditTaxesPage(EditLinksPage):
    title = gettext_lazy("Change the VAT")
    name = "tax"
    rule = {"tax": Field(gettext_lazy("VAT"), look_up=TAXES, nothing=gettext_lazy("none"), attrs={"autofocus": True})}

    @cached_property
    def names(self) -> dict[int, str]:
        return {tax.pk: str(tax) for tax in TAXES.get_rows(self.user)}

    def find_new(self, form: TaskForm, product: Product, old: int | None) -> tuple[int | None, str]:
        return form.cleaned_data["tax"], ""


class EditThresholdsPage(EditManyPage):
    title = gettext_lazy("Change when stock is low")
    name = "min_threshold"
    rule = {
        "min_threshold": Field(
            gettext_lazy("Low at"), AMOUNT, attrs={"autofocus": True},
            help_text=gettext_lazy(
                "With this stock or less a product is shown as low. Without a number it is never low."
            ),
        )
    }  # fmt: skip

    def send(self, form: TaskForm) -> HttpResponse:
        text = form.cleaned_data.get("min_threshold")
        if text and read_decimal(text) is None:
            form.add_error("min_threshold", _("Enter a number."))
        return super().send(form)

    def read_old(self, text: str) -> int | None:
        amount = read_decimal(text)
        return None if amount is None else int(amount)

    def find_new(self, form: TaskForm, product: Product, old: int | None) -> tuple[int | None, str]:
        """Return the threshold in base units. A product without stock keeps having none."""
        text = form.cleaned_data["min_threshold"]
        if not text or not product.keeps_stock:
            return None, ""
        units = count_units(Decimal(text), product.decimals)
        if units is None:
            return None, f"{product.name}: {fill(AmountTooFine.detail, decimals=product.decimals)}"
        return units, fill(TOO_HIGH, name=product.name) if units > MAX_QUANTITY else ""

    def write(self, product: Product, value: int | None) -> str:
        return NONE if value is None else write_shown(Goods(value, product.decimals, product.unit))


class EditKeepsStockPage(EditManyPage):
    title = gettext_lazy("Change what is counted")
    name = "keeps_stock"
    rule = {"keeps_stock": make_field("keeps_stock").replace(is_rare=False, initial="false")}

    def find_new(self, form: TaskForm, product: Product, old: bool) -> tuple[bool, str]:
        new = form.texts["keeps_stock"] != "false"
        stock = Goods(product.quantity, product.decimals, product.unit)
        return new, "" if new or not product.quantity else fill(STILL_IN_STOCK, name=product.name, number=stock)

    def read_old(self, text: str) -> bool:
        return text == str(True)

    def write(self, product: Product, value: bool) -> str:
        return _("yes") if value else _("no")


class ArchiveManyPage(EditManyPage):
    """Lists the products with their stock, and archives them."""

    title = gettext_lazy("Archive products")
    save_button = gettext_lazy("Archive")
    hint = gettext_lazy("Archived products leave all lists and sums, and can't be sold. Their history stays.")

    def get_old(self, product: Product) -> bool:
        return product.archived_at is not None

    def read_old(self, text: str) -> bool:
        return False

    def find_new(self, form: TaskForm, product: Product, old: bool) -> tuple[bool, str]:
        return True, ""

    def write(self, product: Product, value: bool) -> str:
        if value:
            return _("archived")
        stock = write_shown(Goods(product.quantity, product.decimals, product.unit))
        return _("{number} in stock").format(number=stock) if product.keeps_stock else NONE

    def write_line(self, form: TaskForm, row: NewValue) -> dict[str, Any]:
        return {"id": row.product.pk, "archived": True}

    def say(self, form: TaskForm, data: Any) -> str:
        return fill_plural("Archived {number:,} product.", "Archived {number:,} products.", data["changed"])
