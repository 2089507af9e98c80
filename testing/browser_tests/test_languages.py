"""The main pages in each language: axe finds nothing on them, and they do not scroll sideways."""

import re

import pytest
from playwright.sync_api import Browser, expect

from testing.browser_tests.demo import Demo
from testing.browser_tests.visitor import NARROW, WIDE, Visitor

PAGES = (
    "/api/",
    "/shop/sell/",
    "/shop/receive/",
    "/shop/count/",
    "/api/products/",
    "/api/products/import/",
    "/api/reports/movements/",
    "/api/reports/reorder/",
    "/api/purchase-orders/",
    "/api/users/",
    "/api/account/",
)
# Narrow and wide phones, tablets and laptops: up to 704 pixels the menu is at the bottom with its
# daily entries, up to 832 pixels it is a button, and above a row.
WIDTHS = (320, 360, 390, 480, 640, 768, 833, 844, 900, 963, 1024, 1081, 1184, 1280, 1366, 1440)
# Pages with a bar: those of the API, of tasks, and the narrow ones.
WITH_MENU = ("/api/", "/shop/sell/", "/accounts/factors/", "/shop/shop/")
MAX_WIDTH_OF_PHONE, MAX_WIDTH_OF_BUTTON = 704, 832
DAILY = 3
MENU = re.compile("Men[uúü]")
# The heading of the page that imports products.
HEADINGS = {
    "en": "Import products",
    "de": "Produkte importieren",
    "fr": "Importer des produits",
    "es": "Importar productos",
}


@pytest.mark.parametrize("language", HEADINGS)
def test_the_main_pages_are_accessible_and_fit_in_each_language(chromium: Browser, shop: Demo, language: str) -> None:
    visitor = Visitor(chromium, shop.address, WIDE)
    visitor.sign_in("demo")
    try:
        choose_language(visitor, language)
        for path in PAGES:
            visitor.open_page(path)
            assert visitor.page.locator("html").get_attribute("lang") == language
            visitor.resize(NARROW, "light")
            visitor.check_page()
            visitor.resize(WIDE, "light")
        visitor.page.goto("/api/products/import/")
        assert visitor.page.locator("h1").inner_text() == HEADINGS[language]
    finally:
        choose_language(visitor, None)
        visitor.close()
    assert visitor.problems == []


@pytest.mark.parametrize("language", HEADINGS)
def test_the_bar_fits_on_every_width_in_each_language(chromium: Browser, shop: Demo, language: str) -> None:
    visitor = Visitor(chromium, shop.address, WIDE)
    visitor.sign_in("demo")
    try:
        choose_language(visitor, language)
        for path in WITH_MENU:
            visitor.page.goto(path)
            for width in WIDTHS:
                visitor.resize((width, 800), "light")
                visitor.check_width()
                check_menu(visitor, width)
    finally:
        choose_language(visitor, None)
        visitor.close()
    assert visitor.problems == []


def choose_language(visitor: Visitor, language: str | None) -> None:
    """Choose the language of the signed-in user. The other tests read English pages."""
    visitor.change_user(language=language)


def check_menu(visitor: Visitor, width: int) -> None:
    """Check that the menu is one line or, on a narrow screen, a button or a bar with the daily entries."""
    links = visitor.page.locator("nav.menu li a")
    assert links.count() == 7
    if width <= MAX_WIDTH_OF_PHONE:
        expect(visitor.page.locator(".more-tasks")).to_be_visible()
        expect(visitor.page.locator("nav.menu li a:visible")).to_have_count(DAILY)
        assert visitor.page.locator("nav.menu").evaluate("menu => menu.scrollWidth - menu.clientWidth") == 0
        return
    if width <= MAX_WIDTH_OF_BUTTON:
        expect(visitor.page.get_by_role("link", name=MENU)).to_be_visible()
        expect(links.first).not_to_be_visible()
        return
    tops = links.evaluate_all("links => links.map(link => link.getBoundingClientRect().top)")
    menu = visitor.page.locator("nav.menu")
    assert len(set(tops)) == 1, f"the menu has several lines at {width} pixels"
    assert menu.evaluate("menu => menu.scrollWidth - menu.clientWidth") == 0
