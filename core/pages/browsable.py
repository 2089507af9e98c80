"""The renderer of the browsable API. Its templates are in inventory_api/templates/rest_framework/.

Developers also get REST framework's form with JSON. Its HTML forms are shown to nobody: see ADR 13.
"""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict, RawPostDataException, UnreadablePostError
from django.middleware.csrf import get_token
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from rest_framework.exceptions import APIException
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import override_method
from rest_framework.reverse import preserve_builtin_query_params, reverse
from rest_framework.status import is_redirect, is_success
from rest_framework.utils.formatting import camelcase_to_spaces, markup_description, remove_trailing_string
from rest_framework.utils.html import is_html_input

from core.http.browsers import CSRF_FAILED, SCRIPT_HEADER, is_developer, is_form_refused
from core.http.parsers import StrictJSONParser
from core.http.renderers import JSONRenderer
from core.pages.context import (
    FORM_OF_OTHERS,
    Message,
    developer_context,
    find_messages,
    is_unread,
    name_page,
    page_context,
    split_filters,
)
from core.pages.links import (
    FORM_PAGES,
    PageLink,
    describe_addresses,
    find_form_page,
    fold,
    keep_one_primary,
    list_crumbs,
    may_use,
    place_forms,
    select_actions,
)
from core.pages.mixin import describe, finish_form, make_form_key
from core.pages.parameters import find_ends
from core.pages.tables import TablePage

SEARCHED = "product-list"  # the list that the search of each page opens
INDENTED_JSON = "application/json; indent=2"
ROW_ID = re.compile(r"^(      &quot;id&quot;: )([0-9]+)(?=,$)", re.MULTILINE)  # matches the id of a row in `results`

LINK = re.compile(r'<a href="([^"]*/api/[^"]*)"[^>]*>(.*?)</a>')


def get_view_name(view: Any) -> str:
    """Return the view's `name`, `list_name` or `row_name`, or the class name as words: Suppliers, or Supplier."""
    is_list = getattr(view, "suffix", None) == "List"
    if name := getattr(view, "name", None) or getattr(view, "list_name" if is_list else "row_name", ""):
        return gettext(str(name))
    words = camelcase_to_spaces(remove_trailing_string(remove_trailing_string(type(view).__name__, "View"), "ViewSet"))
    return gettext(pluralize_name(words) if is_list else words)


def pluralize_name(words: str) -> str:
    return re.sub(r"([^aeiou])y$", r"\1ie", words) + "s"


