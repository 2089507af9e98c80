"""What is scanned or pressed while the till's store writes slowly is done afterwards, in its order."""

import pytest
from playwright.sync_api import expect

from testing.browser_tests.tills import BARCODE, CASE, Device, TillShop

DOZEN = "12"
# Every write takes half a second. With `refused`, it fails at its end.
SLOW = """(refused) => {
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, mode, options) {
    const made = begin.call(this, names, mode, options), end = performance.now() + 500;
    const store = made.objectStore(made.objectStoreNames[0]);
    const wait = () => {
      if (performance.now() < end) store.count().onsuccess = wait;
      else if (refused) made.abort();
    };
    if (mode === "readwrite") wait();
    return made;
  };
}"""
PRESS = "(names) => names.forEach((name) => document.querySelector(name).click())"


def press(device: Device, *names: str) -> None:
    """Press the buttons at once, without waiting until they are enabled."""
    device.page.evaluate(PRESS, names)


def expect_lines(device: Device, *quantities: str) -> None:
    fields = device.page.locator("#lines [name=quantity]")
    expect(fields).to_have_count(len(quantities))
    for place, quantity in enumerate(quantities):
        expect(fields.nth(place)).to_have_value(quantity)


def test_what_is_scanned_while_a_sale_is_written_belongs_to_the_next(device: Device) -> None:
    device.scan(BARCODE)
    expect_lines(device, "1")
    device.page.evaluate(SLOW, False)
    press(device, "#book", "#book")
    device.scan(CASE)
    device.page.locator("#discount").fill("10")
    press(device, "#book")
    device.page.locator("#discount").fill("")
    device.scan(CASE)
    device.expect_told("Pen: 12 added, 24 in all.")
    expect_lines(device, "24")
    press(device, "#book")
    device.expect_told("Sold: till 1 #2")
    assert [[line["quantity"] for line in row["lines"]] for row in device.rows()] == [[1], [24]]


def test_many_scans_while_a_sale_is_written_are_all_taken(device: Device) -> None:
    """They are typed into the field of the search, where the first of them is still to be taken."""
    device.scan(BARCODE)
    expect_lines(device, "1")
    device.page.evaluate(SLOW, False)
    press(device, "#book")
    for _ in range(5):
        device.scan(BARCODE)
        device.scan(CASE)
    expect_lines(device, "65")
    expect(device.page.locator("#find")).to_have_value("")


def test_a_code_that_nothing_has_stays_to_be_corrected(device: Device) -> None:
    device.scan("40063813339")
    device.expect_told("Nothing is found for “40063813339”.")
    expect(device.page.locator("#find")).to_have_value("40063813339")
    device.scan(BARCODE)
    expect_lines(device, "1")


def test_a_refused_sale_keeps_its_message_and_what_was_scanned_since(device: Device) -> None:
    device.scan(BARCODE)
    expect_lines(device, "1")
    device.page.evaluate(SLOW, True)
    press(device, "#book")
    device.scan(CASE)
    expect_lines(device, "13")
    device.expect_told("Nothing was saved: this browser does not store it")
    expect(device.page.locator("#book")).to_be_enabled()
    assert device.rows() == []


@pytest.mark.parametrize("screen", ["receive", "count"])
def test_another_screen_that_is_opened_while_a_sale_is_written_stays_open(device: Device, screen: str) -> None:
    device.scan(BARCODE)
    expect_lines(device, "1")
    device.page.evaluate(SLOW, False)
    press(device, "#book", f"[data-go={screen}]")
    device.scan(CASE)
    expect_lines(device, DOZEN)
    expect(device.page.locator(f"[data-go={screen}]")).to_have_attribute("aria-current", "page")
    device.go("sell")
    expect_lines(device)
    assert [row["kind"] for row in device.rows()] == ["sell"]


def test_what_is_scanned_while_a_sale_is_parked_belongs_to_the_next(device: Device, till_shop: TillShop) -> None:
    device.scan(BARCODE)
    expect_lines(device, "1")
    device.page.evaluate(SLOW, False)
    press(device, "#park")
    device.scan(CASE)
    expect_lines(device, DOZEN)
    expect(device.page.locator("#parked button")).to_have_count(1)
    press(device, "#parked button")
    device.scan(CASE)
    device.expect_told("Pen: 12 added, 13 in all.")
    expect_lines(device, "13")
