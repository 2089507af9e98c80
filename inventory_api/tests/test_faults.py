"""The service in production mode while its database is stopped, killed, full or read-only, and while it is stopped."""

import http.client
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psycopg
import pytest

from testing import serving

SUPPLIER = {"name": "Acme"}
WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted"  # pg_stat_activity is read once in a transaction


@pytest.fixture(scope="module")
def database():
    with serving.database() as database:
        yield database


@pytest.fixture(scope="module")
def running(database):
    with serving.service(database) as service:
        yield service


@pytest.fixture(scope="module")
def token(running):
    return running.sign_up("alice")


@pytest.fixture
def service(database, running, token):
    yield running
    database.start()


def assert_away(answer):
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.body["code"] == "database_unavailable"


def statuses(service, token, times=16):
    """As many requests at once, so that every thread of every worker meets the connection it had before."""
    with ThreadPoolExecutor(times) as pool:
        answers = [pool.submit(service.ask, "GET", "/api/products/", token=token) for _ in range(times)]
        return {answer.result().status for answer in answers}


def test_while_the_database_is_stopped_what_needs_it_is_a_503(service, database, token):
    assert statuses(service, token) == {200}
    database.stop()
    assert_away(service.ask("GET", "/api/products/", token=token))
    assert_away(service.ask("POST", "/api/login/", {"username": "alice", "password": serving.PASSWORD}))
    assert_away(service.ask("GET", "/readyz"))
    assert service.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_first_requests_after_the_database_is_back_succeed_in_every_worker(service, database, token, end):
    assert statuses(service, token) == {200}
    getattr(database, end)()
    database.start()
    assert statuses(service, token) == {200}


@contextmanager
def full(database):
    """Every connection that the server has is taken."""
    links = [database.connect()]
    links[0].execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    try:
        with suppress(psycopg.OperationalError):  # too many clients
            while True:
                links.append(database.connect())
        yield
    finally:
        for link in links:
            link.close()


def test_a_database_full_of_connections_is_a_503(service, database, token):
    with full(database):
        assert_away(service.ask("GET", "/api/products/", token=token))
        assert_away(service.ask("POST", "/api/suppliers/", SUPPLIER, token))
    assert statuses(service, token) == {200}


@contextmanager
def read_only(database):
    """Like a standby, after the primary's role went elsewhere."""
    switch = "ALTER DATABASE postgres SET default_transaction_read_only ="
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with database.connect() as link:
        link.execute(f"{switch} on")
        link.execute(end_all)
        yield
        link.execute(f"{switch} off")
        link.execute(end_all)


def test_a_read_only_database_answers_reads_and_refuses_writes_with_503(service, database, token):
    with read_only(database):
        assert_away(service.ask("POST", "/api/suppliers/", SUPPLIER, token))
        assert service.ask("GET", "/api/products/", token=token).status == 200
    assert service.ask("POST", "/api/suppliers/", SUPPLIER, token).status == 201


@pytest.mark.parametrize(
    ("name", "claim"),
    [("X-Forwarded-Proto", "https"), ("X-Forwarded-Protocol", "ssl"), ("X-Forwarded-Ssl", "on"), ("Script_Name", "/x")],
)
def test_no_claim_of_a_proxy_is_believed_where_none_is_trusted(service, token, name, claim):
    """The request comes from 127.0.0.1, which gunicorn trusts by default."""
    link = http.client.HTTPConnection("127.0.0.1", service.port, timeout=serving.ANSWER_SECONDS)
    link.request("GET", "/api/", headers={name: claim, "Authorization": f"Bearer {token}"})
    answer = link.getresponse()
    body = answer.read()
    link.close()
    assert (answer.status, b"http://127.0.0.1" in body, b"https" in body) == (200, True, False)


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_killed_worker_is_replaced(service, token):
    before = service.workers()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(service.workers()) == len(before) and not set(service.workers()) & set(before))
    until(service.is_ready)
    assert service.ask("GET", "/api/products/", token=token).status == 200


def test_stopping_the_service_finishes_the_request_that_runs(database, token, running):
    """Last in this file: the service is gone afterwards."""
    product = running.ask("POST", "/api/products/", {"name": "Kettle", "price": "1.00", "quantity": 5}, token).body
    sale = {"product": product["id"], "movement_type": "OUT", "quantity": 1}
    with ThreadPoolExecutor(2) as pool, database.connect() as rival:
        with rival.transaction():
            rival.execute("SELECT 1 FROM products_product FOR UPDATE")
            answer = pool.submit(running.ask, "POST", "/api/stock/", sale, token)
            until(lambda: rival.execute(WAITING).fetchone())
            stopping = pool.submit(running.stop)
            time.sleep(0.5)
            assert not answer.done()
        assert answer.result().status == 201
        assert stopping.result() == 0
    with pytest.raises(ConnectionRefusedError):
        running.ask("GET", "/healthz")
