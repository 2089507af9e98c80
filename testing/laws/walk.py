"""Make a valid request of every operation in the schema, for every role, with the outcome that permissions require.

The schema describes exactly the routes of the URL resolver (test_openapi.py), so no route is missing.
"""

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode
from zipfile import ZipFile

from django.db import models, transaction
from django.test import Client
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from pypdf import PdfReader

from ops.demo.credentials import DEMO_PASSWORD
from products.models import Code, CustomField, Offer, Product
from products.pictures.tests.samples import encode, plain
from records.contacts.models import Contact
from records.history.models import Change
from stock.models import Location, Payment, Return
from suppliers.models import Supplier
from testing.cast.authenticator import Authenticator, authenticator_of
from testing.cast.factors import show_code
from testing.cast.people import PASSWORD, make_tokens
from testing.cast.shops import RIGHTS_OF, ROLES, World
from testing.laws import schemas
from testing.laws.routes import list_api_routes
from trade.purchasing.models import PriceList
from trade.tills.models import Till
from users.access.permissions import ANYONE, NEW_OR_MANAGERS, READERS, SIGNED_IN, WITH_ANY_KEY, routes
from users.access.roles import Right
from users.models import ApiKey, Factor, FactorKind, Purpose, User
from users.sign_in import password_services
from users.sign_in.factors.passkeys import issue_challenge

MERGES = {f"{kind}-merge" for kind in Contact.list_models()}
WITH_SHOP = {role for role, rights in RIGHTS_OF.items() if rights}
ROLES_IN_GROUP: dict[str, set[str]] = {
    **{right: {role for role, rights in RIGHTS_OF.items() if right in rights} for right in Right},
    ANYONE: {*ROLES},
    **dict.fromkeys((SIGNED_IN, WITH_ANY_KEY), {*ROLES} - {"nobody", "erin"}),
    READERS: {*ROLES} - {"nobody", "erin", "cora"},
    NEW_OR_MANAGERS: {"nobody", "alice", "charlie"},
}
SUCCESS = "2xx"
WITHOUT_TOKEN = {"register", "password-reset", "password-reset-confirm", "email-confirm", "passkey-options"}
# A mailed link has no effect for a deactivated user, or for a superuser without an address.
WITHOUT_LINKS = {"erin", "helen"}
WITHOUT_FACTORS = {"dora", "helen"}  # Erin has none either, but is refused before
JSON, CSV, PICTURE = "application/json", "text/csv", "image/jpeg"
JPEG = encode(plain())
UNIQUE_HEADERS = {"X-Request-ID", "ETag", "Expires"}  # an ETag is a digest of the content, which has different times


class Call(NamedTuple):
    """An operation of the schema."""

    path: str  # such as /api/products/{id}/
    method: str
    route: str  # the name in the table of permissions
    model: type[models.Model] | None  # the model of the row that an id in the path refers to
    operation: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def address_for(self, row_id):
        """Return the path with this id for its parameter."""
        return re.sub(r"{[^}]+}", str(row_id), self.path)

    def parameters(self, place):
        return [parameter["name"] for parameter in self.operation.get("parameters", []) if parameter["in"] == place]

    @property
    def example(self):
        """Return the schema's example of a body, or None."""
        content = self.operation.get("requestBody", {}).get("content", {})
        examples = content.get(JSON, content.get(CSV, {})).get("examples", {})
        return next((example["value"] for example in examples.values()), None)


@cache
def generate_schema():
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def list_calls() -> list[Call]:
    """Return all operations of the schema."""
    views = {route.template(): route.view for route in list_api_routes()}
    found = []
    for path, method, operation in schemas.list_operations(generate_schema()):
        queryset = getattr(views[re.sub(r"{[^}]+}", "{}", path)], "queryset", None)
        model = Product if "{product_id}" in path else queryset.model if "id}" in path else None
        if "{external_id}" in path:
            model = None  # it is no id of the service
        route = resolve(re.sub(r"{[^}]+}", "1", path)).url_name
        found.append(Call(path, method.upper(), route, model, operation))
    return found


def list_calls_and_roles() -> list[tuple[Call, str]]:
    """Return all pairs of an operation and a role."""
    return [(call, role) for role in ROLES for call in list_calls()]


