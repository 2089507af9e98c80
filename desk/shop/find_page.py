"""The search that each page has, and its page: what was found, of each kind that its user may see."""

from collections.abc import Callable, Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, DateTimeField, ExpressionWrapper, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Lower
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from core.kinds import parse_id
from core.pages.columns import Display
from core.pages.look_ups import MAX_TEXT_LENGTH
from core.sentences import fill
from core.texts.barcodes import read_word
from core.texts.cleaning import clean_search_text
from core.texts.folding import match_number, match_words, spell
from products.look_ups import find_code
from products.models import Category, Group, Product
from products.querysets import BOOLEAN, make_expression
from products.reading.figures import MATCHES_WORD
from stock.models import Location, Lot, Operation, OperationReason
from suppliers.models import Supplier
from trade.customers.models import Customer
from trade.kits.models import Kit
from trade.purchasing.models import Order
from trade.reservations.models import Reservation
from trade.sales.models import Number
from trade.sales.numbers import list_references, number_sales
from trade.selling.look_ups import find_code_of_goods
from users.access.permissions import may_send
from web.task_pages.task_page import TaskPage

MAX_FOUND = 5  # the most rows of each kind that the page shows
# The texts of older orders are not searched. Orders of any age are found by their numbers.
MAX_SEARCHED = 2_000
MAX_WORDS = 8
MAX_NUMBER = 2**31 - 1  # the columns of numbers are integers
NO_TIME = Cast(Value(None), DateTimeField())
NOTHING = Value("")


class Found(NamedTuple):
    """A row that was found. `name` is its name or its number. `is_exact` tells that the text is its code or number."""

    kind: str
    id: int
    name: str
    about: str
    at: Any
    is_exact: bool


class Asked(NamedTuple):
    """The text of a search, its words and its number. `number` is 0 if the text is no number."""

    user: Any
    text: str
    words: list[str]
    number: int

    def owned(self, model: Any) -> Any:
        return model.objects.for_user(self.user)

    def is_newest(self, model: Any, words: Q) -> Q:
        """Return the condition that a row is one of the newest rows, and meets the condition `words`."""
        newest = self.owned(model).order_by("-pk").values("pk")[:MAX_SEARCHED]
        return Q(pk__in=self.owned(model).filter(words, pk__in=newest).values("pk"))

    def named(self, model: Any, about: str = "", *further: str) -> QuerySet:
        """Return the rows that are not archived and have the words in their names or in further fields."""
        phone = match_number(self.text, "phone") if "phone" in further else Q()
        found = self.owned(model).filter(match_words(self.words, ["name", *further]) | phone, archived_at=None)
        return select(found, F("name"), F(about) if about else NOTHING)


def select(rows: Any, name: Any, about: Any = NOTHING, at: Any = NO_TIME, exact: Q | None = None) -> QuerySet:
    """Annotate the rows with the fields of Found except `kind`. Those with `is_exact` come first, then the newest."""
    is_exact = ExpressionWrapper(exact, BooleanField()) if exact else Value(False)
    columns = {"found_name": Cast(name, TextField()), "found_about": Cast(about, TextField()), "found_at": at}
    return rows.annotate(found_id=F("pk"), **columns, found_exact=is_exact).order_by("-found_exact", "-pk")  # type: ignore[no-any-return]


def find_numbered_sales(asked: Asked) -> QuerySet:
    numbers = asked.owned(Number).filter(number=asked.number)
    found = select(numbers, F("number"), at=F("operation__occurred_at"), exact=Q(number=asked.number))
    return found.annotate(found_id=F("operation_id"))  # type: ignore[no-any-return]


def find_operations(asked: Asked) -> QuerySet:
    """Return the transactions with this document number or receipt of a till."""
    found = asked.owned(Operation).filter(reference__in=list_references(asked.text))
    return select(found, F("reference"), F("reason"), F("occurred_at"), ~Q(reference=""))


def find_reservations(asked: Asked) -> QuerySet:
    number, words = Q(number=asked.number), match_words(asked.words, ["reference", "customer__name"])
    rows = asked.owned(Reservation).filter(number | asked.is_newest(Reservation, words))
    return select(rows, F("number"), Coalesce("customer__name", "reference"), F("created_at"), number)


def find_orders(asked: Asked) -> QuerySet:
    number, words = Q(pk=asked.number), match_words(asked.words, ["reference", "supplier_name"])
    rows = asked.owned(Order).filter(number | asked.is_newest(Order, words))
    return select(rows, F("pk"), F("supplier_name"), F("created_at"), number)


def find_lots(asked: Asked) -> QuerySet:
    found = asked.owned(Lot).filter(match_words(asked.words, ["code"]))
    return select(found, F("code"), F("product__name"), exact=Q(code__lower=Lower(Value(asked.text))))


# The keys are the names of the lists' routes. A user who may not read a list finds none of its rows.
FINDERS: dict[str, Callable[[Asked], QuerySet]] = {
    "sale": find_numbered_sales,
    "operation": find_operations,
    "reservation": find_reservations,
    "purchase-order": find_orders,
    "customer": lambda asked: asked.named(Customer, "email", "email", "phone", "external_id"),
    "supplier": lambda asked: asked.named(Supplier),
    "lot": find_lots,
    "location": lambda asked: asked.named(Location, "note"),
    "category": lambda asked: asked.named(Category),
    "group": lambda asked: asked.named(Group),
    "kit": lambda asked: asked.named(Kit, "sku", "sku", "barcode"),
}


