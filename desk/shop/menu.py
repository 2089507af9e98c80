"""The menu and the tabs of all pages, and the page of links to the settings of the shop."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest
from django.urls import get_resolver, resolve, reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from core.arranging import check_order
from core.pages.browsable import get_view_name
from core.pages.links import API, find_form_page
from core.pages.mixin import PageMixin
from core.pages.tabs import PROGRAMS, Tab
from users.access.permissions import list_views, may_send, routes

# The entries of the menu. Each has the names of its pages, which are its tabs, and links to the first one that the user
# may open. The tabs of apps that can be left out say behind which of these they are.
MENU = (
    ("shop-sell", "shop-find-sale", "sale-list"),
    ("shop-receive", "shop-move", "shop-write-off"),
    ("shop-count",),
    ("shop-orders", "customer-list", "supplier-list", "offer-list"),
    (
        "product-list", "category-list", "group-list", "kit-list", "recipe-list", "lot-list", "location-list",
        "product-import",
    ),
    ("shop-reports", "movement-list"),
    (
        "shop-links",
        "account", "shop-uses", "field-list", "tax-list", "changes",
        "user-list", "user-me",
        "till-list",
        "key-list", "feed",
    ),
)  # fmt: skip
DAILY = ("shop-sell", "shop-receive", "shop-count")  # a phone has these first at the bottom of the screen
FORMS, DELETIONS = "/shop/form/", "/shop/delete/"  # begin the addresses of web.task_pages.route_page


class Link(NamedTuple):
    title: Any
    address: str
    current: str = ""  # the value of `aria-current`
    about: Any = ""
    is_daily: bool = False


@cache
def list_menu() -> list[tuple[Tab, ...]]:
    """Return the tabs of each entry of the menu. Raise ImproperlyConfigured if one has no place there."""
    views = list_views(get_resolver())
    tabs = {name: replace(tab, name=name) for name, view in views if (tab := find_tab(name, view))}
    ordered = sorted(tabs.values(), key=lambda tab: (tab.behind, tab.number))  # a tab comes before those behind it
    found = [tuple(tab for name in entry for tab in ordered if name in (tab.name, tab.behind)) for entry in MENU]
    check_order("MENU in desk/shop/menu.py", [tab.name for entry in found for tab in entry], tabs)
    return [entry for entry in found if entry]


def find_tab(name: str, view: Any) -> Tab | None:
    """Return the tab that the view of this route or page declares, or None."""
    return routes()[name].tab if name in routes() else getattr(getattr(view, "view_class", None), "tab", None)


def describe_menu(request: HttpRequest) -> dict[str, Any]:
    """Return the variables `menu` and `tabs` of templates, functions that return links which the user may use."""
    user: Any = getattr(request, "user", None)

    def list_entries() -> Iterator[Link]:
        if not getattr(user, "account_id", None):
            return
        family, _page = find_page(request.path)
        entries = [(pages, first) for pages in list_menu() if (first := find_open(user, pages))]
        daily = sorted(entries, key=lambda entry: entry[0][0].name not in DAILY)[: len(DAILY)]
        for pages, first in entries:
            link = make_link(request, first, is_current=pages is family)
            yield link._replace(title=name_page(pages[0]), is_daily=(pages, first) in daily)

    def list_tabs() -> list[Link]:
        family, page = find_page(request.path)
        pages = list_open(user, family) if getattr(user, "account_id", None) else []
        return [make_link(request, one, is_current=one is page) for one in pages] if len(pages) > 1 else []

    return {"menu": list_entries, "tabs": list_tabs}


def find_page(path: str) -> tuple[tuple[Tab, ...], Tab | None]:
    """Return the family and the page whose tab is current at this address, or an empty family."""
    if path.startswith((FORMS, DELETIONS)):  # the form of a route has the tab of the route
        path = API + path.removeprefix(FORMS).removeprefix(DELETIONS)
    found = [one for one in list_addresses() if path.startswith(one[0])]
    return max(found, key=lambda one: len(one[0]))[1:] if found else ((), None)


@cache
def list_addresses() -> list[tuple[str, tuple[Tab, ...], Tab]]:
    """Return the beginnings of addresses, each with the family and the page to which it belongs."""
    return [(one, pages, page) for pages in list_menu() for page in pages for one in (reverse(page.name), *page.covers)]


def make_link(request: HttpRequest, page: Tab, *, is_current: bool = False) -> Link:
    address = reverse(page.name)
    current = "page" if address == request.path else "true" if is_current else ""
    return Link(name_page(page), address, current, page.about)


@cache
def find_view(name: str) -> Any:
    """Return a view of the API with the attributes of the route, or the class or function of another page."""
    view: Any = resolve(reverse(name)).func
    return view.cls(**view.initkwargs) if hasattr(view, "cls") else getattr(view, "view_class", view)


def name_page(page: Tab) -> Any:
    """Return the title of the page, which is also that of the links to it."""
    view = find_view(page.name)
    return get_view_name(view) if isinstance(view, PageMixin) else view.title


def find_open(user: Any, pages: Iterable[Tab]) -> Tab | None:
    return next((page for page in pages if may_open(user, page)), None)


def list_open(user: Any, pages: Iterable[Tab]) -> list[Tab]:
    return [page for page in pages if may_open(user, page)]


def may_open(user: Any, page: Tab) -> bool:
    """Return whether the user may use the route of the page by some method, or that to which its form is sent."""
    if (page.group is PROGRAMS and not user.developer) or (page.is_offered and not page.is_offered(user)):
        return False
    route = page.route or page.name
    if route in routes():
        return any(may_send(user, route, method) for method in routes()[route].roles)
    view = find_view(page.name)
    return may_send(user, view.route, getattr(view, "method", "POST"))


class ShopPage(LoginRequiredMixin, TemplateView):
    """Groups of links to the settings that the user may open."""

    template_name = "shop/links.html"
    title = gettext_lazy("Shop")
    tab = Tab()
    route, method = "user-me", "GET"  # the menu has the page for those who may use this

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        groups = groupby(list_open(user, find_page(self.request.path)[0][1:]), key=lambda page: page.group)
        links = [(title, [link for page in pages for link in self.list_links(page)]) for title, pages in groups]
        scan_address = reverse("product-list") if may_send(user, "product-list", "GET") else ""
        return {"title": self.title, "groups": links, "scan_address": scan_address}

    def list_links(self, page: Tab) -> Iterator[Link]:
        link = make_link(self.request, page)
        yield link
        if page.form and may_send(self.request.user, page.name, "POST"):
            yield Link(page.form, find_form_page(link.address))
