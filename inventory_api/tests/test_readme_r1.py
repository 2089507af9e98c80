"""Clients of the second README, with sessions or a Token header, suppliers, quantity_in_stock."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from stock.models import Movement
from testing.cast.people import PASSWORD
from testing.servers.loaded_settings import PRODUCTION, read_setting

SUPPLIER = {"name": "Acme", "contact_email": "sales@acme.example", "phone_number": "+1 555 0100"}
# This is the README's setting DATABASES, as environment variables.
DATABASE = {
    "DB_NAME": "inventory_db",
    "DB_USER": "postgres",
    "DB_PASSWORD": "your_password",
    "DB_HOST": "127.0.0.1",
    "DB_PORT": "5432",
}


@pytest.fixture
def owner(alice):
    """Return Alice's client, which sends `Token` in the Authorization header."""
    client = APIClient()
    token = client.post("/api/login/", {"username": "alice", "password": PASSWORD}).json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.fixture
def acme(owner):
    return owner.post("/api/suppliers/", SUPPLIER).json()


@pytest.fixture
def desk(owner, acme):
    body = {"name": "Desk", "description": "Oak", "category": "Furniture", "quantity_in_stock": 4, "price": "99.90"}
    return owner.post("/api/products/", {**body, "supplier": acme["id"]}).json()


def is_timestamp(text):
    return parse_datetime(text) is not None


def test_a_supplier_has_the_published_fields(acme):
    assert {name: acme[name] for name in SUPPLIER} == SUPPLIER
    assert isinstance(acme["id"], int)
    assert is_timestamp(acme["created_at"])


def test_suppliers_are_listed_and_retrieved(owner, acme):
    assert owner.get("/api/suppliers/").json()["results"] == [acme]
    assert owner.get(f"/api/suppliers/{acme['id']}/").json() == acme


def test_a_supplier_is_updated_by_put(owner, acme):
    answer = owner.put(f"/api/suppliers/{acme['id']}/", {**SUPPLIER, "name": "Acme & Sons"})
    assert answer.status_code == 200
    assert answer.json()["name"] == "Acme & Sons"


def test_a_supplier_is_updated_in_part_by_patch(owner, acme):
    answer = owner.patch(f"/api/suppliers/{acme['id']}/", {"phone_number": "+1 555 0199"})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["phone_number"]) == ("Acme", "+1 555 0199")


def test_a_supplier_is_deleted(owner, acme):
    assert owner.delete(f"/api/suppliers/{acme['id']}/").status_code == 204
    assert owner.get(f"/api/suppliers/{acme['id']}/").status_code == 404


def test_a_product_has_the_published_fields(owner, alice, acme, desk):
    assert (desk["name"], desk["description"], desk["price"]) == ("Desk", "Oak", "99.90")
    assert (desk["owner"], desk["supplier"], desk["quantity_in_stock"]) == (alice.pk, acme["id"], 4)
    assert isinstance(desk["category"], int)
    assert is_timestamp(desk["created_at"])
    assert is_timestamp(desk["updated_at"])


def test_the_quantity_in_stock_is_never_negative(owner, desk):
    answer = owner.patch(f"/api/products/{desk['id']}/", {"quantity_in_stock": -1})
    assert (answer.status_code, list(answer.json())) == (400, ["quantity_in_stock"])


def test_the_quantity_in_stock_is_changed_under_that_name(owner, desk):
    answer = owner.patch(f"/api/products/{desk['id']}/", {"quantity_in_stock": 6})
    assert (answer.status_code, answer.json()["quantity_in_stock"]) == (200, 6)
    assert Movement.objects.count() == 2


def test_prices_are_exact_to_the_cent(owner):
    for price in ("0.10", "0.30", "9999999999.99"):
        assert owner.post("/api/products/", {"name": "Nail", "price": price}).json()["price"] == price


def test_the_supplier_is_optional(owner):
    answer = owner.post("/api/products/", {"name": "Desk", "price": "99.90", "quantity_in_stock": 4})
    assert (answer.status_code, answer.json()["supplier"]) == (201, None)


def test_a_movement_has_the_published_fields(owner, alice, desk):
    body = {"product": desk["id"], "movement_type": "OUT", "quantity": 3}
    movement = owner.post("/api/stock/", body).json()
    assert {name: movement[name] for name in body} == body
    assert isinstance(movement["id"], int)
    assert movement["performed_by"] == alice.pk
    assert is_timestamp(movement["timestamp"])


def test_movements_change_the_quantity_in_stock(owner, desk):
    for movement_type, quantity, left in (("IN", 3, 7), ("OUT", 7, 0)):
        owner.post("/api/stock/", {"product": desk["id"], "movement_type": movement_type, "quantity": quantity})
        assert owner.get(f"/api/products/{desk['id']}/").json()["quantity_in_stock"] == left


def test_every_route_requires_credentials(as_nobody):
    for address in ("/api/suppliers/", "/api/suppliers/1/", "/api/products/", "/api/stock/"):
        assert as_nobody.get(address).status_code == 401


def test_a_session_reads_and_writes_with_a_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    assert client.login(username="alice", password=PASSWORD)
    client.get("/api-auth/login/")
    headers = {"X-CSRFToken": client.cookies[settings.CSRF_COOKIE_NAME].value}
    answer = client.post("/api/suppliers/", SUPPLIER, content_type="application/json", headers=headers)
    assert answer.status_code == 201
    assert client.get("/api/suppliers/").json()["count"] == 1


def test_users_modify_only_what_they_own(acme, desk, as_charlie):
    for address in (f"/api/suppliers/{acme['id']}/", f"/api/products/{desk['id']}/"):
        assert as_charlie.patch(address, {"name": "Mine"}).status_code == 404
        assert as_charlie.delete(address).status_code == 404


def test_lists_are_paginated(owner):
    for number in range(11):
        owner.post("/api/suppliers/", {"name": f"Supplier {number}"})
    page = owner.get("/api/suppliers/").json()
    assert (page["count"], len(page["results"]), page["previous"]) == (11, 10, None)
    assert len(owner.get(page["next"]).json()["results"]) == 1


def test_the_database_settings_come_from_variables():
    secret, hosts = PRODUCTION["SECRET_KEY"], PRODUCTION["ALLOWED_HOSTS"]
    database = read_setting("DATABASES['default']", SECRET_KEY=secret, ALLOWED_HOSTS=hosts, **DATABASE)
    for name, value in DATABASE.items():
        assert f"'{name.removeprefix('DB_')}': '{value}'" in database