def expected_outcome(call: Call, role: str) -> str | int:
    """Return the outcome that the table of permissions requires: the status of a refusal, or SUCCESS."""
    if role in WITHOUT_LINKS and call.route in ("password-reset-confirm", "email-confirm"):
        return 400
    if role == "helen" and call.route == "user-confirm-email" and call.method == "POST":
        return 400  # the user has no address
    if role == "erin":  # the user is deactivated: only routes without a token work
        return SUCCESS if call.route in WITHOUT_TOKEN else 401
    if role not in ROLES_IN_GROUP[routes()[call.route].roles[call.method]]:
        return 401 if role == "nobody" else 403
    if role in WITHOUT_FACTORS and call.route in ("passkey", "factor-recovery"):
        return 401 if call.route == "passkey" else 409  # no such passkey; no factor to replace
    if call.route == "key-self":
        return 404  # no role sends a key
    if call.route == "tax-detail" and call.method in ("PUT", "PATCH"):
        return 409  # a sale has the rate, so it can't be changed
    if call.route == "sale-invoice-list" and role in WITH_SHOP:
        return 400  # the shop has no currency
    if call.route == "price-preview" and role not in WITH_SHOP:
        return 400  # its lines name a product, and the role sees none
    needs_row = call.model not in (None, User) or call.route in ("scan", "product-by-external-id")
    return SUCCESS if role in WITH_SHOP or not needs_row else 404


# --- Requests -----------------------------------------------------------------------------------------------


def address_of(call: Call, role: str, world: World) -> str:
    """Return the operation's address. Its id is that of a row that the role sees, if such a row exists."""
    user, shop = world.users[role], world.own_shop(role)
    if call.route == "user-invite" or (call.route == "user-erase" and role in ("alice", "charlie")):
        return call.address_for((shop or world.foreign_shop(role)).invited.pk)
    if call.route == "location-detail" and call.method == "DELETE":
        return call.address_for((shop or world.foreign_shop(role)).empty_location.pk)
    if call.route == "purchase-order-send" or (call.route == "purchase-order-detail" and call.method != "GET"):
        return call.address_for((shop or world.foreign_shop(role)).draft.pk)
    if call.route == "operation-return":
        return call.address_for((shop or world.foreign_shop(role)).rows[Return].sale_id)
    if call.route == "import-undo":
        return call.address_for((shop or world.foreign_shop(role)).imported.pk)
    if address := find_view(call, role, world) or find_merged(call, role, world) or find_address(call, role, world):
        return address
    if call.model is ApiKey:
        keys = (shop or world.foreign_shop(role)).keys
        return call.address_for((keys.get(user.pk if user else 0) or next(iter(keys.values()))).pk)
    if call.model is Factor:
        kind = FactorKind.TOTP if call.route == "factor-confirm" else FactorKind.PASSKEY
        own = Factor.objects.filter(user=user, kind=kind).first()
        return call.address_for(own.pk if own else (shop or world.foreign_shop(role)).id_of(Factor))
    if call.model is User:
        return call.address_for(shop.id_of(User) if role in ("alice", "charlie") else user.pk if user else 1)
    return call.address_for((shop or world.foreign_shop(role)).id_of(call.model)) if call.model else call.path


def find_view(call: Call, role: str, world: World) -> str | None:
    """Return the address of an operation on a saved view of the role, or of a shared one. Return None for others."""
    if not call.model or call.model._meta.label != "saved.SavedView":
        return None
    own = call.model._default_manager.filter(user=world.users[role]).first()
    shop = world.own_shop(role) or world.foreign_shop(role)
    return call.address_for((own or shop.rows[call.model]).pk)


def find_merged(call: Call, role: str, world: World) -> str | None:
    """Return the address of a merge, whose first contact is not the one that other calls name, or None for others."""
    if call.route not in MERGES:
        return None
    shop = world.own_shop(role) or world.foreign_shop(role)
    others = call.model.objects.live().filter(owner=shop.owner).exclude(pk=shop.id_of(call.model))
    return call.address_for(others.order_by("pk")[0].pk)


