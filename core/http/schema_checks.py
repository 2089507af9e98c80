"""The OpenAPI document, and the check of query parameters and of a body's fields for names that it does not have.

Each process generates the document once for all users. An unknown parameter is refused: a mistyped filter would list
all rows, and a mistyped `dry_run` would write. A parameter that is given twice is refused, too, because one of its
values would have no effect. The schema marks those that may be repeated with `explode`. Unknown fields are reported, or
refused on request.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from drf_spectacular.settings import spectacular_settings
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings

from core.http.base import Middleware
from core.http.browsers import PAGE_FIELDS
from core.http.renderers import AlwaysJSON
from core.sentences import fill

MAX_NAMES = 20  # the most names in the header or in an error
MAX_NAME_LENGTH = 64  # longer names are truncated
MAX_COMPARED_LENGTH = 64  # longer names get no suggestion, because comparing long texts is expensive
MAX_ITEMS = 1000  # the most items of a list that are checked; longer lists are refused for their length
UNSAFE_IN_HEADER = re.compile(r'[^\x21-\x7e]|[,"]')  # these characters can't be in the names of a comma-separated list
EMPTY_NAME = '""'  # the empty name in that list; the list should have no empty members (RFC 9110, section 5.6.1)
FORM_LINE = re.compile(r"(\w+)\[[0-9]+\](\w+)", re.ASCII)
# These fields are always known: the server sets some of them, and the templates add the others to every form.
ALWAYS_KNOWN = frozenset({"id", "owner", "created_at", "updated_at", *PAGE_FIELDS})
STRICT_HANDLING = "handling=strict"
IGNORED_PREFIXES = ("_", "utm_")  # other programs add such parameters to addresses: cache busters and campaign tags

Schema = dict[str, Any]


class Fields(NamedTuple):
    """The field names of an object, and the fields of its objects and lists of objects."""

    names: frozenset[str]
    nested: dict[str, "Fields"]


class SchemaOperation(NamedTuple):
    """A method of a route."""

    parameters: frozenset[str]
    repeatable: frozenset[str]  # the parameters that may be given several times
    fields: Fields | None  # None if the operation accepts no body
    returns_secret: bool


UNDOCUMENTED = SchemaOperation(frozenset(), frozenset(), None, returns_secret=False)
# Fields with these names contain credentials.
SECRETS = frozenset({"access", "refresh", "token", "key", "secret", "recovery_codes"})


def read_schema_operations(document: Schema) -> dict[tuple[str, str], SchemaOperation]:
    """Return the operations of an OpenAPI document by method and path. In the path, `{}` stands for each parameter."""
    operations = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            responses = [each for status, each in operation["responses"].items() if status.startswith("2")]
            returned = [schema for response in responses for schema in list_media_schemas(response)]
            accepted = list_media_schemas(operation.get("requestBody", {}))
            parameters = [p for p in list_parameters(document, operation) if p["in"] == "query"]
            operations[re.sub(r"{[^}]+}", "{}", path), method.upper()] = SchemaOperation(
                frozenset(p["name"] for p in parameters),
                frozenset(p["name"] for p in parameters if p.get("explode") and p["schema"]["type"] == "array"),
                # Clients may send read-only fields back.
                merge_fields(document, [*accepted, *returned]) if "requestBody" in operation else None,
                contains_secret(merge_fields(document, returned)),
            )
    return operations


def list_parameters(document: Schema, operation: Schema) -> list[Schema]:
    """Return the parameters of an operation. Those that several operations share are components."""
    components = document["components"].get("parameters", {})
    parameters = operation.get("parameters", [])
    return [components[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in parameters]


def list_media_schemas(content: Schema) -> list[Schema]:
    """Return the schemas of the body of a request or response, one for each media type."""
    return [media["schema"] for media in content.get("content", {}).values()]


def contains_secret(fields: Fields) -> bool:
    """Return whether one of the fields, at any depth, is a secret."""
    return bool(SECRETS & fields.names) or any(map(contains_secret, fields.nested.values()))


def merge_fields(document: Schema, schemas: list[Schema]) -> Fields:
    """Return the union of the schemas' properties, and of those of their nested objects."""
    found: dict[str, list[Schema]] = {}
    for schema in schemas:
        for name, described in list_properties(document, schema):
            found.setdefault(name, []).append(described.get("items", described))
    nested = {name: merge_fields(document, parts) for name, parts in found.items()}
    return Fields(frozenset(found), {name: fields for name, fields in nested.items() if fields.names})


