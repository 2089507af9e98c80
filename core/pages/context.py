"""The template variables of a page: its table or details, its form of parameters, and the messages of a refusal."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, gettext_lazy
from rest_framework.request import override_method
from rest_framework.settings import api_settings
from rest_framework.status import is_success

from core.errors import NOT_FOUND
from core.http.browsers import (
    JSON,
    KEY_REUSED,
    choose_view,
    is_developer,
    is_form_refused,
    list_view_addresses,
    remember_view,
)
from core.lists.parameters import COLUMNS
from core.pages.columns import Display
from core.pages.links import OF_PAGES, PageLink, Verb, link_to_files
from core.pages.mixin import describe
from core.pages.parameters import SHOWN_APART, Field
from core.pages.periods import link_to_periods, write_period
from core.pages.tables import PLACE as OF_PLACE
from core.pages.tables import DetailPage, TablePage
from core.pages.wording import reword
from core.sentences import fill, find_label

Variables = dict[str, Any]  # those of a template
FIRST_FILTERS = 4  # the filters that a list shows without a click
NOT_OF_FILES = {"page", "page_size", "cursor", "format", "fields"}
NON_FILTER_PARAMETERS = {*NOT_OF_FILES, "ordering", COLUMNS}
NOTHING_HERE = gettext_lazy("There is nothing at this address: it has been deleted, or the address has a mistake.")
FORM_OF_OTHERS = gettext_lazy("This page is a form that you may not send: ask the shop's owner.")
WRONG_ADDRESS = gettext_lazy("The address of this page has a mistake.")
WRONG_FIELDS = gettext_lazy("Nothing was saved. What is wrong is beside the fields of the form.")
WITH_OTHER_VALUES = gettext_lazy(
    "This form was sent before, with other values. Those were saved; these were not. If you mean these in addition,"
    " send the form again."
)
WITHOUT_FORMS = (401, 403)  # the pages of a GET with these statuses have no filters, parameters and periods
WITH_OWN_TEXT = (401, 405)  # the pages of a GET with these statuses have their own text
MAX_LINES_SHOWN = 20


def page_context(view: Any, request: Any, response: Any, data: Any) -> Variables:
    """Return the template variables of the view's page for its action. A refused request has variables, too."""
    if request.method != "GET":
        # A refused form is shown again, on the page of its row.
        head = describe_row(view, request) if is_form_refused(response) else {}
        return {**head, **describe_result(request, response, data, describe(view).find_verb(request.method))}
    page = describe(view).find_page()
    if is_unasked(request, response, data, page):
        return {"page": None, "is_empty_form": True, **form_context(view, request, page, {}), "is_form_open": True}
    if response.status_code >= 400:
        refusal = describe_refusal(view, request, response, data, page)
        errors = data if isinstance(data, dict) else {}
        has_forms = response.status_code not in WITHOUT_FORMS
        return {**refusal, **form_context(view, request, page, errors)} if has_forms else refusal
    if page is None or response.status_code != 200:
        return {}
    remember_view(request, response)
    shows_json = choose_view(request) == JSON
    context: Variables = {"page": page, "shows_json": shows_json}
    if is_developer(request):
        context["switch"] = list_view_addresses(request)
    context |= form_context(view, request, page, {})
    if page.has_csv:
        context["files"] = link_to_files(request.get_full_path(), has_pdf=page.has_pdf)
    elif isinstance(page, TablePage) and page.file_page:
        context["files"] = link_to_files(f"{reverse(page.file_page)}?{write_filters(request)}")
    if isinstance(data, dict):
        context["total"] = data.get("count")
    display = Display.of(request.user)
    if page.has_periods and "from" in data:
        context["period"] = write_period(data, display)
    return context if shows_json else context | page.context(request, view, data, display)


def write_filters(request: Any) -> str:
    """Return the query of the page, without the parameters that the route of files does not take."""
    query = request.query_params.copy()
    for name in NOT_OF_FILES & query.keys():
        del query[name]
    return str(query.urlencode())


