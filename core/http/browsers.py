"""What browsers send: the forms of pages, and the user's choice between a page and its JSON."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from rest_framework.authentication import SessionAuthentication

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
KEY_HEADER = "HTTP_IDEMPOTENCY_KEY"
KEY_FIELD = "_idempotency_key"  # this field of a form replaces the header Idempotency-Key
FORM_ERROR_STATUSES = (400, 409, 422)  # after these statuses the form is shown again with its input
KEY_REUSED = "idempotency_key_reused"
KEY_ERRORS = (KEY_REUSED, "invalid_idempotency_key")  # after these codes a form needs a new key
SCRIPT_HEADER = "X-Task"  # the header of forms that a script sends, which then opens the address in the response
AGAIN = "again"  # its value if the form is sent again because no answer came
CSRF_FAILED = "CSRF Failed"  # REST framework's error for a form begins with this
READ_FIELD = "_read"  # what the user of a row's form has read: see core.pages.cells
PROOF_FIELD = "_proof"  # a password or a code, with which a form proves again who sends it
SAID_FIELD = "_said"  # the sum that the script of a form has said
SUM_FIELD = "_sum"  # another sum, which the user has confirmed by sending the form again
PRICES_FIELD = "_prices"  # the doubtful prices that the user has confirmed by sending the form again
# The templates add these fields to forms; no serializer has them.
PAGE_FIELDS = frozenset(
    {KEY_FIELD, PRICES_FIELD, PROOF_FIELD, READ_FIELD, SAID_FIELD, SUM_FIELD, "csrfmiddlewaretoken"}
)
PROOF_REQUIRED = "proof_required"


def is_session_form(request: Any) -> bool:
    """Return whether the body is a form and its user is signed in by a session."""
    return request.content_type.partition(";")[0].strip().lower() in FORM_TYPES and has_session(request)


def has_session(request: Any) -> bool:
    """Return whether the user is signed in by a session, as browsers are. Programs send tokens or keys."""
    return isinstance(request.successful_authenticator, SessionAuthentication)


def is_form_refused(response: Any) -> bool:
    """Return whether the form is shown again with its input."""
    return response.status_code in FORM_ERROR_STATUSES


VIEW_PARAMETER = VIEW_COOKIE = "_view"  # the API ignores parameters that begin with _
JSON, PAGE = "json", "page"
PAGE_SIZE_FOR_PEOPLE = 20  # the rows of a table that fit on the screen of a laptop
COOKIE_SECONDS = 365 * 24 * 3600


def is_developer(request: Any) -> bool:
    """Return whether pages show the user what programs use. They don't to people who have not signed in.

    Public routes don't know their users. They are for programs, so their pages show it to everybody.
    """
    is_public = not getattr(request, "authenticators", True)
    return is_public or bool(getattr(getattr(request, "user", None), "developer", False))


def choose_view(request: Any) -> str:
    """Return the view that the address or else the cookie names. Only developers get JSON."""
    if not is_developer(request):
        return PAGE
    chosen = request.query_params.get(VIEW_PARAMETER)
    if chosen in (JSON, PAGE):
        return str(chosen)
    return JSON if request.COOKIES.get(VIEW_COOKIE) == JSON else PAGE


def remember_view(request: Any, response: Any) -> None:
    chosen = request.query_params.get(VIEW_PARAMETER)
    if chosen in (JSON, PAGE):
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(VIEW_COOKIE, chosen, max_age=COOKIE_SECONDS, samesite="Lax", httponly=True, secure=secure)


def is_html_page(request: Any) -> bool:
    return getattr(getattr(request, "accepted_renderer", None), "format", "") == "api"


def is_page_for_people(request: Any) -> bool:
    """Return whether the response is a page that shows a table or details before its JSON."""
    return is_html_page(request) and choose_view(request) == PAGE


def list_view_addresses(request: Any) -> dict[str, str]:
    """Return the addresses of this page in both views."""
    query = dict(request.query_params.lists())
    return {view: f"?{urlencode({**query, VIEW_PARAMETER: view}, doseq=True)}" for view in (JSON, PAGE)}
