"""Signing up: who may, with which names and passwords, and what is answered."""

import threading

import pytest
from django.db import connections

from testing.cast import PASSWORD, client_of, make_user
from users.models import Role, User


def sign_up(client, address="/api/auth/register/", **fields):
    return client.post(address, {"username": "erin", "password": PASSWORD, **fields})


@pytest.mark.parametrize("address", ["/api/auth/register/", "/api/register/"])
def test_signing_up_answers_the_user_without_the_password(as_nobody, address):
    answer = sign_up(as_nobody, address, email="erin@example.org", phone="+43 1 23")
    assert answer.status_code == 201
    user = User.objects.get(username="erin")
    body = answer.json()
    assert body.pop("date_joined").endswith("Z")
    assert body == {
        "id": user.pk,
        "username": "erin",
        "email": "erin@example.org",
        "phone": "+43 1 23",
        "role": "owner",
        "is_active": True,
    }


@pytest.mark.parametrize(
    ("asked", "got"),
    [("owner", Role.OWNER), ("admin", Role.OWNER), ("worker", Role.WORKER), ("staff", Role.WORKER), (None, Role.OWNER)],
)
def test_a_role_is_taken_in_both_dialects_and_answered_in_one(as_nobody, asked, got):
    answer = sign_up(as_nobody, **({"role": asked} if asked else {}))
    assert (answer.status_code, answer.json()["role"]) == (201, got)
    user = User.objects.get(username="erin")
    assert (user.role, user.employer) == (got, None)
    assert not user.is_staff
    assert not user.is_superuser


@pytest.mark.parametrize("role", ["boss", "", 1, None, True, ["owner"], {"role": "owner"}])
def test_an_unknown_role_is_refused(as_nobody, role):
    answer = sign_up(as_nobody, role=role)
    assert answer.status_code == 400
    assert list(answer.json()) == ["role"]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "password", ["short-7", "a" * 129, "12345678901", "password", " " * 12, "erin-erin", "", None, 7]
)
def test_a_bad_password_is_a_field_error(as_nobody, password):
    answer = as_nobody.post("/api/register/", {"username": "erin-erin", "password": password})
    assert answer.status_code == 400
    assert list(answer.json()) == ["password"]
    assert not User.objects.exists()


@pytest.mark.parametrize("password", [" horse battery ", "horse-7!", "horse-" + "x" * 122])
def test_a_password_is_taken_as_it_was_typed(as_nobody, password):
    answer = as_nobody.post("/api/register/", {"username": "erin", "password": password})
    assert answer.status_code == 201
    user = User.objects.get()
    assert user.check_password(password)
    assert user.check_password(password.strip()) == (password == password.strip())


@pytest.mark.parametrize("name", ["Erin", "ERIN", " erin ", "\uff45rin", "erin"])
def test_a_name_in_use_is_refused_ignoring_case_and_width_also_of_a_deactivated_user(as_nobody, name):
    erin = make_user("erin")
    User.objects.filter(pk=erin.pk).update(is_active=False)
    answer = sign_up(as_nobody, username=name)
    assert answer.status_code == 400
    assert answer.json() == {"username": ["A user with that username already exists."]}
    assert User.objects.count() == 1


def test_an_address_in_use_is_refused_ignoring_case_and_none_is_shared_by_many(as_nobody):
    make_user("first", email="erin@example.org")
    make_user("second")
    answer = sign_up(as_nobody, email="Erin@Example.ORG")
    assert answer.status_code == 400
    assert answer.json() == {"email": ["A user with that email already exists."]}
    assert sign_up(as_nobody, email="").status_code == 201
    assert User.objects.filter(email="").count() == 2


@pytest.mark.parametrize(
    "name", ["", "   ", "a" * 151, "a b", "a/b", "nul\0", 7, None, ["erin"], "ﬃ" * 51, "\ufdfa", "⅓"]
)
def test_a_bad_name_is_a_field_error(as_nobody, name):
    answer = sign_up(as_nobody, username=name)
    assert answer.status_code == 400
    assert not User.objects.exists()


def test_a_name_is_kept_in_its_normal_form(as_nobody):
    answer = sign_up(as_nobody, username="ﬃ" * 50)
    assert answer.status_code == 201
    assert answer.json()["username"] == "ffi" * 50
    assert User.objects.get().username == "ffi" * 50


@pytest.mark.parametrize("field", ["username", "password"])
def test_what_is_missing_is_named(as_nobody, field):
    body = {"username": "erin", "password": PASSWORD}
    del body[field]
    answer = as_nobody.post("/api/register/", body)
    assert answer.status_code == 400
    assert answer.json() == {field: ["This field is required."]}


def test_nobody_makes_itself_staff_or_the_worker_of_a_shop(as_nobody, alice):
    answer = sign_up(
        as_nobody, role="worker", is_staff=True, is_superuser=True, employer=alice.pk, is_active=False, id=alice.pk
    )
    assert answer.status_code == 201
    user = User.objects.get(username="erin")
    assert (user.is_staff, user.is_superuser, user.is_active, user.employer) == (False, False, True, None)
    assert user.pk != alice.pk


def test_a_bad_token_does_not_keep_anybody_from_signing_up(as_nobody):
    as_nobody.credentials(HTTP_AUTHORIZATION="Bearer expired")
    assert sign_up(as_nobody).status_code == 201


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("field", ["username", "email"])
def test_one_of_many_who_want_the_same_name_at_once_gets_it(field):
    statuses, barrier = [], threading.Barrier(6)

    def one(number):
        try:
            fields = {"username": f"erin{number}", "email": f"e{number}@example.org", field: "same@example.org"}
            barrier.wait(5)
            statuses.append(sign_up(client_of(None), **fields).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 400, 400, 400, 400, 400]