def find_address(call: Call, role: str, world: World) -> str | None:
    """Return the address of an operation that names a row by a code, or that of a till, or None for others."""
    shop = world.own_shop(role)
    some_shop = shop or world.foreign_shop(role)
    if call.route.startswith("sale-"):
        payment = some_shop.rows[Payment]
        row = payment if call.route.startswith("sale-payment") else payment.operation
        return call.path.format(operation=payment.operation_id, id=row.pk)
    if call.route.startswith("price-list-"):
        row = some_shop.rows[PriceList]
        return call.path.format(supplier_id=row.supplier_id, number=row.number)
    if call.route == "product-recipe":
        return call.address_for(some_shop.products[2].pk)  # the one that has a recipe
    if call.route.startswith("offer-") and call.model is Offer and "{" in call.path:
        offer = some_shop.rows[Offer]
        return call.address_for(f"{offer.product_id}-{offer.supplier_id}")
    if call.route.startswith("product-edit-"):
        return call.address_for(some_shop.rows[Change].edit)
    if call.route == "scan":
        return f"{call.path}?{urlencode({'code': shop.rows[Code].code if shop else 'unknown'})}"
    if call.route == "product-by-external-id":
        return call.address_for(quote(shop.products[0].external_id, safe="") if shop else "unknown")
    if call.model is Till and role == "mona":  # who manages no users keeps its own tills
        return call.address_for(Till.objects.get(user=world.users[role]).pk)
    if call.route == "product-codes" and call.method == "DELETE":
        code = some_shop.rows[Code]
        return f"{call.address_for(code.product_id)}?{urlencode({'code': code.code})}"
    return None


def find_body(call: Call, shop: Any) -> Any:
    """Return the body of an operation about certain rows of a shop, or None for others."""
    product = shop.products[0]
    if call.route == "kit-import":
        return f"kit,part,quantity\nBasket,{product.name},1\n"
    if call.route == "offer-import":
        return f"supplier,sku,cost_price\n{shop.rows[Supplier].name},{product.sku},1\n"
    if call.route == "level-import":
        return f"location,sku,low_at,fill_to\n{shop.rows[Location].name},{product.sku},1,2\n"
    if call.route == "price-import":
        return f"sku,price\n{product.sku},1\n"
    if call.route == "offer-list":
        return {**call.example, "product": shop.products[1].pk, "supplier": shop.rows[Offer].supplier_id}
    if call.route in MERGES:
        return {"into": shop.id_of(call.model)}
    return None


def body_of_role(call: Call, role: str, shop: Any) -> Any:
    """Return the body with what this role may send, or None if it may send what an owner does."""
    if role == "bob" and call.model is Product and call.method in ("PUT", "PATCH"):
        product = shop.products[0]  # workers may change the quantity and repeat the other values
        return {"name": product.name, "price": str(product.price), "quantity": 4}
    if role == "vera" and call.route == "key-list" and call.example:
        return {**call.example, "scope": "read"}
    is_settings = call.route == "account" and call.method == "PATCH"
    return {"tiles": []} if role == "mona" and is_settings else None  # managers change no other setting


def body_of(call: Call, role: str, world: World) -> Any:
    """Return the schema's example, adapted to the role's own rows and user, or None."""
    shop = world.own_shop(role)
    if PICTURE in call.operation.get("requestBody", {}).get("content", {}):
        return JPEG
    if (body := body_of_role(call, role, shop)) is not None:
        return body
    user = world.users[role] or world.users["alice"]
    if (proof := proof_of(call, user)) is not None:
        return proof
    if call.example is None:
        return None
    if call.route == "operation-return":
        product = (shop or world.foreign_shop(role)).products[2]  # of the sale in address_of()
        return {**call.example, "lines": [{**call.example["lines"][0], "product": product.pk}]}
    if body := find_body(call, shop or world.foreign_shop(role)):
        return body
    if call.model is CustomField and call.method in ("PUT", "PATCH"):  # a key can't be changed
        return {**call.example, "key": (shop or world.foreign_shop(role)).rows[CustomField].key}
    replacements = {"demo": user.username, DEMO_PASSWORD: PASSWORD}
    if call.operation["tags"] == ["auth"]:  # other bodies contain no tokens
        replacements |= {
            "eyJhbGciOi…": make_tokens(user)["refresh"],
            "MQ": password_services.encode_uid(user),
            "d0q3ay-…": (
                password_services.CONFIRMATION if call.route == "email-confirm" else password_services.RESET
            ).make_token(user),
        }
    return adapt_example(call.example, replacements, shop or world.foreign_shop(role))