class BrowsableAPI(BrowsableAPIRenderer):
    """REST framework's renderer with links to the rows of a list, example bodies, and JSON that keeps its input."""

    renderer_context: Any
    is_empty_form = False  # True if the page is a form that is not sent yet

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        """Return the page, or an empty body if the response has become a redirect."""
        request, response = renderer_context["request"], renderer_context["response"]
        if request.method == "GET" and (query := find_ends(request)) is not None:
            response.status_code, response.headers["Location"] = HTTPStatus.FOUND, f"?{query.urlencode()}"
            return b""
        # The page may have forms that show the request's body, and the view may not have read it.
        if is_form_refused(response) or is_success(response.status_code):
            read_body(request)
        if is_old_form(request, data):  # the page's script puts the new token into the form
            response.headers["X-CSRFToken"] = get_token(request._request)
        if is_form_opened(renderer_context["view"], request, response):
            response.status_code, response.headers["Location"] = HTTPStatus.FOUND, find_form_page(request.path)
            return b""
        if finish_form(renderer_context["view"], request, response, data) or is_redirect(response.status_code):
            return b""
        page = super().render(data, accepted_media_type, renderer_context)
        if self.is_empty_form:  # developers see the refusal on the page, but opening a form is no error
            response.status_code = HTTPStatus.OK
        return page

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        crumbs, request, view = context["breadcrumblist"], context["request"], context["view"]
        page = {
            **describe_addresses(request, view),
            "undo_key": make_form_key(),
            **self.refuse_missing_form(view, request),
            **name_page(context, select_actions(view, page_context(view, request, context["response"], data))),
        }
        forms = self.list_form_pages(view, request, context["response"], data)
        first = place_forms(page.get("first", ()), forms, all_forms=False)
        is_first_shown = bool(first and not page["table"].rows and not page["is_filtered"])
        is_filled_elsewhere = getattr(page.get("page"), "is_filled_elsewhere", False)
        actions = place_forms(page.get("actions", ()), forms, all_forms=not is_filled_elsewhere)
        actions = [link for link in actions if not (is_first_shown and link in first)]
        actions = keep_one_primary(actions, is_first_shown=is_first_shown)
        page |= {
            **fold(actions, getattr(page.get("page"), "actions_shown", 0)),
            "form_pages": forms,
            "first": first,
        }
        is_form_alone = is_unread(context) and "refusal" not in page
        self.is_empty_form = is_form_alone or page.get("is_empty_form", False)
        return {
            **context,
            # The search on every page of a user with a shop: a scanned code opens its product.
            "scan_address": find_scan_address(view, request.user),
            "ways_on": crumbs[-2::-1],
            **page,
            **split_filters(page.get("page"), request, context["filter_form"] or (), has_search="search" in page),
            **developer_context({**context, **page}),
        }

    def get_breadcrumbs(self, request: Any) -> list[tuple[str, str]]:
        """Return this page and those above it, without those that are closed to the user."""
        view = self.renderer_context["view"]
        above = list_crumbs(view, f"{request.path.rstrip('/').rpartition('/')[0]}/")
        return [*above, (view.get_view_name(), preserve_builtin_query_params(request.path, request))]

    def list_form_pages(self, view: Any, request: Any, response: Any, data: Any) -> dict[str, PageLink]:
        """Return the links to the pages with the forms of this page, by method, that its user may send."""
        described = describe(view)
        is_shown = request.method == "GET" and response.status_code in (HTTPStatus.OK, HTTPStatus.METHOD_NOT_ALLOWED)
        if not described.has_form_pages or not is_shown:
            return {}
        return {
            method: PageLink(verb.title, find_form_page(request.path, method), style="primary" * (method == "POST"))
            for method in FORM_PAGES
            if (verb := described.find_verb(method))
            and described.offers_form(method, data or {})
            and self.may_send(view, request, method)
        }

    def may_send(self, view: Any, request: Any, method: str) -> bool:
        with override_method(view, request, method) as sent:
            return bool(self.show_form_for_method(view, method, sent, None))

    def refuse_missing_form(self, view: Any, request: Any) -> dict[str, Any]:
        """Return the text of a page that has only a form, for a user who may not send this form."""
        if not is_unread(self.renderer_context) or self.may_send(view, request, "POST"):
            return {}
        return {"refusal": {"title": "", "messages": [Message(FORM_OF_OTHERS)]}}

    def get_filter_form(self, data: Any, view: Any, request: Any) -> Any:
        """Return the fields of the filters. A page that refuses a filter has them too, with the error at its field."""
        filters: Any = describe(view).filterset_class if getattr(view, "filter_backends", ()) else None
        is_refused = request.method == "GET" and self.renderer_context["response"].status_code == 400
        is_refused = is_refused and isinstance(describe(view).find_page(), TablePage)
        rows = data.get("results") if isinstance(data, dict) else data
        if filters is None or not (is_refused or isinstance(rows, list)):
            return []
        if is_refused:  # what was typed has not been replaced yet if another parameter was refused
            filters.replace_typed(request)
        errors = find_messages(data) if is_refused else {}
        return [one.field(request, errors) for one in filters.list_parameters(request)]

    def get_description(self, view: Any, status_code: int) -> Any:
        """Return the view's description. It is empty for the page of one row, and for a form that says what it does."""
        is_row = getattr(view, "suffix", None) == "Instance" or getattr(view, "action", "") == "retrieve"
        verb = None if "get" in (getattr(view, "action_map", None) or {"get"}) else describe(view).find_verb("POST")
        is_said = is_row or status_code in (401, 403) or (verb and verb.confirm)
        text = "" if is_said else view.get_view_description()
        return markup_description(gettext(text).replace("`", "")) if text else ""

    def get_extra_actions(self, view: Any, status_code: int) -> dict[str, str]:
        """Return the addresses of the view's actions and links, except those for programs and the page itself."""
        described = describe(view)
        if status_code in (401, 403):
            return {}
        if getattr(view, "action_map", None) is None:
            return {title: reverse(name) for title, name in described.list_links().items()}
        # A page that is only the form of one action has none: the other actions may not suit the state of the row.
        if "get" not in view.action_map:
            return {}
        shown = [
            (f"{view.basename}-{one.url_name}", one) for one in view.get_extra_actions() if one.detail == view.detail
        ]
        actions = {
            type(view)(**one.kwargs).get_view_name(): reverse(name, view.args, view.kwargs, request=view.request)
            for name, one in shown
            if name not in described.actions_for_programs and may_use(view, name)
        }
        if getattr(view, "suffix", None) == "List":
            actions |= {title: reverse(name) for title, name in described.list_links().items() if may_use(view, name)}
        return {title: address for title, address in actions.items() if not address.endswith(view.request.path)}

    def get_content(self, renderer: Any, data: Any, accepted_media_type: str | None, renderer_context: Any) -> Any:
        """Return a function that returns the content, because few pages show it.

        It is indented by two spaces per level to fit on a phone.
        """
        view, write = renderer_context["view"], super().get_content
        return lambda: write_lines(write(renderer, data, INDENTED_JSON, renderer_context), view, view.request.path)

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Any) -> None:
        """Return no form: those of people are pages of their own."""

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Any) -> Any:
        """Return the JSON form for developers, or None. It has the refused body, or else the example or the row."""
        if not is_developer(request) or StrictJSONParser not in view.parser_classes:
            return None
        if not self.may_send(view, request, method):
            return None
        response = self.renderer_context["response"]
        body = make_body(view, method, request, data if is_success(response.status_code) else None)
        if is_form_refused(response) and method == request.method and not is_html_input(request.data):
            body = request.data or body
        elif method == "POST":
            body = find_example(view, method, request) or body
        return JSONRenderer().render(body, INDENTED_JSON).decode()


