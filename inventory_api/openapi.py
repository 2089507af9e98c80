"""What drf-spectacular can't know by itself: refusals, summaries, tags, and that an answer holds every field."""

import re
from http import HTTPStatus
from typing import Any

from django.urls import resolve
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc, get_lib_doc_excludes
from drf_spectacular.utils import OpenApiParameter

from inventory_api.negotiation import AlwaysJSON
from inventory_api.serializers import CleanModelSerializer, OwnedSerializer, ReadySerializer
from users.permissions import MEMBERS, NEW_OR_OWNERS, OWNERS, ROUTES

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
# By the first part of the address, where that is not the tag itself.
TAG_OF = {"": "start", "register": "auth", "login": "auth", "token": "auth", "item-changes": "items"}

VERBS = {
    "list": "List {many}",
    "retrieve": "Read {one}",
    "create": "Create {one}",
    "update": "Change {one}",
    "partial_update": "Change some fields of {one}",
    "destroy": "Delete {one}",
}

# --- Refusals -----------------------------------------------------------------------------------------

FIELD_ERRORS = {
    "description": "What is wrong with which field or parameter.",
    "type": "object",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
    "example": {"name": ["This field is required."]},
}
# The numbers of a case. Which of them a code comes with, docs/errors.md says.
NUMBERS = {
    name: {"type": "integer"}
    for name in (
        "product", "available", "requested", "limit", "expected", "actual", "expected_sequence", "actual_sequence",
        "operation", "reversed_by", "total",
    )
}  # fmt: skip
WORDS = {name: {"type": "string"} for name in ("field", "reason", "address")}
LINE_ERROR = {
    "description": "What is wrong with one line of a request, by its number from 0 on.",
    "type": "object",
    "properties": {
        "line": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"$ref": "#/components/schemas/FieldErrors"},
        **NUMBERS,
        **WORDS,
    },
    "required": ["line", "code"],
    "additionalProperties": True,
}
ROW_ERROR = {
    "description": "What is wrong with a cell or row of an imported file.",
    "type": "object",
    "properties": {"line": {"type": "integer"}, "column": {"type": "string"}, "reason": {"type": "string"}},
    "required": ["line", "column", "reason"],
}
ERROR = {
    "description": "What is wrong: for people; for programs, as a code of docs/errors.md; and the numbers of the case.",
    "type": "object",
    "properties": {
        "detail": {"type": "string"},
        "code": {"type": "string"},
        **NUMBERS,
        **WORDS,
        "lines": {"type": "array", "items": {"$ref": "#/components/schemas/LineError"}},
        "rows": {"type": "array", "items": {"$ref": "#/components/schemas/RowError"}},
    },
    "required": ["detail", "code"],
    "additionalProperties": True,
    "example": {
        "detail": "Only 3 in stock, 5 requested.",
        "code": "insufficient_stock",
        "product": 7,
        "available": 3,
        "requested": 5,
    },
}
INVALID = {"anyOf": [{"$ref": "#/components/schemas/Error"}, {"$ref": "#/components/schemas/FieldErrors"}]}
SCHEMAS = {
    "Error": ERROR,
    "LineError": LINE_ERROR,
    "RowError": ROW_ERROR,
    "FieldErrors": FIELD_ERRORS,
    "Invalid": INVALID,
}
REFUSALS = {
    "400": ("Invalid", "A field, a parameter or the JSON is wrong, or a rule of the stock forbids it."),
    "401": ("Unauthorized", "No, bad, expired or revoked credentials."),
    "403": ("Forbidden", "This role may not do this."),
    "404": ("NotFound", "No such row in your account, or no such page."),
    "406": ("NotAcceptable", "There is no answer of a type that `Accept` names."),
    "409": ("Conflict", "The state has changed since it was read."),
    "411": ("LengthRequired", "The body has no `Content-Length`."),
    "413": ("BodyTooLarge", "The body is larger than the limit."),
    "415": ("UnsupportedMediaType", "The body is of a type that is not read here."),
    "422": ("IdempotencyKeyReused", "The `Idempotency-Key` was used for another request."),
    "429": ("TooManyRequests", "Too many requests or tries; again after `Retry-After` seconds."),
    "503": (
        "Unavailable",
        "`database_unavailable`, `too_busy`: again after `Retry-After` seconds. Without that header: `took_too_long`,"
        " ask for less; `outcome_unknown`, send it again with the same `Idempotency-Key`, or look before repeating.",
    ),
}
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
# Routes where a write may come too late.
STATE_CHANGED = {"product-detail", "product-restore", "item-detail", "movement-list", "operation-reverse"}
SIGN_UP = "register"  # no credentials go in, so none can be wrong


