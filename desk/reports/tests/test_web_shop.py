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
from testing.cast.people import make_key, make_product
from trade.customers.models import Customer

pytestmark = [pytest.mark.django_db(transaction=True)]

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "web-shop.md"
MAX_LINES = 300
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
        make_product(alice, sku, 200, sku=sku, price="12.40")
    make_product(alice, "Shipping", sku="SHIPPING", keeps_stock=False)
    key = make_key(alice, "woocommerce")[1]
    made = []

    def connect(seed=1):
        made.append(Connection(live_server.url, key, tmp_path / f"{seed}.db", seed))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def list_available():
    return dict(Product.objects.filter(keeps_stock=True).values_list("sku", "quantity"))


def read_sale(client, number):
    """Return the newest sale of an order."""
    return client.get("/api/sales/", {"reference": f"order {number}"}).json()["results"][0]


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
            quantities = {chance.randint(1, 9): chance.randint(1, 3) for _ in range(2)}
            extras = {"percent": chance.choice((0, 15)), "shipping": chance.choice(("0", "4.90"))}
            shop.order(
                quantities, **extras, fee=chance.choice(("0", "-1")), email=chance.choice(("", "a@fern.example"))
            )
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
        movements = Movement.objects.filter(operation__reference=f"order {number}", product__keeps_stock=True)
        for sku, kind, quantity in movements.values_list("product__sku", "movement_type", "quantity"):
            booked[sku] += quantity if kind == "OUT" else -quantity
        sold = {item["sku"]: item["quantity"] for item in order["line_items"]}
        assert booked == (sold if order["status"] != "cancelled" else dict.fromkeys(sold, 0)), number
        if order["status"] != "cancelled":
            sale = read_sale(as_alice, number)
            assert (sale["total"], sale["due"]) == (order["total"], "0.00")
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


ORDERS = [
    {"percent": 20, "paid": "stripe"},
    {"shipping": "4.90", "fee": "1.50", "paid": "bacs"},
    {"fee": "-2.00", "percent": 15, "shipping": "3.33", "email": "new@fern.example"},
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("net", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_sale_has_the_sums_of_its_order(connect, as_alice, capsys, order, net):
    rate = as_alice.post("/api/taxes/", {"name": "VAT", "rate": "20.00"}).json()["id"]
    Product.objects.update(tax_id=rate)
    as_alice.patch("/api/account/", {"prices_include_tax": not net})
    connection = connect()
    connection.sync.net = net
    connection.run()
    capsys.readouterr()
    number = connection.shop.order({1: 3, 2: 1, 3: 7}, **order)
    connection.run()
    sale = read_sale(as_alice, number)
    assert (sale["total"], sale["due"]) == (connection.shop.orders[number]["total"], "0.00")
    assert capsys.readouterr().out == ""


def test_a_sum_that_differs_is_printed(connect, as_alice, capsys):
    connection = connect()
    connection.run()
    connection.shop.products[2]["sku"] = ""
    capsys.readouterr()
    number = connection.shop.order({1: 1, 2: 1})
    connection.run()
    assert capsys.readouterr().out == f"order {number}: 11.98 there, 3.99 here\n"


def test_an_order_names_its_customer_who_is_written_down_once(connect, as_alice):
    connection = connect()
    connection.run()
    numbers = [connection.shop.order({1: 1}, email=email) for email in ("ada@fern.example", "Ada@fern.example")]
    connection.run()
    assert [read_sale(as_alice, number)["customer_name"] for number in numbers] == ["Ada Fern", "Ada Fern"]
    assert Customer.objects.get().email == "ada@fern.example"


def test_an_order_that_is_paid_later_is_due_until_then(connect, as_alice):
    connection = connect()
    connection.run()
    number = connection.shop.order({1: 1}, email="ada@fern.example", paid="")
    connection.run()
    assert read_sale(as_alice, number)["due"] == "3.99"
    connection.shop.pay(number)
    connection.run()
    assert [payment["kind"] for payment in read_sale(as_alice, number)["payments"]] == ["transfer"]


def test_what_a_customer_sends_back_is_not_sold_again(connect, as_alice):
    connection = connect()
    connection.run()
    number = connection.shop.order({1: 2})
    connection.run()
    sale = read_sale(as_alice, number)["operation"]
    line = {"sku": "SKU-1", "quantity": 1}
    as_alice.post(f"/api/stock/operations/{sale}/return/", {"lines": [line]}, format="json")
    connection.shop.change(number, "completed")
    connection.run()
    assert Operation.objects.filter(reference=f"order {number}", reason="sale").count() == 1


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
