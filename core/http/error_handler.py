"""REST framework's exception handler. It makes the response for every error that the API raises."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core import exceptions as django_exceptions
from django.db import DataError, IntegrityError
from django.db.models import BaseConstraint
from django.http import Http404, HttpResponse, UnreadablePostError
from django.utils.translation import gettext
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_exception_handler

from core.database.constraints import find_constraint, find_field
from core.database.errors import database_refusal
from core.database.postgres.base import get_sqlstate
from core.errors import (
    BROKEN_BODY,
    NOT_FOUND,
    DomainError,
    NumberTooHigh,
    StorageFull,
    is_storage_full,
    translate_detail,
)
from core.http.parsers import BodyTooLarge
from core.http.renderers import AlwaysJSON
from core.translation import gettext_noop

OUTSIDE = gettext_noop("A value is outside of what is allowed.")  # for a constraint whose text would be its name
OUT_OF_RANGE = "22003"  # PostgreSQL's code for a number that its column can't store


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the response for an error. Return None for a bug of the product, which becomes a 500."""
    error = convert(error)
    if isinstance(error, DomainError):
        headers = {}
        if error.status == status.HTTP_401_UNAUTHORIZED:  # every 401 has to name the scheme (RFC 9110, 11.6.1)
            headers["WWW-Authenticate"] = str(context["view"].get_authenticate_header(context["request"]))
        return Response(error.as_dict(), status=error.status, headers=headers)
    if isinstance(error, Http404):
        return Response(translate_detail(NOT_FOUND), status=status.HTTP_404_NOT_FOUND)
    if isinstance(error, UnreadablePostError):
        return Response(translate_detail(BROKEN_BODY), status=status.HTTP_400_BAD_REQUEST)
    if isinstance(error, IntegrityError):
        return constraint_response(error)
    if refused := database_refusal(error, context["request"].method):
        data, headers = refused
        return Response(translate_detail(data), status=503, headers=headers)
    response = rest_exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        if response.status_code == status.HTTP_401_UNAUTHORIZED and is_file_opened(context):
            return redirect_to_login(context["request"].get_full_path())
        response.data = add_code(response.data, error)
    return response


def is_file_opened(context: dict[str, Any]) -> bool:
    """Return whether a browser opens a file or a receipt: such a route has no page that could ask to sign in.

    The pages that sign in have a request of Django. They are no files.
    """
    view, request = context["view"], context["request"]
    if getattr(view, "content_negotiation_class", None) is not AlwaysJSON or request.method != "GET":
        return False
    is_browser = request._request.get_preferred_type(["application/json", "text/html"]) == "text/html"
    return is_browser and "Authorization" not in request.headers


def convert(error: Exception) -> Exception:
    """Return the API's error for an error of Django or the system. Return other errors unchanged."""
    if is_storage_full(error):
        return StorageFull()
    if isinstance(error, DataError) and get_sqlstate(error) == OUT_OF_RANGE:
        return NumberTooHigh()
    if isinstance(error, django_exceptions.ValidationError):
        return exceptions.ValidationError(error.messages)
    if isinstance(error, django_exceptions.PermissionDenied):
        return exceptions.PermissionDenied(*error.args)
    if isinstance(error, django_exceptions.RequestDataTooBig):
        return BodyTooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return error


def add_code(data: Any, error: exceptions.APIException) -> Any:
    """Return `{"detail", "code"}` for an error without a field; return field errors unchanged."""
    if isinstance(data, list):
        return {"non_field_errors": data}
    if isinstance(error, exceptions.ValidationError) or "detail" not in data:
        return data
    code = data.get("code") or error.get_codes()
    return {"detail": data["detail"], "code": code if isinstance(code, str) else error.default_code}


def constraint_response(error: IntegrityError) -> Response | None:
    """Return a field error or a 409 for a model's constraint. Return None for others, which becomes a 500."""
    constraint = find_constraint(error)
    if constraint is None:
        return None
    has_text = constraint.violation_error_message != BaseConstraint.default_violation_error_message
    message = gettext(str(constraint.get_violation_error_message()) if has_text else OUTSIDE)
    if constraint.violation_error_code == "conflict":
        return Response({"detail": message, "code": constraint.name}, status=status.HTTP_409_CONFLICT)
    return Response({find_field(constraint): [message]}, status=status.HTTP_400_BAD_REQUEST)
