"""Payments and the closing of the drawer on the till's page, with a network and without."""

import re

import pytest
from playwright.sync_api import expect

from testing.browser_tests.test_cart import FOOT_IS_BELOW
from testing.browser_tests.test_till_discounts import give_discount
from testing.browser_tests.test_till_returns import open_return
from testing.browser_tests.tills import BARCODE, Device, TillShop
from testing.browser_tests.visitor import NARROW


@pytest.fixture
def till(device: Device, till_shop: TillShop) -> Device:
    """Return the device of a shop that has switched payments on."""
    till_shop.call("PATCH", "/api/account/", {"uses": {"payments": "on"}, "acknowledged": True})
    device.read_all()
    expect(device.page.locator("#paying")).to_be_visible()
    return device


def list_payments(shop: TillShop, operation: dict) -> list[tuple[str, str, str | None]]:
    found = shop.call("GET", f"/api/sales/{operation['id']}/")["payments"]
    return [(one["kind"], one["amount"], one["tendered"]) for one in found]


def test_without_the_switch_the_till_asks_for_no_payment(device: Device, till_shop: TillShop) -> None:
    device.scan(BARCODE)
    expect(device.page.locator("#paying")).to_be_hidden()
    device.book()
    device.expect_told("Sold: ")
    device.expect_all_sent()
    assert list_payments(till_shop, till_shop.list_operations()[0]) == []


def test_cash_is_sent_with_its_sale_and_the_receipt_has_the_change(till: Device, till_shop: TillShop) -> None:
    till.cut()
    till.scan(BARCODE)
    give_discount(till, "10")
    till.open_more()
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
    till.open_more()
    for text in ("1,19", "x", "-5"):
        till.page.get_by_label("Received").fill(text)
        expect(till.page.locator("#book")).to_be_disabled()
    till.page.get_by_label("Paid by").select_option("card")
    expect(till.page.locator("#book")).to_be_enabled()


def test_the_buttons_that_sell_say_how_it_is_paid_and_how_much(till: Device, till_shop: TillShop) -> None:
    first, other = till.page.locator("#book"), till.page.locator("#book-other")
    for button in (other, first, other):
        till.scan(BARCODE)
        expect(first).to_have_text("Cash 1,20")  # their places never change
        expect(other).to_have_text("Card 1,20")
        button.click()
        till.expect_told("Sold: ")
    till.scan(BARCODE)
    till.open_more()
    till.page.get_by_label("Paid by").select_option("transfer")
    expect(first).to_have_text("Bank transfer 1,20")
    expect(other).to_be_hidden()
    till.book()
    till.scan(BARCODE)
    expect(first).to_have_text("Cash 1,20")
    till.expect_all_sent()
    paid = [list_payments(till_shop, sale)[0][0] for sale in till_shop.list_operations()]
    assert paid == ["card", "cash", "card", "transfer"]


def test_the_button_of_the_page_that_sells_says_how_it_is_paid(till: Device) -> None:
    till.page.goto("/shop/sell/")
    till.page.locator("[name=product]").first.fill("Pen")
    till.page.keyboard.press("Enter")
    button = till.page.locator(".send-task .primary")
    expect(button).to_have_text("Sell · 1,20 EUR · Cash")
    till.page.get_by_label("Card").check()
    expect(button).to_have_text("Sell · 1,20 EUR · Card")


