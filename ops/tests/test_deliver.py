"""`manage.py deliver` as a process: it sends over TLS, survives failures around it, and stops when it should.

`make check` runs those about what is sent. The others start more processes, or wait for them.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.database.embedded import place
from records.events.webhooks.tests.receivers import hang, make_certificate, run_receiver
from testing.servers import serving

WAIT_SECONDS = 20


def wait_until(condition, seconds=WAIT_SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1")


@pytest.fixture(scope="module")
def database():
    with serving.run_database(migrated=True) as running:
        yield running


@pytest.fixture(scope="module")
def service(database, certificate):
    """Return the service in production mode. It may send to this machine, and trusts the certificate."""
    allowed = {"WEBHOOK_PRIVATE_NETWORKS": "127.0.0.0/8", "SSL_CERT_FILE": str(certificate)}
    with serving.run_service(database, **allowed) as running:
        yield running


class Worker:
    """A process of `manage.py deliver`."""

    def __init__(self, service, *arguments):
        command = [sys.executable, "manage.py", "deliver", *arguments]
        with service.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=place.CLONE, env=service.variables, stdout=log, stderr=log
            )  # fmt: skip

    def stop(self, number=signal.SIGTERM):
        """Send the signal. Return the seconds until the process has ended."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(WAIT_SECONDS)
        return time.monotonic() - started


@pytest.fixture
def start_worker(service):
    """Return a function that starts a worker. All workers end with the test."""
    workers = []

    def start(*arguments):
        workers.append(Worker(service, *arguments))
        return workers[-1]

    yield start
    for worker in workers:
        if worker.process.poll() is None:
            worker.stop(signal.SIGKILL)


def open_shop(service, name, receiver):
    """Register an owner with a webhook. Return the token."""
    token = service.sign_up(name)
    added = service.send("POST", "/api/webhooks/", {"url": receiver.url}, token)
    assert added.status == 201, added.body
    return token


def add_product(service, token, name="Pot"):
    assert service.send("POST", "/api/products/", {"name": name, "price": "1.00"}, token).status == 201


def test_sends_over_tls_and_stops_at_a_signal(service, start_worker, certificate):
    with run_receiver(certificate=certificate) as receiver:
        token = open_shop(service, "anna", receiver)
        add_product(service, token)
        worker = start_worker()
        wait_until(lambda: receiver.requests)
        assert worker.stop() < 5
    assert worker.process.returncode == 0
    assert '"sent": 1' in service.log.read_text()


@pytest.mark.long
def test_seals_a_shop_that_has_booked_something(service, start_worker):
    token = service.sign_up("selma")
    product = {"name": "Pot", "price": "1.00", "quantity": 3}
    assert service.send("POST", "/api/products/", product, token).status == 201
    start_worker()
    wait_until(lambda: service.send("GET", "/api/stock/seals/", token=token).body["results"])


@pytest.mark.long
def test_removes_what_a_request_has_written_after_its_user_was_erased(database, service, start_worker):
    """The worker looks for it every few seconds."""
    token = service.sign_up("olga")
    made = service.send("POST", "/api/users/", {"username": "zeno", "password": serving.PASSWORD}, token).body
    assert service.send("POST", f"/api/users/{made['id']}/erase/", {}, token).status == 200
    till = service.send("POST", "/api/tills/", {"name": "zeno's"}, token).body["id"]
    database.execute(f"UPDATE tills_till SET user_id = {made['id']} WHERE id = {till}")
    start_worker()
    wait_until(lambda: service.send("GET", f"/api/tills/{till}/", token=token).body["name"] == f"till {till}")


def test_a_worker_that_is_killed_after_sending_sends_again_and_loses_nothing(
    database, service, start_worker, certificate
):
    """The receiver kills the worker when it has the event, so the worker can't move the position."""
    workers = []

    def kill_sender(handler):
        workers[0].stop(signal.SIGKILL)

    with run_receiver(kill_sender, 204, certificate=certificate) as receiver:
        token = open_shop(service, "berta", receiver)
        workers.append(start_worker())
        add_product(service, token)
        wait_until(lambda: workers[0].process.poll() is not None)
        add_product(service, token, "Pan")
        start_worker()
        time.sleep(1.5)
        assert receiver.get_positions() == [1]  # the lease of the killed worker has not ended
        database.execute("UPDATE events_webhook SET leased_until = clock_timestamp()")
        wait_until(lambda: len(receiver.requests) == 3)
    assert receiver.get_positions() == [1, 1, 2]
    assert receiver.get_ids()[0] == receiver.get_ids()[1]


