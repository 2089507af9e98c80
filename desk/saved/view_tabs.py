"""The tabs above a list: its saved views, and the link that saves what is on the screen."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from core.kinds import parse_id
from core.lists.parameters import COLUMNS
from core.pages.hooks import ListHook
from core.pages.links import API, PageLink, find_form_page
from desk.saved.errors import ViewRowGone
from desk.saved.models import SavedView
from desk.saved.routes import NEVER_SAVED, OPEN_VIEW, build_address, find_gone, is_empty, open_address
from users.access.permissions import may_send
from web.list_routes import list_routes

TAB_FIELDS = ("id", "name", "query", "columns", "user", "user__username")


class TabsOfViews(ListHook):
    """The tabs of a list for its reader, the links that save what is on the screen, and that edit the open view."""

    def make_tabs(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return them for the list of the context, if the reader may see views.

        The view of the reader that the address names is open until it is closed by another tab. If its filters or
        columns have been changed since, a button saves them into it.
        """
        request = context["request"]
        route = request.path.removeprefix(API).strip("/")
        if not context.get("page") or route not in list_routes() or not may_send(request.user, "view-list", "GET"):
            return {}
        query, columns = read_present(request)
        here = build_address(route, query, columns)
        views = SavedView.objects.readable_by(request.user).filter(route=route).order_by("name").values(*TAB_FIELDS)
        asked = parse_id(request.GET.get(OPEN_VIEW, ""))
        pages = {view["id"]: list_address(route, view) for view in views}
        own = [view for view in views if view["user"] == request.user.pk]
        opened = next((view for view in own if view["id"] == asked), None)
        opened = opened or next((view for view in own if pages[view["id"]] == here), None)
        is_saved = here in pages.values()
        gone = ""
        if (opened or is_saved) and is_empty(context["page"], context["response"].data):
            gone = find_gone(context["view"], context["view"].request)
        is_set = bool(query or columns or context["page"].has_csv)
        may_save = is_set and not is_saved and may_send(request.user, "view-list", "POST")
        given = {"route": route, "query": query, "columns": "\n".join(columns)}
        tabs = [PageLink(gettext("All"), request.path, style="current" * (here == request.path and not opened))]
        tabs += [
            make_tab(route, view, request.user, is_current=view == opened or (not opened and pages[view["id"]] == here))
            for view in views
        ]
        return {
            "tabs": tabs if views else (),
            "save": f"{find_form_page(reverse('view-list'))}?{urlencode(given)}" if may_save else "",
            "keep": reverse("shop-keep-view", args=[opened["id"]]) if opened and may_save else "",
            "edit": find_form_page(reverse("view-detail", args=[opened["id"]])) if opened else "",
            "query": query, "columns": ",".join(columns), "opened": opened,
            "gone": str(ViewRowGone(parameter=gone)) if gone else "",
        }  # fmt: skip


def read_present(request: Any) -> tuple[str, list[str]]:
    """Return the filters and the columns of what is on the screen, without the position in the list."""
    lists = request.GET.lists()
    query = [(name, one) for name, values in lists if name not in NEVER_SAVED for one in values if one]
    return urlencode(query), list(filter(None, request.GET.get(COLUMNS, "").split(",")))


def list_address(route: str, view: dict[str, Any]) -> str:
    return build_address(route, view["query"], view["columns"])


def make_tab(route: str, view: dict[str, Any], user: Any, *, is_current: bool) -> PageLink:
    """Return the tab of a view. One of the user stays open while its filters are changed."""
    is_own = view["user"] == user.pk
    title = view["name"] if is_own else f"{view['name']} ({view['user__username']})"
    own_address = open_address(view["id"], route, view["query"], view["columns"])
    return PageLink(title, own_address if is_own else list_address(route, view), style="current" * is_current)
