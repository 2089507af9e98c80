"""The tabs above a list: its saved views, and the link that saves what is on the screen."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.translation import gettext

from core.lists.parameters import COLUMNS
from core.pages.links import API, PageLink, find_form_page
from desk.saved.models import SavedView
from desk.saved.routes import NEVER_SAVED, build_address, list_routes
from users.access.permissions import may_send

TAB_FIELDS = ("name", "query", "columns", "user", "user__username")

register = template.Library()


@register.inclusion_tag("saved/tabs.html", takes_context=True)
def view_tabs(context: Any) -> dict[str, Any]:
    """Return the tabs of a list for its reader, and the address of the form that saves what is on the screen."""
    request = context["request"]
    route = request.path.removeprefix(API).strip("/")
    if not context.get("page") or route not in list_routes() or not may_send(request.user, "view-list", "GET"):
        return {}
    query, columns = read_present(request)
    here = build_address(route, query, columns)
    views = SavedView.objects.readable_by(request.user).filter(route=route).order_by("name").values(*TAB_FIELDS)
    tabs = [make_tab(gettext("All"), request.path, here)]
    tabs += [make_view_tab(route, view, here, request.user) for view in views]
    given = {"route": route, "query": query, "columns": "\n".join(columns)}
    is_saved = any(tab.style for tab in tabs[1:])
    is_set = bool(query or columns or context["page"].has_csv)
    may_save = is_set and not is_saved and may_send(request.user, "view-list", "POST")
    form = f"{find_form_page(reverse('view-list'))}?{urlencode(given)}"
    return {"tabs": tabs if views else (), "save": form if may_save else ""}


def read_present(request: Any) -> tuple[str, list[str]]:
    """Return the filters and the columns of what is on the screen, without the position in the list."""
    lists = request.GET.lists()
    query = [(name, one) for name, values in lists if name not in NEVER_SAVED for one in values if one]
    return urlencode(query), list(filter(None, request.GET.get(COLUMNS, "").split(",")))


def make_view_tab(route: str, view: dict[str, Any], here: str, user: Any) -> PageLink:
    title = view["name"] if view["user"] == user.pk else f"{view['name']} ({view['user__username']})"
    return make_tab(title, build_address(route, view["query"], view["columns"]), here)


def make_tab(title: str, address: str, here: str) -> PageLink:
    return PageLink(title, address, style="current" * (address == here))
