"""A foreign row is a missing row: Charlie asks for all that is Alice's, by every route and verb, and learns nothing."""

import json

import pytest
from django.apps import apps
from django.db import connection

from conftest import client_of, make_product
from inventory_api.ownership import OwnedModel, OwnedQuerySet
from inventory_api.tests.routes import ALL_METHODS, api_routes
from products.models import Category
from stock.models import Movement
from suppliers.models import Supplier
from users.models import AccountManager, User

MISSING = 87_654_321  # an id that no row has, as long as those that some have
BODY = {"name": "Mine now", "price": "1.00", "quantity": 1}
OWNED = [model for model in apps.get_models() if issubclass(model, OwnedModel)]
ROUTES = api_routes()
ID_ROUTES = [route for route in ROUTES if route.has_id]
LISTS = [
    route
    for route in ROUTES
    if route.name.endswith(("-list", "-levels", "-changes")) and getattr(route.view, "filterset_class", None)
]


@pytest.fixture(autouse=True)
def ids_apart(db):
    """Every table counts from a million of its own: an id of Alice's is no other row's of any kind."""
    with connection.cursor() as cursor:
        for number, model in enumerate([*OWNED, User], 1):
            table = model._meta.db_table
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, (10 + number) * 1_000_000])


def furnish(owner):
    """A row of every kind, and one product archived."""
    supplier = Supplier.objects.create(owner=owner, name=f"{owner}'s supplier")
    category = Category.objects.create(owner=owner, name=f"{owner}'s category")
    for name in ("kettle", "pot"):
        fields = {"sku": f"{owner}-{name}", "supplier": supplier, "category": category}
        product = make_product(owner, f"{owner}'s {name}", 10, **fields)
    assert client_of(owner).delete(f"/api/products/{product.pk}/").status_code == 204


@pytest.fixture(autouse=True)
def shops(ids_apart, alice, bob, charlie):
    furnish(alice)
    furnish(charlie)


@pytest.fixture
def alices_ids(alice, bob):
    ids = [row.pk for model in OWNED for row in model.objects.filter(owner=alice)]
    return [*ids, alice.pk, bob.pk]


def everything_of(owner):
    return {model.__name__: list(model.objects.filter(owner=owner).order_by("pk").values()) for model in OWNED}


def ask(client, method, address, number, body=BODY):
    """The answer without what differs for every request, and with the id blotted out."""
    answer = client.generic(method, address, json.dumps(body), content_type="application/json")
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status_code, answer.content.replace(str(number).encode(), b"ID"), headers


def leaks(client, ids):
    """The calls that answer one of these ids otherwise than an id that no row has."""
    calls = [(method, route) for route in ID_ROUTES for method in ALL_METHODS]
    missing = {(method, route): ask(client, method, route.at(MISSING), MISSING) for method, route in calls}
    return {
        (method, route.address)
        for method, route in calls
        for number in ids
        if ask(client, method, route.at(number), number) != missing[method, route]
    }


@pytest.mark.parametrize("who", ["charlie", "dora"])
def test_a_strangers_id_is_answered_like_one_that_no_row_has(who, request, alice, alices_ids):
    before = everything_of(alice)
    assert leaks(client_of(request.getfixturevalue(who)), alices_ids) == set()
    assert everything_of(alice) == before


def test_a_superuser_finds_no_tenants_rows_through_the_api(alice, alices_ids):
    helen = client_of(User.objects.create_superuser("helen"))
    assert leaks(helen, alices_ids) == set()
    assert [helen.get(route.address).json()["results"] for route in LISTS] == [[]] * len(LISTS)


