"""`python -m benchmarks.idle_sockets`: a client that books, alone and beside clients that are slow on purpose.

One client books a piece every PAUSE_SECONDS on a connection of its own; the table has how long it waited. The slow
clients come without a proxy and with production's limits.
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
SOCKETS = 200
EXPORTS = 12
PRODUCTS = 20_000
ATTACKS = 3
MARKS = "a" + "\u0301" * 100_000 + "\u0323" * 100_000
PRODUCTION = {"REQUESTS_PER_MINUTE": "1000000", "WORK_SECONDS_PER_MINUTE": ""}
HALVES = (
    b"POST /api/stock/ HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    b"POST /api/stock/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
)


class Booking(threading.Thread):
    """A client that books one piece after the other until it is told to stop."""

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
                took = client.request(self.service, "POST", "/api/stock/", self.token, self.line)
                self.outcomes[str(took.status)] += 1
            except OSError as error:
                self.outcomes[type(error).__name__] += 1
            self.seconds.append(time.monotonic() - started)


class Shop:
    """What the slow clients need: a running service, an owner with many products, and one of them."""

    def __init__(self, service: serving.Service) -> None:
        self.service = service
        self.token = service.sign_up("alice")
        rows = "".join(f"Kettle {number},1.00,{'kettle ' * 20}\n" for number in range(PRODUCTS))
        upload = b"name,price,description\n" + rows.encode()
        assert client.request(service, "POST", "/api/products/import/", self.token, upload, client.CSV).status == 200
        self.product = service.ask("POST", "/api/products/", {"name": "Pan", "price": "1.00"}, self.token).body["id"]
        self.others = [service.sign_up(f"other{number}") for number in range(EXPORTS // 2)]
        for token in self.others:
            client.request(service, "POST", "/api/products/import/", token, upload, client.CSV)

    def connect(self, text: bytes) -> socket.socket:
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", self.service.port))
        link.sendall(text)
        return link

    def head(self, method: str, path: str, token: str, length: int = 0) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
        lines += ["Content-Type: application/json", f"Content-Length: {length}", "", ""]
        return "\r\n".join(lines).encode()


# --- The slow clients: each opens its connections and leaves them as they are --------------------------------


def nobody(shop: Shop) -> Iterator[socket.socket]:
    yield from ()


def idle(shop: Shop) -> Iterator[socket.socket]:
    for number in range(SOCKETS):
        yield shop.connect(HALVES[number % 2])


def unread(shop: Shop) -> Iterator[socket.socket]:
    for number in range(EXPORTS):
        token = shop.others[number % len(shop.others)]
        yield shop.connect(shop.head("GET", "/api/products/export/", token))


def slow_body(shop: Shop) -> Iterator[socket.socket]:
    """A PATCH of the product that is booked, its last byte never sent."""
    yield shop.connect(shop.head("PATCH", f"/api/products/{shop.product}/", shop.token, 100) + b'{"name": "Pan"')


def marks(shop: Shop) -> Iterator[socket.socket]:
    body = json.dumps({"username": MARKS, "password": "x"}, ensure_ascii=False).encode()
    for _ in range(ATTACKS):
        yield shop.connect(shop.head("POST", "/api/auth/login/", "", len(body)) + body)


KINDS: dict[str, Callable[[Shop], Iterator[socket.socket]]] = {
    "alone": nobody,
    f"beside {SOCKETS} connections with half a head or half a body": idle,
    f"beside {EXPORTS} exports that nobody reads": unread,
    "beside a PATCH of the same product whose body stays away": slow_body,
    f"beside {ATTACKS} sign-ins with 200,000 combining marks": marks,
}


@contextmanager
def opened(shop: Shop, kind: Callable[[Shop], Iterator[socket.socket]]) -> Iterator[None]:
    links = list(kind(shop))
    try:
        yield
    finally:
        for link in links:
            link.close()


def measure(database: serving.Database, title: str, kind: Callable[[Shop], Iterator[socket.socket]]) -> list[str]:
    """Each kind has a service and a database of its own."""
    with serving.service(database, **PRODUCTION, DB_NAME=title) as service:
        shop = Shop(service)
        booking = Booking(service, shop.token, shop.product)
        with opened(shop, kind):
            booking.start()
            time.sleep(SECONDS)
            booking.stopped.set()
        booking.join()
    p50, p99 = (quantiles(booking.seconds * 2, n=100)[cut] * 1000 for cut in (49, 98))
    outcomes = ", ".join(f"{count} x {outcome}" for outcome, count in sorted(booking.outcomes.items()))
    return [f"{p50:,.0f}", f"{p99:,.0f}", f"{max(booking.seconds) * 1000:,.0f}", outcomes]


def main() -> None:
    lines = [["a client that books", "p50 ms", "p99 ms", "longest ms", "answers"]]
    with serving.database() as database:
        for number, (title, kind) in enumerate(KINDS.items()):
            name = f"shop{number}"
            database.execute(f"CREATE DATABASE {name}")
            lines.append([title, *measure(database, name, kind)])
            print(" | ".join(lines[-1]), flush=True)
        version = database.version()
    about = f"{results.machine()}\n- {version}, its settings by default; two workers, no proxy; {SECONDS} s each."
    results.write("Slow clients", f"{about}\n\n{results.markdown(lines)}")


if __name__ == "__main__":
    main()
