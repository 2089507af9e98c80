"""What the schema says about each operation, by name: the query parameters and the fields of a body that it takes."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Schema = dict[str, Any]


class Fields(NamedTuple):
    """The names that a body or a part of it may have, and the parts that are objects, or lists of objects."""

    names: frozenset[str]
    nested: dict[str, "Fields"]


class Operation(NamedTuple):
    """A method of a route."""

    parameters: frozenset[str]
    fields: Fields | None  # None where no body is read


NOTHING = Operation(frozenset(), None)


def operations_of(document: Schema) -> dict[tuple[str, str], Operation]:
    """Return the operations of the schema, by path with `{}` for each parameter, and method."""
    return {
        (re.sub(r"{[^}]+}", "{}", path), method.upper()): Operation(parameters_of(found), body_of(document, found))
        for path, methods in document["paths"].items()
        for method, found in methods.items()
    }


def parameters_of(operation: Schema) -> frozenset[str]:
    """Return the names of the operation's query parameters."""
    return frozenset(p["name"] for p in operation.get("parameters", []) if p["in"] == "query")


def body_of(document: Schema, operation: Schema) -> Fields | None:
    """Return the fields of the body and of the answer: a client may send back the read-only ones that it was given."""
    if "requestBody" not in operation:
        return None
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    contents = [part.get("content", {}) for part in (operation["requestBody"], *answers)]
    return fields_of(document, [media["schema"] for content in contents for media in content.values()])


def fields_of(document: Schema, schemas: list[Schema]) -> Fields:
    """Return the properties of these schemas together, and those of the objects within them."""
    found: dict[str, list[Schema]] = {}
    for schema in schemas:
        for name, described in properties_of(document, schema):
            found.setdefault(name, []).append(described.get("items", described))
    nested = {name: fields_of(document, parts) for name, parts in found.items()}
    return Fields(frozenset(found), {name: fields for name, fields in nested.items() if fields.names})


def properties_of(document: Schema, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the properties of a schema, of what it refers to, and of each of its alternatives."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield from schema.get("properties", {}).items()
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from properties_of(document, part)
