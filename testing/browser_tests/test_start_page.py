"""The start page of the demo shop. With --shots, the test saves the picture of the README.

`make browser SHOTS=folder` writes it to folder/pictures; the one that the README shows is in docs/pictures.
"""

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from testing.browser_tests.demo import Demo
from testing.browser_tests.pictures import save_picture
from testing.browser_tests.visitor import Visitor

SIZE = (1280, 820)
PICTURE = "start-page.png"


def test_the_readme_shows_the_start_page_of_the_demo(
    chromium: Browser, shop: Demo, request: pytest.FixtureRequest
) -> None:
    owner = Visitor(chromium, shop.address, SIZE, shots=request.config.getoption("--shots"))
    owner.sign_in("demo")
    owner.open_page("/api/")
    owner.page.locator("h1", has_text="Linden Street Tea").wait_for()
    if owner.shots:
        save_picture(owner.page, owner.shots / "pictures" / PICTURE)
    owner.close()
    assert owner.problems == []
    readme = (Path(settings.BASE_DIR) / "README.md").read_text(encoding="utf-8")
    assert f"](docs/pictures/{PICTURE})" in readme
