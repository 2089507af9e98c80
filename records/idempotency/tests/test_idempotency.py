"""Idempotency-Key on every route that creates rows or moves stock. A key has one effect and one response."""

import json
from functools import partial

import pytest

from core.ownership import OwnedModel
from desk.saved.models import SavedView
from products.models import Category, CustomField, Group, Offer, Product, Tax
from records.contacts.models import Contact
from records.events.services import number_all_events, number_events
from records.events.webhooks.models import Webhook
from records.idempotency import decorators as idempotency
from records.idempotency.models import IdempotencyKey
from stock.booking.drafts import BookingLine, by_id
from stock.levels.models import Level
from stock.models import Import, Location, Movement, Operation
from stock.proofs.verification import find_breaks
from testing.cast.orders import make_supplier
from testing.cast.people import PASSWORD, client_of, make_location, make_product
from testing.laws.routes import list_api_routes
from testing.races import try_concurrently
from testing.tables import all_cases
from trade.closings.models import Cash, Closing
from trade.kits.models import Kit
from trade.prices.models import PriceGroup, PriceRow
from trade.purchasing.lines import OrderedLine
from trade.purchasing.models import Order, PriceList
from trade.purchasing.services import create_order, send_order
from trade.quotes.models import Quote
from trade.reservations.models import Reservation
from trade.reservations.services import reserve
from users.access.permissions import routes
from users.models import User

# The model of which a POST to the route creates one row, and the body. {product} is the id of the shop's product.
CREATED = {
    "product-list": (Product, {"name": "Pan", "price": "1.00", "quantity": 3, "category": "Kitchen"}),
    "item-list": (Product, {"name": "Pan", "price": "1.00", "quantity": 3}),
    **{f"{kind}-list": (model, {"name": "Ada Fern"}) for kind, model in Contact.list_models().items()},
    "category-list": (Category, {"name": "Kitchen"}),
    "location-list": (Location, {"name": "Van"}),
    "user-list": (User, {"username": "erin", "password": PASSWORD}),
    "movement-list": (Movement, {"product": "{product}", "movement_type": "OUT", "quantity": 1}),
    "operation-list": (
        Operation,
        {"lines": [{"product": "{product}", "movement_type": "OUT", "quantity": 1}] * 2, "note": "two"},
    ),
    "operation-reverse": (Operation, {"note": "wrong"}),
    "counts": (Operation, {"lines": [{"product": "{product}", "counted": 4}]}),
    "transfers": (
        Operation,
        {"from": None, "to": "Cellar", "lines": [{"product": "{product}", "quantity": 2}]},
    ),
    "quote-list": (Quote, {"lines": [{"product": "{product}", "quantity": 2}]}),
    "reservation-list": (Reservation, {"lines": [{"product": "{product}", "quantity": 2}]}),
    "reservation-fulfil": (Operation, {"note": "sold"}),
    "purchase-order-list": (
        Order,
        {"supplier": "{supplier}", "lines": [{"product": "{product}", "quantity": 2}]},
    ),
    "purchase-order-receive": (Operation, {"note": "all of it"}),
    "closing-list": (Closing, {"counted": "10.00", "float": "2.00"}),
    "cash-list": (Cash, {"kind": "in", "amount": "5.00", "reason": "Change"}),
    "product-import": (Product, "name,price\nPan,1.00\n"),
    "kit-list": (Kit, {"name": "Basket", "parts": [{"product": "{product}", "quantity": 2}]}),
    "kit-import": (Kit, "kit,part,quantity\nBasket,Kettle,2\n"),
    "offer-list": (Offer, {"product": "{product}", "supplier": "{supplier}", "supplier_sku": "B-9"}),
    "price-list-list": (PriceList, "article no,price\nT-1,4.00\n"),
    "view-list": (SavedView, {"name": "Low", "route": "products", "query": "low_stock=true"}),
    "tax-list": (Tax, {"name": "Standard", "rate": "19.00"}),
    "group-list": (Group, {"name": "Shirt", "axes": ["size"]}),
    "field-list": (CustomField, {"key": "brand", "label": "Brand", "type": "text"}),
    "price_group-list": (PriceGroup, {"name": "Regulars", "percent": "10.00"}),
    "level-import": (Level, "location,sku,low at,fill to\nCellar,K-1,2,12\n"),
    "price-import": (PriceRow, "sku,price\nK-1,9.00\n"),
    "webhook-list": (Webhook, {"url": "https://93.184.216.34/hook"}),
}
# These routes accept no key. Sign-up, sign-in and a forgotten password have no account yet, an invitation only sends a
# mail again, responses with keys, tokens and secrets must not be stored, and repeating the others changes nothing.
WITHOUT_KEY = {name for name in routes() if name.endswith(("-restore", "-erase"))}
WITHOUT_KEY |= {"register", "login", "refresh", "logout", "password", "labels", "account-hand-over", "account-closing"}
WITHOUT_KEY |= {"comparisons", "price-preview"}
WITHOUT_KEY |= {"email-confirm", "user-confirm-email", "passkey-options", "passkey", "proof"}
WITHOUT_KEY |= {f"factor-{name}" for name in ("totp", "confirm", "options", "passkeys", "recovery")}
WITHOUT_KEY |= {"password-reset", "password-reset-confirm", "user-invite", "key-list", "key-roll", "webhook-test"}
WITHOUT_KEY |= {"till-list", "till-pair"}
# The tests of their apps send these with a key: none of their bodies is refused, or they create no row.
TESTED_ELSEWHERE = {
    "webhook-roll-secret",
    "webhook-redeliver",
    "seal-list",
    "account-export-list",
    "till-drops",
    "evidence-list",
}
TESTED_ELSEWHERE |= {"sheet-list", "sheet-entries", "sheet-recount", "sheet-book", "sheet-drop"}
TESTED_ELSEWHERE |= {"operation-return", "import-undo", "group-fill", "product-upsert", "product-codes"}
TESTED_ELSEWHERE |= {"offer-prefer", "offer-import", *(f"{kind}-merge" for kind in Contact.list_models())}
TESTED_ELSEWHERE |= {"product-edit-list", "product-edit-undo", "makings"}

