"""The service with a real streaming standby. `make live GROUND=replica` runs all tests of the API like this."""

import json
import time
from contextlib import contextmanager

import pytest

from core.database import replicas
from testing.servers import serving
from testing.servers.cluster import Cluster
from testing.servers.grounds import DATABASE
from testing.servers.grounds.replica import ROLE, run_pair

pytestmark = pytest.mark.long

LISTS = ("/api/stock/", "/api/products/", "/api/stock/verify/")
SLOW = 60  # the seconds that a busy machine may need


@pytest.fixture(scope="module")
def pair():
    with run_pair(migrated=True) as pair:
        yield pair


@pytest.fixture(scope="module")
def service(pair):
    with serving.run_service(serving.Database(pair.folder), **pair.variables, WEB_CONCURRENCY="1") as service:
        yield service


@pytest.fixture(scope="module")
def token(service):
    return service.sign_up("alice")


@pytest.fixture(scope="module")
def product(service, token):
    return service.send("POST", "/api/products/", {"name": "Tea", "price": "1.00"}, token).body["id"]


def book(service, token, product):
    """Book a movement, and return its id."""
    line = {"product": product, "movement_type": "IN", "quantity": 1}
    response = service.send("POST", "/api/stock/", line, token)
    assert response.status == 201
    return response.body["id"]


def read_newest(service, token):
    response = service.send("GET", "/api/stock/", token=token)
    assert response.status == 200
    return response.body["results"][0]["id"]


def read_log(service, logger):
    lines = [json.loads(line) for line in service.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["logger"] == logger]


def list_sources(service):
    """Return the databases that the requests have read from, in order."""
    return [line["read_from"] for line in read_log(service, "inventory_api.request") if "read_from" in line]


def wait_for_the_replica(service, token):
    """Wait until the replica serves."""
    deadline = time.monotonic() + SLOW
    while True:
        assert service.send("GET", "/api/stock/", token=token).status == 200
        if list_sources(service)[-1] == "replica":
            return
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_each_write_is_in_the_next_read_and_the_replica_serves(service, token, product):
    wait_for_the_replica(service, token)
    before = len(list_sources(service))
    for _ in range(30):
        assert book(service, token, product) == read_newest(service, token)
    assert "replica" in list_sources(service)[before:]


def test_the_replica_runs_the_statements(pair, service, token, product):
    wait_for_the_replica(service, token)
    for address in LISTS:
        assert service.send("GET", address, token=token).status == 200
    counted = pair.standby.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'inventory'")
    assert counted > [(0,)]


def test_a_replica_that_lags_is_logged_and_no_response_is_outdated(pair, service, token, product):
    wait_for_the_replica(service, token)
    pair.standby.execute("SELECT pg_wal_replay_pause()")
    try:
        for _ in range(5):
            assert book(service, token, product) == read_newest(service, token)
        assert list_sources(service)[-5:] == ["default"] * 5
    finally:
        pair.standby.execute("SELECT pg_wal_replay_resume()")
    [line] = read_log(service, "inventory_api.replicas")
    assert (line["database"], line["reason"]) == ("replica", replicas.LAGS)
    wait_for_the_replica(service, token)


def test_a_deactivated_user_is_refused_at_once_while_the_replica_lags(pair, service, token):
    worker = {"username": "bob", "password": serving.PASSWORD}
    created = service.send("POST", "/api/users/", worker, token)
    assert created.status == 201
    login = service.send("POST", "/api/login/", worker).body
    wait_for_the_replica(service, login["access"])
    pair.standby.execute("SELECT pg_wal_replay_pause()")
    try:
        changed = service.send("PATCH", f"/api/users/{created.body['id']}/", {"is_active": False}, token)
        assert changed.status == 200, changed.body
        assert service.send("GET", "/api/stock/", token=login["access"]).status == 401
    finally:
        pair.standby.execute("SELECT pg_wal_replay_resume()")


def test_a_replica_that_restarts_or_is_away_causes_no_error(pair, service, token, product):
    wait_for_the_replica(service, token)
    pair.standby.stop()
    pair.standby.start()
    assert book(service, token, product) == read_newest(service, token)
    pair.standby.stop("immediate")
    for _ in range(5):
        assert book(service, token, product) == read_newest(service, token)
    assert list_sources(service)[-5:] == ["default"] * 5
    assert service.send("GET", "/readyz").status == 200
    pair.standby.start()
    wait_for_the_replica(service, token)
    assert len(read_log(service, "inventory_api.replicas")) < 4


def test_a_replica_that_was_promoted_is_not_used_any_more(pair, service, token, product):
    wait_for_the_replica(service, token)
    pair.standby.promote()
    pair.standby.execute("DELETE FROM users_securityevent", DATABASE)  # from here on it differs from the primary
    for _ in range(3):
        assert book(service, token, product) == read_newest(service, token)
    assert list_sources(service)[-3:] == ["default"] * 3


@pytest.mark.long
def test_after_a_failover_a_standby_of_the_old_primary_is_refused_although_it_is_ahead():
    """It has the last writes of the old primary, which the new primary lacks.

    Later it lacks the new primary's writes.
    """
    with run_pair() as pair, run_copy(pair.primary, pair.folder / "other") as other:
        assert ask(pair.primary, other) == (True, True)
        pair.standby.stop()
        pair.primary.execute("CREATE TABLE late ()")
        wait_until(lambda: ask(pair.primary, other) == (True, True))
        pair.primary.stop("immediate")
        pair.standby.start()
        pair.standby.promote()
        assert ask(pair.standby, other) == (False, True)


@contextmanager
def run_copy(primary, folder):
    """Run another standby."""
    copy = Cluster(folder)
    copy.copy(primary, "-R")
    copy.start()
    try:
        wait_until(lambda: ask(primary, copy) == (True, True))
        yield copy
    finally:
        copy.stop("immediate")


def ask(primary, replica):
    """Return whether the replica replays this primary's WAL, and whether it has replayed all of it."""
    [position] = primary.execute(replicas.PRIMARY_POSITION, user=ROLE)
    parameters = dict(zip(("position", "timeline", "system"), position, strict=True))
    with replica.connect(user=ROLE) as connection:
        return connection.execute(replicas.REPLICA_POSITION, parameters).fetchone()


def wait_until(is_done):
    deadline = time.monotonic() + SLOW
    while not is_done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
