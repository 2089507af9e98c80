"""What the till sends: each booking once, under another key or as another till too, and with the right time."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from testing.browser_tests.tills import BARCODE, Device, TillShop


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


def test_a_device_that_was_reset_begins_above_all_numbers_that_it_has_printed(
    device: Device, till_shop: TillShop
) -> None:
    """Sales 2 and 3 are on receipts, and the server never hears of them."""
    device.sell(BARCODE)
    device.expect_all_sent()
    device.cut()
    device.sell(BARCODE)
    device.sell("POT-1")
    device.expect_unsent(2)
    delete_data(device)
    device.restore()
    device.sign_in()
    device.open()
    device.pair_again()
    device.expect_told("It begins with number 1002")
    device.sell(BARCODE)
    device.expect_told("Sold: till 1 #1002")
    device.expect_all_sent()
    [till] = till_shop.list_tills()
    gaps = till_shop.call("GET", f"/api/tills/{till['id']}/gaps/")
    assert till_shop.list_references() == ["till 1 #1", "till 1 #1002"]
    assert (gaps["missing"], gaps["may_be_missing"]) == ([], [{"first": 2, "last": 1001}])


def delete_data(device: Device) -> None:
    """Delete the browser's data of the page, as its settings do."""
    session = device.context.new_cdp_session(device.page)
    address = {"origin": device.shop.demo.address, "storageTypes": "all"}
    session.send("Storage.clearDataForOrigin", address)
    device.context.clear_cookies()


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


def test_a_page_of_a_proxy_refuses_nothing(device: Device, till_shop: TillShop) -> None:
    """While the service is away, a proxy may answer 404 with a page of its own."""
    device.page.evaluate(
        """() => {
          const send = window.fetch;
          window.fetch = async (path, options) => options.method !== "POST" ? send(path, options)
            : new Response("<h1>No such application</h1>", { status: 404 });
          window.addEventListener("back", () => { window.fetch = send; });
        }"""
    )
    device.sell(BARCODE)
    device.sell("POT-1")
    device.expect_unsent(2)
    device.expect_to_settle(0)
    device.page.evaluate("dispatchEvent(new Event('back')), dispatchEvent(new Event('online'))")
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1", "till 1 #2"]


def test_bookings_of_a_closed_till_move_to_another_one(device: Device, till_shop: TillShop) -> None:
    """The answer to the first is lost and it is booked: only the second one gets a number of the new till."""
    lose_answers(device, 1)
    device.sell(BARCODE)
    while not till_shop.list_references():  # the server has it before the till is closed
        device.page.wait_for_timeout(50)
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


def shift_clock(device: Device, hours: int) -> None:
    """Set the device's clock wrong from the next page on. `setClock(0)` sets it right."""
    device.context.add_init_script(
        f"""{{
          const real = Date.now.bind(Date), Real = Date;
          let shift = {hours} * 3600000;
          window.setClock = (hours) => {{ shift = hours * 3600000; }};
          window.Date = class extends Real {{
            constructor(...parts) {{ parts.length ? super(...parts) : super(real() + shift); }}
            static now() {{ return real() + shift; }}
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


@pytest.mark.parametrize("is_set_right", [True, False])
def test_a_clock_that_was_set_back_dates_no_sale_back(device: Device, till_shop: TillShop, is_set_right: bool) -> None:
    """The battery of a device was empty, or somebody has set its clock: before the sale, or before it was sent."""
    started = datetime.now(UTC)
    device.cut()
    shift_clock(device, -24 * 400)
    device.open()
    expect(device.page.locator("#clock")).to_contain_text("goes on from the last time that it knows")
    device.sell(BARCODE)
    if is_set_right:
        device.page.evaluate("setClock(0)")
    device.restore()
    device.expect_all_sent()
    [sale] = till_shop.list_operations()
    assert datetime.fromisoformat(sale["occurred_at"]) > started - timedelta(minutes=6)


def test_a_return_has_no_time_before_its_sale(device: Device, till_shop: TillShop) -> None:
    device.cut()
    device.sell(BARCODE)
    shift_clock(device, -5)
    device.open()
    device.go("queue")
    device.page.locator("#unsent [data-receipt]").click()
    device.page.locator("#return").click()
    device.page.locator("#all").click()
    device.book()
    device.expect_unsent(2)
    device.restore()
    device.expect_all_sent()
    device.expect_to_settle(0)
    assert till_shop.count_stock(till_shop.pen) == 100


def test_a_booking_at_which_the_server_fails_holds_up_no_others(device: Device, till_shop: TillShop) -> None:
    def fail(route: Route) -> None:
        is_first = route.request.headers.get("idempotency-key", "").endswith("000001")
        route.fulfill(status=500, json={"detail": "It failed.", "code": "error"}) if is_first else route.continue_()

    device.page.route("**/api/stock/operations/**", fail)
    for number in (1, 1, 0):  # it is tried once more, because the server may have failed by chance
        device.expect_to_settle(0)
        device.sell("POT-1")
        device.expect_unsent(1) if number else device.expect_all_sent()
    device.expect_to_settle(1)
    device.page.unroute("**/api/stock/operations/**")
    device.go("queue")
    device.page.get_by_role("button", name="Send it again").click()
    device.expect_to_settle(0)
    device.expect_all_sent()
    assert sorted(till_shop.list_references()) == ["till 1 #1", "till 1 #2", "till 1 #3"]


def test_the_page_says_if_there_is_a_network_and_no_service(device: Device) -> None:
    network = device.page.locator("#network")
    device.page.route("**/api/**", lambda route: route.abort())
    device.sell(BARCODE)
    expect(network).to_have_text("Service not reached")
    device.page.unroute("**/api/**")
    device.page.evaluate("dispatchEvent(new Event('online'))")
    expect(network).to_have_text("Online")
    device.expect_all_sent()
