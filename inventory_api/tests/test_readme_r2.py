"""Clients of the third README, with owners and workers, items, and the log of their changes."""

import pytest
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from users.models import User

OWNER = {"username": "owner1", "password": "testpass123", "role": "owner"}
LOGIN = {"username": "owner1", "password": "testpass123"}
LAPTOP = {
    "name": "Laptop",
    "description": "Dell Latitude",
    "quantity": 10,
    "price": 500000,
    "category": "Electronics",
}


def sign_in(credentials):
    client = APIClient()
    access = client.post("/api/auth/login/", credentials).json()["access"]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


@pytest.fixture
def owner(db):
    """Return the client of the README's owner, created and signed in over HTTP."""
    assert APIClient().post("/api/users/", {**OWNER, "email": "owner1@example.org"}).status_code == 201
    return sign_in(LOGIN)


@pytest.fixture
def worker(owner):
    """Return the client of a worker that the owner has created."""
    body = {"username": "worker1", "email": "w@example.org", "password": "testpass123", "role": "worker"}
    assert owner.post("/api/users/", body).status_code == 201
    return sign_in({"username": "worker1", "password": "testpass123"})


@pytest.fixture
def laptop(owner):
    return owner.post("/api/items/", LAPTOP).json()


def list_names(client, query=""):
    return [item["name"] for item in client.get(f"/api/items/{query}").json()["results"]]


def test_the_login_example_returns_both_tokens(owner):
    answer = APIClient().post("/api/auth/login/", LOGIN)
    assert answer.status_code == 200
    assert all(isinstance(answer.json()[name], str) for name in ("refresh", "access"))


def test_the_user_of_the_code_example_signs_in(db):
    User.objects.create_user(username="owner1", password="testpass123", role="owner")
    assert sign_in(LOGIN).get("/api/items/").status_code == 200


def test_a_user_is_created_listed_and_retrieved(owner):
    [user] = owner.get("/api/users/").json()["results"]
    assert (user["username"], user["email"], user["role"]) == ("owner1", "owner1@example.org", "owner")
    assert owner.get(f"/api/users/{user['id']}/").json() == user


def test_an_owner_creates_workers_but_no_owners(owner):
    second = {**OWNER, "username": "owner2"}
    answer = owner.post("/api/users/", second)
    assert (answer.status_code, list(answer.json())) == (400, ["role"])
    assert APIClient().post("/api/users/", second).status_code == 201


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_user_is_updated(owner, method):
    [user] = owner.get("/api/users/").json()["results"]
    answer = getattr(owner, method)(f"/api/users/{user['id']}/", {"username": "owner1", "email": "new@example.org"})
    assert (answer.status_code, answer.json()["email"]) == (200, "new@example.org")


def test_a_deleted_user_loses_access(owner, worker):
    worker_id = owner.get("/api/users/").json()["results"][1]["id"]
    assert owner.delete(f"/api/users/{worker_id}/").status_code == 204
    assert worker.get("/api/items/").status_code == 401
    assert APIClient().post("/api/auth/login/", {"username": "worker1", "password": "testpass123"}).status_code == 401


@pytest.mark.parametrize("field", ["username", "email"])
def test_user_names_and_addresses_are_unique(owner, field):
    taken = {"username": "owner1", "email": "owner1@example.org"}
    answer = APIClient().post("/api/users/", {**OWNER, "username": "owner2", field: taken[field]})
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_an_item_is_created_with_its_category_as_text(laptop):
    assert {name: laptop[name] for name in LAPTOP} == {**LAPTOP, "price": "500000.00"}
    assert isinstance(laptop["id"], int)
    assert parse_datetime(laptop["date_added"]) <= parse_datetime(laptop["last_updated"])


def test_items_are_listed_and_retrieved(owner, laptop):
    assert owner.get("/api/items/").json()["results"] == [laptop]
    assert owner.get(f"/api/items/{laptop['id']}/").json() == laptop


@pytest.mark.parametrize(("method", "body"), [("put", {**LAPTOP, "price": 450000}), ("patch", {"price": 450000})])
def test_an_item_is_updated_with_the_time_of_the_update(owner, laptop, method, body):
    answer = getattr(owner, method)(f"/api/items/{laptop['id']}/", body)
    assert (answer.status_code, answer.json()["price"]) == (200, "450000.00")
    assert answer.json()["date_added"] == laptop["date_added"]
    assert answer.json()["last_updated"] > laptop["last_updated"]


def test_an_item_is_deleted(owner, laptop):
    assert owner.delete(f"/api/items/{laptop['id']}/").status_code == 204
    assert owner.get(f"/api/items/{laptop['id']}/").status_code == 404
    assert list_names(owner) == []


def test_missing_required_fields_are_named(owner):
    answer = owner.post("/api/items/", {"description": "Dell Latitude"})
    assert (answer.status_code, set(answer.json())) == (400, {"name", "price"})


def test_items_require_signing_in(as_nobody, laptop):
    assert as_nobody.get("/api/items/").status_code == as_nobody.post("/api/items/", LAPTOP).status_code == 401
    assert as_nobody.delete(f"/api/items/{laptop['id']}/").status_code == 401


def test_a_worker_has_limited_access(worker, laptop):
    address = f"/api/items/{laptop['id']}/"
    assert worker.get(address).json() == laptop
    assert worker.patch(address, {"quantity": 9}).json()["quantity"] == 9
    assert worker.patch(address, {"price": 1}).status_code == 403
    assert worker.post("/api/items/", LAPTOP).status_code == worker.delete(address).status_code == 403
    assert worker.post("/api/users/", OWNER).status_code == 403


def test_users_do_not_modify_items_of_others(laptop, as_charlie):
    address = f"/api/items/{laptop['id']}/"
    assert as_charlie.patch(address, {"quantity": 1}).status_code == as_charlie.delete(address).status_code == 404


def test_every_change_of_a_quantity_is_logged(owner, worker, laptop):
    worker.patch(f"/api/items/{laptop['id']}/", {"quantity": 7})
    owner.patch(f"/api/items/{laptop['id']}/", {"description": "Dell"})
    change, opening = owner.get("/api/item-changes/").json()["results"]
    assert (change["item"], change["item_name"], change["username"]) == (laptop["id"], "Laptop", "worker1")
    assert [(row["old_quantity"], row["new_quantity"]) for row in (opening, change)] == [(0, 10), (10, 7)]
    assert parse_datetime(change["timestamp"]) > parse_datetime(opening["timestamp"])


def test_items_are_filtered_by_category_and_price_range(owner, laptop):
    owner.post("/api/items/", {**LAPTOP, "name": "Pen", "price": 2, "category": "Office"})
    assert list_names(owner, "?category=Electronics") == ["Laptop"]
    assert list_names(owner, "?min_price=1&max_price=1000") == ["Pen"]


def test_items_are_filtered_by_low_stock_and_searched_by_words(owner, laptop):
    owner.post("/api/items/", {**LAPTOP, "name": "Pen", "quantity": 3})
    assert list_names(owner, "?low_stock=true") == ["Pen"]
    assert list_names(owner, "?low_stock=true&threshold=10") == ["Laptop", "Pen"]
    assert list_names(owner, "?search=pen") == ["Pen"]


def test_items_are_paginated(owner):
    for number in range(11):
        owner.post("/api/items/", {**LAPTOP, "name": f"Laptop {number}"})
    first = owner.get("/api/items/").json()
    assert (first["count"], len(first["results"])) == (11, 10)
    assert list_names(owner, "?page=2") == ["Laptop 10"]
