"""Payments and the closing of the drawer on the till's page, with a network and without."""

import re

import pytest
from playwright.sync_api import expect

from testing.browser_tests.test_till_discounts import give_discount
from testing.browser_tests.test_till_returns import open_return
from testing.browser_tests.tills import BARCODE, Device, TillShop


@pytest.fixture
def till(device: Device, till_shop: TillShop) -> Device:
    """Return the device of a shop that has switched payments on."""
    till_shop.call("PATCH", "/api/account/", {"uses": {"payments": "on"}, "acknowledged": True})
    device.read_all()
    expect(device.page.locator("#payment")).to_be_visible()
    return device


def list_payments(shop: TillShop, operation: dict) -> list[tuple[str, str, str | None]]:
    found = shop.call("GET", f"/api/sales/{operation['id']}/")["payments"]
    return [(one["kind"], one["amount"], one["tendered"]) for one in found]


def test_without_the_switch_the_till_asks_for_no_payment(device: Device, till_shop: TillShop) -> None:
    device.scan(BARCODE)
    expect(device.page.locator("#payment")).to_be_hidden()
    device.book()
    device.expect_told("Sold: ")
    device.expect_all_sent()
    assert list_payments(till_shop, till_shop.list_operations()[0]) == []


def test_cash_is_sent_with_its_sale_and_the_receipt_has_the_change(till: Device, till_shop: TillShop) -> None:
    till.cut()
    till.scan(BARCODE)
    give_discount(till, "10")
    till.page.get_by_label("Received").fill("5")
    expect(till.page.locator("#change")).to_have_text("Change: 3,92 EUR")
    till.book()
    till.page.get_by_role("button", name="Receipt").click()
    receipt = till.page.locator(".receipt")
    for text in ("Cash", "5,00 EUR", "3,92 EUR", "Not a fiscal receipt"):
        expect(receipt).to_contain_text(text)
    till.restore()
    till.expect_all_sent()
    assert list_payments(till_shop, till_shop.list_operations()[0]) == [("cash", "1.08", "5.00")]


def test_less_than_the_total_is_not_taken(till: Device) -> None:
    till.scan(BARCODE)
    for text in ("1,19", "x", "-5"):
        till.page.get_by_label("Received").fill(text)
        expect(till.page.locator("#book")).to_be_disabled()
    till.page.get_by_label("Paid by").select_option("card")
    expect(till.page.locator("#book")).to_be_enabled()


@pytest.mark.parametrize(("kind", "payments"), [("card", [("card", "1.20", None)]), ("", [])])
def test_a_sale_is_paid_by_card_or_not_yet(till: Device, till_shop: TillShop, kind: str, payments: list) -> None:
    till.scan(BARCODE)
    till.page.get_by_label("Paid by").select_option(kind)
    till.book()
    till.expect_told("Sold: ")
    till.expect_all_sent()
    assert list_payments(till_shop, till_shop.list_operations()[0]) == payments


def test_a_return_gives_back_what_was_paid_for_it(till: Device, till_shop: TillShop) -> None:
    till.cut()
    for code in (BARCODE, BARCODE, "POT-1"):
        till.scan(code)
    give_discount(till, "5", "amount")
    till.page.get_by_label("Paid by").select_option("card")
    till.book()
    open_return(till)
    expect(till.page.get_by_label("Paid by")).to_have_value("card")
    till.page.get_by_label("Quantity of Pen").fill("1")
    till.page.get_by_label("Remove Tea pot").click()
    till.book()
    till.restore()
    till.expect_all_sent()
    sale = till_shop.list_operations()[0]
    assert list_payments(till_shop, sale) == [("card", "1231.90", None), ("card", "-1.20", None)]


def test_undoing_the_last_sale_gives_its_money_back(till: Device, till_shop: TillShop) -> None:
    till.page.on("dialog", lambda dialog: dialog.accept())
    till.cut()
    till.sell("POT-1")
    till.page.get_by_role("button", name="Undo the last sale").click()
    till.expect_told("Taken back: ")
    till.restore()
    till.expect_all_sent()
    sale = till_shop.list_operations()[0]
    assert list_payments(till_shop, sale) == [("cash", "1234.50", None), ("cash", "-1234.50", None)]


def test_the_till_closes_its_drawer_once(till: Device, till_shop: TillShop) -> None:
    till.sell(BARCODE)
    till.expect_all_sent()
    till.go("queue")
    till.page.get_by_role("button", name="Close the drawer").click()
    place = till.page.locator("#closing-place")
    expect(place).to_contain_text(re.compile("Expected *1,20 EUR"))
    till.page.get_by_label("Cash counted").fill("1")
    till.page.get_by_label("Stays in the drawer").fill("1,01")
    expect(till.page.locator("#close")).to_be_disabled()
    till.page.get_by_label("Stays in the drawer").fill("0,50")
    till.cut()
    till.page.locator("#close").click()
    till.expect_told("No answer has come, so the drawer may be closed.")
    till.restore()
    till.page.locator("#close").click()
    till.expect_told("Closed with number 1.")
    expect(place).to_contain_text(re.compile("Difference *−0,20 EUR"))
    [closing] = till_shop.call("GET", "/api/closings/")["results"]
    assert (closing["counted"], closing["float"], closing["taken_out"]) == ("1.00", "0.50", "0.50")
    assert closing["till"] == till_shop.list_tills()[0]["id"]


LOSE_CLOSING = """() => {
  const send = window.fetch;
  window.fetch = async (path, options) => {
    const answer = await send(path, options);
    if (options.method === "POST" && path === "/api/closings/") throw new TypeError("lost");
    return answer;
  };
}"""


def open_closing(till: Device) -> None:
    till.go("queue")
    till.page.get_by_role("button", name="Close the drawer").click()


def test_a_closing_whose_answer_was_lost_is_shown_after_a_restart(till: Device, till_shop: TillShop) -> None:
    till.sell(BARCODE)
    open_closing(till)
    till.page.get_by_label("Cash counted").fill("1,20")
    till.page.get_by_label("Stays in the drawer").fill("0")
    till.page.evaluate(LOSE_CLOSING)
    till.page.locator("#close").click()
    till.expect_told("No answer has come, so the drawer may be closed.")
    till.open()
    open_closing(till)
    till.expect_told("Closed with number 1.")
    expect(till.page.locator("#closing-place")).to_contain_text(re.compile("Taken out *1,20 EUR"))
    open_closing(till)
    expect(till.page.locator("#closing-place")).to_contain_text("Closing 2")
    assert len(till_shop.call("GET", "/api/closings/")["results"]) == 1


def test_a_closing_sends_what_is_unsent_and_tells_what_is_to_settle(till: Device, till_shop: TillShop) -> None:
    till.page.route("**/api/stock/operations/", lambda route: route.abort())
    till.sell(BARCODE)
    till.scan("POT-1")
    till.page.get_by_label("Quantity of Tea pot").fill("11")
    till.book()
    till.expect_unsent(2)
    till.page.unroute("**/api/stock/operations/")
    open_closing(till)
    till.expect_told("To settle: 1.")
    expect(till.page.locator("#closing-place")).to_contain_text(re.compile("Expected *1,20 EUR"))
