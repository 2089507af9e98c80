"""Idempotency-Key: a POST sent again has one effect and one answer, on every route that creates or moves stock."""

import json
from functools import partial

import pytest

from core.ownership import OwnedModel
from idempotency import decorators as idempotency
from idempotency.models import IdempotencyKey
from products.models import Category, Product
from stock.models import Movement, Operation
from stock.verification import find_breaks
from suppliers.models import Supplier
from testing.cast import PASSWORD, client_of, make_product
from testing.races import try_concurrently
from testing.routes import list_api_routes
from users.models import User
from users.permissions import routes

# What a POST creates one row of, and what it is sent; {product} is the id of the shop's own.
CREATED = {
    "product-list": (Product, {"name": "Pan", "price": "1.00", "quantity": 3, "category": "Kitchen"}),
    "item-list": (Product, {"name": "Pan", "price": "1.00", "quantity": 3}),
    "supplier-list": (Supplier, {"name": "Acme"}),
    "category-list": (Category, {"name": "Kitchen"}),
    "user-list": (User, {"username": "erin", "password": PASSWORD}),
    "movement-list": (Movement, {"product": "{product}", "movement_type": "OUT", "quantity": 1}),
    "operation-list": (
        Operation,
        {"lines": [{"product": "{product}", "movement_type": "OUT", "quantity": 1}] * 2, "note": "two"},
    ),
    "operation-reverse": (Operation, {"note": "wrong"}),
    "counts": (Operation, {"lines": [{"product": "{product}", "counted": 4}]}),
    "product-import": (Product, "name,price\nPan,1.00\n"),
}
# Signing up and in has no account yet, and the others are the same if repeated.
WITHOUT_KEY = {"register", "login", "refresh", "logout", "password", "product-restore"}
DONE = {200, 201}
EVERY_ROUTE = pytest.mark.parametrize("route", list(CREATED))


def test_every_route_that_creates_or_moves_stock_is_tested_here():
    posts = {name for name, route in routes().items() if "POST" in route.roles}
    assert posts - WITHOUT_KEY == set(CREATED)


class Shop:
    """A shop with a product and an operation to reverse, and what it would post."""

    def __init__(self, owner):
        self.owner, self.client = owner, client_of(owner)
        self.client.raise_request_exception = False
        self.product = make_product(owner, quantity=10)
        self.operation = Operation.objects.filter(owner=owner).latest("pk")

    def address(self, name):
        (address,) = {route.address_for(self.operation.pk) for route in list_api_routes() if route.name == name}
        return address

    def body(self, name):
        return json.loads(json.dumps(CREATED[name][1]).replace('"{product}"', str(self.product.pk)))

    def post(self, route, key="k-1", client=None, **extra):
        """Post what the route is sent, with more fields or, in a file, with more rows."""
        client, body, headers = client or self.client, self.body(route), {"HTTP_IDEMPOTENCY_KEY": key}
        if isinstance(body, str):
            file = body + "".join(f"{value},{value}\n" for value in extra.values())
            return client.generic("POST", self.address(route), file, content_type="text/csv", **headers)
        return client.post(self.address(route), {**body, **extra}, **headers)


@pytest.fixture
def shop(alice):
    return Shop(alice)


def everything():
    """Every business row and user there is."""
    models = [*OwnedModel.__subclasses__(), Operation, Movement, User]
    return {model: list(model.objects.order_by("pk").values()) for model in models if not model._meta.abstract}


@EVERY_ROUTE
@pytest.mark.django_db(transaction=True)
def test_thirty_at_once_have_one_effect_and_one_answer(shop, route):
    model = CREATED[route][0]
    before = model.objects.count()
    answers = try_concurrently(*[partial(shop.post, route)] * 30)
    assert {answer.status_code for answer in answers} <= DONE
    assert len({answer.content for answer in answers}) == 1
    assert model.objects.count() == before + 1
    assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == 29
    assert find_breaks(shop.owner.pk) == []


@pytest.mark.django_db(transaction=True)
def test_control_without_a_key_thirty_at_once_have_thirty_effects(shop):
    body = {**shop.body("movement-list"), "movement_type": "IN"}
    try_concurrently(*[lambda: shop.client.post("/api/stock/", body)] * 30)
    assert Movement.objects.count() == 31


