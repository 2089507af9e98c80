"""The support desk answers "the stock of Earl Grey is wrong since Tuesday" in four clicks, with a statement to send."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser

from ops.demo.credentials import DEMO_USERS
from testing.browser_tests.conftest import NARROW, WIDE
from testing.browser_tests.demo import Demo
from testing.browser_tests.visitor import Visitor

PRODUCT = "Earl Grey"
MAX_CLICKS = 4
DESK_PAGES = (
    "/admin/",
    "/admin/search/?q=earl+grey",
    "/admin/accounts/1/",
    "/admin/accounts/1/statement/?since=2300-01-01",
    "/admin/users/user/",
    "/admin/users/user/1/change/",
    "/admin/stock/operation/?owner=demo",
    "/admin/stock/movement/?owner=demo",
    "/admin/stock/operation/1407/change/",
    "/admin/products/product/2/change/",
    "/admin/products/product/?q=grey",
)
CELLS = "#result_list td:not(.action-checkbox)"
NAME_UNTITLED = """cells => cells.filter(
    cell => getComputedStyle(cell, "::before").content === "none"
).map(cell => cell.className)"""
TIME = r"\d+ [A-Z][a-z]{2} 20\d\d, \d\d:\d\d"


class Clicks:
    """Clicks of a visitor, which are counted. Each page that they lead to is checked."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.count = visitor, 0

    def click(self, selector: str) -> None:
        self.visitor.page.locator(selector).first.click()
        self.visitor.page.wait_for_load_state()
        self.visitor.check_page()
        self.count += 1


def test_the_front_page_leads_to_a_dated_list_with_names(support: Visitor) -> None:
    page, clicks = support.page, Clicks(support)
    support.open_page("/admin/")
    page.get_by_role("searchbox").fill(PRODUCT)
    clicks.click(".support-search [type=submit]")
    clicks.click(f".support-rows tr:has(a:text-is('demo')) a:has-text('{PRODUCT}')")
    assert page.locator(".support-movements tbody tr").count() > 3
    assert re.fullmatch(TIME, page.locator(".support-movements .field-booked").first.inner_text())
    clicks.click("a:has-text('All movements')")
    page.get_by_label("From", exact=True).fill(f"{datetime.now(UTC) - timedelta(days=30):%Y-%m-%d}")
    clicks.click(".support-filters [type=submit]")
    assert clicks.count <= MAX_CLICKS
    assert page.locator("#result_list .field-who").first.inner_text()


def find_tuesday() -> datetime:
    """Return the last Tuesday, at least one day ago."""
    today = datetime.now(UTC)
    return today - timedelta(days=(today.weekday() - 2) % 7 + 1)


def test_the_stock_is_wrong_since_tuesday(support: Visitor) -> None:
    """The steps are: search (1), the product's movements (2), filter by date (3), and the statement to send (4)."""
    page, clicks = support.page, Clicks(support)
    support.open_page("/admin/")
    page.get_by_role("searchbox").fill(PRODUCT)
    clicks.click(".support-search [type=submit]")
    clicks.click(".support-rows tr:has-text('Earl Grey, 250 g') a:has-text('Movements')")
    page.get_by_label("From", exact=True).fill(f"{find_tuesday() - timedelta(days=7):%Y-%m-%d}")
    clicks.click(".support-filters [type=submit]")
    rows = page.locator("#result_list tbody tr")
    assert 0 < rows.count() < 50
    assert re.fullmatch(TIME, rows.first.locator(".field-happened").inner_text())
    assert rows.first.locator(".field-who").inner_text() in DEMO_USERS
    assert "Europe/Vienna" in page.locator("#content").inner_text()
    with page.expect_download() as download:
        page.locator("a:has-text('Statement of the product')").click()
    assert clicks.count + 1 <= MAX_CLICKS
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert "opening balance" in lines[1]
    assert "closing balance" in lines[-1]


def test_the_statement_of_an_account_is_downloaded_from_its_page(support: Visitor) -> None:
    page = support.page
    support.open_page("/admin/search/?q=demo")
    page.locator(".support-rows a", has_text=re.compile("^demo$")).first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download statement").click()
    assert re.fullmatch(r"statement-account-\d+\.csv", download.value.suggested_filename)
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("product,product_name,sku,sequence,timestamp")
    assert len(lines) > 1000


def test_the_statement_is_downloaded_from_the_page_of_the_product(support: Visitor) -> None:
    page = support.page
    support.open_page("/admin/products/product/?q=earl+grey")
    # The product of the demo is the oldest; other shops may have one, too.
    page.locator("#result_list tbody th a").last.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download statement").click()
    assert re.fullmatch(r"statement-\d+\.csv", download.value.suggested_filename)
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("sequence,timestamp,occurred_at,reason,reference,performed_by")
    assert "closing balance" in lines[-1]


def test_each_value_of_a_list_follows_the_title_of_its_column_on_a_telephone(chromium: Browser, shop: Demo) -> None:
    visitor = Visitor(chromium, shop.address, NARROW)
    visitor.sign_in("support", at="/admin/login/")
    visitor.open_page("/admin/")
    links = visitor.page.locator("#content-main a").evaluate_all("links => links.map(link => link.pathname)")
    lists, cells = {path for path in links if re.fullmatch(r"/admin/\w+/\w+/", path)}, 0
    for path in lists:
        visitor.open_page(path)
        found = visitor.page.locator(CELLS)
        assert found.evaluate_all(NAME_UNTITLED) == [], path
        cells += found.count()
    visitor.close()
    assert visitor.problems == []
    assert len(lists) > 20
    assert cells > 200


def test_the_desk_in_dark_colors(chromium: Browser, shop: Demo, request: pytest.FixtureRequest) -> None:
    for size in (WIDE, NARROW):
        visitor = Visitor(chromium, shop.address, size, scheme="dark", shots=request.config.getoption("--shots"))
        visitor.sign_in("support", at="/admin/login/")
        for path in DESK_PAGES:
            visitor.open_page(path)
        visitor.page.locator("#result_list tbody th a").first.click()
        visitor.check_page()
        visitor.close()
        assert visitor.problems == []
