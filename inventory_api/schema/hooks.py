"""The schema as a whole: hooks that complete it once every operation is in it."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from drf_spectacular.plumbing import get_lib_doc_excludes

from core.serializers import CachedFieldsSerializer, CleanModelSerializer, OwnedSerializer
from inventory_api.schema.errors import schemas
from inventory_api.schema.headers import HEADERS
from inventory_api.schema.responses import RESPONSES

TAGS = {
    "auth": "Sign up, in and out.",
    "users": "Oneself, and an owner's workers.",
    "products": "What the shop sells, its alerts and its export.",
    "items": "The products in other words, and every change of their quantities.",
    "categories": "What the shop sorts its products into.",
    "suppliers": "The companies and people the shop buys from.",
    "stock": "The ledger: what came in and went out. Nothing in it is ever changed.",
    "dashboard": "Counts and values.",
    "reports": "The owner's eye: what moved, what it is worth, what lies idle, what runs out. docs/reports.md.",
    "start": "Where everything is.",
}
EMPTY = {"type": "string", "maxLength": 0}  # how drf-spectacular says that a text may be empty


def without_base_docs() -> list[Any]:
    """Classes whose docstring speaks to who writes a serializer, not to clients."""
    of_libraries: list[Any] = get_lib_doc_excludes()  # type: ignore[no-untyped-call]
    return [*of_libraries, CleanModelSerializer, OwnedSerializer, CachedFieldsSerializer]


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add tags, refusals and headers, and say that an answer holds every one of its fields."""
    components = result["components"]
    for name, schema in components["schemas"].items():
        if not name.endswith("Request") and "properties" in schema:
            schema["required"] = list(schema["properties"])
    components["schemas"].update(schemas())
    components["responses"] = deepcopy(RESPONSES)
    components["headers"] = deepcopy(HEADERS)
    result["tags"] = [{"name": name, "description": description} for name, description in TAGS.items()]
    return result


def types_for_generators(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Give every value one plain type, which all client generators can read.

    An integer without `int64` ends at 2,147,483,647 in most clients. `decimal` makes a number of what the API answers
    as text. An optional text with a format would be a choice of two types, which some generators can't tell apart.
    """
    for schema in parts(result):
        if EMPTY in schema.get("oneOf", ()):
            [filled] = [choice for choice in schema.pop("oneOf") if choice != EMPTY]
            schema |= {name: value for name, value in filled.items() if name not in ("format", "pattern", "minLength")}
        if "type" not in schema:
            schema.pop("nullable", None)  # what has no type may be null anyway
        if schema.get("type") == "integer":
            schema["format"] = "int64"
        if schema.get("format") in ("decimal", "email"):
            del schema["format"]
    return result


def parts(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in this part of the document, itself included."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from parts(inner)


def short_names(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Name what an address alone does after the address: `products_alerts`, not `products_alerts_retrieve`.

    Generated clients call their functions so.
    """
    for path, operations in result["paths"].items():
        if len(operations) == 1 and not path.endswith("}/"):
            [operation] = operations.values()
            operation["operationId"] = re.sub("_(create|retrieve)$", "", operation["operationId"])
    return result


def one_way_to_sign_in(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Show the token alone: a session works as well, but two entries confuse who looks for the first call."""
    result["components"]["securitySchemes"].pop("cookieAuth", None)
    for operations in result["paths"].values():
        for operation in operations.values():
            if "security" in operation:
                operation["security"] = [way for way in operation["security"] if "cookieAuth" not in way]
    return result
