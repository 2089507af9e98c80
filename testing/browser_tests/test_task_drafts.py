"""What a device keeps of an unfinished task, and how it is shown again."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Route, expect

from testing.browser_tests.sales import DRAFT, Sale, narrow, open_count, scan, wide
from testing.browser_tests.visitor import Visitor

UNFINISHED = re.compile(r"You counted 1 of \d+ on this device at \d")


@wide
@pytest.mark.parametrize("quantity", ["1", "3"])
def test_a_scan_after_a_restored_draft_begins_the_next_line(sale: Sale, quantity: str) -> None:
    sale.page.on("dialog", lambda dialog: dialog.accept())
    sale.open()
    sale.cell("quantity").fill(quantity)
    sale.page.reload()
    sale.expect_message(DRAFT)
    scan(sale.page, "2000000000022")
    expect(sale.cell("product")).to_have_value(sale.sku)
    expect(sale.cell("quantity")).to_have_value(quantity)
    expect(sale.cell("product", 1)).to_have_value("2000000000022")


@wide
def test_a_scan_after_a_restored_field_replaces_none_of_what_was_typed(owner: Visitor) -> None:
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/shop/products/add/")
    page.get_by_label("Name").fill("Samovar")
    page.reload()
    expect(page.locator(".message").last).to_contain_text(DRAFT)
    page.keyboard.type("34.00")
    expect(page.get_by_label("Name")).to_have_value("Samovar")
    expect(page.get_by_label("Price required", exact=True)).to_have_value("34.00")
    page.get_by_text("Start afresh").click()


@narrow
def test_the_sign_for_what_is_expected_is_kept_as_the_number(owner: Visitor) -> None:
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    open_count(owner, "Gifts")
    counted = page.locator("[name=counted]")
    counted.first.focus()
    page.keyboard.press("=")
    number = counted.first.input_value()
    assert number.isdigit()
    page.reload()
    expect(counted.first).to_have_value(number)
    expect(page.locator("[name=counted_at]").first).to_have_value(re.compile(r"\d{4}-"))
    expect(counted.nth(1)).to_be_focused()
    page.get_by_text("Start afresh").click()


@narrow
def test_a_half_done_count_is_offered_again(owner: Visitor) -> None:
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    open_count(owner, "Gifts")
    page.locator("[name=counted]").nth(2).fill("7")
    page.goto("/api/")
    page.goto("/shop/count/")
    expect(page.locator(".notices")).to_contain_text("Count: Gifts. ")
    expect(page.locator(".notices")).to_contain_text(UNFINISHED)
    owner.check_page()
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("[name=counted]").nth(2)).to_have_value("7")
    expect(page.locator(".notices")).to_contain_text(UNFINISHED)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".notices")).to_be_empty()
    expect(page.locator("[data-take]").first).to_be_focused()
    page.reload()
    page.get_by_text("Start afresh").click()
    page.goto("/shop/count/")
    expect(page.locator(".notices")).to_be_empty()


@narrow
def test_a_half_done_count_is_dropped_where_it_is_offered(owner: Visitor) -> None:
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    open_count(owner, "Gifts")
    page.locator("[name=counted]").nth(2).fill("7")
    page.goto("/shop/count/")
    page.get_by_text("Start afresh").click()
    expect(page.locator(".notices")).to_be_empty()
    open_count(owner, "Gifts")
    expect(page.locator("[name=counted]").nth(2)).to_have_value("")


@narrow
def test_a_count_in_which_nothing_was_typed_is_not_offered(owner: Visitor) -> None:
    open_count(owner, "Gifts")
    owner.page.locator(".line-title").first.click()
    owner.page.goto("/shop/count/")
    expect(owner.page.locator(".notices")).to_be_empty()


@narrow
def test_a_form_in_which_nothing_was_typed_is_not_shown_again(owner: Visitor) -> None:
    owner.page.goto("/shop/sell/")
    owner.page.get_by_label("Places, lots and more").check()
    owner.page.locator("summary", has_text="More").click()
    owner.page.reload()
    expect(owner.page.locator(".notices")).to_be_empty()


@narrow
def test_a_count_is_found_again_by_another_address_of_the_same_list(owner: Visitor) -> None:
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    open_count(owner, "Gifts")
    page.locator("[name=counted]").nth(2).fill("7")
    [category] = re.findall(r"category=(\d+)", page.url)
    page.goto(f"/shop/count/?category={category}")
    expect(page.locator("[name=counted]").nth(2)).to_have_value("7")
    page.get_by_text("Start afresh").click()


@narrow
def test_a_count_that_could_not_be_booked_keeps_each_number_at_its_product(owner: Visitor) -> None:
    """The page of the differences has only the counted lines, so it must not replace the draft of the whole list."""
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    open_count(owner, "Gifts")
    page.locator("[name=counted]").nth(4).fill("7")
    page.locator(".send-task .primary").click()
    expect(page.locator("main")).to_contain_text("1 product counted.")
    address = page.url

    def lose(route: Route) -> None:
        route.abort() if route.request.method == "POST" else route.continue_()

    page.route("**/shop/count/**", lose)
    page.locator(".send-task .primary").click()
    expect(page.locator(".refusal")).to_be_visible()
    page.unroute("**/shop/count/**")
    page.goto(address)
    expect(page.locator("[name=counted]").nth(4)).to_have_value("7")
    expect(page.locator("[name=counted]").nth(0)).to_have_value("")
    owner.problems.clear()
    page.get_by_text("Start afresh").click()


@wide
def test_a_form_whose_result_is_a_secret_is_empty_the_next_time(owner: Visitor) -> None:
    for number in (1, 2):
        owner.page.goto("/shop/form/tills/")
        expect(owner.page.locator("[name=name]")).to_have_value("")
        owner.page.locator("[name=name]").fill(f"Counter {uuid4().hex[:8]} {number}")
        owner.page.get_by_role("button", name="Add", exact=True).click()
        expect(owner.page.locator("#shown-once")).to_be_visible()


@wide
def test_a_password_is_not_kept(owner: Visitor) -> None:
    owner.page.goto("/shop/form/auth/password/")
    owner.page.locator("[name=old_password]").fill("a-password-of-mine")
    owner.page.wait_for_timeout(200)
    kept = owner.page.evaluate("JSON.stringify([sessionStorage, localStorage])")
    assert "old_password" not in kept
    assert "a-password-of-mine" not in kept
    owner.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_all_choices_of_a_field_are_kept(owner: Visitor) -> None:
    page = owner.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/shop/form/webhooks/")
    page.locator("[name=types]").select_option(["stock.low", "lot.expiring"])
    page.reload()
    expect(page.locator(".message").last).to_contain_text(DRAFT)
    expect(page.locator("[name=types]")).to_have_values(["stock.low", "lot.expiring"])
    page.get_by_text("Start afresh").click()
