"""Forms of the pages: bodies that a browser sends for a user who is signed in by a session."""

from typing import Any

from rest_framework.authentication import SessionAuthentication

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
KEY_FIELD = "_idempotency_key"  # a field of a form, in place of the header Idempotency-Key
AGAIN_FIELD = "_again"  # a field of a form that is shown again, empty, after success
FORM_ERROR_STATUSES = (400, 409, 422)  # the form is shown again with what was sent
KEY_REUSED = "idempotency_key_reused"
KEY_ERRORS = (KEY_REUSED, "invalid_idempotency_key")  # the codes after which a form needs a new key
PAGE_FIELDS = frozenset({KEY_FIELD, AGAIN_FIELD, "csrfmiddlewaretoken"})  # of every form, of no route


def is_session_form(request: Any) -> bool:
    """Return whether the body is a form and its user is signed in by a session."""
    return request.content_type.partition(";")[0].strip().lower() in FORM_TYPES and has_session(request)


def has_session(request: Any) -> bool:
    """Return whether the user is signed in by a session, which browsers are and programs are not."""
    return isinstance(request.successful_authenticator, SessionAuthentication)
