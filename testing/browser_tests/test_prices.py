"""Prices for customers, quantities and days on the till's page, with a network and without, and on the page Sell."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from testing.browser_tests.tills import BARCODE, CASE, Device, TillShop


@pytest.fixture
def priced_shop(till_shop: TillShop) -> TillShop:
    """Return a shop whose regulars pay 10 % less, and 1.00 for a pen. A dozen pens cost 0.90 each."""
    group = till_shop.call("POST", "/api/price-groups/", {"name": "Regulars", "percent": "10.00"})["id"]
    till_shop.call("POST", "/api/customers/", {"name": "Ada Fern", "phone": "0123456", "price_group": group})
    rows = [{"price": "1.00", "price_group": group}, {"price": "0.90", "from": "12"}]
    till_shop.call("PUT", f"/api/products/{till_shop.pen}/prices/", {"rows": rows})
    return till_shop


def choose_customer(page: Page) -> None:
    page.locator("#buyer").fill("Ada")
    page.locator("#buyers option").wait_for(state="attached")
    page.locator("#buyer").fill("Ada Fern (0123456)")


def expect_total(page: Page, text: str) -> None:
    expect(page.locator("#total-amount")).to_have_text(f"{text} EUR")


def list_sold(operation: Any) -> list[Any]:
    return [(one["unit_price"], one["price_from"]) for one in operation["movements"]]


def test_the_price_follows_quantity_and_customer(priced_shop: TillShop, device: Device) -> None:
    page = device.page
    device.read_all()
    device.scan(BARCODE)
    device.scan("POT-1")
    expect_total(page, "1.235,70")
    choose_customer(page)
    expect_total(page, "1.112,05")
    expect(page.locator("#lines")).to_contain_text("List price 1,20 EUR")
    quantity, price = page.get_by_label("Quantity of Pen"), page.get_by_label("Price of Pen")
    quantity.fill("12")
    expect(price).to_have_value("0,90")
    quantity.fill("11")
    expect(price).to_have_value("1,00")
    price.fill("0,95")
    quantity.fill("12")
    expect(price).to_have_value("0,95")
    expect(page.locator("#lines")).to_contain_text("Typed; 0,90 EUR applies")
    device.book()
    device.expect_all_sent()
    [sale] = priced_shop.list_operations()
    assert sorted(list_sold(sale)) == [("0.95", "typed"), ("1111.05", "percent")]


def test_without_a_network_it_knows_the_groups_of_customers_found_before(priced_shop: TillShop, device: Device) -> None:
    page = device.page
    device.read_all()
    device.scan(BARCODE)
    choose_customer(page)
    expect_total(page, "1,00")
    device.book()
    device.cut()
    for code in (CASE, BARCODE):
        device.scan(code)
    expect_total(page, "11,70")
    device.book()
    device.scan(BARCODE)
    page.locator("#buyer").fill("Ada Fern (0123456)")
    expect_total(page, "1,00")
    device.book()
    device.restore()
    device.expect_all_sent()
    assert [list_sold(one) for one in priced_shop.list_operations()] == [
        [("1.00", "row")], [("0.90", "row")], [("1.00", "row")],
    ]  # fmt: skip


def test_a_changed_price_reaches_the_till(priced_shop: TillShop, device: Device) -> None:
    device.read_all()
    device.scan(BARCODE)
    expect_total(device.page, "1,20")
    priced_shop.call("PUT", f"/api/products/{priced_shop.pen}/prices/", {"rows": [{"price": "1.10"}]})
    device.refresh()
    expect_total(device.page, "1,10")
    priced_shop.call("PUT", f"/api/products/{priced_shop.pen}/prices/", {"rows": []})
    device.refresh()
    expect_total(device.page, "1,20")


def test_the_page_that_sells_shows_the_price_that_applies(priced_shop: TillShop, device: Device) -> None:
    page = device.page
    page.goto("/shop/sell/")
    total, product = page.locator(".task-total b"), page.locator("[name=product]").first
    product.fill("PEN-1")
    page.locator("[name=quantity]").first.fill("2")
    expect(total).to_have_text("2,40 EUR")
    page.locator("summary", has_text="Customer").click()
    page.locator("[name=customer]").fill("Ada")
    page.locator("#field-customer-list option").wait_for(state="attached")
    page.locator("[name=customer]").fill(page.locator("#field-customer-list option").get_attribute("value") or "")
    expect(total).to_have_text("2,00 EUR")
    expect(page.locator(".of-product")).to_contain_text("List price 1,20 EUR")
    page.locator("[name=quantity]").first.fill("12")
    expect(total).to_have_text("10,80 EUR")
    page.locator("[name=unit_price]").first.fill("0,95")
    expect(total).to_have_text("11,40 EUR")
    expect(page.locator(".of-product")).to_contain_text("Typed; 0,90 EUR applies")
    page.locator("[name=unit_price]").first.fill("")
    page.locator(".send-task .primary").click()
    expect(page.locator(".message")).to_contain_text("Sold")
    sale = priced_shop.call("GET", "/api/sales/")["results"][0]
    assert (sale["total"], sale["lines"][0]["price_from"]) == ("10.80", "row")


def test_the_form_of_prices_adds_lines_and_drops_emptied_ones(priced_shop: TillShop, device: Device) -> None:
    page = device.page
    page.goto(f"/shop/prices/products/{priced_shop.pen}/")
    expect(page.locator(".task-line")).to_have_count(3)
    page.locator("[data-add-line]").click()
    expect(page.locator("[name=from]").last).to_be_focused()
    page.locator("[name=price_group]").last.select_option("Regulars")
    page.locator("[name=from]").last.fill("6")
    page.locator("[name=price]").last.fill("0,85")
    page.locator("[name=price]").first.fill("")
    page.locator(".send-task .primary").click()
    expect(page.locator(".message")).to_contain_text("Saved")
    rows = priced_shop.call("GET", f"/api/products/{priced_shop.pen}/prices/")["rows"]
    assert [(row["from"], row["price"]) for row in rows] == [("6", "0.85"), ("12", "0.90")]
