"""The program of docs/web-shop.md: the shop and the stock end with the same numbers, whatever gets lost."""

import random
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError

import pytest

from desk.reports.tests.fake_woocommerce import SECRET, FakeWooCommerce
from products.models import Product
from records.events.feed.tests.till_day import BrokenNetwork
from stock.models import Movement, Operation
from testing.cast import make_key, make_product

pytestmark = [pytest.mark.django_db(transaction=True)]

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "web-shop.md"
MAX_LINES = 250
SKUS = [f"SKU-{number}" for number in range(1, 10)]


def read_program():
    return DOCUMENT.read_text().partition("```python\n")[2].partition("```")[0]


class Connection:
    """The program beside a fake shop and the service, with a network that breaks."""

    def __init__(self, address, key, file, seed):
        self.chance, self.address, self.key, self.file = random.Random(seed), address, key, file  # noqa: S311
        self.shop = FakeWooCommerce(SKUS, self.chance)
        self.program = {"__name__": "web shop"}
        exec(read_program(), self.program)  # noqa: S102, the text is our own
        self.network = self.program["urlopen"] = BrokenNetwork(self.program["urlopen"], self.chance)
        self.sync = self.start()
        receiver = self.program["make_receiver"](self, SECRET, threading.Event())
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), receiver)
        self.receiver = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start(self):
        api = self.program["Api"]
        stock = api(f"{self.address}/api", f"Bearer {self.key}")
        return self.program["Sync"](self.file, stock, api(f"{self.shop.address}/wp-json/wc/v3", "Basic x"))

    def note(self, order):
        self.sync.note(order)

    def run(self):
        """Run as the program does: a failure ends the round."""
        self.shop.deliver(self.receiver)
        self.network.is_cut = self.shop.breaks and self.chance.random() < 0.3
        try:
            self.sync.run()
        except (self.program["Refused"], *self.program["FAILURES"]):
            assert self.shop.breaks
        self.network.is_cut = False

    def restart(self):
        self.sync.state.close()
        self.sync = self.start()

    def close(self):
        for server in (self.server, self.shop.server):
            server.shutdown()
            server.server_close()
        self.sync.state.close()

    def list_stock(self):
        return {row["sku"]: row["stock_quantity"] for row in self.shop.products.values() if row["sku"]}


@pytest.fixture
def connect(live_server, alice, tmp_path):
    for sku in SKUS:
        make_product(alice, sku, 200, sku=sku)
    key = make_key(alice, "woocommerce")[1]
    made = []

    def connect(seed=1):
        made.append(Connection(live_server.url, key, tmp_path / f"{seed}.db", seed))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def list_available():
    return dict(Product.objects.values_list("sku", "quantity"))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_a_broken_day_ends_with_equal_numbers_and_each_order_booked_once(connect, as_alice, seed, capsys):
    connection = connect(seed)
    chance, shop = connection.chance, connection.shop
    connection.run()
    assert connection.list_stock() == dict.fromkeys(SKUS, 200)
    shop.breaks = True
    for _ in range(60):
        kind = chance.choice(("order", "order", "cancel", "again", "counter", "delivery", "restart"))
        if kind == "order":
            shop.order({chance.randint(1, 9): chance.randint(1, 3) for _ in range(2)})
        elif kind in ("cancel", "again") and shop.orders:
            status = "cancelled" if kind == "cancel" else "completed"
            shop.change(chance.choice([*shop.orders]), status)
        elif kind in ("counter", "delivery"):
            body = {"sku": chance.choice(SKUS), "movement_type": "OUT" if kind == "counter" else "IN", "quantity": 2}
            as_alice.post("/api/stock/", body, format="json")
        elif kind == "restart":
            connection.restart()
        connection.run()
    shop.breaks = False
    connection.run()
    connection.run()
    assert shop.lost
    assert connection.network.lost_responses
    assert connection.list_stock() == list_available()
    for number, order in shop.orders.items():
        booked = dict.fromkeys((item["sku"] for item in order["line_items"]), 0)
        for sku, kind, quantity in Movement.objects.filter(operation__reference=f"order {number}").values_list(
            "product__sku", "movement_type", "quantity"
        ):
            booked[sku] += quantity if kind == "OUT" else -quantity
        sold = {item["sku"]: item["quantity"] for item in order["line_items"]}
        assert booked == (sold if order["status"] != "cancelled" else dict.fromkeys(sold, 0)), number
    capsys.readouterr()
    assert connection.sync.compare() == 0
    assert capsys.readouterr().out == ""


def test_a_changed_number_is_found_and_set(connect, capsys):
    connection = connect()
    connection.run()
    connection.shop.products[1]["stock_quantity"] = 190
    capsys.readouterr()
    assert connection.sync.compare() == 1
    assert capsys.readouterr().out == "SKU-1: 190 there, 200 here, unexplained 10\n"
    assert connection.list_stock() == dict.fromkeys(SKUS, 200)


def test_nothing_is_booked_twice_if_the_state_is_lost(connect):
    connection = connect()
    connection.run()
    connection.shop.order({1: 2})
    connection.run()
    connection.sync.run_sql("DELETE FROM numbers")
    connection.note(1000)
    connection.run()
    assert Operation.objects.filter(reference="order 1000").count() == 1
    assert connection.list_stock() == list_available()


def test_what_is_reserved_is_not_offered(connect, as_alice):
    connection = connect()
    connection.run()
    body = {"lines": [{"sku": "SKU-1", "quantity": 4}], "expires_in": None}
    reservation = as_alice.post("/api/stock/reservations/", body, format="json").json()["id"]
    connection.run()
    assert connection.list_stock()["SKU-1"] == 196
    as_alice.post(f"/api/stock/reservations/{reservation}/release/")
    connection.run()
    assert connection.list_stock()["SKU-1"] == 200


def test_an_order_that_can_not_be_booked_waits(connect, as_alice, capsys):
    connection = connect()
    connection.run()
    connection.shop.order({1: 150})
    as_alice.post("/api/stock/", {"sku": "SKU-1", "movement_type": "OUT", "quantity": 100}, format="json")
    connection.run()
    assert "insufficient_stock" in capsys.readouterr().out
    as_alice.post("/api/stock/", {"sku": "SKU-1", "movement_type": "IN", "quantity": 100}, format="json")
    connection.run()
    assert connection.list_stock()["SKU-1"] == 50


def test_webhooks_with_a_wrong_signature_are_refused(connect):
    connection = connect()
    assert connection.shop.send(connection.receiver, "order.created", 7) == 200
    with pytest.raises(HTTPError) as refused:
        connection.shop.send(connection.receiver, "order.created", 8, secret="guessed")
    refused.value.close()
    assert refused.value.code == 401
    assert connection.sync.run_sql("SELECT id FROM orders") == [(7,)]


@pytest.mark.quick
def test_the_program_is_short():
    assert len(read_program().splitlines()) <= MAX_LINES
