"""Sign-in by the API: the response, and the facts that it does not reveal."""

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from testing.cast.people import PASSWORD, client_of, make_user
from testing.tables import all_cases
from users import backends
from users.models import User


def sign_in(client, username="alice", password=PASSWORD, address="/api/auth/login/"):
    return client.post(address, {"username": username, "password": password})


@all_cases("address", ["/api/auth/login/", "/api/login/"])
def test_returns_tokens_and_the_user(as_nobody, alice, address):
    response = sign_in(as_nobody, address=address)
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"access", "refresh", "token", "user"}
    assert body["token"] == body["access"] != body["refresh"]
    assert (body["user"]["id"], body["user"]["username"], body["user"]["role"]) == (alice.pk, "alice", "owner")
    assert "password" not in body["user"]


@all_cases("name", ["ALICE", "Alice", " alice ", "\uff41lice"])
def test_finds_a_name_ignoring_case_width_and_blanks(as_nobody, alice, name):
    assert sign_in(as_nobody, name).status_code == 200


def test_finds_a_name_with_an_umlaut_ignoring_case_and_composition(as_nobody):
    make_user("Jörg")
    assert sign_in(as_nobody, "JÖRG").status_code == 200
    assert sign_in(as_nobody, "jo\u0308rg").status_code == 200


def test_a_wrong_password_and_an_unknown_user_get_the_same_response(as_nobody, alice):
    wrong = sign_in(as_nobody, password="wrong-horse-7")
    unknown = sign_in(as_nobody, "nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert wrong.json()["code"] == "no_active_account"
    assert wrong.headers["WWW-Authenticate"] == unknown.headers["WWW-Authenticate"]


def test_a_wrong_password_and_an_unknown_user_cost_one_hash_each(slow_hashes, as_nobody, alice, monkeypatch):
    hashed = []
    slow_hash = backends.Argon2.encode
    slow_check = backends.Argon2.verify
    monkeypatch.setattr(backends.Argon2, "encode", lambda *args: hashed.append("made") or slow_hash(*args))
    monkeypatch.setattr(backends.Argon2, "verify", lambda *args: hashed.append("checked") or slow_check(*args))
    sign_in(as_nobody, password="wrong-horse-7")
    assert hashed == ["checked"]
    sign_in(as_nobody, "nobody")
    assert hashed == ["checked", "made"]
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")
    for name in ("alice@example.org", "nobody@example.org"):
        sign_in(as_nobody, name, "wrong-horse-7")
    assert hashed == ["checked", "made"] * 2


@pytest.mark.quick
def test_refuses_a_worker_of_a_closed_account(as_nobody, alice, bob):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    bob.refresh_from_db()
    assert bob.is_active
    assert sign_in(as_nobody, "bob").status_code == 401


def test_a_worker_without_employer_may_sign_in_and_finds_empty_lists(as_nobody, dora, kettle):
    pair = sign_in(as_nobody, "dora").json()
    as_nobody.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    for address in ["/api/products/", "/api/stock/", "/api/suppliers/", "/api/categories/"]:
        response = as_nobody.get(address)
        assert (response.status_code, response.json()["results"]) == (200, [])


def test_a_superuser_without_a_shop_can_not_read_or_write_rows(kettle):
    support = User.objects.create_superuser("support", password=PASSWORD)
    client = client_of(support)
    assert client.get("/api/products/").json()["results"] == []
    assert client.get(f"/api/products/{kettle.pk}/").status_code == 404
    assert client.post("/api/stock/", {"product": kettle.pk, "movement_type": "IN", "quantity": 1}).status_code == 403


@all_cases(("name", "password"), [("alice", 7), ("alice", None), (7, PASSWORD), ("a\0", PASSWORD), ([], {})])
def test_malformed_credentials_are_a_400(as_nobody, alice, name, password):
    response = sign_in(as_nobody, name, password)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/json"


EMAIL = "Alice@Example.org"


@pytest.fixture
def alice_by_mail(alice):
    User.objects.filter(pk=alice.pk).update(email=EMAIL)
    return alice


@all_cases("address", [EMAIL, "alice@example.org", " ALICE@EXAMPLE.ORG "])
def test_an_email_address_signs_in_ignoring_case(as_nobody, alice_by_mail, address):
    response = sign_in(as_nobody, address)
    assert (response.status_code, response.json()["user"]["id"]) == (200, alice_by_mail.pk)


@all_cases("page", ["/api-auth/login/", "/admin/login/"])
def test_an_email_address_signs_in_on_the_pages(page, db):
    long_address = f"{'s' * 64}@{'x' * 60}.{'y' * 60}.example.org"
    User.objects.create_superuser("support", password=PASSWORD, email=long_address)
    response = Client().post(page, {"username": long_address, "password": PASSWORD, "next": "/api/"})
    assert (response.status_code, response["Location"]) == (302, "/api/")


def test_the_email_address_of_an_inactive_user_is_unknown(as_nobody, alice_by_mail):
    User.objects.filter(pk=alice_by_mail.pk).update(is_active=False)
    assert sign_in(as_nobody, EMAIL).json()["code"] == "no_active_account"
    assert sign_in(as_nobody).json()["code"] == "user_inactive"


@pytest.mark.usefixtures("alice_by_mail")
def test_known_and_unknown_email_addresses_get_the_same_response_by_the_same_statements(as_nobody):
    sign_in(as_nobody, "nobody@example.org", "wrong-horse-7")  # the first attempt also deletes expired counters
    with CaptureQueriesContext(connection) as known:
        wrong = sign_in(as_nobody, EMAIL, "wrong-horse-7")
    with CaptureQueriesContext(connection) as unknown:
        nobody = sign_in(as_nobody, "nobody@example.org", "wrong-horse-7")
    assert (wrong.status_code, wrong.content) == (401, nobody.content)
    assert len(known) == len(unknown)


@pytest.mark.usefixtures("alice_by_mail")
def test_wrong_sign_ins_by_email_address_count_for_the_user_name(as_nobody, settings):
    settings.LOGIN_TRIES_PER_USER = 3
    names = ["alice", EMAIL, EMAIL.upper(), EMAIL, "alice"]
    assert [sign_in(as_nobody, name, "wrong-horse-7").status_code for name in names] == [401, 401, 401, 429, 429]


def test_renews_the_hash_of_an_older_algorithm(slow_hashes, as_nobody, alice):
    User.objects.filter(pk=alice.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    assert sign_in(as_nobody).status_code == 200
    alice.refresh_from_db()
    assert alice.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in(as_nobody).status_code == 200