@pytest.mark.parametrize("size", [(1280, 800), NARROW])
def test_the_page_that_sells_shows_what_each_way_gets_beside_total_and_button(
    till: Device, size: tuple[int, int]
) -> None:
    page = till.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/shop/sell/")
    for code in ("POT-1", "PEN-1"):
        till.scan(code)
        page.keyboard.press("Enter")
    page.locator("summary", has_text="Paid in part").click()
    page.get_by_label("Tip").fill("0,80")
    expect(page.locator(".paid-parts")).to_have_text("Cash: 1235,70 + 0,80 tip = 1.236,50 EUR.")
    page.get_by_label("Paid", exact=True).fill("35,70")
    expect(page.locator(".paid-parts")).to_have_text("Cash: 35,70 + 0,80 tip = 36,50 EUR.Left to pay: 1.200,00 EUR.")
    page.get_by_label("The rest by").select_option("card")
    expect(page.locator(".paid-parts")).to_have_text("Cash: 35,70 EUR.Card: 1200,00 + 0,80 tip = 1.200,80 EUR.")
    page.get_by_label("Tip").focus()
    for part in (".task-total b", ".paid-parts", ".send-task .primary", "[name=tip]"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    assert page.evaluate(FOOT_IS_BELOW)
    inner = "(one) => one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)"
    assert not page.evaluate(f"[...document.querySelectorAll('form.task *')].some({inner})")  # one scroll bar
    page.locator(".send-task .primary").click()
    expect(page.locator(".message")).to_contain_text(
        "Sold 2 lines. Cash: 35,70 EUR. Card: 1.200,00 + 0,80 tip = 1.200,80 EUR."
    )


def test_with_two_ways_to_pay_the_tip_joins_the_second(till: Device, till_shop: TillShop) -> None:
    till.scan("POT-1")
    till.open_more()
    till.page.get_by_label("Paid", exact=True).fill("34,50")
    till.page.get_by_label("Tip").fill("5")
    expect(till.page.locator("#book")).to_have_text("Cash 39,50")
    till.page.get_by_label("The rest by").select_option("card")
    expect(till.page.locator("#tip-kind")).to_have_text("Card")
    expect(till.page.locator("#book")).to_have_text("Cash 34,50 + Card 1205,00")
    expect(till.page.locator("#change")).to_have_text("Cash: 34,50 EUR. Card: 1200,00 + 5,00 tip = 1.205,00 EUR.")
    for name in ("#total", "#change", "#book"):
        expect(till.page.locator(name)).to_be_in_viewport(ratio=1)
    till.page.get_by_label("Received").fill("34,50")
    till.book()
    till.expect_told("Sold: till 1 #1, 1.234,50 EUR. Cash: 34,50 EUR. Card: 1200,00 + 5,00 tip = 1.205,00 EUR.")
    till.expect_all_sent()
    [sale] = till_shop.list_operations()
    paid = till_shop.call("GET", f"/api/sales/{sale['id']}/")["payments"]
    assert [(one["kind"], one["amount"], one["tip"]) for one in paid] == [
        ("cash", "34.50", "0.00"), ("card", "1200.00", "5.00"),
    ]  # fmt: skip


def test_what_is_not_paid_yet_is_due_also_without_a_network(till: Device, till_shop: TillShop) -> None:
    till.cut()
    till.scan(BARCODE)
    till.open_more()
    till.page.get_by_label("Paid by").select_option("")
    expect(till.page.locator("#book")).to_have_text("Not paid yet 1,20")
    till.book()
    till.expect_told("Left to pay: 1,20 EUR.")
    till.scan(BARCODE)
    expect(till.page.locator("#book")).to_have_text("Cash 1,20")
    till.restore()
    till.expect_all_sent()
    [sale] = till_shop.call("GET", "/api/sales/?is_paid=false")["results"]
    assert (sale["due"], sale["payments"]) == ("1.20", [])
    open_closing(till)
    expect(till.page.locator("#closing-place")).to_contain_text(re.compile("Not paid yet *1,20 EUR"))


def test_a_sale_to_a_customer_who_was_archived_meanwhile_is_sent(till: Device, till_shop: TillShop) -> None:
    ada = till_shop.call("POST", "/api/customers/", {"name": "Ada"})["id"]
    till_shop.call("PATCH", "/api/account/", {"uses": {"orders": "on"}})
    till.read_all()
    till.scan(BARCODE)
    till.page.locator("#buyer").press_sequentially("Ada")
    expect(till.page.locator("#buyers option")).to_have_count(1)
    till.page.locator("#buyer").fill(f"Ada (#{ada})")
    till.cut()
    till.book()
    till_shop.call("DELETE", f"/api/customers/{ada}/")
    till.restore()
    till.expect_all_sent()
    [sale] = till_shop.list_operations()
    assert till_shop.call("GET", f"/api/sales/{sale['id']}/")["customer"] == ada
    till.go("queue")
    expect(till.page.locator("#today")).to_contain_text("was archived meanwhile.")


def test_on_a_phone_the_ways_to_pay_and_what_is_parked_are_in_sight(till: Device, till_shop: TillShop) -> None:
    products = [till_shop.add_product(f"Item {number}", f"IT-{number}", 9, "3.80") for number in range(10)]
    till_shop.call("PATCH", "/api/account/", {"tiles": [{"product": one} for one in products]})
    till.read_all()
    till.scan("IT-1")
    till.park("Table 4")
    for code in ("IT-1", "IT-2", "IT-3"):
        till.scan(code)
    expect(till.page.locator(".tile")).to_have_count(10)
    for text in ("Cash 11,40", "Card 11,40", "More", "Park (1)"):
        expect(till.page.get_by_text(text, exact=True)).to_be_in_viewport(ratio=1)
    till.page.locator("#parking summary").click()
    expect(till.page.locator("#parked button")).to_contain_text("Table 4 · 3,80 EUR")
    for name in ("#parked button", "#park", "#book", "#book-other"):
        expect(till.page.locator(name)).to_be_in_viewport(ratio=1)


def test_a_return_gives_back_what_was_paid_for_it(till: Device, till_shop: TillShop) -> None:
    till.cut()
    for code in (BARCODE, BARCODE, "POT-1"):
        till.scan(code)
    give_discount(till, "5", "amount")
    till.page.locator("#book-other").click()
    open_return(till)
    till.page.locator("#all").click()
    expect(till.page.locator("#book")).to_have_text("Take back: Card 1231,90")
    till.page.get_by_label("Quantity of Pen").fill("1")
    till.page.get_by_label("Quantity of Tea pot").fill("0")
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
    till.expect_told("To settle: 1, ")
    expect(till.page.locator("#closing-place")).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d to \d{4}"))
    expect(till.page.locator("#closing-place")).to_contain_text(re.compile("Expected *1,20 EUR"))
