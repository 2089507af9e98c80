"""The code of a 503 says whether a retry may help: `locked`, `database_unavailable`, `took_too_long` and others."""

from contextlib import closing, contextmanager

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client

from core.database.postgres.base import CommitLost
from core.database.transactions import atomic
from stock.models import Movement
from suppliers.models import Supplier
from testing.cast.people import PASSWORD, client_of, make_product, make_user

real = pytest.mark.django_db(transaction=True)
SLOW, SLEEP = "SET statement_timeout = '20ms'", "SELECT pg_sleep(10)"


@pytest.fixture
def slow_root(monkeypatch):
    """Make the root of the API so slow that the database stops its statement."""

    def reverse(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute(SLOW)
            cursor.execute(SLEEP)

    monkeypatch.setattr("inventory_api.start_views.reverse", reverse)


def assert_refused(response, code):
    assert (response.status_code, response.json()["code"]) == (503, code)
    assert "Retry-After" not in response.headers


@pytest.mark.quick
def test_a_statement_stopped_at_the_time_limit_is_took_too_long(as_alice, slow_root):
    assert_refused(as_alice.get("/api/"), "took_too_long")


def test_a_page_of_the_browsable_api_shows_took_too_long(as_alice, slow_root):
    page = as_alice.get("/api/", headers={"Accept": "text/html"})
    assert (page.status_code, "took_too_long" in page.text, "Retry-After" in page.headers) == (503, True, False)


@pytest.mark.django_db
def test_a_view_outside_of_the_api_returns_took_too_long(client, monkeypatch):
    def sleep():
        with connection.cursor() as cursor:
            cursor.execute(SLOW)
            cursor.execute(SLEEP)

    monkeypatch.setattr("inventory_api.health_views.pending_migrations", sleep)
    client.raise_request_exception = False
    with transaction.atomic():
        assert_refused(client.get("/readyz"), "took_too_long")
        transaction.set_rollback(True)


@contextmanager
def lost_commits():
    """Break the connection after each COMMIT, before its response arrives."""
    commit = psycopg.Connection.commit

    def lose(link):
        commit(link)
        link.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Connection, "commit", lose)
        yield


def sell(client, product, **headers):
    body = {"product": product.pk, "movement_type": "OUT", "quantity": 1}
    return client.post("/api/stock/", body, headers=headers)


@real
def test_a_lost_commit_is_outcome_unknown_and_a_retry_with_the_key_returns_the_outcome():
    alice = make_user("alice")
    client, kettle, key = client_of(alice), make_product(alice, quantity=10), {"Idempotency-Key": "till-1"}
    with lost_commits():
        assert_refused(sell(client, kettle, **key), "outcome_unknown")
    again = sell(client, kettle, **key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert Movement.objects.count() == 2


@real
def test_a_commit_that_did_not_arrive_is_outcome_unknown():
    client = client_of(make_user("alice"))
    commit = psycopg.Connection.commit

    def end_then_commit(link):
        parameters = {"host": link.info.host, "user": link.info.user, "dbname": link.info.dbname}
        with closing(psycopg.connect(**parameters, autocommit=True)) as other:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [link.info.backend_pid])
        commit(link)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Connection, "commit", end_then_commit)
        assert_refused(client.post("/api/suppliers/", {"name": "Acme"}), "outcome_unknown")
    assert not Supplier.objects.exists()
    assert client.post("/api/suppliers/", {"name": "Acme"}).status_code == 201


@real
def test_does_not_retry_a_transaction_after_a_lost_commit(alice):
    runs = []

    @atomic
    def run():
        runs.append(Supplier.objects.create(owner=alice, name=f"Acme {len(runs)}"))

    with lost_commits(), pytest.raises(CommitLost):
        run()
    assert len(runs) == Supplier.objects.count() == 1


@real
def test_a_read_whose_commit_was_lost_may_be_retried(alice):
    client = client_of(alice)
    with lost_commits():
        response = client.get("/api/reports/idle/")
    assert (response.json()["code"], response.headers["Retry-After"]) == ("database_unavailable", "1")


@real
def test_a_commit_that_the_database_refuses_because_of_a_lock_is_locked(alice):
    client = client_of(alice)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'locked' USING ERRCODE = '55P03'; END $$;"
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON suppliers_supplier"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()"
        )
    try:
        response = client.post("/api/suppliers/", {"name": "Acme"})
    finally:
        connection.cursor().execute("DROP FUNCTION pg_temp.refuse CASCADE")
    assert (response.json()["code"], response.headers["Retry-After"]) == ("locked", "1")
    assert not Supplier.objects.exists()


@real
def test_a_page_outside_of_the_api_says_that_the_change_may_have_taken_effect(alice):
    client = Client(raise_request_exception=False)
    with lost_commits():
        body = {"username": "alice", "password": PASSWORD}
        page = client.post("/api-auth/login/", body, headers={"Accept": "text/html"})
    assert (page.status_code, "Retry-After" in page.headers) == (503, False)
    assert "may have taken effect" in page.text
