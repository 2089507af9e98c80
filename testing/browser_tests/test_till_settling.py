"""Bookings of the till that the shop refuses, and how people settle them."""

from playwright.sync_api import expect

from testing.browser_tests.tills import BARCODE, Device, TillShop

CLOCKS_DIFFER_MS = 500  # the device knows the server's time only as exactly as a request takes


def sell_what_is_gone(device: Device, till_shop: TillShop) -> None:
    """Sell two pots, of which the ledger has only one, and a pen behind them."""
    device.cut()
    device.sell("POT-1", "POT-1")
    device.sell(BARCODE)
    body = {"product": till_shop.pot, "movement_type": "OUT", "quantity": 9, "reason": "sale"}
    till_shop.call("POST", "/api/stock/", body)
    device.restore()
    device.expect_to_settle(1)
    device.expect_all_sent()
    device.go("queue")


def test_a_refused_sale_is_settled_by_a_count(device: Device, till_shop: TillShop) -> None:
    sell_what_is_gone(device, till_shop)
    assert till_shop.list_references() == ["till 1 #2"]
    device.page.get_by_role("button", name="Count the shelf and save again").click()
    device.page.get_by_label("Tea pot on the shelf now").fill("3")
    device.page.get_by_role("button", name="Save the count and the sale").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #2", "till 1 #3", "till 1 #1"]
    assert till_shop.count_stock(till_shop.pot) == 3


def test_a_refused_sale_is_dropped_with_a_note(device: Device, till_shop: TillShop) -> None:
    sell_what_is_gone(device, till_shop)
    device.page.get_by_role("button", name="Discard", exact=True).click()
    device.page.get_by_label("Why is it discarded?").fill("Brought back at once")
    device.page.get_by_role("button", name="Discard it for good").click()
    device.expect_to_settle(0)
    expect(device.page.locator("#today")).to_contain_text("Brought back at once")
    [till] = till_shop.list_tills()
    device.expect_all_sent()
    gaps = till_shop.call("GET", f"/api/tills/{till['id']}/gaps/")
    assert (gaps["missing"], gaps["dropped"]) == ([], [1])
    assert till_shop.count_stock(till_shop.pot) == 1


def test_what_changed_meanwhile_is_said_beside_a_refused_sale(device: Device, till_shop: TillShop) -> None:
    device.cut()
    device.sell(BARCODE, "POT-1")
    till_shop.call("PATCH", f"/api/products/{till_shop.pen}/", {"name": "Blue pen", "price": "1.50"})
    till_shop.call("DELETE", f"/api/products/{till_shop.pot}/")
    device.restore()
    device.expect_to_settle(1)
    device.go("queue")
    changes = device.page.locator("[data-changes]")
    expect(changes).to_contain_text("Pen is called Blue pen now.", timeout=30_000)
    expect(changes).to_contain_text("The price of Blue pen was 1,20 EUR and is 1,50 EUR now.")
    expect(changes).to_contain_text("Tea pot is archived now.")
    till_shop.call("POST", f"/api/products/{till_shop.pot}/restore/", {})
    device.page.get_by_role("button", name="Send it again").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1"]


def test_a_number_of_another_booking_gets_a_new_one(device: Device, till_shop: TillShop) -> None:
    [till] = till_shop.list_tills()
    body = {"product": till_shop.pen, "movement_type": "OUT", "quantity": 1, "reference": "till 1 #1"}
    key = f"till-{till['id']}-000001"
    assert till_shop.demo.send("POST", "/api/stock/", body, token=till_shop.token, key=key).status == 201
    device.sell("POT-1")
    device.expect_to_settle(1)
    device.go("queue")
    device.page.get_by_role("button", name="Save it with a new number").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1", "till 1 #2"]


def count_before_another(device: Device, till_shop: TillShop) -> None:
    """Count four pots without a network. Before they are sent, somebody else counts three and the count is booked."""
    device.cut()
    device.go("count")
    device.scan("POT-1")
    device.page.get_by_label("Quantity of Tea pot").fill("4")
    device.book()
    device.page.wait_for_timeout(CLOCKS_DIFFER_MS)
    till_shop.call("POST", "/api/stock/counts/", {"lines": [{"product": till_shop.pot, "counted": 3}]})
    device.restore()
    device.expect_to_settle(1)
    device.go("queue")
    expect(device.page.locator("#settle")).to_contain_text("saved already, so this one changed nothing: Tea pot.")


def test_a_count_that_a_later_one_has_overtaken_is_counted_again(device: Device, till_shop: TillShop) -> None:
    count_before_another(device, till_shop)
    assert till_shop.count_stock(till_shop.pot) == 3
    device.page.get_by_role("button", name="Count the shelf again").click()
    device.page.get_by_label("Tea pot on the shelf now").fill("4")
    device.page.get_by_role("button", name="Save the count", exact=True).click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert till_shop.count_stock(till_shop.pot) == 4


def test_a_count_that_a_later_one_has_overtaken_is_left_as_it_is(device: Device, till_shop: TillShop) -> None:
    count_before_another(device, till_shop)
    device.page.get_by_role("button", name="Keep the later count").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert till_shop.count_stock(till_shop.pot) == 3


def test_a_refused_sale_of_what_nobody_counts_is_settled_by_saying_so(device: Device, till_shop: TillShop) -> None:
    coffee = till_shop.add_product("Coffee", "COFFEE", 0, "2.00")
    device.read_all()
    device.sell("COFFEE")
    device.expect_to_settle(1)
    device.go("queue")
    device.page.get_by_role("button", name="Nobody counts this").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1"]
    assert till_shop.call("GET", f"/api/products/{coffee}/")["keeps_stock"] is False


def test_who_has_signed_out_is_asked_on_the_page_of_the_product(device: Device, till_shop: TillShop) -> None:
    till_shop.add_product("Coffee", "COFFEE", 0, "2.00")
    device.read_all()
    device.sell("COFFEE")
    device.expect_to_settle(1)
    device.go("queue")
    device.context.clear_cookies(name="sessionid")
    device.page.get_by_role("button", name="Nobody counts this").click()
    device.page.wait_for_url("**/login/**")
