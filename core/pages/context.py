"""What a page needs beside the data: its table or details, its form of parameters, and what a refusal says."""

from http import HTTPStatus
from typing import Any

from rest_framework.utils.urls import replace_query_param

from core.pages.details import DetailPage
from core.pages.display import Display
from core.pages.links import Link
from core.pages.parameters import SHOWN_APART
from core.pages.tables import TablePage
from core.pages.view_choice import JSON, choose_view, list_view_addresses, remember_view

NOTHING_HERE = "There is nothing at this address: it has been deleted, or the address has a mistake."
FILES = {"CSV": "csv", "Excel": "xlsx"}  # what the buttons say, and the format
NON_FILTER_PARAMETERS = {"page", "page_size", "cursor", "format", "ordering"}


def page_context(view: Any, request: Any, response: Any, data: Any) -> dict[str, Any]:
    """Return the template variables of the page that the view describes for its action, and of a refused GET."""
    if request.method != "GET":
        return {}
    if response.status_code >= 400:
        return {**refusal_context(view, request, response, data), **form_context(view, request, data)}
    page = find_page(view)
    if page is None or response.status_code != 200:
        return {}
    remember_view(request, response)
    shows_json = choose_view(request) == JSON
    context: dict[str, Any] = {"page": page, "shows_json": shows_json, "switch": list_view_addresses(request)}
    context |= form_context(view, request, {})
    if page.has_csv:
        address = request.get_full_path()
        context["files"] = {name: replace_query_param(address, "format", form) for name, form in FILES.items()}
    if isinstance(data, dict):
        context["total"] = data.get("count")
    return context if shows_json else context | page.context(request, view, data, Display.of(request.user))


def explain_missing(view: Any) -> tuple[list[str], list[Link]] | None:
    """Return why the row of the address is not found, and links, if the view knows more than that."""
    explain = getattr(view, "explain_missing", None)
    return explain() if explain else None


def find_page(view: Any) -> TablePage | DetailPage | None:
    """Return the page of the view's action, or of a view without actions."""
    pages = getattr(view, "pages", {})
    found: TablePage | DetailPage | None = pages.get(getattr(view, "action", None) or "get")
    return found


def form_context(view: Any, request: Any, errors: Any) -> dict[str, Any]:
    """Return the search word and the fields of the parameters."""
    page = find_page(view)
    messages = errors if isinstance(errors, dict) else {}
    fields = [parameter.field(request, messages) for parameter in page.parameters] if page else []
    filters = getattr(getattr(view, "filterset_class", None), "base_filters", {})
    used = {name for name, value in request.query_params.items() if value and not name.startswith("_")}
    context: dict[str, Any] = {
        "parameters": fields,
        "is_filtered": bool(used - NON_FILTER_PARAMETERS),
        "is_form_open": bool(used - NON_FILTER_PARAMETERS - set(SHOWN_APART)),
    }
    if isinstance(page, TablePage) and "search" in filters:
        kept = [(name, value) for name, value in request.query_params.items() if name not in ("search", "page")]
        context["search"] = {"value": request.query_params.get("search", ""), "kept": kept}
    return context


def refusal_context(view: Any, request: Any, response: Any, data: Any) -> dict[str, Any]:
    """Return the title and the messages of a refused GET. The messages of the filters are beside their fields."""
    if response.status_code in (401, 405):  # these pages have a text of their own
        return {}
    if isinstance(data, dict) and "detail" in data:
        title, explained = HTTPStatus(response.status_code).phrase, None
        if response.status_code == 404:
            explained = explain_missing(view) or ([NOTHING_HERE], [])
        messages, links = explained or ([data["detail"]], [])
        return {"refusal": {"title": title, "messages": messages}, "links": links}
    page = find_page(view)
    shown = {parameter.name for parameter in page.parameters} if page else set()
    shown |= set(getattr(getattr(view, "filterset_class", None), "base_filters", {})) - set(SHOWN_APART)
    messages = [f"{name}: {' '.join(map(str, texts))}" for name, texts in data.items() if name not in shown]
    return {"refusal": {"title": "", "messages": messages}}


def name_page(context: dict[str, Any], page: dict[str, Any]) -> dict[str, Any]:
    """Add the title of the page, and use it for the last of the links to the pages above, too."""
    title = page.get("heading") or page.get("refusal", {}).get("title")
    if not title:
        return page
    *above, (_, address) = context["breadcrumblist"] or [("", "")]
    return {**page, "name": title, "breadcrumblist": [*above, (title, address)]}


def refuse_missing_form(context: dict[str, Any]) -> dict[str, Any]:
    """Return the text of a page that would be a form alone, and that the user may not send."""
    has_form = context["post_form"] or context["raw_data_post_form"]
    if context["response"].status_code != 405 or context["request"].method != "GET" or has_form:
        return {}
    return {"refusal": {"title": "", "messages": ["This page is a form that you may not send: ask the shop's owner."]}}


def developer_context(context: dict[str, Any]) -> dict[str, bool]:
    """Return where the page has the response for developers, and whether it has forms with JSON."""
    is_read = context["request"].method == "GET" and context["response"].status_code != 405
    is_first = bool(context.get("shows_json") or not (context.get("page") or context.get("refusal")))
    has_forms = context["display_edit_forms"] and context["response"].status_code != 404
    is_refused = context["request"].method != "GET" and context["response"].status_code >= 400
    return {
        "is_answer_first": is_read and is_first,
        "is_answer_last": is_read and not is_first,
        "has_raw_forms": has_forms and bool(context["raw_data_post_form"] or context["raw_data_put_or_patch_form"]),
        "is_raw_refused": is_refused and context["request"].content_type == "application/json",
    }
