"""Selling, receiving and counting on the till's page, with a network and without."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from testing.browser_tests.tills import BARCODE, CASE, READY, Device, TillShop


def test_a_sale_is_booked_under_the_tills_number(device: Device, till_shop: TillShop) -> None:
    device.sell(BARCODE, CASE)
    device.expect_told("Sold: till 1 #1, 15,60 EUR.")
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1"]
    assert till_shop.count_stock(till_shop.pen) == 87


def test_sales_without_a_network_are_sent_later_and_once(device: Device, till_shop: TillShop) -> None:
    device.cut()
    device.sell(BARCODE)
    device.sell("POT-1", BARCODE)
    device.expect_unsent(2)
    assert till_shop.list_references() == []
    device.restore()
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1", "till 1 #2"]
    assert (till_shop.count_stock(till_shop.pen), till_shop.count_stock(till_shop.pot)) == (98, 9)


def test_the_page_opens_and_sells_without_a_network(device: Device, till_shop: TillShop) -> None:
    device.cut()
    device.open()
    device.sell(BARCODE)
    device.page.reload()
    device.expect_unsent(1)
    device.restore()
    device.expect_all_sent()
    assert till_shop.count_stock(till_shop.pen) == 99


def test_a_price_that_is_typed_is_the_price_of_the_sale(device: Device, till_shop: TillShop) -> None:
    device.scan(BARCODE)
    device.page.get_by_label("Price of Pen").fill("0,95")
    device.page.get_by_label("Quantity of Pen").fill("3")
    device.book()
    device.expect_told("2,85 EUR")
    device.expect_all_sent()
    [movement] = till_shop.list_operations()[0]["movements"]
    assert (movement["quantity"], movement["unit_price"]) == (3, "0.95")


@pytest.mark.parametrize("typed", ["0", "14,50"])
def test_a_doubtful_price_is_asked_about_before_it_is_booked(device: Device, till_shop: TillShop, typed: str) -> None:
    device.scan(BARCODE)
    device.page.get_by_label("Price of Pen").fill(typed)
    expect(device.page.locator("#lines")).to_contain_text("Is this price right?")
    device.book()
    device.expect_told("Nothing is sold yet. Are these prices right: Pen")
    assert till_shop.list_references() == []
    device.book()
    device.expect_told("Sold: till 1 #1")
    device.expect_all_sent()


@pytest.mark.parametrize("typed", ["", "0", "1.5", "-1", "x"])
def test_a_wrong_quantity_is_not_booked(device: Device, typed: str) -> None:
    device.scan(BARCODE)
    device.page.get_by_label("Quantity of Pen").fill(typed)
    expect(device.page.locator("#book")).to_be_disabled()


def test_a_product_without_stock_is_sold_without_a_limit_and_not_counted(device: Device, till_shop: TillShop) -> None:
    wrap = till_shop.add_product("Gift wrap", "WRAP", 0, "2.00", keeps_stock=False)
    device.refresh()
    device.cut()
    device.go("count")
    device.scan("WRAP")
    device.expect_told("Gift wrap: its stock is not counted. Nothing was added.")
    device.go("sell")
    device.scan("WRAP")
    device.page.get_by_label("Quantity of Gift wrap").fill("500")
    expect(device.page.locator("#lines")).not_to_contain_text("in stock")
    device.book()
    device.expect_unsent(1)
    device.restore()
    device.expect_all_sent()
    assert [one["quantity"] for one in till_shop.list_operations()[0]["movements"]] == [500, 500]
    assert till_shop.count_stock(wrap) == 0


def test_receives_and_counts(device: Device, till_shop: TillShop) -> None:
    device.go("receive")
    device.scan(CASE)
    device.book()
    device.expect_told("Received: till 1 #1.")
    device.go("count")
    device.scan("POT-1")
    device.page.get_by_label("Quantity of Tea pot").fill("7")
    device.book()
    device.expect_told("Counted: till 1 #2.")
    device.expect_all_sent()
    assert (till_shop.count_stock(till_shop.pen), till_shop.count_stock(till_shop.pot)) == (112, 7)


def test_a_count_without_a_network_goes_to_the_chosen_sheet(device: Device, till_shop: TillShop) -> None:
    sheet = till_shop.call("POST", "/api/stock/sheets/", {"name": "July"})["id"]
    device.refresh()
    device.go("count")
    device.page.get_by_label("Counting list").select_option("July")
    device.scan("POT-1")
    expect(device.page.locator("#lines")).not_to_contain_text("in stock")
    device.page.get_by_label("Quantity of Tea pot").fill("7")
    device.cut()
    device.book()
    device.expect_told("Counted: till 1 #1.")
    device.restore()
    device.expect_all_sent()
    [row] = till_shop.call("GET", f"/api/stock/sheets/{sheet}/differences/")
    assert (row["counted"], row["expected"], till_shop.count_stock(till_shop.pot)) == (7, 10, 10)


def test_two_tabs_share_the_numbers_and_the_queue(device: Device, till_shop: TillShop) -> None:
    other = Device.__new__(Device)
    other.__dict__ = {**device.__dict__, "page": device.context.new_page()}
    other.open()
    device.cut()
    device.sell(BARCODE)
    other.sell(BARCODE)
    device.sell(BARCODE)
    other.expect_unsent(3)
    device.restore()
    device.expect_all_sent()
    other.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1", "till 1 #2", "till 1 #3"]
    assert till_shop.count_stock(till_shop.pen) == 97


def test_a_duplicated_tab_sells_what_it_shows(device: Device, till_shop: TillShop) -> None:
    device.sell(BARCODE)
    other = duplicate(device)  # with a copy of the empty cart
    device.sell("POT-1")
    other.sell(BARCODE)
    device.scan(BARCODE)
    another = duplicate(device)
    expect(another.page.locator(".line")).to_have_count(1)
    device.book()
    expect(another.page.locator(".line")).to_have_count(0)
    device.expect_all_sent()
    assert len(till_shop.list_references()) == 4
    assert (till_shop.count_stock(till_shop.pen), till_shop.count_stock(till_shop.pot)) == (97, 9)


def duplicate(device: Device) -> Device:
    """Return a tab with a copy of what the device's tab keeps for its session."""
    other = Device.__new__(Device)
    with device.context.expect_page() as opened:
        device.page.evaluate("() => { window.open('/till/'); }")
    other.__dict__ = {**device.__dict__, "page": opened.value}
    other.page.wait_for_selector(READY)
    return other


