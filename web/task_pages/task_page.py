"""The base class of the pages of tasks. Such a page shows a form, sends it to the API, and redirects to the result."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View
from rest_framework.authentication import CSRFCheck
from rest_framework.exceptions import Throttled

from core.database.transactions import atomic
from core.errors import OUTDATED
from core.http.browsers import AGAIN, KEY_FIELD, PRICES_FIELD, SAID_FIELD, SCRIPT_HEADER, SUM_FIELD
from core.http.calls import Answer, call_api
from core.http.errors import error_response
from core.http.middleware import CAMERA_HEADERS
from core.http.throttling import admit_page
from core.kinds import CHOICES, parse_id, write_quantity
from core.money.currencies import get_money_decimals
from core.pages.cells import MAX_SHOWN_LENGTH, Fields, Texts, digest
from core.pages.columns import Display
from core.pages.context import WRONG_FIELDS, get_error_code
from core.pages.links import find_form_page
from core.pages.mixin import SENT_BEFORE, make_form_key
from core.pages.wording import reword
from core.sentences import fill, mark_number
from core.translation import gettext_noop
from products.look_ups import PRODUCTS
from products.models import Code, Product
from stock.line_fields import MAX_LINES
from stock.places.look_ups import BOOKED_LOCATIONS
from trade.selling.goods import list_used
from trade.selling.prices import adds_tax, has_prices
from users.access.permissions import may_send
from users.access.roles import Right, may
from users.errors import EmailNotConfirmed
from users.models import User
from users.reading import list_uses
from web.task_pages.task_form import ADD, CHOOSE, TAKE, UNCOUNTED, Line, TaskForm, Values, ask_about_prices, is_blank

MAX_CHOSEN = 100  # the most products that a list can send to a form
CLICKS = {CHOOSE: "product", TAKE: "quantity"}  # the buttons that write into a cell of a line
LOOK_UPS = {"product": PRODUCTS, "location": BOOKED_LOCATIONS}  # by the parameters that name rows by their ids
NO_FIELD = gettext_noop(
    "This form no longer has the field of: {value}. Nothing was saved yet. To go on without it, send the form again."
)
NOT_COUNTED = gettext_noop("Nobody counts {name} any more: it is sold without a limit.")
OTHER_SUM = gettext_noop(
    "The sum is {sum}, and this page has said another one: something has changed since. Nothing was saved yet. If the"
    " sum is right, send the form again."
)
OLD_PAGE = gettext_lazy("You have signed in again since this page was opened. Nothing was saved yet: send this again.")


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class TaskPage(View):
    """A page with the form of one task.

    `post()` checks the CSRF token in place of Django, so that a form with an old token is shown again.
    """

    template_name = "shop/task.html"
    title: Any = ""
    button: Any = ""
    hint: Any = ""
    route = ""  # the route of the API
    method = "POST"
    fields: Fields = {}  # by their names in the body of the API
    columns: Fields = {}  # the fields of each line
    empty: Mapping[str, Any] = {}  # what the API gets for fields that are empty; it does not get the others
    lines_name = "lines"  # the name of the lines in the body of the API
    has_given_lines = False  # whether the page lists the products, so that the user adds no lines
    given_cells: tuple[str, ...] = ("product",)  # the cells whose texts distinguish these lines
    done: Any = ""  # the message after success, with the `number` of the lines and the `name` of the row
    next_page = ""  # the route of the page of the row that is shown after success; by default the form again
    wrong_fields = WRONG_FIELDS  # what is said above the form if the errors are at its cells
    is_plain = False  # whether the browser sends the form without a script, because the answer is a document
    keeps_draft = False  # whether the device keeps what was typed when the tab is closed
    reopens_changed = True  # whether a form that somebody else's change has refused offers to open it again
    takes_key = True  # whether the API books the form once, however often it is sent, and can tell whether it has
    # The switches that show fields.
    used_by = {
        "location": "places",
        "lot": "lots",
        "expires_on": "lots",
        "price_group": "prices",
        "rows": "prices",
        "refill_from": "levels",
    }
    has_camera = False  # whether the camera can scan products into the lines
    takes_goods = False  # whether a line may name goods with parts in place of a product
    said_sum = ""  # the name that the sum of the lines has in the answer of the API, if the page says one
    costs_what_applies = False  # whether a line without a price costs the one that applies to the customer
    is_ordered = False  # whether the order of the lines means something, so that the page moves them
    take_all: Any = ""  # what the button says that fills in all that is expected of each line
    rare_title: Any = ""  # what the switch says that shows the rare cells of lines, if it is not the usual text
    is_cart = False  # whether the form stays in view after success, and empties, so that the next scan is never lost

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        user: Any = request.user
        if not user.is_authenticated:
            return self.ask_to_sign_in()
        if user.must_set_up_factor:
            return redirect("second-factors")
        if not self.may_open(user):
            return render(request, "shop/refused.html", {"title": self.title}, status=403)
        self.user = user
        if seconds := admit_page(request):
            return refuse_for(request, seconds)
        return super().dispatch(request, *args, **kwargs)

    def may_open(self, user: User) -> bool:
        return may_send(user, self.route, self.method)

    def ask_to_sign_in(self) -> HttpResponse:
        """Return a redirect to the sign-in or, for a form, a 401 that lets the user sign in and send the form again."""
        if self.request.method == "GET":
            return redirect_to_login(self.request.get_full_path())
        if SCRIPT_HEADER in self.request.headers:
            return JsonResponse({"sign_in": str(settings.LOGIN_URL)}, status=401)
        return render(self.request, "shop/signed_out.html", {"title": self.title}, status=401)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show(self.make_form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        is_old = has_old_token(request)
        clicked = [(name, cell) for name, cell in CLICKS.items() if name in request.POST]
        added, uncounted = request.POST.get(ADD, ""), parse_id(request.POST.get(UNCOUNTED, ""))
        form = self.read_form(is_sent=not (is_old or clicked or added or uncounted))
        form.full_clean()
        if is_old:
            form.cleaned_data = {}
            form.add_error(None, OLD_PAGE)
            return self.show(form, 403)
        for name, cell in clicked:
            form.choose(request.POST[name], cell)
        if added:
            form.add(added)
        if uncounted:
            self.stop_counting(form, uncounted)
        if clicked or added or uncounted:
            return self.show(form)
        return self.send(form)

    def read_form(self, *, is_sent: bool) -> TaskForm:
        """Return the form with the texts of the request, and its key."""
        post: Any = self.request.POST
        # One line too many is kept, so that the API refuses the form.
        columns = [self.read_column(name)[: MAX_LINES + 1] for name in self.own_columns]
        lines = [dict(zip(self.own_columns, row, strict=True)) for row in zip_longest(*columns, fillvalue="")]
        texts = {name: read_text(post, name, one.kind) for name, one in self.own_fields.items()}
        return self.fill_form(texts, lines, key=post.get(KEY_FIELD, ""), is_sent=is_sent)

    def stop_counting(self, form: TaskForm, product: int) -> None:
        """Save that nobody counts the product, with a message above the form, which stays as it is."""
        answer = call_api(self.request, "product-edit-list", {"lines": [{"id": product, "keeps_stock": False}]})
        if not answer.is_success:
            form.cleaned_data = {}
            form.add_error(None, reword(answer.data.get("lines", [answer.data])[0]["detail"]))
            return
        undo = reverse("product-edit-undo", args=[answer.data["id"]]) if answer.data["id"] else ""
        said = fill(NOT_COUNTED, name=PRODUCTS.describe(self.user, str(product)))
        messages.success(self.request, said, extra_tags=undo)

    def read_column(self, name: str) -> list[str]:
        """Return the texts of the cells with this name, in the order of the lines."""
        texts: list[str] = self.request.POST.getlist(name)
        return texts

    def is_sent(self, line: Texts) -> bool:
        """Return whether the API gets the line."""
        return not is_blank(self.own_columns, line)

    def send(self, form: TaskForm) -> HttpResponse:
        """Send the form to the API. Show it again if the API refuses it."""
        if lost := self.list_lost():
            form.add_error(None, fill(NO_FIELD, value=", ".join(lost)[:MAX_SHOWN_LENGTH]))
        confirmed = self.request.POST.get(PRICES_FIELD, "")
        if form.is_wrong or ask_about_prices(form, confirmed, self.read_agreed_prices()):
            return self.show(form, 400)
        if self.is_untouched(form):
            self.method = "GET"  # the row is only read, for the message
        answer = self.call_as_said(form, self.make_body(form))
        if form.sum:
            return self.show(form, 400)
        if not answer.is_success:
            form.show_refusal(answer.data)
            links = {
                EmailNotConfirmed.code: (find_form_page(reverse("user-confirm-email")), _("Confirm e-mail address"))
            }
            if self.reopens_changed:
                links |= dict.fromkeys(OUTDATED, (self.request.get_full_path(), _("Open the form again")))
            if link := links.get(get_error_code(answer.data)):
                form.add_error(None, format_html('<a href="{}">{}</a>', *link))
            return self.show(form, answer.response.status_code)
        return self.finish(form, answer)

    @cached_property
    def changes_row(self) -> bool:
        """Return whether the form shows a row, and saves what its user changes."""
        return self.method in ("PATCH", "PUT")

    def is_untouched(self, form: TaskForm) -> bool:
        """Return whether the form is as a new page shows the row, so that there is nothing to save."""
        try:
            return self.changes_row and digest_form(form) == digest_form(self.make_form())
        except Http404:  # the row can't be changed any more, which the API says
            return False

    def list_lost(self) -> list[str]:
        """Return what the user has typed into fields that the form had when it was opened, and no longer has."""
        post: Any = self.request.POST
        gone = [name for name in post.keys() - self.own_fields.keys() - self.own_columns.keys() if self.had_field(name)]
        return [text for name in sorted(gone) for text in post.getlist(name) if text.strip()]

    def had_field(self, name: str) -> bool:
        """Return whether the form can have had the field. The names of own fields and axes have a point.

        What somebody sends in a field without the right to it is ignored.
        """
        field = self.fields.get(name) or self.columns.get(name)
        return "." in name or (field is not None and not field.right)

    def call_route(self, form: TaskForm, body: Values) -> Answer:
        return call_api(self.request, self.route, body, key=form.key, method=self.method, **self.kwargs)

    def call_as_said(self, form: TaskForm, body: Values) -> Answer:
        """Return the answer of the API. If it is another sum than the page has said, book nothing, and say the sum."""
        said = self.request.POST.get(SAID_FIELD, "")
        if not said or self.method == "GET":  # what is only read has no other sum
            return self.call_route(form, body)

        @atomic
        def call() -> Answer:
            answer = self.call_route(form, body)
            is_booked = answer.is_success and answer.is_json and not answer.is_replayed
            booked = self.find_sum(answer.data) if is_booked else None
            if booked is not None and f"{booked:.2f}" not in (said, self.request.POST.get(SUM_FIELD)):
                transaction.set_rollback(True)
                form.sum = f"{booked:.2f}"
            return answer

        answer = call()
        if form.sum:
            form.add_error(None, fill(OTHER_SUM, sum=Display.of(self.user).money(Decimal(form.sum))))
        return answer

    def find_sum(self, data: Mapping[str, Any]) -> Decimal | None:
        """Return the sum that the API has booked, or None if the page says none, or the answer has none."""
        text = data.get(self.said_sum)
        return None if text is None else Decimal(text)

    def finish(self, form: TaskForm, answer: Answer) -> HttpResponse:
        """Return the response that leads to the next page, and store the message for that page."""
        data, sender = answer.data, self.request.headers.get(SCRIPT_HEADER, "")
        # If the first response was lost, its message has not been shown yet.
        if not (answer.is_replayed and len(messages.get_messages(self.request))):
            is_known = answer.is_replayed and sender != AGAIN
            said = [str(SENT_BEFORE)] * is_known + [self.say(form, data)]
            tags = " ".join(filter(None, (self.find_receipt(data), self.find_undo(data))))
            messages.success(self.request, " ".join(filter(None, said)), extra_tags=tags)
        address = self.find_next(data)
        if self.is_cart and sender and address == self.request.path:
            context = {"is_answer": True, "undo_key": make_form_key()}
            said_html = render_to_string("pages/messages.html", context, self.request)
            return JsonResponse({"location": address, "messages": said_html, "key": make_form_key()}, status=201)
        if sender:
            return JsonResponse({"location": address}, status=201)
        return HttpResponseRedirect(address, status=303)

    def find_receipt(self, data: Mapping[str, Any]) -> str:
        """Return the address of the receipt of a sale, for the message after success."""
        return ""

    def find_undo(self, data: Mapping[str, Any]) -> str:
        """Return the address that undoes the booking, if the user may use it."""
        operation = data.get("operation", data.get("id") if "movements" in data else None)
        may_undo = operation and may_send(self.user, "operation-reverse", "POST")
        return reverse("operation-reverse", args=[operation]) if may_undo else ""

    def show(self, form: TaskForm, status: int = 200) -> HttpResponse:
        if not self.has_given_lines and self.columns:
            form.add_empty_lines()
        if self.has_given_lines and self.request.method == "POST":
            self.describe_lines(form)
        return self.render(form, self.template_name, self.get_context(form), status)

    def render(self, form: TaskForm, template: str, context: Values, status: int = 200) -> HttpResponse:
        """Return a page with the form, and with this context of its template."""
        shared = {
            "form": form, "form_key": form.key, "undo_key": make_form_key(),
            "task": self, "title": self.title, "button": self.button,
            "is_answer": self.request.method == "POST",
            "scan_address": reverse("product-list"), "money_decimals": get_money_decimals(self.user.shop_currency),
            "may_stop_counting": may(self.user, Right.MANAGE_PRODUCTS),
            "has_rare": any(one.is_rare for one in form.line_columns.values()),
        }  # fmt: skip
        response = render(self.request, template, {**shared, **context}, status=status)
        for name, value in CAMERA_HEADERS.items() if self.has_camera else ():
            response.headers[name] = value
        return response

    @property
    def buyer(self) -> str:
        """Return the id of this customer, if the form has no field for it."""
        return ""

    @property
    def is_priced(self) -> bool:
        """Return whether other prices than the list prices may apply to the lines."""
        return self.costs_what_applies and has_prices(self.user)

    @property
    def adds_tax(self) -> bool:
        """Return whether VAT is added to the price of a line."""
        return "unit_price" in self.columns and adds_tax(self.user)

    @property
    def lists_of_goods(self) -> str:
        """Return the addresses of the lists of goods with parts that a line may name, by their kinds, as JSON."""
        kinds = list_used(self.user.shop_owner) if self.takes_goods else ()
        return json.dumps({kind.name: reverse(f"{kind.name}-list") for kind in kinds}) if kinds else ""

    def describe_lines(self, form: TaskForm) -> None:
        """Add the names and notes of a new page to the lines of a form that was sent."""
        new = defaultdict[tuple[str, ...], list[Line]](list)  # an order has some lines of one product
        self.add_codes(lines := self.list_given_lines())
        for line in reversed(lines):
            new[self.make_key(line)].append(line)
        for line in form.lines:
            given = new[self.make_key(line)].pop() if new[self.make_key(line)] else None
            line.title = given.title if given else line.texts["product"]
            if given:
                for name in ("is_archived", "codes", "about", "counts_scans", "agreed"):
                    setattr(line, name, getattr(given, name))
                for name in line.fields:
                    line[name].note, line[name].expected = given[name].note, given[name].expected

    def make_key(self, line: Line) -> tuple[str, ...]:
        return tuple(line.texts[name] for name in self.given_cells if name in line.texts)

    # --- What each task defines ---------------------------------------------------------------------------

    def get_context(self, form: TaskForm) -> Values:
        return {}

    def make_form(self) -> TaskForm:
        """Return the form of a new page. Parameters of its address fill the fields and the first line."""
        given = self.request.GET
        line = {name: given[name] for name in self.own_columns if name in given}
        line |= {name: LOOK_UPS[name].describe(self.user, line[name]) for name in LOOK_UPS.keys() & line.keys()}
        form = self.fill_form(given, [line] if line else [])
        if self.has_given_lines:
            form.lines = self.list_given_lines()
            self.add_codes(form.lines)
        return form

    def fill_form(self, texts: Texts, lines: Iterable[Texts], *, key: str = "", is_sent: bool = False) -> TaskForm:
        """Return a form with these texts in its fields and lines. The other cells have their initial texts."""
        made = [Line(self.own_columns, line, is_sent=is_sent and self.is_sent(line)) for line in lines]
        form = TaskForm(self.user, self.own_fields, texts, self.own_columns, made, key=key, is_sent=is_sent)
        form.takes_goods, form.lines_name = self.takes_goods, self.lines_name
        return form

    def list_given_lines(self) -> list[Line]:
        """Return the lines of a new page that `has_given_lines`."""
        return []

    def make_line(self, product: Product, quantity: int | None = None, **texts: str) -> Line:
        """Return a line of this product and quantity, with these texts in other cells."""
        if quantity is not None:
            texts["quantity"] = self.write_quantity(product, quantity)
        line = Line(self.own_columns, {"product": PRODUCTS.write(product), **texts})
        line.title, line.is_archived, line.product = product.name, product.archived_at is not None, product.pk
        return line

    def make_parts(self, parts: Any) -> list[Line]:
        """Return a line for each of the rows that have a product and a quantity."""
        return [self.make_line(one.product, one.quantity) for one in parts.select_related("product").order_by("id")]

    def write_fields(self, row: Any) -> dict[str, str]:
        """Return the texts of the fields that the row has."""
        names = self.own_fields.keys() & {column.name for column in row._meta.fields}
        return {name: self.own_fields[name].write(row.serializable_value(name)) for name in names}

    def add_codes(self, lines: Iterable[Line]) -> None:
        """Set the codes of given lines, so that a scan leads to the line of its product. Execute two statements."""
        ids = {line.product for line in lines}
        own = Product.objects.for_user(self.user).filter(pk__in=ids).values_list("pk", "sku", "barcode")
        found = {pk: list(filter(None, codes)) for pk, *codes in own}
        further = Code.objects.for_user(self.user).filter(product__in=ids, is_live=True)
        for pk, code, quantity in further.values_list("product_id", "code", "quantity"):
            found[pk].append(f"{code}\t{quantity}")
        for line in lines:
            line.codes = "\n".join(found.get(line.product, ()))

    def write_quantity(self, product: Product, quantity: int) -> str:
        """Return the quantity of the product as people type it."""
        return write_quantity(quantity, product.decimals, self.user.shop_decimal_sign)

    def list_chosen(self) -> list[int]:
        """Return the ids of the products that a list has sent to the form."""
        texts = self.request.GET.getlist("product")[:MAX_CHOSEN]
        return [product for text in texts if (product := parse_id(text))]

    def read_agreed_prices(self) -> Mapping[int, Decimal | None]:
        """Return the prices that the row of the page has already, by product."""
        return {}

    def make_body(self, form: TaskForm) -> Values:
        lines = {self.lines_name: [line.values for line in form.sent]} if self.columns else {}
        return {**self.empty, **form.values, **lines}

    def say(self, form: TaskForm, data: Any) -> str:
        """Return the message after success. `data` is the response of the API."""
        said: str = self.done.format(number=mark_number(len(form.sent)), name=data.get("name", ""))
        return said

    def find_next(self, data: Any) -> str:
        """Return the address of the page after success: that of a product if the parameter `back` has its id."""
        if self.next_page:
            return reverse(self.next_page, args=[self.kwargs.get("pk") or data["id"]])
        product = parse_id(self.request.GET.get("back", ""))
        return reverse("product-detail", args=[product]) if product else self.request.path

    # --- Fields that only some users have -----------------------------------------------------------------

    @cached_property
    def own_fields(self) -> Fields:
        return self.select(self.fields)

    @cached_property
    def own_columns(self) -> Fields:
        return self.select(self.columns)

    def select(self, fields: Fields) -> Fields:
        """Return the fields that the user has a right to. Some are only for shops that use them."""
        return {
            name: one.replace(user=self.user).offer_names()
            for name, one in fields.items()
            if (not one.right or may(self.user, one.right)) and self.uses_field(name)
        }

    def uses_field(self, name: str) -> bool:
        """Return whether the shop uses the field, or a parameter of the page asks for such fields."""
        is_asked = any(asked in self.request.GET for asked in ("places", *self.used_by))
        return name not in self.used_by or is_asked or list_uses(self.user).get(self.used_by[name], False)


def digest_form(form: TaskForm) -> list[str]:
    """Return a digest of the fields that the user has, and one of each line that is not blank."""
    lines = [line.texts.values() for line in form.lines if not is_blank(form.line_columns, line.texts)]
    return [digest("", texts) for texts in ([form.texts[name] for name in form.fields], *lines)]


def read_text(post: Any, name: str, kind: str) -> str:
    """Return the text of a field that was sent. Browsers send a value for each of several choices."""
    text: str = ",".join(post.getlist(name)) if kind == CHOICES else post.get(name, "")
    return text


def refuse_for(request: HttpRequest, seconds: float) -> HttpResponse:
    """Return a 429. The script of a form gets a text, which it shows above the form."""
    wait = math.ceil(seconds)
    detail = ngettext("Too many requests. Wait a second.", "Too many requests. Wait {number} seconds.", wait)
    data, headers = {"detail": detail.format(number=wait), "code": Throttled.default_code}, {"Retry-After": str(wait)}
    if SCRIPT_HEADER in request.headers:
        return HttpResponse(data["detail"], status=429, headers=headers, content_type="text/plain; charset=utf-8")
    return error_response(request, data, 429, headers)


def has_old_token(request: HttpRequest) -> bool:
    """Return whether the CSRF token of the form is missing or that of an earlier session."""
    check = CSRFCheck(lambda _request: HttpResponse())
    check.process_request(request)
    return bool(check.process_view(request, None, (), {}))  # type: ignore[arg-type]
