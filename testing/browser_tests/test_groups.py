"""The table of a group of variants, on a wide and on a narrow screen, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import Locator, expect

from testing.browser_tests.tills import TillShop, sign_in
from testing.browser_tests.visitor import NARROW, Visitor

SIZES = ("S", "M", "L", "XL", "XXL", "One size fits nearly all of our customers")
COLOURS = ("red", "blue", "olive", "midnight", "Rose of the northern hills in early summer")

# Returns how much of each element is hidden at its right, and where it ends.
MEASURE = "all => all.map((one) => [one.scrollWidth - one.clientWidth, one.getBoundingClientRect().right])"


@pytest.fixture
def group(visitor: Visitor, till_shop: TillShop) -> str:
    """Return the address of a group of two tables, one for each fit, and sign its owner in."""
    made = till_shop.call("POST", "/api/groups/", {"name": "Shirt", "axes": ["size", "colour", "fit"]})
    address = f"/api/groups/{made['id']}/"
    options = {"size": SIZES, "colour": COLOURS, "fit": ["slim", "wide"]}
    filled = till_shop.call("POST", f"{address}fill/", {"options": options, "price": "1234.50"})
    till_shop.call("PATCH", f"/api/products/{filled['products'][0]['id']}/", {"quantity": 7})
    sign_in(visitor.page, till_shop.owner)
    return address


def find_cell(visitor: Visitor, row: str, column: str) -> Locator:
    """Return the cell of a variant in the first table."""
    line = visitor.page.locator(".table").first.locator("tbody tr", has=visitor.page.get_by_text(row, exact=True))
    return line.locator(f'td[data-title="{column}"]')


def test_each_variant_has_a_cell_and_the_page_does_not_scroll_sideways(visitor: Visitor, group: str) -> None:
    """`open_page` records a page that is too wide, or not accessible."""
    visitor.open_page(group)
    assert visitor.page.locator(".variant").count() == len(SIZES) * len(COLOURS) * 2
    cell = find_cell(visitor, "S", "red")
    expect(cell.get_by_role("link", name="7", exact=True)).to_be_visible()
    expect(cell).to_contain_text("1.234,50 EUR")
    boxes = visitor.page.locator(".variant").evaluate_all(MEASURE)
    assert all(hidden <= 0 for hidden, _right in boxes)
    if visitor.width == NARROW[0]:  # all cells are on the screen
        assert all(right <= visitor.width for _hidden, right in boxes)


def test_a_value_names_its_row_and_column_on_a_narrow_screen(visitor: Visitor, group: str) -> None:
    visitor.open_page(group)
    cell = find_cell(visitor, "M", "blue")
    title = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    heads = visitor.page.locator(".table").first.locator("thead th", has_text="blue")
    assert (title == '"blue "') if visitor.width == NARROW[0] else heads.is_visible()


def test_the_tab_key_goes_through_a_cell_and_enter_opens_its_task(visitor: Visitor, group: str) -> None:
    visitor.open_page(group)
    cell = find_cell(visitor, "S", "red")
    cell.get_by_role("link").first.focus()
    names = []
    for _ in range(4):
        focused = visitor.page.locator(":focus")
        names.append(focused.get_attribute("aria-label") or focused.inner_text())
        assert " 2px" in f" {focused.evaluate('one => getComputedStyle(one).outline')}"
        visitor.page.keyboard.press("Tab")
    product = "Shirt S red slim"
    assert names == ["7", f"Sell: {product}", f"Receive: {product}", f"Count: {product}"]
    assert visitor.page.locator(":focus").evaluate("(one, cell) => !cell.contains(one)", cell.element_handle())
    for _ in range(2):
        visitor.page.keyboard.press("Shift+Tab")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(re.compile("/shop/receive/"))
    assert visitor.page.locator("[name=product]").first.input_value().startswith(product)


def test_enter_on_the_stock_opens_the_product(visitor: Visitor, group: str) -> None:
    visitor.open_page(group)
    find_cell(visitor, "S", "red").get_by_role("link").first.focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("h1")).to_have_text("Shirt S red slim")
