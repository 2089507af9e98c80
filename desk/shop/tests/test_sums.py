"""What a page says is what is booked: its script computes what the API answers, and another sum is asked about."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from products.models import Product
from stock.models import Operation
from testing.cast.people import make_product
from testing.laws.offered import sign
from testing.reading.browser import read_task
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from trade.purchasing.models import Order
from trade.quotes.models import Quote
from trade.selling.tests.test_sold import make_tax
from users.models import User

SELL, LINES = "/shop/sell/", "/shop/line-products/"
CELLS = "product", "quantity", "unit_price", "off"
# Prints what sums.js says of the lines of each case, as the field `_said` has it.
SUM = """
import { readFileSync } from "node:fs";
import { costOf, sumUp } from "./shop/sums.js";
import { setFormat, toAmount, toUnits } from "./tills/money.js";
const { currency, products, rates, lines, discount } = JSON.parse(readFileSync(0));
setFormat(".", currency, currency === "JPY");
const read = ({ row, quantity, ...line }) => ({ ...line, row, units: toUnits(quantity, row.decimals) });
const rowOf = (row) => (row.kind ? { ...row, id: `kit ${row.id}`, decimals: 0 } : row);
const typed = lines.map(([text, quantity, price = "", off = ""]) =>
  read({ row: rowOf(products[text]), quantity, typed: price, off }));
