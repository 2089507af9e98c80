"""Every refusal in one place: domain errors, constraint names and the database's absence, turned into answers."""

import re
import sys
from http import HTTPStatus
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.core import exceptions as django_exceptions
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError
from django.db.models import BaseConstraint, F, Model, UniqueConstraint
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions, status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_exception_handler

from core.http.parsers import BodyTooLarge
from core.postgres.base import CommitLost, sqlstate_of

# Answered as copies: a renderer may write into what it is given.
NOT_FOUND = {"detail": "Not found.", "code": "not_found"}
UNAVAILABLE = {"detail": "The database is not available. Try again in a moment.", "code": "database_unavailable"}
TOOK_TOO_LONG = {
    "detail": "The database stopped this at its time limit. Ask for less: a shorter period, another filter.",
    "code": "took_too_long",
}
OUTCOME_UNKNOWN = {
    "detail": "The connection to the database broke at the end, so the change may have taken effect. Send it again with"
    " the same Idempotency-Key, or look before you repeat it.",
    "code": "outcome_unknown",
}
BROKEN_BODY = {"detail": "The body could not be read: it ended early.", "code": "parse_error"}
RETRY_LATER = {"Retry-After": "1"}  # seconds

# What a page says to people, by status, where it is not the detail itself.
ON_A_PAGE = {
    404: "There is nothing at this address.",
    500: "This is a fault on our side. It is in the log under the number below.",
}

# Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html that mean "not now", not "wrong":
# connection lost, resources (too many connections), server shutting down, lock timeout, deadlock and serialization
# failure, read-only server, transaction timeouts.
AWAY_CLASSES = ("08", "53", "57P", "58")
AWAY_STATES = ("55P03", "40001", "40P01", "25006", "25P03", "25P04")
QUERY_CANCELED = "57014"  # by statement_timeout; an administrator's pg_cancel_backend() looks the same


AnyResponse = TypeVar("AnyResponse", bound=HttpResponse)


class DomainError(Exception):
    """A refusal by a rule of the product: answered as `{"detail", "code", **numbers}` with `status`."""

    status: int = status.HTTP_400_BAD_REQUEST
    code = "invalid"
    detail = "This can't be done."

    def __init__(self, **numbers: Any) -> None:
        super().__init__(self.detail.format(**numbers))
        self.numbers = numbers

    def as_dict(self) -> dict[str, Any]:
        return {"detail": str(self), "code": self.code, **self.numbers}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's hook: an answer for every error that is somebody's fault; None (a 500) for ours."""
    if isinstance(error, DomainError):
        return Response(error.as_dict(), status=error.status)
    if isinstance(error, Http404):
        return Response(dict(NOT_FOUND), status=status.HTTP_404_NOT_FOUND)
    if isinstance(error, UnreadablePostError):
        return Response(dict(BROKEN_BODY), status=status.HTTP_400_BAD_REQUEST)
    if isinstance(error, django_exceptions.ValidationError):
        error = exceptions.ValidationError(error.messages)
    if isinstance(error, django_exceptions.PermissionDenied):
        error = exceptions.PermissionDenied(*error.args)
    if isinstance(error, django_exceptions.RequestDataTooBig):
        error = BodyTooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if isinstance(error, IntegrityError):
        return violated_constraint(error)
    if refused := database_refusal(error, context["request"].method):
        data, headers = refused
        return Response(dict(data), status=503, headers=headers)
    response = rest_exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = with_code(response.data, error)
    return response


def with_code(data: Any, error: exceptions.APIException) -> Any:
    """`{"detail", "code"}` for errors that don't belong to fields; field errors stay as they are."""
    if isinstance(data, list):
        return {"non_field_errors": data}
    if isinstance(error, exceptions.ValidationError) or "detail" not in data:
        return data
    code = data.get("code") or error.get_codes()
    return {"detail": data["detail"], "code": code if isinstance(code, str) else error.default_code}


# --- Constraints --------------------------------------------------------------------------------------


def violated_constraint(error: IntegrityError) -> Response | None:
    """A field error, or 409, for a named constraint of ours; None for any other, which is a bug to be seen."""
    constraint = find_constraint(error)
    if constraint is None:
        return None
    message = str(constraint.get_violation_error_message())
    if constraint.violation_error_code == "conflict":
        return Response({"detail": message, "code": constraint.name}, status=status.HTTP_409_CONFLICT)
    return Response({field_of(constraint): [message]}, status=status.HTTP_400_BAD_REQUEST)


def find_constraint(error: IntegrityError) -> BaseConstraint | None:
    """The constraint of ours that the database says was violated."""
    return next((c for c in constraints_of_all_models() if names(error, c.name)), None)


def constraints_of_all_models() -> list[BaseConstraint]:
    models: list[type[Model]] = apps.get_models()
    return [constraint for model in models for constraint in (*model._meta.constraints, *unique_fields(model))]


