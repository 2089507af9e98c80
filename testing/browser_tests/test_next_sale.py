"""A sale is booked without loading the page: what is scanned meanwhile belongs to the next one, in its order."""

import time

import pytest
from playwright.sync_api import Route, expect

from testing.browser_tests.sales import Sale, add_product, narrow, scan, wide

LATENCY_SECONDS = 0.4


def delay(route: Route) -> None:
    if route.request.method == "POST":
        time.sleep(LATENCY_SECONDS)
    route.continue_()


def begin(sale: Sale, code: str) -> None:
    """Scan one code, and send the form by Enter."""
    scan(sale.page, code)
    sale.page.keyboard.press("Enter")
    sale.page.keyboard.press("Enter")


@wide
@pytest.mark.parametrize("page", ["sell", "receive"])
@pytest.mark.parametrize("pause", [0.1, 0.25, 0.4, 0.55, 0.7])
def test_a_scan_soon_after_a_booking_is_kept_in_its_order(sale: Sale, page: str, pause: float) -> None:
    others = [f"{sale.sku}-{number}" for number in "ab"]
    for code in others:
        add_product(sale.page, code)
    sale.page.goto(f"/shop/{page}/")
    sale.page.route(f"**/shop/{page}/", delay)
    begin(sale, sale.sku)
    sale.page.wait_for_timeout(pause * 1000)
    scan(sale.page, others[0])
    scan(sale.page, others[1])
    sale.expect_message(f" 1 of Kettle {sale.sku}: ")
    expect(sale.page.locator(".sent")).to_have_count(0)
    assert [sale.cell("product", number).input_value() for number in (0, 1)] == others
    sale.page.keyboard.press("Enter")
    sale.page.keyboard.press("Enter")
    sale.expect_message(" 2 lines.")


@narrow
def test_a_refused_sale_keeps_what_was_scanned_since(sale: Sale) -> None:
    other = f"{sale.sku}-a"
    add_product(sale.page, other)
    sale.page.goto("/shop/sell/")
    sale.page.route("**/shop/sell/", delay)
    sale.fill("99")
    sale.send()
    scan(sale.page, other)
    expect(sale.page.locator(".task-line .error")).to_have_text("Only 38 in stock, 99 requested.")
    assert [sale.cell("product", number).input_value() for number in (0, 1)] == [sale.sku, other]
    sale.cell("quantity").fill("2")
    sale.send()
    sale.expect_message("Sold 2 lines.")
    assert sale.count_stock() == 36


@wide
def test_a_lost_answer_is_looked_up_and_the_next_sale_stays_apart(sale: Sale) -> None:
    other = f"{sale.sku}-a"
    add_product(sale.page, other)
    sale.open()

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    sale.page.route("**/shop/sell/", lose, times=1)
    sale.send()
    scan(sale.page, other)
    sale.expect_message(f"Sold 2 of Kettle {sale.sku}: 36 in stock.")
    assert "sent before" not in sale.page.locator(".message").inner_text()
    expect(sale.cell("product")).to_have_value(other)
    assert sale.count_stock() == 36


@wide
def test_undo_and_the_receipt_leave_the_next_sale_alone(sale: Sale) -> None:
    sale.open()
    expect(sale.page.locator(".send-task .primary")).to_have_text("Sell · 19.80 EUR")
    sale.send()
    sale.expect_message("Sold 2 of")
    expect(sale.page.locator(".message a")).to_have_text("Receipt")
    scan(sale.page, sale.sku)
    sale.page.get_by_role("button", name="Undo").click()
    sale.expect_message(f"Undone. Kettle {sale.sku}: 38 in stock.")
    expect(sale.cell("product")).to_have_value(sale.sku)
    sale.visitor.check_page()
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_a_line_without_a_product_is_shown_again_with_its_error(sale: Sale) -> None:
    sale.open()
    sale.page.get_by_role("button", name="Another line").click()
    sale.cell("quantity", 1).fill("5")
    sale.send()
    expect(sale.page.locator(".task-line .error")).to_have_text("Write a product: its name, SKU or barcode.")
    assert sale.cell("quantity", 1).input_value() == "5"
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_an_empty_cart_has_no_errors_of_the_sale_before(sale: Sale) -> None:
    sale.open()
    sale.page.locator(".cart summary", has_text="More").click()
    sale.cell("occurred_at").fill("2999-01-01T12:00")
    sale.send()
    expect(sale.page.locator(".cart-side .error")).to_be_visible()
    sale.cell("occurred_at").fill("")
    sale.send()
    sale.expect_message("Sold 2 of")
    expect(sale.page.locator(".cart :is(.error, .wrong, [aria-invalid])")).to_have_count(0)


@wide
def test_a_double_click_on_undo_says_once_that_it_is_undone(sale: Sale) -> None:
    sale.open()
    sale.send()
    sale.expect_message("Sold 2 of")
    sale.page.route("**/reverse/**", delay)
    sale.page.get_by_role("button", name="Undo").dblclick()
    sale.expect_message("Undone.")
    sale.page.wait_for_load_state("networkidle")
    assert sale.page.locator(".message p").all_inner_texts() == [f"Undone. Kettle {sale.sku}: 38 in stock."]
