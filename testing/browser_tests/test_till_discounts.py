"""Discounts, parked sales and the undo of the last sale on the till's page, with a network and without."""

from playwright.sync_api import expect

from testing.browser_tests.test_till_returns import open_return
from testing.browser_tests.tills import BARCODE, Device, TillShop


def give_discount(device: Device, text: str, kind: str = "percent") -> None:
    device.page.locator("#discount").fill(text)
    device.page.locator("#discount-kind").select_option(kind)


def list_totals(operation: dict) -> list[str]:
    return [one["total"] for one in operation["movements"]]


def test_a_discount_is_shared_as_the_server_shares_it(device: Device, till_shop: TillShop) -> None:
    device.cut()
    for code in (BARCODE, BARCODE, "POT-1"):
        device.scan(code)
    give_discount(device, "12,5")
    expect(device.page.locator("#total-amount")).to_have_text("1.082,29 EUR")
    device.book()
    device.expect_told("Sold: till 1 #1, 1.082,29 EUR.")
    open_return(device)
    expect(device.page.locator("#total-amount")).to_have_text("0,00 EUR")
    device.page.locator("#all").click()
    expect(device.page.locator("#total-amount")).to_have_text("1.082,29 EUR")
    device.page.get_by_label("Quantity of Pen").fill("1")
    expect(device.page.locator("#total-amount")).to_have_text("1.081,24 EUR")
    device.restore()
    device.expect_all_sent()
    [sale] = till_shop.list_operations()
    assert sorted(list_totals(sale)) == ["1080.19", "2.10"]


def test_the_receipt_has_the_discount(device: Device) -> None:
    device.scan(BARCODE)
    device.scan("POT-1")
    give_discount(device, "5", "amount")
    device.book()
    device.page.get_by_role("button", name="Receipt").click()
    receipt = device.page.locator(".receipt")
    expect(receipt).to_contain_text("Discount")
    expect(receipt).to_contain_text("−5,00 EUR")
    expect(receipt.locator(".total")).to_contain_text("1.230,70 EUR")


def test_a_discount_above_the_sum_is_not_booked(device: Device) -> None:
    device.scan(BARCODE)
    for text, kind in (("1,21", "amount"), ("101", "percent"), ("x", "percent"), ("-1", "amount")):
        give_discount(device, text, kind)
        expect(device.page.locator("#book")).to_be_disabled()
    give_discount(device, "")
    expect(device.page.locator("#book")).to_be_enabled()


def test_a_parked_sale_is_taken_up_again(device: Device, till_shop: TillShop) -> None:
    device.cut()
    device.scan(BARCODE)
    give_discount(device, "10")
    device.park()
    device.sell("POT-1")
    device.open()
    device.scan("POT-1")
    device.take_up()  # which parks the tea pot
    expect(device.page.locator("#total-amount")).to_have_text("1,08 EUR")
    expect(device.page.locator("#parked button")).to_have_count(1)
    device.book()
    device.take_up()
    expect(device.page.locator("#lines")).to_contain_text("Tea pot")
    expect(device.page.locator("#parked button")).to_have_count(0)
    device.restore()
    device.expect_all_sent()
    assert [list_totals(one) for one in till_shop.list_operations()] == [[None], ["1.08"]]


def test_the_last_sale_is_undone_after_it_was_sent(device: Device, till_shop: TillShop) -> None:
    device.page.on("dialog", lambda dialog: dialog.accept())
    device.cut()
    device.scan(BARCODE)
    device.scan("POT-1")
    give_discount(device, "10")
    device.book()
    device.page.get_by_role("button", name="Undo the last sale").click()
    device.expect_told("Taken back: till 1 #2, 1.112,13 EUR.")
    expect(device.page.locator("#undo")).to_be_hidden()
    device.restore()
    device.expect_all_sent()
    sale, back = till_shop.list_operations()
    assert (back["returns"], sale["returnable"]) == (sale["id"], 0)
    assert (till_shop.count_stock(till_shop.pen), till_shop.count_stock(till_shop.pot)) == (100, 10)


def test_a_till_of_a_shop_with_list_prices_changes_none(device: Device, till_shop: TillShop) -> None:
    device.scan(BARCODE)
    device.page.get_by_label("Price of Pen").fill("0,90")
    give_discount(device, "50")
    till_shop.call("PATCH", "/api/account/", {"workers_sell_at_list_price": True})
    device.read_all()
    device.page.reload()
    expect(device.page.get_by_label("Price of Pen")).to_have_value("1,20")
    expect(device.page.get_by_label("Price of Pen")).to_have_attribute("readonly", "")
    expect(device.page.locator("#discount")).to_be_hidden()
    device.book()
    device.expect_all_sent()


def test_a_parked_sale_that_is_taken_up_while_another_is_booked_is_kept(device: Device, till_shop: TillShop) -> None:
    device.cut()
    device.scan("POT-1")
    device.park()
    device.scan(BARCODE)
    device.page.evaluate("['#book', '#parked button'].forEach((name) => document.querySelector(name).click())")
    expect(device.page.locator("#lines")).to_contain_text("Tea pot")
    expect(device.page.locator("#parked button")).to_have_count(0)
    expect(device.page.locator("#lines > li")).to_have_count(1)
    device.expect_unsent(1)
