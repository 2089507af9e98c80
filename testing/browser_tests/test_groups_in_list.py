"""A group of the demo in the list of products, which opens by keyboard."""

from playwright.sync_api import expect

from testing.browser_tests.visitor import Visitor


def test_a_group_is_a_row_that_opens_by_keyboard(owner: Visitor) -> None:
    page = owner.page
    row = owner.open_page("/api/products/").locator("tbody tr", has_text="Clay pot")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("2 variants")
    expect(row.get_by_role("checkbox")).to_have_count(0)
    row.get_by_role("link", name="Clay pot").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Clay pot")
    expect(page.locator("main .variant")).to_have_count(2)


def test_each_variant_is_shown_and_groups_again(owner: Visitor) -> None:
    page = owner.page
    rows = owner.open_page("/api/products/").locator("tbody tr", has_text="Clay pot")
    page.get_by_role("link", name="Show each variant").click()
    expect(rows).to_have_count(2)
    owner.check_page()
    page.get_by_role("link", name="Show groups as one row").click()
    expect(rows).to_have_count(1)
