"""The menu and the tabs of all pages, and the page of links to the settings of the shop."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
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


class Page(NamedTuple):
    """A tab, which users get who may open its page. It is also that of the addresses in `covers`.

    Users may open the page of a route if they may use the route by some method, and the page of a form if they may send
    it to its route. `route` names another route, which they have to be able to use.
    """

    name: str
    covers: tuple[str, ...] = ()  # the addresses of pages to which it leads begin with these
    route: str = ""
    about: Any = ""  # the sentence on the page of the shop
    group: Any = ""  # the heading there
    form: Any = ""  # the title of a further link there, to the form of the page


class Link(NamedTuple):
    title: Any
    address: str
    current: str = ""  # the value of `aria-current`
    about: Any = ""


YOUR_SHOP, PEOPLE = gettext_lazy("Your shop"), gettext_lazy("People")
TILLS, PROGRAMS = gettext_lazy("Tills"), gettext_lazy("Programs")  # programs are for developers alone
# The pages of each entry of the menu, which leads to the first of them that the user may open.
MENU = (
    (Page("shop-sell"), Page("shop-find-sale", ("/shop/sales/",))),
    (Page("shop-receive", ("/shop/deliveries/",)), Page("shop-move"), Page("shop-write-off")),
    (Page("shop-count", ("/shop/sheets/", "/api/stock/sheets/"), route="sheet-list"),),
    (
        Page(
            "shop-orders",
            ("/shop/order/", "/shop/reserve/", "/shop/reservations/", "/api/purchase-orders/",
             "/api/stock/reservations/"),
        ),
        Page("customer-list"),
        Page("supplier-list"),
    ),
    (
        Page("product-list", ("/shop/products/", "/shop/tag/", "/api/items/")),
        Page("category-list"),
        Page("group-list", ("/shop/groups/",)),
        Page("lot-list"),
        Page("location-list"),
        Page("product-import"),
        Page("shop-labels"),
    ),
    (Page("movement-list"), Page("verify", ("/api/stock/seals/",))),
    (
        Page(
            "shop-reports",
            ("/api/reports/", "/api/dashboard/", "/api/products/alerts/", "/api/stock/counts/", "/api/stock/levels/",
             "/api/stock/comparisons/"),
        ),
    ),
    (
        Page("shop-links"),
        Page("account", group=YOUR_SHOP, about=gettext_lazy("Name, language, currency, and how numbers are written.")),
        Page("field-list", group=YOUR_SHOP, about=gettext_lazy("What you note about products beside the usual.")),
        Page("changes", group=YOUR_SHOP, about=gettext_lazy("Who changed what of products, people and settings.")),
        Page(
            "user-list", group=PEOPLE, about=gettext_lazy("Who works here, and what each may do."),
            form=gettext_lazy("Add a worker"),
        ),
        Page(
            "user-me", ("/accounts/",), group=PEOPLE,
            about=gettext_lazy("Your e-mail address, language and password, and how you sign in."),
        ),
        Page("till-list", group=TILLS, about=gettext_lazy("Add a till, pair a device with it, or open the till here.")),
        Page("key-list", group=PROGRAMS, about=gettext_lazy("Let a program in without a password.")),
        Page("shop-agents", group=PROGRAMS, about=gettext_lazy("Let an assistant look things up and book.")),
        Page("webhook-list", group=PROGRAMS, about=gettext_lazy("Tell another system what has happened.")),
        Page("feed", group=PROGRAMS, about=gettext_lazy("What has happened, for programs that ask.")),
    ),
)  # fmt: skip


def describe_menu(request: HttpRequest) -> dict[str, Any]:
    """Return the variables `menu` and `tabs` of templates, functions that return links which the user may use."""
    user: Any = getattr(request, "user", None)

    def list_entries() -> Iterator[Link]:
        if not getattr(user, "account_id", None):
            return
        family, _page = find_page(request.path)
        for pages in MENU:
            if first := next((page for page in pages if may_open(user, page)), None):
                link = make_link(request, first, is_current=pages is family)
                yield link._replace(title=name_page(pages[0]))

    def list_tabs() -> list[Link]:
        family, page = find_page(request.path)
        pages = list_open(user, family) if getattr(user, "account_id", None) else []
        return [make_link(request, one, is_current=one is page) for one in pages] if len(pages) > 1 else []

    return {"menu": list_entries, "tabs": list_tabs}


def find_page(path: str) -> tuple[tuple[Page, ...], Page | None]:
    """Return the family and the page whose tab is current at this address, or an empty family."""
    found = [one for one in list_addresses() if path.startswith(one[0])]
    return max(found, key=lambda one: len(one[0]))[1:] if found else ((), None)


@cache
def list_addresses() -> list[tuple[str, tuple[Page, ...], Page]]:
    """Return the beginnings of addresses, each with the family and the page to which it belongs."""
    return [(one, pages, page) for pages in MENU for page in pages for one in (reverse(page.name), *page.covers)]


def make_link(request: HttpRequest, page: Page, *, is_current: bool = False) -> Link:
    address = reverse(page.name)
    current = "page" if address == request.path else "true" if is_current else ""
    return Link(name_page(page), address, current, page.about)


@cache
def find_view(name: str) -> Any:
    """Return a view of the API with the attributes of the route, or the class or function of another page."""
    view: Any = resolve(reverse(name)).func
    return view.cls(**view.initkwargs) if hasattr(view, "cls") else getattr(view, "view_class", view)


def name_page(page: Page) -> Any:
    """Return the title of the page, which is also that of the links to it."""
    view = find_view(page.name)
    return get_view_name(view) if isinstance(view, PageMixin) else view.title


def list_open(user: Any, pages: Iterable[Page]) -> list[Page]:
    return [page for page in pages if may_open(user, page)]


def may_open(user: Any, page: Page) -> bool:
    """Return whether the user may use the route of the page by some method, or that to which its form is sent."""
    if page.group is PROGRAMS and not user.developer:
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
    route, method = "user-me", "GET"  # the menu has the page for those who may use this

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        groups = groupby(list_open(user, MENU[-1][1:]), key=lambda page: page.group)
        links = [(title, [link for page in pages for link in self.list_links(page)]) for title, pages in groups]
        scan_address = reverse("product-list") if may_send(user, "product-list", "GET") else ""
        return {"title": self.title, "groups": links, "scan_address": scan_address}

    def list_links(self, page: Page) -> Iterator[Link]:
        link = make_link(self.request, page)
        yield link
        if page.form and may_send(self.request.user, page.name, "POST"):
            yield Link(page.form, f"{link.address}#{POST_FORM}")
