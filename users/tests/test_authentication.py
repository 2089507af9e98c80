"""How a caller says who it is: three words in the header, or a session with CSRF."""

import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from testing.cast import PASSWORD
from users import services, tokens
from users.authentication import INVALID_TOKEN, MALFORMED_HEADER
from users.callers import Caller
from users.models import User

SUPPLIER = {"name": "Acme"}


def ask(client, header):
    return client.get("/api/products/", headers={"Authorization": header})


@pytest.mark.parametrize("word", ["Bearer", "bearer", "Token", "BEARER", "tOkEn", "token"])
def test_accepts_bearer_and_token_in_any_case(as_nobody, alice, word):
    assert ask(as_nobody, f"{word} {tokens.issue(alice)['access']}").status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer x", "Bearer x y", "Basic YTpi", "x", "Bearer ключ"]
)
def test_any_other_header_is_a_401_that_names_the_scheme(as_nobody, alice, header):
    answer = ask(as_nobody, header.encode().decode("latin-1"))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert set(answer.json()) == {"detail", "code"}


@pytest.mark.parametrize("header", ["Bearer", "token ", "Bearer x y"])
def test_the_error_of_a_header_without_exactly_one_token_says_what_to_send(as_nobody, header):
    assert ask(as_nobody, header).json() == {"detail": MALFORMED_HEADER, "code": "bad_authorization_header"}


def test_refuses_another_scheme(as_nobody, alice):
    assert ask(as_nobody, f"JWT {tokens.issue(alice)['access']}").status_code == 401
    assert ask(as_nobody, tokens.issue(alice)["access"]).status_code == 401


def test_an_expired_token_is_a_401(as_nobody, alice):
    token = AccessToken.for_user(alice)
    token.set_exp(from_time=timezone.now() - timedelta(days=1))
    answer = ask(as_nobody, f"Bearer {token}")
    assert answer.status_code == 401
    assert answer.json() == {"detail": INVALID_TOKEN, "code": "token_not_valid"}


def test_a_token_of_an_unknown_user_is_a_401(as_nobody, alice):
    token = AccessToken.for_user(alice)
    token["user_id"] = "999999999"
    assert ask(as_nobody, f"Bearer {token}").status_code == 401
    del token["user_id"]
    assert ask(as_nobody, f"Bearer {token}").status_code == 401


def test_deactivating_a_user_ends_its_tokens(as_alice, alice):
    assert as_alice.get("/api/").status_code == 200
    services.deactivate(by=Caller(), user=alice)
    answer = as_alice.get("/api/")
    assert (answer.status_code, answer.json()["code"]) == (401, "user_inactive")


def test_deactivating_an_owner_ends_the_tokens_of_its_workers(as_bob, bob, alice):
    assert as_bob.get("/api/").status_code == 200
    services.deactivate(by=Caller(), user=alice)
    assert as_bob.get("/api/").status_code == 401
    bob.refresh_from_db()
    assert not bob.is_active


def test_refuses_an_active_worker_of_an_inactive_owner(as_bob, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    answer = as_bob.get("/api/")
    assert (answer.status_code, answer.json()["code"]) == (401, "user_inactive")


def browser(user_name="alice"):
    """A browser that signed in by the form of the browsable API."""
    client = Client(enforce_csrf_checks=True)
    client.get("/api-auth/login/")
    form = {"username": user_name, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    answer = client.post("/api-auth/login/", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/api/")
    return client


def test_a_browser_signs_in_and_reads_pages(alice):
    client = browser()
    for address in ["/api/", "/api/products/", "/api/stock/", "/api/suppliers/", "/api/categories/"]:
        answer = client.get(address, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"alice" in answer.content


def test_a_browser_needs_a_csrf_token_to_write(alice):
    client = browser()
    answer = client.post("/api/suppliers/", SUPPLIER, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    answer = client.post("/api/suppliers/", SUPPLIER, content_type="application/json", headers=headers)
    assert answer.status_code == 201


def test_accepts_a_form_of_the_browsable_api(alice):
    client = browser()
    form = {**SUPPLIER, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    answer = client.post("/api/suppliers/", form)
    assert answer.status_code == 201
    assert answer.json()["name"] == "Acme"


def test_a_token_needs_no_csrf_token(alice):
    headers = {"Authorization": f"Bearer {tokens.issue(alice)['access']}"}
    client = Client(enforce_csrf_checks=True, headers=headers)
    assert client.post("/api/suppliers/", SUPPLIER, content_type="application/json").status_code == 201


def test_deactivating_an_owner_ends_the_sessions_of_its_workers(alice, bob):
    client = browser("bob")
    assert client.get("/api/").status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/api/").status_code == 401


def test_refuses_a_cached_token_after_its_expiry(as_nobody, alice):
    """Its signature is remembered, its time is not."""
    token = AccessToken.for_user(alice)
    token["version"] = alice.token_version
    token.set_exp(lifetime=timedelta(seconds=2))
    assert ask(as_nobody, f"Bearer {token}").status_code == 200
    time.sleep(2.1)
    assert ask(as_nobody, f"Bearer {token}").status_code == 401
