"""The service without a proxy, and clients that hold their connections: the others are answered all the same."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from testing import serving

SOCKETS, EXPORTS = 200, 12
ANSWER_SECONDS = 5
SILENT_SECONDS = 2  # without an answer: gthread gives none at all
PRODUCTS = 5000
MAKING_SECONDS = 60  # for the exports to be made, on a busy machine
SALE = {"movement_type": "IN", "quantity": 1}
# With gunicorn's own threaded worker, in one process: the negative control.
GTHREAD = {"GUNICORN_CMD_ARGS": "--worker-class gthread", "WEB_CONCURRENCY": "1"}
HALF_A_HEAD = b"POST /api/stock/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
HALF_A_BODY = HALF_A_HEAD + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"


@pytest.fixture(scope="module")
def database():
    with serving.database() as database:
        yield database


@pytest.fixture(scope="module")
def service(database):
    with serving.service(database) as service:
        yield service


@pytest.fixture(scope="module")
def alice(service):
    return service.sign_up("alice")


@pytest.fixture(scope="module")
def kettle(service, alice):
    """One of many products, so that an export does not fit into what the kernel keeps for a client."""
    product = service.ask("POST", "/api/products/", {"name": "Kettle", "price": "1.00"}, alice).body
    rows = "".join(f"Kettle {number},1.00,{'kettle ' * 250}\r\n" for number in range(PRODUCTS))
    body = ("name,price,description\r\n" + rows).encode()
    with connect(service, request("POST", "/api/products/import/", alice, body, "text/csv")) as link:
        assert b" 200 OK" in link.recv(100)
    return product["id"]


def request(method, path, token, body=b"", kind="application/json"):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    return "\r\n".join([*lines, f"Content-Type: {kind}", f"Content-Length: {len(body)}", "", ""]).encode() + body


def connect(service, text):
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.settimeout(serving.ANSWER_SECONDS)
    link.connect(("127.0.0.1", service.port))
    link.sendall(text)
    return link


@contextmanager
def held(service, texts):
    links = [connect(service, text) for text in texts]
    time.sleep(1)  # until each thread that would wait for one does
    try:
        yield links
    finally:
        for link in links:
            link.close()


def seconds_of(service, *asked):
    started = time.monotonic()
    status = service.ask(*asked).status
    return status, time.monotonic() - started


def assert_served(service, token, product):
    for _ in range(10):
        status, seconds = seconds_of(service, "GET", "/healthz")
        assert (status, seconds < ANSWER_SECONDS) == (200, True)
        status, seconds = seconds_of(service, "POST", "/api/stock/", {**SALE, "product": product}, token)
        assert (status, seconds < ANSWER_SECONDS) == (201, True)


@pytest.mark.parametrize("text", [b"", HALF_A_HEAD, HALF_A_BODY], ids=["nothing", "half a head", "half a body"])
def test_a_booking_is_answered_beside_200_idle_connections(service, alice, kettle, text):
    with held(service, [text] * SOCKETS):
        assert_served(service, alice, kettle)


def drip(links, stopped):
    while not stopped.wait(1):
        for link in links:
            with suppress(OSError):
                link.send(b"x")


def test_a_booking_is_answered_beside_200_connections_that_drip(service, alice, kettle):
    stopped = threading.Event()
    with held(service, [HALF_A_HEAD + b"X: ", HALF_A_BODY] * (SOCKETS // 2)) as links:
        dripping = threading.Thread(target=drip, args=[links, stopped])
        dripping.start()
        assert_served(service, alice, kettle)
        stopped.set()
        dripping.join()


def test_a_booking_is_answered_beside_exports_that_nobody_reads(service, alice, kettle):
    with held(service, [request("GET", "/api/products/export/", alice)] * EXPORTS):
        deadline = time.monotonic() + MAKING_SECONDS
        while not is_answered(service, seconds=1):
            assert time.monotonic() < deadline
        assert_served(service, alice, kettle)


@pytest.fixture(scope="module")
def gthread(database):
    with serving.service(database, **GTHREAD) as service:
        yield service


def is_answered(service, seconds=ANSWER_SECONDS):
    with connect(service, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") as link, suppress(TimeoutError):
        link.settimeout(seconds)
        return bool(link.recv(1))
    return False


@pytest.mark.parametrize("text", [HALF_A_HEAD, HALF_A_BODY], ids=["half a head", "half a body"])
def test_gunicorn_s_own_worker_is_stopped_by_them(gthread, text):
    """Negative control."""
    assert is_answered(gthread)
    with held(gthread, [text] * SOCKETS):
        assert not is_answered(gthread, SILENT_SECONDS)


def test_gunicorn_s_own_worker_is_stopped_by_exports_that_nobody_reads(gthread, alice, kettle):
    """Negative control."""
    with held(gthread, [request("GET", "/api/products/export/", alice)] * EXPORTS):
        assert not is_answered(gthread, SILENT_SECONDS)
