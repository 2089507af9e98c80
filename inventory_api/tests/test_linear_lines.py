"""What a request does grows with its lines, not with their square: products are locked meanwhile."""

import sys
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from products.models import Product
from testing.cast.orders import make_supplier, send_order
from testing.cast.people import client_of, let_use, make_location, make_products
from trade.customers.models import Customer
from trade.invoices.tests.issuing import CUSTOMER, SHOP
from trade.prices.applying import PriceBook, Row
from trade.prices.models import PriceRow
from users.models import User

NUMBERS = (2, 20, 200)
MAX_GROWTH = 12  # from 20 to 200 lines, by that from 2 to 20 lines: 10 if it is linear, 100 if it is the square
ROWS = 8  # price rows of each product


class Shop:
    """A shop with products that have several prices, and a worker who sells at list prices alone."""

    def __init__(self, owner, worker):
        self.owner, self.client, self.worker = owner, client_of(owner), client_of(worker)
        self.place, self.supplier = make_location(owner), make_supplier(owner)
        self.customer = Customer.objects.create(owner=owner, name="Ada Fern")

    def take(self, number):
        """Return new products, of which all are in stock, each with prices of the last month."""
        products = make_products(self.owner, number, quantity=1000)
        Product.objects.filter(owner=self.owner).update(cost_price="4.00")
        now = timezone.now()
        rows = [
            PriceRow(
                owner=self.owner, product=product, price=f"{9 - row / 10:.2f}", since=now - timedelta(days=row + 1),
                until=now - timedelta(days=row) if row else None,
            )
            for product in products for row in range(ROWS)
        ]  # fmt: skip
        PriceRow.objects.bulk_create(rows)
        User.objects.filter(pk=self.owner.pk).update(has_prices=True)
        return products

    def send(self, address, client=None, **body):
        answer = (client or self.client).post(address, body, format="json")
        assert answer.status_code in (200, 201), answer.content[:2000]
        return answer.json()


def lines_of(products, **fields):
    return [{"product": one.pk, "quantity": 1, **fields} for one in products]


def moved(products, movement_type, **fields):
    return lines_of(products, movement_type=movement_type, **fields)


def sell(shop, products, client=None, **fields):
    """Sell at a price that applied weeks ago, and has to be found among those of then and later."""
    late = {"occurred_at": (timezone.now() - timedelta(days=6.5)).isoformat()}
    lines = moved(products, "OUT", unit_price="8.40")
    return shop.send("/api/stock/operations/", client, reason="sale", lines=lines, **late, **fields)


def order(shop, products):
    return shop.send("/api/stock/reservations/", customer=shop.customer.pk, lines=lines_of(products))


def deliver(shop, products):
    return shop.send("/api/stock/operations/", reason="purchase", lines=moved(products, "IN", unit_cost="4.00"))


def prepare_return(shop, products):
    sale = sell(shop, products)
    return lambda: shop.send(f"/api/stock/operations/{sale['id']}/return/")


def prepare_return_of(*names):
    """Return a route that takes lines back, which name these values of the sale's movements."""

    def prepare(shop, products):
        sale = sell(shop, products)
        moved = {"movement": "id", "product": "product"}
        lines = [{"quantity": 1, **{name: one[moved[name]] for name in names}} for one in sale["movements"]]
        return lambda: shop.send(f"/api/stock/operations/{sale['id']}/return/", lines=lines)

    return prepare


def prepare_sending_back(shop, products):
    made = deliver(shop, products)
    return lambda: shop.send(f"/api/stock/operations/{made['id']}/return/")


def prepare_hand_out(shop, products):
    made = order(shop, products)
    return lambda: shop.send(f"/api/stock/reservations/{made['id']}/fulfil/")


def prepare_hand_out_of_lines(shop, products):
    made = order(shop, products)
    return lambda: shop.send(f"/api/stock/reservations/{made['id']}/fulfil/", lines=lines_of(products))


def of_one(prepare):
    """Return the route with lines of one product alone."""
    return lambda shop, products: prepare(shop, products[:1] * len(products))


def prepare_acceptance(shop, products):
    made = shop.send("/api/quotes/", lines=lines_of(products))
    return lambda: shop.send(f"/api/quotes/{made['id']}/accept/", customer=shop.customer.pk)


