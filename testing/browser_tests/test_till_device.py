"""The till on a device: killed browsers, rows of earlier releases, new releases, weight, and what makes it an app."""

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, expect

from testing.browser_tests.conftest import find_chromium
from testing.browser_tests.demo import Demo
from testing.browser_tests.tills import BARCODE, CASE, LIST_ROWS, READY, Device, KeptBrowser, TillShop, sign_in
from testing.browser_tests.visitor import NARROW

ROWS = Path(__file__).with_name("till_rows_1.json")
MAX_WEIGHT = 150 * 1024  # bytes, compressed
SIZES = [(320, 640), NARROW, (1024, 768)]
PUT_ROWS = """([rows, next]) => import("/static/tills/store.js").then(({ transact }) => transact(
  ["state", "queue"], async (work) => {
    rows.forEach((row) => work.objectStore("queue").put(row));
    work.objectStore("state").put(next, "next");
  }))"""


def test_a_killed_browser_sends_what_it_had_sold(chromium: Browser, till_shop: TillShop) -> None:
    browser = KeptBrowser(chromium.browser_type, find_chromium(), till_shop.demo.address)
    sign_in(browser.page, till_shop.owner)
    browser.page.goto("/till/")
    browser.page.get_by_label("Name of a new till").fill("till 1")
    browser.page.locator("#new-till button").click()
    browser.page.locator("#find").wait_for()
    browser.context.set_offline(True)
    browser.page.locator("#find").fill(CASE)
    browser.page.keyboard.press("Enter")
    browser.page.locator("#book").click()
    expect(browser.page.locator("#told")).to_contain_text("Sold: till 1 #1")
    browser.restart()
    browser.page.goto("/till/")
    expect(browser.page.locator("#unsent-number")).to_have_text("all sent", timeout=30_000)
    expect(browser.page.locator(".line")).to_have_count(0)
    browser.close()
    assert till_shop.list_references() == ["till 1 #1"]
    assert till_shop.count_stock(till_shop.pen) == 88


def test_rows_and_bodies_of_release_1_are_sent(device: Device, till_shop: TillShop) -> None:
    """If this fails, devices lose unsent sales at the next release: convert such rows, and keep the samples."""
    [till] = till_shop.list_tills()
    text = ROWS.read_text().replace("till-7-", f"till-{till['id']}-").replace('"till": 7', f'"till": {till["id"]}')
    text = text.replace(
        "2026-11-20", str(datetime.now(UTC).date() - timedelta(days=1))
    )  # a count is at most 30 days old
    products = {"1": till_shop.pen, "2": till_shop.pot}
    text = re.sub(r'(\\?"product\\?": ?)([12])\b', lambda match: f"{match[1]}{products[match[2]]}", text)
    device.page.evaluate(PUT_ROWS, [json.loads(text), 5])
    device.open()
    device.expect_all_sent()
    assert till_shop.list_references() == ["till 1 #1", "till 1 #2", "till 1 #3"]
    # The shop has got its first ten pots after the count, so they are added to the four.
    assert (till_shop.count_stock(till_shop.pen), till_shop.count_stock(till_shop.pot)) == (112, 14)
    assert till_shop.call("GET", f"/api/tills/{till['id']}/gaps/")["dropped"] == [4]


def test_rows_of_today_have_the_fields_of_the_samples(device: Device) -> None:
    device.cut()
    device.sell(BARCODE)
    [row] = device.rows()
    sample = json.loads(ROWS.read_text())[0]
    assert set(row) == {*sample, "id", "shown"}  # rows without `shown` show their reference
    assert set(json.loads(row["body"])) == set(json.loads(sample["body"]))


def test_a_cart_that_was_booked_is_empty_after_a_crash(device: Device, till_shop: TillShop) -> None:
    """The browser was killed after the sale was written, and before the cart was emptied."""
    device.cut()
    device.scan(BARCODE)
    cart = device.page.evaluate("sessionStorage.getItem('till cart sell')")
    device.book()
    device.expect_unsent(1)
    device.page.evaluate("(cart) => sessionStorage.setItem('till cart sell', cart)", cart)
    device.open()
    expect(device.page.locator(".line")).to_have_count(0)


def test_a_reload_keeps_the_cart(device: Device) -> None:
    device.scan(CASE)
    device.open()
    expect(device.page.get_by_label("Quantity of Pen")).to_have_value("12")


