"""The forms of a page: the heading and button of each, and the message and address after success."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from rest_framework.reverse import reverse
from rest_framework.status import HTTP_303_SEE_OTHER, is_success

from core.http.browser_forms import AGAIN_FIELD, KEY_ERRORS, KEY_FIELD, has_session, is_session_form
from core.pages.columns import Row
from core.pages.links import PREFILL, ask_permissions

KEY_BYTES = 16
FORM_METHODS = ("post", "put", "delete")
MOVEMENT_TYPE = "movement_type"
SENT_BEFORE = "This form was sent before, so nothing was done again. The first time:"


@dataclass(frozen=True)
class Verb:
    """A form of a page.

    From the response, `say` makes the message after success, and `link` makes the address of the new row.

    `operation` is the field of the response with the id of the operation that the message offers to undo.
    """

    title: str
    button: str = ""
    say: Callable[[Row], str] | None = field(default=None, compare=False)
    link: Callable[[Row], str] | None = field(default=None, compare=False)
    operation: str = ""
    show_once: str = ""  # a field of the response with a secret, which the page shows with the sentence `say_once`
    say_once: str = ""
    again: tuple[str, ...] = ()  # the fields that the next form keeps if the page offers another form of the same kind
    # The titles by the movement type that the form is filled with.
    titles: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def button_title(self) -> str:
        return self.button or self.title


def add(noun: str, page: str, name_field: str = "name") -> Verb:
    """Return the verb of a form that adds a row with its own page."""
    return Verb(
        f"Add {noun}", say=lambda row: f"Added {row[name_field]}.", link=lambda row: reverse(page, args=[row["id"]])
    )


def save(name_field: str = "name") -> Verb:
    """Return the verb of a form that changes a row."""
    return Verb("Edit", "Save", say=lambda row: f"Saved {row[name_field]}.")


def remove(title: str, done: str) -> Verb:
    """Return the verb of a form that deletes a row."""
    return Verb(title, say=lambda _row: done)


def find_verb(view: Any, method: str) -> Verb | None:
    """Return the verb of the view's action for this method. Views without actions name their verbs by method."""
    action = (getattr(view, "action_map", None) or {}).get(method.lower(), method.lower())
    found: Verb | None = getattr(view, "verbs", {}).get(action)
    return found


def form_variables(view: Any, data: Any) -> dict[str, Any]:
    """Return the verbs by method.

    If the view's POST accepts an idempotency key, also return the key of the form that posts.
    """
    action = (getattr(view, "action_map", None) or {}).get("post", "post")
    takes_key = getattr(getattr(view, action, None), "takes_idempotency_key", False)
    return {
        "verbs": {method: find_verb(view, method) for method in FORM_METHODS},
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
    verb, request = find_verb(view, "post"), view.request
    if verb is None:
        return ""
    is_refused_form = request.method == "POST" and is_session_form(request)
    chosen = request.data.get(MOVEMENT_TYPE) if is_refused_form else request.query_params.get(PREFILL + MOVEMENT_TYPE)
    return verb.titles.get(str(chosen), verb.title)


def finish_form(view: Any, request: Any, response: Any, data: Any) -> bool:
    """Store the message of a form that succeeded.

    Return whether the response has become a redirect to the form's result.
    """
    verb = find_verb(view, request.method)
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
