"""A client written for the first README alone: JWT in a Bearer header, products, suppliers, IN and OUT."""

import pytest
from rest_framework.test import APIClient

from inventory_api.tests.test_settings import PRODUCTION, start, value_of
from stock.models import Movement, Operation

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
    """Jay's client, signed up and in as the README says."""
    client = APIClient()
    assert client.post("/api/register/", REGISTER).status_code == 201
    access = client.post("/api/login/", LOGIN).json()["access"]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


@pytest.fixture
def desk(jay):
    """The id of Jay's desk, ten in stock."""
    return jay.post("/api/products/", {"name": "Desk", "price": "99.90", "quantity": 10}).json()["id"]


def move(client, product, movement_type, quantity):
    return client.post("/api/stock/", {"product": product, "movement_type": movement_type, "quantity": quantity})


def quantity_of(client, product):
    return client.get(f"/api/products/{product}/").json()["quantity"]


def test_the_example_signs_up_and_the_password_is_not_answered(as_nobody):
    answer = as_nobody.post("/api/register/", REGISTER)
    assert answer.status_code == 201
    assert (answer.json()["username"], answer.json()["email"]) == ("jay", "jay@email.com")
    assert "password" not in answer.json()


def test_the_address_as_the_page_was_rendered_is_no_address(as_nobody):
    """Markdown made a link of it: [jay@email.com](mailto:jay@email.com)."""
    answer = as_nobody.post("/api/register/", {**REGISTER, "email": "[jay@email.com](mailto:jay@email.com)"})
    assert (answer.status_code, list(answer.json())) == (400, ["email"])


def test_the_example_signs_in_for_an_access_and_a_refresh_token(jay):
    answer = APIClient().post("/api/login/", LOGIN)
    assert answer.status_code == 200
    assert all(isinstance(answer.json()[name], str) for name in ("access", "refresh"))


def test_without_the_access_token_everything_is_closed(as_nobody):
    for address in ("/api/products/", "/api/suppliers/", "/api/stock/"):
        assert as_nobody.get(address).status_code == as_nobody.post(address, {}).status_code == 401


def test_products_are_created_and_listed(jay, desk):
    answer = jay.get("/api/products/")
    assert answer.status_code == 200
    assert [(product["id"], product["name"]) for product in answer.json()["results"]] == [(desk, "Desk")]


def test_low_stock_and_ordering_by_name_are_query_parameters(jay, desk):
    jay.post("/api/products/", {"name": "Chair", "price": "20.00", "quantity": 2})
    low = jay.get("/api/products/?low_stock=true").json()["results"]
    ordered = jay.get("/api/products/?ordering=name").json()["results"]
    assert [product["name"] for product in low] == ["Chair"]
    assert [product["name"] for product in ordered] == ["Chair", "Desk"]


def test_suppliers_are_created_and_listed(jay):
    assert jay.post("/api/suppliers/", {"name": "Acme"}).status_code == 201
    assert [supplier["name"] for supplier in jay.get("/api/suppliers/").json()["results"]] == ["Acme"]


def test_in_increases_and_out_decreases_the_stock(jay, desk):
    assert move(jay, desk, "IN", 5).status_code == 201
    assert quantity_of(jay, desk) == 15
    assert move(jay, desk, "OUT", 15).status_code == 201
    assert quantity_of(jay, desk) == 0


def test_a_movement_type_is_in_or_out(jay, desk):
    for movement_type in ("in", "SALE", ""):
        assert list(move(jay, desk, movement_type, 1).json()) == ["movement_type"]


def test_stock_does_not_go_negative_and_a_refused_movement_leaves_nothing(jay, desk):
    answer = move(jay, desk, "OUT", 11)
    assert (answer.status_code, answer.json()["code"]) == (400, "insufficient_stock")
    assert quantity_of(jay, desk) == 10
    assert (Operation.objects.count(), Movement.objects.count()) == (1, 1)


def test_the_stock_history_is_there_to_be_read(jay, desk):
    move(jay, desk, "OUT", 4)
    history = jay.get("/api/stock/").json()["results"]
    assert [(row["product"], row["movement_type"], row["quantity"]) for row in history] == [
        (desk, "OUT", 4),
        (desk, "IN", 10),
    ]


def test_nobody_sees_or_moves_what_is_somebody_elses(jay, desk, as_charlie):
    supplier = jay.post("/api/suppliers/", {"name": "Acme"}).json()["id"]
    for address in ("/api/products/", "/api/suppliers/", "/api/stock/"):
        assert as_charlie.get(address).json()["results"] == []
    for address in (f"/api/products/{desk}/", f"/api/suppliers/{supplier}/"):
        assert as_charlie.get(address).status_code == as_charlie.patch(address, {"name": "Mine"}).status_code == 404
    assert move(as_charlie, desk, "OUT", 1).status_code == 400
    assert quantity_of(jay, desk) == 10


def test_the_eight_variables_are_all_that_production_needs():
    assert start(**ENVIRONMENT) == []
    database = value_of("DATABASES['default']", **ENVIRONMENT)
    for name in ("DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT"):
        assert f"'{name[3:]}': '{ENVIRONMENT[name]}'" in database
    assert "'ENGINE': 'core.postgres'" in database


def test_debug_and_the_hosts_come_from_the_environment():
    assert value_of("DEBUG, settings.ALLOWED_HOSTS", **ENVIRONMENT) == "False ['inventory.example.org']"


@pytest.mark.parametrize("name", ["SECRET_KEY", "DB_NAME", "ALLOWED_HOSTS"])
def test_what_is_required_in_production_is_asked_for(name):
    [sentence] = start(**{**ENVIRONMENT, name: ""})
    assert name in sentence
