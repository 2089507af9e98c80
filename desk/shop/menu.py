"""The menu, which all pages have, and the page of links to the other pages of the shop."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest
from django.urls import resolve, reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from core.pages.browsable import get_view_name
from core.pages.links import POST_FORM
from core.pages.mixin import PageMixin
from users.permissions import may_send, routes


class Entry(NamedTuple):
    """A link of the menu. It is omitted for users who may not send the method to the route of the API."""

    page: str
    route: str
    method: str = "GET"


class Link(NamedTuple):
    title: Any
    address: str


MENU = (
    (
        Entry("shop-sell", "operation-list", "POST"),
        Entry("shop-find-sale", "operation-return", "POST"),
        Entry("shop-receive", "operation-list", "POST"),
        Entry("shop-count", "counts", "POST"),
        Entry("sheet-list", "sheet-list"),
        Entry("shop-move", "transfers", "POST"),
        Entry("shop-order", "purchase-order-list", "POST"),
    ),
    (
        Entry("product-list", "product-list"),
        Entry("supplier-list", "supplier-list"),
        Entry("customer-list", "customer-list"),
        Entry("location-list", "location-list"),
    ),
    (
        Entry("movement-list", "movement-list"),
        Entry("shop-reports", "dashboard"),
        Entry("shop-links", "user-me"),
    ),
)
TILLS = "till-list"  # who may send this a POST finds the page of the till
FORMS = {"user-list": gettext_lazy("Add a worker")}  # further links, to the forms of these pages
SHOP = {
    gettext_lazy("Your shop"): ("root", "account", "user-list", "user-me", "changes"),
    gettext_lazy("Products"): (
        "category-list",
        "field-list",
        "group-list",
        "lot-list",
        "product-import",
        "shop-labels",
        "shop-write-off",
    ),
    gettext_lazy("Orders"): ("purchase-order-list", "reservation-list", "shop-reserve", "shop-hand-out"),
    gettext_lazy("The ledger"): ("verify", "seal-list"),
    gettext_lazy("Tills and programs"): ("till", "till-list", "key-list", "shop-agents", "webhook-list"),
}


def describe_menu(request: HttpRequest) -> dict[str, Any]:
    """Return the variable `menu` of templates, a function that returns the groups of links that the user may use."""

    def list_groups() -> list[list[Link]]:
        user: Any = getattr(request, "user", None)
        if not getattr(user, "account_id", None):
            return []
        groups = [
            [Link(name_page(one.page), reverse(one.page)) for one in group if may_send(user, one.route, one.method)]
            for group in MENU
        ]
        return [group for group in groups if group]

    return {"menu": list_groups}


@cache
def find_view(page: str) -> Any:
    """Return a view of the API with the attributes of the route, or the class or function of another page."""
    view: Any = resolve(reverse(page)).func
    return view.cls(**view.initkwargs) if hasattr(view, "cls") else getattr(view, "view_class", view)


def name_page(page: str) -> Any:
    """Return the title of the page, which is also that of the links to it."""
    view = find_view(page)
    return get_view_name(view) if isinstance(view, PageMixin) else getattr(view, "title", gettext_lazy("Till"))


class LinksPage(LoginRequiredMixin, TemplateView):
    """Groups of links to the pages that the user may open."""

    template_name = "shop/links.html"
    title: Any = ""
    groups: dict[Any, tuple[str, ...]] = {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        groups = ((title, list(self.list_links(pages))) for title, pages in self.groups.items())
        shown = [group for group in groups if group[1]]
        scan_address = reverse("product-list") if may_open(self.request.user, "product-list") else ""
        return {"title": self.title, "groups": shown, "scan_address": scan_address}

    def list_links(self, pages: tuple[str, ...]) -> Iterator[Link]:
        user = self.request.user
        for page in pages:
            if may_open(user, page):
                yield Link(name_page(page), reverse(page))
            if page in FORMS and may_send(user, page, "POST"):
                yield Link(FORMS[page], f"{reverse(page)}#{POST_FORM}")


def may_open(user: Any, page: str) -> bool:
    """Return whether the user may use the route of the page by some method, or that to which its form is sent."""
    if page in routes():
        return any(may_send(user, page, method) for method in routes()[page].roles)
    view = find_view(page)
    return may_send(user, getattr(view, "route", TILLS), getattr(view, "method", "POST"))


class ShopPage(LinksPage):
    title = gettext_lazy("Shop")
    groups = SHOP