def refusal(status: str) -> dict[str, Any]:
    _, description = REFUSALS[status]
    schema = {"$ref": f"#/components/schemas/{'Invalid' if status == '400' else 'Error'}"}
    body: dict[str, Any] = {"description": description, "content": {"application/json": {"schema": schema}}}
    return {**body, "headers": RETRY_AFTER} if status in ("429", "503") else body


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters of your choice. The same request sent again with the same key"
    " has no further effect and gets the first answer, with `Idempotent-Replayed: true`.",
)


class Schema(AutoSchema):
    """Describes an operation. A view's own `extend_schema` wins over all that is said here."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation: Any = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for parameter in operation.get("parameters", []):
            self.describe(parameter)
        answers = operation["responses"]
        for status, answer in answers.items():
            answer["description"] = answer.get("description") or HTTPStatus(int(status)).phrase
        refusals = {s: {"$ref": f"#/components/responses/{REFUSALS[s][0]}"} for s in self.refusals(operation)}
        operation["responses"] = dict(sorted({**refusals, **answers}.items()))
        return operation

    def get_override_parameters(self) -> list[Any]:
        return [IDEMPOTENCY_KEY] if self.takes_idempotency_key() else []

    def takes_idempotency_key(self) -> bool:
        handler = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        return getattr(handler, "takes_idempotency_key", False)

    def describe(self, parameter: dict[str, Any]) -> None:
        """An id in the address, and a filter by its label."""
        filters = getattr(getattr(self.view, "filterset_class", None), "base_filters", {})
        if parameter["in"] == "path":
            parameter["description"] = "The id in your account."
        elif label := getattr(filters.get(parameter["name"]), "label", None):
            parameter["description"] = str(label)

    def refusals(self, operation: Any) -> set[str]:
        """The statuses that this operation may refuse with."""
        parameters = operation.get("parameters", [])
        found = {"400", "401", "429", "503"}
        if "requestBody" in operation:
            found |= {"411", "413", "415"}
        if "{" in self.path or any(parameter["name"] == "page" for parameter in parameters):
            found.add("404")
        if self.route_name() in STATE_CHANGED and self.method in ("POST", "PUT", "PATCH"):
            found.add("409")
        if self.takes_idempotency_key():
            found.add("422")
        if self.view.content_negotiation_class is not AlwaysJSON:
            found.add("406")
        return (found | self.refusals_by_role()) - ({"401"} if self.route_name() == SIGN_UP else set())

    def refusals_by_role(self) -> set[str]:
        return {"403"} if self.group() in (OWNERS, MEMBERS, NEW_OR_OWNERS) else set()

    def get_auth(self) -> list[Any]:
        """An empty entry says that one may come without credentials as well."""
        return [*super().get_auth(), *([{}] if self.group() == NEW_OR_OWNERS else [])]

    def group(self) -> str | None:
        """Who may do this."""
        return ROUTES.get(self.route_name(), {}).get(self.method)

    def route_name(self) -> str:
        return resolve(re.sub(r"{[^}]+}", "1", self.path)).url_name or ""

    def get_description(self) -> str:  # type: ignore[override]
        """The method's docstring, else the view's."""
        return self.own_description() or super().get_description()

    def own_description(self) -> str:
        """The docstring of the method; a partial update shares the update's."""
        action = getattr(self.view, "action", None) or self.method.lower()
        names = [action, "update"] if action == "partial_update" else [action]
        return next((doc for name in names if (doc := get_doc(getattr(self.view, name, None)))), "")

    def get_summary(self) -> str:
        """The first sentence of the method's docstring, else the verb and what it is done to."""
        action = getattr(self.view, "action", None)
        described = self.own_description()
        if not described and action in VERBS:
            one, many = self.nouns()
            return VERBS[action].format(one=one, many=many)
        return re.split(r"[.!?](?:\s|$)", described or self.get_description(), maxsplit=1)[0]

    def nouns(self) -> tuple[str, str]:
        """A row of this view, and several."""
        view: Any = self.view
        name = getattr(view, "basename", None) or str(view.queryset.model._meta.verbose_name)
        many = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
        return f"{'an' if name[0] in 'aeio' else 'a'} {name}", many

    def get_tags(self) -> list[str]:
        first = next(iter(self._tokenize_path()), "")
        return [TAG_OF.get(first, first)]


# --- The whole document -------------------------------------------------------------------------------


def without_base_docs() -> list[Any]:
    """Classes whose docstring speaks to who writes a serializer, not to clients."""
    of_libraries: list[Any] = get_lib_doc_excludes()  # type: ignore[no-untyped-call]
    return [*of_libraries, CleanModelSerializer, OwnedSerializer, ReadySerializer]


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add tags and refusals, and say that an answer holds every one of its fields."""
    components = result["components"]
    for name, schema in components["schemas"].items():
        if not name.endswith("Request") and "properties" in schema:
            schema["required"] = list(schema["properties"])
    components["schemas"].update(SCHEMAS)
    components["responses"] = {name: refusal(status) for status, (name, _) in REFUSALS.items()}
    result["tags"] = [{"name": name, "description": description} for name, description in TAGS.items()]
    return result


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
