"""Read the OpenAPI schema, and validate responses against it as JSON Schema."""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

METHODS = ("get", "post", "put", "patch", "delete")
_converted: dict[str, object] = {}


def list_operations(schema: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield path, method and description of each operation. Its parameters are no references."""
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                parameters = [resolve_reference(schema, each) for each in methods[method].get("parameters", ())]
                yield path, method, {**methods[method], "parameters": parameters}


def to_json_schema(part):
    """Convert OpenAPI 3.0 to JSON Schema: `nullable` becomes a type, and fields that are not described are errors."""
    if isinstance(part, list):
        return [to_json_schema(one) for one in part]
    if not isinstance(part, dict):
        return part
    part = {name: to_json_schema(value) for name, value in part.items()}
    if "properties" in part and isinstance(part.get("type"), str):
        part.setdefault("additionalProperties", False)
    if part.pop("nullable", False):
        part = {"anyOf": [part, {"type": "null"}]}
    return part


def convert_components(schema):
    """Return the components of the document as JSON Schema.

    The last ones are cached, because converting them takes 10 ms.
    """
    components = schema["components"]["schemas"]
    if _converted.get("from") is not components:
        _converted.update({"from": components, "to": to_json_schema(components)})
    return _converted["to"]


def find_mistakes(schema, answer, path, method):
    """Return the differences between the response and the schema, as messages."""
    described = resolve_reference(schema, schema["paths"][path][method]["responses"].get(str(answer.status_code)))
    if described is None:
        return [f"{answer.status_code} is not described"]
    if "content" not in described:
        return [] if not answer.content else ["has a body that is not described"]
    media_type = answer.headers["Content-Type"].partition(";")[0]
    if media_type not in described["content"]:
        return [f"{media_type} is not described"]
    if media_type != "application/json":
        return []
    components = {"schemas": convert_components(schema)}
    whole = {**to_json_schema(described["content"][media_type]["schema"]), "components": components}
    return [
        error.message
        for part in narrow_schema(whole, answer.json())
        for error in make_validator(part).iter_errors(answer.json())
    ]


def make_validator(whole):
    return Draft202012Validator(whole, format_checker=FormatChecker())


def narrow_schema(whole, body):
    """Return the schemas with which to validate the body.

    A 400 has a broad schema. The specific one of its kind, for an error with a code or for field errors, is added, but
    not if it has errors of the items of a field by their numbers.
    """
    if whole.get("$ref") != "#/components/schemas/Invalid" or any(
        isinstance(body.get(name), dict) for name in ("parts", "mail", "columns", "rows")
    ):
        return [whole]
    return [whole, {**whole, "$ref": f"#/components/schemas/{'Error' if 'detail' in body else 'FieldErrors'}"}]


def resolve_reference(schema, described):
    """Return the part of the schema to which `$ref` points. Return `described` itself if it is not a reference."""
    if not described or "$ref" not in described:
        return described
    for name in described["$ref"].removeprefix("#/").split("/"):
        schema = schema[name]
    return schema


def list_names(schema):
    """Return the names that generated clients give to their functions and types, and the required bodies, sorted."""
    operations = [operation for _, _, operation in list_operations(schema)]
    names = [f"operation {operation['operationId']}" for operation in operations]
    bodies = [operation for operation in operations if operation.get("requestBody", {}).get("required")]
    names += [f"body of {operation['operationId']}" for operation in bodies]
    return sorted([*names, *(f"schema {name}" for name in schema["components"]["schemas"])])