def test_a_new_release_takes_over_when_the_cart_is_empty(device: Device) -> None:
    """The worker of another language is like that of a new release."""
    device.scan(BARCODE)
    token = next(one["value"] for one in device.context.cookies() if one["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    changed = device.page.request.patch("/api/users/me/", data={"language": "de"}, headers=headers)
    assert changed.ok
    device.read_all()
    device.page.evaluate(
        """async () => {
          dispatchEvent(new Event("focus"));
          const registration = await navigator.serviceWorker.ready;
          while (!registration.waiting) await new Promise((resolve) => setTimeout(resolve, 50));
          dispatchEvent(new Event("focus"));
        }"""
    )
    device.page.wait_for_timeout(1000)
    expect(device.page.locator("html")).to_have_attribute("lang", "en")
    expect(device.page.locator(".line")).to_have_count(1)
    device.page.locator("[data-remove]").click()
    device.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(device.page.locator("html")).to_have_attribute("lang", "de")


def test_a_till_without_a_session_has_the_language_of_its_user(device: Device, till_shop: TillShop) -> None:
    device.context.clear_cookies()
    till_shop.call("PATCH", "/api/account/", {"language": "de"})
    device.read_all()
    device.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(device.page.locator("html")).to_have_attribute("lang", "de", timeout=30_000)
    expect(device.page.locator("nav [data-go=sell]")).to_have_text("Verkaufen")
    device.cut()
    device.page.reload()
    expect(device.page.locator("html")).to_have_attribute("lang", "de")


def read_compressed(address: str) -> bytes:
    request = Request(address, headers={"Accept-Encoding": "gzip", "Accept": "text/html"})  # noqa: S310, our own address
    with urlopen(request) as response:  # noqa: S310
        return bytes(response.read())


def test_the_page_is_light(shop: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    worker = gzip.decompress(read_compressed(f"{shop.address}/till/worker.js")).decode()
    files: dict[str, str] = json.loads(re.findall(r"const FILES = (\{.*\});", worker)[0])
    weight = sum(len(read_compressed(shop.address + path)) for path in ["/till/", "/till/worker.js", *files])
    with capsys.disabled():
        print(f"\nThe page of the till weighs {weight / 1024:.0f} KiB.")
    assert weight < MAX_WEIGHT


def test_a_browser_offers_to_install_it(device: Device) -> None:
    session = device.context.new_cdp_session(device.page)
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {error["errorId"] for error in errors} <= {"in-incognito"}
    assert session.send("Page.getAppManifest")["errors"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_screens_are_accessible_and_fit(device: Device, till_shop: TillShop, scheme: str) -> None:
    """`device` fails if a screen scrolls sideways or requests another host, and if axe finds something."""
    device.scan(BARCODE)
    device.page.locator("#find").fill("tea")
    check_screen(device, scheme)
    device.page.locator("#find").fill("")
    device.book()
    device.page.get_by_role("button", name="Receipt").click()
    check_screen(device, scheme)
    device.cut()
    device.go("sell")
    device.sell("POT-1")
    till_shop.call("DELETE", f"/api/products/{till_shop.pot}/")
    device.restore()
    device.expect_to_settle(1)
    device.go("queue")
    device.page.get_by_role("button", name="Count the shelf and save again").click()
    device.page.get_by_role("button", name="Discard", exact=True).click()
    check_screen(device, scheme)
    device.go("count")
    device.scan(BARCODE)
    check_screen(device, scheme)
    device.go("queue")
    device.page.get_by_role("button", name="Pair with another till").click()
    device.page.locator("#till-name").wait_for()
    check_screen(device, scheme)


SMALL_TARGETS = """[...document.querySelectorAll("button, input, .button")].filter((one) => one.checkVisibility()
  && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 100))"""


def check_screen(device: Device, scheme: str) -> None:
    for size in SIZES:
        device.visitor.resize(size, scheme)
        device.visitor.check_width()
        assert device.page.evaluate(SMALL_TARGETS) == []
    device.visitor.check_accessibility()


def test_a_worker_of_the_shop_sells_and_sees_no_cost(chromium: Browser, till_shop: TillShop) -> None:
    till_shop.call("PATCH", f"/api/products/{till_shop.pen}/", {"cost_price": "0.77"})
    worker = f"{till_shop.owner}w"
    body = {"username": worker, "password": "correct-horse-7"}
    till_shop.call("POST", "/api/users/", body)
    till_shop.owner = worker
    device = Device(chromium, till_shop)
    device.pair("worker's till")
    device.sell(BARCODE)
    device.expect_all_sent()
    stored = device.page.evaluate(f"({LIST_ROWS})().then(JSON.stringify)")
    assert "0.77" not in stored + device.page.content()
    device.page.wait_for_selector(READY)
    device.close()
