"""Shops and devices for the tests of the till's page."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, BrowserContext, BrowserType, Error, Page, expect

from testing.browser_tests.demo import Demo
from testing.browser_tests.visitor import NARROW, Visitor
from testing.servers.serving import PASSWORD

SHOPS = itertools.count(1)
READY = "body[data-ready]"
TILL = re.compile(r"till (\d+) #")  # the beginning of a reference
BARCODE, CASE = "4006381333931", "14006381333938"
REFRESH = """async () => {
  const { refreshCatalogue } = await import("/static/tills/catalogue.js");
  await navigator.locks.request("till-catalogue", () => {});
  await refreshCatalogue();
}"""
NOTHING_UNSENT = "() => import('/static/tills/queue.js').then((queue) => queue.findUnsent()).then((row) => !row)"
LIST_ROWS = "() => import('/static/tills/queue.js').then((queue) => queue.listRows())"


class TillShop:
    """A new shop of the demo service with two products, which tests read and change over the API."""

    def __init__(self, demo: Demo) -> None:
        self.demo, self.owner = demo, f"tiller{os.getpid()}x{next(SHOPS)}"
        self.token = demo.sign_up(self.owner)
        self.call("PATCH", "/api/account/", {"name": "Corner shop", "currency": "EUR", "csv": "european"})
        self.pen = self.add_product(
            "Pen", "PEN-1", 100, "1.20", barcode=BARCODE, codes=[{"code": CASE, "quantity": 12}]
        )
        self.pot = self.add_product("Tea pot", "POT-1", 10, "1234.50")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        response = self.demo.send(method, path, body, token=self.token)
        assert response.status < 300, response
        return response.body

    def add_product(self, name: str, sku: str, quantity: int, price: str, **fields: Any) -> int:
        body = {"name": name, "sku": sku, "quantity": quantity, "price": price, **fields}
        return int(self.call("POST", "/api/products/", body)["id"])

    def add_picture(self, product: int, picture: Path) -> None:
        """Give the product the picture of this file, a PNG."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "image/png"}
        address = f"{self.demo.address}/api/products/{product}/picture/"
        urlopen(Request(address, picture.read_bytes(), headers, method="PUT")).close()  # noqa: S310, our own address

    def count_stock(self, product: int) -> int:
        return int(self.call("GET", f"/api/products/{product}/")["quantity"])

    def list_operations(self) -> list[Any]:
        """Return what tills have booked, oldest first."""
        found, path = [], "/api/stock/operations/?page_size=100"
        while path:
            page = self.call("GET", path)
            found += page["results"]
            path = (page["next"] or "").removeprefix(self.demo.address)
        return [one for one in reversed(found) if " #" in one["reference"]]

    def list_references(self) -> list[str]:
        """Return the references of list_operations(). The shop's first till is called 1, whatever its id is."""
        places = {till["id"]: place for place, till in enumerate(reversed(self.list_tills()), start=1)}
        shown = (operation["reference"] for operation in self.list_operations())
        return [TILL.sub(lambda found: f"till {places.get(int(found[1]), found[1])} #", text) for text in shown]

    def list_tills(self) -> list[Any]:
        return list(self.call("GET", "/api/tills/")["results"])


