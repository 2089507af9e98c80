"""What a page says is what the API answers after it, in shops with prices without VAT and in yen."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from testing.browser_tests.tills import TillShop, sign_in
from testing.browser_tests.visitor import WIDE, Visitor

SHOWN = ".task-total b"


class Counter:
    """A shop with rates of VAT, a kit and goods by weight, and a browser of its owner."""

    def __init__(self, shop: TillShop, page: Page, currency: str, *, is_net: bool) -> None:
        self.shop, self.page, self.is_net = shop, page, is_net
        shop.call("PATCH", "/api/account/", {"currency": currency, "csv": "standard"})
        rates = {
            rate: shop.call("POST", "/api/taxes/", {"name": rate, "rate": rate})["id"] for rate in ("7.00", "19.00")
        }
        whole = currency == "JPY"
        self.tea = shop.add_product("Tea", "TEA", 900, "107" if whole else "3.33", tax=rates["7.00"])
        self.cheese = shop.add_product(
            "Cheese", "CHEESE", 90_000, "2221" if whole else "18.90", tax=rates["19.00"], decimals=3, unit="kg"
        )
        self.stamp = shop.add_product("Stamp", "STAMP", 900, "99" if whole else "1.11")
        parts = [{"product": self.tea, "quantity": 2}, {"product": self.cheese, "quantity": 300}]
        self.kit = shop.call("POST", "/api/kits/", {"name": "Basket", "sku": "BASKET", "price": "1001", "parts": parts})
        uses = {"payments": "on", "orders": "on"}
        account: dict[str, Any] = {"prices_include_tax": not is_net, "uses": uses, "acknowledged": True}
        shop.call("PATCH", "/api/account/", account)

    def fill(self, *lines: tuple[str, ...], **fields: str) -> None:
        """Write the lines, each with a product, a quantity and a price, and the fields."""
        for number, texts in enumerate(lines):
            if number and self.page.locator("[name=product]").count() <= number:
                self.page.locator("[data-add-line]").click()
            for name, text in zip(("product", "quantity", "unit_price"), texts, strict=False):
                self.page.locator(f"[name={name}]").nth(number).fill(text)
        for name, text in fields.items():
            self.page.evaluate("document.querySelectorAll('form.task details').forEach((one) => { one.open = true; })")
            self.page.locator(f"[name={name}]").fill(text)
        self.page.locator("h1").click()

    def read(self) -> str:
        """Return the sum that the page says, as it is sent."""
        expect(self.page.locator(SHOWN)).to_have_text(re.compile(r"\d"))
        shown = Decimal(re.sub("[^0-9.]", "", self.page.locator(SHOWN).inner_text()))
        said = self.page.locator("[name=_said]").input_value()
        assert round(Decimal(said) - shown) == 0
        return said

    def send(self, message: str) -> None:
        self.page.locator(".send-task .primary").click()
        expect(self.page.locator(".message").last).to_contain_text(message)

    def find_sale(self) -> Any:
        return self.shop.call("GET", "/api/sales/")["results"][0]


@pytest.fixture(params=[("EUR", True), ("JPY", True), ("EUR", False)], ids=["net", "net-yen", "gross"])
def counter(request: pytest.FixtureRequest, chromium: Browser, till_shop: TillShop) -> Iterator[Counter]:
    visitor = Visitor(chromium, till_shop.demo.address, WIDE)
    sign_in(visitor.page, till_shop.owner)
    currency, is_net = request.param
    yield Counter(till_shop, visitor.page, currency, is_net=is_net)
    visitor.close()
    assert [problem for problem in visitor.problems if "net::ERR_" not in problem] == []


LINES = (("TEA", "7"), ("CHEESE", "0.333"), ("BASKET", "3"), ("STAMP", "1", "5"))


def test_a_sale_is_booked_at_what_the_button_says(counter: Counter) -> None:
    for fields in ({}, {"discount": "12.5 %"}, {"discount": "3"}):
        counter.page.goto("/shop/sell/")
        counter.fill(*LINES, **fields)
        said = counter.read()
        expect(counter.page.locator(".send-task .primary")).to_contain_text(counter.page.locator(SHOWN).inner_text())
        counter.send("Sold 4 lines")
        sale = counter.find_sale()
        assert (sale["total"], sale["payments"][0]["amount"]) == (said, said)


def test_a_sale_in_two_ways_is_paid_as_the_page_says(counter: Counter) -> None:
    counter.page.goto("/shop/sell/")
    counter.fill(*LINES, amount="100", tip="2")
    counter.page.locator("[name=rest]").select_option("card")
    counter.page.locator("h1").click()
    counter.read()
    said = counter.page.locator(".paid-parts span").last.inner_text()
    counter.send("Sold 4 lines")
    card = counter.find_sale()["payments"][1]
    assert Decimal(re.findall(r"[\d,.]+\d", said)[0].replace(",", "")) == Decimal(card["amount"])


def test_quotes_and_their_changes_cost_what_the_page_says(counter: Counter) -> None:
    counter.page.goto("/shop/quote/")
    counter.fill(*LINES, discount="2.5 %")
    said = [counter.read()]
    counter.send("Wrote")
    [quote] = counter.shop.call("GET", "/api/quotes/")["results"]
    assert quote["total"] == said[0]
    counter.page.goto(f"/shop/quotes/{quote['id']}/")
    assert counter.read() == said[0]
    counter.page.locator("[name=quantity]").nth(1).fill("8")
    counter.page.locator("h1").click()
    expect(counter.page.locator("[name=_said]")).not_to_have_value(said[0])
    said.append(counter.read())
    counter.send("Saved the quote")
    assert counter.shop.call("GET", f"/api/quotes/{quote['id']}/")["total"] == said[1]


def order(counter: Counter, **fields: Any) -> int:
    lines = [
        {"kit": counter.kit["id"], "quantity": 3}, {"product": counter.tea, "quantity": 7, "unit_price": "90"},
        {"product": counter.stamp, "quantity": 5},
    ]  # fmt: skip
    return int(counter.shop.call("POST", "/api/stock/reservations/", {"lines": lines, **fields})["id"])


@pytest.mark.parametrize("discount", [None, {"percent": "12.5"}, {"amount": "300"}], ids=["plain", "percent", "amount"])
@pytest.mark.parametrize("taken", [None, "2"], ids=["all", "part"])
def test_an_order_is_handed_out_at_what_the_page_says(counter: Counter, discount: Any, taken: str | None) -> None:
    made = order(counter, discount=discount)
    for product in (counter.tea, counter.stamp):
        counter.shop.call("PATCH", f"/api/products/{product}/", {"price": "123"})
    counter.page.goto(f"/shop/reservations/{made}/fulfil/")
    if taken:
        for line in range(counter.page.locator("[name=quantity]").count()):
            counter.page.locator("[name=quantity]").nth(line).fill(taken if line != 1 else "0.301")
        counter.page.locator("h1").click()
        counter.page.wait_for_timeout(300)
    said = counter.read()
    counter.send("Sold")
    assert counter.find_sale()["total"] == said


@pytest.mark.parametrize("way", ["all", "part", "typed"])
def test_an_order_of_before_prices_were_with_vat_costs_what_the_page_says(counter: Counter, way: str) -> None:
    made = order(counter)
    counter.shop.call("PATCH", "/api/account/", {"prices_include_tax": counter.is_net, "acknowledged": True})
    counter.page.goto(f"/shop/reservations/{made}/fulfil/")
    if way == "part":
        for line in range(counter.page.locator("[name=quantity]").count()):
            counter.page.locator("[name=quantity]").nth(line).fill("2" if line != 1 else "0.301")
    if way == "typed":
        counter.page.locator("[name=unit_price]").nth(2).fill("30")
    counter.page.locator("h1").click()
    counter.page.wait_for_timeout(300)
    said = counter.read()
    counter.send("Sold")
    assert counter.find_sale()["total"] == said


def test_a_quote_of_before_prices_were_with_vat_costs_what_the_page_says(counter: Counter) -> None:
    counter.page.goto("/shop/quote/")
    counter.fill(("TEA", "7", "30"), ("CHEESE", "0.333"), ("BASKET", "3"))
    said = counter.read()
    counter.send("Wrote")
    [quote] = counter.shop.call("GET", "/api/quotes/")["results"]
    counter.shop.call("PATCH", "/api/account/", {"prices_include_tax": counter.is_net, "acknowledged": True})
    counter.page.goto(f"/shop/quotes/{quote['id']}/")
    assert counter.read() == said
    quantity = counter.page.locator("[name=quantity]").first
    quantity.fill("4")
    counter.page.locator("h1").click()
    expect(counter.page.locator("[name=_said]")).not_to_have_value(said)
    said = counter.read()
    counter.send("Saved the quote")
    assert counter.shop.call("GET", f"/api/quotes/{quote['id']}/")["total"] == said


def test_a_price_that_changes_meanwhile_is_asked_about(counter: Counter) -> None:
    counter.page.goto("/shop/sell/")
    counter.fill(("TEA", "1"))
    said = counter.read()
    counter.shop.call("PATCH", f"/api/products/{counter.tea}/", {"price": "200"})
    counter.page.locator(".send-task .primary").click()
    expect(counter.page.locator(".refusal")).to_contain_text("Nothing was saved yet")
    expect(counter.page.locator("[name=_said]")).not_to_have_value(said)
    said = counter.read()
    counter.send("Sold 1 of")
    assert counter.find_sale()["total"] == said


def test_a_delivery_of_an_order_costs_what_the_page_says(counter: Counter) -> None:
    call = counter.shop.call
    supplier = call("POST", "/api/suppliers/", {"name": "Estate"})["id"]
    for product, cost in ((counter.tea, "5.70"), (counter.cheese, "12.00")):
        call("PATCH", f"/api/products/{product}/", {"cost_price": cost})
    call("PATCH", f"/api/products/{counter.cheese}/", {"supplier": supplier})
    lines = [
        {"product": counter.tea, "quantity": 24, "unit_cost": "5.00"}, {"product": counter.cheese, "quantity": 2500},
        {"product": counter.stamp, "quantity": 7, "cost": "10.00"},
    ]  # fmt: skip
    made = call("POST", "/api/purchase-orders/", {"supplier": supplier, "lines": lines})
    counter.page.goto(f"/shop/orders/{made['id']}/")
    assert counter.read() == made["cost"]
    call("POST", f"/api/purchase-orders/{made['id']}/send/", {})
    for arrived in (("9", "0.7", "3"), ("15", "1.8", "4")):
        counter.page.goto(f"/shop/orders/{made['id']}/receive/")
        for place, text in enumerate(arrived):
            counter.page.locator("[name=quantity]").nth(place).fill(text)
        counter.page.evaluate("document.querySelectorAll('form.task details').forEach((one) => { one.open = true; })")
        counter.page.locator("[name='extra_costs.freight']").fill("7")
        counter.page.locator("h1").click()
        counter.page.wait_for_timeout(300)
        said = counter.read()
        counter.send("Received 3 lines")
        booked = call("GET", "/api/stock/operations/")["results"][0]
        assert f"{sum(Decimal(one['value']) for one in booked['movements']):.2f}" == said, json.dumps(booked)


def test_the_form_of_an_order_sums_what_its_lines_cost(counter: Counter) -> None:
    call = counter.shop.call
    supplier, other = (call("POST", "/api/suppliers/", {"name": name})["id"] for name in ("Estate", "Other"))
    call("PATCH", f"/api/products/{counter.tea}/", {"cost_price": "5.70", "supplier": other})
    call("PATCH", f"/api/products/{counter.cheese}/", {"cost_price": "12.00", "supplier": supplier})
    call("PATCH", f"/api/products/{counter.stamp}/", {"supplier": supplier})
    call("POST", "/api/offers/", {"product": counter.tea, "supplier": supplier, "cost_price": "4.10"})
    counter.page.goto(f"/shop/order/?supplier={supplier}")
    for place in range(3):
        counter.page.locator("[name=quantity]").nth(place).fill("3")
    counter.page.locator("h1").click()
    counter.page.wait_for_timeout(300)
    said = counter.read()
    counter.send("Wrote a draft of 3 lines")
    assert counter.shop.call("GET", "/api/purchase-orders/")["results"][0]["cost"] == said == "48.30"


def test_goods_without_a_receipt_come_back_at_what_the_page_says(counter: Counter) -> None:
    counter.page.goto("/shop/return/without-receipt/")
    counter.fill(("TEA", "3"), ("CHEESE", "0.333"), ("STAMP", "1", "5"))
    said = counter.page.locator(SHOWN)
    counter.read()
    text = said.inner_text()
    counter.page.locator(".send-task .primary").click()
    expect(counter.page.locator(".message").last).to_contain_text(f"Give back {text}")