TESTED_ELSEWHERE |= {"product-edit-list", "product-edit-undo", "makings", "price-list-undo"}
TESTED_ELSEWHERE |= {"sale-payment-list", "sale-payment-reverse", "sale-receipt-mail"}
TESTED_ELSEWHERE |= {"customer-payment-list", "sale-invoice-list", "invoice-mail"}
TESTED_ELSEWHERE |= {"quote-accept", "quote-copy", "quote-decline", "quote-mail"}
TESTED_ELSEWHERE |= {"mcp", "reservation-release", "reservation-extend"}
TESTED_ELSEWHERE |= {"purchase-order-send", "purchase-order-mail", "purchase-order-close"}
DONE = {200, 201}
# Most of these tests are about the decorator, which all routes share. These routes show it for JSON, lines and files.
SOME = ("product-list", "operation-list", "product-import", "user-list")
SOME_ROUTES = all_cases("route", SOME)


def test_these_tests_cover_every_route_that_creates_or_moves_stock():
    posts = {name for name, route in routes().items() if "POST" in route.roles}
    assert posts - WITHOUT_KEY - TESTED_ELSEWHERE == set(CREATED)


class Shop:
    """An account with a product and an operation to reverse, and a client that posts to each route."""

    def __init__(self, owner):
        self.owner, self.client = owner, client_of(owner)
        self.client.raise_request_exception = False
        self.product = make_product(owner, quantity=10, sku="K-1")
        make_location(owner, "Cellar")
        self.operation = Operation.objects.filter(owner=owner).latest("pk")
        self.reservation = reserve(by=owner, lines=[BookingLine(by_id(self.product.pk), "OUT", 1)])
        self.supplier = make_supplier(owner)
        self.order = create_order(by=owner, supplier=self.supplier, lines=[OrderedLine(by_id(self.product.pk), 1)])
        send_order(by=owner, pk=self.order.pk)
        number_events(owner.pk)  # a webhook begins at the end of the feed

    def address(self, name):
        rows = {"reservation": self.reservation, "purchase": self.order, "price": self.supplier}
        row = rows.get(name.partition("-")[0], self.operation)
        (address,) = {route.address_for(row.pk) for route in list_api_routes() if route.name == name}
        return address

    def body(self, name):
        body = json.dumps(CREATED[name][1]).replace('"{supplier}"', str(self.supplier.pk))
        return json.loads(body.replace('"{product}"', str(self.product.pk)))

    def post(self, route, key="k-1", /, client=None, **extra):
        """Post the route's body, with additional fields or, in a file, additional rows."""
        client, body, headers = client or self.client, self.body(route), {"HTTP_IDEMPOTENCY_KEY": key}
        if isinstance(body, str):
            file = body + "".join(f"{value},{value}\n" for value in extra.values())
            return client.generic("POST", self.address(route), file, content_type="text/csv", **headers)
        return client.post(self.address(route), {**body, **extra}, **headers)


