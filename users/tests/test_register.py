"""Sign-up: the clients that may use it, the names and passwords that are accepted, and the response."""

import threading

import pytest
from django.db import connections

from testing.cast.people import PASSWORD, client_of, make_user
from testing.races import TIMEOUT_SECONDS
from testing.tables import all_cases
from users.access.roles import Role
from users.models import User


def sign_up(client, address="/api/auth/register/", **fields):
    return client.post(address, {"username": "erin", "password": PASSWORD, **fields})


@all_cases("address", ["/api/auth/register/", "/api/register/"])
def test_returns_the_user_without_the_password(as_nobody, address):
    response = sign_up(as_nobody, address, email="erin@example.org", phone="+43 1 23")
    assert response.status_code == 201
    user = User.objects.get(username="erin")
    body = response.json()
    assert body.pop("date_joined").endswith("Z")
    assert body == {
        "id": user.pk,
        "username": "erin",
        "email": "erin@example.org",
        "phone": "+43 1 23",
        "role": "owner",
        "is_active": True,
        "notices": "off",
        "language": None,
        "developer": True,
    }


@all_cases(
    ("sent", "stored"),
    [("owner", Role.OWNER), ("admin", Role.OWNER), ("worker", Role.WORKER), ("staff", Role.WORKER), (None, Role.OWNER)],
)
def test_accepts_both_names_of_a_role_and_returns_one(as_nobody, sent, stored):
    response = sign_up(as_nobody, **({"role": sent} if sent else {}))
    assert (response.status_code, response.json()["role"]) == (201, stored)
    user = User.objects.get(username="erin")
    assert (user.role, user.employer) == (stored, None)
    assert not user.is_staff
    assert not user.is_superuser


@all_cases("role", ["boss", "", 1, None, True, ["owner"], {"role": "owner"}])
def test_refuses_an_unknown_role(as_nobody, role):
    response = sign_up(as_nobody, role=role)
    assert response.status_code == 400
    assert list(response.json()) == ["role"]
    assert not User.objects.exists()


@pytest.mark.quick
@all_cases("password", ["short-7", "a" * 129, "12345678901", "password", " " * 12, "erin-erin", "", None, 7])
def test_returns_a_field_error_for_a_bad_password(as_nobody, password):
    response = as_nobody.post("/api/register/", {"username": "erin-erin", "password": password})
    assert response.status_code == 400
    assert list(response.json()) == ["password"]
    assert not User.objects.exists()


@all_cases("password", [" horse battery ", "horse-7!", "horse-" + "x" * 122])
def test_does_not_trim_the_password(as_nobody, password):
    response = as_nobody.post("/api/register/", {"username": "erin", "password": password})
    assert response.status_code == 201
    user = User.objects.get()
    assert user.check_password(password)
    assert user.check_password(password.strip()) == (password == password.strip())


@all_cases("name", ["Erin", "ERIN", " erin ", "\uff45rin", "erin"])
def test_refuses_a_taken_name_ignoring_case_and_width(as_nobody, name):
    erin = make_user("erin")
    User.objects.filter(pk=erin.pk).update(is_active=False)
    response = sign_up(as_nobody, username=name)
    assert response.status_code == 400
    assert response.json() == {"username": ["A user with that username already exists."]}
    assert User.objects.count() == 1


def test_refuses_a_taken_e_mail_address_ignoring_case(as_nobody):
    make_user("first", email="erin@example.org")
    make_user("second")
    response = sign_up(as_nobody, email="Erin@Example.ORG")
    assert response.status_code == 400
    assert response.json() == {"email": ["A user with that email already exists."]}
    assert sign_up(as_nobody, email="").status_code == 201
    assert User.objects.filter(email="").count() == 2


@all_cases("name", ["", "   ", "a" * 151, "a b", "a/b", "nul\0", 7, None, ["erin"], "ﬃ" * 51, "\ufdfa", "⅓"])
def test_refuses_a_bad_name(as_nobody, name):
    response = sign_up(as_nobody, username=name)
    assert response.status_code == 400
    assert not User.objects.exists()


def test_stores_the_name_in_its_normal_form(as_nobody):
    response = sign_up(as_nobody, username="ﬃ" * 50)
    assert response.status_code == 201
    assert response.json()["username"] == "ffi" * 50
    assert User.objects.get().username == "ffi" * 50


@all_cases("field", ["username", "password"])
def test_returns_the_name_of_a_missing_field(as_nobody, field):
    body = {"username": "erin", "password": PASSWORD}
    del body[field]
    response = as_nobody.post("/api/register/", body)
    assert response.status_code == 400
    assert response.json() == {field: ["This field is required."]}


def test_ignores_staff_flags_and_employer_in_the_body(as_nobody, alice):
    response = sign_up(
        as_nobody, role="worker", is_staff=True, is_superuser=True, employer=alice.pk, is_active=False, id=alice.pk
    )
    assert response.status_code == 201
    user = User.objects.get(username="erin")
    assert (user.is_staff, user.is_superuser, user.is_active, user.employer) == (False, False, True, None)
    assert user.pk != alice.pk


def test_ignores_a_bad_authorization_header(as_nobody):
    as_nobody.credentials(HTTP_AUTHORIZATION="Bearer expired")
    assert sign_up(as_nobody).status_code == 201


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("field", ["username", "email"])
def test_one_of_several_concurrent_sign_ups_gets_the_name(field):
    statuses, barrier = [], threading.Barrier(6)

    def sign_up_number(number):
        try:
            fields = {"username": f"erin{number}", "email": f"e{number}@example.org", field: "same@example.org"}
            barrier.wait(TIMEOUT_SECONDS)
            statuses.append(sign_up(client_of(None), **fields).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sign_up_number, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 400, 400, 400, 400, 400]
