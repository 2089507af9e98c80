"""The messages of a page about a refusal. The error's code links to its description; other links tell what to do."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

from rest_framework.status import is_success

from core.http.browser_forms import KEY_REUSED
from core.pages.links import PageLink, Verb
from core.pages.mixin import describe
from core.pages.parameters import SHOWN_APART

NOTHING_HERE = "There is nothing at this address: it has been deleted, or the address has a mistake."
FORM_OF_OTHERS = "This page is a form that you may not send: ask the shop's owner."
WRONG_FIELDS = "Nothing was saved. What is wrong is beside the fields of the form."
WITH_OTHER_VALUES = (
    "This form was sent before, with other values. Those were saved; these were not. If you mean these in addition,"
    " send the form again."
)
WITH_OWN_TEXT = (401, 405)  # the pages of a GET with these statuses have their own text
MAX_LINES_SHOWN = 20


class Message(NamedTuple):
    """A sentence, and the code of the error if it has one."""

    text: str
    code: str = ""


def describe_refusal(view: Any, response: Any, data: Any, shown: set[str]) -> dict[str, Any]:
    """Return the title and messages of a refused GET.

    The messages of `shown` parameters are not included: they are beside their fields.
    """
    if response.status_code in WITH_OWN_TEXT:
        return {"code": get_error_code(data)}
    if isinstance(data, dict) and "detail" in data:
        texts, links = explain_refusal(view, response, data)
        messages = [Message(text, get_error_code(data)) for text in texts]
        return {"refusal": {"title": HTTPStatus(response.status_code).phrase, "messages": messages}, "links": links}
    texts = [f"{name}: {' '.join(map(str, errors))}" for name, errors in data.items() if name not in shown]
    return {"refusal": {"title": "", "messages": [Message(text) for text in texts]}}


def explain_refusal(view: Any, response: Any, data: Any) -> tuple[list[str], list[PageLink]]:
    """Return the sentences of the refusal, and links. A view may explain why a row was not found."""
    if response.status_code != 404:
        return [data["detail"]], []
    return describe(view).explain_missing() or ([NOTHING_HERE], [])


def list_shown_parameters(view: Any, page: Any) -> set[str]:
    """Return the names of the parameters whose errors are beside their fields."""
    filters = set(describe(view).filters) - set(SHOWN_APART)
    return filters | {parameter.name for parameter in page.parameters} if page else filters


def describe_result(response: Any, data: Any, verb: Verb | None) -> dict[str, Any]:
    """Return the messages about a form that was refused, or whose response is a sentence or contains a secret."""
    if response.status_code in WITH_OWN_TEXT or not isinstance(data, dict):
        return {}
    if not is_success(response.status_code):
        return {"failure": list(list_failures(data))}
    if verb and verb.show_once:
        return {"outcome": [Message(verb.say_once)], "shown_once": data[verb.show_once]}
    return {"outcome": [Message(data["detail"])]} if list(data) == ["detail"] else {}


def list_failures(data: dict[str, Any]) -> Iterator[Message]:
    """Yield the errors of a form: those of the form itself and those of each line."""
    if "detail" not in data:
        yield Message(WRONG_FIELDS)
        return
    code = get_error_code(data)
    yield Message(WITH_OTHER_VALUES if code == KEY_REUSED else data["detail"], code)
    for line in data.get("lines", [])[:MAX_LINES_SHOWN]:
        fields = (f"{name}: {' '.join(map(str, errors))}" for name, errors in line.get("errors", {}).items())
        yield Message(f"Line {line['line'] + 1}: {line.get('detail') or ' '.join(fields)}", get_error_code(line))


def get_error_code(data: Any) -> str:
    """Return the code of an error. The errors of fields have no code."""
    code = data.get("code", "") if isinstance(data, dict) else ""
    return code if isinstance(code, str) else ""


def refuse_missing_form(context: dict[str, Any]) -> dict[str, Any]:
    """Return the text of a page that has only a form, for a user who may not send this form."""
    has_form = context["post_form"] or context["raw_data_post_form"]
    if context["response"].status_code != 405 or context["request"].method != "GET" or has_form:
        return {}
    return {"refusal": {"title": "", "messages": [Message(FORM_OF_OTHERS)]}}
