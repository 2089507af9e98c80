"""A user without a second factor, and its programs, notice nothing: the same bodies, and as many statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from testing.cast.factors import LOGIN, add_app
from testing.cast.people import PASSWORD, client_of, client_with_key, make_product
from testing.reading.browser import begin_session
from testing.servers.loaded_settings import PRODUCTION, load_settings, read_setting

pytestmark = pytest.mark.django_db
USER = ["id", "username", "email", "phone", "role", "is_active", "date_joined", "notices", "language", "developer"]
# Counted before there were second factors.
STATEMENTS = {"sign in": 13, "wrong": 7, "refresh": 2, "own user": 2, "products": 3, "page": 10, "key": 3}


def count_statements(send):
    send()  # fills caches
    with CaptureQueriesContext(connection) as queries:
        answer = send()
    return answer.status_code, len(queries)


def list_requests(alice):
    """Return the requests whose statements are counted."""
    as_alice, with_key, nobody = client_of(alice), client_with_key(alice), client_of(None)
    session = client_of(None)
    begin_session(session, alice)
    pair = {"refresh": ""}

    def refresh():
        body = {"refresh": pair["refresh"] or sign_in().json()["refresh"]}
        answer = nobody.post("/api/auth/refresh/", body)
        pair.update(answer.json())
        return answer

    def sign_in(password=PASSWORD):
        return nobody.post(LOGIN, {"username": "alice", "password": password})

    return {
        "sign in": sign_in, "wrong": lambda: sign_in("wrong-horse-7"), "refresh": refresh,
        "own user": lambda: as_alice.get("/api/users/me/"), "products": lambda: as_alice.get("/api/products/"),
        "page": lambda: session.get("/api/products/", headers={"Accept": "text/html"}),
        "key": lambda: with_key.get("/api/products/"),
    }  # fmt: skip


def test_a_sign_in_has_the_same_body(as_nobody, alice):
    answer = as_nobody.post(LOGIN, {"username": "alice", "password": PASSWORD})
    assert (answer.status_code, list(answer.json())) == (200, ["access", "refresh", "token", "user"])
    assert list(answer.json()["user"]) == USER
    assert list(client_of(alice).get("/api/users/me/").json()) == USER


def test_a_refused_sign_in_has_the_same_body(as_nobody, alice):
    answer = as_nobody.post(LOGIN, {"username": "alice", "password": "wrong-horse-7"})
    assert (answer.status_code, answer.content) == (
        401, b'{"detail":"No active account found with the given credentials.","code":"no_active_account"}',
    )  # fmt: skip
    assert as_nobody.post(LOGIN, {}).json() == {name: ["This field is required."] for name in ("username", "password")}


def test_every_request_executes_as_many_statements_as_before(alice):
    make_product(alice)
    counted = {name: count_statements(send)[1] for name, send in list_requests(alice).items()}
    assert counted == STATEMENTS


def test_a_request_of_a_user_with_a_factor_executes_as_many_statements(alice):
    add_app(alice)
    make_product(alice)
    as_alice = client_of(alice)
    for name, address in (("own user", "/api/users/me/"), ("products", "/api/products/")):
        assert count_statements(lambda address=address: as_alice.get(address))[1] == STATEMENTS[name]


def test_staff_is_not_let_in_without_a_factor_outside_of_a_demo():
    said = load_settings(**PRODUCTION, STAFF_SECOND_FACTOR="off")
    assert "STAFF_SECOND_FACTOR=off is for demos: support staff sees every shop. Remove it." in " ".join(said)
    assert read_setting("STAFF_SECOND_FACTOR", **PRODUCTION) == "True"
    assert read_setting("STAFF_SECOND_FACTOR", DEMO="on") == "False"
