"""The gunicorn worker, tested over real sockets: malformed requests, and bodies that it does not receive."""

import time

import pytest

from core.server.channel import LENGTH
from testing.servers.tiny_client import digest, post, run_server, status_of
from testing.servers.tiny_server import MAX_BODY
from testing.tables import all_cases


@all_cases(
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
        (post(b"", length="9" * 5000), 400),
        (post(b"0\r\n\r\n", "Transfer-Encoding: chunked"), 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: gifts\r\n\r\n", 417),
        (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continuing\r\n\r\n", 417),
    ],
)
def test_refuses_malformed_requests_and_closes_the_connection(tiny_server, text, expected):
    assert status_of(tiny_server.send(text)) == expected


@pytest.fixture(scope="module")
def patient_server():
    """Return a server that waits longer for a body than a test may take."""
    with run_server("BODY_SECONDS=60") as server:
        yield server


BAD_HEADS = {
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "space in a name": ["Content-Length: 5", "Bad Name: x"],
    "no name": ["Content-Length: 5", ": x"],
    "folded line": ["Content-Length: 5", "X: y", " z"],
    "length and coding": ["Content-Length: 5", "Transfer-Encoding: chunked"],
}


@all_cases("lines", BAD_HEADS.values())
@all_cases("expect", [[], ["Expect: 100-continue"]])
def test_refuses_a_bad_head_without_waiting_for_the_body(patient_server, lines, expect):
    text = "\r\n".join(["POST / HTTP/1.1", "Host: x", *lines, *expect, "", ""]).encode()
    started = time.monotonic()
    response = patient_server.send(text)
    assert (status_of(response), b"100 Continue" in response) == (400, False)
    assert time.monotonic() - started < 10


def test_passes_the_head_alone_to_the_application_if_the_body_is_too_large_or_chunked(tiny_server):
    for text in (
        post(b"some", path="/unread-body", length=MAX_BODY + 1),
        b"POST /unread-body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n0\r\n\r\n",
    ):
        response = tiny_server.send(text)
        assert status_of(response) == 200
        assert b"Connection: close" in response


@all_cases("digits", [18, 19, 20, 4000])
def test_announces_the_end_of_the_connection_if_the_length_has_many_digits(tiny_server, digits):
    response = tiny_server.send(post(b"some", path="/unread-body", length="9" * digits))
    assert status_of(response) == 200
    assert b"Connection: close" in response


def test_searches_a_head_with_a_long_length_in_linear_time():
    """A quadratic search would take many minutes."""
    assert LENGTH.search(b"\r\nContent-Length: " + b"0" * 1_000_000 + b"x") is None


@all_cases(
    "lines",
    [
        ["Connection: close"],
        ["Connection: Content-Length, close"],
        ["Connection: close, X-Trace"],
        ["Connection: keep-alive, close"],
        ["Connection:\t,CLOSE\t, "],
        ["Connection: X-Trace", "Connection: close"],
        ["Connection: keep-alive", "connection: Close"],
    ],
)
@all_cases("version", ["1.0", "1.1"])
def test_closes_the_connection_if_any_option_of_the_request_is_close(tiny_server, lines, version):
    response = tiny_server.send(post(b"last", *lines, version=version) + post(b"never answered"))
    assert (response.count(b"HTTP/1."), response.endswith(digest(b"last"))) == (1, True)
    assert b"Connection: close" in response


@all_cases("line", ["X-Trace", "closed", '"close"', "keep-alive"])
def test_keeps_the_connection_if_no_option_of_the_request_is_close(tiny_server, line):
    text = post(b"first", f"Connection: {line}") + post(b"last", "Connection: close")
    assert tiny_server.send(text).count(b"HTTP/1.1 200") == 2