@EVERY_ROUTE
def test_a_request_sent_again_is_answered_with_the_first_answer(shop, route):
    first = shop.post(route)
    before = everything()
    again = shop.post(route)
    assert first.status_code in DONE
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert everything() == before


def test_an_answer_with_a_key_has_the_headers_and_the_shape_of_one_without(shop):
    with_key = shop.post("movement-list")
    without = shop.client.post("/api/stock/", shop.body("movement-list"))
    assert with_key.json().keys() == without.json().keys()
    assert with_key.headers.keys() == without.headers.keys()
    assert with_key.headers["Content-Type"] == without.headers["Content-Type"]


@EVERY_ROUTE
@pytest.mark.parametrize("change", [{"note": "another"}, {"unknown": 1}])
def test_another_body_under_the_same_key_is_refused_and_nothing_done(shop, route, change):
    shop.post(route)
    before = everything()
    answer = shop.post(route, **change)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert everything() == before


@EVERY_ROUTE
def test_another_route_under_the_same_key_is_refused_and_nothing_done(shop, route):
    shop.client.post("/api/categories/", {"name": "Garden"}, HTTP_IDEMPOTENCY_KEY="k-1")
    before = everything()
    answer = shop.post(route)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert everything() == before


def test_without_the_secret_nothing_can_be_guessed_from_what_is_stored_of_a_password(shop, settings):
    shop.post("user-list")
    assert shop.post("user-list").status_code == 201
    assert shop.post("user-list", password="another-horse-8").status_code == 422
    settings.SECRET_KEY = "x" * 50
    assert shop.post("user-list").json()["code"] == "idempotency_key_reused"


