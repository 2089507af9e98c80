"""Changing one's own password requires the old one, and ends every earlier token."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from testing.cast.people import PASSWORD, client_of
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.sign_in import tokens

NEW = "another-horse-8"


def change_password(client, old=PASSWORD, new=NEW, **extra):
    return client.post("/api/auth/password/", {"old_password": old, "new_password": new}, **extra)


def is_accepted(access):
    return client_of(None).get("/api/", headers={"Authorization": f"Token {access}"}).status_code == 200


def refresh(token):
    return client_of(None).post("/api/auth/refresh/", {"refresh": token}).status_code


def test_ends_every_earlier_token_and_returns_a_new_pair(as_alice, alice):
    phone = tokens.issue_tokens(alice)
    response = change_password(as_alice)
    assert response.status_code == 200
    assert as_alice.get("/api/").status_code == 401
    assert not is_accepted(phone["access"])
    assert refresh(phone["refresh"]) == 401
    pair = response.json()
    assert is_accepted(pair["token"])
    assert refresh(pair["refresh"]) == 200


def test_signs_in_with_the_new_password_and_not_with_the_old_one(as_alice, as_nobody):
    assert change_password(as_alice).status_code == 200
    for password, status in [(PASSWORD, 401), (NEW, 200)]:
        response = as_nobody.post("/api/login/", {"username": "alice", "password": password})
        assert response.status_code == status


def test_a_wrong_old_password_changes_nothing(as_alice, alice):
    response = change_password(as_alice, old="wrong-horse-7")
    assert response.status_code == 400
    assert response.json() == {"old_password": ["This is not your password."]}
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert as_alice.get("/api/").status_code == 200


@all_cases("new", ["short-7", "alice@example", "", None, 7])
def test_returns_a_field_error_for_a_bad_new_password(as_alice, alice, new):
    response = change_password(as_alice, new=new)
    assert (response.status_code, list(response.json())) == (400, ["new_password"])
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


@all_cases("field", ["old_password", "new_password"])
def test_returns_the_name_of_a_missing_field(as_alice, field):
    body = {"old_password": PASSWORD, "new_password": NEW}
    del body[field]
    response = as_alice.post("/api/auth/password/", body)
    assert (response.status_code, response.json()) == (400, {field: ["This field is required."]})


def test_creates_no_session_for_a_client_with_a_token(as_alice):
    response = change_password(as_alice)
    assert "sessionid" not in response.cookies
    assert not Session.objects.exists()


def test_keeps_the_callers_session_and_ends_the_users_others(alice):
    own_session, other_session = Client(), Client()
    own_session.force_login(alice)
    other_session.force_login(alice)
    assert change_password(own_session, content_type="application/json").status_code == 200
    assert own_session.get("/api/").status_code == 200
    assert other_session.get("/api/").status_code == 401


def test_a_form_changes_the_password_and_keeps_the_session(alice):
    browser, address = Browser(alice), "/api/auth/password/"
    refused = browser.post(address, old_password="wrong-horse-7", new_password=NEW)
    assert (refused.status_code, refused.text.count('aria-invalid="true"')) == (400, 1)
    answer = browser.post(address, old_password=PASSWORD, new_password=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/api/users/me/")
    assert "Changed the password." in browser.get_page("/api/users/me/")
    alice.refresh_from_db()
    assert alice.check_password(NEW)


@pytest.mark.quick
def test_wrong_old_passwords_count_as_wrong_sign_ins(alice, as_alice, settings):
    settings.LOGIN_TRIES_PER_USER = 3
    guess = {"old_password": "wrong-wrong-1", "new_password": "another-long-9"}
    responses = [as_alice.post("/api/auth/password/", guess) for _ in range(4)]
    assert [response.status_code for response in responses] == [400, 400, 400, 429]
    assert int(responses[-1].headers["Retry-After"]) > 0


def test_a_weak_new_password_does_not_count_as_a_wrong_sign_in(as_alice, settings):
    settings.LOGIN_TRIES_PER_USER = 1
    weak = {"old_password": PASSWORD, "new_password": "12345678"}
    assert [as_alice.post("/api/auth/password/", weak).status_code for _ in range(3)] == [400, 400, 400]
    good = {"old_password": PASSWORD, "new_password": "another-long-9"}
    assert as_alice.post("/api/auth/password/", good).status_code == 200
