"""An unavailable or busy database is a 503 with Retry-After everywhere, and nothing is half-written."""

from contextlib import contextmanager

import psycopg
import pytest
from django.db import Error, InterfaceError, InternalError, OperationalError, connection
from django.test import Client

from core.database.transactions import database_refusal, is_database_away
from products.models import Product
from stock.booking import services
from stock.models import Movement
from testing.cast.people import PASSWORD, client_of, make_product, make_user
from testing.tables import all_cases
from users.models import User

UNAVAILABLE = {"detail": "The database is not available. Try again in a moment.", "code": "database_unavailable"}


def refuse():
    raise OperationalError("connection refused") from psycopg.OperationalError("connection refused")


@contextmanager
def database_away():
    """Refuse every connection to the database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "ensure_connection", refuse)
        yield


def assert_unavailable(response):
    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Retry-After"] == "1"
    assert len(response.headers["X-Request-ID"]) == 32
    assert response.json() == UNAVAILABLE


@all_cases("address", ["/api/", "/api/products/", "/api/products/1/", "/api/stock/"])
def test_authentication_returns_503(as_alice, address):
    with database_away():
        assert_unavailable(as_alice.get(address))
    assert as_alice.get("/api/").status_code == 200


@all_cases("address", ["/api/login/", "/api/register/"])
def test_a_view_of_the_api_returns_503(as_nobody, alice, address):
    with database_away():
        assert_unavailable(as_nobody.post(address, {"username": "erin", "password": PASSWORD}))
    assert User.objects.count() == 1


@all_cases("address", ["/admin/", "/readyz", "/admin/users/user/"])
def test_other_views_and_middleware_return_503(alice, address):
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    with database_away():
        assert_unavailable(client.get(address))


def test_a_session_survives_an_unavailable_database(alice):
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    with database_away():
        assert_unavailable(client.get("/api/products/"))
    assert client.get("/api/products/").status_code == 200


def test_routes_that_need_no_database_work(client, db):
    with database_away():
        assert [client.get(address).status_code for address in ("/", "/healthz", "/nowhere/")] == [200, 200, 404]
        assert client.get("/api/schema/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_breaks_in_a_transaction_leaves_nothing_half_written(monkeypatch):
    client, write_operation = client_of(make_user("alice")), services.write_operation

    def break_then_write(*args):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return write_operation(*args)

    body = {"name": "Kettle", "price": "10.00", "quantity": 5, "category": "Kitchen"}
    with monkeypatch.context() as patch:
        patch.setattr(services, "write_operation", break_then_write)
        assert_unavailable(client.post("/api/products/", body))
    assert not Product.objects.exists()
    assert client.post("/api/products/", body).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_lock_timeout_is_a_503_and_books_nothing():
    alice = make_user("alice")
    kettle, client, other = make_product(alice, quantity=10), client_of(alice), connection.copy()
    other.set_autocommit(False)
    other.cursor().execute("SELECT 1 FROM products_product FOR UPDATE")
    try:
        connection.cursor().execute("SET lock_timeout = '50ms'")
        response = client.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
        assert (response.status_code, response.json()["code"], response.headers["Retry-After"]) == (503, "locked", "1")
        assert "Another request is changing the same rows" in response.json()["detail"]
    finally:
        other.close()
        connection.close()
    assert Movement.objects.count() == 1


def build_error(state):
    """Return Django's error for this SQLSTATE."""
    with pytest.raises(Error) as raised, connection.wrap_database_errors:
        raise psycopg.errors.lookup(state)("x")
    return raised.value


@all_cases("error_class", [OperationalError, InterfaceError])
def test_a_database_that_does_not_respond_is_away(error_class):
    error = error_class("x")
    error.__cause__ = psycopg.Error("x")
    assert is_database_away(error)


@all_cases(
    ("state", "code"),
    [
        ("55P03", "locked"), ("40001", "locked"), ("40P01", "locked"),
        ("08006", "database_unavailable"), ("53300", "database_unavailable"), ("57P01", "database_unavailable"),
        ("25006", "database_unavailable"),
    ],
)  # fmt: skip
def test_the_code_says_whether_the_database_is_away_or_other_requests_are_in_the_way(state, code):
    data, headers = database_refusal(build_error(state), "POST")
    assert (data["code"], headers) == (code, {"Retry-After": "1"})


@all_cases(
    "state",
    ["08006", "53100", "53300", "57P01", "57P03", "55P03", "40001", "40P01", "25006", "25P03", "25P04"],
)
def test_temporary_errors_count_as_away(state):
    assert is_database_away(build_error(state))


@all_cases("state", ["42P01", "23505", "22001", "25P02", "57014"])
def test_permanent_errors_do_not_count_as_away(state):
    assert not is_database_away(build_error(state))


@all_cases("error", [InternalError("cursor is not valid"), ValueError("x"), None])
def test_errors_without_a_response_of_the_database_do_not_count_as_away(error):
    assert not is_database_away(error)
