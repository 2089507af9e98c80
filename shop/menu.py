"""The menu, which all pages have, and the pages of links to reports and to the other pages of the shop."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from core.pages.links import POST_FORM
from users.permissions import may_send, routes


class Entry(NamedTuple):
    """A link of the menu. It is omitted for users who may not send the method to the route of the API."""

    title: Any
    page: str
    route: str
    method: str = "GET"


class Link(NamedTuple):
    title: Any
    address: str


MENU = (
    (
        Entry(gettext_lazy("Sell"), "shop-sell", "operation-list", "POST"),
        Entry(gettext_lazy("Receive"), "shop-receive", "operation-list", "POST"),
        Entry(gettext_lazy("Count"), "shop-count", "counts", "POST"),
        Entry(gettext_lazy("Counting sheets"), "sheet-list", "sheet-list"),
        Entry(gettext_lazy("Move"), "shop-move", "transfers", "POST"),
        Entry(gettext_lazy("Order"), "shop-order", "purchase-order-list", "POST"),
    ),
    (
        Entry(gettext_lazy("Products"), "product-list", "product-list"),
        Entry(gettext_lazy("Suppliers"), "supplier-list", "supplier-list"),
        Entry(gettext_lazy("Places"), "location-list", "location-list"),
    ),
    (
        Entry(gettext_lazy("History"), "movement-list", "movement-list"),
        Entry(gettext_lazy("Reports"), "shop-reports", "dashboard"),
        Entry(gettext_lazy("Shop"), "shop-links", "user-me"),
    ),
)
REPORTS = (
    (gettext_lazy("Overview"), "dashboard"), (gettext_lazy("Low and expired"), "product-alerts"),
    (gettext_lazy("What to order"), "report-reorder"), (gettext_lazy("Margins"), "report-margins"),
    (gettext_lazy("Value of the stock"), "report-valuation"), (gettext_lazy("Movements by period"), "report-movements"),
    (gettext_lazy("Not counted"), "report-not-counted"), (gettext_lazy("Not moving"), "report-idle"),
    (gettext_lazy("How long the stock lasts"), "report-days-left"),
    (gettext_lazy("Stock on a day"), "stock-levels"),
)  # fmt: skip
QUERIES = {"report-margins": "?period=this_month"}  # the parameters that the links have
FORMS = {"user-list": gettext_lazy("Add a worker")}  # further links, to the forms of these pages
SHOP = (
    (gettext_lazy("Start"), "root"), (gettext_lazy("Settings"), "account"),
    (gettext_lazy("People"), "user-list"), (gettext_lazy("You"), "user-me"),
    (gettext_lazy("Categories"), "category-list"), (gettext_lazy("Lots"), "lot-list"),
    (gettext_lazy("Orders"), "purchase-order-list"), (gettext_lazy("Reservations"), "reservation-list"),
    (gettext_lazy("Write off"), "shop-write-off"), (gettext_lazy("Reserve"), "shop-reserve"),
    (gettext_lazy("Labels"), "shop-labels"), (gettext_lazy("Import"), "product-import"),
    (gettext_lazy("Till"), "till"), (gettext_lazy("Tills"), "till-list"),
    (gettext_lazy("Check the ledger"), "verify"), (gettext_lazy("Seals"), "seal-list"),
    (gettext_lazy("What changed"), "changes"),
    (gettext_lazy("API keys"), "key-list"), (gettext_lazy("Connect an agent"), "shop-agents"),
    (gettext_lazy("Webhooks"), "webhook-list"),
)  # fmt: skip


def describe_menu(request: HttpRequest) -> dict[str, Any]:
    """Return the variable `menu` of templates, a function that returns the groups of links that the user may use."""

    def list_groups() -> list[list[Link]]:
        user: Any = getattr(request, "user", None)
        if not getattr(user, "account_id", None):
            return []
        groups = [
            [Link(one.title, reverse(one.page)) for one in group if may_send(user, one.route, one.method)]
            for group in MENU
        ]
        return [group for group in groups if group]

    return {"menu": list_groups}


class LinksPage(LoginRequiredMixin, TemplateView):
    """A list of links to the pages that the user may open."""

    template_name = "shop/links.html"
    title: Any = ""
    links: tuple[tuple[Any, str], ...] = ()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"title": self.title, "links": list(self.list_links()), "scan_address": reverse("product-list")}

    def list_links(self) -> Iterator[Link]:
        user = self.request.user
        for title, page in self.links:
            if may_open(user, page):
                yield Link(title, f"{reverse(page)}{QUERIES.get(page, '')}")
            if page in FORMS and may_send(user, page, "POST"):
                yield Link(FORMS[page], f"{reverse(page)}#{POST_FORM}")


def may_open(user: Any, page: str) -> bool:
    """Return whether the user may use the route of the page by some method. Other pages are open to everybody."""
    return page not in routes() or any(may_send(user, page, method) for method in routes()[page].roles)


class ReportsPage(LinksPage):
    title = gettext_lazy("Reports")
    links = REPORTS


class ShopPage(LinksPage):
    title = gettext_lazy("Shop")
    links = SHOP
