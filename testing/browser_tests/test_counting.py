"""Count on a sheet with a phone and a scanner, also without a connection, and book the differences with two clicks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from testing.browser_tests.cutting import run_cutter
from testing.browser_tests.demo import Demo
from testing.browser_tests.sales import add_product, narrow, wide
from testing.browser_tests.test_forms import make_unique
from testing.browser_tests.visitor import NARROW, WIDE, Visitor

SMALL = (320, 640)
MIN_TARGET = 44  # pixels
CUTS = (0, 20, 300, 700, 900)  # bytes of an answer: in its first line, in its head, in its body, and behind its end
PATIENCE_MS = 20_000  # the page waits for some seconds before it sends again


class Count:
    """A new sheet of all products, and its page on which a scanner types."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page, self.sku = visitor, visitor.page, make_unique("SKU")
        add_product(self.page, self.sku)
        self.name = f"Kettle {self.sku}"
        self.page.goto("/shop/sheets/new/")
        self.page.get_by_label("Name").fill(f"Sheet {self.sku}")
        self.page.get_by_label("Tolerated units").fill("1")
        self.page.locator(".send-task .primary").click()
        self.page.wait_for_url(re.compile(r"/api/stock/sheets/\d+/"))
        self.id = self.page.url.rstrip("/").rpartition("/")[2]
        self.address = f"/shop/sheets/{self.id}/count/"
        self.page.goto(self.address)

    def scan(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def expect_said(self, text: str) -> None:
        expect(self.page.locator(".last-entry")).to_have_text(text, timeout=PATIENCE_MS)

    def expect_notice(self, text: str) -> None:
        expect(self.page.locator(".notices")).to_contain_text(text)

    def expect_all_sent(self) -> None:
        expect(self.page.locator(".notices")).to_be_empty()
        expect(self.page.locator(".entries .error:visible")).to_have_count(0)

    def list_counting(self) -> list[int]:
        """Return the quantities of the entries that count, the last one first."""
        answer: Any = self.page.request.get(f"/api/stock/sheets/{self.id}/entries/?format=json").json()
        return [row["quantity"] for row in answer["results"] if not (row["replaced"] or row["recounted"])]


@pytest.fixture
def count(owner: Visitor) -> Iterator[Count]:
    yield Count(owner)
    owner.problems = [problem for problem in owner.problems if "net::ERR_" not in problem]


@narrow
def test_a_scan_adds_one_and_a_number_after_it_sets_the_quantity(count: Count) -> None:
    expect(count.page.locator("#field-code")).to_be_focused()
    count.scan(count.sku)
    count.expect_said(f"{count.name}: 1")
    count.scan("38")
    count.expect_said(f"{count.name}: 38")
    count.scan(count.sku)
    count.expect_said(f"{count.name}: 1")
    count.expect_all_sent()
    assert count.list_counting() == [1, 38]
    count.visitor.check_page()


@narrow
def test_one_of_the_last_entries_is_replaced(count: Count) -> None:
    for text in (count.sku, "38", count.sku, "4"):
        count.scan(text)
    count.expect_said(f"{count.name}: 4")
    first = count.page.locator(".entries li").nth(1)
    first.locator("[name=quantity]").fill("83")
    first.locator("[name=quantity]").press("Enter")
    count.expect_said(f"{count.name}: 83")
    expect(count.page.locator("#field-code")).to_be_focused()
    count.page.reload()
    expect(count.page.locator(".entries [name=quantity]").first).to_have_value("83")
    assert sorted(count.list_counting()) == [4, 83]


@narrow
def test_a_product_is_counted_by_its_name_and_leaves_the_list_of_what_is_left(count: Count) -> None:
    count.page.locator(".left-to-count summary").click()
    count.page.locator("#field-code").fill(count.sku)
    lines = count.page.locator(".left-to-count li:visible")
    expect(lines).to_have_count(1)
    lines.locator("button").click()
    count.expect_said(f"{count.name}: 1")
    expect(lines.filter(has_text=count.sku)).to_have_count(0)


@narrow
def test_the_product_with_the_id_1_leaves_the_list_alone(count: Count) -> None:
    """Other fields of the list's form have the value 1 too."""
    product = count.page.request.get("/api/products/1/?format=json").json()
    lines = count.page.locator(".left-to-count li")
    number = lines.count()
    count.scan(product["sku"])
    count.expect_said(f"{product['name']}: 1")
    expect(lines).to_have_count(number - 1)


@narrow
def test_an_unknown_code_and_a_product_that_is_not_on_the_sheet_are_said_in_red(count: Count) -> None:
    other = make_unique("SKU")
    add_product(count.page, other)
    count.page.goto(count.address)
    count.scan("no such code")
    expect(count.page.locator(".entries .error:visible")).to_contain_text("Not counted:")
    count.page.get_by_role("button", name="Remove").click()
    count.scan(other)
    count.page.get_by_role("button", name="Count it all the same").click()
    count.expect_said(f"Kettle {other}: 1")
    count.expect_all_sent()


@narrow
def test_entries_without_a_connection_are_kept_and_sent_once(count: Count) -> None:
    page = count.page
    count.visitor.context.set_offline(True)
    for text in (count.sku, "38", count.sku):
        count.scan(text)
    count.expect_notice("not sent yet: 2.")
    expect(page.locator(".entries .error:visible")).to_have_count(2)
    count.visitor.check_page()
    page.on("dialog", lambda dialog: dialog.accept())
    count.visitor.context.set_offline(False)
    page.reload()
    count.expect_all_sent()
    expect(page.locator(".entries li")).to_have_count(2)
    assert count.list_counting() == [1, 38]


@narrow
def test_an_entry_whose_answer_was_lost_is_shown_once_after_a_reload(count: Count) -> None:
    page = count.page

    def lose_answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route(f"**{count.address}", lose_answer)
    count.scan(count.sku)
    count.expect_notice("not sent yet: 1.")
    page.unroute(f"**{count.address}")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    count.expect_all_sent()
    expect(page.locator(".entries li")).to_have_count(1)
    assert count.list_counting() == [1]


def test_a_broken_network_loses_and_doubles_nothing(chromium: Browser, shop: Demo) -> None:
    with run_cutter(shop.address) as cutter:
        visitor = Visitor(chromium, cutter.address, NARROW)
        visitor.sign_in("demo")
        count = Count(visitor)
        for cut in CUTS:
            cutter.cut_after(cut)
            count.scan(count.sku)
            count.expect_said(f"{count.name}: 1")
            count.expect_all_sent()
        assert count.list_counting() == [1] * len(CUTS)
        visitor.close()


@narrow
def test_a_session_that_has_ended_keeps_the_entries_until_the_user_signs_in(count: Count) -> None:
    count.visitor.context.clear_cookies()
    count.scan(count.sku)
    count.expect_notice("You have been signed out.")
    sign_in_beside(count.visitor, "helper")
    count.page.evaluate("dispatchEvent(new Event('focus'))")
    count.expect_notice("Another user has signed in.")
    sign_in_beside(count.visitor, "demo")
    count.page.evaluate("dispatchEvent(new Event('focus'))")
    count.expect_said(f"{count.name}: 1")
    assert count.list_counting() == [1]


def sign_in_beside(visitor: Visitor, username: str) -> None:
    """Sign in in another tab, which removes nothing from the memory of the page."""
    visitor.context.clear_cookies()
    page, visitor.page = visitor.page, visitor.context.new_page()
    visitor.sign_in(username)
    visitor.page.close()
    visitor.page = page


@wide
def test_two_people_count_and_the_owner_books_with_two_clicks(count: Count, chromium: Browser, shop: Demo) -> None:
    helper = Visitor(chromium, shop.address, SMALL, "dark")
    helper.sign_in("helper")
    helper.page.goto(count.address)
    assert "38" not in helper.page.locator("main").inner_text()
    helper.page.keyboard.type(f"{count.sku}\n30\n")
    expect(helper.page.locator(".last-entry")).to_have_text(f"{count.name}: 30")
    check_targets(helper)
    count.scan(count.sku)
    count.scan("7")
    count.expect_said(f"{count.name}: 7")
    page = count.page
    page.goto(f"/shop/sheets/{count.id}/differences/")
    row = page.locator("tbody tr", has_text=count.name)
    for text in ("37", "38", "-1", "demo, helper"):
        expect(row).to_contain_text(text.replace("-", "\N{MINUS SIGN}"))
    count.visitor.check_page()
    page.get_by_role("button", name="Save 1 product within tolerance").click()
    expect(page.locator("main")).to_contain_text("1 product is saved as counted.")
    count.visitor.check_page()
    page.locator(".send-task .primary").click()
    expect(page.locator(".message")).to_contain_text("Saved 1 product.")
    helper.close()
    assert helper.problems == []


def check_targets(visitor: Visitor) -> None:
    """Record whatever is too small for a finger, and look for other problems of the page."""
    for target in visitor.page.locator("main :is(input, select, .button, summary):visible").all():
        height = (target.bounding_box() or {"height": 0})["height"]
        if height < MIN_TARGET:
            visitor.add_problem(f"has a target of {height} pixels: {target.evaluate('node => node.outerHTML')}")
    visitor.check_page()


@narrow
def test_the_owner_asks_for_another_count_of_a_chosen_product(count: Count) -> None:
    count.scan(count.sku)
    count.expect_said(f"{count.name}: 1")
    page = count.page
    page.goto(f"/shop/sheets/{count.id}/differences/")
    expect(page.get_by_role("button", name="Count again")).to_be_hidden()
    page.get_by_label(f"Choose {count.name}").check()
    page.get_by_role("button", name="Count again").click()
    expect(page.locator(".message")).to_contain_text("1 product is to be counted again.")
    count.visitor.check_page()


@wide
def test_the_sheet_to_print_fits_every_screen_and_the_paper(count: Count) -> None:
    for size in (SMALL, NARROW, WIDE):
        for scheme in ("light", "dark"):
            count.visitor.resize(size, scheme)
            count.visitor.open_page(f"/api/stock/sheets/{count.id}/file/?format=html")