def unique_fields(model: type[Model]) -> list[UniqueConstraint]:
    """What `unique=True` makes, under the name that PostgreSQL gives it."""
    return [
        UniqueConstraint(
            fields=[field.name],
            name=f"{model._meta.db_table}_{field.column}_key",
            violation_error_message=field.error_messages["unique"],
        )
        for field in model._meta.local_fields
        if field.unique and not field.primary_key
    ]


def names(error: IntegrityError, constraint_name: str) -> bool:
    """Whether the database names this constraint; a distributed one adds the shard's number behind the name."""
    diagnosis = getattr(error.__cause__, "diag", None)
    named = getattr(diagnosis, "constraint_name", None)
    if named:
        return bool(named == constraint_name)
    return re.search(rf"\b{re.escape(constraint_name)}(_\d+)?\b", str(error)) is not None


def field_of(constraint: BaseConstraint) -> str:
    """The field a client should look at: the constraint's own, else its first that isn't the owner."""
    if field := getattr(constraint, "field", None):
        return str(field)
    fields = [*getattr(constraint, "fields", ())]
    for expression in getattr(constraint, "expressions", ()):
        parts: list[Any] = [expression] if isinstance(expression, F) else list(expression.flatten())
        fields += [part.name for part in parts if isinstance(part, F)]  # type: ignore[attr-defined]
    fields = [name for name in fields if name != "owner"]
    return fields[0] if fields else "non_field_errors"


# --- The database's 503s ----------------------------------------------------------------------------------


def database_refusal(error: BaseException | None, method: str | None) -> tuple[dict[str, str], dict[str, str]] | None:
    """Return the body and headers of the 503 for this error of the database, None for any other error.

    Only a refusal that may pass by itself has `Retry-After`. A read has no outcome that could be unknown.
    """
    if isinstance(error, CommitLost) and method not in SAFE_METHODS:
        return OUTCOME_UNKNOWN, {}
    if isinstance(error, OperationalError) and sqlstate_of(error) == QUERY_CANCELED:
        return TOOK_TOO_LONG, {}
    return (UNAVAILABLE, RETRY_LATER) if is_database_away(error) else None


def is_database_away(error: BaseException | None) -> bool:
    """Whether the same request may succeed in a moment, when the database is back or less busy."""
    if not isinstance(error, OperationalError | InterfaceError | InternalError):
        return False
    sqlstate = sqlstate_of(error)
    if sqlstate is None:  # nobody answered, so there is no state
        return not isinstance(error, InternalError)
    return bool(sqlstate.startswith(AWAY_CLASSES) or sqlstate in AWAY_STATES)


# --- Where Django answers before REST framework does ------------------------------------------------------


def answer(data: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> JsonResponse:
    """Return JSON as REST framework writes it, to the byte."""
    response = JsonResponse(data, status=status, headers=headers, json_dumps_params={"separators": (",", ":")})
    return with_data(response, data)


def refuse(
    request: HttpRequest, data: dict[str, Any], status: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    """JSON; outside /api/ a page for who prefers one, as browsers do."""
    wants = "application/json"
    if not request.path_info.startswith("/api/"):
        wants = request.get_preferred_type(["application/json", "text/html"]) or wants
    response = error_page(request, data, status, headers) if wants == "text/html" else answer(data, status, headers)
    patch_vary_headers(response, ["Accept"])
    return response


def error_page(
    request: HttpRequest, data: dict[str, Any], status: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Made from nothing but the refusal: neither the database nor a session is asked."""
    page = {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "detail": ON_A_PAGE.get(status, data["detail"]),
        "request_id": request.META.get("HTTP_X_REQUEST_ID", "") if status == 500 else "",
    }
    return with_data(HttpResponse(render_to_string("error.html", page), status=status, headers=headers), data)


def with_data(response: AnyResponse, data: dict[str, Any]) -> AnyResponse:
    """Keep the data on the response, as REST framework does: the request's log line takes the code from there."""
    response.data = data  # type: ignore[attr-defined]
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, django_exceptions.RequestDataTooBig):
        too_large = BodyTooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return refuse(request, {"detail": str(too_large), "code": too_large.default_code}, too_large.status_code)
    return refuse(request, {"detail": "Bad request.", "code": "bad_request"}, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, {"detail": "Permission denied.", "code": "permission_denied"}, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of a sign-in page or the support desk without its token: most often one that was open for too long."""
    detail = "This form is out of date. Go back, reload the page and send it again."
    return refuse(request, {"detail": detail, "code": "permission_denied"}, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404; names the right address where only the slash at its end is missing."""
    slashed = f"{request.path_info}/"
    if request.path_info.endswith("/") or not is_route(slashed):
        return refuse(request, NOT_FOUND, 404)
    detail = f"Not found: this address ends with a slash, {slashed}"
    return refuse(request, {"detail": detail, "code": "missing_slash", "address": slashed}, 404)


def is_route(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def server_error(request: HttpRequest) -> HttpResponse:
    """Return a 503 if the exception being handled is one of the database's refusals, else a 500."""
    if refused := database_refusal(sys.exception(), request.method):
        data, headers = refused
        return refuse(request, data, 503, headers)
    return refuse(request, {"detail": "Something went wrong on our side.", "code": "error"}, 500)