def ask(user: Any, text: str) -> Asked:
    number = parse_id(text.removeprefix("#").strip()) or 0
    return Asked(user, text, text.split()[:MAX_WORDS], number if number <= MAX_NUMBER else 0)


def find_others(asked: Asked, kinds: Iterable[str]) -> list[Found]:
    """Return up to MAX_FOUND rows of each of these kinds, and one more if there are more, by one statement."""
    parts = [
        FINDERS[kind](asked)
        .annotate(found_kind=Value(kind))
        .values_list(*(f"found_{name}" for name in ("kind", "id", "name", "about", "at", "exact")))[: MAX_FOUND + 1]
        for kind in kinds
    ]
    return [Found(*row) for row in parts[0].union(*parts[1:], all=True)] if parts else []


def find_products(asked: Asked) -> list[Found]:
    """Return the first products that the list with this search has."""
    words = [make_expression(MATCHES_WORD, BOOLEAN, asked.user, word=spell(read_word(word))) for word in asked.words]
    found = asked.owned(Product).live().filter(*words).order_by("pk").values_list("pk", "name", "sku")
    return [Found("product", pk, name, sku, None, is_exact=False) for pk, name, sku in found[: MAX_FOUND + 1]]


LIST = "product-list"


class Kind(NamedTuple):
    """The title of the rows, the text that names one, and whether their list has a search."""

    title: str
    name: str = "{name}"
    has_search: bool = True


KINDS = {
    "product": Kind("Products"),
    "sale": Kind("Sales", "Sale {number}", has_search=False),
    "operation": Kind("Document numbers", has_search=False),
    "reservation": Kind("Reservations", "Reservation {number}", has_search=False),
    "purchase-order": Kind("Orders", "Order {number}", has_search=False),
    "customer": Kind("Customers"),
    "supplier": Kind("Suppliers"),
    "lot": Kind("Lots"),
    "location": Kind("Places"),
    "category": Kind("Categories"),
    "group": Kind("Groups"),
    "kit": Kind("Kits"),
}


class FindPage(TaskPage):
    """Opens the row with this code or number. Otherwise lists what was found.

    If nothing but products can have the text, their list shows them: it has filters and suggests similar names.
    """

    http_method_names = ["get", "head", "options"]
    template_name = "shop/find.html"
    title = gettext_lazy("Search")
    route, method = LIST, "GET"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            text = clean_search_text(request.GET.get("search", ""), MAX_TEXT_LENGTH)
        except ValidationError as error:
            return self.show_found("", error=error.messages[0], status=400)
        if product := find_code(self.user, text):
            return HttpResponseRedirect(reverse("product-detail", args=[product]))
        goods = find_code_of_goods(self.user, text)
        if goods and may_send(self.user, f"{goods.kind}-detail", "GET"):
            return HttpResponseRedirect(reverse(f"{goods.kind}-detail", args=[goods.pk]))
        asked = ask(self.user, text)
        kinds = [kind for kind in FINDERS if may_send(self.user, f"{kind}-list", "GET")]
        if asked.number and "sale" in kinds:
            number_sales(self.user.account_id or 0)
        found = find_others(asked, kinds) if text else []
        if not found:
            return HttpResponseRedirect(f"{reverse(LIST)}?{urlencode({'search': text})}")
        exact = [row for row in found if row.is_exact]
        found = [*find_products(asked), *found]
        if len(exact) == 1 and (len(found) == 1 or not text.isdigit()):
            return HttpResponseRedirect(link(exact[0]))
        return self.show_found(text, found)

    def show_found(self, text: str, found: Iterable[Found] = (), error: Any = "", status: int = 200) -> HttpResponse:
        display = Display.of(self.user)
        groups = [
            self.make_group(text, kind, list(rows), display) for kind, rows in groupby(found, key=attrgetter("kind"))
        ]
        context = {"title": self.title, "text": text, "groups": groups, "error": error, "scan_address": reverse(LIST)}
        return render(self.request, self.template_name, context, status=status)

    def make_group(self, text: str, kind: str, rows: list[Found], display: Display) -> dict[str, Any]:
        """Return the title and the rows of a kind, and the address of its list if this finds more rows."""
        described = [
            (link(row), fill(KINDS[kind].name, name=row.name, number=row.name), write_about(row, display))
            for row in rows[:MAX_FOUND]
        ]
        has_more = len(rows) > MAX_FOUND and KINDS[kind].has_search
        more = f"{reverse(f'{kind}-list')}?{urlencode({'search': text})}" if has_more else ""
        return {"title": gettext(KINDS[kind].title), "rows": described, "more": more}


def link(row: Found) -> str:
    page = "sale" if row.kind == "operation" and row.about == OperationReason.SALE else row.kind
    return reverse(f"{page}-detail", args=[row.id])


def write_about(row: Found, display: Display) -> str:
    """Return the text beside the name: a code, a person or a reason, and the time."""
    about = gettext(row.about) if row.kind == "operation" else row.about
    return " \N{MIDDLE DOT} ".join(filter(None, [about, display.moment(row.at) if row.at else ""]))
