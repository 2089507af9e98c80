"""Every operation of the schema as a request that works, whoever sends it, and the answer that the table asks for.

The schema holds what the resolver has and nothing else (test_openapi.py), so nothing that is served is left out.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.db import models, transaction
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from demo.credentials import DEMO_PASSWORD
from products.models import Product
from testing import schemas
from testing.cast import PASSWORD
from testing.routes import list_api_routes
from testing.shops import ROLES, World
from users import tokens
from users.models import User
from users.permissions import ANYONE, MEMBERS, NEW_OR_OWNERS, OWNERS, SIGNED_IN, routes

WITH_SHOP = {"alice", "bob", "charlie"}
ROLES_IN_GROUP = {
    ANYONE: {*ROLES},
    SIGNED_IN: {"alice", "bob", "charlie", "dora", "helen"},
    MEMBERS: WITH_SHOP,
    NEW_OR_OWNERS: {"nobody", "alice", "charlie"},
    OWNERS: {"alice", "charlie"},
}
SUCCESS = "2xx"
JSON, CSV = "application/json", "text/csv"


class Call(NamedTuple):
    """An operation of the schema."""

    path: str  # /api/products/{id}/
    method: str
    route: str  # the name by which the table of permissions knows it
    model: type[models.Model] | None  # what an id in the path is the id of
    operation: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def address_for(self, row_id):
        return re.sub(r"{[^}]+}", str(row_id), self.path)

    def parameters(self, place):
        return [parameter["name"] for parameter in self.operation.get("parameters", []) if parameter["in"] == place]

    @property
    def example(self):
        """The schema's own example of a body."""
        content = self.operation.get("requestBody", {}).get("content", {})
        examples = content.get(JSON, content.get(CSV, {})).get("examples", {})
        return next((example["value"] for example in examples.values()), None)


@cache
def generate_schema():
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def list_calls() -> list[Call]:
    """Every operation there is."""
    views = {route.template(): route.view for route in list_api_routes()}
    found = []
    for path, method, operation in schemas.list_operations(generate_schema()):
        queryset = getattr(views[re.sub(r"{[^}]+}", "{}", path)], "queryset", None)
        model = Product if "{product_id}" in path else queryset.model if "{" in path else None
        route = resolve(re.sub(r"{[^}]+}", "1", path)).url_name
        found.append(Call(path, method.upper(), route, model, operation))
    return found


def list_cells() -> list[tuple[Call, str]]:
    """Every operation, as everybody."""
    return [(call, role) for role in ROLES for call in list_calls()]


def expected_outcome(call: Call, role: str) -> str | int:
    """What the table of permissions asks for: the refusal's status, or DONE."""
    if role == "erin":  # shut out: her token opens nothing, and signing up does not ask for one
        return SUCCESS if call.route == "register" else 401
    if role not in ROLES_IN_GROUP[routes()[call.route].roles[call.method]]:
        return 401 if role == "nobody" else 403
    return SUCCESS if call.model in (None, User) or role in WITH_SHOP else 404


# --- Requests -----------------------------------------------------------------------------------------------


def address_of(call: Call, role: str, world: World) -> str:
    """The operation's address, about a row that the role sees if there is one of the kind."""
    user, shop = world.users[role], world.own_shop(role)
    if call.model is User:
        return call.address_for(shop.id_of(User) if role in ("alice", "charlie") else user.pk if user else 1)
    return call.address_for((shop or world.foreign_shop(role)).id_of(call.model)) if call.model else call.path


def body_of(call: Call, role: str, world: World) -> Any:
    """The schema's example, about the role's own rows and user."""
    shop = world.own_shop(role)
    if role == "bob" and call.model is Product and call.method in ("PUT", "PATCH"):
        product = shop.products[0]  # a worker may change the quantity, and repeat the rest
        return {"name": product.name, "price": str(product.price), "quantity": 4}
    user = world.users[role] or world.users["alice"]
    words = {"demo": user.username, DEMO_PASSWORD: PASSWORD, "eyJhbGciOi…": tokens.issue(user)["refresh"]}
    return adapt_example(call.example, words, shop or world.foreign_shop(role))


def adapt_example(part: Any, words: dict[str, str], shop: Any) -> Any:
    """The example with these words instead of its own, and with ids, codes and quantities of this shop."""
    if isinstance(part, list):
        return [adapt_example(one, words, shop) for one in part]
    if not isinstance(part, dict):
        return words.get(part, part) if isinstance(part, str) else part
    part = {name: adapt_example(value, words, shop) for name, value in part.items()}
    ours = {
        "supplier": shop.products[0].supplier_id,
        "product": shop.products[0].pk,
        "expected_quantity": shop.quantity,
    }
    if "price" not in part:  # a booking names a product that there is, where a new product brings its own code
        ours["sku"] = shop.products[1].sku
    return {name: ours.get(name, value) for name, value in part.items()}


# --- Answers ------------------------------------------------------------------------------------------------


class Answer(NamedTuple):
    """What a client sees, without what differs for every request."""

    status: int
    content: str
    headers: dict[str, str]

    @property
    def outcome(self) -> str | int:
        return SUCCESS if 200 <= self.status < 300 else self.status


def send(client: APIClient, method: str, address: str, body: Any = None, **headers: str) -> Answer:
    """The answer to a body of JSON, or of CSV if it is a text."""
    media_type = CSV if isinstance(body, str) else JSON
    content = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    answer = client.generic(method, address, content, content_type=media_type, headers=headers)
    seen = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return Answer(answer.status_code, answer.getvalue().decode(), seen)


def send_and_roll_back(client: APIClient, method: str, address: str, body: Any = None, **headers: str) -> Answer:
    """The same; whatever the request did to the database is undone."""
    with transaction.atomic():
        answer = send(client, method, address, body, **headers)
        transaction.set_rollback(True)
    return answer


def replace_part(body: Any, place: tuple[str | int, ...], part: Any) -> Any:
    """The body with another part in this place."""
    if not place:
        return part
    step, *rest = place
    items = enumerate(body) if isinstance(body, list) else body.items()
    changed = {key: replace_part(value, tuple(rest), part) if key == step else value for key, value in items}
    return list(changed.values()) if isinstance(body, list) else changed


def list_body_fields(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields that the schema names in the operation's body, and in the lines of it."""
    content = call.operation.get("requestBody", {}).get("content", {}).get(JSON)
    parts = [schemas.resolve_reference(generate_schema(), content["schema"])] if content else []
    while parts:
        for name, described in parts.pop().get("properties", {}).items():
            yield name, described
            if "items" in described:
                parts.append(schemas.resolve_reference(generate_schema(), described["items"]))
