"""The forms of a page: the heading and button of each, and the message and address after success."""

from typing import Any

from django.contrib import messages
from django.utils.crypto import RANDOM_STRING_CHARS, get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy
from rest_framework.reverse import reverse
from rest_framework.status import HTTP_204_NO_CONTENT, HTTP_303_SEE_OTHER, is_success

from core.http.browser_forms import SCRIPT_HEADER, is_session_form
from core.pages.links import Verb, ask_permissions
from core.pages.mixin import describe

KEY_LENGTH, KEY_LETTERS = 22, RANDOM_STRING_CHARS
BACK = "_back"  # the parameter with the page that has offered an undo, which leads back to it
SENT_BEFORE = gettext_lazy("This form was sent before, so nothing was done again. The first time:")


def make_form_key() -> str:
    """Return an idempotency key for a new form."""
    return get_random_string(KEY_LENGTH, KEY_LETTERS)


def finish_form(view: Any, request: Any, response: Any, data: Any) -> bool:
    """Store the message of a form that succeeded. Return whether the response has become a redirect to its result."""
    verb = describe(view).find_verb("POST")
    is_form = request.method == "POST" and is_session_form(request)
    if verb is None or not is_success(response.status_code) or not is_form:
        return False
    back = find_back(request)
    if say := (verb.say_undone if back else None) or verb.say:
        said = gettext(say(data))
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