FULL = """() => {
  IDBObjectStore.prototype.put = function () { throw new DOMException("The disk is full.", "QuotaExceededError"); };
}"""


def test_nothing_is_sold_if_the_browser_stores_nothing(device: Device, till_shop: TillShop) -> None:
    device.scan(BARCODE)
    device.page.evaluate(FULL)
    device.book()
    device.expect_told("Nothing was saved: this browser does not store it (The disk is full.)")
    expect(device.page.locator("#told")).to_have_class("refusal")
    expect(device.page.locator(".line")).to_have_count(1)
    assert device.rows() == till_shop.list_references() == []


def test_a_browser_without_a_store_says_so_and_sells_nothing(chromium: Browser, till_shop: TillShop) -> None:
    device = Device(chromium, till_shop)
    device.context.add_init_script("""
        const deny = () => { throw new DOMException("Denied.", "SecurityError"); };
        indexedDB.open = deny;
        Object.defineProperty(window, "sessionStorage", { get: deny });
    """)
    device.page.goto("/till/")
    expect(device.page.locator("#broken")).to_contain_text(
        "This browser stores nothing, so the till can't sell (Denied.)"
    )
    expect(device.page.locator("#book")).to_be_hidden()
    device.close()


def test_pairing_long_after_signing_in_leads_to_the_page_that_asks_for_the_password(
    chromium: Browser, till_shop: TillShop
) -> None:
    device = Device(chromium, till_shop)
    refusal = {"detail": "Send your password to /api/auth/proof/.", "code": "proof_required"}
    device.sign_in()
    device.open()
    device.context.route("**/api/tills/", lambda route: route.fulfill(status=403, json=refusal))
    device.page.get_by_label("Name of a new till").fill("till 1")
    device.page.get_by_role("button", name="Pair", exact=True).first.click()
    device.expect_told("You signed in some time ago. Show once more that it is you, then pair again.")
    expect(device.page.locator("#told a")).to_have_attribute("href", "/accounts/proof/?next=/till/")
    device.close()


def test_a_receipt_has_the_number_and_the_total(device: Device, till_shop: TillShop) -> None:
    device.sell(CASE, "POT-1")
    device.page.get_by_role("button", name="Receipt").click()
    receipt = device.page.locator(".receipt")
    for text in ("Corner shop", "till 1 #1", "12 × 1,20 EUR", "1.248,90 EUR"):
        expect(receipt).to_contain_text(text)
    device.page.emulate_media(media="print")
    expect(device.page.locator(".bar")).to_be_hidden()
    expect(receipt).to_be_visible()


def test_the_copy_follows_the_shop(device: Device, till_shop: TillShop) -> None:
    till_shop.add_product("Cup", "CUP-1", 5, "3.00")
    till_shop.call("DELETE", f"/api/products/{till_shop.pot}/")
    device.refresh()
    device.sell("CUP-1")
    device.scan("POT-1")
    device.expect_told("Nothing is found for “POT-1”.")


def test_the_cart_says_that_a_price_has_changed(device: Device, till_shop: TillShop) -> None:
    device.scan(BARCODE)
    till_shop.call("PATCH", f"/api/products/{till_shop.pen}/", {"price": "9.00"})
    device.refresh()
    expect(device.page.locator("#lines")).to_contain_text("The price of Pen was 1,20 EUR and is 9,00 EUR now.")
    device.book()
    device.expect_told("Sold: till 1 #1, 1,20 EUR.")


def test_receipts_have_the_time_of_the_shop(device: Device, till_shop: TillShop) -> None:
    till_shop.call("PATCH", "/api/account/", {"time_zone": "Pacific/Kiritimati"})  # 14 hours before the browser
    device.read_all()
    device.sell(BARCODE)
    device.page.get_by_role("button", name="Receipt").click()
    day = datetime.now(ZoneInfo("Pacific/Kiritimati"))
    expect(device.page.locator(".receipt")).to_contain_text(f"{day:%Y-%m-%d}")
