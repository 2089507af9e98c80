"""PUT and PATCH of /api/users/{id}/ and /me/: which users may change which fields of which users."""

import re

import pytest

from testing.cast.people import PASSWORD, client_of
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.access.roles import Role
from users.models import User
from users.sign_in import tokens

NEW = "another-horse-8"


def read_me(client):
    return client.get("/api/users/me/").json()


@all_cases("who", ["alice", "bob", "dora"])
def test_every_user_changes_its_own_name_and_contact_data(as_alice, as_bob, as_dora, who):
    client = {"alice": as_alice, "bob": as_bob, "dora": as_dora}[who]
    change = {"username": "Zoë", "email": "zoe@example.org", "phone": "+43 2"}
    response = client.patch("/api/users/me/", change)
    assert response.status_code == 200
    assert read_me(client) == response.json()
    assert change.items() <= response.json().items()


def test_me_and_the_own_id_are_the_same_user(as_bob, bob):
    assert as_bob.patch(f"/api/users/{bob.pk}/", {"phone": "1"}).json()["phone"] == "1"
    assert as_bob.put("/api/users/me/", {"username": "bob", "phone": "2"}).json()["phone"] == "2"


def test_a_put_keeps_fields_that_are_not_sent(as_alice):
    assert as_alice.patch("/api/users/me/", {"phone": "1"}).status_code == 200
    response = as_alice.put("/api/users/me/", {"username": "alice"})
    assert response.status_code == 200
    assert (response.json()["phone"], response.json()["email"]) == ("1", "alice@example.org")


@pytest.mark.quick
@all_cases("who", ["alice", "bob", "dora"])
def test_a_put_may_repeat_read_only_fields(as_alice, as_bob, as_dora, who):
    client = {"alice": as_alice, "bob": as_bob, "dora": as_dora}[who]
    me = read_me(client)
    response = client.put("/api/users/me/", me | {"phone": "1"})
    assert response.status_code == 200
    assert response.json() == me | {"phone": "1"}


@all_cases("name", ["staff", "worker"])
def test_accepts_the_present_role_under_both_names(as_bob, name):
    assert as_bob.patch("/api/users/me/", {"role": name}).json()["role"] == "worker"


@all_cases("field", [{"id": 1}, {"date_joined": "2000-01-01T00:00:00Z"}, {"is_superuser": True}])
def test_ignores_fields_that_clients_may_not_set(as_alice, alice, field):
    before = read_me(as_alice)
    assert as_alice.patch("/api/users/me/", field).json() == before
    alice.refresh_from_db()
    assert not alice.is_superuser


@all_cases(
    ("change", "error"),
    [
        ({"username": "CHARLIE"}, "A user with that username already exists."),
        ({"email": "C@Example.org"}, "A user with that email already exists."),
    ],
)
def test_returns_a_field_error_for_a_taken_name_or_e_mail_address(as_alice, alice, charlie, change, error):
    User.objects.filter(pk=charlie.pk).update(email="c@example.org")
    response = as_alice.patch("/api/users/me/", change)
    assert (response.status_code, response.json()) == (400, {next(iter(change)): [error]})


def test_changes_the_case_of_a_name(as_alice):
    assert as_alice.patch("/api/users/me/", {"username": "Alice"}).json()["username"] == "Alice"


# --- Roles ---------------------------------------------------------------------------------------------


@all_cases("name", ["owner", "admin"])
def test_a_worker_without_employer_becomes_an_owner(as_dora, dora, name):
    assert as_dora.post("/api/suppliers/", {"name": "Acme"}).status_code == 403
    response = as_dora.patch("/api/users/me/", {"role": name})
    assert (response.status_code, response.json()["role"]) == (200, "owner")
    assert as_dora.post("/api/suppliers/", {"name": "Acme"}).status_code == 201
    assert as_dora.patch("/api/users/me/", {"role": "worker"}).status_code == 400


@all_cases(("who", "role"), [("alice", "worker"), ("bob", "owner"), ("bob", "admin")])
def test_other_users_can_not_change_their_role(as_alice, as_bob, who, role):
    client = {"alice": as_alice, "bob": as_bob}[who]
    for change in (client.patch, client.put):
        response = change("/api/users/me/", {"username": who, "role": role})
        assert (response.status_code, response.json()) == (400, {"role": ["A role can't be changed."]})
    assert read_me(client)["role"] != Role(role if role != "admin" else "owner")


def test_an_owner_can_not_change_a_workers_role(as_alice, bob):
    assert as_alice.patch(f"/api/users/{bob.pk}/", {"role": "owner"}).status_code == 400
    assert as_alice.patch(f"/api/users/{bob.pk}/", {"role": "staff"}).status_code == 200
    bob.refresh_from_db()
    assert bob.role == Role.WORKER


def test_a_role_changed_by_support_applies_from_the_next_request(as_bob, bob):
    assert as_bob.get("/api/users/me/").json()["role"] == "worker"
    User.objects.filter(pk=bob.pk).update(role=Role.OWNER, employer=None)
    assert as_bob.get("/api/users/me/").json()["role"] == "owner"
    assert as_bob.post("/api/suppliers/", {"name": "Acme"}).status_code == 201


def test_a_worker_separated_by_support_sees_no_rows_from_the_next_request(as_bob, bob, kettle):
    assert as_bob.get("/api/products/").json()["count"] == 1
    User.objects.filter(pk=bob.pk).update(employer=None)
    assert as_bob.get("/api/products/").json()["count"] == 0


