"""The forms of a page: the heading and button of each, and the message and address after success."""

import secrets
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from rest_framework.status import HTTP_303_SEE_OTHER, is_success

from core.http.browser_forms import AGAIN_FIELD, KEY_ERRORS, KEY_FIELD, has_session, is_session_form
from core.pages.links import PREFILL, Verb, ask_permissions
from core.pages.mixin import describe

KEY_BYTES = 16
FORM_METHODS = ("post", "put", "delete")
MOVEMENT_TYPE = "movement_type"
SENT_BEFORE = "This form was sent before, so nothing was done again. The first time:"


def form_variables(view: Any, data: Any) -> dict[str, Any]:
    """Return the verbs by method.

    If the view's POST accepts an idempotency key, also return the key of the form that posts.
    """
    described = describe(view)
    handler = getattr(view, described.name_action("POST"), None)
    takes_key = getattr(handler, "takes_idempotency_key", False)
    return {
        "verbs": {method: described.find_verb(method) for method in FORM_METHODS},
        "post_title": title_form(view),
        "form_key": (find_unused_key(view, data) or secrets.token_urlsafe(KEY_BYTES)) if takes_key else "",
        "undo_key": secrets.token_urlsafe(KEY_BYTES),
    }


def find_unused_key(view: Any, data: Any) -> str:
    """Return the key of a refused form. A refusal does not use up the key, so the form keeps it until it succeeds."""
    request, response = view.request, view.response
    is_refused_form = request.method == "POST" and is_session_form(request) and not is_success(response.status_code)
    if not is_refused_form or (isinstance(data, dict) and data.get("code") in KEY_ERRORS):
        return ""
    return str(request.data.get(KEY_FIELD, ""))


def title_form(view: Any) -> str:
    """Return the title of the form that posts.

    It is more specific if the address or the refused form has a movement type.
    """
    verb, request = describe(view).find_verb("POST"), view.request
    if verb is None:
        return ""
    is_refused_form = request.method == "POST" and is_session_form(request)
    chosen = request.data.get(MOVEMENT_TYPE) if is_refused_form else request.query_params.get(PREFILL + MOVEMENT_TYPE)
    return verb.titles.get(str(chosen), verb.title)


def finish_form(view: Any, request: Any, response: Any, data: Any) -> bool:
    """Store the message of a form that succeeded.

    Return whether the response has become a redirect to the form's result.
    """
    verb = describe(view).find_verb(request.method)
    if verb is None or not is_success(response.status_code) or not is_sent_by_page(request):
        return False
    if verb.say:
        said = [SENT_BEFORE] * ("Idempotent-Replayed" in response.headers) + [verb.say(data)]
        messages.success(request._request, " ".join(said), extra_tags=find_undo(verb, view, data))
    if request.method != "POST" or verb.link is None:
        return False
    response.status_code = HTTP_303_SEE_OTHER
    response.headers["Location"] = find_empty_form(verb, request) or verb.link(data)
    return True


def find_empty_form(verb: Verb, request: Any) -> str:
    """Return the address of the empty form for the next scan. It is empty if the form was opened for a product."""
    if not verb.again or not request.data.get(AGAIN_FIELD):
        return ""
    kept = {f"{PREFILL}{name}": request.data[name] for name in verb.again if request.data.get(name)}
    # The address has no fragment, so that the message above the form stays in sight.
    return f"{request.path}?{urlencode(kept)}"


def is_sent_by_page(request: Any) -> bool:
    """Return whether a form of a page has sent the request. A DELETE has no body that would show this."""
    if request.method == "DELETE":
        return has_session(request)
    return request.method in ("POST", "PUT") and is_session_form(request)


def find_undo(verb: Verb, view: Any, data: Any) -> str:
    """Return the id of the operation if the user may reverse it."""
    if not verb.operation or not ask_permissions(view, "may_use", "operation-reverse"):
        return ""
    return str(data[verb.operation] or "")