def test_without_the_scope_every_route_would_leak(as_charlie, alice, alices_ids, monkeypatch):
    """Negative control: the walk does ask for what is there."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    monkeypatch.setattr(AccountManager, "visible_to", lambda rows, _: rows.all())
    as_charlie.raise_request_exception = False
    assert {address for _, address in leaks(as_charlie, alices_ids)} == {route.address for route in ID_ROUTES}


REFERENCES = [
    ("POST", "/api/products/", BODY, "supplier"),
    ("POST", "/api/products/", BODY, "category"),
    ("PUT", "/api/products/{own}/", BODY, "supplier"),
    ("PUT", "/api/products/{own}/", BODY, "category"),
    ("PATCH", "/api/products/{own}/", {}, "supplier"),
    ("PATCH", "/api/products/{own}/", {}, "category"),
    ("POST", "/api/stock/", {"movement_type": "IN", "quantity": 1}, "product"),
    ("POST", "/api/stock/", {"movement_type": "OUT", "quantity": 1, "expected_quantity": 10}, "product"),
]


@pytest.mark.parametrize(("method", "address", "body", "field"), REFERENCES)
def test_a_strangers_id_in_a_body_is_one_that_does_not_exist(
    as_charlie, alice, charlie, alices_ids, method, address, body, field
):
    own = charlie_product(charlie)
    address = address.format(own=own)
    before = everything_of(alice), everything_of(charlie)
    missing = ask(as_charlie, method, address, MISSING, {**body, field: MISSING})
    assert missing[0] == 400
    for number in alices_ids:
        assert ask(as_charlie, method, address, number, {**body, field: number}) == missing
    assert (everything_of(alice), everything_of(charlie)) == before


def charlie_product(charlie):
    return Movement.objects.filter(owner=charlie).earliest("pk").product_id


def test_a_strangers_category_in_a_form_does_not_exist_either(as_charlie, alice):
    theirs = Category.objects.get(owner=alice).pk
    answers = []
    for number in (theirs, MISSING):
        answer = as_charlie.post("/api/products/", {**BODY, "category": str(number)}, format="multipart")
        answers.append((answer.status_code, answer.content.replace(str(number).encode(), b"ID")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 400


def test_the_name_of_a_strangers_category_makes_ones_own(as_charlie, alice, charlie):
    before = everything_of(alice)
    product = as_charlie.post("/api/products/", {**BODY, "category": "alice's category"}).json()
    assert Category.objects.get(pk=product["category"]).owner == charlie
    assert everything_of(alice) == before


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.name)
def test_no_filter_tells_whether_a_strangers_row_exists(as_charlie, alices_ids, route):
    assert as_charlie.get(route.address).json()["results"] != []
    for name in route.view.filterset_class.base_filters:
        missing = as_charlie.get(route.address, {name: MISSING})
        for number in alices_ids:
            answer = as_charlie.get(route.address, {name: number})
            assert answer.status_code == missing.status_code, (name, number)
            assert answer.content.replace(str(number).encode(), str(MISSING).encode()) == missing.content, name


@pytest.mark.parametrize("query", ["search=alice", "sku=alice-kettle", "category=alice's+category", "reference=x"])
def test_no_text_of_a_strangers_is_found(as_charlie, as_alice, query):
    for route in LISTS:
        name = query.partition("=")[0]
        if name in route.view.filterset_class.base_filters:
            assert as_charlie.get(f"{route.address}?{query}").json()["results"] == []


def test_lists_hold_ones_own_rows_alone(as_alice, as_bob, as_charlie, as_dora):
    for route in LISTS:
        ids = [{row["id"] for row in client.get(route.address).json()["results"]} for client in (as_alice, as_charlie)]
        assert all(ids)
        assert not ids[0] & ids[1]
        assert as_bob.get(route.address).json() == as_alice.get(route.address).json()
        assert as_dora.get(route.address).json()["results"] == []


def test_the_browsable_pages_offer_ones_own_rows_alone(as_alice, as_charlie):
    for client, own in ((as_alice, b"alice"), (as_charlie, b"charlie")):
        page = client.get("/api/products/", HTTP_ACCEPT="text/html").content
        assert {name for name in (b"alice", b"charlie") if name + b"&#x27;s supplier" in page} == {own}
