"""Run a real browser against the demo. `make browser` runs these tests; `pytest` alone does not collect them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from testing.browser_tests.demo import Demo, run_demo
from testing.browser_tests.sales import Sale
from testing.browser_tests.tills import Device, TillShop, pair_device
from testing.browser_tests.visitor import NARROW, WIDE, Visitor

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_CHROMIUM = "No Chromium found: install it (on Debian and Ubuntu: apt install chromium), or set CHROMIUM to its path."


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shots", type=Path, help="save a screenshot of every page in this folder")


def find_chromium() -> str:
    """Return the program that CHROMIUM names, or the first one on the PATH."""
    configured = os.environ.get("CHROMIUM")
    found = [configured] if configured else [path for name in CHROMIUMS if (path := shutil.which(name))]
    if not found or not os.access(found[0], os.X_OK):
        pytest.exit(NO_CHROMIUM, returncode=1)
    return found[0]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shop(chromium: Browser) -> Iterator[Demo]:
    with run_demo() as shop:
        yield shop


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, shop: Demo) -> Iterator[Visitor]:
    """Return a visitor who has not signed in.

    At the end, the test fails if the visitor has found a problem on a page.
    """
    visitor = Visitor(chromium, shop.address, request.param, shots=request.config.getoption("--shots"))
    yield visitor
    visitor.close()
    assert visitor.problems == []


@pytest.fixture
def owner(visitor: Visitor) -> Visitor:
    visitor.sign_in("demo")
    return visitor


@pytest.fixture
def developer(owner: Visitor) -> Iterator[None]:
    """Show what programs use on the pages of the owner."""
    owner.change_user(developer=True)
    yield
    owner.change_user(developer=False)


@pytest.fixture
def support(visitor: Visitor) -> Visitor:
    visitor.sign_in("admin", at="/admin/login/")
    return visitor


@pytest.fixture
def sale(owner: Visitor) -> Iterator[Sale]:
    yield Sale(owner)
    owner.problems = [problem for problem in owner.problems if "net::ERR_" not in problem]


@pytest.fixture
def till_shop(shop: Demo) -> TillShop:
    return TillShop(shop)


@pytest.fixture
def device(chromium: Browser, till_shop: TillShop) -> Iterator[Device]:
    with pair_device(chromium, till_shop) as device:
        yield device