def prepare_invoice(shop, products):
    assert shop.client.patch("/api/account/", SHOP, format="json").status_code == 200
    sale = sell(shop, products, customer=shop.client.post("/api/customers/", CUSTOMER, format="json").json()["id"])
    return lambda: shop.send(f"/api/sales/{sale['id']}/invoice/")


def prepare_receiving(shop, products):
    made = send_order(shop.client, shop.supplier, *products)
    return lambda: shop.send(f"/api/purchase-orders/{made['id']}/receive/", lines=lines_of(products))


def import_file(shop, products):
    text = "name,quantity,price\n" + "".join(f"New {one.pk},5,3.00\n" for one in products)
    file = SimpleUploadedFile("goods.csv", text.encode(), "text/csv")
    answer = shop.client.post("/api/products/import/", {"file": file, "create_missing": "true"}, format="multipart")
    assert answer.status_code in (200, 201), answer.content[:2000]


ROUTES = {
    "sale": lambda shop, products: lambda: sell(shop, products),
    "sale at list prices": lambda shop, products: lambda: sell(shop, products, shop.worker),
    "return": prepare_return,
    "return of products": prepare_return_of("product"),
    "return of movements": prepare_return_of("movement"),
    "delivery": lambda shop, products: lambda: deliver(shop, products),
    "sending back": prepare_sending_back,
    "sale of one": of_one(lambda shop, products: lambda: sell(shop, products)),
    "return of one": of_one(prepare_return),
    "return of movements of one": of_one(prepare_return_of("movement")),
    "delivery of one": of_one(lambda shop, products: lambda: deliver(shop, products)),
    "sending one back": of_one(prepare_sending_back),
    "transfer": lambda shop, products: (
        lambda: shop.send("/api/stock/transfers/", to=shop.place.pk, lines=lines_of(products), **{"from": None})
    ),
    "count": lambda shop, products: (
        lambda: shop.send("/api/stock/counts/", lines=[{"product": one.pk, "counted": 3} for one in products])
    ),
    "order": lambda shop, products: lambda: order(shop, products),
    "hand-out": prepare_hand_out,
    "hand-out of lines": prepare_hand_out_of_lines,
    "quote": lambda shop, products: lambda: shop.send("/api/quotes/", lines=lines_of(products)),
    "acceptance": prepare_acceptance,
    "purchase order": lambda shop, products: lambda: send_order(shop.client, shop.supplier, *products),
    "receiving": prepare_receiving,
    "invoice": prepare_invoice,
    "import": lambda shop, products: lambda: import_file(shop, products),
    "preview": lambda shop, products: lambda: shop.send("/api/prices/preview/", lines=lines_of(products)),
}


def count_calls(function):
    """Return how many functions of Python and C are called."""
    calls = 0

    def note(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.django_db
@pytest.mark.parametrize("name", ROUTES)
def test_ten_times_the_lines_are_about_ten_times_the_calls(alice, bob, name):
    User.objects.filter(pk=alice.pk).update(workers_sell_at_list_price=True, currency="EUR")
    for user in (alice, bob):
        user.refresh_from_db()
    let_use(alice, "invoices", "payments")
    shop = Shop(alice, bob)
    ROUTES[name](shop, shop.take(2))()  # what is imported and kept once
    few, some, many = (count_calls(ROUTES[name](shop, shop.take(number))) for number in NUMBERS)
    assert many - few < MAX_GROWTH * (some - few)


@pytest.mark.quick
@pytest.mark.django_db
def test_ten_times_the_rows_of_prices_are_about_ten_times_the_calls(alice):
    """None of them is cheaper, so all have to be looked at: for the next quantity, and for the prices of a month."""
    now, key = timezone.now(), ("product", 1)

    def count(number):
        times = [now - timedelta(hours=n) for n in range(number)]
        rows = [Row(1, None, None, n + 2, Decimal(20), None, None, None, at, None) for n, at in enumerate(times)]
        book = PriceBook(alice, None, (), {key: rows}, [])
        month = now - timedelta(days=29), now
        return count_calls(lambda: (book.find_next(key, 1, Decimal(9), None), [*book.list_offers(key, 999, *month)]))

    few, some, many = map(count, NUMBERS)
    assert many - few < MAX_GROWTH * (some - few)