@pytest.mark.long
def test_survives_a_database_that_was_away(database, service, start_worker, certificate):
    with run_receiver(certificate=certificate) as receiver:
        token = open_shop(service, "carla", receiver)
        worker = start_worker()
        add_product(service, token)
        wait_until(lambda: receiver.requests)
        database.stop()
        wait_until(lambda: "database is away" in service.log.read_text())
        database.start()
        wait_until(service.is_ready)
        add_product(service, token, "Pan")
        wait_until(lambda: len(receiver.requests) == 2, 40)
        assert worker.process.poll() is None


@pytest.mark.long
def test_a_stop_waits_for_the_running_attempt_alone(service, start_worker, certificate):
    with run_receiver(hang(2), certificate=certificate) as receiver:
        token = open_shop(service, "doris", receiver)
        worker = start_worker()
        add_product(service, token)
        wait_until(lambda: receiver.requests)
        assert worker.stop(signal.SIGINT) < 10  # the attempt takes 2 s
    assert worker.process.returncode == 0


@pytest.mark.long
def test_stops_when_its_parent_has_ended(service, start_worker):
    """A shell starts the worker and ends immediately, as a killed gunicorn does."""
    command = f"{sys.executable} manage.py deliver --parent $$ & echo $!; sleep 3"
    with service.log.open("ab") as log:
        shell = subprocess.Popen(
            ["sh", "-c", command], cwd=place.CLONE, env=service.variables, stdout=subprocess.PIPE, stderr=log, text=True
        )
    worker = int(shell.stdout.readline())
    time.sleep(2)
    assert is_running(worker)
    shell.kill()
    shell.wait()
    shell.stdout.close()
    wait_until(lambda: not is_running(worker), 10)


def is_running(pid):
    """Return whether the process runs.

    A process that has ended may still be listed until its parent reads its status.
    """
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


# --- Beside gunicorn --------------------------------------------------------------------------------------


def find_workers(service):
    """Return the ids of the workers that gunicorn has started and that have begun to work."""
    with serving.Database(service.log.parent).connect() as connection:
        reported = {pid for (pid,) in connection.execute("SELECT pid FROM support_workerprocess")}
    return [pid for pid in service.workers() if pid in reported]


def measure_own_memory(process):
    """Return the megabytes that the process shares with no other."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) // 1024


@pytest.fixture
def whole(database, certificate):
    """Return the service with a worker, as `make run` starts it."""
    allowed = {"WEBHOOK_PRIVATE_NETWORKS": "127.0.0.0/8", "SSL_CERT_FILE": str(certificate)}
    with serving.run_service(database, START_WORKER="on", **allowed) as running:
        yield running


@pytest.mark.long
def test_the_worker_shares_the_memory_of_gunicorn(whole):
    wait_until(lambda: find_workers(whole))
    [worker] = find_workers(whole)
    time.sleep(5)  # it does each of its jobs
    assert 10 < measure_own_memory(worker) < 60


@pytest.mark.long
def test_the_worker_ends_after_a_killed_gunicorn(whole):
    wait_until(lambda: find_workers(whole))
    [worker] = find_workers(whole)
    gunicorn_workers = [pid for pid in whole.workers() if pid != worker]
    os.kill(whole.process.pid, signal.SIGKILL)
    whole.process.wait()
    wait_until(lambda: not is_running(worker), 10)
    for pid in gunicorn_workers:
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.long
def test_a_worker_that_is_killed_is_started_again_and_stops_with_gunicorn(whole, database, certificate):
    wait_until(lambda: find_workers(whole))
    [killed] = find_workers(whole)
    os.kill(killed, signal.SIGKILL)
    assert whole.send("GET", "/readyz").status == 200  # the service does not depend on the worker
    wait_until(lambda: find_workers(whole) and killed not in find_workers(whole))
    with run_receiver(certificate=certificate) as receiver:
        add_product(whole, open_shop(whole, "frieda", receiver))
        wait_until(lambda: receiver.requests)
    assert '"worker has ended"' in whole.log.read_text()
    [worker] = find_workers(whole)
    assert whole.stop() == 0
    wait_until(lambda: not is_running(worker), 2)
    assert not find_workers(whole)


@pytest.mark.long
def test_ctrl_c_stops_gunicorn_and_the_worker_without_a_warning(whole):
    wait_until(lambda: find_workers(whole))
    before = len(whole.log.read_text())
    os.killpg(whole.process.pid, signal.SIGINT)
    assert whole.process.wait(10) == 0
    logged = whole.log.read_text()[before:]
    assert "Shutting down" in logged
    assert "worker has ended" not in logged
