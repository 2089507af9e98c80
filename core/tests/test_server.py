"""The worker that receives requests and sends responses without a thread: HTTP over real sockets to a real gunicorn."""

import hashlib
import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest
from django.conf import settings

from core.server import worker
from testing.serving import free_port
from testing.tiny_server import MAX_BODY

PATIENCE_SECONDS = 30


class Tiny:
    """A running tiny_server."""

    def __init__(self, *arguments):
        self.port = free_port()
        command = [sys.executable, "-m", "testing.tiny_server", str(self.port), *arguments]
        self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)

    def wait_until_ready(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.ask(b"GET /none HTTP/1.0\r\n\r\n")
            except ConnectionRefusedError:
                assert self.process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def connect(self, text=b""):
        link = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)
        link.sendall(text)
        return link

    def ask(self, text):
        """Everything that comes back until the server closes."""
        with self.connect(text) as link:
            return read_all(link)


@contextmanager
def tiny(*arguments):
    server = Tiny(*arguments)
    try:
        server.wait_until_ready()
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()


@pytest.fixture(scope="module")
def server():
    with tiny("--workers=1") as server:
        yield server


def read_all(link):
    pieces = []
    while piece := link.recv(1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def read_until(link, end):
    """What arrives, up to what ends with `end`."""
    text = b""
    while not text.endswith(end):
        piece = link.recv(65536)
        assert piece, text
        text += piece
    return text


def post(body, *headers, path="/", version="1.1", length=None):
    lines = [f"POST {path} HTTP/{version}", "Host: x", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def echo(body):
    return f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode()


def status(text):
    return int(text.split(b" ", 2)[1])


# --- Requests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 200_000, 20 * 2**20])
def test_a_body_of_any_size_arrives_whole(server, size):
    body = os.urandom(size)
    assert server.ask(post(body, "Connection: close")).endswith(echo(body))


def test_a_request_that_arrives_byte_by_byte_is_answered(server):
    with server.connect() as link:
        for byte in post(b"drop", "Connection: close"):
            link.sendall(bytes([byte]))
            time.sleep(0.002)
        assert read_all(link).endswith(echo(b"drop"))


def test_a_connection_is_kept_for_the_next_request(server):
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as link:
        for number in range(20):
            body = b"n" * number
            link.request("POST", "/", body)
            assert link.getresponse().read() == echo(body)


def test_requests_sent_in_one_go_are_answered_in_their_order(server):
    bodies = [b"a", b"", b"ccc", b"d" * 100_000]
    text = b"".join(post(body) for body in bodies) + post(b"last", "Connection: close")
    answers = server.ask(text)
    places = [answers.index(echo(body)) for body in [*bodies, b"last"]]
    assert places == sorted(places)


def test_a_body_that_the_application_does_not_read_is_not_taken_for_the_next_request(server):
    text = post(b"GET /none HTTP/1.1\r\n\r\n", path="/unread-body") + post(b"next", "Connection: close")
    answers = server.ask(text)
    assert (answers.count(b"HTTP/1.1"), answers.endswith(echo(b"next"))) == (2, True)


@pytest.mark.parametrize("size", [65_536, 200_000])
def test_the_next_request_is_answered_however_much_of_a_body_was_not_read(server, size):
    answers = server.ask(post(b"n" * size, path="/unread-body") + post(b"next", "Connection: close"))
    assert (answers.count(b"HTTP/1.1"), answers.endswith(echo(b"next"))) == (2, True)


def test_zeros_in_front_of_a_length_count_for_nothing(server):
    assert server.ask(post(b"zeros", "Connection: close", length=f"{5:022}")).endswith(echo(b"zeros"))


def test_a_refused_body_may_still_be_sent_for_longer_than_a_silence(server):
    text = post(b"", path="/unread-body", length=MAX_BODY + 1)
    with server.connect(text) as link:
        for _ in range(8):  # four seconds, twice LINGER_SECONDS
            time.sleep(0.5)
            link.sendall(b"more")
        assert status(read_all(link)) == 200


def test_http_1_0_is_answered_and_closed_unless_it_asks_to_be_kept(server):
    assert server.ask(post(b"old", version="1.0")).endswith(echo(b"old"))
    kept = post(b"old", "Connection: keep-alive", version="1.0")
    assert server.ask(kept + post(b"older", version="1.0")).endswith(echo(b"older"))


def test_the_body_is_asked_for_once_when_the_client_waits_for_that(server):
    with server.connect(post(b"", "Expect: 100-continue", "Connection: close", length=5)) as link:
        assert read_until(link, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        link.sendall(b"later")
        answer = read_all(link)
    assert (status(answer), answer.count(b"HTTP/1.1")) == (200, 1)
    assert answer.endswith(echo(b"later"))


def test_a_client_that_has_sent_its_request_and_closed_its_side_is_answered(server):
    with server.connect(post(b"done")) as link:
        link.shutdown(socket.SHUT_WR)
        assert read_all(link).endswith(echo(b"done"))


def test_a_response_without_a_body_ends(server):
    with server.connect(b"GET /none HTTP/1.1\r\nHost: x\r\n\r\n") as link:
        assert status(read_until(link, b"\r\n\r\n")) == 204


# --- What is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 80_000, 431),
        (b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\nHost: x\n\n", 400),
        (b"\r\n\r\n", 400),
        (post(b"{}", "Content-Length: 3"), 400),
        (post(b"", length="-1"), 400),
        (post(b"", length="1e3"), 400),
        (post(b"0\r\n\r\n", "Transfer-Encoding: chunked"), 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: gifts\r\n\r\n", 417),
        (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continuing\r\n\r\n", 417),
    ],
)
def test_a_request_that_is_none_is_refused_and_the_connection_closed(server, text, expected):
    assert status(server.ask(text)) == expected


@pytest.fixture(scope="module")
def patient_server():
    """A server that waits longer for a body than a test may take."""
    with tiny("--workers=1", "BODY_SECONDS=60") as server:
        yield server


BAD_HEADS = {
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "space behind a name": ["Content-Length: 5", "Bad Name: x"],
    "no name": ["Content-Length: 5", ": x"],
    "folded line": ["Content-Length: 5", "X: y", " z"],
    "length and coding": ["Content-Length: 5", "Transfer-Encoding: chunked"],
}


@pytest.mark.parametrize("lines", BAD_HEADS.values(), ids=BAD_HEADS)
@pytest.mark.parametrize("expect", [[], ["Expect: 100-continue"]], ids=["", "expecting 100"])
def test_refuses_a_bad_head_without_waiting_for_the_body(patient_server, lines, expect):
    text = "\r\n".join(["POST / HTTP/1.1", "Host: x", *lines, *expect, "", ""]).encode()
    started = time.monotonic()
    answer = patient_server.ask(text)
    assert (status(answer), b"100 Continue" in answer) == (400, False)
    assert time.monotonic() - started < 10


def test_a_body_that_is_not_received_is_left_to_the_application_and_the_connection_closed(server):
    for text in (
        post(b"some", path="/unread-body", length=MAX_BODY + 1),
        b"POST /unread-body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n0\r\n\r\n",
    ):
        answer = server.ask(text)
        assert status(answer) == 200
        assert b"Connection: close" in answer


def test_the_application_never_sees_half_a_body(server):
    with server.connect(post(b"half", length=8)) as link:
        link.shutdown(socket.SHUT_WR)
        assert read_all(link) == b""


def test_a_response_that_breaks_off_does_not_look_complete(server):
    answer = server.ask(b"GET /breaks HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"the beginning" in answer
    assert not answer.endswith(b"0\r\n\r\n")
    assert b"500" not in answer
    assert server.ask(post(b"next", "Connection: close")).endswith(echo(b"next"))


# --- Clients that are slow ------------------------------------------------------------------------------------


def unread(server, size):
    """A connection with a small buffer that has asked for so many bytes and reads none."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.settimeout(PATIENCE_SECONDS)
    link.connect(("127.0.0.1", server.port))
    link.sendall(f"GET /bytes/{size} HTTP/1.0\r\n\r\n".encode())
    return link


@pytest.mark.parametrize(
    "text",
    [b"", b"GET / HT", post(b"half", length=8), post(b"done") + b"GET / HT"],
    ids=["none", "head", "body", "next"],
)
def test_a_client_that_does_not_go_on_is_closed(server, text):
    started = time.monotonic()
    server.ask(text)
    assert time.monotonic() - started < 10


def test_a_request_that_begins_with_the_one_before_it_has_the_time_of_any_other():
    with tiny("--workers=1", "--keep-alive=1", "HEAD_SECONDS=20", "BODY_SECONDS=20") as server:
        whole = post(b"half", "Connection: close", length=8)
        for cut in (20, len(whole)):
            with server.connect(post(b"first") + whole[:cut]) as link:
                assert read_until(link, echo(b"first"))
                time.sleep(3)
                link.sendall(whole[cut:] + b"half")
                assert read_all(link).endswith(echo(b"halfhalf"))


def test_a_client_that_drips_is_closed(server):
    def drip(link):
        for _ in range(100):
            link.sendall(b"G")
            time.sleep(0.1)

    with server.connect() as link, pytest.raises(ConnectionError):
        drip(link)


def test_a_response_waits_for_its_reader_and_arrives_whole():
    with tiny("--workers=1", "SEND_SECONDS=20") as server, unread(server, 20_000_000) as link:
        for _ in range(3):
            assert server.ask(post(b"beside", "Connection: close")).endswith(echo(b"beside"))
        assert len(read_all(link).partition(b"\r\n\r\n")[2]) == 20_000_000


def test_a_response_that_nobody_reads_is_given_up():
    with tiny("--workers=1", "MIN_BYTES_PER_SECOND=100000000") as server, unread(server, 20_000_000) as link:
        time.sleep(3)
        assert len(read_all(link)) < 20_000_000


def test_what_waits_for_slow_readers_is_bounded():
    with tiny("--workers=1", "SEND_SECONDS=20", "MAX_KEPT_BYTES=30000000") as server:
        first, second = unread(server, 25_000_000), unread(server, 40_000_000)
        time.sleep(2)
        with first, second:
            assert len(read_all(second)) < 40_000_000
            assert len(read_all(first).partition(b"\r\n\r\n")[2]) == 25_000_000


def readable(links):
    return select.select(links, [], [], 0)[0]


def test_bounds_the_bytes_of_requests_that_are_queued_for_a_thread(tmp_path):
    """Two requests occupy both threads until a file exists. The largest of the requests in the queue are closed."""
    release, body = tmp_path / "release", b"x" * 20_000_000
    with tiny("--workers=1", "BODY_SECONDS=60", "MAX_KEPT_BYTES=50000000") as server, ExitStack() as stack:
        held = post(b"held", "Connection: close", path=f"/wait-for-file?{release}")
        texts = [held, held, post(b"small", "Connection: close"), *[post(body, "Connection: close")] * 5]
        links = [stack.enter_context(server.connect(text)) for text in texts]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(readable(links)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        closed = readable(links)
        release.touch()
        assert len(closed) == 3
        assert not set(closed) & set(links[:3])
        bodies = [read_all(link).rpartition(b"\r\n")[2] for link in links if link not in closed]
    assert bodies == [echo(b"held"), echo(b"held"), echo(b"small"), echo(body), echo(body)]


def test_with_too_many_connections_the_one_that_has_waited_longest_gives_way(capfd):
    with tiny("--workers=1", "HEAD_SECONDS=30", "--worker-connections=20") as server:
        links = [server.connect(b"GET / HT") for _ in range(60)]
        assert server.ask(post(b"new", "Connection: close")).endswith(echo(b"new"))
        assert links[0].recv(1) == b""
        time.sleep(2)
        assert "Too many connections: closed " in capfd.readouterr().err
        for link in links:
            link.close()


def test_a_connection_that_makes_progress_does_not_give_way():
    with tiny("--workers=1", "HEAD_SECONDS=30", "BODY_SECONDS=30", "--worker-connections=20") as server:
        working = server.connect(post(b"", "Connection: close", length=60))
        links = []
        for _ in range(60):
            links.append(server.connect(b"GET / HT"))
            working.sendall(b"x")
            time.sleep(0.02)
        assert read_all(working).endswith(echo(b"x" * 60))
        for link in [*links, working]:
            link.close()


# --- Stopping -------------------------------------------------------------------------------------------------


def test_stopping_answers_the_request_that_runs_and_does_not_wait_for_slow_clients():
    times = [f"{name}_SECONDS=60" for name in ("HEAD", "BODY", "SEND")]
    with tiny("--workers=1", *times, "--graceful-timeout=50") as server:
        slow = [server.connect(text) for text in (b"", b"GET / HT", post(b"half", length=8))]
        slow.append(unread(server, 20_000_000))
        running = server.connect(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        server.process.terminate()
        answer = read_all(running)
        assert (status(answer), server.process.wait(25)) == (200, 0)
        for link in [*slow, running]:
            link.close()


def test_stopping_receives_what_is_on_its_way():
    with tiny("--workers=1") as server, server.connect(post(b"half", length=8)) as link:
        time.sleep(0.5)
        server.process.terminate()
        time.sleep(0.2)
        link.sendall(b"half")
        assert read_all(link).endswith(echo(b"halfhalf"))


def test_a_worker_that_has_answered_enough_is_replaced_without_a_refusal():
    with tiny("--workers=1", "--max-requests=10") as server:
        for number in range(60):
            body = b"n" * number
            with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)) as link:
                link.request("POST", "/", body)
                assert link.getresponse().read() == echo(body)


def test_a_large_body_gets_more_time_than_a_small_one():
    assert worker.time_for(30, 20 * 2**20) > 20 * 60
    assert worker.time_for(30, 100) < 31
