"""Compare the list of a web shop with the stock: choose its file, and see who is right."""

from playwright.sync_api import expect

from testing.browser_tests.sales import add_product
from testing.browser_tests.test_forms import make_unique
from testing.browser_tests.visitor import Visitor


def test_a_file_is_chosen_and_each_difference_is_explained(owner: Visitor) -> None:
    page, sku = owner.page, make_unique("SKU")
    add_product(page, sku)
    page.goto("/shop/reports/")
    page.get_by_text("More reports").click()
    page.get_by_role("link", name="Compare").click()
    owner.check_page()
    owner.save_screenshot("comparison-form")
    rows = f"SKU;Stock\n{sku};3\nNO-SUCH-{sku};1\n"
    page.get_by_label("File").set_input_files({"name": "shop.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.get_by_label("Name of the other system").fill("Web shop")
    page.get_by_label("Made at").fill("2025-01-01T08:00")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="What differs")).to_be_visible()
    expect(page.locator("main")).to_contain_text(f"NO-SUCH-{sku}")
    expect(page.locator("main")).to_contain_text(f"Kettle {sku}")
    owner.check_page()
    owner.save_screenshot("comparison-result")
