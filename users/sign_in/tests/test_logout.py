"""A sign-out ends one sign-in of the user or all of them, and never one of another user."""

import pytest

from testing.cast.people import client_of
from testing.tables import all_cases
from users.access.permissions import Caller
from users.sign_in import tokens


def refresh(token):
    return client_of(None).post("/api/auth/refresh/", {"refresh": token}).status_code


def sign_out(client, **body):
    return client.post("/api/auth/logout/", body)


def test_ends_one_refresh_token_and_keeps_the_others(as_alice, alice):
    laptop, phone = tokens.issue_tokens(alice)["refresh"], tokens.issue_tokens(alice)["refresh"]
    response = sign_out(as_alice, refresh=laptop)
    assert (response.status_code, response.content) == (204, b"")
    assert refresh(laptop) == 401
    assert refresh(phone) == 200


def test_without_a_token_ends_all_refresh_tokens_of_the_user(as_alice, alice, charlie):
    laptop, phone, of_charlie = (tokens.issue_tokens(user)["refresh"] for user in (alice, alice, charlie))
    assert sign_out(as_alice).status_code == 204
    assert (refresh(laptop), refresh(phone), refresh(of_charlie)) == (401, 401, 200)
    assert sign_out(as_alice).status_code == 204


def test_ends_a_rotated_token(as_alice, alice):
    rotated = tokens.rotate(by=Caller(), refresh=tokens.issue_tokens(alice)["refresh"])["refresh"]
    assert sign_out(as_alice).status_code == 204
    assert refresh(rotated) == 401


@pytest.mark.quick
def test_access_tokens_work_until_they_expire(as_alice):
    assert sign_out(as_alice).status_code == 204
    assert as_alice.get("/api/products/").status_code == 200


def test_signing_out_twice_with_one_token_is_no_error(as_alice, alice):
    token = tokens.issue_tokens(alice)["refresh"]
    assert sign_out(as_alice, refresh=token).status_code == 204
    assert sign_out(as_alice, refresh=token).status_code == 204


@pytest.mark.quick
def test_refuses_another_users_refresh_token(as_alice, alice, charlie):
    mine, of_charlie = tokens.issue_tokens(alice)["refresh"], tokens.issue_tokens(charlie)["refresh"]
    response = sign_out(as_alice, refresh=of_charlie)
    assert response.status_code == 400
    assert response.json() == {"refresh": ["This is not a refresh token of yours."]}
    assert (refresh(of_charlie), refresh(mine)) == (200, 200)


@pytest.mark.quick
@all_cases("junk", ["x", "a.b.c", "", None, [], 7])
def test_refuses_junk(as_alice, alice, junk):
    token = tokens.issue_tokens(alice)["refresh"]
    response = sign_out(as_alice, refresh=junk)
    assert (response.status_code, list(response.json())) == (400, ["refresh"])
    assert refresh(token) == 200


def test_refuses_an_access_token(as_alice, alice):
    pair = tokens.issue_tokens(alice)
    assert sign_out(as_alice, refresh=pair["access"]).status_code == 400
    assert refresh(pair["refresh"]) == 200


def test_a_chunked_body_is_refused_and_ends_no_token(as_alice, alice):
    token = tokens.issue_tokens(alice)["refresh"]
    response = as_alice.post("/api/auth/logout/", headers={"Transfer-Encoding": "chunked"})
    assert response.status_code == 411
    assert response.json() == {"detail": "Send the body with a Content-Length.", "code": "length_required"}
    assert refresh(token) == 200


def test_returns_401_without_credentials(as_nobody):
    assert sign_out(as_nobody).status_code == 401
