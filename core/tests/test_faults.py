"""The product in production mode with its database stopped, killed, full or read-only, and while it stops itself."""

import http.client
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psycopg
import pytest

from testing.servers import serving

SUPPLIER = {"name": "Acme"}
# Pg_stat_activity can't be used: within a transaction it does not change.
WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted"


@pytest.fixture
def service(served_database, running_service, owner_token):
    """Return `running_service`. Its database runs again after the test."""
    yield running_service
    served_database.start()


def assert_unavailable(response):
    assert (response.status, response.headers["Retry-After"]) == (503, "1")
    assert response.headers["Content-Type"] == "application/json"
    assert response.body["code"] == "database_unavailable"


def statuses(service, token, times=16):
    """Return the statuses of parallel requests.

    There are enough for each thread of each worker to reuse its connection.
    """
    with ThreadPoolExecutor(times) as pool:
        responses = [pool.submit(service.send, "GET", "/api/products/", token=token) for _ in range(times)]
        return {response.result().status for response in responses}


def test_returns_503_while_the_database_is_stopped(service, served_database, owner_token):
    assert statuses(service, owner_token) == {200}
    served_database.stop()
    assert_unavailable(service.send("GET", "/api/products/", token=owner_token))
    assert_unavailable(service.send("POST", "/api/login/", {"username": "alice", "password": serving.PASSWORD}))
    assert_unavailable(service.send("GET", "/readyz"))
    assert service.send("GET", "/healthz").status == 200


@pytest.mark.parametrize("end", ["kill", pytest.param("stop", marks=pytest.mark.long)])
def test_first_requests_after_the_database_is_back_succeed_in_every_worker(service, served_database, owner_token, end):
    assert statuses(service, owner_token) == {200}
    getattr(served_database, end)()
    served_database.start()
    assert statuses(service, owner_token) == {200}


@contextmanager
def full(database):
    """Use up all connections of the server."""
    links = [database.connect()]
    links[0].execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    try:
        with suppress(psycopg.OperationalError):  # the server has too many clients
            while True:
                links.append(database.connect())
        yield
    finally:
        for link in links:
            link.close()


def test_returns_503_if_the_database_has_no_free_connection(service, served_database, owner_token):
    with full(served_database):
        assert_unavailable(service.send("GET", "/api/products/", token=owner_token))
        assert_unavailable(service.send("POST", "/api/suppliers/", SUPPLIER, owner_token))
    assert statuses(service, owner_token) == {200}


@contextmanager
def read_only(database):
    """Make the database read-only, as a standby is after a failover."""
    switch = "ALTER DATABASE postgres SET default_transaction_read_only ="
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with database.connect() as link:
        link.execute(f"{switch} on")
        link.execute(end_all)
        yield
        link.execute(f"{switch} off")
        link.execute(end_all)


def test_returns_503_for_writes_if_the_database_is_read_only(service, served_database, owner_token):
    with read_only(served_database):
        assert_unavailable(service.send("POST", "/api/suppliers/", SUPPLIER, owner_token))
        assert service.send("GET", "/api/products/", token=owner_token).status == 200
    assert service.send("POST", "/api/suppliers/", SUPPLIER, owner_token).status == 201


def test_a_key_reads_from_a_read_only_database_and_a_restarted_one(service, served_database, owner_token):
    """In a database that can be written, the first use of a key is recorded."""
    made = service.send("POST", "/api/keys/", {"name": "till 1", "scope": "book"}, owner_token).body
    with read_only(served_database):
        assert service.send("GET", "/api/products/", token=made["key"]).status == 200
    served_database.stop()
    assert_unavailable(service.send("GET", "/api/products/", token=made["key"]))
    served_database.start()
    assert statuses(service, made["key"]) == {200}
    found = service.send("GET", f"/api/keys/{made['id']}/", token=owner_token).body
    assert found["last_used_at"] is not None


@pytest.mark.parametrize(
    ("name", "claim"),
    [("X-Forwarded-Proto", "https"), ("X-Forwarded-Protocol", "ssl"), ("X-Forwarded-Ssl", "on"), ("Script_Name", "/x")],
)
def test_ignores_proxy_headers_if_no_proxy_is_trusted(service, owner_token, name, claim):
    """The request comes from 127.0.0.1, which gunicorn trusts by default."""
    link = http.client.HTTPConnection("127.0.0.1", service.port, timeout=serving.RESPONSE_SECONDS)
    link.request("GET", "/api/", headers={name: claim, "Authorization": f"Bearer {owner_token}"})
    response = link.getresponse()
    body = response.read()
    link.close()
    assert (response.status, b"http://127.0.0.1" in body, b"https" in body) == (200, True, False)


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.long
def test_a_killed_worker_is_replaced(service, owner_token):
    before = service.workers()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(service.workers()) == len(before) and not set(service.workers()) & set(before))
    wait_until(service.is_ready)
    assert service.send("GET", "/api/products/", token=owner_token).status == 200


@pytest.mark.long
def test_stopping_the_service_finishes_running_requests(served_database, owner_token, running_service):
    """This must be the last test of the file, because it stops `running_service`."""
    kettle = {"name": "Kettle", "price": "1.00", "quantity": 5}
    product = running_service.send("POST", "/api/products/", kettle, owner_token).body
    sale = {"product": product["id"], "movement_type": "OUT", "quantity": 1}
    with ThreadPoolExecutor(2) as pool, served_database.connect() as rival:
        with rival.transaction():
            rival.execute("SELECT 1 FROM products_product FOR UPDATE")
            response = pool.submit(running_service.send, "POST", "/api/stock/", sale, owner_token)
            wait_until(lambda: rival.execute(WAITING).fetchone())
            stopping = pool.submit(running_service.stop)
            time.sleep(0.5)
            assert not response.done()
        assert response.result().status == 201
        assert stopping.result() == 0
    with pytest.raises(ConnectionRefusedError):
        running_service.send("GET", "/healthz")