def proof_of(call: Call, user: User) -> Any:
    """Return a body with a new code or a new answer of the user's passkey, or None if the route needs neither."""
    if call.route == "factor-confirm":
        return {"code": show_code(user) if user.second_factor_since else "123456"}
    if call.route == "factor-passkeys":
        challenge = issue_challenge(Purpose.NEW_PASSKEY, user)
        return {"name": "a new key", "credential": Authenticator("a new key").make(challenge)}
    if call.route == "passkey" or (call.route == "proof" and user.second_factor_since):
        return {"credential": authenticator_of(user).answer(issue_challenge(Purpose.PASSKEY))}
    if call.route == "login" and user.second_factor_since:
        challenge = issue_challenge(Purpose.SECOND_STEP, user)
        return {"challenge": challenge, "credential": authenticator_of(user).answer(challenge)}
    return {"password": PASSWORD} if call.route == "proof" else None


def adapt_example(part: Any, replacements: dict[str, str], shop: Any) -> Any:
    """Return the example with these texts replaced. It has ids, codes and quantities of this shop."""
    if isinstance(part, list):
        return [adapt_example(one, replacements, shop) for one in part]
    if not isinstance(part, dict):
        return replacements.get(part, part) if isinstance(part, str) else part
    part = {name: adapt_example(value, replacements, shop) for name, value in part.items()}
    own_values = {
        "id": shop.products[0].pk,
        "supplier": shop.products[0].supplier_id,
        "product": shop.products[0].pk,
        "expected_quantity": shop.quantity,
        "user": shop.id_of(User),
    }
    if "@" not in str(part.get("to")):  # a receipt is mailed `to` an address
        own_values["to"] = shop.rows[Location].pk
    if "products" in part:
        own_values["products"] = [shop.products[0].pk]
    if "price" not in part:  # a booking refers to an existing product, and a new product keeps its own code
        own_values["sku"] = shop.products[1].sku
    return {name: own_values.get(name, value) for name, value in part.items()}


# --- Answers ------------------------------------------------------------------------------------------------


class Answer(NamedTuple):
    """A response, without the headers that differ for every request."""

    status: int
    content: str
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def status_code(self) -> int:
        return self.status

    @property
    def outcome(self) -> str | int:
        """Return SUCCESS for any 2xx and for a 303, otherwise the status."""
        return SUCCESS if 200 <= self.status < 300 or self.status == 303 else self.status


class Encoded(NamedTuple):
    """A body that is already encoded."""

    content: str | bytes
    media_type: str


def encode_body(body: Any) -> Encoded:
    """Encode a body: a string is sent as CSV, bytes as a picture, and anything else as JSON."""
    if isinstance(body, Encoded):
        return body
    if isinstance(body, str | bytes):
        return Encoded(body, CSV if isinstance(body, str) else PICTURE)
    return Encoded("" if body is None else json.dumps(body), JSON)


def send(client: Client, method: str, address: str, body: Any = None, **headers: str) -> Answer:
    """Send a request."""
    content, media_type = encode_body(body)
    response: Any = client.generic(method, address, content, content_type=media_type, headers=headers)
    comparable = {name: value for name, value in response.headers.items() if name not in UNIQUE_HEADERS}
    return Answer(response.status_code, read_text(response.getvalue()), comparable)


def read_text(content: bytes) -> str:
    """Return the text of a response: of a workbook or an archive that of its files, of a PDF that of its pages."""
    if content.startswith(b"%PDF-"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if not content.startswith(b"PK\x03\x04"):
        return content.decode()
    with ZipFile(io.BytesIO(content)) as book:
        return "\n".join(read_text(book.read(name)) for name in book.namelist())


def send_and_roll_back(client: Client, method: str, address: str, body: Any = None, **headers: str) -> Answer:
    """Send a request with send(), and roll back what it has written."""
    with transaction.atomic():
        answer = send(client, method, address, body, **headers)
        transaction.set_rollback(True)
    return answer


def replace_part(body: Any, path: tuple[str | int, ...], part: Any) -> Any:
    """Return the body with the part at this path replaced."""
    if not path:
        return part
    step, *rest = path
    items = enumerate(body) if isinstance(body, list) else body.items()
    changed = {key: replace_part(value, tuple(rest), part) if key == step else value for key, value in items}
    return list(changed.values()) if isinstance(body, list) else changed


def list_body_fields(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and description of each field of the operation's body and of its lines."""
    content = call.operation.get("requestBody", {}).get("content", {}).get(JSON)
    parts = [schemas.resolve_reference(generate_schema(), content["schema"])] if content else []
    while parts:
        for name, described in parts.pop().get("properties", {}).items():
            yield name, described
            if "items" in described:
                parts.append(schemas.resolve_reference(generate_schema(), described["items"]))
