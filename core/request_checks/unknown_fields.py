"""Fields of a body that a route does not take: ignored and reported, or refused if the client prefers that."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import exceptions

from core.request_checks.operations import Fields
from core.request_checks.schema_cache import DOCUMENT
from core.request_checks.spelling import nearest

MAX_NAMES = 20  # that are told, in the header or in a refusal
MAX_NAME_LENGTH = 64  # longer names are cut
MAX_PARTS = 1000  # of a list that are looked at: a longer one is refused for its length
UNFIT = re.compile(r'[^\x21-\x7e]|[,"]')  # for a list of names in a header
EMPTY_NAME = '""'  # in that list: a name without characters would be an empty member (RFC 9110, section 5.6.1)
FORM_LINE = re.compile(r"(\w+)\[[0-9]+\](\w+)", re.ASCII)
# What the server sets on a row, also where an answer does not show it; and what REST framework's forms send.
ALWAYS_KNOWN = frozenset({"id", "owner", "created_at", "updated_at", "csrfmiddlewaretoken"})
STRICT = "handling=strict"


def judge_fields(body: dict[str, Any], request: Any) -> None:
    """Note the unknown names of a parsed body for the answer. Raise ValidationError if the client prefers that."""
    match = request._request.resolver_match
    known = DOCUMENT.operation(match.route, request.method).fields if match else None
    if known is None:
        return
    unknown = list(dict.fromkeys(unknown_names(body, known)))[:MAX_NAMES]
    request._request.is_judged_strictly = prefers_strict(request.META.get("HTTP_PREFER", ""))
    if unknown and request._request.is_judged_strictly:
        raise exceptions.ValidationError({name[:MAX_NAME_LENGTH]: [no_such_field(name, known)] for name in unknown})
    request._request.ignored_fields = unknown


def unknown_names(body: dict[str, Any], known: Fields, prefix: str = "") -> Iterator[str]:
    """Yield the names that are not known, those of nested objects behind the name of their field and a dot."""
    if not known.names.issuperset(body):
        yield from (prefix + name for name in body if name not in known.names and name not in ALWAYS_KNOWN)
    for name, fields in known.nested.items():
        part = body.get(name)
        for inner in part[:MAX_PARTS] if isinstance(part, list) else [part]:
            if isinstance(inner, dict):
                yield from unknown_names(inner, fields, f"{prefix}{name}.")


def prefers_strict(prefer: str) -> bool:
    """Return whether the first `handling` of a Prefer header (RFC 7240) is `strict`."""
    for preference in prefer.split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "handling":
            return value.strip().strip('"').lower() == "strict"
    return False


def no_such_field(name: str, known: Fields) -> str:
    """Return the message for an unknown name, with the nearest known one if there is one."""
    *path, last = name.split(".")
    for step in path:
        known = known.nested.get(step, known)
    near = nearest(last, known.names)
    return f"There is no such field. Did you mean {near}?" if near else "There is no such field."


def as_body(form: Iterable[str]) -> dict[str, Any]:
    """Return the names of a form as a body has them: `lines[0]sku` is the `sku` of one of the `lines`."""
    body: dict[str, Any] = {}
    for name in form:
        if line := FORM_LINE.fullmatch(name):
            body.setdefault(line[1], [{}])[0][line[2]] = None
        else:
            body.setdefault(name, [{}])
    return body


def header_member(name: str) -> str:
    """Return the name as a member of a header's list: unfit characters become `?`, the empty name `""`."""
    return UNFIT.sub("?", name)[:MAX_NAME_LENGTH] or EMPTY_NAME


class FieldHeaders:
    """Middleware: says in the answer which fields were ignored, and that the client's preference was followed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if ignored := getattr(request, "ignored_fields", None):
            response.headers["Ignored-Fields"] = ", ".join(map(header_member, ignored))
        if getattr(request, "is_judged_strictly", False):
            response.headers["Preference-Applied"] = STRICT
        return response