const known = rates && new Map(Object.entries(rates).map(([id, rate]) => [Number(id), rate]));
const { sum } = sumUp(typed, typed.map((line) => costOf(line, { sells: true })), { discount, rates: known });
console.log(toAmount(sum));
"""


@pytest.fixture
def net_shop(alice, as_alice):
    """Return a function that makes the shop of alice one with prices without VAT in a currency, with a kit."""

    def make(currency, *, is_net=True):
        cheap, dear = ("107", "2221") if currency == "JPY" else ("3.33", "18.90")
        taxes = {rate: make_tax(as_alice, rate) for rate in ("7", "19")}
        User.objects.filter(pk=alice.pk).update(currency=currency, prices_include_tax=not is_net)
        tea = make_product(alice, "Tea", 900, sku="TEA", price=cheap, tax_id=taxes["7"])
        cheese = make_product(
            alice, "Cheese", 90_000, sku="CHEESE", price=dear, tax_id=taxes["19"], decimals=3, unit="kg"
        )
        make_product(alice, "Stamp", 900, sku="STAMP", price="111" if currency == "JPY" else "1.11")
        make_kit(alice, "Basket", {tea.pk: 2, cheese.pk: 300}, sku="BASKET", price="1001")

    return make


@pytest.fixture
def say_sum(browser, tmp_path):
    """Return a function that returns what the page says of the lines: [text, quantity, price, discount]."""
    for name, script in (("shop", "shop/sums.js"), ("tills", "tills/money.js")):
        shutil.copytree(Path(finders.find(script)).parent, tmp_path / name)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "sum.js").write_text(SUM)

    def say(currency, lines, discount, *, is_net):
        query = {"text": [line[0] for line in lines], "goods": "yes", "sells": "yes"}
        query |= {"taxed": "yes"} if is_net else {}
        given = json.dumps(browser.client.get(LINES, query).json() | {
            "currency": currency, "lines": lines, "discount": discount,
        })  # fmt: skip
        done = subprocess.run(["node", "sum.js"], cwd=tmp_path, input=given, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return say


@pytest.mark.quick
@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
@all_cases("currency", ["EUR", "JPY"])
@all_cases("is_net", [True, False])
def test_a_sale_costs_what_its_page_says(browser, net_shop, say_sum, currency, is_net):
    net_shop(currency, is_net=is_net)
    lines = [["TEA", "7"], ["CHEESE", "0.333", "", "10 %"], ["BASKET", "3"], ["STAMP", "1", "9"], ["TEA", "1", "", "3"]]
    for discount in ("", "12.5 %", "300"):
        said = say_sum(currency, lines, discount, is_net=is_net)
        sent = [dict(zip(CELLS, [*line, "", ""], strict=False)) for line in lines]
        asked = browser.send_task(SELL, *sent, discount=discount, _said="1.00")
        assert read_task(asked.text)["_sum"] == [said]


def test_another_sum_is_asked_about_and_nothing_is_booked_before(browser, alice, earl):
    """The price has changed since the page was opened. Sent again, the form books the sum that the page has told."""
    Product.objects.filter(pk=earl.pk).update(price="9.00")
    asked = browser.send_task(SELL, {"product": "earl", "quantity": "2"}, _said="8.00")
    assert asked.status_code == 400
    assert "The sum is 18.00, and this page has said another one" in asked.text
    assert not Operation.objects.filter(reason="sale").exists()
    assert browser.client.post(SELL, read_task(asked.text) | {"_said": "8.00"}).status_code == 303
    assert Operation.objects.filter(reason="sale").count() == 1


def test_a_sale_that_was_booked_is_not_asked_about_again(browser, earl):
    values = browser.task_values(SELL) | {"product": ["earl"], "quantity": ["2"], "_said": ""}
    assert browser.client.post(SELL, values).status_code == 303
    assert browser.client.post(SELL, values | {"_said": "1.00"}).status_code == 303


def test_quotes_orders_and_what_comes_back_are_asked_about(browser, as_alice, earl):
    supplier = as_alice.post("/api/suppliers/", {"name": "Estate"}, format="json").json()
    line = {"product": "earl", "quantity": "2"}
    draft = f"/shop/order/?supplier={supplier['id']}"
    Product.objects.filter(pk=earl.pk).update(supplier=supplier["id"], cost_price="4.00")
    for address in ("/shop/quote/", "/shop/return/without-receipt/", "/shop/receive/", draft):
        before = Operation.objects.count(), Quote.objects.count(), Order.objects.count()
        asked = browser.send_task(address, {"quantity": "2"} if address == draft else line, _said="1.00")
        assert (asked.status_code, "has said another one" in asked.text) == (400, True), address
        assert (Operation.objects.count(), Quote.objects.count(), Order.objects.count()) == before
        assert browser.client.post(address, read_task(asked.text) | {"_said": "1.00"}).status_code == 303


def test_a_save_that_changes_nothing_is_not_asked_about_its_sum(browser, as_alice, earl):
    """What a draft, a quote and an order have agreed on stays, whatever the page has said of it."""
    supplier = as_alice.post("/api/suppliers/", {"name": "Estate"}, format="json").json()["id"]
    ordered = {"supplier": supplier, "lines": [{"product": earl.pk, "quantity": 24, "unit_cost": "5.00"}]}
    agreed = {"lines": [{"product": earl.pk, "quantity": 2, "unit_price": "3.00"}]}
    pages = {
        "/shop/orders/{}/": ("/api/purchase-orders/", ordered),
        "/shop/quotes/{}/": ("/api/quotes/", agreed),
        "/shop/reservations/{}/": ("/api/stock/reservations/", agreed),
    }
    for page, (route, body) in pages.items():
        address = page.format(as_alice.post(route, body, format="json").json()["id"])
        before = sign()
        assert browser.client.post(address, browser.task_values(address) | {"_said": "1.00"}).status_code == 303, page
        assert sign() == before, page


def test_lines_of_an_order_cost_what_its_supplier_asks_and_workers_see_no_cost(browser, as_alice, bob, earl):
    supplier = as_alice.post("/api/suppliers/", {"name": "Estate"}, format="json").json()["id"]
    offer = {"product": earl.pk, "supplier": supplier, "cost_price": "4.10"}
    as_alice.post("/api/offers/", offer, format="json")
    Product.objects.filter(pk=earl.pk).update(cost_price="5.70")
    query = {"text": "earl", "supplier": supplier}
    costs = [
        browser.client.get(LINES, asked).json()["products"]["earl"]["cost_price"] for asked in (query, {"text": "earl"})
    ]
    assert costs == ["4.10", "5.70"]
    browser.client.force_login(bob)
    assert browser.client.get(LINES, query).json()["products"]["earl"].get("cost_price") is None


def test_what_was_agreed_stands_at_the_lines_of_orders(browser, as_alice, earl):
    """A page that receives an order has the costs of its lines, and one that hands out has the prices."""
    supplier = as_alice.post("/api/suppliers/", {"name": "Estate"}, format="json").json()["id"]
    line = {"product": earl.pk, "quantity": 24, "unit_cost": "5.00"}
    order = as_alice.post("/api/purchase-orders/", {"supplier": supplier, "lines": [line]}, format="json").json()["id"]
    as_alice.post(f"/api/purchase-orders/{order}/send/", {}, format="json")
    made = as_alice.post(
        "/api/stock/reservations/",
        {"lines": [{"product": earl.pk, "quantity": 2, "unit_price": "3.00"}], "discount": {"amount": "1.00"}},
        format="json",
    ).json()["id"]
    ordered, reserved = f"/shop/orders/{order}/receive/", f"/shop/reservations/{made}/fulfil/"
    assert read_agreed(browser, ordered) | {"arrived": 0} == {
        "unit_cost": "5.00", "cost": None, "ordered": 24, "arrived": 0, "given": "0.00",
    }  # fmt: skip
    assert read_agreed(browser, reserved)["texts"]["unit_price"] == "3.00"
    assert 'data-agreed-discount="1.00"' in browser.get_page(reserved)
    quantity = {"quantity": ["24"]}
    asked = browser.client.post(ordered, browser.task_values(ordered) | quantity | {"_said": "136.80"})
    assert "The sum is 120.00, and" in asked.text


@all_cases("is_net", [True, False])
def test_a_page_knows_which_prices_were_agreed_without_vat(browser, alice, as_alice, net_shop, is_net):
    """After the shop has switched whether its prices are with VAT, a new order repeats no price of before."""
    net_shop("EUR", is_net=is_net)
    tea = Product.objects.get(sku="TEA")
    line = {"product": tea.pk, "quantity": 2, "unit_price": "3.00"}
    made = as_alice.post("/api/stock/reservations/", {"lines": [line]}, format="json").json()["id"]
    form, again = f"/shop/reservations/{made}/", f"/shop/reserve/?again={made}"
    assert browser.task_values(again)["unit_price"][0] == "3.00"
    User.objects.filter(pk=alice.pk).update(prices_include_tax=is_net)
    for page in (form, f"{form}fulfil/"):
        shown = browser.get_page(page)
        assert ("data-added-tax=" in shown, "data-net-prices" in shown) == (True, not is_net)
        assert read_agreed(browser, page)["is_net"] is is_net
    assert browser.task_values(again)["unit_price"][0] == ""
    assert "Agreed with" not in browser.get_page(again)
    rates = browser.client.get(LINES, {"text": "TEA", "taxed": "yes"}).json()["rates"]
    assert rates == {str(tea.pk): "7.00"}


def read_agreed(browser, address):
    found = re.search('data-agreed="([^"]*)"', browser.get_page(address))
    return json.loads(html.unescape(found[1]))
