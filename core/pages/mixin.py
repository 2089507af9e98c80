"""What a view declares for its pages, such as the heading and the button of each of its forms."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.utils.crypto import RANDOM_STRING_CHARS, get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django_filters import Filter, FilterSet, OrderingFilter
from rest_framework.reverse import reverse
from rest_framework.status import HTTP_204_NO_CONTENT, HTTP_303_SEE_OTHER, is_success

from core.http.browsers import SCRIPT_HEADER, is_session_form
from core.pages.links import PageLink, Verb, ask_permissions
from core.pages.tables import DetailPage, TablePage
from core.pages.tabs import Tab


class PageMixin:
    """A mixin for views with pages. `pages` and `verbs` are by action, or by method if the view has no actions."""

    pages: Mapping[str, TablePage | DetailPage] = {}
    verbs: Mapping[str, Verb] = {}
    list_name = ""  # the title of the list; by default the name of the class
    row_name = ""  # the title of the page of a row; by default the name of the class
    links: Mapping[str, str] = {}  # titles of buttons on the page of a list or of a public route, and their routes
    tab: Tab | None = None  # the tab of the view, or of its list
    forms_elsewhere: tuple[str, ...] = ()  # the actions whose forms are pages of their own, by task
    actions_for_programs: tuple[str, ...] = ()  # the names of the routes of actions without a button
    has_form_pages = True  # whether the forms of the verbs are pages of their own, made by web.task_pages.route_page
    form_fields: Mapping[str, Mapping[str, Any]] = {}  # attributes of their fields that replace the serializer's
    filterset_class: type[FilterSet] | None = None

    def offers_form(self, method: str, data: Any) -> bool:
        """Return whether the page has the form of this method. `data` is the row of the response."""
        return self.name_action(method) not in self.forms_elsewhere

    def list_links(self) -> Mapping[str, str]:
        return self.links

    def explain_missing(self) -> tuple[list[str], list[PageLink]] | None:
        """Return sentences and links for the page of a 404, or None for the usual sentence."""
        return None

    @property
    def filters(self) -> Mapping[str, Filter]:
        return self.filterset_class.base_filters if self.filterset_class else {}

    @property
    def sortable_fields(self) -> list[str]:
        """Return the fields by which the list can be ordered."""
        ordering = self.filters.get("ordering")
        return list(ordering.param_map.values()) if isinstance(ordering, OrderingFilter) else []

    def find_page(self) -> TablePage | DetailPage | None:
        """Return the page of the view's action."""
        return self.pages.get(getattr(self, "action", None) or "get")

    def find_verb(self, method: str) -> Verb | None:
        """Return the form that the page has for this method."""
        return self.verbs.get(self.name_action(method))

    def name_action(self, method: str) -> str:
        """Return the action that the view has for this method, or the method if it has no actions."""
        actions: Mapping[str, str] = getattr(self, "action_map", None) or {}
        return actions.get(method.lower(), method.lower())


def describe(view: Any) -> PageMixin:
    """Return the view. For a view of a library, which declares nothing, return a view without pages."""
    return view if isinstance(view, PageMixin) else PageMixin()


KEY_LENGTH, KEY_LETTERS = 22, RANDOM_STRING_CHARS
BACK = "_back"  # the parameter with the page that has offered an undo, which leads back to it
SENT_BEFORE = gettext_lazy("This form was sent before, so nothing was done again. The first time:")


def make_form_key() -> str:
    return get_random_string(KEY_LENGTH, KEY_LETTERS)


def finish_form(view: Any, request: Any, response: Any, data: Any) -> bool:
    """Store the message of a form that succeeded. Return whether the response has become a redirect to its result."""
    verb = describe(view).find_verb("POST")
    is_form = request.method == "POST" and is_session_form(request)
    if verb is None or not is_success(response.status_code) or not is_form:
        return False
    back = find_back(request)
    if verb.say:
        said = verb.write_message(data, is_undone=bool(back))
        if "Idempotent-Replayed" in response.headers:
            said = f"{SENT_BEFORE} {said}"
        messages.success(request._request, said, extra_tags=find_undo(verb, view, data))
    address = back or (verb.link(data) if verb.link else "")
    if not address:
        return False
    response.status_code = HTTP_204_NO_CONTENT if SCRIPT_HEADER in request.headers else HTTP_303_SEE_OTHER
    response.headers["Location"] = address
    return True


def find_back(request: Any) -> str:
    """Return the page to which an undo leads back, or an empty text. It is never that of another site."""
    address: str = request.query_params.get(BACK, "")
    return address if address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""


def find_undo(verb: Verb, view: Any, data: Any) -> str:
    """Return the address to which a button posts an empty form that undoes this, if the user may use it."""
    may_undo = verb.operation and ask_permissions(view, "may_use", "operation-reverse")
    return reverse("operation-reverse", args=[data[verb.operation]]) if may_undo else ""
