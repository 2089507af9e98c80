"""The rows of lists on a phone: two lines for people, and cells of a table for screen readers."""

from collections import Counter

import pytest
from playwright.sync_api import expect

from testing.browser_tests.sales import narrow
from testing.browser_tests.visitor import Visitor

# This script shortens the texts of a row, which can be of any length, and returns the number of the row's lines. Two
# cells share a line if their middles are at most half a line apart.
COUNT_LINES = """row => {
  for (const text of row.querySelectorAll("td :is(a, span):not(:has(*))"))
    text.textContent = text.textContent.slice(0, 6);
  const middles = [...row.cells].filter((cell) => cell.offsetHeight).map((cell) => {
    const {top, bottom} = cell.getBoundingClientRect();
    return (top + bottom) / 2;
  }).sort((a, b) => a - b);
  return middles.filter((middle, number) => !number || middle - middles[number - 1] > 8).length;
}"""


@narrow
@pytest.mark.parametrize("path", ["/api/stock/", "/api/stock/operations/", "/api/categories/"])
def test_a_row_has_two_lines_on_a_phone_and_stays_a_row_of_a_table(owner: Visitor, path: str) -> None:
    owner.open_page(path)
    rows = owner.page.locator(".table tbody:first-of-type tr")
    assert rows.first.evaluate(COUNT_LINES) <= 2
    roles = read_roles(owner)
    assert roles["table"] == 1
    assert roles["row"] == rows.count() + 1
    assert roles["columnheader"] >= owner.page.locator(".table tbody tr:first-child td:visible").count()
    assert roles["cell"] == owner.page.locator(".table tbody td:visible").count()


@narrow
def test_the_head_of_a_table_is_in_sight_while_it_has_the_focus(owner: Visitor) -> None:
    owner.open_page("/api/products/")
    head = owner.page.locator(".table th a").first
    head.focus()
    expect(head).to_be_in_viewport()
    owner.check_page()


def read_roles(visitor: Visitor) -> Counter[str]:
    """Return how often each role of tables is in what the browser tells screen readers about the page."""
    nodes = visitor.context.new_cdp_session(visitor.page).send("Accessibility.getFullAXTree")["nodes"]
    return Counter(node["role"]["value"] for node in nodes if not node["ignored"])
