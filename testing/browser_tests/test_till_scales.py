"""Goods by weight at the till: labels of scales, typed amounts, and sums, also without a network."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from testing.browser_tests.demo import Demo
from testing.browser_tests.tills import Device, TillShop, pair_device

CODES = [
    {"prefix": "21", "digits": 5, "places": 3, "holds": "weight"},
    {"prefix": "28", "digits": 5, "places": 2, "holds": "price"},
]
LABEL, OTHER_LABEL, PRICED, TOO_FINE = "2100042002548", "2100042003002", "2800042003476", "2100044002546"


@pytest.fixture(scope="module")
def device(chromium: Browser, shop: Demo) -> Iterator[Device]:
    """Return a paired till of a shop that sells cheese by the kilogram. All tests of this file use it."""
    till_shop = TillShop(shop)
    till_shop.call("PATCH", "/api/account/", {"scale_codes": CODES})
    weighed = {"unit": "kg", "decimals": 3}
    till_shop.cheese = till_shop.add_product("Comté", "00042", 12_500, "25.00", **weighed)  # type: ignore[attr-defined]
    till_shop.add_product("Ham", "00044", 1250, "19.90", unit="kg", decimals=2)
    till_shop.add_product("Wrap", "00047", 10, "2.00", barcode="2800047")
    with pair_device(chromium, till_shop) as device:
        yield device


@pytest.fixture(autouse=True)
def empty_cart(device: Device) -> None:
    device.page.evaluate("sessionStorage.clear()")
    device.open()


def find_quantity(device: Device, name: str = "Comté") -> Locator:
    return device.page.get_by_label(f"Quantity of {name}")


def sell(device: Device) -> Any:
    """Book the cart, and return the operation that the shop has of it."""
    known = len(device.shop.list_operations())
    device.book()
    device.expect_told("Sold: ")
    device.expect_all_sent()
    [operation] = device.shop.list_operations()[known:]
    found = device.shop.call("GET", f"/api/stock/operations/{operation['id']}/")["movements"]
    return [(one["product_name"], one["amount"], one["unit_price"]) for one in found]


def test_labels_are_sold_one_by_one_without_a_network(device: Device) -> None:
    device.cut()
    device.scan(LABEL)
    device.expect_told("Comté: 0,254 kg added, 0,254 kg in all.")
    expect(find_quantity(device)).to_have_value("0,254")
    expect(device.page.locator(".line small").first).to_contain_text("6,35 EUR")
    device.scan(OTHER_LABEL)
    expect(device.page.locator(".line")).to_have_count(2)
    expect(device.page.locator("#total-amount")).to_have_text("13,85 EUR")
    device.restore()
    assert sell(device) == [("Comté", "0.300", "25.00"), ("Comté", "0.254", "25.00")]


def test_a_label_with_a_price_is_sold_at_this_price(device: Device) -> None:
    device.scan(PRICED)
    expect(find_quantity(device)).to_have_value("0,139")
    expect(device.page.locator("#total-amount")).to_have_text("3,47 EUR")
    find_quantity(device).fill("0,145")
    expect(device.page.locator("#total-amount")).to_have_text("3,47 EUR")
    assert sell(device) == [("Comté", "0.145", "23.93")]


def test_a_typed_weight_is_sold(device: Device) -> None:
    device.page.locator("#find").fill("comt")
    device.page.locator("#results button").click()
    device.expect_told("Comté: enter the quantity.")
    expect(find_quantity(device)).to_be_focused()
    expect(device.page.locator("#book")).to_be_disabled()
    device.page.keyboard.type("0,2505")
    expect(device.page.locator("#book")).to_be_disabled()
    find_quantity(device).fill("0.25")
    expect(device.page.locator("#total-amount")).to_have_text("6,25 EUR")
    device.page.reload()
    expect(find_quantity(device)).to_have_value("0,250")
    assert sell(device) == [("Comté", "0.250", "25.00")]


def test_a_sku_without_a_weight_asks_for_it_and_the_next_scan_works(device: Device) -> None:
    device.scan("00042")
    expect(find_quantity(device)).to_be_focused()
    device.scan(LABEL)
    expect(device.page.locator(".line")).to_have_count(2)


def test_a_weight_with_too_many_decimals_adds_nothing(device: Device) -> None:
    device.scan(TOO_FINE)
    device.expect_told("Ham: this code has more decimals than the product. Nothing was added.")
    expect(device.page.locator(".line")).to_have_count(0)


def test_weights_are_received_and_counted_in_one_line(device: Device) -> None:
    for kind in ("receive", "count"):
        device.go(kind)
        device.scan(LABEL)
        device.scan(OTHER_LABEL)
        expect(find_quantity(device)).to_have_value("0,554")
        device.scan(PRICED)  # it does not say how much it is
        device.expect_told("Comté: enter the quantity.")
        expect(find_quantity(device)).to_have_value("0,554")


def test_receipts_have_weights(device: Device) -> None:
    device.scan(LABEL)
    device.book()
    device.page.get_by_role("button", name="Receipt").click()
    expect(device.page.locator(".receipt li")).to_contain_text("0,254 kg × 25,00 EUR / kg")
    expect(device.page.locator(".receipt .total")).to_contain_text("6,35 EUR")


def test_a_refused_sale_of_two_labels_is_counted_once(device: Device) -> None:
    device.expect_all_sent()
    stock = device.shop.count_stock(device.shop.cheese)  # type: ignore[attr-defined]
    device.cut()
    device.scan(LABEL)
    device.scan(OTHER_LABEL)
    device.book()
    device.shop.call("PATCH", f"/api/products/{device.shop.cheese}/", {"amount": "0.1"})  # type: ignore[attr-defined]
    device.restore()
    device.expect_to_settle(1)
    device.go("queue")
    device.page.get_by_role("button", name="Count the shelf and save again").click()
    [field] = device.page.locator("#settle form:not([hidden]) input").all()
    field.fill("1.5")
    device.page.locator("#settle form:not([hidden]) .primary").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert stock
    assert device.shop.count_stock(device.shop.cheese) == 1500  # type: ignore[attr-defined]