class Device:
    """A browser window with a till. Its actions are those of a person."""

    def __init__(self, browser: Browser, shop: TillShop, size: tuple[int, int] = NARROW, scheme: Any = "light") -> None:
        self.shop = shop
        self.visitor = Visitor(browser, shop.demo.address, size, scheme)
        self.context: BrowserContext = self.visitor.context
        self.page: Page = self.visitor.page

    def sign_in(self) -> None:
        sign_in(self.page, self.shop.owner)

    def open(self) -> None:
        self.page.goto("/till/")
        self.page.wait_for_selector(READY)

    def pair(self, name: str = "till 1") -> None:
        """Sign in, and make this device a new till. Wait until it works without a network."""
        self.sign_in()
        self.open()
        self.page.get_by_label("Name of a new till").fill(name)
        self.page.get_by_role("button", name="Pair", exact=True).first.click()
        self.expect_paired(name)
        self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")

    def pair_again(self) -> None:
        """Make this device the only open till of the shop."""
        self.page.locator("#open-tills .button").click()
        self.expect_paired("till 1")

    def expect_paired(self, name: str) -> None:
        self.expect_told(f"This device is {name} now.")
        self.page.locator("#find").wait_for()  # the products are there

    def go(self, name: str) -> None:
        self.page.locator(f"nav [data-go={name}]").click()

    def scan(self, code: str) -> None:
        """Type the code as a hand scanner does, wherever the focus is."""
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def book(self) -> None:
        self.page.locator("#book").click()

    def open_more(self) -> None:
        """Open what is behind the buttons that sell: other ways to pay, the change, and the tip."""
        self.page.locator("#paying:not([open]) summary").click()

    def park(self, name: str = "") -> None:
        self.page.locator("#parking summary").click()
        self.page.locator("#park-name").fill(name)
        self.page.locator("#park-name").press("Enter")
        self.expect_told("Parked.")

    def take_up(self) -> None:
        self.page.locator("#parking summary").click()
        self.page.locator("#parked button").click()

    def sell(self, *codes: str) -> None:
        for code in codes:
            self.scan(code)
        self.book()
        self.expect_told("Sold: ")

    def expect_told(self, text: str) -> None:
        expect(self.page.locator("#told")).to_contain_text(text)

    def expect_all_sent(self) -> None:
        self.page.wait_for_function(NOTHING_UNSENT, timeout=30_000)
        expect(self.page.locator("#unsent-number")).to_have_text("all sent", timeout=30_000)

    def expect_unsent(self, number: int) -> None:
        expect(self.page.locator("#unsent-number")).to_have_text(f"{number} unsent")

    def expect_to_settle(self, number: int) -> None:
        text = f"{number} to settle" if number else ""
        expect(self.page.locator("#settle-number")).to_have_text(text, timeout=30_000)
        expect(self.page.locator("#settle > li")).to_have_count(number)

    def rows(self) -> list[Any]:
        return list(self.page.evaluate(LIST_ROWS))

    def refresh(self, options: str = "") -> None:
        """Read what has changed in the shop, after what the page itself reads at this moment."""
        self.page.evaluate(REFRESH.replace("refreshCatalogue()", f"refreshCatalogue({options})"))

    def read_all(self) -> None:
        """Read the whole catalogue, with the settings of the shop."""
        self.refresh("{ isForced: true }")

    def cut(self) -> None:
        self.context.set_offline(True)

    def restore(self) -> None:
        self.context.set_offline(False)

    def close(self) -> None:
        self.context.close()


@contextmanager
def pair_device(browser: Browser, shop: TillShop) -> Iterator[Device]:
    """Yield a paired till. At the end, fail if the page has had problems other than the network's."""
    device = Device(browser, shop)
    device.pair()
    yield device
    device.close()
    assert [problem for problem in device.visitor.problems if "net::ERR_" not in problem] == []


def sign_in(page: Page, username: str) -> None:
    page.goto("/api-auth/login/")
    page.get_by_label(re.compile("user ?name", re.I)).fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda address: "login" not in address)


class KeptBrowser:
    """A browser of its own process with a profile on the disk, which survives SIGKILL."""

    def __init__(self, browser_type: BrowserType, program: str, address: str) -> None:
        self.browser_type, self.program, self.address = browser_type, program, address
        self.folder = tempfile.mkdtemp(prefix="till-profile-")
        self.start()

    def start(self) -> Page:
        self.context = self.browser_type.launch_persistent_context(
            self.folder, executable_path=self.program, base_url=self.address
        )
        self.page = self.context.pages[0]
        return self.page

    def kill(self) -> None:
        """Kill all processes of this browser, and of no other one: only they have its profile."""
        listed = subprocess.run(["pgrep", "-f", self.folder], capture_output=True, text=True, check=False)
        for pid in map(int, listed.stdout.split()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        (Path(self.folder) / "SingletonLock").unlink(missing_ok=True)

    def restart(self) -> Page:
        self.kill()
        with suppress(Error):  # it is gone
            self.context.close()
        return self.start()

    def close(self) -> None:
        self.context.close()
        shutil.rmtree(self.folder, ignore_errors=True)
