"""A recall: from the page of a lot to its trace by one click, and to the file by another."""

from playwright.sync_api import expect

from testing.browser_tests.visitor import Visitor


def test_a_lot_is_traced_by_one_click(owner: Visitor) -> None:
    page = owner.page
    page.goto("/api/lots/")
    page.locator("main tbody a").first.click()
    page.locator("main").get_by_role("link", name="Trace", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Trace of lot")
    expect(page.locator("main .figures dt")).to_have_text(["In", "Out", "Left"])
    assert page.locator("main tbody a").count() > 1
    owner.check_page()
    owner.save_screenshot("/trace/lot")
    with page.expect_download() as download:
        page.locator("main").get_by_role("link", name="Excel").click()
    assert download.value.suggested_filename.startswith("trace-")
