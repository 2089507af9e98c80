"""Clients of the first README, with a JWT in a Bearer header, products, suppliers, IN and OUT."""

import pytest
from rest_framework.test import APIClient

from stock.models import Movement, Operation
from testing.servers.loaded_settings import PRODUCTION, load_settings, read_setting
from testing.tables import all_cases

REGISTER = {"username": "jay", "email": "jay@email.com", "password": "strongpassword"}
LOGIN = {"username": "jay", "password": "strongpassword"}
ENVIRONMENT = {
    "SECRET_KEY": PRODUCTION["SECRET_KEY"],
    "DEBUG": "False",
    "DB_NAME": "inventory",
    "DB_USER": "jay",
    "DB_PASSWORD": "secret",
    "DB_HOST": "db.example.org",
    "DB_PORT": "5432",
    "ALLOWED_HOSTS": "inventory.example.org",
}


@pytest.fixture
def jay(db):
    """Return Jay's client, which is signed up and signed in as the README says."""
    client = APIClient()
    assert client.post("/api/register/", REGISTER).status_code == 201
    access = client.post("/api/login/", LOGIN).json()["access"]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


@pytest.fixture
def desk_id(jay):
    """Return the id of a product of Jay with a quantity of ten."""
    return jay.post("/api/products/", {"name": "Desk", "price": "99.90", "quantity": 10}).json()["id"]


def send_movement(client, product, movement_type, quantity):
    return client.post("/api/stock/", {"product": product, "movement_type": movement_type, "quantity": quantity})


def quantity_of(client, product):
    return client.get(f"/api/products/{product}/").json()["quantity"]


def test_the_example_signs_up_and_the_response_has_no_password(as_nobody):
    answer = as_nobody.post("/api/register/", REGISTER)
    assert answer.status_code == 201
    assert (answer.json()["username"], answer.json()["email"]) == ("jay", "jay@email.com")
    assert "password" not in answer.json()


def test_refuses_the_email_address_as_markdown_renders_it(as_nobody):
    """Markdown renders it as a link: [jay@email.com](mailto:jay@email.com)."""
    answer = as_nobody.post("/api/register/", {**REGISTER, "email": "[jay@email.com](mailto:jay@email.com)"})
    assert (answer.status_code, list(answer.json())) == (400, ["email"])


def test_the_example_signs_in_and_gets_an_access_and_a_refresh_token(jay):
    answer = APIClient().post("/api/login/", LOGIN)
    assert answer.status_code == 200
    assert all(isinstance(answer.json()[name], str) for name in ("access", "refresh"))


def test_every_route_requires_the_access_token(as_nobody):
    for address in ("/api/products/", "/api/suppliers/", "/api/stock/"):
        assert as_nobody.get(address).status_code == as_nobody.post(address, {}).status_code == 401


def test_products_are_created_and_listed(jay, desk_id):
    answer = jay.get("/api/products/")
    assert answer.status_code == 200
    assert [(product["id"], product["name"]) for product in answer.json()["results"]] == [(desk_id, "Desk")]


def test_products_are_filtered_by_low_stock_and_ordered_by_name(jay, desk_id):
    jay.post("/api/products/", {"name": "Chair", "price": "20.00", "quantity": 2})
    low = jay.get("/api/products/?low_stock=true").json()["results"]
    ordered = jay.get("/api/products/?ordering=name").json()["results"]
    assert [product["name"] for product in low] == ["Chair"]
    assert [product["name"] for product in ordered] == ["Chair", "Desk"]


def test_suppliers_are_created_and_listed(jay):
    assert jay.post("/api/suppliers/", {"name": "Acme"}).status_code == 201
    assert [supplier["name"] for supplier in jay.get("/api/suppliers/").json()["results"]] == ["Acme"]


def test_an_in_movement_increases_the_stock_and_an_out_movement_decreases_it(jay, desk_id):
    assert send_movement(jay, desk_id, "IN", 5).status_code == 201
    assert quantity_of(jay, desk_id) == 15
    assert send_movement(jay, desk_id, "OUT", 15).status_code == 201
    assert quantity_of(jay, desk_id) == 0


def test_refuses_movement_types_other_than_in_and_out(jay, desk_id):
    for movement_type in ("in", "SALE", ""):
        assert list(send_movement(jay, desk_id, movement_type, 1).json()) == ["movement_type"]


def test_refuses_a_movement_below_zero_and_records_nothing(jay, desk_id):
    answer = send_movement(jay, desk_id, "OUT", 11)
    assert (answer.status_code, answer.json()["code"]) == (400, "insufficient_stock")
    assert quantity_of(jay, desk_id) == 10
    assert (Operation.objects.count(), Movement.objects.count()) == (1, 1)


def test_lists_the_stock_history(jay, desk_id):
    send_movement(jay, desk_id, "OUT", 4)
    history = jay.get("/api/stock/").json()["results"]
    assert [(row["product"], row["movement_type"], row["quantity"]) for row in history] == [
        (desk_id, "OUT", 4),
        (desk_id, "IN", 10),
    ]


def test_users_neither_see_nor_move_the_stock_of_others(jay, desk_id, as_charlie):
    supplier = jay.post("/api/suppliers/", {"name": "Acme"}).json()["id"]
    for address in ("/api/products/", "/api/suppliers/", "/api/stock/"):
        assert as_charlie.get(address).json()["results"] == []
    for address in (f"/api/products/{desk_id}/", f"/api/suppliers/{supplier}/"):
        assert as_charlie.get(address).status_code == as_charlie.patch(address, {"name": "Mine"}).status_code == 404
    assert send_movement(as_charlie, desk_id, "OUT", 1).status_code == 400
    assert quantity_of(jay, desk_id) == 10


def test_production_needs_only_the_eight_variables():
    assert load_settings(**ENVIRONMENT) == []
    database = read_setting("DATABASES['default']", **ENVIRONMENT)
    for name in ("DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT"):
        assert f"'{name[3:]}': '{ENVIRONMENT[name]}'" in database
    assert "'ENGINE': 'core.database.postgres'" in database


def test_debug_and_the_hosts_come_from_the_environment():
    assert read_setting("DEBUG, settings.ALLOWED_HOSTS", **ENVIRONMENT) == "False ['inventory.example.org']"


@all_cases("name", ["SECRET_KEY", "DB_NAME", "ALLOWED_HOSTS"])
def test_a_missing_variable_is_named_at_start(name):
    [sentence] = load_settings(**{**ENVIRONMENT, name: ""})
    assert name in sentence
