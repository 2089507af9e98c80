"""The rules for single pages on a wide and on a narrow screen, and negative controls of the visitor.

The fixture `visitor` fails if opening a page causes a problem. test_every_page.py opens all pages.
"""

import re

import pytest
from playwright.sync_api import Browser

from testing.browser_tests.demo import Demo
from testing.browser_tests.visitor import NARROW, WIDE, Visitor

LINE, LINE_WITH_PICTURE = 30, 47  # the most pixels of a row with one line, and of one with a small picture


def test_the_table_of_errors_does_not_scroll_sideways(visitor: Visitor) -> None:
    visitor.open_page("/api/docs/errors/")
    table = visitor.page.locator(".wide")
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/docs/",
        "/docs/",
        "/docs/errors/",
        "/docs/clients/",
        "/api-auth/login/",
        "/accounts/signup/",
        "/nowhere/",
    ],
)
def test_pages_are_dark_in_dark_mode(chromium: Browser, shop: Demo, request: pytest.FixtureRequest, path: str) -> None:
    visitor = Visitor(chromium, shop.address, NARROW, scheme="dark", shots=request.config.getoption("--shots"))
    visitor.open_page(path)
    background = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    visitor.close()
    assert sum(map(int, re.findall(r"\d+", background)[:3])) < 3 * 60
    assert visitor.problems == []


def test_the_focused_element_has_a_visible_outline(owner: Visitor) -> None:
    for path in ("/", "/api/products/", "/shop/sell/"):
        owner.open_page(path)
        for _ in range(4):
            owner.page.keyboard.press("Tab")
            style = owner.page.evaluate("getComputedStyle(document.activeElement).outline")
            assert " 2px" in f" {style}", (path, style)
            assert "none" not in style


def test_a_product_takes_one_line_of_the_list_on_a_laptop(chromium: Browser, shop: Demo) -> None:
    visitor = Visitor(chromium, shop.address, WIDE)
    visitor.sign_in("demo")
    visitor.open_page("/api/products/")
    rows = visitor.page.locator(".table tbody tr")
    assert rows.count() == 20
    heights = rows.evaluate_all("rows => rows.map(row => [row.offsetHeight, row.querySelector('img') !== null])")
    assert max(height for height, has_picture in heights if not has_picture) <= LINE
    assert max(height for height, has_picture in heights if has_picture) <= LINE_WITH_PICTURE
    visitor.close()
    assert visitor.problems == []


def test_the_start_page_leads_to_the_form_that_sells(owner: Visitor) -> None:
    text = owner.open_page("/api/").inner_text()
    for heading in ("Takings today", "To do", "Low on stock", "Expires within 30 days", "Today"):
        assert heading in text
    owner.page.locator("main").get_by_role("link", name="Sell", exact=True).click()
    assert owner.page.locator(".send-task .primary").inner_text() == "Sell"


def test_the_rows_and_the_filters_of_a_list_agree_after_the_back_button(owner: Visitor) -> None:
    page, found = owner.page, "#rows tbody:not(.totals) tr"
    words, category = page.locator("form.search [type=search]"), page.locator("form.search [name=category]")
    owner.open_page("/api/products/")
    words.fill("teapot")
    page.wait_for_url("**/?search=teapot")
    number = page.locator(found).count()
    assert 0 < number < 20
    page.locator(f"{found} a").first.click()
    page.go_back()
    assert (words.input_value(), page.locator(found).count()) == ("teapot", number)
    owner.open_page("/api/products/")
    page.route("**/api/products/?category=*", lambda route: route.abort())  # the user leaves before the answer
    category.select_option(index=1, force=True)
    owner.open_page("/api/")
    page.go_back()
    assert (category.input_value(), page.locator(found).count()) == ("", 20)


def test_the_movements_report_has_a_plot_and_its_numbers(owner: Visitor) -> None:
    owner.open_page("/api/reports/movements/")
    plot = owner.page.locator(".plot")
    assert plot.locator("rect").count() > 20
    plot.get_by_text("In numbers").click()
    assert plot.locator("tr").count() == 1 + 30
    owner.check_accessibility()


# --- Negative controls ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (
            "document.body.append(Object.assign(new Image(), {src: 'http://example.invalid/x.png'}))",
            "requests another host",
        ),
        ("document.body.append(Object.assign(new Image(), {src: '/static/nothing.png'}))", "did not load"),
        ("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=x()>')", "Content Security Policy"),
        ("document.body.insertAdjacentHTML('beforeend', '<img src=data:,>')", "axe image-alt"),
        ("document.body.style.width = '2000px'", "pixels wide"),
        ("setTimeout(() => { throw new Error('broken') })", "a script failed"),
    ],
)
def test_a_visitor_finds_the_problem(chromium: Browser, shop: Demo, script: str, problem: str) -> None:
    visitor = Visitor(chromium, shop.address, NARROW)
    visitor.context.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {script} }})")
    visitor.open_page("/")
    visitor.close()
    assert any(problem in found for found in visitor.problems), visitor.problems
