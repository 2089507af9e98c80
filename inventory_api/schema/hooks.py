"""Hooks that complete the schema after all operations were added."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from drf_spectacular.plumbing import get_lib_doc_excludes

from core.serializers import CachedFieldsSerializer, CleanModelSerializer, OwnedSerializer
from inventory_api.error_codes import read_error_codes
from inventory_api.schema.errors import SCHEMAS, make_reference
from inventory_api.schema.responses import HEADERS, RESPONSES
from users.access.permissions import list_tags

Part = dict[str, Any]  # an object of the document
JSON = "application/json"
EMPTY = {"type": "string", "maxLength": 0}  # drf-spectacular's schema of an empty text
NULL = make_reference("NullEnum")  # that of a choice that may be null
# The choices that several parameters share and no field has: the choices of fields are components already. No two
# components may share a value, because the Go client names a constant after the value alone. So orders, and sets of
# formats that overlap with these, stay with their parameters.
PARAMETER_ENUMS = {
    "ReportFormatEnum": ("csv", "json", "xlsx"),
    "PeriodEnum": ("this_month", "last_month", "this_year", "last_90_days", "last_30_days", "today"),
}
# Parameters with choices that no component has, by the address of one of their routes and their name. Generators name
# the type of such a parameter after the operation, also if it is a component.
SHARED_PARAMETERS = {
    "OrderingOfProducts": ("/api/products/", "ordering"),
    "OrderingByName": ("/api/categories/", "ordering"),
    "FormatOfLabel": ("/api/products/{product_id}/label/", "format"),
    "FormatOfPaper": ("/api/stock/sheets/{id}/file/", "format"),
    "FormatOfTable": ("/api/products/export/", "format"),
    "FormatOfDocument": ("/api/stock/reservations/{id}/file/", "format"),
    "FormatOfFigures": ("/api/reports/taxes/", "format"),
    "Paper": ("/api/purchase-orders/{id}/file/", "paper"),
}


ABOUT_CODES = (
    "What is wrong, for programs. `x-advice` says what a program does about each code: `retry` the same request later,"
    " `change` it, or `never` repeat it."
)


def list_excluded_docs() -> list[Any]:
    """Return base classes whose docstrings are not descriptions for clients."""
    of_libraries: list[Any] = get_lib_doc_excludes()  # type: ignore[no-untyped-call]
    return [*of_libraries, CleanModelSerializer, OwnedSerializer, CachedFieldsSerializer]


def complete_schema(result: Part, **kwargs: Any) -> Part:
    """Add tags, error responses and headers. Mark fields of responses as required, because they are always present."""
    components = result["components"]
    for name, schema in components["schemas"].items():
        if not name.endswith("Request") and "properties" in schema:
            sometimes_absent = schema.pop("x-optional-fields", ())  # a serializer names these fields by the extension
            schema["required"] = [field for field in schema["properties"] if field not in sometimes_absent]
            if not schema["required"]:
                del schema["required"]  # an empty list is not allowed
        if required := schema.pop("x-required-fields", ()):  # a serializer names these fields of a PATCH
            schema["required"] = list(required)
    advice = {row.code: row.advice for row in read_error_codes()}
    code = {"description": ABOUT_CODES, "type": "string", "enum": [*advice], "x-advice": advice}
    components["schemas"].update({**deepcopy(SCHEMAS), "ErrorCode": code})
    remove_unknown(components["schemas"])
    components["responses"] = deepcopy(RESPONSES)
    components["headers"] = deepcopy(HEADERS)
    result["tags"] = [{"name": name, "description": tag.description} for name, tag in list_tags().items()]
    return result


def remove_unknown(components: Part) -> None:
    """Remove the values of errors whose schema is that of an app that is left out."""
    known = {make_reference(name)["$ref"] for name in components}
    for values in (components[name].get("properties", {}) for name in SCHEMAS):
        for name in [name for name, value in values.items() if not list_references(value) <= known]:
            del values[name]


def list_references(part: Any) -> set[str]:
    return {found["$ref"] for found in iterate_objects(part) if "$ref" in found}


def simplify_types(result: Part, **kwargs: Any) -> Part:
    """Give every value a single plain type, which all client generators can read.

    Some can't handle a choice of two types: an optional text with a format, or a reference that can be null. So words
    that can be null are texts, which their descriptions explain. Without `int64`, integers end at 2,147,483,647 in most
    clients. With `decimal`, clients would parse texts as numbers.
    """
    components = result["components"]["schemas"]
    for schema in iterate_objects(result):
        if EMPTY in schema.get("oneOf", ()):
            [filled] = [choice for choice in schema.pop("oneOf") if choice != EMPTY]
            schema |= {name: value for name, value in filled.items() if name not in ("format", "pattern", "minLength")}
        if NULL in schema.get("oneOf", ()):
            [words] = [choice for choice in schema.pop("oneOf") if choice != NULL]
            values = components[words["$ref"].rpartition("/")[2]]["enum"]
            schema |= {"type": "string", "maxLength": max(map(len, values)), "nullable": True}
        if schema.get("nullable") and "allOf" in schema:
            [reference] = schema.pop("allOf")
            schema |= deepcopy(components[reference["$ref"].rpartition("/")[2]]) | schema
        if "type" not in schema:
            schema.pop("nullable", None)  # a schema without type allows null anyway
        if schema.get("type") == "integer":
            schema["format"] = "int64"
        if schema.get("format") in ("decimal", "email"):
            del schema["format"]
    return result


def iterate_operations(result: Part) -> Iterator[Part]:
    return (operation for path in result["paths"].values() for operation in path.values())


def share_parameters(result: Part, **kwargs: Any) -> Part:
    """Replace each of the SHARED_PARAMETERS by a reference wherever it stands, so that its choices stand once."""
    components = result["components"]["parameters"] = {}
    shared_parameters = {name: one for name, one in SHARED_PARAMETERS.items() if one[0] in result["paths"]}
    for name, (path, parameter_name) in shared_parameters.items():
        parameters = result["paths"][path]["get"]["parameters"]
        [shared] = [parameter for parameter in parameters if parameter.get("name") == parameter_name]
        components[name] = shared
        for operation in iterate_operations(result):
            if shared in operation.get("parameters", ()):
                operation["parameters"][operation["parameters"].index(shared)] = {
                    "$ref": f"#/components/parameters/{name}"
                }
    return result


# These have values of other enums, and some generated clients define a constant for each value: they are texts, which
# their descriptions explain.
TEXT_ENUMS = ("PaymentKindEnum", "SwitchEnum")


def share_enums(result: Part, **kwargs: Any) -> Part:
    """Replace the choices of query parameters by references to components, so that clients have one type for each."""
    components = result["components"]["schemas"]
    components |= {name: {"type": "string", "enum": list(values)} for name, values in PARAMETER_ENUMS.items()}
    names = {frozenset(schema["enum"]): name for name, schema in components.items() if "enum" in schema}
    operations = iterate_operations(result)
    for parameter in (parameter for operation in operations for parameter in operation.get("parameters", ())):
        schema = parameter["schema"].get("items", parameter["schema"])
        if name := names.get(frozenset(schema.get("enum", ()))):
            schema.clear()
            schema |= make_reference(name)
    for name in TEXT_ENUMS:
        components[name]["maxLength"] = max(map(len, components[name].pop("enum")))
    return result


def offer_readable_forms(result: Part, **kwargs: Any) -> Part:
    """Leave out of forms what OpenAPI can't describe there: the fields of objects and of lists of objects.

    Browsers send them as `lines[0]sku`. OpenAPI describes each line as JSON, which the server does not read in a form.
    So bodies that must have such a field are offered as JSON alone.
    """
    components = result["components"]["schemas"]
    for operation in iterate_operations(result):
        content = operation.get("requestBody", {}).get("content", {})
        if JSON not in content:  # the body is a file
            continue
        name = content[JSON]["schema"]["$ref"].rpartition("/")[2]
        body = components[name]
        nested = {field for field, schema in body["properties"].items() if has_fields(schema, components)}
        forms = [media_type for media_type in content if nested and media_type != JSON]
        if nested & {*body.get("required", ())}:
            for media_type in forms:
                del content[media_type]
        elif forms:
            form = f"{name.removesuffix('Request')}Form"
            flat = {field: schema for field, schema in body["properties"].items() if field not in nested}
            components[form] = {**body, "properties": flat}
            content |= {media_type: {"schema": make_reference(form)} for media_type in forms}
    return result


def has_fields(schema: Part, components: Part) -> bool:
    """Return whether the value is an object, or a list of objects."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    return schema.get("type") == "object" or ("items" in schema and has_fields(schema["items"], components))


