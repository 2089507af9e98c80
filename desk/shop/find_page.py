"""The search that each page has, and its page: what was found, of each kind that its user may see."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F, Q, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext, gettext_lazy

from core.kinds import parse_id
from core.pages.columns import Display
from core.pages.finding import NOTHING, Asked, select
from core.pages.look_ups import MAX_TEXT_LENGTH
from core.sentences import fill
from core.shop_apps import Finds, collect
from core.texts.barcodes import read_word
from core.texts.cleaning import clean_search_text
from core.texts.folding import match_number, match_words, spell
from products.look_ups import find_code
from products.models import Product
from products.querysets import BOOLEAN, make_expression
from products.reading.figures import MATCHES_WORD
from records.history.models import list_recorded
from trade.selling.look_ups import find_code_of_goods
from users.access.permissions import may_send
from web.task_pages.task_page import TaskPage

MAX_FOUND = 5  # the most rows of each kind that the page shows
MAX_WORDS = 8
MAX_NUMBER = 2**31 - 1  # the columns of numbers are integers


class Found(NamedTuple):
    """A row that was found. `name` is its name or its number. `is_exact` tells that the text is its code or number."""

    kind: str
    id: int
    name: str
    about: str
    at: Any
    is_exact: bool


def list_finds() -> dict[str, Finds]:
    """Return what the apps declare, the highest app first. A user who may not read a list finds none of its rows."""
    return collect("finds", settings.SHOP_APPS[::-1])


def ask(user: Any, text: str) -> Asked:
    number = parse_id(text.removeprefix("#").strip()) or 0
    return Asked(user, text, text.split()[:MAX_WORDS], number if number <= MAX_NUMBER else 0)


def find_others(asked: Asked, kinds: Iterable[str]) -> list[Found]:
    """Return up to MAX_FOUND rows of each of these kinds, and one more if there are more, by one statement."""
    parts = [
        find_rows(kind, asked)
        .annotate(found_kind=Value(kind))
        .values_list(*(f"found_{name}" for name in ("kind", "id", "name", "about", "at", "exact")))[: MAX_FOUND + 1]
        for kind in kinds
    ]
    return [Found(*row) for row in parts[0].union(*parts[1:], all=True)] if parts else []


def find_rows(kind: str, asked: Asked) -> Any:
    """Return the rows of this kind that have what was asked."""
    finds = list_finds()[kind]
    if finds.rows:
        return import_string(finds.rows)(asked)
    phone = match_number(asked.text, "phone") if "phone" in finds.further else Q()
    words = match_words(asked.words, ["name", *finds.further])
    rows = asked.owned(list_recorded()[kind]).filter(words | phone, archived_at=None)
    return select(rows, F("name"), F(finds.about) if finds.about else NOTHING)


def find_products(asked: Asked) -> list[Found]:
    """Return the first products that the list with this search has."""
    words = [make_expression(MATCHES_WORD, BOOLEAN, asked.user, word=spell(read_word(word))) for word in asked.words]
    found = asked.owned(Product).live().filter(*words).order_by("pk").values_list("pk", "name", "sku")
    return [Found("product", pk, name, sku, None, is_exact=False) for pk, name, sku in found[: MAX_FOUND + 1]]


LIST = "product-list"
PRODUCTS = Finds("Products")


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
        kinds = [kind for kind in list_finds() if may_send(self.user, f"{kind}-list", "GET")]
        asked = ask(self.user, text)
        found = find_others(asked, kinds) if text else []
        if not found:
            return HttpResponseRedirect(reverse(LIST, query={"search": text}))
        exact = [row for row in found if row.is_exact]
        found = [*find_products(asked), *found]
        if len(exact) == 1 and (len(found) == 1 or not text.isdigit()):
            return HttpResponseRedirect(link(exact[0], list_finds()[exact[0].kind]))
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
        finds = list_finds().get(kind, PRODUCTS)
        described = [
            (link(row, finds), fill(finds.name, name=row.name, number=row.name), write_about(row, finds, display))
            for row in rows[:MAX_FOUND]
        ]
        has_more = len(rows) > MAX_FOUND and finds.has_search
        more = reverse(f"{kind}-list", query={"search": text}) if has_more else ""
        return {"title": gettext(finds.title), "rows": described, "more": more}


def link(row: Found, finds: Finds) -> str:
    return reverse(finds.pages.get(row.about, f"{row.kind}-detail"), args=[row.id])


def write_about(row: Found, finds: Finds, display: Display) -> str:
    """Return the text beside the name: a code, a person or a reason, and the time."""
    about = gettext(row.about) if finds.pages else row.about
    return " \N{MIDDLE DOT} ".join(filter(None, [about, display.moment(row.at) if row.at else ""]))
