"""The log: the line of each request, and the formats of lines. In both formats a value can't start a new line."""

import json
import logging
import os
import re
import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from core.database.postgres.base import STATEMENTS
from core.http.base import Middleware

logger = logging.getLogger("inventory_api.request")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
FIELD_NAME = re.compile(r"[a-z_]{1,40}")
MAX_FIELDS_LOGGED = 10

# Matches the details that PostgreSQL adds below its message. They end at the next part of the trace, or at its end.
ROW_VALUES = re.compile(r"^(DETAIL|CONTEXT|LINE \d+): .*?(?=^(The above|During handling|Traceback) |\Z)", re.M | re.S)

# Matches the query of an address in a message: gunicorn and Django log them. A `?` before a space is punctuation.
URL_QUERY = re.compile(r"\?\S.*", re.S)


class RequestLog(Middleware):
    """Middleware that gives each request an id, and logs one line for it unless it succeeds in getting a static file.

    Each response has the id and the version of the service in its headers.

    The id is the client's `X-Request-ID` if that is well-formed. A view adds fields to the line by the request's
    `log_fields`. The line's time and statements exclude the streaming of the response.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        client_id = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = client_id if REQUEST_ID.fullmatch(client_id) else os.urandom(16).hex()
        request.META["HTTP_X_REQUEST_ID"] = request_id
        sent_before = STATEMENTS.value
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        response.headers["API-Version"] = settings.API_VERSION
        fields = {
            "request_id": request_id,
            "method": request.method,
            "route": request.resolver_match.route if request.resolver_match else None,
            "status": response.status_code,
            "ms": round((time.monotonic() - started) * 1000, 1),
            **get_user_fields(request),
            "statements": STATEMENTS.value - sent_before,
            **({"read_from": request.read_from} if hasattr(request, "read_from") else {}),  # ReplicaReads sets it
            **get_error_fields(response),
            **getattr(request, "log_fields", {}),
        }
        if fields["route"] is None and response.status_code < 400 and request.path_info.startswith(settings.STATIC_URL):
            return response  # a page has several such files, and their lines would hide the others
        self.write(fields)
        return response

    def write(self, fields: dict[str, Any]) -> None:
        level = logging.ERROR if fields["status"] >= 500 else logging.INFO
        logger.log(level, "request", extra={"fields": fields})


def get_user_fields(request: HttpRequest) -> dict[str, Any]:
    """Return the id of the user, and the prefix of the API key that it sent. The prefix is no secret."""
    user = request.__dict__.get("user")  # it is set only if the view has loaded the user, so the log causes no query
    if isinstance(user, SimpleLazyObject):  # Django stores the loaded user of a session here
        user = request.__dict__.get("_cached_user")
    key = getattr(user, "api_key", None)
    return {"user": getattr(user, "pk", None), **({"key": key.prefix} if key else {})}


def get_error_fields(response: HttpResponseBase) -> dict[str, str]:
    """Return the error's `code` for the log line; for field errors `invalid` and the fields' names, but no values."""
    data = getattr(response, "data", None)
    if response.status_code < 400 or not isinstance(data, dict):
        return {}
    if isinstance(data.get("code"), str):  # a list has the errors of a field of this name
        return {"code": str(data["code"])}
    names = sorted(name for name in map(str, data) if FIELD_NAME.fullmatch(name))  # others are not fields
    return {"code": "invalid", "fields": ",".join(names[:MAX_FIELDS_LOGGED])}


class Formatter(logging.Formatter):
    """The base of both formats. A line has time, level, logger, message, `extra["fields"]`, request id and trace."""

    def get_fields(self, record: logging.LogRecord) -> dict[str, Any]:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": URL_QUERY.sub("?…", record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if request := getattr(record, "request", None):
            line["request_id"] = getattr(request, "META", {}).get("HTTP_X_REQUEST_ID")
        # The client causes a SuspiciousOperation, so its trace is not logged.
        if record.exc_info and not isinstance(record.exc_info[1], SuspiciousOperation):
            line["trace"] = self.formatException(record.exc_info)
        return line

    def formatException(self, ei: Any) -> str:  # noqa: N802, overrides logging's method
        """Return the trace, without local variables and without the row values that PostgreSQL adds to a message."""
        return ROW_VALUES.sub("", super().formatException(ei))


class JSONFormatter(Formatter):
    """Writes one JSON object per line. JSON escapes control characters."""

    encoder = json.JSONEncoder(default=str)

    def format(self, record: logging.LogRecord) -> str:
        return self.encoder.encode(self.get_fields(record))


class PlainFormatter(Formatter):
    """Writes time, level, logger and message, followed by name=value pairs. A trace follows on indented lines."""

    def format(self, record: logging.LogRecord) -> str:
        line = self.get_fields(record)
        trace = line.pop("trace", "")
        head = [line.pop(name) for name in ("time", "level", "logger", "message")]
        pairs = [f"{name}={escape_unprintable(value)}" for name, value in line.items()]
        words = [*map(escape_unprintable, head), *pairs]
        return "\n".join([" ".join(words), *(f"    {escape_unprintable(row)}" for row in trace.splitlines())])


def escape_unprintable(value: Any) -> str:
    """Return the value with unprintable characters escaped, so that it is safe in a terminal. None becomes a dash."""
    text = "-" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
