"""Prices that are replaced while others sell."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from testing.cast.people import client_of, make_product
from testing.races import run_and_disconnect, run_behind_lock, try_concurrently
from trade.kits.tests.kits import make_kit
from trade.prices import applying
from trade.prices.models import PriceRow
from trade.prices.tests.priced import make_customer, make_group, set_prices

pytestmark = [pytest.mark.django_db(transaction=True)]
OPERATIONS, ORDERS = "/api/stock/operations/", "/api/stock/reservations/"
SALES = 6


class Shop:
    """Two products and a kit at 10.00, and a customer who pays 10 % less."""

    def __init__(self, alice):
        self.owner, self.client = alice, client_of(alice)
        self.one, self.two = (make_product(alice, name, 1_000, price="10.00", sku=name) for name in ("ONE", "TWO"))
        self.kit = make_kit(alice, "Kit", {self.one.pk: 1}, price="10.00")["id"]
        self.regulars, self.best = make_group(alice), make_group(alice, "Best", "50.00")
        self.customer = make_customer(alice, self.regulars)

    def send(self, address, *goods, **further):
        lines = [{**one, "quantity": 1, **further} for one in goods]
        return self.client.post(address, {"lines": lines, "customer": self.customer}, format="json")

    # --- Ways to sell two lines at one price, each with the prices of its lines -------------------------

    def sell(self, *goods):
        goods = goods or [{"product": self.one.pk}, {"product": self.two.pk}]
        answer = self.client.post(
            OPERATIONS,
            {
                "lines": [{**one, "movement_type": "OUT", "quantity": 1} for one in goods],
                "reason": "sale",
                "customer": self.customer,
            },
            format="json",
        ).json()
        return [one["unit_price"] for one in answer["kits"] or answer["movements"]]

    def sell_twice(self):
        return self.sell({"product": self.one.pk}, {"product": self.one.pk})

    def sell_kits(self):
        return self.sell({"kit": self.kit}, {"kit": self.kit})

    def order(self):
        return [one["unit_price"] for one in self.send(ORDERS, *self.goods).json()["lines"]]

    def hand_out(self, order):
        answer = self.client.post(f"{ORDERS}{order}/fulfil/", {}, format="json").json()
        return [one["unit_price"] for one in answer["movements"]]

    @property
    def goods(self):
        return [{"product": self.one.pk}, {"product": self.two.pk}]

    # --- Ways to replace prices -------------------------------------------------------------------------

    def import_rows(self):
        text = "sku,price\nONE,7.00\nTWO,7.00\n"
        return self.client.post("/api/prices/import/", text, content_type="text/csv")

    def put_rows(self):
        return set_prices(self.owner, self.one, {"price": "7.00"})

    def put_rows_of_kit(self):
        return set_prices(self.owner, self.kit, {"price": "7.00"}, kind="kits")

    def edit_both(self):
        lines = [{"id": one["product"], "price": "20.00"} for one in self.goods]
        return self.client.post("/api/products/edits/", {"lines": lines, "rows": True}, format="json")

    def change_percent(self):
        return self.client.patch(f"/api/price-groups/{self.regulars}/", {"percent": "30.00"})

    def archive_group(self):
        return self.client.delete(f"/api/price-groups/{self.regulars}/")

    def move_customer(self):
        return self.client.patch(f"/api/customers/{self.customer}/", {"price_group": self.best})


@pytest.fixture
def shop(alice):
    return Shop(alice)


@pytest.mark.parametrize(
    ("sold", "replaced", "rows", "allowed"),
    [
        ("sell", "import_rows", "8.00", {"8.00", "7.00"}),
        ("sell", "edit_both", "8.00", {"8.00", "16.00"}),
        ("sell", "change_percent", None, {"9.00", "7.00"}),
        ("sell", "archive_group", None, {"9.00", "10.00"}),
        ("sell", "move_customer", None, {"9.00", "5.00"}),
        ("sell_twice", "put_rows", "8.00", {"8.00", "7.00"}),
        ("sell_kits", "put_rows_of_kit", "8.00", {"8.00", "7.00"}),
        ("order", "import_rows", "8.00", {"8.00", "7.00"}),
        ("order", "change_percent", None, {"9.00", "7.00"}),
        ("hand_out", "import_rows", None, {"10.00", "7.00"}),
    ],
)
def test_a_sale_has_the_old_or_the_new_prices_and_never_a_mixture(shop, sold, replaced, rows, allowed):
    sell, argument = getattr(shop, sold), [[]] * SALES
    if sold == "hand_out":  # at the list price, an order keeps none
        shop.client.patch(f"/api/price-groups/{shop.regulars}/", {"percent": "0.00"})
        argument = [[shop.send(ORDERS, *shop.goods).json()["id"]] for _ in range(SALES)]
    for goods, kind in ((shop.one, "products"), (shop.two, "products"), (shop.kit, "kits")) if rows else ():
        set_prices(shop.owner, goods, {"price": rows}, kind=kind)
    *prices, answer = try_concurrently(*(partial(sell, *one) for one in argument), getattr(shop, replaced))
    assert answer.status_code in (200, 201, 204)
    assert all(len(lines) == 2 and len(set(lines)) == 1 for lines in prices), prices
    assert {lines[0] for lines in prices} <= allowed


def test_a_sale_that_read_the_prices_of_each_line_anew_would_have_a_mixture(shop, monkeypatch):
    """The control: the percentage changes between the two lines of a sale."""
    find, changes = applying.PriceBook.find, [shop.change_percent]

    def find_anew(book, key, *args):
        found = find(applying.read_book(book.by, book.customer, [key]), key, *args)
        with ThreadPoolExecutor(1) as pool:
            [pool.submit(run_and_disconnect, changes.pop()).result() for _ in changes]
        return found

    monkeypatch.setattr(applying.PriceBook, "find", find_anew)
    assert shop.sell() == ["9.00", "7.00"]


def test_of_two_who_put_prices_with_one_etag_one_is_refused(alice, as_alice):
    tea = make_product(alice, "Tea", 1)
    etag = as_alice.get(f"/api/products/{tea.pk}/").headers["ETag"]
    puts = [partial(set_prices, alice, tea, {"price": f"{n}.00"}, **{"If-Match": etag}) for n in (1, 2)]
    assert run_behind_lock(*puts).status_code == 412
    assert PriceRow.objects.count() == 1


@pytest.mark.parametrize("kind", ["products", "kits"])
def test_goods_that_are_just_being_archived_get_no_prices(shop, kind):
    goods = {"products": shop.two.pk, "kits": shop.kit}[kind]
    archive = partial(shop.client.delete, f"/api/{kind}/{goods}/")
    put = partial(set_prices, shop.owner, goods, {"price": "7.00"}, kind=kind)
    assert run_behind_lock(archive, put).status_code == 404
