"""Shops whose prices do not include VAT: what the till asks for is what the server says is due."""

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from testing.browser_tests.test_till_discounts import give_discount
from testing.browser_tests.test_till_payments import list_payments
from testing.browser_tests.test_till_returns import open_sale
from testing.browser_tests.tills import BARCODE, Device, TillShop


@pytest.fixture
def net_till(device: Device, till_shop: TillShop) -> Device:
    """Return the device of a shop with net prices, three rates and payments."""
    rates = {"19.00": (till_shop.pen, "0.99"), "7.00": (till_shop.pot, "3.33")}
    for rate, (product, price) in rates.items():
        tax = till_shop.call("POST", "/api/taxes/", {"name": rate, "rate": rate})["id"]
        till_shop.call("PATCH", f"/api/products/{product}/", {"tax": tax, "price": price})
    till_shop.add_product("Stamp", "STAMP", 50, "1.11")
    account: dict[str, Any] = {"prices_include_tax": False, "uses": {"payments": "on"}, "acknowledged": True}
    till_shop.call("PATCH", "/api/account/", account)
    device.read_all()
    expect(device.page.locator("#paying")).to_be_visible()
    return device


def read_told(till: Device) -> str:
    """Return the amount that the till has told."""
    till.expect_told("till 1 #")
    return re.search(r"([0-9.,]+) EUR", till.page.locator("#told").inner_text())[1].replace(",", ".")  # type: ignore[index]


def test_the_total_has_the_vat_and_comes_back_to_the_cent(net_till: Device, till_shop: TillShop) -> None:
    net_till.cut()
    for code in (BARCODE, BARCODE, BARCODE, "POT-1", "STAMP"):
        net_till.scan(code)
    give_discount(net_till, "12,5")
    expect(net_till.page.locator("#total")).to_contain_text("7,17 EUR with 0,69 EUR VAT")
    net_till.open_more()
    net_till.page.get_by_label("Received").fill("7,16")
    expect(net_till.page.locator("#book")).to_be_disabled()
    net_till.page.get_by_label("Received").fill("10")
    expect(net_till.page.locator("#change")).to_have_text("Change: 2,83 EUR")
    net_till.book()
    told = [read_told(net_till)]
    for _ in range(3):
        open_sale(net_till)
        expect(net_till.page.locator(".receipt")).to_contain_text(re.compile("VAT *0,69 EUR"))
        net_till.page.locator("#return").click()
        if len(told) > 1:
            net_till.page.locator("#all").click()
        net_till.page.get_by_label("Quantity of Pen").fill("1")
        net_till.book()
        net_till.page.locator("#told", has_text=f"#{len(told) + 1},").wait_for()
        told.append(f"-{read_told(net_till)}")
    net_till.restore()
    net_till.expect_all_sent()
    net_till.expect_to_settle(0)
    sale = till_shop.list_operations()[0]
    assert told == [amount for _, amount, _ in list_payments(till_shop, sale)]
    assert sum(map(Decimal, told)) == 0


def test_a_new_rate_is_known_when_a_product_gets_it(net_till: Device, till_shop: TillShop) -> None:
    tax = till_shop.call("POST", "/api/taxes/", {"name": "New", "rate": "21.00"})["id"]
    till_shop.call("PATCH", f"/api/products/{till_shop.pen}/", {"tax": tax, "price": "100.00"})
    net_till.refresh()
    net_till.scan(BARCODE)
    expect(net_till.page.locator("#total-amount")).to_have_text("121,00 EUR")


def test_kits_have_the_vat_of_their_parts(net_till: Device, till_shop: TillShop) -> None:
    parts = [{"product": till_shop.pen, "quantity": 2}, {"product": till_shop.pot, "quantity": 1}]
    till_shop.call("POST", "/api/kits/", {"name": "Basket", "sku": "BASKET", "price": "4.99", "parts": parts})
    net_till.refresh()
    net_till.cut()
    for code in ("BASKET", "BASKET", "BASKET", BARCODE, "STAMP"):
        net_till.scan(code)
    give_discount(net_till, "12,5")
    net_till.book()
    told = [read_told(net_till)]
    for number in (2, 3, 4):
        open_sale(net_till)
        net_till.page.locator("#return").click()
        net_till.page.get_by_label("Quantity of Basket").fill("1")
        net_till.book()
        net_till.page.locator("#told", has_text=f"#{number},").wait_for()
        told.append(f"-{read_told(net_till)}")
    net_till.restore()
    net_till.expect_all_sent()
    net_till.expect_to_settle(0)
    sale = till_shop.list_operations()[0]
    assert told == [amount for _, amount, _ in list_payments(till_shop, sale)]
