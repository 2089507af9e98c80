"""Clients of the fourth README, with admins and staff, sign-out, items and their levels."""

import pytest
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from users.models import User

ADMIN = {"username": "manager", "email": "manager@store.example", "password": "store-front-9", "role": "admin"}
STAFF = {"username": "clerk", "email": "clerk@store.example", "password": "store-front-9", "role": "staff"}
ITEM = {"name": "Mug", "description": "White", "quantity": 12, "price": "7.50"}


def sign_in(user):
    answer = APIClient().post("/api/auth/login/", {name: user[name] for name in ("username", "password")})
    assert answer.status_code == 200
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    client.refresh = answer.json()["refresh"]
    return client


@pytest.fixture
def admin(db):
    assert APIClient().post("/api/auth/register/", ADMIN).status_code == 201
    return sign_in(ADMIN)


@pytest.fixture
def staff(admin):
    assert admin.post("/api/users/", STAFF).status_code == 201
    return sign_in(STAFF)


@pytest.fixture
def mug(admin):
    return admin.post("/api/items/", ITEM).json()


@pytest.mark.parametrize(("user", "role"), [(ADMIN, "owner"), (STAFF, "worker")])
def test_admins_and_staff_register(as_nobody, user, role):
    answer = as_nobody.post("/api/auth/register/", user)
    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in ("username", "email", "role")} == {
        "username": user["username"],
        "email": user["email"],
        "role": role,
    }
    assert "password" not in answer.json()


def test_staff_without_an_employer_see_and_create_nothing(admin, mug):
    APIClient().post("/api/auth/register/", STAFF)
    clerk = sign_in(STAFF)
    assert clerk.get("/api/items/").json()["results"] == []
    assert clerk.post("/api/items/", ITEM).status_code == 403


def test_an_admin_of_a_store_has_no_access_to_the_support_desk(admin):
    user = User.objects.get(username="manager")
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_a_wrong_password_does_not_sign_in(admin):
    body = {"username": "manager", "password": "wrong"}
    assert APIClient().post("/api/auth/login/", body).status_code == 401


def test_signing_out_needs_no_body_and_ends_the_session(admin):
    assert admin.post("/api/auth/logout/").status_code == 204
    assert APIClient().post("/api/auth/refresh/", {"refresh": admin.refresh}).status_code == 401


def test_signing_out_requires_a_token(as_nobody):
    assert as_nobody.post("/api/auth/logout/").status_code == 401


def test_an_item_is_added_with_the_published_fields(mug):
    assert {name: mug[name] for name in ITEM} == ITEM
    assert isinstance(mug["id"], int)
    assert parse_datetime(mug["created_at"]) <= parse_datetime(mug["updated_at"])


def test_items_are_listed_and_viewed(admin, mug):
    assert admin.get("/api/items/").json()["results"] == [mug]
    assert admin.get(f"/api/items/{mug['id']}/").json() == mug


@pytest.mark.parametrize("change", [{"quantity": 3}, {"price": "8.00"}, {"description": "Blue"}])
def test_an_item_is_updated_by_put(admin, mug, change):
    answer = admin.put(f"/api/items/{mug['id']}/", {**ITEM, **change})
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ITEM} == {**ITEM, **change}


def test_an_item_is_deleted(admin, mug):
    assert admin.delete(f"/api/items/{mug['id']}/").status_code == 204
    assert admin.get(f"/api/items/{mug['id']}/").status_code == 404


def test_errors_are_listed_by_field(admin):
    answer = admin.post("/api/items/", {"name": "", "quantity": -1, "price": "cheap"})
    assert (answer.status_code, set(answer.json())) == (400, {"name", "quantity", "price"})


def test_lists_the_stock_levels(admin, mug):
    [level] = admin.get("/api/items/levels/").json()["results"]
    assert level == {"id": mug["id"], "name": "Mug", "quantity": 12, "min_threshold": 5, "is_low_stock": False}


def test_low_levels_are_listed_as_alerts(admin, mug):
    admin.post("/api/items/", {**ITEM, "name": "Plate", "quantity": 1})
    low = admin.get("/api/items/levels/?low_stock=true").json()["results"]
    assert [(level["name"], level["quantity"]) for level in low] == [("Plate", 1)]


def test_staff_change_quantities_and_nothing_else(admin, staff, mug):
    address = f"/api/items/{mug['id']}/"
    assert [item["name"] for item in staff.get("/api/items/").json()["results"]] == ["Mug"]
    assert staff.put(address, {**ITEM, "quantity": 11}).json()["quantity"] == 11
    assert staff.put(address, {**ITEM, "price": "1.00"}).status_code == 403
    assert staff.post("/api/items/", ITEM).status_code == staff.delete(address).status_code == 403