@pytest.fixture
def shop(alice):
    return Shop(alice)


def read_all_rows():
    """Give positions to all events, as some routes do, and return all business rows and users, by model."""
    for owner_id in User.objects.owners().values_list("pk", flat=True):
        number_all_events(owner_id)
    models = [*{*OwnedModel.__subclasses__()} - {Import}, Operation, Movement, User]  # refused imports are stored
    return {model: list(model.objects.order_by("pk").values()) for model in models if not model._meta.abstract}


@pytest.mark.parametrize(
    "route", [route if route in SOME else pytest.param(route, marks=pytest.mark.long) for route in CREATED]
)
@pytest.mark.django_db(transaction=True)
def test_four_concurrent_requests_have_one_effect_and_one_response(shop, route):
    model = CREATED[route][0]
    before = model.objects.count()
    answers = try_concurrently(*[partial(shop.post, route)] * 4)
    assert {answer.status_code for answer in answers} <= DONE
    assert len({answer.content for answer in answers}) == 1
    assert model.objects.count() == before + 1
    assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == 3
    assert find_breaks(shop.owner.pk) == []


@pytest.mark.django_db(transaction=True)
def test_without_a_key_ten_concurrent_requests_have_ten_effects(shop):
    body = {**shop.body("movement-list"), "movement_type": "IN"}
    try_concurrently(*[lambda: shop.client.post("/api/stock/", body)] * 10)
    assert Movement.objects.count() == 11


@all_cases("route", CREATED)
def test_only_a_request_with_an_effect_uses_up_the_key_and_a_repeated_one_returns_its_response(
    shop, route, monkeypatch
):
    before = read_all_rows()
    refused = shop.post(
        route, **dict.fromkeys(["name", "key", "username", "product", "lines", "note", "url", "reason"], -5.5)
    )
    assert refused.status_code == 400
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "JSONRenderer", lambda: 1 / 0)
        assert shop.post(route).status_code == 500
    assert read_all_rows() == before
    first = shop.post(route)
    before = read_all_rows()
    again = shop.post(route)
    assert first.status_code in DONE
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert read_all_rows() == before


def test_responses_with_and_without_a_key_have_the_same_headers_and_fields(shop):
    with_key = shop.post("movement-list")
    without = shop.client.post("/api/stock/", shop.body("movement-list"))
    assert with_key.json().keys() == without.json().keys()
    assert with_key.headers.keys() == without.headers.keys()
    assert with_key.headers["Content-Type"] == without.headers["Content-Type"]


