"""The gunicorn worker, tested over real sockets: time limits, and limits of connections and bytes."""

import select
import time
from contextlib import ExitStack

import pytest

from core.server import worker
from testing.servers.tiny_client import TIMEOUT_SECONDS, await_start, digest, post, read_all, read_until, run_server
from testing.tables import all_cases

BEGINNINGS = {
    "none": b"",
    "head": b"GET / HT",
    "body": post(b"half", length=8),
    "next": post(b"done") + b"GET / HT",
}


@pytest.fixture(scope="module")
def silent_clients(tiny_server):
    """Return connections that have sent one of BEGINNINGS, and wait at the same time."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(tiny_server.connect(text)) for name, text in BEGINNINGS.items()}


@all_cases("name", BEGINNINGS)
def test_closes_a_client_that_stops_sending(silent_clients, name):
    started = time.monotonic()
    read_all(silent_clients[name])
    assert time.monotonic() - started < 10


def test_a_pipelined_request_gets_the_full_timeout():
    with run_server("--keep-alive=1", "HEAD_SECONDS=20", "BODY_SECONDS=20") as server:
        whole = post(b"half", "Connection: close", length=8)
        cuts = (20, len(whole))
        clients = [server.connect(post(b"first") + whole[:cut]) for cut in cuts]
        for client in clients:
            assert read_until(client, digest(b"first"))
        time.sleep(3)
        for client, cut in zip(clients, cuts, strict=True):
            with client:
                client.sendall(whole[cut:] + b"half")
                assert read_all(client).endswith(digest(b"halfhalf"))


def test_closes_a_client_that_sends_its_head_too_slowly(tiny_server):
    def drip(client):
        for _ in range(100):
            client.sendall(b"G")
            time.sleep(0.1)

    with tiny_server.connect() as client, pytest.raises(ConnectionError):
        drip(client)


def test_keeps_a_response_until_its_client_reads_it():
    with run_server("SEND_SECONDS=20") as server, server.connect_without_reading(20_000_000) as client:
        for _ in range(3):
            assert server.send(post(b"parallel", "Connection: close")).endswith(digest(b"parallel"))
        assert len(read_all(client).partition(b"\r\n\r\n")[2]) == 20_000_000


def test_closes_a_client_that_does_not_read_its_response():
    times = ("SEND_SECONDS=0.1", "MIN_BYTES_PER_SECOND=100000000")
    with run_server(*times) as server, server.connect_without_reading(20_000_000) as client:
        time.sleep(2)
        assert len(read_all(client)) < 20_000_000


def test_bounds_the_bytes_of_unread_responses():
    with run_server("SEND_SECONDS=20", "MAX_KEPT_BYTES=30000000") as server:
        first, second = server.connect_without_reading(25_000_000), server.connect_without_reading(40_000_000)
        time.sleep(2)
        with first, second:
            assert len(read_all(second)) < 40_000_000
            assert len(read_all(first).partition(b"\r\n\r\n")[2]) == 25_000_000


def readable(clients):
    """Return the connections that have received something or were closed by the server."""
    return select.select(clients, [], [], 0)[0]


def test_bounds_the_bytes_of_queued_requests(tmp_path):
    """Two requests occupy both threads until a file exists. The largest of the queued requests are closed."""
    release, body = tmp_path / "release", b"x" * 2_000_000
    with run_server("BODY_SECONDS=60", "MAX_KEPT_BYTES=5000000") as server, ExitStack() as stack:
        held = post(b"held", "Connection: close", path=f"/wait-for-file?{release}")
        clients = [stack.enter_context(server.connect(held)) for _ in range(2)]
        await_start(release, 2)
        for text in [post(b"small", "Connection: close"), *[post(body, "Connection: close")] * 5]:
            clients.append(stack.enter_context(server.connect(text)))
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while len(readable(clients)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        closed = readable(clients)
        release.touch()
        assert len(closed) == 3
        assert not set(closed) & set(clients[:3])
        bodies = [read_all(client).rpartition(b"\r\n")[2] for client in clients if client not in closed]
    assert bodies == [digest(b"held"), digest(b"held"), digest(b"small"), digest(body), digest(body)]


def test_closes_the_longest_waiting_connection_if_there_are_too_many(capfd):
    with run_server("HEAD_SECONDS=30", "--worker-connections=20") as server:
        clients = [server.connect(b"GET / HT") for _ in range(60)]
        assert server.send(post(b"new", "Connection: close")).endswith(digest(b"new"))
        assert clients[0].recv(1) == b""
        deadline, log = time.monotonic() + TIMEOUT_SECONDS, ""
        while "Too many connections or buffered bytes: closed " not in log:
            assert time.monotonic() < deadline
            time.sleep(0.05)
            log += capfd.readouterr().err
        for client in clients:
            client.close()


def test_does_not_close_a_connection_that_makes_progress():
    with run_server("HEAD_SECONDS=30", "BODY_SECONDS=30", "--worker-connections=20") as server:
        working = server.connect(post(b"", "Connection: close", length=60))
        clients = []
        for _ in range(60):
            clients.append(server.connect(b"GET / HT"))
            working.sendall(b"x")
            time.sleep(0.02)
        assert read_all(working).endswith(digest(b"x" * 60))
        for client in [*clients, working]:
            client.close()


def test_a_large_body_gets_more_time_than_a_small_one():
    assert worker.timeout_for(30, 20 * 2**20) > 20 * 60
    assert worker.timeout_for(30, 100) < 31
