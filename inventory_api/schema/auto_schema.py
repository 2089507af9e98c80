"""The schema of operations: what drf-spectacular can't find out by itself, as refusals, summaries and tags."""

import re
from http import HTTPStatus
from typing import Any

from django.urls import resolve
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc

from core.http.negotiation import AlwaysJSON
from inventory_api.schema.headers import IDEMPOTENCY_KEY, PREFER, headers
from inventory_api.schema.responses import REFUSALS
from users.permissions import MEMBERS, NEW_OR_OWNERS, OWNERS, Route, routes

VERBS = {
    "list": "List {many}",
    "retrieve": "Read {one}",
    "create": "Create {one}",
    "update": "Change {one}",
    "partial_update": "Change some fields of {one}",
    "destroy": "Delete {one}",
}

# Routes where a write may come too late.
STATE_CHANGED = {"product-detail", "product-restore", "item-detail", "movement-list", "operation-reverse"}
SIGN_UP = "register"  # no credentials go in, so none can be wrong


def takes_json(operation: dict[str, Any]) -> bool:
    """Return whether the operation takes a body of JSON."""
    return "application/json" in operation.get("requestBody", {}).get("content", {})


class Schema(AutoSchema):
    """Describes an operation. A view's own `extend_schema` wins over all that is said here."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation: Any = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for parameter in operation.get("parameters", []):
            self.describe(parameter)
        if takes_json(operation):
            operation.setdefault("parameters", []).append(PREFER)
        answers = operation["responses"]
        for status, answer in answers.items():
            answer["description"] = answer.get("description") or HTTPStatus(int(status)).phrase
            answer["headers"] = {**answer.get("headers", {}), **self.headers(operation)}
        refusals = {s: {"$ref": f"#/components/responses/{REFUSALS[s][0]}"} for s in self.refusals(operation)}
        operation["responses"] = dict(sorted({**refusals, **answers}.items()))
        return operation

    def headers(self, operation: Any) -> dict[str, Any]:
        """Return the headers of an answer that is no refusal."""
        replayed = ["Idempotent-Replayed"] if self.takes_idempotency_key() else []
        judged = ["Ignored-Fields", "Preference-Applied"] if takes_json(operation) else []
        return headers(*replayed, *judged)

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
        """Return the group of users that may do this."""
        return self.route().roles.get(self.method)

    def route(self) -> Route:
        return routes().get(self.route_name()) or Route("start", {})

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
        return [self.route().tag]