def is_form_opened(view: Any, request: Any, response: Any) -> bool:
    """Return whether somebody opens a route that has only a form. Developers get its page, with the form as JSON."""
    is_unread = request.method == "GET" and response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    described = describe(view)
    return is_unread and described.has_form_pages and bool(described.find_verb("POST")) and not is_developer(request)


def find_scan_address(view: Any, user: Any) -> str:
    """Return the address of the list that the search of each page opens, if the user has a shop and may read it."""
    address = reverse(SEARCHED)
    return address if getattr(user, "account_id", None) and may_use(view, SEARCHED) else ""


def is_old_form(request: Any, data: Any) -> bool:
    """Return whether a script has sent a form whose CSRF token is that of an earlier session."""
    detail = data.get("detail", "") if isinstance(data, dict) else ""
    return SCRIPT_HEADER in request.headers and str(detail).startswith(CSRF_FAILED)


def read_body(request: Any) -> None:
    """Read the body into `request.data`. A body that can't be read counts as empty."""
    try:
        request.data  # noqa: B018, the first access reads and caches the body
    except (APIException, SuspiciousOperation, UnreadablePostError, RawPostDataException):
        request._data = request._full_data = QueryDict()
        request._files = MultiValueDict()


def find_example(view: Any, method: str, request: Any) -> Any:
    """Return the schema's example body for this method, or None."""
    with override_method(view, request, method):
        serializer_class = view.get_serializer_class() if hasattr(view, "get_serializer_class") else None
        return getattr(serializer_class, "example_body", None)


def make_body(view: Any, method: str, request: Any, row: Any) -> Any:
    """Return the fields that the method takes: with their values in the row that the page shows, or else empty.

    Fields that read rows in their own way, such as lines, show what can be sent again.
    """
    if not hasattr(view, "get_serializer"):
        return None
    with override_method(view, request, method):
        serializer = view.get_serializer()
    empty, instance = serializer.data, getattr(getattr(row, "serializer", None), "instance", None)
    own = [name for name in empty if instance and "get_attribute" in vars(type(serializer.fields[name]))]
    values = {name: row[name] for name in empty if name in (row or ())}
    return say_once(values | {name: serializer.fields[name].get_attribute(instance) for name in own}) or empty


def say_once(value: Any) -> Any:
    """Return the value, and its parts, without amounts beside quantities and codes beside ids of products.

    A request has only one of each.
    """
    if isinstance(value, list):
        return [say_once(one) for one in value]
    if not isinstance(value, dict):
        return value
    repeated = {"amount" if name == "quantity" else f"{name}_amount" for name in value}
    repeated |= {"sku", "barcode", "external_id"} if "product" in value else set()
    return {name: say_once(one) for name, one in value.items() if name not in repeated}


def may_open(view: Any, address: str) -> bool:
    """Return whether the user may use the route of the address. Addresses of other sites may be opened."""
    try:
        return may_use(view, str(resolve(urlsplit(address).path).url_name))
    except Resolver404:
        return True


def write_lines(content: str, view: Any, address: str) -> SafeString:
    """Return the JSON as escaped HTML. Addresses become links, as do the ids of a list's rows if these have pages."""
    escaped = urlize(content, nofollow=True, autoescape=True)
    escaped = LINK.sub(lambda found: found[0] if may_open(view, found[1]) else found[2], escaped)
    if hasattr(view, "retrieve") and getattr(view, "action", "") == "list":
        link = format_html('<a href="{}', address)
        escaped = ROW_ID.sub(rf'\1{link}\2/">\2</a>', escaped)
    lines = escaped.replace("\n", "\n</span><span>")  # CSS indents the rest of a line that does not fit
    return mark_safe(f"<span>{lines}\n</span>")  # noqa: S308, it is escaped