def list_properties(document: Schema, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the properties of a schema, following references and all alternatives."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield from schema.get("properties", {}).items()
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from list_properties(document, part)


class SchemaCache:
    """Generates the document on first use. Caches it, its rendered forms and its operations."""

    def __init__(self) -> None:
        self.lock = Lock()  # drf-spectacular keeps the view for which it generates a schema in a global variable
        self.document: dict[str, Any] | None = None
        self.rendered: dict[tuple[str, int | None], bytes] = {}
        self.operations: dict[tuple[str, str], SchemaOperation] = {}

    def render(self, renderer: Any, media_type: str) -> bytes:
        """Return the document as YAML, or as JSON with the indent of the media type."""
        indent = renderer.get_indent(media_type, {}) if isinstance(renderer, JSONRenderer) else None
        form = (renderer.format, indent)  # an indent is 1 to 8 or none, so the cache holds at most ten texts
        with self.lock:
            if form not in self.rendered:
                self.rendered[form] = renderer.render(self.get_document(), media_type, {})
            return self.rendered[form]

    def prepare(self) -> None:
        with self.lock:
            self.get_document()

    def get_document(self) -> dict[str, Any]:
        """Return the document. Generate it on the first call. The caller holds the lock."""
        if self.document is None:
            # This imports the views, so it can't be at the top of the module.
            generator: Any = spectacular_settings.DEFAULT_GENERATOR_CLASS
            self.document = generator().get_schema(request=None, public=True)
        return self.document

    def find_operation(self, route: str, method: str) -> SchemaOperation:
        """Return the operation of a Django route and a method. Return UNDOCUMENTED if the schema has none."""
        if not self.operations:
            with self.lock:
                self.operations = read_schema_operations(self.get_document())
        return self.operations.get((path_template(route), method), UNDOCUMENTED)


@cache
def path_template(route: str) -> str:
    """Return the path of a Django route. In it, `{}` stands for each parameter."""
    return re.sub(r"<[^>]+>", "{}", f"/{route}")


SCHEMA_CACHE = SchemaCache()


def check_fields(body: dict[str, Any], request: Any) -> None:
    """Store the unknown names of a parsed body for the response. Raise ValidationError if the client prefers that."""
    sent: Any = request._request  # its attributes are found faster than through the request
    match = sent.resolver_match
    known = SCHEMA_CACHE.find_operation(match.route, sent.method).fields if match else None
    if known is None:
        return
    unknown = list(dict.fromkeys(find_unknown_names(body, known)))[:MAX_NAMES]
    sent.has_strict_handling = prefers_strict(sent.META.get("HTTP_PREFER", ""))
    if unknown and sent.has_strict_handling:
        errors = {name[:MAX_NAME_LENGTH]: [describe_unknown_field(name, known)] for name in unknown}
        raise exceptions.ValidationError(errors)
    sent.ignored_fields = unknown


def find_unknown_names(body: dict[str, Any], known: Fields, prefix: str = "") -> Iterator[str]:
    """Yield the unknown names. The name of a nested field begins with the name of the outer field and a dot."""
    if not known.names.issuperset(body):
        yield from (prefix + name for name in body if name not in known.names and name not in ALWAYS_KNOWN)
    for name, fields in known.nested.items():
        value = body.get(name)
        for item in value[:MAX_ITEMS] if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from find_unknown_names(item, fields, f"{prefix}{name}.")


def prefers_strict(prefer: str) -> bool:
    """Return whether the first `handling` in a Prefer header (RFC 7240) is `strict`."""
    for preference in prefer.split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "handling":
            return value.strip().strip('"').lower() == "strict"
    return False


def describe_unknown_field(name: str, known: Fields) -> str:
    """Return the error message for an unknown name. It suggests the nearest known name, if any."""
    *path, last = name.split(".")
    for step in path:
        known = known.nested.get(step, known)
    if near := find_nearest(last, known.names):
        return fill("There is no such field. Did you mean {nearest}?", nearest=near)
    return gettext("There is no such field.")


def nest_form_names(form: Iterable[str]) -> dict[str, Any]:
    """Return the field names of a form, nested as in JSON: `lines[0]sku` is the `sku` of one of the `lines`."""
    body: dict[str, Any] = {}
    for name in form:
        if line := FORM_LINE.fullmatch(name):
            body.setdefault(line[1], [{}])[0][line[2]] = None
        else:
            body.setdefault(name, [{}])
    return body


class FieldHeaders(Middleware):
    """Middleware that sets the headers about ignored fields, and about the client's preference if it was applied."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if ignored := getattr(request, "ignored_fields", None):
            names = (UNSAFE_IN_HEADER.sub("?", name)[:MAX_NAME_LENGTH] or EMPTY_NAME for name in ignored)
            response.headers["Ignored-Fields"] = ", ".join(names)
        if getattr(request, "has_strict_handling", False):
            response.headers["Preference-Applied"] = STRICT_HANDLING
        return response


class KnownParameters(BasePermission):
    """Refuses unknown and repeated query parameters before every view. A 403 or 404 takes precedence over this 400."""

    def has_permission(self, request: Request, view: Any) -> bool:
        # A page also asks for the permission to show the forms of other methods.
        is_form_check = request.method != request._request.method
        if not request.query_params or is_form_check or not hasattr(view, (request.method or "").lower()):
            return True
        errors = describe_wrong_parameters(request, view)
        if errors and request.method != "OPTIONS":
            if view.kwargs:
                with transaction.atomic():  # views that write lock the row, which needs a transaction
                    view.get_object()
            raise exceptions.ValidationError(errors)
        return True


def describe_wrong_parameters(request: Request, view: Any) -> dict[str, list[str]]:
    """Return the error messages for the unknown and for the repeated parameters, by their names."""
    match: Any = request._request.resolver_match
    operation = SCHEMA_CACHE.find_operation(match.route, "GET" if request.method == "HEAD" else request.method or "")
    selects_renderer = not issubclass(view.content_negotiation_class, AlwaysJSON)
    known = operation.parameters | ({str(api_settings.URL_FORMAT_OVERRIDE)} if selects_renderer else set())
    errors: dict[str, list[str]] = {}
    for name, values in request.query_params.lists():
        if not is_known(name, known):
            errors[name] = [describe_unknown_parameter(name, known)]
        elif len(values) > 1 and name not in operation.repeatable and not name.startswith(IGNORED_PREFIXES):
            errors[name] = [fill("This parameter is given {number} times. Give it once.", number=len(values))]
    return errors


def is_known(name: str, known: frozenset[str]) -> bool:
    """Return whether the schema has the parameter, or all that begin with its first part and a point."""
    prefix, point, _ = name.partition(".")
    return name in known or bool(point and prefix + point in known) or name.startswith(IGNORED_PREFIXES)


def describe_unknown_parameter(name: str, known: frozenset[str]) -> str:
    """Return the error message for an unknown name. It suggests the nearest known name, or lists all."""
    if name == "page" and "cursor" in known:
        return gettext("This list has no page numbers: follow the address in `next`.")
    if near := find_nearest(name, known):
        return fill("There is no such parameter. Did you mean {nearest}?", nearest=near)
    names = ", ".join(sorted(known)) or gettext("none")
    return fill("There is no such parameter. This address takes {names}.", names=names)


def find_nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known name that is spelled most like this one, or None if none has this likeness (1 is the same)."""
    if len(name) > MAX_COMPARED_LENGTH:
        return None
    return next(iter(get_close_matches(name.lower(), sorted(known), n=1, cutoff=likeness)), None)
