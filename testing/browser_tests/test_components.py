"""The components of pages in the demo shop. With --shots, the test saves the pictures of docs/components.md.

`make browser SHOTS=folder` writes them to folder/pictures; those that the page shows are in docs/pictures.
"""

import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from testing.browser_tests.demo import Demo
from testing.browser_tests.pictures import save_picture
from testing.browser_tests.visitor import Visitor

WIDE, PHONE = (1000, 620), (390, 620)
# The name of each picture, its window, the page, and the part of it that has the component.
COMPONENTS = [
    ("card", WIDE, "/api/", ".cards"),
    ("figure", WIDE, "/api/reports/margins/", ".figures"),
    ("chip", WIDE, "/api/products/?low_stock=true", "tbody tr:has(.chip)"),
    ("row", PHONE, "/api/stock/", "tbody tr:nth-child(3)"),
    ("bar", WIDE, "/shop/sell/", ".bar"),
    ("bottom-bar", PHONE, "/shop/sell/", ".bottom-bar"),
    ("action-bar", WIDE, "/api/products/", ".action-bar"),
    ("empty", WIDE, "/api/products/?search=nothing-has-these-letters", ".empty"),
    ("two-columns", (1280, 620), "/shop/sell/", ".two-columns"),
]


@pytest.mark.parametrize(("name", "size", "address", "part"), COMPONENTS)
def test_the_pages_have_the_component(
    chromium: Browser,
    shop: Demo,
    request: pytest.FixtureRequest,
    name: str,
    size: tuple[int, int],
    address: str,
    part: str,
) -> None:
    owner = Visitor(chromium, shop.address, size, shots=request.config.getoption("--shots"))
    owner.sign_in("demo")
    owner.open_page(address)
    if name == "action-bar":
        owner.page.locator("tbody input[type=checkbox]").first.check()
    owner.page.locator(part).first.wait_for()
    if owner.shots:
        save_picture(owner.page, owner.shots / "pictures" / f"components-{name}.png", owner.page.locator(part).first)
    owner.close()
    assert owner.problems == []


def test_the_page_of_components_shows_their_pictures() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "components.md").read_text(encoding="utf-8")
    assert re.findall(r"pictures/components-([a-z-]+)\.png", text) == [name for name, *_ in COMPONENTS]
