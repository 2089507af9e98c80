"""The page of the search that each page has: what was found, of each kind that its user may see."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from core.pages.columns import Display
from core.pages.look_ups import MAX_TEXT_LENGTH
from core.sentences import fill
from core.text import clean_search_text
from core.translation import gettext_noop as _
from desk.shop.reading.finding import FINDERS, MAX_FOUND, Found, ask, find_others, find_products
from desk.shop.task_page import TaskPage
from products.look_ups import find_code
from stock.models import OperationReason
from trade.kits import look_ups
from trade.sales.numbers import number_sales
from users.access.permissions import may_send

LIST = "product-list"


class Kind(NamedTuple):
    """The title of the rows, the text that names one, and whether their list has a search."""

    title: str
    name: str = "{name}"
    has_search: bool = True


KINDS = {
    "product": Kind(_("Products")),
    "sale": Kind(_("Sales"), _("Sale {number}"), has_search=False),
    "operation": Kind(_("Document numbers"), has_search=False),
    "reservation": Kind(_("Reservations"), _("Reservation {number}"), has_search=False),
    "purchase-order": Kind(_("Orders"), _("Order {number}"), has_search=False),
    "customer": Kind(_("Customers")),
    "supplier": Kind(_("Suppliers")),
    "lot": Kind(_("Lots")),
    "location": Kind(_("Places")),
    "category": Kind(_("Categories")),
    "group": Kind(_("Groups")),
    "kit": Kind(_("Kits")),
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
        if may_send(self.user, "kit-list", "GET") and (kit := look_ups.find_code(self.user, text)):
            return HttpResponseRedirect(reverse("kit-detail", args=[kit]))
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
