"""Scanning and searching on the till's page, without a network: by the rules of GET /api/scan/, and fast."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core.time_zones import today
from testing.browser_tests.cameras import show_barcode
from testing.browser_tests.demo import Demo
from testing.browser_tests.tills import BARCODE, CASE, READY, Device, TillShop, pair_device

READER = {"reader.js", "zxing_reader.wasm"}
AWAY_MS = 2_000  # of camera.js
MANY = 10_000
MAX_OPEN_SECONDS, MAX_FIND_MS, MAX_SALE_SECONDS = 1, 50, 8
FORGET_READER = """async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.includes("zxing")).map((name) => caches.delete(name)));
}"""


@pytest.fixture(scope="module")
def device(chromium: Browser, shop: Demo) -> Iterator[Device]:
    """Return a paired till, which all tests of this file use."""
    with pair_device(chromium, TillShop(shop)) as device:
        yield device


@pytest.fixture(autouse=True)
def empty_cart(device: Device) -> None:
    device.page.evaluate("sessionStorage.clear()")
    device.open()


@pytest.mark.parametrize(
    ("code", "quantity"),
    [(BARCODE, 1), (f"0{BARCODE}", 1), (CASE, 12), (f"01{CASE}", 12), (f"(01)0{BARCODE}(10)A7", 1), ("pen-1", 1),
     (f"]C102{CASE}3702", 24), (f"https://id.gs1.org/01/0{BARCODE}/10/A7", 1)],
)  # fmt: skip
def test_a_code_sells_the_units_that_it_stands_for(device: Device, code: str, quantity: int) -> None:
    device.scan(code)
    expect(device.page.get_by_label("Quantity of Pen")).to_have_value(str(quantity))
    expect(device.page.locator("#told")).to_contain_text(f"Pen: {quantity} added")


@pytest.mark.parametrize(("days", "is_told"), [(-1, True), (0, False)])
def test_goods_whose_last_day_is_over_are_told_and_sold(device: Device, days: int, is_told: bool) -> None:
    day = today() + timedelta(days)
    device.scan(f"010{BARCODE}17{day:%y%m%d}10A7")
    told = device.page.locator("#told")
    expect(told).to_contain_text("Pen: 1 added")
    assert ("This lot expired on" in told.inner_text()) is is_told


def test_a_code_of_two_products_asks_which(device: Device) -> None:
    device.page.evaluate(
        """() => import("/static/tills/catalogue.js").then(({ getFinder }) => {
          const pen = [...getFinder().products.values()].find((one) => one.name === "Pen");
          getFinder().replace([-1], [{ ...pen, id: -1, name: "Pencil", sku: "4006381333931", barcode: "" }]);
        })"""
    )
    device.scan(BARCODE)
    device.expect_told("names several products")
    expect(device.page.locator("#results li")).to_have_count(2)


def test_a_scan_into_a_quantity_begins_the_next_line(device: Device) -> None:
    device.scan("POT-1")
    quantity = device.page.get_by_label("Quantity of Tea pot")
    quantity.fill("3")
    device.scan(BARCODE)
    expect(quantity).to_have_value("3")
    expect(device.page.get_by_label("Quantity of Pen")).to_have_value("1")


def test_a_scan_while_a_button_has_the_focus_clicks_nothing(device: Device) -> None:
    device.scan("POT-1")
    device.page.get_by_role("button", name="Remove Tea pot").focus()
    device.scan(BARCODE)
    expect(device.page.locator(".line")).to_have_count(2)


def test_fnc1_of_a_scanner_is_read(device: Device) -> None:
    device.page.keyboard.type(f"]C1010{BARCODE}10A7")
    device.page.keyboard.press("Control+]")
    device.page.keyboard.type("17270331")
    device.page.keyboard.press("Enter")
    expect(device.page.get_by_label("Quantity of Pen")).to_have_value("1")


def test_a_camera_scans_where_the_browser_can(device: Device) -> None:
    device.context.grant_permissions(["camera"])
    page = device.context.new_page()
    page.add_init_script(
        """window.BarcodeDetector = class {
          static async getSupportedFormats() { return ["ean_13"]; }
          async detect() {
            window.looks = (window.looks ?? 0) + 1;
            return window.isAway ? [] : [{ rawValue: "4006381333931" }];
          }
        };
        navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
        HTMLMediaElement.prototype.play = async () => {};"""
    )
    page.goto("/till/")
    page.wait_for_selector(READY)
    page.get_by_role("button", name="Camera").click()
    expect(page.locator("#told")).to_contain_text("Pen: 1 added")
    page.wait_for_function("() => window.looks > 25")  # more than twice the time after which it counts again
    expect(page.get_by_label("Quantity of Pen")).to_have_value("1")
    page.evaluate("window.isAway = true")
    page.wait_for_timeout(AWAY_MS + 500)
    page.evaluate("window.isAway = false")
    expect(page.locator("#told")).to_contain_text("Pen: 1 added, 2 in all")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_label("Quantity of Pen")).to_have_value("2")
    page.close()


def test_five_scanned_lines_are_sold_quickly(device: Device) -> None:
    for number in range(5):
        device.shop.add_product(f"Cup {number}", f"CUP-{number}", 5, "3.00")
    device.refresh()
    began = time.monotonic()
    device.sell(*(f"CUP-{number}" for number in range(5)))
    assert time.monotonic() - began < MAX_SALE_SECONDS


FILL = """(number) => import("/static/tills/store.js").then(({ transact }) => transact(["products"], async (work) => {
  const store = work.objectStore("products");
  for (let id = 1; id <= number; id += 1) {
    const name = `${["Kettle", "Teapot", "Cup", "Sieve"][id % 4]} ${["small", "large", "blue"][id % 3]} no. ${id}`;
    store.put({ id: 10_000_000 + id, name, sku: `SKU-${id}`, barcode: String(4_000_000_000_000 + id), codes: [],
                unit: "pcs", price: "9.90", available: id % 50, updated_at: "2026-01-01T00:00:00Z" });
  }
}))"""
TIME_FIND = """(text) => {
  const input = document.getElementById("find"), began = performance.now();
  input.value = text;
  input.dispatchEvent(new Event("input"));
  return [performance.now() - began, document.querySelectorAll("#results li").length];
}"""


def measure_open(page: Page) -> float:
    began = time.monotonic()
    page.goto("/till/")
    page.wait_for_selector(READY)
    return time.monotonic() - began


def test_ten_thousand_products_open_and_are_found_quickly(
    device: Device, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    device.page.evaluate(FILL, MANY)
    device.cut()
    opened = min(measure_open(device.page) for _ in range(3))
    words = ["kettle", "kettle large 400", "no. 99", "sku-77", "40000000099", "e", "nothing at all"]
    found = {word: device.page.evaluate(TIME_FIND, word) for word in words}
    device.restore()
    with capsys.disabled():
        print(f"\nopened with {MANY:,} products in {opened:.2f} s; found in {found}")
    assert opened < MAX_OPEN_SECONDS
    assert all(ms < MAX_FIND_MS for ms, _ in found.values())
    assert found["nothing at all"][1] == 0 < found["kettle large 400"][1]


def test_the_camera_reads_without_the_browsers_help_and_later_without_a_network(device: Device) -> None:
    show_barcode(device.page, BARCODE)
    device.open()
    asked: list[str] = []
    device.page.on("request", lambda request: asked.append(request.url))
    for is_cut in (False, True):
        if is_cut:
            device.page.reload()
            device.page.wait_for_selector(READY)
            device.cut()
        assert not any("zxing" in address for address in asked)
        device.page.get_by_role("button", name="Camera").click()
        expect(device.page.locator("#told")).to_contain_text("Pen: 1 added", timeout=30_000)
        device.page.locator("#camera-dialog").get_by_role("button", name="Close").click()
        assert {address.rpartition("/")[2] for address in asked if "zxing" in address} == READER
        asked.clear()
        device.page.evaluate("sessionStorage.clear()")
    device.restore()


def test_the_till_says_that_the_reader_of_codes_is_missing_and_loads_it_later(device: Device) -> None:
    show_barcode(device.page, BARCODE)
    device.open()
    device.page.evaluate(FORGET_READER)
    device.context.new_cdp_session(device.page).send("Network.clearBrowserCache")
    device.cut()
    device.page.get_by_role("button", name="Camera").click()
    expect(device.page.locator("#told")).to_contain_text("The reader of codes can't be loaded.")
    expect(device.page.locator("#camera-dialog")).to_be_hidden()
    device.restore()
    device.page.get_by_role("button", name="Camera").click()
    expect(device.page.locator("#told")).to_contain_text("Pen: 1 added", timeout=30_000)
