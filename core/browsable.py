"""The browsable API: its words, and what its pages show; their templates stand in templates/rest_framework/."""

import json
import re
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict, RawPostDataException, UnreadablePostError
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from rest_framework.exceptions import APIException
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import override_method
from rest_framework.reverse import reverse
from rest_framework.status import is_success
from rest_framework.utils.formatting import camelcase_to_spaces, remove_trailing_string
from rest_framework.utils.html import is_html_input
from rest_framework.utils.serializer_helpers import ReturnDict

from core.http.parsers import StrictJSONParser

EMPTY_BODY = "{}"  # of a serializer without fields
INDENTED_JSON = "application/json; indent=2"
ROW_ID = re.compile(r"^(      &quot;id&quot;: )([0-9]+)(?=,$)", re.MULTILINE)  # of a row in `results`
FORM_ERROR_STATUSES = (400, 409)
NON_FILTER_PARAMETERS = {"page", "page_size", "cursor", "format"}


def get_view_name(view: Any) -> str:
    """The view's own name, else its class's in plain words: Suppliers for the list, Supplier for one of them."""
    if name := getattr(view, "name", None):
        return str(name)
    words = camelcase_to_spaces(remove_trailing_string(remove_trailing_string(type(view).__name__, "View"), "ViewSet"))
    return pluralize(words) if getattr(view, "suffix", None) == "List" else words


def pluralize(words: str) -> str:
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"


class BrowsableAPI(BrowsableAPIRenderer):
    """REST framework's pages with links to the rows of a list, examples to send, and forms that keep what was typed."""

    renderer_context: Any

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        """The body, where a form may show it, is taken before the page is begun: the view need not have read it."""
        if may_show_body(renderer_context["response"].status_code):
            read_body(renderer_context["request"])
        return super().render(data, accepted_media_type, renderer_context)

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        crumbs = context["breadcrumblist"]
        list_address = crumbs[-2][1] if len(crumbs) > 1 else "/api/"
        request, view = context["request"], context["view"]
        return {
            **context,
            "content": wrap_lines(add_links(context["content"], view, request.path)),
            "delete_description": getattr(getattr(view, "destroy", None), "__doc__", None) or "",
            "is_filtered": bool(request.query_params.keys() - NON_FILTER_PARAMETERS),
            "list_address": list_address,
        }

    def get_description(self, view: Any, status_code: int) -> Any:
        """What a list is; of one row, its name says enough."""
        return "" if getattr(view, "suffix", None) == "Instance" else super().get_description(view, status_code)

    def get_extra_actions(self, view: Any, status_code: int) -> dict[str, str]:
        """Return the addresses of the view's actions and links, without the page itself."""
        actions = super().get_extra_actions(view, status_code) or {}
        if getattr(view, "suffix", None) == "List":
            actions |= {title: reverse(name) for title, name in getattr(view, "links", {}).items()}
        return {name: address for name, address in actions.items() if not address.endswith(view.request.path)}

    def get_content(self, renderer: Any, data: Any, accepted_media_type: str | None, renderer_context: Any) -> str:
        """Two spaces a level, so that it fits on a telephone."""
        return super().get_content(renderer, data, INDENTED_JSON, renderer_context)

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Any) -> Any:
        """A form that a rule of the product refused comes back as it was sent; REST framework's would be empty."""
        refused = self.renderer_context["response"].status_code in FORM_ERROR_STATUSES
        if refused and method == request.method and is_html_input(request.data) and not hasattr(data, "serializer"):
            data = ReturnDict(data, serializer=refill_serializer(view.get_serializer(data=request.data), data))
        return super().get_rendered_html_form(data, view, method, request)

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Any) -> Any:
        """JSON to send: what was sent and refused, else the example, else the row as it is. None where no form is."""
        form = super().get_raw_data_form(data, view, method, request)
        if form is None or StrictJSONParser not in view.parser_classes or form.fields["_content"].initial == EMPTY_BODY:
            return None
        refused = self.renderer_context["response"].status_code in FORM_ERROR_STATUSES
        body = find_example(view, method, request) if method == "POST" else None
        if refused and method == request.method and not is_html_input(request.data):
            body = request.data
        return json.dumps(body, indent=2, ensure_ascii=False) if body else form.fields["_content"].initial


def may_show_body(status_code: int) -> bool:
    return status_code in FORM_ERROR_STATUSES or is_success(status_code)


def read_body(request: Any) -> None:
    """Read the body, once; one that can't be read is none."""
    try:
        request.data  # noqa: B018, it is read when it is first asked for, and kept
    except (APIException, SuspiciousOperation, UnreadablePostError, RawPostDataException):
        request._data = request._full_data = QueryDict()
        request._files = MultiValueDict()


def refill_serializer(serializer: Any, refusal: Any) -> Any:
    """A serializer whose form shows what was sent, and the refusal where it is about fields.

    It is not validated again: what REST framework keeps of a validation is set here.
    """
    about_fields = all(isinstance(messages, list) for messages in refusal.values())
    serializer._validated_data, serializer._errors = {}, refusal if about_fields else {}
    serializer._data = serializer.get_initial()
    return serializer


def find_example(view: Any, method: str, request: Any) -> Any:
    """The example that the schema shows for this method, None if there is none."""
    with override_method(view, request, method):
        serializer_class = view.get_serializer_class() if hasattr(view, "get_serializer_class") else None
        return getattr(serializer_class, "example_body", None)


def add_links(content: str, view: Any, address: str) -> str:
    """The JSON as escaped HTML: addresses are links, and so is each row of a list that has a page of its own."""
    escaped = urlize(content, nofollow=True, autoescape=True)
    if hasattr(view, "retrieve") and getattr(view, "action", "") == "list":
        link = format_html('<a href="{}', address)
        escaped = ROW_ID.sub(rf'\1{link}\2/">\2</a>', escaped)
    return escaped


def wrap_lines(escaped: str) -> SafeString:
    """Each line by itself, so that what does not fit goes on indented."""
    return mark_safe("".join(f"<span>{line}\n</span>" for line in escaped.split("\n")))  # noqa: S308, it is escaped
