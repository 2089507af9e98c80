"""`python -m benchmarks.idle_sockets`: response times of a booking client, alone and beside deliberately slow clients.

The booking client sends a movement every PAUSE_SECONDS on a new connection. The slow clients connect without a proxy,
with the limits of production.
"""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles

from benchmarks import client, results
from testing import serving

SECONDS = 20
PAUSE_SECONDS = 0.05
HALF_REQUEST_CONNECTIONS = 200
EXPORTS = 12
PRODUCTS = 20_000
MARK_SIGN_INS = 3
MARKS = "a" + "\u0301" * 100_000 + "\u0323" * 100_000
PRODUCTION = {"REQUESTS_PER_MINUTE": "1000000", "WORK_SECONDS_PER_MINUTE": ""}
HALF_REQUESTS = (
    b"POST /api/stock/ HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    b"POST /api/stock/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
)


class BookingClient(threading.Thread):
    """A client that books movements until `stopped` is set."""

    def __init__(self, service: serving.Service, token: str, product: int) -> None:
        super().__init__()
        self.service, self.token = service, token
        self.line = json.dumps({"product": product, "movement_type": "IN", "quantity": 1}).encode()
        self.seconds: list[float] = []
        self.outcomes: Counter[str] = Counter()
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(PAUSE_SECONDS):
            started = time.monotonic()
            try:
                response = client.send_request(self.service, "POST", "/api/stock/", self.token, self.line)
                self.outcomes[str(response.status)] += 1
            except OSError as error:
                self.outcomes[type(error).__name__] += 1
            self.seconds.append(time.monotonic() - started)


class Shop:
    """A running service, with an owner who has many products, for the slow clients."""

    def __init__(self, service: serving.Service) -> None:
        self.service = service
        self.token = service.sign_up("alice")
        rows = "".join(f"Kettle {number},1.00,{'kettle ' * 20}\n" for number in range(PRODUCTS))
        upload = b"name,price,description\n" + rows.encode()
        assert (
            client.send_request(service, "POST", "/api/products/import/", self.token, upload, client.CSV).status == 200
        )
        self.product = service.send("POST", "/api/products/", {"name": "Pan", "price": "1.00"}, self.token).body["id"]
        self.others = [service.sign_up(f"other{number}") for number in range(EXPORTS // 2)]
        for token in self.others:
            client.send_request(service, "POST", "/api/products/import/", token, upload, client.CSV)

    def connect(self, text: bytes) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", self.service.port))
        connection.sendall(text)
        return connection

    def head(self, method: str, path: str, token: str, length: int = 0) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
        lines += ["Content-Type: application/json", f"Content-Length: {length}", "", ""]
        return "\r\n".join(lines).encode()


# --- The slow clients: each opens its connections and then does nothing --------------------------------------


def no_clients(shop: Shop) -> Iterator[socket.socket]:
    yield from ()


def half_requests(shop: Shop) -> Iterator[socket.socket]:
    for number in range(HALF_REQUEST_CONNECTIONS):
        yield shop.connect(HALF_REQUESTS[number % 2])


def unread_exports(shop: Shop) -> Iterator[socket.socket]:
    for number in range(EXPORTS):
        token = shop.others[number % len(shop.others)]
        yield shop.connect(shop.head("GET", "/api/products/export/", token))


def slow_body(shop: Shop) -> Iterator[socket.socket]:
    """Yield a PATCH of the booked product whose body is never completed."""
    yield shop.connect(shop.head("PATCH", f"/api/products/{shop.product}/", shop.token, 100) + b'{"name": "Pan"')


def combining_marks(shop: Shop) -> Iterator[socket.socket]:
    body = json.dumps({"username": MARKS, "password": "x"}, ensure_ascii=False).encode()
    for _ in range(MARK_SIGN_INS):
        yield shop.connect(shop.head("POST", "/api/auth/login/", "", len(body)) + body)


SLOW_CLIENTS: dict[str, Callable[[Shop], Iterator[socket.socket]]] = {
    "alone": no_clients,
    f"beside {HALF_REQUEST_CONNECTIONS} connections with half a head or half a body": half_requests,
    f"beside {EXPORTS} exports that are not read": unread_exports,
    "beside a PATCH of the same product with an incomplete body": slow_body,
    f"beside {MARK_SIGN_INS} sign-ins with 200,000 combining marks": combining_marks,
}


@contextmanager
def open_connections(shop: Shop, kind: Callable[[Shop], Iterator[socket.socket]]) -> Iterator[None]:
    connections = list(kind(shop))
    try:
        yield
    finally:
        for connection in connections:
            connection.close()


def measure(database: serving.Database, title: str, kind: Callable[[Shop], Iterator[socket.socket]]) -> list[str]:
    """Return the row of one kind of slow clients, measured with a separate service and database."""
    with serving.run_service(database, **PRODUCTION, DB_NAME=title) as service:
        shop = Shop(service)
        booking_client = BookingClient(service, shop.token, shop.product)
        with open_connections(shop, kind):
            booking_client.start()
            time.sleep(SECONDS)
            booking_client.stopped.set()
        booking_client.join()
    p50, p99 = (quantiles(booking_client.seconds * 2, n=100)[cut] * 1000 for cut in (49, 98))
    outcomes = ", ".join(f"{count} x {outcome}" for outcome, count in sorted(booking_client.outcomes.items()))
    return [f"{p50:,.0f}", f"{p99:,.0f}", f"{max(booking_client.seconds) * 1000:,.0f}", outcomes]


def main() -> None:
    lines = [["booking client", "p50 ms", "p99 ms", "longest ms", "responses"]]
    with serving.run_database() as database:
        for number, (title, kind) in enumerate(SLOW_CLIENTS.items()):
            name = f"shop{number}"
            database.execute(f"CREATE DATABASE {name}")
            lines.append([title, *measure(database, name, kind)])
            print(" | ".join(lines[-1]), flush=True)
        version = database.version()
    conditions = (
        f"{results.describe_machine()}\n- {version}, with default settings; two workers, no proxy; {SECONDS} s each."
    )
    results.write_section("Slow clients", f"{conditions}\n\n{results.format_table(lines)}")


if __name__ == "__main__":
    main()