def remove_unused_schemas(result: Part, **kwargs: Any) -> Part:
    """Remove the schemas that nothing refers to since `simplify_types`. Generators would make types of them."""
    schemas = result["components"]["schemas"]
    used = list_references(result)
    result["components"]["schemas"] = {
        name: schema for name, schema in schemas.items() if f"#/components/schemas/{name}" in used
    }
    return result


def iterate_objects(part: Any) -> Iterator[Part]:
    """Yield every object in this part of the document, including the part itself."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from iterate_objects(inner)


def shorten_operation_ids(result: Part, **kwargs: Any) -> Part:
    """Name an operation after its path if it is the only one there, for the names of functions in generated clients."""
    for path, operations in result["paths"].items():
        if len(operations) == 1 and not path.endswith("}/"):
            [operation] = operations.values()
            # An example is "products_alerts".
            operation["operationId"] = re.sub("_(create|retrieve)$", "", operation["operationId"])
    return result


def keep_token_only(result: Part, **kwargs: Any) -> Part:
    """Keep the token as the only way to sign in. Sessions work as well, but a single way is clearer for newcomers."""
    result["components"]["securitySchemes"].pop("cookieAuth", None)
    for operation in iterate_operations(result):
        ways = operation.get("security", [])  # an empty list says that no credentials are needed
        operation["security"] = [way for way in ways if "cookieAuth" not in way]
    return result
