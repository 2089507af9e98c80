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
    answers_secret: bool


NOTHING = Operation(frozenset(), None, answers_secret=False)
SECRETS = frozenset({"access", "refresh", "token", "key", "secret"})  # names of fields whose value opens something


def operations_of(document: Schema) -> dict[tuple[str, str], Operation]:
    """Return the operations of the schema, by path with `{}` for each parameter, and method."""
    return {
        (re.sub(r"{[^}]+}", "{}", path), method.upper()): Operation(
            parameters_of(found), body_of(document, found), has_secret(answer_of(document, found))
        )
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
    return fields_of(document, [*schemas_of(operation["requestBody"]), *schemas_of_answers(operation)])


def answer_of(document: Schema, operation: Schema) -> Fields:
    """Return the fields of the answer where the operation has done what it was asked to do."""
    return fields_of(document, schemas_of_answers(operation))


def schemas_of_answers(operation: Schema) -> list[Schema]:
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return [schema for answer in answers for schema in schemas_of(answer)]


def schemas_of(part: Schema) -> list[Schema]:
    """Return the schemas of a request's or answer's body, one for each media type."""
    return [media["schema"] for media in part.get("content", {}).values()]


def has_secret(fields: Fields) -> bool:
    """Return whether one of the fields, or of the objects within them, is a secret."""
    return bool(SECRETS & fields.names) or any(map(has_secret, fields.nested.values()))


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
