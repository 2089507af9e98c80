"""Run a real browser against the demo. `make browser` runs these tests; `pytest` alone does not collect them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from ops.demo.credentials import DEMO_PASSWORD
from testing.browser_tests.demo import Demo, run_demo
from testing.browser_tests.sales import Sale
from testing.browser_tests.tills import Device, TillShop, pair_device
from testing.browser_tests.visitor import NARROW, WIDE, Visitor

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_CHROMIUM = "No Chromium found: install it (on Debian and Ubuntu: apt install chromium), or set CHROMIUM to its path."


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shots", type=Path, help="save a screenshot of every page in this folder")
    parser.addoption("--width", type=int, help="count the clicks of tasks in windows of this width, and print them")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the clicks and keys that each task has taken."""
    if not config.getoption("--width"):
        return
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    taken = [(report.nodeid, row) for report in reports for name, row in report.user_properties if name == "taken"]
    terminalreporter.write_line(f"{'task':<64}{'width':>6}{'clicks':>8}{'keys':>6}")
    for task, (width, clicks, keys) in sorted(taken):
        name = task.partition("::test_")[2].partition("[")[0].replace("_", " ")
        terminalreporter.write_line(f"{name:<64}{width:>6}{clicks:>8}{keys:>6}")


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
    """Run the demo. The forms of its shop do not ask how a sale is paid: new shops test that."""
    with run_demo() as shop:
        token = shop.send("POST", "/api/login/", {"username": "demo", "password": DEMO_PASSWORD}).body["access"]
        assert shop.send("PATCH", "/api/account/", {"uses": {"payments": "off"}}, token=token).status == 200
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