def test_a_product_and_an_item_are_two_routes(shop):
    body = shop.body("item-list")
    assert shop.client.post("/api/items/", body, HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    assert shop.client.post("/api/products/", body, HTTP_IDEMPOTENCY_KEY="k").status_code == 422


def test_the_same_body_for_another_row_or_with_another_query_is_another_request(shop):
    other = make_product(shop.owner, "Other", 5).movements.get().operation_id
    reverse = "/api/stock/operations/{}/reverse/"
    assert shop.client.post(reverse.format(other), {}, HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    assert shop.client.post(reverse.format(shop.operation.pk), {}, HTTP_IDEMPOTENCY_KEY="k").status_code == 422
    assert shop.client.post(f"{reverse.format(other)}?_=1", {}, HTTP_IDEMPOTENCY_KEY="k").status_code == 422


@EVERY_ROUTE
def test_a_refusal_does_not_use_the_key_up(shop, route):
    before = everything()
    refused = shop.post(route, **dict.fromkeys(["name", "username", "product", "lines", "note"], -5.5))
    assert refused.status_code == 400
    assert everything() == before
    accepted = shop.post(route)
    assert accepted.status_code in DONE
    assert "Idempotent-Replayed" not in accepted.headers


def test_a_sale_refused_for_want_of_stock_can_be_sent_again_with_its_key(shop):
    sale = {"product": shop.product.pk, "movement_type": "OUT", "quantity": 11}
    sell = partial(shop.client.post, "/api/stock/", sale, HTTP_IDEMPOTENCY_KEY="k")
    assert [sell().json()["code"], sell().json()["code"]] == ["insufficient_stock"] * 2
    shop.client.post("/api/stock/", {**sale, "movement_type": "IN"})
    assert [sell().json()["new_quantity"], sell().json()["new_quantity"]] == [10, 10]


@EVERY_ROUTE
def test_a_failure_after_the_effect_leaves_neither_effect_nor_key(shop, route, monkeypatch):
    before = everything()
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "JSONRenderer", lambda: 1 / 0)
        assert shop.post(route).status_code == 500
    assert everything() == before
    assert shop.post(route).status_code in DONE


def test_the_first_answer_is_given_even_if_the_product_was_renamed_and_archived_since(shop):
    first = shop.post("movement-list")
    assert first.json()["product_name"] == "Kettle"
    shop.client.patch(f"/api/products/{shop.product.pk}/", {"name": "Pot", "quantity": 0})
    shop.client.delete(f"/api/products/{shop.product.pk}/")
    again = shop.post("movement-list")
    assert (again.status_code, again.content) == (201, first.content)


def test_a_reversal_sent_again_is_no_conflict(shop):
    assert shop.post("operation-reverse").content == shop.post("operation-reverse").content
    assert shop.post("operation-reverse", key="k-2").json()["code"] == "already_reversed"


def test_owner_and_worker_share_their_account_s_keys(shop, bob):
    first = shop.post("movement-list")
    again = shop.post("movement-list", client=client_of(bob))
    assert again.content == first.content
    assert again.json()["performed_by_username"] == "alice"
    assert shop.post("movement-list", client=client_of(bob), quantity=2).status_code == 422


def test_a_worker_is_refused_before_the_key_is_looked_at(shop, bob):
    shop.post("product-list")
    assert shop.post("product-list", client=client_of(bob)).status_code == 403


@EVERY_ROUTE
def test_another_account_s_key_is_another_key(shop, charlie, route):
    theirs = Shop(charlie)
    first = shop.post(route)
    second = theirs.post(route, **({"username": "frank"} if route == "user-list" else {}))
    assert second.status_code in DONE
    assert "Idempotent-Replayed" not in second.headers
    assert second.content != first.content or route == "product-import"  # its answer has no ids
    assert IdempotencyKey.objects.filter(key="k-1").count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ", "a\tb", "a\x7f", "é", "a\x00"])
def test_a_key_that_is_none_is_refused(shop, key):
    before = everything()
    answer = shop.post("movement-list", key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert everything() == before


@pytest.mark.parametrize("key", ["x", "x" * 255, " ~!\"#%'", "0", "8e03978e-40d5-43dd-bc93-6894a57f9324"])
def test_any_printable_ascii_is_a_key(shop, key):
    assert shop.post("movement-list", key=key).content == shop.post("movement-list", key=key).content
    assert Movement.objects.count() == 2


def test_keys_differ_by_case(shop):
    assert shop.post("movement-list", key="a").content != shop.post("movement-list", key="A").content


def test_the_same_json_written_differently_is_the_same_body(shop):
    post = partial(
        shop.client.generic, "POST", "/api/stock/", content_type="application/json", HTTP_IDEMPOTENCY_KEY="k"
    )
    one = post(f'{{"product": {shop.product.pk}, "movement_type": "IN", "quantity": 1, "note": "\\u00e4"}}')
    two = post(f'{{"note":"ä","quantity":1,\n"movement_type":"IN","product":{shop.product.pk}}}'.encode())
    assert (one.status_code, two.content) == (201, one.content)


def test_the_same_form_sent_in_either_encoding_is_the_same_body(shop):
    form = {"name": "Acme", "phone_number": "5"}
    one = shop.client.post("/api/suppliers/", form, format="multipart", HTTP_IDEMPOTENCY_KEY="k")
    two = shop.client.generic(
        "POST", "/api/suppliers/", "phone_number=5&name=Acme",
        content_type="application/x-www-form-urlencoded", HTTP_IDEMPOTENCY_KEY="k",
    )  # fmt: skip
    assert (one.status_code, two.content) == (201, one.content)
    assert shop.client.post("/api/suppliers/", {"name": "Acme"}, HTTP_IDEMPOTENCY_KEY="k").status_code == 422


def test_a_form_and_json_are_two_bodies(shop):
    form = shop.body("movement-list")
    assert shop.client.post("/api/stock/", form, format="multipart", HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    assert shop.client.post("/api/stock/", form, HTTP_IDEMPOTENCY_KEY="k").status_code == 422


def test_a_key_is_remembered_whatever_answer_the_client_accepts(shop):
    first = shop.post("movement-list")
    again = shop.client.post(
        "/api/stock/", shop.body("movement-list"), HTTP_IDEMPOTENCY_KEY="k-1", HTTP_ACCEPT="text/html"
    )
    assert (again.content, again.headers["Content-Type"]) == (first.content, "application/json")


def test_who_has_no_account_has_no_keys(shop, as_dora, as_nobody):
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
