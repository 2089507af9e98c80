"""Errors as JSON, as a page, or in the format of RFC 9457: those of the API, and those outside of REST framework."""

import sys
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core import exceptions as django_exceptions
from django.core.exceptions import DisallowedHost
from django.db import DataError, IntegrityError
from django.db.models import BaseConstraint
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import is_valid_path, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as rest_exception_handler

from core.database.constraints import find_constraint, find_field
from core.database.postgres.base import get_sqlstate
from core.database.transactions import database_refusal
from core.errors import (
    BROKEN_BODY,
    LINK_ENDED,
    NOT_FOUND,
    DomainError,
    LinkEnded,
    NumberTooHigh,
    StorageFull,
    find_advice,
    is_storage_full,
    translate_detail,
)
from core.http.parsers import BodyTooLarge
from core.http.renderers import AlwaysJSON, JSONOrFile, JSONRenderer
from core.sentences import fill
from core.translation import gettext_noop

# The texts of error pages by the code of the error. They replace its detail.
PAGE_DETAILS = {
    "not_found": gettext_noop("There is nothing at this address."),
    "missing_slash": gettext_noop("There is nothing at this address."),
    "error": gettext_noop("Something went wrong on our side. The log has the details under the id below."),
}


def json_error(data: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> JsonResponse:
    """Return a JSON response with the same bytes as REST framework would write."""
    response: Any = JsonResponse(data, status=status, headers=headers, json_dumps_params={"separators": (",", ":")})
    response.data = data  # REST framework's responses have it, too: the log line of the request reads the code from it
    return response  # type: ignore[no-any-return]


def error_response(
    request: HttpRequest, data: dict[str, Any], status: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Return the error as JSON, or as a page for clients that prefer HTML, such as browsers."""
    data = translate_detail(data)
    is_page = request.get_preferred_type(["application/json", "text/html"]) == "text/html"
    response = error_page(request, data, status, headers) if is_page else json_error(data, status, headers)
    patch_vary_headers(response, ["Accept"])
    return response


def error_page(
    request: HttpRequest, data: dict[str, Any], status: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Return a page that needs neither the database nor a session."""
    page = {
        "status": status,
        "title": gettext(HTTPStatus(status).phrase),
        "detail": gettext(PAGE_DETAILS.get(data["code"], data["detail"])),
        "code": data["code"],
        "address": data.get("address", ""),
        "is_api": request.path_info.startswith("/api/"),
        "request_id": request.META.get("HTTP_X_REQUEST_ID", "") if status == 500 else "",
    }
    response: Any = HttpResponse(render_to_string("error.html", page), status=status, headers=headers)
    response.data = data
    return response  # type: ignore[no-any-return]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, django_exceptions.RequestDataTooBig):
        error = BodyTooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return error_response(request, {"detail": str(error), "code": error.default_code}, error.status_code)
    return error_response(request, {"detail": gettext_noop("Bad request."), "code": "bad_request"}, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, {"detail": gettext_noop("Permission denied."), "code": "permission_denied"}, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return a 403 for a form without a valid CSRF token. The usual cause is a page that was open for too long."""
    detail = gettext_noop("This form is out of date. Go back, reload the page and send it again.")
    return error_response(request, {"detail": detail, "code": "permission_denied"}, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return a 404. If only the slash at the end is missing, the message names the right address."""
    if isinstance(exception, LinkEnded):
        return error_response(request, LINK_ENDED, 404)
    slashed = f"{request.path_info}/"
    if request.path_info.endswith("/") or not is_valid_path(slashed):
        return error_response(request, NOT_FOUND, 404)
    detail = fill("Not found: this address ends with a slash, {address}", address=slashed)
    return error_response(request, {"detail": detail, "code": "missing_slash", "address": slashed}, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return a 503 if the present exception is a temporary database error, a 507 for a full disk, otherwise a 500."""
    if is_storage_full(sys.exception()):
        full = StorageFull()
        return error_response(request, full.as_dict(), full.status)
    if refused := database_refusal(sys.exception(), request.method):
        data, headers = refused
        return error_response(request, data, 503, headers)
    return error_response(request, {"detail": gettext_noop("Something went wrong on our side."), "code": "error"}, 500)


JSON, PROBLEM = "application/json", "application/problem+json"
MAX_NAMES = 10  # the most wrong fields that `detail` names; `errors` lists all of them


def rewrite_error(request: HttpRequest, response: HttpResponseBase) -> None:
    """Replace the content of an error in JSON, and the headers that describe it, by a problem."""
    data = getattr(response, "data", None)
    is_json = response.headers.get("Content-Type", "").startswith(JSON)
    if response.status_code >= 400 and is_json and isinstance(data, dict) and isinstance(response, HttpResponse):
        response.content = JSONRenderer().render(make_problem(request, data, response.status_code))
        response.headers["Content-Type"] = PROBLEM
        if "Content-Length" in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        patch_vary_headers(response, ["Accept"])


def are_preferred(request: HttpRequest) -> bool:
    """Return whether the client accepts problems and does not accept plain JSON, not even through a wildcard."""
    return accepts(request, PROBLEM) and not accepts(request, JSON)


def accepts(request: HttpRequest, media_type: str) -> bool:
    """Return whether the client accepts a media type with any parameters, which `request.accepts()` would compare."""
    main, sub = media_type.split("/")
    return any(each.main_type in (main, "*") and each.sub_type in (sub, "*") for each in request.accepted_types)


def make_problem(request: HttpRequest, data: dict[str, Any], status: int) -> dict[str, Any]:
    """Return an error as a problem of RFC 9457. Further keys of the error become members of the problem."""
    if "code" in data and isinstance(data.get("detail"), str):  # parameters may have these names, too
        error = data
    else:
        names = ", ".join(list(map(str, data))[:MAX_NAMES])
        detail = fill("These fields or parameters are wrong: {names}.", names=names)
        error = {"detail": detail, "code": "invalid", "errors": data}
    code = str(error["code"])
    title, advice = code.replace("_", " ").capitalize(), find_advice(code, status)
    return {"type": error_url(request, code), "title": title, "status": status, "advice": advice, **error}


def error_url(request: HttpRequest, code: str) -> str:
    """Return the URL of the code on the page of all codes, without the host if the host is not allowed."""
    path = f"{reverse('errors')}#{code}"
    try:
        return request.build_absolute_uri(path)
    except DisallowedHost:
        return path


OUTSIDE = gettext_noop("A value is outside of what is allowed.")  # for a constraint whose text would be its name
OUT_OF_RANGE = "22003"  # PostgreSQL's code for a number that its column can't store


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the response for an error. Return None for a bug of the product, which becomes a 500.

    If a browser opens a file, the error is a page.
    """
    response = respond(error, context)
    if not isinstance(response, Response) or not is_file_opened(context):
        return response
    data = response.data
    if not isinstance(data.get("detail"), str):  # a parameter may have this name, too
        wrong = " ".join(f"{name}: {' '.join(texts)}" for name, texts in data.items())
        data = {"detail": wrong, "code": "invalid"}
    headers = {name: value for name, value in response.headers.items() if name == "Retry-After"}
    return error_response(context["request"]._request, data, response.status_code, headers)


def respond(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the response for an error, in JSON. Return None for a bug of the product."""
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


NO_FILES = (None, "", "json", "api")  # with these formats, the renderer chooses between JSON and a page


def is_file_opened(context: dict[str, Any]) -> bool:
    """Return whether a browser opens a file or a receipt: such a route has no page that could ask to sign in.

    The pages that sign in have a request of Django. They are no files.
    """
    request: Any = context.get("request")
    negotiation = getattr(context.get("view"), "content_negotiation_class", None)
    if negotiation not in (AlwaysJSON, JSONOrFile) or request.method != "GET":
        return False
    if negotiation is JSONOrFile and request.query_params.get(api_settings.URL_FORMAT_OVERRIDE) in NO_FILES:
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
