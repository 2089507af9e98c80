"""The product, without a proxy, answers requests while other clients hold slow connections."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from testing.servers import serving

CONNECTIONS, EXPORTS = 200, 12
MAX_RESPONSE_SECONDS = 30  # on a busy machine
SILENT_SECONDS = 1  # the time without a response: gthread sends none at all
PRODUCTS = 1250
MAX_EXPORT_SECONDS = 60  # the time until all exports are generated on a busy machine
RECEIPT = {"movement_type": "IN", "quantity": 1}
# This is the negative control: gunicorn's own threaded worker in one process.
GTHREAD = {"GUNICORN_CMD_ARGS": "--worker-class gthread", "WEB_CONCURRENCY": "1"}
HALF_A_HEAD = b"POST /api/stock/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
HALF_A_BODY = HALF_A_HEAD + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"


@pytest.fixture(scope="module")
def kettle(running_service, owner_token):
    """Return the id of one of many products. An export of them does not fit into the kernel's buffers for a client."""
    body = {"name": "Kettle", "price": "1.00"}
    product = running_service.send("POST", "/api/products/", body, owner_token).body
    rows = "".join(f"Kettle {number},1.00,{'kettle ' * 1000}\r\n" for number in range(PRODUCTS))
    content = ("name,price,description\r\n" + rows).encode()
    text = request("POST", "/api/products/import/", owner_token, content, "text/csv")
    with connect(running_service, text) as client:
        assert b" 200 OK" in client.recv(100)
    return product["id"]


@pytest.fixture(scope="module")
def gthread_service(served_database):
    with serving.run_service(served_database, **GTHREAD) as service:
        yield service


def request(method, path, token, body=b"", content_type="application/json"):
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def connect(service, text):
    """Return a connection with a small receive buffer that has sent `text`."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(serving.RESPONSE_SECONDS)
    client.connect(("127.0.0.1", service.port))
    client.sendall(text)
    return client


@contextmanager
def open_connections(service, texts):
    """Keep a connection open for each text, and send the text on it."""
    clients = [connect(service, text) for text in texts]
    time.sleep(0.5)  # then each thread that would wait for one of them does so
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def time_request(service, *arguments):
    """Return the status of the response and the seconds until it arrived."""
    started = time.monotonic()
    status = service.send(*arguments).status
    return status, time.monotonic() - started


def assert_responsive(service, token, product):
    for _ in range(10):
        status, seconds = time_request(service, "GET", "/healthz")
        assert (status, seconds < MAX_RESPONSE_SECONDS) == (200, True)
        status, seconds = time_request(service, "POST", "/api/stock/", {**RECEIPT, "product": product}, token)
        assert (status, seconds < MAX_RESPONSE_SECONDS) == (201, True)


def is_answered(service, seconds=MAX_RESPONSE_SECONDS):
    """Return whether a response to `/healthz` begins within some seconds."""
    with connect(service, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") as client, suppress(TimeoutError):
        client.settimeout(seconds)
        return bool(client.recv(1))
    return False


@pytest.mark.parametrize(
    "text",
    [HALF_A_HEAD, *(pytest.param(text, marks=pytest.mark.long) for text in (b"", HALF_A_BODY))],
    ids=["half a head", "nothing", "half a body"],
)
def test_answers_bookings_beside_200_idle_connections(running_service, owner_token, kettle, text):
    with open_connections(running_service, [text] * CONNECTIONS):
        assert_responsive(running_service, owner_token, kettle)


def send_slowly(clients, stopped):
    """Send one byte per second on each connection."""
    while not stopped.wait(1):
        for client in clients:
            with suppress(OSError):
                client.send(b"x")


@pytest.mark.long
def test_answers_bookings_beside_200_connections_that_send_byte_by_byte(running_service, owner_token, kettle):
    stopped = threading.Event()
    with open_connections(running_service, [HALF_A_HEAD + b"X: ", HALF_A_BODY] * (CONNECTIONS // 2)) as clients:
        sender = threading.Thread(target=send_slowly, args=[clients, stopped])
        sender.start()
        assert_responsive(running_service, owner_token, kettle)
        stopped.set()
        sender.join()


def test_answers_bookings_beside_exports_that_are_not_read(running_service, owner_token, kettle):
    with open_connections(running_service, [request("GET", "/api/products/export/", owner_token)] * EXPORTS):
        deadline = time.monotonic() + MAX_EXPORT_SECONDS
        while not is_answered(running_service, seconds=1):
            assert time.monotonic() < deadline
        assert_responsive(running_service, owner_token, kettle)


@pytest.mark.long
@pytest.mark.parametrize("text", [HALF_A_HEAD, HALF_A_BODY], ids=["half a head", "half a body"])
def test_gthread_is_blocked_by_idle_connections(gthread_service, text):
    """This is the negative control."""
    assert is_answered(gthread_service)
    with open_connections(gthread_service, [text] * CONNECTIONS):
        assert not is_answered(gthread_service, SILENT_SECONDS)


@pytest.mark.long
@pytest.mark.usefixtures("kettle")
def test_gthread_is_blocked_by_exports_that_are_not_read(gthread_service, owner_token):
    """This is the negative control."""
    with open_connections(gthread_service, [request("GET", "/api/products/export/", owner_token)] * EXPORTS):
        assert not is_answered(gthread_service, SILENT_SECONDS)