@SOME_ROUTES
def test_refuses_a_different_body_with_the_same_key_and_changes_nothing(shop, route):
    shop.post(route)
    before = read_all_rows()
    for change in ({"note": "another"}, {"unknown": 1}):
        answer = shop.post(route, **change)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert read_all_rows() == before


@SOME_ROUTES
def test_refuses_a_different_route_with_the_same_key_and_changes_nothing(shop, route):
    shop.client.post("/api/categories/", {"name": "Garden"}, HTTP_IDEMPOTENCY_KEY="k-1")
    before = read_all_rows()
    answer = shop.post(route)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert read_all_rows() == before


def test_the_stored_fingerprint_of_a_password_depends_on_the_secret_key(shop, settings):
    shop.post("user-list")
    assert shop.post("user-list").status_code == 201
    assert shop.post("user-list", password="another-horse-8").status_code == 422
    settings.SECRET_KEY = "x" * 50
    assert shop.post("user-list").json()["code"] == "idempotency_key_reused"


def test_products_and_items_are_different_routes(shop):
    body = shop.body("item-list")
    assert shop.client.post("/api/items/", body, HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    assert shop.client.post("/api/products/", body, HTTP_IDEMPOTENCY_KEY="k").status_code == 422


def test_the_same_body_with_a_different_row_or_query_is_a_different_request(shop):
    other = make_product(shop.owner, "Other", 5).movements.get().operation_id
    reverse = "/api/stock/operations/{}/reverse/"
    assert shop.client.post(reverse.format(other), {}, HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    assert shop.client.post(reverse.format(shop.operation.pk), {}, HTTP_IDEMPOTENCY_KEY="k").status_code == 422
    assert shop.client.post(f"{reverse.format(other)}?_=1", {}, HTTP_IDEMPOTENCY_KEY="k").status_code == 422


def test_a_sale_refused_for_insufficient_stock_can_be_repeated_with_its_key(shop):
    sale = {"product": shop.product.pk, "movement_type": "OUT", "quantity": 11}
    sell = partial(shop.client.post, "/api/stock/", sale, HTTP_IDEMPOTENCY_KEY="k")
    assert [sell().json()["code"], sell().json()["code"]] == ["insufficient_stock"] * 2
    shop.client.post("/api/stock/", {**sale, "movement_type": "IN"})
    assert [sell().json()["new_quantity"], sell().json()["new_quantity"]] == [10, 10]


def test_returns_the_first_response_after_the_product_was_renamed_and_archived(shop):
    first = shop.post("movement-list")
    assert first.json()["product_name"] == "Kettle"
    shop.client.patch(f"/api/products/{shop.product.pk}/", {"name": "Pot", "quantity": 0})
    shop.client.delete(f"/api/products/{shop.product.pk}/")
    again = shop.post("movement-list")
    assert (again.status_code, again.content) == (201, first.content)


def test_a_repeated_reversal_is_not_a_conflict(shop):
    assert shop.post("operation-reverse").content == shop.post("operation-reverse").content
    assert shop.post("operation-reverse", "k-2").json()["code"] == "already_reversed"


@pytest.mark.quick
def test_owner_and_worker_share_the_keys_of_their_account(shop, bob):
    first = shop.post("movement-list")
    again = shop.post("movement-list", client=client_of(bob))
    assert again.json() == first.json() | {"value": None}  # a worker may not see costs
    assert again.json()["performed_by_username"] == "alice"
    assert shop.post("movement-list", client=client_of(bob), quantity=2).status_code == 422


def test_the_role_of_a_worker_is_checked_before_the_key(shop, bob):
    shop.post("product-list")
    assert shop.post("product-list", client=client_of(bob)).status_code == 403


@SOME_ROUTES
def test_two_accounts_can_use_the_same_key(shop, charlie, route):
    theirs = Shop(charlie)
    first = shop.post(route)
    second = theirs.post(route, **({"username": "frank"} if route == "user-list" else {}))
    assert second.status_code in DONE
    assert "Idempotent-Replayed" not in second.headers
    assert second.content != first.content
    assert IdempotencyKey.objects.filter(key="k-1").count() == 2


@pytest.mark.quick
def test_each_account_gets_its_own_response_again(shop, charlie):
    first = shop.post("movement-list")
    assert Shop(charlie).post("movement-list").content != first.content
    assert shop.post("movement-list").content == first.content


@all_cases("key", ["", "x" * 256, "ключ", "a\tb", "a\x7f", "é", "a\x00"])
def test_refuses_a_malformed_key(shop, key):
    before = read_all_rows()
    answer = shop.post("movement-list", key)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert read_all_rows() == before


@all_cases("key", ["x", "x" * 255, " ~!\"#%'", "0", "8e03978e-40d5-43dd-bc93-6894a57f9324"])
def test_accepts_any_printable_ascii_as_a_key(shop, key):
    assert shop.post("movement-list", key).content == shop.post("movement-list", key).content
    assert Movement.objects.count() == 2


def test_keys_are_case_sensitive(shop):
    assert shop.post("movement-list", "a").content != shop.post("movement-list", "A").content


@pytest.mark.quick
def test_json_with_different_formatting_is_the_same_body(shop):
    post = partial(
        shop.client.generic, "POST", "/api/stock/", content_type="application/json", HTTP_IDEMPOTENCY_KEY="k"
    )
    one = post(f'{{"product": {shop.product.pk}, "movement_type": "IN", "quantity": 1, "note": "\\u00e4"}}')
    two = post(f'{{"note":"ä","quantity":1,\n"movement_type":"IN","product":{shop.product.pk}}}'.encode())
    assert (one.status_code, two.content) == (201, one.content)


def test_a_form_in_either_encoding_is_the_same_body(shop):
    form = {"name": "Acme", "phone_number": "5"}
    one = shop.client.post("/api/suppliers/", form, format="multipart", HTTP_IDEMPOTENCY_KEY="k")
    two = shop.client.generic(
        "POST", "/api/suppliers/", "phone_number=5&name=Acme",
        content_type="application/x-www-form-urlencoded", HTTP_IDEMPOTENCY_KEY="k",
    )  # fmt: skip
    assert (one.status_code, two.content) == (201, one.content)
    assert shop.client.post("/api/suppliers/", {"name": "Acme"}, HTTP_IDEMPOTENCY_KEY="k").status_code == 422


def test_a_form_and_json_are_different_bodies(shop):
    form = shop.body("movement-list")
    assert shop.client.post("/api/stock/", form, format="multipart", HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    assert shop.client.post("/api/stock/", form, HTTP_IDEMPOTENCY_KEY="k").status_code == 422


def test_a_replay_is_json_whatever_the_client_accepts(shop):
    first = shop.post("movement-list")
    again = shop.client.post(
        "/api/stock/", shop.body("movement-list"), HTTP_IDEMPOTENCY_KEY="k-1", HTTP_ACCEPT="text/html"
    )
    assert (again.content, again.headers["Content-Type"]) == (first.content, "application/json")


def test_users_without_an_account_have_no_keys(shop, as_dora, as_nobody):
    assert shop.post("movement-list", client=as_dora).status_code == 403
    assert shop.post("movement-list", client=as_nobody).status_code == 401
    signed_up = shop.post("user-list", client=as_nobody)
    assert signed_up.status_code == 201
    assert shop.post("user-list", client=as_nobody).json().keys() == {"username"}
    assert not IdempotencyKey.objects.exists()


def test_routes_that_create_nothing_ignore_the_key(shop):
    restore = f"/api/products/{shop.product.pk}/restore/"
    answers = [shop.client.post(restore, body, HTTP_IDEMPOTENCY_KEY="k") for body in ({}, {"x": 1})]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not IdempotencyKey.objects.exists()
