"""The pages that open a counting sheet, and count on it, for phones with a scanner."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.http.browsers import SCRIPT_HEADER
from core.http.calls import Answer, call_api
from core.kinds import CHOICE, DATE, HIDDEN, MONEY, QUANTITY, parse_id, read_number, read_quantity
from core.money.amounts import scale
from core.pages.cells import Fields
from core.pages.columns import mark_goods
from core.pages.form_fields import Field
from core.pages.mixin import make_form_key
from core.pages.wording import reword
from core.sentences import fill, fill_plural
from core.texts.folding import NameKey
from products.look_ups import CATEGORIES, PRODUCTS, find_code
from products.models import Product
from stock.errors import ProductNotFound
from stock.places.look_ups import BOOKED_LOCATIONS, LOCATIONS
from suppliers.look_ups import SUPPLIERS
from trade.sheets.booking import read_states
from trade.sheets.models import LineState, Sheet, SheetState
from trade.sheets.pages import name_places
from trade.sheets.reading import attach_progress
from users.reading import list_uses
from web.task_pages.book_page import NO_PLACE
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

ALL = gettext_lazy("all")
BLIND = (("yes", gettext_lazy("Owners, managers and viewers")), ("no", gettext_lazy("Everybody who counts")))
SINCE = (
    ("", ALL),
    ("30", gettext_lazy("those not counted for 30 days")),
    ("90", gettext_lazy("those not counted for 90 days")),
    ("365", gettext_lazy("those not counted for a year")),
)


class OpenSheetPage(TaskPage):
    """Opens a sheet, and leads to its page."""

    route = "sheet-list"
    title = button = gettext_lazy("Open a counting list")
    hint = gettext_lazy("Several people count the products of a list, for some days, while the shop sells.")
    next_page = "sheet-detail"
    fields = {
        "name": Field(gettext_lazy("Name"), help_text=gettext_lazy("Such as Teapots, July.")),
        "blind": Field(gettext_lazy("Who sees what is expected and counted"), CHOICE, choices=BLIND, initial="yes",
                       required=True),
        "category": Field(gettext_lazy("Category"), look_up=CATEGORIES, nothing=ALL),
        "supplier": Field(gettext_lazy("Supplier"), look_up=SUPPLIERS, nothing=ALL),
        "location": Field(gettext_lazy("Place"), look_up=LOCATIONS, nothing=ALL),
        "days": Field(gettext_lazy("Products"), CHOICE, choices=SINCE),
        "not_counted_since": Field(gettext_lazy("Not counted since"), DATE, help_text=gettext_lazy("Or choose a day.")),
        "units": Field(gettext_lazy("Tolerated units"), QUANTITY,
                       help_text=gettext_lazy("Differences up to this are saved together, with two clicks.")),
        "percent": Field(gettext_lazy("Tolerated percent"), MONEY,
                         help_text=gettext_lazy("Of what is expected. One of the two is enough.")),
    }  # fmt: skip

    def select(self, fields: Fields) -> Fields:
        """Return the fields, without those that choose a row of which the shop has none."""
        return {
            name: one
            for name, one in super().select(fields).items()
            if one.choices or not one.look_up or one.look_up.get_rows(self.user).exists()
        }

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        values = form.values
        if (days := values.pop("days", "")) in dict(SINCE[1:]):
            since = self.user.shop_today() - timedelta(days=int(days))
            values.setdefault("not_counted_since", since.isoformat())
        select = {name: values.pop(name) for name in ("category", "supplier", "not_counted_since") if name in values}
        tolerance = {name: values.pop(name) for name in ("units", "percent") if name in values}
        blind = values.get("blind") != "no"
        return {"name": "", **values, "blind": blind, "select": select, "tolerance": tolerance or None}

    def say(self, form: TaskForm, data: Any) -> str:
        return fill_plural(
            "Opened {name}: {number:,} product to count.",
            "Opened {name}: {number:,} products to count.",
            data["lines_total"],
            name=data["name"],
        )


MAX_LISTED = 500  # the products that the page lists as left to count
MAX_SHOWN = 10  # the most entries that the page offers to replace
PLACE = Field(gettext_lazy("Place"), HIDDEN, look_up=BOOKED_LOCATIONS, nothing=NO_PLACE, sends_name=True)


class CountSheetPage(TaskPage):
    """Adds entries to a counting sheet. It shows no expected quantities, so it is the same for blind sheets.

    The script of the page gets JSON: the new entry or the errors. Browsers without scripts get pages.
    """

    template_name = "shop/count_sheet.html"
    route = "sheet-entries"
    title = gettext_lazy("Count")
    fields = {
        "code": Field(
            gettext_lazy("Scan or type a product"),
            help_text=gettext_lazy("Each scan adds 1. A number after it is the quantity."),
        ),
        "quantity": Field(gettext_lazy("Quantity"), QUANTITY, initial="1"),
        **{name: Field("", HIDDEN, is_number=True) for name in ("product", "replaces")},
        **{name: Field("", HIDDEN) for name in ("counted_at", "extra", "typed")},
    }
    asks_for_code = False  # whether the quantity that was typed may be a scanned code
    extra_product = ""  # the name of a product that is not on the sheet

    @cached_property
    def own_fields(self) -> Fields:
        place = PLACE.replace(user=self.user)
        return {**super().own_fields, "location": place if self.sheet.location_id else place.offer_names()}

    @cached_property
    def sheet(self) -> Sheet:
        return get_object_or_404(Sheet.objects.for_user(self.user).select_related("location"), pk=self.kwargs["pk"])

    def send(self, form: TaskForm) -> HttpResponse:
        entry = self.make_entry(form)
        if form.is_wrong:
            return self.show(form, 400)
        answer = self.enter(form, entry)
        if is_unknown(answer):
            try:
                entry["product"] = PRODUCTS.find(self.user, entry.pop("code"))
            except ValidationError as error:
                candidates = form["code"].candidates = getattr(error, "candidates", [])
                form.add_error("code", _("Several products fit. Choose one.") if candidates else error.messages)
                return self.show(form, 400)
            form.key += "-found"  # this is another body, and the API refuses a key that comes with two bodies
            answer = self.enter(form, entry)
        return self.finish(form, answer) if answer.is_success else self.refuse(form, answer)

    def make_entry(self, form: TaskForm) -> dict[str, Any]:
        values = form.values
        if values.pop("typed", "") and (product := find_code(self.user, str(values.get("quantity", "")))):
            number, name = form.texts["quantity"], self.name_product(product)
            form.add_error(None, fill("{number} is also a code of {name}.", number=number, name=name))
            self.asks_for_code = True
        if (product := values.get("extra", "")).isdigit():  # the button "Count it all the same"
            values["product"] = read_number(product)
        if "product" in values:
            values.pop("code", None)
        if form.texts["typed"] or SCRIPT_HEADER not in self.request.headers:  # otherwise the script sends base units
            self.read_typed_amount(form, values)
        return {**values, "extra": "extra" in values}

    def read_typed_amount(self, form: TaskForm, values: dict[str, Any]) -> None:
        """Replace the quantity that somebody has typed by an amount, if the product has decimals."""
        text = form.texts["quantity"].strip()
        products = Product.objects.for_user(self.user).filter(pk=self.find_product(values), decimals__gt=0)
        for decimals in products.values_list("decimals", flat=True):
            try:
                units = read_quantity(text, self.user.shop_decimal_sign, decimals)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                values.pop("quantity", None)
                values["amount"] = str(scale(units, decimals)) if isinstance(units, int) else units

    def find_product(self, values: dict[str, Any]) -> int:
        """Return the id of the product that an entry names by its id, a code or its name, or 0."""
        if "product" in values:
            return parse_id(str(values["product"])) or 0
        code = values.get("code", "")
        with suppress(ValidationError):  # the API refuses the entry
            return find_code(self.user, code) or PRODUCTS.find(self.user, code)
        return 0

    def enter(self, form: TaskForm, entry: dict[str, Any]) -> Answer:
        return call_api(self.request, self.route, {"entries": [entry]}, key=form.key, **self.kwargs)

    def refuse(self, form: TaskForm, answer: Answer) -> HttpResponse:
        """Return the page, or the JSON, with the reason why the API refuses the entry."""
        data = answer.data
        [refused] = data.get("lines") or data.get("entries") or [data]
        if refused.get("code") == "not_on_sheet":
            self.extra_product = self.name_product(refused["product"])
            form.texts["product"] = str(refused["product"])
            refused = {"detail": fill("{name} is not on this counting list.", name=self.extra_product)}
        messages = [form.name_field(name, *map(reword, texts)) for name, texts in refused.get("errors", {}).items()]
        form.show_refusal({"detail": " ".join(messages) or refused["detail"], "code": data.get("code")})
        return self.show(form, answer.response.status_code)

    def name_product(self, pk: int) -> str:
        return Product.objects.for_user(self.user).values_list("name", flat=True).get(pk=pk)

    def finish(self, form: TaskForm, answer: Answer) -> HttpResponse:
        [entry] = answer.data["entries"]
        if SCRIPT_HEADER not in self.request.headers:
            return super().finish(form, answer)
        shown = {name: entry[name] for name in ("id", "product", "product_name", "quantity", "amount")}
        return JsonResponse({**shown, "left": self.count_left()}, status=201)

    def say(self, form: TaskForm, data: Any) -> str:
        [entry] = data["entries"]
        number = mark_goods(entry, entry["quantity"])
        return fill("Counted {number:,} of {name}.", number=number, name=entry["product_name"])

    def count_left(self) -> int:
        progress = attach_progress([self.sheet])[0].progress
        return int(progress["uncounted"] + progress["recount"])

    def show(self, form: TaskForm, status: int = 200) -> HttpResponse:
        if SCRIPT_HEADER not in self.request.headers:
            return super().show(form, status)
        refusal = {
            "errors": [*form.non_field_errors(), *(error for cell in form for error in cell.errors)],
            "candidates": form["code"].candidates, "extra": self.extra_product,
            "is_code": self.asks_for_code, "user": self.user.pk, "token": get_token(self.request),
        }  # fmt: skip
        return JsonResponse(refusal, status=status)

    def get_context(self, form: TaskForm) -> dict[str, Any]:
        states = read_states(self.sheet)
        left = [product for product, state in states.items() if state in (LineState.UNCOUNTED, LineState.RECOUNT)]
        products = Product.objects.for_user(self.user).filter(pk__in=left).order_by(NameKey("name"), "id")
        return {
            "sheet": self.sheet, "is_open": self.sheet.state == SheetState.OPEN, "left_total": len(left),
            "left": products.values_list("id", "name", "sku")[:MAX_LISTED], "is_cut": len(left) > MAX_LISTED,
            "entries": self.list_entries(), "uses_lots": list_uses(self.user)["lots"],
            "now_ms": int(timezone.now().timestamp() * 1000), "scan_address": "",
        }  # fmt: skip

    def list_entries(self) -> list[dict[str, Any]]:
        """Return the last entries of the user that still count, each with a key for the form that replaces it."""
        rows = call_api(self.request, self.route, method="GET", **self.kwargs).data["results"]
        own = [row for row in rows if row["entered_by"] == self.user.pk and not (row["replaced"] or row["recounted"])]
        shown = own[:MAX_SHOWN] if self.sheet.location_id else name_places(self.user, own[:MAX_SHOWN])
        return [{**row, "key": make_form_key()} for row in shown]


def is_unknown(answer: Answer) -> bool:
    """Return whether the API refused an entry because it found no product with the code."""
    lines = [] if answer.is_success else answer.data.get("lines", [])
    return any(line.get("code") == ProductNotFound.code and line.get("field") == "code" for line in lines)
