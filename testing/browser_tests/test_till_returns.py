"""Taking back on the till's page what it has sold, with a network and without."""

from playwright.sync_api import expect

from testing.browser_tests.tills import BARCODE, Device, TillShop


def open_return(device: Device) -> None:
    """Open the return of the sale that was just booked."""
    device.page.get_by_role("button", name="Receipt").click()
    device.page.locator("#return").click()


def test_a_return_without_a_network_is_sent_after_its_sale(device: Device, till_shop: TillShop) -> None:
    device.cut()
    device.sell(BARCODE, "POT-1", "POT-1")
    open_return(device)
    device.page.get_by_label("Quantity of Tea pot").fill("1")
    device.page.get_by_label("Remove Pen").click()
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
    device.page.locator("[name=scrap]").check()
    device.book()
    device.expect_told("Taken back: ")
    device.expect_all_sent()
    [_, back, damage] = till_shop.list_operations()
    assert back["scrapped"] == damage["id"]
    assert till_shop.count_stock(till_shop.pot) == 9


def test_no_more_comes_back_than_was_sold(device: Device, till_shop: TillShop) -> None:
    device.sell("POT-1")
    open_return(device)
    device.page.get_by_label("Quantity of Tea pot").fill("2")
    expect(device.page.locator("#book")).to_be_disabled()
    device.scan(BARCODE)
    expect(device.page.locator("#lines > li")).to_have_count(1)
