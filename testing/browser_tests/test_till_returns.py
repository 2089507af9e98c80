"""Taking back on the till's page what it has sold, with a network and without."""

from playwright.sync_api import expect

from testing.browser_tests.tills import BARCODE, Device, TillShop


def open_return(device: Device) -> None:
    """Open the return of the sale that was just booked."""
    device.page.get_by_role("button", name="Receipt").click()
    device.page.locator("#return").click()


def open_sale(device: Device) -> None:
    """Show the receipt of the first sale, which is not sent yet."""
    device.go("queue")
    device.page.locator("#unsent [data-receipt]").last.click()
    expect(device.page.locator(".receipt")).to_contain_text("#1")


def test_a_return_without_a_network_is_sent_after_its_sale(device: Device, till_shop: TillShop) -> None:
    device.cut()
    device.sell(BARCODE, "POT-1", "POT-1")
    open_return(device)
    expect(device.page.locator("#book")).to_be_disabled()
    device.page.get_by_label("Quantity of Tea pot").fill("1")
    device.book()
    device.expect_told("Taken back: till 1 #2, 1.234,50 EUR.")
    device.expect_unsent(2)
    device.restore()
    device.expect_all_sent()
    sale, back = till_shop.list_operations()
    assert (back["reason"], back["returns"]) == ("return", sale["id"])
    assert (sale["returned"], sale["returnable"]) == (1, 2)
    assert till_shop.count_stock(till_shop.pot) == 9


def test_what_is_marked_is_written_off(device: Device, till_shop: TillShop) -> None:
    device.sell("POT-1")
    device.expect_all_sent()
    open_return(device)
    device.page.get_by_role("button", name="Tea pot: of 1").click()
    device.page.locator("[name=scrap]").check()
    device.book()
    device.expect_told("Taken back: ")
    device.expect_all_sent()
    [_, back, damage] = till_shop.list_operations()
    assert back["scrapped"] == damage["id"]
    assert till_shop.count_stock(till_shop.pot) == 9


def test_a_button_lets_all_of_the_sale_come_back(device: Device, till_shop: TillShop) -> None:
    device.sell(BARCODE, "POT-1", "POT-1")
    open_return(device)
    device.page.get_by_role("button", name="All of it").click()
    device.book()
    device.expect_told("Taken back: till 1 #2, 2.470,20 EUR.")
    device.expect_all_sent()
    assert [till_shop.count_stock(product) for product in (till_shop.pen, till_shop.pot)] == [100, 10]


def test_no_more_comes_back_than_was_sold(device: Device, till_shop: TillShop) -> None:
    device.sell("POT-1")
    open_return(device)
    device.page.get_by_label("Quantity of Tea pot").fill("2")
    expect(device.page.locator("#book")).to_be_disabled()
    device.scan(BARCODE)
    expect(device.page.locator("#lines > li")).to_have_count(1)


def test_a_sale_comes_back_in_parts_once(device: Device, till_shop: TillShop) -> None:
    device.cut()
    for _ in range(3):
        device.scan("POT-1")
    device.page.locator("#discount").fill("0,01")
    device.page.locator("#discount-kind").select_option("amount")
    device.book()
    for given in ("1.234,50", "1.234,49", "1.234,50"):
        open_sale(device)
        device.page.locator("#return").click()
        device.page.get_by_label("Quantity of Tea pot").fill("1")
        device.book()
        device.expect_told(f", {given} EUR.")
    open_sale(device)
    expect(device.page.locator("#return")).to_be_hidden()
    device.restore()
    device.expect_all_sent()
    assert till_shop.list_operations()[0]["returnable"] == 0


def test_a_sale_that_was_undone_does_not_come_back_again(device: Device) -> None:
    device.page.on("dialog", lambda dialog: dialog.accept())
    device.cut()
    device.sell("POT-1")
    device.page.get_by_role("button", name="Undo the last sale").click()
    device.expect_told("Taken back: ")
    open_sale(device)
    expect(device.page.locator("#return")).to_be_hidden()
