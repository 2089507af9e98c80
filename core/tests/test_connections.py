"""A kept connection that has died is found out by the request's first read, and replaced."""

import pytest
from django.db import OperationalError, connection

from core.connections import read_with_reconnect
from testing.cast import client_of, make_user
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def end_connection():
    """As a restart of the database ends it: behind the client's back."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend()])
    other.close()


def test_a_dead_connection_is_replaced():
    before = backend()
    end_connection()
    assert read_with_reconnect(backend) != before


def test_a_living_one_is_kept():
    before = backend()
    assert read_with_reconnect(backend) == before


def test_an_error_of_a_living_connection_is_raised_at_once():
    tries = []

    def refuse():
        tries.append(1)
        raise OperationalError("lock timeout")

    backend()
    with pytest.raises(OperationalError):
        read_with_reconnect(refuse)
    assert len(tries) == 1


def test_a_database_that_stays_away_is_an_error(monkeypatch):
    end_connection()

    def gone(*_):
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "get_new_connection", gone)
    with pytest.raises(OperationalError, match="connection refused"):
        read_with_reconnect(backend)
    connection.close()


def test_a_request_with_a_token_is_answered_after_its_connection_died():
    client = client_of(make_user("alice"))
    end_connection()
    assert client.get("/api/").status_code == 200
    assert User.objects.count() == 1


def test_it_asks_once(django_assert_num_queries):
    client = client_of(make_user("alice"))
    with django_assert_num_queries(1):
        assert client.get("/api/").status_code == 200
