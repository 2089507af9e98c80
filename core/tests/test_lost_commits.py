"""The service in production mode, with a proxy that cuts its connection to the database on COMMIT."""

import socket
from contextlib import suppress
from threading import Thread

import pytest

from core.database.embedded import place
from testing.servers import serving

SALE = {"movement_type": "OUT", "quantity": 1}


class Cutter:
    """Forwards bytes between the service and PostgreSQL. While `cuts` is set, it cuts the connection on COMMIT.

    With `delivers` it forwards the COMMIT and drops its response. Otherwise it drops the COMMIT.
    """

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.cuts, self.delivers = False, True
        Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with suppress(OSError):  # the end of the test closes the socket
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(place.socket_folder() / ".s.PGSQL.5432"))
                for source, target, outward in ((client, server, True), (server, client, False)):
                    Thread(target=self.copy, args=(source, target, outward), daemon=True).start()

    def copy(self, source, target, outward):
        with suppress(OSError):  # the other direction has closed both sockets
            while data := source.recv(65536):
                if self.cuts and b"COMMIT" in data and outward is not self.delivers:
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture(scope="module")
def cutter():
    cutter = Cutter()
    yield cutter
    cutter.listener.close()


@pytest.fixture(scope="module")
def service(cutter):
    with (
        serving.run_database(migrated=True) as database,
        serving.run_service(database, DB_HOST="127.0.0.1", DB_PORT=str(cutter.port)) as service,
    ):
        yield service


@pytest.fixture(scope="module")
def token(service):
    return service.sign_up("alice")


@pytest.fixture(autouse=True)
def stop_cutting(cutter):
    yield
    cutter.cuts, cutter.delivers = False, True


def create_product(service, token):
    body = {"name": "Kettle", "price": "1.00", "quantity": 5}
    return service.send("POST", "/api/products/", body, token).body["id"]


@pytest.mark.parametrize("delivers", [True, False])
def test_a_retried_sale_with_a_key_is_booked_once_after_a_lost_commit(cutter, service, token, delivers):
    kettle = create_product(service, token)
    cutter.cuts, cutter.delivers = True, delivers
    lost = service.send("POST", "/api/stock/", {**SALE, "product": kettle}, token, key=f"till-{delivers}")
    assert (lost.status, lost.body["code"], lost.headers["Retry-After"]) == (503, "outcome_unknown", None)
    cutter.cuts = False
    again = service.send("POST", "/api/stock/", {**SALE, "product": kettle}, token, key=f"till-{delivers}")
    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true" if delivers else None)
    assert service.send("GET", f"/api/products/{kettle}/", token=token).body["quantity"] == 4


def test_without_a_key_the_history_shows_the_outcome(cutter, service, token):
    kettle = create_product(service, token)
    cutter.cuts = True
    lost = service.send("POST", "/api/stock/", {**SALE, "product": kettle}, token)
    assert lost.body["code"] == "outcome_unknown"
    cutter.cuts = False
    history = service.send("GET", f"/api/stock/history/{kettle}/", token=token).body["results"]
    assert [movement["new_quantity"] for movement in history] == [4, 5]
