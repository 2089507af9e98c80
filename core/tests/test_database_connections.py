"""The first read of a request replaces a persistent connection that has broken."""

from importlib import import_module

import pytest
from django.db import NotSupportedError, OperationalError, connection

from core.database.postgres.base import fetch, read_with_reconnect
from testing.cast.people import client_of, make_user
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def get_backend_pid():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def end_connection():
    """Terminate the connection on the server, as a restart of the database does."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [get_backend_pid()])
    other.close()


def test_replaces_a_broken_connection():
    before = get_backend_pid()
    end_connection()
    assert read_with_reconnect(get_backend_pid) != before


def test_keeps_a_working_connection():
    before = get_backend_pid()
    assert read_with_reconnect(get_backend_pid) == before


def test_does_not_repeat_an_error_of_a_working_connection():
    tries = []

    def refuse():
        tries.append(1)
        raise OperationalError("lock timeout")

    get_backend_pid()
    with pytest.raises(OperationalError):
        read_with_reconnect(refuse)
    assert len(tries) == 1


def test_replaces_a_connection_whose_prepared_statements_a_migration_has_changed():
    """PostgreSQL refuses to execute a prepared statement after the type of a column that it returns has changed."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE shelf (label varchar(3))")
    connection.connection.prepare_threshold = 0  # the tests prepare nothing otherwise
    try:
        assert read_labels() == []
        before = get_backend_pid()
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("ALTER TABLE shelf ALTER COLUMN label TYPE varchar(4)")
        other.close()
        with pytest.raises(NotSupportedError, match="cached plan"):
            read_labels()
        assert read_with_reconnect(read_labels) == []
        assert get_backend_pid() != before
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE shelf")


def read_labels():
    return fetch("SELECT label FROM shelf")


def test_the_migration_of_roles_ends_the_connections_of_the_running_release():
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT 1")
        with connection.cursor() as migrating:
            migrating.execute(import_module("users.migrations.0020_roles").END_CONNECTIONS)
        with pytest.raises(OperationalError, match="terminat"):
            cursor.execute("SELECT 1")
    other.close()


def test_raises_the_error_if_it_cannot_reconnect(monkeypatch):
    end_connection()

    def fail(*_):
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "get_new_connection", fail)
    with pytest.raises(OperationalError, match="connection refused"):
        read_with_reconnect(get_backend_pid)
    connection.close()


def test_a_request_with_a_token_succeeds_after_its_connection_broke():
    client = client_of(make_user("alice"))
    end_connection()
    assert client.get("/api/").status_code == 200
    assert User.objects.count() == 1


def test_needs_one_query(django_assert_num_queries):
    client = client_of(make_user("alice"))
    with django_assert_num_queries(1):
        assert client.get("/api/").status_code == 200