def describe_row(view: Any, request: Any) -> Variables:
    """Return the title and the buttons of the row's page, or nothing if the row has been deleted meanwhile."""
    with override_method(view, request, "GET") as read_request:
        page = describe(view).find_page()
        if not isinstance(page, DetailPage):
            return {}
        try:
            row = view.get(read_request, *view.args, **view.kwargs).data
        except Http404:
            return {}
        shown = page.context(read_request, view, row, Display.of(request.user))
    return {"heading": shown["heading"], "actions": shown["actions"], "extra_actions": {}}


def is_unasked(request: Any, response: Any, data: Any, page: TablePage | DetailPage | None) -> bool:
    """Return whether the only error is that the address lacks parameters which the page needs."""
    if response.status_code != 400 or page is None or not isinstance(data, dict) or not data:
        return False
    return set(data) <= {parameter.name for parameter in page.parameters} - set(request.query_params)


def form_context(view: Any, request: Any, page: Any, errors: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the parameters, and the search word with the parameters that the search form keeps."""
    messages = find_messages(errors)
    offered = (one for one in (page.parameters if page else ()) if not one.is_offered or one.is_offered(request.user))
    fields = [parameter.field(request, messages) for parameter in offered]
    used = {name for name, value in request.query_params.items() if value and not name.startswith(OF_PAGES)}
    context = {
        "apart": [(name, one) for name, one in request.query_params.items() if name not in {*used} - {COLUMNS} and one],
        "parameters": fields,
        "periods": link_to_periods(request, page.default_period) if page and page.has_periods else [],
        "is_filtered": bool(used - NON_FILTER_PARAMETERS),
        "is_form_open": bool(used - NON_FILTER_PARAMETERS - set(SHOWN_APART)) or any(field.errors for field in fields),
    }
    if isinstance(page, TablePage) and "search" in describe(view).filters:
        context["search"] = {"value": request.query_params.get("search", "")}
    return context


def split_filters(page: Any, request: Any, fields: Sequence[Field], *, has_search: bool) -> Variables:
    """Return the filters that are always shown, the others, and the parameters of the address that have no field."""
    names = (isinstance(page, TablePage) and page.first_filters) or [
        field.parameter for field in fields[:FIRST_FILTERS]
    ]
    by_name = {field.parameter: field for field in fields}
    first = [by_name[name] for name in names if name in by_name]
    more = [field for field in fields if field not in first]
    query, left_out = request.query_params, {*by_name, *OF_PLACE, *(["search"] if has_search else ())}
    return {
        "first_filters": first,
        "more_filters": more,
        "is_first_used": any(field.value or field.errors for field in first),
        "is_more_open": any(field.value or field.errors for field in more),
        "apart": [(name, value) for name in query if name not in left_out for value in query.getlist(name) if value],
    }


def find_messages(refusal: Any) -> dict[str, list[Any]]:
    """Return the errors of the parameters. Other parts of a refusal, such as its code, may have their names."""
    parts = refusal.items() if isinstance(refusal, dict) else ()
    return {name: list(map(reword, found)) for name, found in parts if isinstance(found, list)}


def name_page(context: Variables, page: Variables) -> Variables:
    """Add the title of the page. The title is also the last of the links to the pages above."""
    title = page.get("heading") or page.get("refusal", {}).get("title")
    if not title:
        return page
    *above, (_, address) = context["breadcrumblist"] or [("", "")]
    return {**page, "name": title, "breadcrumblist": [*above, (title, address)]}


def developer_context(context: Variables) -> dict[str, bool]:
    """Return the position of the response for developers on the page, and whether the page has forms with JSON.

    Other people see the response only if the page shows nothing else of it.
    """
    status, method = context["response"].status_code, context["request"].method
    has_forms = context["display_edit_forms"] and status != 404
    is_refused = method != "GET" and status >= 400
    has_answer = method != "GET" or status != 405
    # The response is above the part for developers, or within that part if the page shows the same data already.
    is_described = any(context.get(name) for name in ("page", "refusal", "failure", "outcome", "code", "is_empty_form"))
    is_first = bool(context.get("shows_json")) or not is_described
    is_for_programs = is_developer(context["request"])
    return {
        "is_answer_first": has_answer and is_first,
        "is_answer_last": has_answer and not is_first and is_for_programs,
        "has_raw_forms": has_forms
        and is_for_programs
        and bool(context["raw_data_post_form"] or context["raw_data_put_or_patch_form"]),
        "is_raw_refused": is_refused and context["request"].content_type == "application/json",
    }


class Message(NamedTuple):
    text: Any
    code: str = ""


def describe_refusal(view: Any, request: Any, response: Any, data: Any, page: Any) -> Variables:
    """Return the title and messages of a refused GET, without those of parameters whose fields show them."""
    if response.status_code in WITH_OWN_TEXT:
        return {"code": get_error_code(data)}
    if isinstance(data, dict) and "detail" in data:
        code, texts = get_error_code(data), [reword(data["detail"])]
        links: list[PageLink] = []
        if code == NOT_FOUND["code"]:  # a view may explain why a row was not found
            usual = [str(NOTHING_HERE)] if data["detail"] == gettext(NOT_FOUND["detail"]) else texts
            texts, links = describe(view).explain_missing() or (usual, [])
        elif code == "second_factor_setup":
            links = [PageLink("Set up a second factor", reverse("second-factors"))]
        messages = [Message(text, code) for text in texts]
        title = gettext(HTTPStatus(response.status_code).phrase)
        return {"refusal": {"title": title, "messages": messages}, "links": links}
    shown = set(describe(view).filters) - set(SHOWN_APART) | {each.name for each in (page.parameters if page else ())}
    said = (write_parameter_errors(request, name, errors) for name, errors in data.items() if name not in shown)
    return {"refusal": {"title": "", "messages": [Message(text) for text in dict.fromkeys(said)]}}


def write_parameter_errors(request: Any, name: str, errors: list[Any]) -> str:
    """Return the errors of a parameter without a field, after its name if the user knows names of parameters."""
    if is_developer(request):
        return f"{name}: {' '.join(map(str, errors))}"
    return " ".join(map(reword, errors)) if name == "search" else str(WRONG_ADDRESS)


def describe_result(request: Any, response: Any, data: Any, verb: Verb | None) -> Variables:
    """Return the messages about a form that was refused, or whose response is a sentence or contains a secret."""
    if response.status_code in WITH_OWN_TEXT or not isinstance(data, dict):
        return {}
    if not is_success(response.status_code):
        return {"failure": list(list_failures(request, data))}
    if verb and verb.show_once:
        return {"outcome": [Message(gettext(verb.say_once))], "shown_once": data[verb.show_once]}
    return {"outcome": [Message(data["detail"])]} if list(data) == ["detail"] else {}


def list_failures(request: Any, data: dict[str, Any]) -> Iterator[Message]:
    """Yield the errors of a form: those of the form itself and those of each line."""
    if "detail" not in data:
        yield from (Message(write_errors(request, name, errors)) for name, errors in data.items())
        return
    code = get_error_code(data)
    yield Message(WITH_OTHER_VALUES if code == KEY_REUSED else reword(data["detail"]), code)
    for line in data.get("lines", [])[:MAX_LINES_SHOWN]:
        fields = (write_errors(request, name, errors) for name, errors in line.get("errors", {}).items())
        number = fill("Line {number}", number=line["line"] + 1)
        said = reword(line.get("detail", "")) or format_html_join(" ", "{}", ((one,) for one in fields))
        yield Message(format_html("{}: {}", number, said), get_error_code(line))


def write_errors(request: Any, name: str, errors: list[Any]) -> str:
    """Return the errors of a field after its name or, for people who don't use programs, its label.

    Errors of the whole line have none.
    """
    said = " ".join(map(reword, errors))
    if name == api_settings.NON_FIELD_ERRORS_KEY:
        return said
    if is_developer(request):
        return format_html("<code>{}: {}</code>", name, said)
    return format_html("{}: {}", gettext(find_label(None, name)), said)


def get_error_code(data: Any) -> str:
    """Return the code of an error. The errors of fields have no code."""
    code = data.get("code", "") if isinstance(data, dict) else ""
    return code if isinstance(code, str) else ""


def is_unread(context: Variables) -> bool:
    """Return whether the page is that of a route without GET, which has only a form."""
    return context["response"].status_code == 405 and context["request"].method in ("GET", "HEAD")
