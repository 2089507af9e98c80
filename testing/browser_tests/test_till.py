"""The till's page: sells without a network, sends each booking once, and leaves what is refused to a person."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from testing.browser_tests.demo import Demo
from testing.browser_tests.tills import BARCODE, CASE, Device, TillShop


@pytest.fixture
def till_shop(shop: Demo) -> TillShop:
    return TillShop(shop)


@pytest.fixture
def device(chromium: Browser, till_shop: TillShop) -> Iterator[Device]:
    """Return a paired till. At the end, the test fails if a script of the page has failed."""
    device = Device(chromium, till_shop)
    device.pair()
    yield device
    device.close()
    assert [problem for problem in device.visitor.problems if "net::ERR_" not in problem] == []


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


@pytest.mark.parametrize("typed", ["", "0", "1.5", "-1", "x"])
def test_a_wrong_quantity_is_not_booked(device: Device, typed: str) -> None:
    device.scan(BARCODE)
    device.page.get_by_label("Quantity of Pen").fill(typed)
    expect(device.page.locator("#book")).to_be_disabled()


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
    device.page.get_by_label("Counting sheet").select_option("July")
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


FULL = """() => {
  IDBObjectStore.prototype.put = function () { throw new DOMException("The disk is full.", "QuotaExceededError"); };
}"""


def test_nothing_is_sold_if_the_browser_stores_nothing(device: Device, till_shop: TillShop) -> None:
    device.scan(BARCODE)
    device.page.evaluate(FULL)
    device.book()
    device.expect_told("Nothing was booked: this browser does not store it (The disk is full.)")
    expect(device.page.locator("#told")).to_have_class("refusal")
    expect(device.page.locator(".line")).to_have_count(1)
    assert device.rows() == till_shop.list_references() == []


def test_a_browser_without_a_store_says_so_and_sells_nothing(chromium: Browser, till_shop: TillShop) -> None:
    device = Device(chromium, till_shop)
    device.context.add_init_script("indexedDB.open = () => { throw new DOMException('Denied.', 'SecurityError'); }")
    device.page.goto("/till/")
    expect(device.page.locator("#broken")).to_contain_text(
        "This browser stores nothing, so the till can't sell (Denied.)"
    )
    expect(device.page.locator("#book")).to_be_hidden()
    device.close()


def test_a_revoked_key_stops_the_till_and_pairing_goes_on(device: Device, till_shop: TillShop) -> None:
    device.sell(BARCODE)
    device.expect_all_sent()
    [key] = till_shop.call("GET", "/api/keys/")["results"]
    till_shop.call("DELETE", f"/api/keys/{key['id']}/")
    device.sell(BARCODE)
    expect(device.page.locator("#stopped")).to_contain_text("Nothing is sent any more.")
    device.sell(BARCODE)
    device.expect_unsent(2)
    device.page.locator("#stopped [data-go=pair]").click()
    device.pair_again()
    device.expect_all_sent()
    expect(device.page.locator("#stopped")).to_be_hidden()
    assert till_shop.list_references() == ["till 1 #1", "till 1 #2", "till 1 #3"]


def test_a_device_that_was_reset_goes_on_with_the_numbers(
    chromium: Browser, device: Device, till_shop: TillShop
) -> None:
    device.sell(BARCODE)
    device.expect_all_sent()
    again = Device(chromium, till_shop)
    again.sign_in()
    again.open()
    again.pair_again()
    again.sell(BARCODE)
    again.expect_told("till 1 #2")
    again.expect_all_sent()
    again.close()
    assert till_shop.list_references() == ["till 1 #1", "till 1 #2"]


def lose_answers(device: Device, number: int) -> None:
    """Lose the answers to the next bookings: the server books them, and the page does not learn it."""
    device.page.evaluate(
        """(left) => {
          const send = window.fetch;
          window.fetch = async (path, options) => {
            const answer = await send(path, options);
            if (options.method === "POST" && path.startsWith("/api/stock") && left-- > 0) throw new TypeError("lost");
            return answer;
          };
        }""",
        number,
    )


def test_a_lost_answer_books_nothing_twice(device: Device, till_shop: TillShop) -> None:
    lose_answers(device, 2)
    device.sell(BARCODE)
    device.expect_unsent(1)
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1"]


def test_bookings_of_a_closed_till_move_to_another_one(device: Device, till_shop: TillShop) -> None:
    """The answer to the first is lost and it is booked: only the second one gets a number of the new till."""
    lose_answers(device, 1)
    device.sell(BARCODE)
    device.expect_unsent(1)
    [till] = till_shop.list_tills()
    till_shop.call("DELETE", f"/api/tills/{till['id']}/")
    device.sell("POT-1")
    expect(device.page.locator("#stopped")).to_be_visible(timeout=30_000)
    device.page.on("dialog", lambda dialog: dialog.accept())
    device.page.locator("#stopped [data-go=pair]").click()
    device.page.get_by_label("Name of a new till").fill("till 2")
    device.page.locator("#new-till button").click()
    device.expect_told("This device is till 2 now.")
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1", "till 2 #1"]
    assert (till_shop.count_stock(till_shop.pen), till_shop.count_stock(till_shop.pot)) == (99, 9)


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
    device.page.get_by_role("button", name="Count the shelf and book again").click()
    device.page.get_by_label("Tea pot on the shelf now").fill("3")
    device.page.get_by_role("button", name="Book the count and the sale").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #2", "till 1 #3", "till 1 #1"]
    assert till_shop.count_stock(till_shop.pot) == 3


def test_a_refused_sale_is_dropped_with_a_note(device: Device, till_shop: TillShop) -> None:
    sell_what_is_gone(device, till_shop)
    device.page.get_by_role("button", name="Drop", exact=True).click()
    device.page.get_by_label("Why is it dropped?").fill("Brought back at once")
    device.page.get_by_role("button", name="Drop it for good").click()
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
    expect(changes).to_contain_text("The price of Blue pen was 1.20 and is 1.50 now.")
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
    device.page.get_by_role("button", name="Book it with a new number").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1", "till 1 #2"]


def shift_clock(device: Device, hours: int) -> None:
    """Set the device's clock wrong from the next page on."""
    device.context.add_init_script(
        f"""{{
          const real = Date.now.bind(Date), Real = Date;
          window.Date = class extends Real {{
            constructor(...parts) {{ parts.length ? super(...parts) : super(real() + {hours} * 3600000); }}
            static now() {{ return real() + {hours} * 3600000; }}
          }};
        }}"""
    )


def test_a_clock_that_is_ahead_is_noticed_and_the_servers_time_used(device: Device, till_shop: TillShop) -> None:
    shift_clock(device, 3)
    device.open()
    expect(device.page.locator("#clock")).to_contain_text("The clock of this device is wrong.")
    device.sell(BARCODE)
    device.expect_all_sent()
    [row] = device.rows()
    assert "clamped_from" not in row
    assert till_shop.list_references() == ["till 1 #1"]


def test_a_time_in_the_future_is_booked_with_the_servers_and_said(device: Device, till_shop: TillShop) -> None:
    device.cut()
    shift_clock(device, 3)
    device.open()
    device.sell(BARCODE)
    device.restore()
    device.expect_all_sent()
    device.go("queue")
    expect(device.page.locator("#today")).to_contain_text("which is in the future")
    assert till_shop.list_references() == ["till 1 #1"]


def test_a_receipt_has_the_number_and_the_total(device: Device) -> None:
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
