"""The forms of the pages: bodies that a browser sends for a user who is signed in by a session."""

from typing import Any

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
READ_FIELD = "_read"  # what the user of a row's form has read: see core.pages.read_texts
PROOF_FIELD = "_proof"  # a password or a code, with which a form proves again who sends it
PRICES_FIELD = "_prices"  # the doubtful prices that the user has confirmed by sending the form again
# The templates add these fields to forms; no serializer has them.
PAGE_FIELDS = frozenset({KEY_FIELD, PRICES_FIELD, PROOF_FIELD, READ_FIELD, "csrfmiddlewaretoken"})
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
