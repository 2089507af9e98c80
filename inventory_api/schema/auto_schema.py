"""The schema of operations, with errors, summaries and tags, which drf-spectacular can't find by itself."""

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from django.urls import resolve
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from rest_framework.permissions import SAFE_METHODS

from core.http.downloads import DIALECT, FILE_RESPONSES, FORMAT, FORMAT_WITH_PDF, PAPER, PDF_RESPONSE
from core.http.renderers import AlwaysJSON, JSONForFiles
from core.lists.parameters import COLUMNS_PARAMETER
from core.pages.tables import TablePage
from inventory_api.schema.responses import IDEMPOTENCY_KEY, IF_MATCH, IF_NONE_MATCH, PREFER, REFUSALS, refer_to_headers
from users.access.permissions import ANYONE, CLOSED, NEW_OR_MANAGERS, READERS, SIGNED_IN, Route, is_for_keys, routes
from users.access.roles import Right
from web.view_bases import FIELDS_PARAMETER

VERBS = {
    "list": "List {many}",
    "retrieve": "Read {one}",
    "create": "Create {one}",
    "update": "Change {one}",
    "partial_update": "Change some fields of {one}",
    "destroy": "Delete {one}",
}

# The parameters in a path that are no ids of this service.
IN_PATH = {"external_id": "The id in another program, ignoring case, encoded as a part of a URL."}
SIGN_UP = "register"
OWN_USER = "user-me"
CHANGES = "changes"  # the page of the changes of a row, whose title has its name
CHANGE_MANY = "change_many"  # the only PATCH of a list, whose lines are required
LOGIN = "login"  # its two steps have different fields, so none of them is required, but a body is
NEVER_401 = {SIGN_UP, "password-reset", "password-reset-confirm", "email-confirm"}  # these routes accept no credentials
# No filter is geographic. To find this out, drf-spectacular would import django.contrib.gis, which searches the system
# for libraries with thirty processes. This would take a quarter of the time of a start.
DjangoFilterExtension._has_gis = False  # type: ignore[attr-defined]


@cache
def find_url_name(path: str) -> str:
    """Return the name of the URL of a path in the schema. It is empty if the URL has no name."""
    return resolve(re.sub(r"{[^}]+}", "1", path)).url_name or ""


def takes_json(operation: dict[str, Any]) -> bool:
    return "application/json" in operation.get("requestBody", {}).get("content", {})