# --- A worker's password and activity ------------------------------------------------------------------


@pytest.mark.quick
def test_an_owner_sets_a_workers_password_which_ends_earlier_tokens(as_alice, as_bob, as_nobody, bob):
    refresh = tokens.issue_tokens(bob)["refresh"]
    response = as_alice.patch(f"/api/users/{bob.pk}/", {"password": NEW})
    assert response.status_code == 200
    assert "password" not in response.json()
    assert as_bob.get("/api/").status_code == 401
    assert as_nobody.post("/api/auth/refresh/", {"refresh": refresh}).status_code == 401
    for password, status in [(PASSWORD, 401), (NEW, 200)]:
        assert as_nobody.post("/api/login/", {"username": "bob", "password": password}).status_code == status


@all_cases("password", ["short-7", "password", None, 7, ""])
def test_refuses_a_weak_password_for_a_worker(as_alice, as_bob, bob, password):
    response = as_alice.patch(f"/api/users/{bob.pk}/", {"password": password, "phone": "1"})
    assert (response.status_code, list(response.json())) == (400, ["password"])
    bob.refresh_from_db()
    assert (bob.check_password(PASSWORD), bob.phone) == (True, "")
    assert as_bob.get("/api/").status_code == 200


@all_cases("who", ["alice", "bob", "dora"])
def test_refuses_to_change_ones_own_password(as_alice, as_bob, as_dora, who):
    client = {"alice": as_alice, "bob": as_bob, "dora": as_dora}[who]
    response = client.patch("/api/users/me/", {"password": NEW})
    assert (response.status_code, list(response.json())) == (400, ["password"])
    assert "/api/auth/password/" in response.json()["password"][0]
    assert User.objects.get(username=who).check_password(PASSWORD)


def test_an_owner_deactivates_and_reactivates_a_worker(as_alice, as_bob, as_nobody, bob):
    refresh = tokens.issue_tokens(bob)["refresh"]
    response = as_alice.patch(f"/api/users/{bob.pk}/", {"is_active": False})
    assert (response.status_code, response.json()["is_active"]) == (200, False)
    assert as_bob.get("/api/").status_code == 401
    assert as_nobody.post("/api/login/", {"username": "bob", "password": PASSWORD}).status_code == 401
    assert as_alice.patch(f"/api/users/{bob.pk}/", {"is_active": True}).json()["is_active"] is True
    assert as_nobody.post("/api/login/", {"username": "bob", "password": PASSWORD}).status_code == 200
    assert as_nobody.post("/api/auth/refresh/", {"refresh": refresh}).status_code == 401


def test_refuses_to_deactivate_oneself_by_patch(as_alice, as_bob):
    for client in (as_alice, as_bob):
        response = client.patch("/api/users/me/", {"is_active": False})
        assert (response.status_code, list(response.json())) == (400, ["is_active"])
        assert client.get("/api/").status_code == 200


def test_a_form_changes_only_the_fields_it_sends_with_a_value(as_alice, bob):
    for form in ({"phone": "1"}, {"phone": "2", "password": ""}):
        response = as_alice.put(f"/api/users/{bob.pk}/", {"username": "bob", **form}, format="multipart")
        assert (response.status_code, response.json()["phone"], response.json()["is_active"]) == (
            200,
            form["phone"],
            True,
        )
    assert client_of(bob).get("/api/").status_code == 200
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


# --- Forms -----------------------------------------------------------------------------------------------------------


def test_a_form_offers_the_roles_that_its_user_can_get(alice, bob):
    page = Browser(alice).get_page(f"/shop/form/users/{bob.pk}/")
    roles = re.findall('<option value="([a-z]+)"', page.partition('name="role"')[2].partition("</select>")[0])
    assert {*roles} == {*Role.values} - {Role.OWNER}
    page = Browser(bob).get_page("/shop/form/users/me/")
    assert re.findall('<option value="([a-z]+)"', page.partition('name="role"')[2].partition("</select>")[0]) == [
        "worker"
    ]


def test_a_form_changes_what_was_typed_and_undoes_nothing(alice, as_alice, bob):
    browser, address = Browser(alice), f"/api/users/{bob.pk}/"
    form = browser.form_values(address, "put")
    as_alice.patch(address, {"phone": "555"})
    assert browser.send_put(address, form, role="viewer").status_code == 303
    bob.refresh_from_db()
    assert (bob.role, bob.phone, bob.is_active) == ("viewer", "555", True)
    assert browser.send_put(address, form, phone="556").status_code == 409


@pytest.mark.quick
def test_a_password_in_a_form_is_exactly_what_was_typed(alice, bob):
    Browser(alice).put(f"/api/users/{bob.pk}/", password=" a new one 7 ")
    bob.refresh_from_db()
    assert bob.check_password(" a new one 7 ")


def test_a_form_has_only_the_fields_that_its_user_may_change(alice, bob):
    own, theirs = {"notices", "language", "developer"}, {"is_active", "password"}
    browser = Browser(alice)
    for page, shown, hidden in (("me", own, theirs), (bob.pk, theirs, own)):
        names = {*re.findall(r'<(?:input|select)[^>]* name="(\w+)"', browser.get_page(f"/shop/form/users/{page}/"))}
        assert (shown - names, hidden & names) == (set(), set())
