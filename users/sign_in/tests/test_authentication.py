"""Authentication by the Authorization header, or by a session with a CSRF token."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from testing.cast.people import PASSWORD
from testing.tables import all_cases
from users import services
from users.access.permissions import Caller
from users.models import User
from users.sign_in import tokens
from users.sign_in.tokens import INVALID_TOKEN, MALFORMED_HEADER

SUPPLIER = {"name": "Acme"}


def get_products(client, header):
    return client.get("/api/products/", headers={"Authorization": header})


@all_cases("scheme", ["Bearer", "bearer", "Token", "BEARER", "tOkEn", "token"])
def test_accepts_bearer_and_token_in_any_case(as_nobody, alice, scheme):
    assert get_products(as_nobody, f"{scheme} {tokens.issue_tokens(alice)['access']}").status_code == 200


@all_cases("header", ["", "Bearer", "Bearer ", "Bearer x", "Bearer x y", "Basic YTpi", "x", "Bearer ключ"])
def test_any_other_header_is_a_401_that_names_the_scheme(as_nobody, alice, header):
    response = get_products(as_nobody, header.encode().decode("latin-1"))
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert set(response.json()) == {"detail", "code"}


@all_cases("header", ["Bearer", "token ", "Bearer x y"])
def test_the_error_of_a_header_without_exactly_one_token_says_what_to_send(as_nobody, header):
    assert get_products(as_nobody, header).json() == {"detail": MALFORMED_HEADER, "code": "bad_authorization_header"}


def test_refuses_another_scheme(as_nobody, alice):
    assert get_products(as_nobody, f"JWT {tokens.issue_tokens(alice)['access']}").status_code == 401
    assert get_products(as_nobody, tokens.issue_tokens(alice)["access"]).status_code == 401


def test_an_expired_token_is_a_401(as_nobody, alice):
    token = AccessToken.for_user(alice)
    token.set_exp(from_time=timezone.now() - timedelta(days=1))
    response = get_products(as_nobody, f"Bearer {token}")
    assert response.status_code == 401
    assert response.json() == {"detail": INVALID_TOKEN, "code": "token_not_valid"}


def test_a_token_of_an_unknown_user_is_a_401(as_nobody, alice):
    token = AccessToken.for_user(alice)
    token["user_id"] = "999999999"
    assert get_products(as_nobody, f"Bearer {token}").status_code == 401
    del token["user_id"]
    assert get_products(as_nobody, f"Bearer {token}").status_code == 401


def test_deactivating_a_user_ends_its_tokens(as_alice, alice):
    assert as_alice.get("/api/").status_code == 200
    services.deactivate(by=Caller(), user=alice)
    response = as_alice.get("/api/")
    assert (response.status_code, response.json()["code"]) == (401, "user_inactive")


def test_refuses_an_active_worker_of_an_inactive_owner(as_bob, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    response = as_bob.get("/api/")
    assert (response.status_code, response.json()["code"]) == (401, "user_inactive")


def make_browser(user_name="alice"):
    """Return a browser that has signed in by the form of the browsable API."""
    client = Client(enforce_csrf_checks=True)
    client.get("/api-auth/login/")
    form = {"username": user_name, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    response = client.post("/api-auth/login/", form)
    assert (response.status_code, response.headers["Location"]) == (302, "/api/")
    return client


def test_a_browser_signs_in_and_reads_pages(alice):
    client = make_browser()
    for address in ["/api/", "/api/products/", "/api/stock/", "/api/suppliers/", "/api/categories/"]:
        response = client.get(address, headers={"Accept": "text/html"})
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"alice" in response.content


def test_a_browser_needs_a_csrf_token_to_write(alice):
    client = make_browser()
    response = client.post("/api/suppliers/", SUPPLIER, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    response = client.post("/api/suppliers/", SUPPLIER, content_type="application/json", headers=headers)
    assert response.status_code == 201


def test_accepts_a_form_of_the_browsable_api(alice):
    client = make_browser()
    form = {**SUPPLIER, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    response = client.post("/api/suppliers/", form)
    assert response.status_code == 201
    assert response.json()["name"] == "Acme"


def test_a_token_needs_no_csrf_token(alice):
    headers = {"Authorization": f"Bearer {tokens.issue_tokens(alice)['access']}"}
    client = Client(enforce_csrf_checks=True, headers=headers)
    assert client.post("/api/suppliers/", SUPPLIER, content_type="application/json").status_code == 201


def test_deactivating_an_owner_ends_the_sessions_of_its_workers(alice, bob):
    client = make_browser("bob")
    assert client.get("/api/").status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/api/").status_code == 401


@pytest.mark.quick
def test_refuses_a_cached_token_after_its_expiry(as_nobody, alice, monkeypatch):
    """The cache keeps the checked signature. The expiry is checked for every request."""
    token = AccessToken.for_user(alice)
    token["version"], token["joined"] = alice.token_version, alice.date_joined.timestamp()
    token.set_exp(lifetime=timedelta(seconds=60))
    assert get_products(as_nobody, f"Bearer {token}").status_code == 200
    monkeypatch.setattr(tokens, "time", SimpleNamespace(time=lambda: time.time() + 60))
    assert get_products(as_nobody, f"Bearer {token}").status_code == 401