class Schema(AutoSchema):
    """The description of an operation. A view's own `extend_schema` overrides everything here."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation: Any = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for parameter in operation.get("parameters", []):
            self.describe_parameter(parameter)
        if self.shows_table(operation):
            operation.setdefault("parameters", []).append(COLUMNS_PARAMETER)
        preferences = [PREFER] if takes_json(operation) else []
        conditions = [IF_NONE_MATCH] if self.reads_etag() else [IF_MATCH] if self.checks_etag() else []
        if preferences or conditions:
            operation.setdefault("parameters", []).extend([*preferences, *conditions])
        if self.find_route_name() == LOGIN or getattr(self.view, "action", None) == CHANGE_MANY:
            operation["requestBody"]["required"] = True
        for name, addresses in operation.get("callbacks", {}).items():
            for methods in addresses.values():
                methods["post"]["operationId"] = f"receive_{name}"
        responses = operation["responses"]
        for status, response in responses.items():
            response["description"] = response.get("description") or HTTPStatus(int(status)).phrase
            response["headers"] = {**response.get("headers", {}), **self.list_response_headers(operation)}
        if self.reads_etag():
            responses = {**responses, "304": {"$ref": "#/components/responses/NotModified"}}
        names = {status: REFUSALS[status][0] for status in self.list_error_statuses(operation)}
        refusals = {status: {"$ref": f"#/components/responses/{name}"} for status, name in names.items()}
        operation["responses"] = dict(sorted({**refusals, **responses}.items()))
        return operation

    def get_response_serializers(self) -> Any:
        """Return the serializer of the response. A write with one of its own answers with the row of the viewset."""
        view: Any = self.view
        if self.has_files():
            files = {**FILE_RESPONSES, **(PDF_RESPONSE if self.has_files("has_pdf") else {})}
            return {(200, "application/json"): view.serializer_class(many=True), **files}
        has_own = "serializer_class" in vars(view) or self.find_action() in getattr(view, "action_serializers", ())
        is_write = self.method not in SAFE_METHODS
        return type(view).serializer_class if has_own and is_write else super().get_response_serializers()

    def has_files(self, kind: str = "has_csv") -> bool:
        """Return whether the response can be a file of this kind, to which the page links."""
        page = getattr(self.view, "pages", {}).get(getattr(self.view, "action", None) or "get")
        return self.method == "GET" and getattr(page, kind, False)

    def list_response_headers(self, operation: Any) -> dict[str, Any]:
        replayed = ["Idempotent-Replayed"] if self.takes_idempotency_key() else []
        checked = ["Ignored-Fields", "Preference-Applied"] if takes_json(operation) else []
        tagged = ["ETag"] if self.is_tagged(*getattr(self.view, "etag_actions", ())) else []
        names = {parameter.get("name") for parameter in operation.get("parameters", ())}
        clamped = [] if names.isdisjoint(("page_size", "limit")) else ["Clamped"]
        return refer_to_headers(*replayed, *checked, *tagged, *clamped)

    def is_tagged(self, *actions: str) -> bool:
        """Return whether this is one of these actions, or methods, on a view whose rows have an ETag."""
        return getattr(self.view, "has_etags", False) and self.find_action() in actions

    def reads_etag(self) -> bool:
        return self.is_tagged("retrieve")

    def checks_etag(self) -> bool:
        return self.is_tagged(*getattr(self.view, "checked_actions", ()))

    def get_override_parameters(self) -> list[Any]:
        is_sparse = getattr(self.view, "action", None) in getattr(self.view, "sparse_actions", ())
        parameters = [IDEMPOTENCY_KEY] if self.takes_idempotency_key() else []
        if self.has_files("has_pdf"):
            parameters += [FORMAT_WITH_PDF, DIALECT, PAPER]
        elif self.has_files():
            parameters += [FORMAT, DIALECT]
        return [*parameters, FIELDS_PARAMETER] if is_sparse else parameters

    def shows_table(self, operation: Any) -> bool:
        """Return whether the response can be the page of a list, or a file in one of the dialects of CSV."""
        action = getattr(self.view, "action", None) or "get"
        is_table = action == CHANGES or isinstance(getattr(self.view, "pages", {}).get(action), TablePage)
        has_files = any(parameter.get("name") == DIALECT.name for parameter in operation.get("parameters", ()))
        return self.method == "GET" and (is_table or has_files)

    def _get_filter_parameters(self) -> list[Any]:
        """Return the filters of a list. Those whose names begin alike are one parameter, with the names as its keys."""
        parameters: list[Any] = super()._get_filter_parameters()  # type: ignore[no-untyped-call]
        prefixes = getattr(getattr(self.view, "filterset_class", None), "prefixes", {}) if parameters else {}
        # Without the example, the page of the schema sends an invented name, which is refused.
        named = {"in": "query", "schema": {"type": "object", "additionalProperties": {"type": "string"}}, "example": {}}
        open_names = {"style": "form", "explode": True}
        described = [{**named, **open_names, "name": name, "description": text} for name, text in prefixes.items()]
        return [*parameters, *described]

    def takes_idempotency_key(self) -> bool:
        handler = getattr(self.view, self.find_action(), None)
        return self.method not in SAFE_METHODS and getattr(handler, "takes_idempotency_key", False)

    def describe_parameter(self, parameter: dict[str, Any]) -> None:
        """Set the description of an id in the path, or of a filter to its label. Optional ones may be empty."""
        filters = getattr(getattr(self.view, "filterset_class", None), "base_filters", {})
        if parameter["in"] == "query" and not parameter.get("required"):
            parameter["allowEmptyValue"] = True
        if parameter["schema"].get("type") == "array":
            parameter.setdefault("explode", True)  # the default value is left out, because clients need not know it
        if parameter["in"] == "path":
            parameter["description"] = IN_PATH.get(parameter["name"], "The id in your account.")
        elif label := getattr(filters.get(parameter["name"]), "label", None):
            parameter["description"] = str(label)

    def list_error_statuses(self, operation: Any) -> set[str]:
        route = self.find_route_name()
        has_pages = any(parameter["name"] == "page" for parameter in operation.get("parameters", []))
        possible = {
            "401": route not in NEVER_401,
            "403": self.is_closed_to_some(),
            "404": "{" in self.path or has_pages,
            "406": self.view.content_negotiation_class not in (AlwaysJSON, JSONForFiles),
            "409": self.is_write(),
            "412": self.checks_etag(),
            "422": self.takes_idempotency_key(),
            **dict.fromkeys(("411", "413", "415", "507"), "requestBody" in operation),
        }
        further = getattr(self.view, "also_refuses", {}).get(self.find_action(), ())
        return {"400", "429", "503", *further, *(status for status, is_possible in possible.items() if is_possible)}

    def is_write(self) -> bool:
        """Return whether the operation changes rows of the user, which others may change meanwhile."""
        return self.method not in SAFE_METHODS and self.find_group() != ANYONE

    def is_closed_to_some(self) -> bool:
        """Return whether the route is closed to some roles, to keys, or to everybody while sign-ups are closed."""
        group = self.find_group()
        is_for_all_keys = self.method in SAFE_METHODS and is_for_keys(self.find_route().tag)
        is_closed_to_keys = group == SIGNED_IN and not is_for_all_keys
        return group in (*Right, READERS, NEW_OR_MANAGERS) or is_closed_to_keys or self.find_route_name() == SIGN_UP

    def get_auth(self) -> list[Any]:
        """Return the security requirements. An empty one means that credentials are optional."""
        return [*super().get_auth(), *([{}] if self.find_group() == NEW_OR_MANAGERS else [])]

    def find_group(self) -> str | None:
        return self.find_route().roles.get(self.method)

    def find_action(self) -> str:
        return getattr(self.view, "action", None) or self.method.lower()

    def find_route(self) -> Route:
        return routes().get(self.find_route_name(), CLOSED)

    def find_route_name(self) -> str:
        return find_url_name(self.path)

    def get_description(self) -> str:  # type: ignore[override]
        """Return the method's docstring, or else the view's."""
        return self.find_own_description() or super().get_description()

    def find_own_description(self) -> str:
        """Return the docstring of the method. A partial update shares the docstring of the update."""
        action = self.find_action()
        names = [action, "update"] if action == "partial_update" else [action]
        return next((doc for name in names if (doc := get_doc(getattr(self.view, name, None)))), "")

    def get_summary(self) -> str:
        """Return the first sentence of the method's docstring. Without one, return a verb and the noun of the view."""
        action = getattr(self.view, "action", None)
        description = self.find_own_description()
        if description or action not in VERBS:
            sentence = re.split(r"[.!?](?:\s|$)", description or self.get_description(), maxsplit=1)[0]
            # The docstring of a base class says "the row".
            return re.sub(r"\bthe row\b", lambda _: f"the {self.find_noun()}", sentence)
        if self.find_route_name() == OWN_USER:
            return VERBS[action].format(one="yourself")
        name = self.find_noun()
        many = re.sub(r"(?<![aeiou])y$", "ie", name) + "s"
        return VERBS[action].format(one=f"{'an' if name[0] in 'aeio' else 'a'} {name}", many=many)

    def find_noun(self) -> str:
        """Return what a row of the view is, in one or two words."""
        view: Any = self.view
        name = getattr(view, "basename", None) or str(view.queryset.model._meta.verbose_name)
        return name.replace("-", " ")

    def get_tags(self) -> list[str]:
        return [self.find_route().tag]
