"""The gunicorn worker, tested over real sockets: requests arrive whole and are answered in order."""

import http.client
import os
import socket
import time
from contextlib import closing

from testing.servers.tiny_client import digest, post, read_all, read_until, status_of
from testing.servers.tiny_server import MAX_BODY
from testing.tables import all_cases


@all_cases("size", [0, 1, 65_535, 65_536, 200_000, 20 * 2**20])
def test_receives_bodies_of_any_size(tiny_server, size):
    body = os.urandom(size)
    assert tiny_server.send(post(body, "Connection: close")).endswith(digest(body))


def test_answers_a_request_that_arrives_byte_by_byte(tiny_server):
    with tiny_server.connect() as client:
        for byte in post(b"drop", "Connection: close"):
            client.sendall(bytes([byte]))
            time.sleep(0.002)
        assert read_all(client).endswith(digest(b"drop"))


def test_keeps_the_connection_for_the_next_request(tiny_server):
    with closing(http.client.HTTPConnection("127.0.0.1", tiny_server.port)) as client:
        for number in range(20):
            body = b"n" * number
            client.request("POST", "/", body)
            assert client.getresponse().read() == digest(body)


def test_answers_pipelined_requests_in_order(tiny_server):
    bodies = [b"a", b"", b"ccc", b"d" * 100_000]
    text = b"".join(post(body) for body in bodies) + post(b"last", "Connection: close")
    responses = tiny_server.send(text)
    places = [responses.index(digest(body)) for body in [*bodies, b"last"]]
    assert places == sorted(places)


def test_does_not_parse_an_unread_body_as_the_next_request(tiny_server):
    text = post(b"GET /none HTTP/1.1\r\n\r\n", path="/unread-body") + post(b"next", "Connection: close")
    responses = tiny_server.send(text)
    assert (responses.count(b"HTTP/1.1"), responses.endswith(digest(b"next"))) == (2, True)


@all_cases("size", [65_536, 200_000])
def test_answers_the_next_request_after_a_large_unread_body(tiny_server, size):
    responses = tiny_server.send(post(b"n" * size, path="/unread-body") + post(b"next", "Connection: close"))
    assert (responses.count(b"HTTP/1.1"), responses.endswith(digest(b"next"))) == (2, True)


def test_ignores_leading_zeros_in_content_length(tiny_server):
    assert tiny_server.send(post(b"zeros", "Connection: close", length=f"{5:022}")).endswith(digest(b"zeros"))


def test_lets_a_client_finish_sending_a_refused_body(tiny_server):
    text = post(b"", path="/unread-body", length=MAX_BODY + 1)
    with tiny_server.connect(text) as client:
        for _ in range(5):  # the loop takes more than two seconds, which is twice LINGER_SECONDS of this server
            time.sleep(0.5)
            client.sendall(b"more")
        assert status_of(read_all(client)) == 200


def test_closes_http_1_0_connections_unless_keep_alive_is_requested(tiny_server):
    assert tiny_server.send(post(b"old", version="1.0")).endswith(digest(b"old"))
    kept = post(b"old", "Connection: keep-alive", version="1.0")
    assert tiny_server.send(kept + post(b"older", version="1.0")).endswith(digest(b"older"))


def test_sends_100_continue_once_when_the_client_expects_it(tiny_server):
    with tiny_server.connect(post(b"", "Expect: 100-continue", "Connection: close", length=5)) as client:
        assert read_until(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"later")
        response = read_all(client)
    assert (status_of(response), response.count(b"HTTP/1.1")) == (200, 1)
    assert response.endswith(digest(b"later"))


def test_answers_a_client_that_has_shut_down_its_sending_side(tiny_server):
    with tiny_server.connect(post(b"done")) as client:
        client.shutdown(socket.SHUT_WR)
        assert read_all(client).endswith(digest(b"done"))


def test_a_response_without_a_body_is_complete(tiny_server):
    with tiny_server.connect(b"GET /none HTTP/1.1\r\nHost: x\r\n\r\n") as client:
        assert status_of(read_until(client, b"\r\n\r\n")) == 204


def test_the_application_never_sees_half_a_body(tiny_server):
    with tiny_server.connect(post(b"half", length=8)) as client:
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""


def test_an_aborted_response_does_not_look_complete(tiny_server):
    response = tiny_server.send(b"GET /abort HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"the beginning" in response
    assert not response.endswith(b"0\r\n\r\n")
    assert b"500" not in response
    assert tiny_server.send(post(b"next", "Connection: close")).endswith(digest(b"next"))
