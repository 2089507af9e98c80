"""The OpenAPI document, which each process generates once for all users. Requests are checked against it."""

import re
from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

from drf_spectacular.settings import spectacular_settings
from rest_framework.renderers import JSONRenderer

Schema = dict[str, Any]


class Fields(NamedTuple):
    """The field names of an object, and the fields of its objects and lists of objects."""

    names: frozenset[str]
    nested: dict[str, "Fields"]


class SchemaOperation(NamedTuple):
    """A method of a route."""

    parameters: frozenset[str]
    fields: Fields | None  # None if the operation accepts no body
    returns_secret: bool


UNDOCUMENTED = SchemaOperation(frozenset(), None, returns_secret=False)
SECRETS = frozenset({"access", "refresh", "token", "key", "secret"})  # fields with these names contain credentials


def read_schema_operations(document: Schema) -> dict[tuple[str, str], SchemaOperation]:
    """Return the operations of an OpenAPI document by method and path. In the path, `{}` stands for each parameter."""
    return {
        (re.sub(r"{[^}]+}", "{}", path), method.upper()): SchemaOperation(
            read_query_parameters(operation),
            read_body_fields(document, operation),
            contains_secret(read_response_fields(document, operation)),
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def read_query_parameters(operation: Schema) -> frozenset[str]:
    """Return the names of the operation's query parameters."""
    return frozenset(p["name"] for p in operation.get("parameters", []) if p["in"] == "query")


def read_body_fields(document: Schema, operation: Schema) -> Fields | None:
    """Return the fields of the body and of the response. Clients may send read-only fields back."""
    if "requestBody" not in operation:
        return None
    return merge_fields(document, [*list_media_schemas(operation["requestBody"]), *list_response_schemas(operation)])


def read_response_fields(document: Schema, operation: Schema) -> Fields:
    """Return the fields of the operation's successful responses."""
    return merge_fields(document, list_response_schemas(operation))


def list_response_schemas(operation: Schema) -> list[Schema]:
    """Return the schemas of the operation's successful responses."""
    responses = [response for status, response in operation["responses"].items() if status.startswith("2")]
    return [schema for response in responses for schema in list_media_schemas(response)]


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
    """Generates the document on first use. Caches it, its rendered forms and its operations.

    drf-spectacular keeps the current view in a global variable, so only one thread at a time may generate the document.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.document: dict[str, Any] | None = None
        self.rendered: dict[tuple[str, int | None], bytes] = {}
        self.operations: dict[tuple[str, str], SchemaOperation] = {}

    def render(self, renderer: Any, media_type: str) -> bytes:
        """Return the document as YAML, or as JSON with the indent of the media type.

        JSON has an indent of 1 to 8 or none, so the cache holds at most ten texts.
        """
        indent = renderer.get_indent(media_type, {}) if isinstance(renderer, JSONRenderer) else None
        form = (renderer.format, indent)
        with self.lock:
            if form not in self.rendered:
                self.rendered[form] = renderer.render(self.get_document(), media_type, {})
            return self.rendered[form]

    def prepare(self) -> None:
        """Generate the document if it has not been generated yet."""
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
