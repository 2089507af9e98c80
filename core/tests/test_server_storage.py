"""The gunicorn worker, tested over real sockets: bodies for which the temporary folder has no room, or that take too
much.
"""

import time
from contextlib import ExitStack, contextmanager

import pytest

from testing.servers.tiny_client import (
    await_start,
    digest,
    fill_storage,
    post,
    read_all,
    read_until,
    run_server,
    status_of,
)
from testing.tables import all_cases

LARGE = b"x" * 300_000


@pytest.fixture(scope="module")
def full_server():
    """Return a server with one worker, whose temporary files can't grow beyond 100,000 bytes."""
    with run_server("BODY_SECONDS=60", "HEAD_SECONDS=60") as server:
        [worker] = server.workers()
        fill_storage(worker)
        yield server
        assert server.workers() == [worker]


def test_answers_507_if_the_folder_is_full_and_keeps_the_other_connections(full_server):
    with full_server.connect(b"GET /none HT") as other:
        response = full_server.send(post(LARGE))
        assert (status_of(response), b"Connection: close" in response) == (507, True)
        other.sendall(b"TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert status_of(read_all(other)) == 204
    assert full_server.send(post(b"small", "Connection: close")).endswith(digest(b"small"))


def test_logs_why_a_body_could_not_be_kept(capfd):
    with run_server() as server:
        fill_storage(server.workers()[0])
        server.send(post(LARGE))
    assert "could not be kept in the temporary folder: [Errno 27] File too large" in capfd.readouterr().err


@all_cases("cut", [1, 10, 100])
def test_answers_507_if_the_head_arrives_in_two_parts(full_server, cut):
    text = post(LARGE, "X: " + "y" * 500)
    with full_server.connect(text[:cut]) as client:
        time.sleep(0.1)
        client.sendall(text[cut:])
        assert status_of(read_all(client)) == 507


def test_answers_507_to_the_second_of_two_pipelined_requests(full_server):
    responses = full_server.send(post(b"first") + post(LARGE))
    assert (status_of(responses), digest(b"first") in responses) == (200, True)
    assert responses.count(b"HTTP/1.1 507") == 1


def test_discards_the_rest_of_a_refused_body_without_keeping_it(full_server):
    with full_server.connect(post(LARGE[:200_000], length=3_000_000)) as client:
        for _ in range(10):
            time.sleep(0.05)
            client.sendall(LARGE[:200_000])
        assert status_of(read_all(client)) == 507


def test_a_body_whose_last_small_piece_finds_no_room_ends_no_worker(full_server):
    """The end of the body would fit into the buffer of a file, and the error would be raised when the worker discards
    the body.
    """
    [worker] = full_server.workers()
    with (
        full_server.connect(b"GET /none HT") as other,
        full_server.connect(post(LARGE[:95_000], length=101_000)) as client,
    ):
        time.sleep(0.2)
        client.sendall(LARGE[:6000])
        assert status_of(read_all(client)) == 507
        client.sendall(b"more")
        time.sleep(0.2)
        other.sendall(b"TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert status_of(read_all(other)) == 204
    assert full_server.workers() == [worker]


def test_bodies_in_small_pieces_fill_the_folder_without_ending_the_worker(full_server):
    """A file with a buffer in the process would accept the pieces, and raise the error later."""
    with ExitStack() as stack:
        clients = [stack.enter_context(full_server.connect(post(LARGE[:95_000], length=900_000))) for _ in range(5)]
        for _ in range(10):
            time.sleep(0.02)
            for client in clients:
                client.sendall(LARGE[:1000])
        assert {status_of(read_all(client)) for client in clients} == {507}
    assert full_server.send(post(b"next", "Connection: close")).endswith(digest(b"next"))


def test_many_clients_fill_the_folder_without_ending_the_worker(full_server):
    with ExitStack() as stack:
        clients = [stack.enter_context(full_server.connect(post(LARGE))) for _ in range(30)]
        assert {status_of(read_all(client)) for client in clients} == {507}


def test_a_response_that_finds_no_room_ends_early_and_the_worker_lives(full_server):
    with full_server.connect_without_reading(20_000_000) as client:
        time.sleep(0.5)
        assert len(read_all(client)) < 20_000_000
    assert full_server.send(post(b"next", "Connection: close")).endswith(digest(b"next"))


# --- Bytes of one client ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bounded_server():
    """Return a server behind one trusted proxy. It keeps at most a million bytes of large bodies for each client."""
    with run_server("BODY_SECONDS=60", "MAX_BODY_BYTES_PER_CLIENT=1000000", "TRUSTED_PROXY_COUNT=1") as server:
        yield server


def upload(address, size, body=b"", *headers):
    return post(body, f"X-Forwarded-For: {address}", "Connection: close", *headers, length=size)


@contextmanager
def begin_upload(server, size):
    """Return a connection whose request the server has begun to receive."""
    with server.connect(upload("192.0.2.1", size, b"", "Expect: 100-continue")) as client:
        read_until(client, b"HTTP/1.1 100 Continue\r\n\r\n")
        yield client


def test_refuses_a_client_whose_bodies_take_too_many_bytes(bounded_server):
    with begin_upload(bounded_server, 700_000) as first:
        refused = bounded_server.send(upload("192.0.2.1", 400_000, b"x" * 1000))
        assert (status_of(refused), b"Connection: close" in refused) == (429, True)
        first.sendall(b"x" * 700_000)
        assert read_all(first).endswith(digest(b"x" * 700_000))
    accepted = upload("192.0.2.1", 400_000, b"x" * 400_000)
    assert bounded_server.send(accepted).endswith(digest(b"x" * 400_000))


def test_refuses_no_small_body_and_no_other_client(bounded_server):
    with begin_upload(bounded_server, 900_000):
        for text in (
            upload("192.0.2.1", 60_000, b"x" * 60_000),
            upload("192.0.2.2", 900_000, b"x" * 900_000),
            upload("192.0.2.1, 192.0.2.3", 900_000, b"x" * 900_000),
        ):
            assert status_of(bounded_server.send(text)) == 200


def test_a_client_has_the_address_that_the_trusted_proxy_adds(bounded_server):
    """The client can invent entries and headers before it."""
    with begin_upload(bounded_server, 900_000):
        for text in (
            upload("192.0.2.9, 192.0.2.1", 900_000),
            upload("192.0.2.9", 900_000, b"", "X-Forwarded-For: 192.0.2.1"),
        ):
            assert status_of(bounded_server.send(text)) == 429


def test_a_refused_client_is_not_told_to_continue(bounded_server):
    with begin_upload(bounded_server, 900_000):
        assert status_of(bounded_server.send(upload("192.0.2.1", 900_000, b"", "Expect: 100-continue"))) == 429


def test_counts_a_body_until_its_request_is_answered(bounded_server, tmp_path):
    body, release = b"x" * 900_000, tmp_path / "release"
    waiting = post(body, "X-Forwarded-For: 192.0.2.1", "Connection: close", path=f"/wait-for-file?{release}")
    with bounded_server.connect(waiting) as first:
        await_start(release)
        assert status_of(bounded_server.send(upload("192.0.2.1", 900_000, body))) == 429
        release.touch()
        assert status_of(read_all(first)) == 200
    assert status_of(bounded_server.send(upload("192.0.2.1", 900_000, body))) == 200
