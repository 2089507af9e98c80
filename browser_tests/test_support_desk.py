"""The support desk answers "the stock of Earl Grey is wrong since Tuesday" in four clicks, with a statement to send."""

import re
from datetime import UTC, datetime, timedelta

from browser_tests.visitor import Visitor

PRODUCT = "Earl Grey"
MAX_CLICKS = 4


class Clicks:
    """Clicks of a visitor, counted. Each page that they lead to is checked."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.count = visitor, 0

    def click(self, selector: str) -> None:
        self.visitor.page.locator(selector).first.click()
        self.visitor.page.wait_for_load_state()
        self.visitor.check_page()
        self.count += 1


def test_from_the_front_page_to_a_dated_list_with_names(support: Visitor) -> None:
    page, clicks = support.page, Clicks(support)
    support.open_page("/admin/")
    page.get_by_role("searchbox").fill(PRODUCT)
    clicks.click(".support-search [type=submit]")
    clicks.click(f".support-rows a:has-text('{PRODUCT}')")
    assert page.locator(".support-movements tbody tr").count() > 3
    assert re.match(
        r"booked 20|20\d\d-\d\d-\d\d \d\d:\d\d", page.locator(".support-movements .field-booked").first.inner_text()
    )
    clicks.click("a:has-text('All movements')")
    page.get_by_label("From", exact=True).fill(f"{datetime.now(UTC) - timedelta(days=30):%Y-%m-%d}")
    clicks.click(".support-filters [type=submit]")
    assert clicks.count <= MAX_CLICKS
    assert page.locator("#result_list .field-who").first.inner_text()


def test_the_statement_is_downloaded_from_the_page_of_the_product(support: Visitor) -> None:
    page = support.page
    support.open_page("/admin/products/product/?q=earl+grey")
    page.locator("#result_list tbody th a").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download statement").click()
    assert re.fullmatch(r"statement-\d+\.csv", download.value.suggested_filename)
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("sequence,timestamp,occurred_at,reason,reference,performed_by")
    assert "closing balance" in lines[-1]
