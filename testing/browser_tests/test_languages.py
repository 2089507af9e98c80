"""The main pages in each language: axe finds nothing on them, and they do not scroll sideways."""

import pytest
from playwright.sync_api import Browser

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
# Narrow and wide phones, tablets and laptops: the menu is a button up to 832 pixels, and a row above.
WIDTHS = (320, 360, 390, 480, 640, 768, 833, 900, 963, 1024, 1081, 1184, 1280, 1366, 1440)
# Pages with a bar: those of the API, of tasks, and the narrow ones.
WITH_MENU = ("/api/", "/shop/sell/", "/accounts/factors/", "/shop/shop/")
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
    finally:
        choose_language(visitor, None)
        visitor.close()
    assert visitor.problems == []


def choose_language(visitor: Visitor, language: str | None) -> None:
    """Choose the language of the signed-in user. The other tests read English pages."""
    visitor.page.goto("/api/users/me/")
    token = visitor.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    headers = {"X-CSRFToken": token, "Referer": visitor.address, "Accept": "application/json"}
    chosen = visitor.page.request.patch("/api/users/me/", data={"language": language}, headers=headers)
    assert chosen.status == 200, chosen.text()
