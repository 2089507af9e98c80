"""Six tills sell while the network breaks and browsers are killed: what was shown as sold is booked once.

TILL_SALES is the number of sales, and TILL_SEED repeats a run.
"""

import os
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Error

from testing.browser_tests.conftest import find_chromium
from testing.browser_tests.cutting import Cutter
from testing.browser_tests.demo import Demo
from testing.browser_tests.tills import LIST_ROWS, READY, KeptBrowser, TillShop, sign_in

DEVICES = 6
SALES = int(os.environ.get("TILL_SALES", "90"))
SEED = int(os.environ.get("TILL_SEED", "1"))
BREAKS = 0.25  # the share of bookings whose connection breaks
KILLS = 0.04  # the share of sales during which a browser is killed
CLOSED_TABS = 0.04  # or its page closed
OFFLINE = 0.1  # or its network cut for some sales
STOCK = 1_000_000
SEND_SECONDS = 180

# Sell as a person does: scan each code, click, and read what is told.
SELL = """async (codes) => {
  const input = document.getElementById("find"), told = document.getElementById("told");
  for (const code of codes) {
    input.value = code;
    input.form.requestSubmit();
  }
  const book = document.getElementById("book");
  do await new Promise((resolve) => setTimeout(resolve)); while (book.disabled);  // codes are read later
  told.textContent = "";
  book.click();
  while (!/#\\d/.test(told.textContent)) {
    if (told.className === "refusal") throw new Error(told.textContent);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return /till \\d+ #\\d+/.exec(told.textContent)[0];
}"""


class Breaker(Cutter):
    """A proxy that breaks a share of the bookings: before the request, before the answer, or within it."""

    def __init__(self, address: str, chance: random.Random) -> None:
        super().__init__(address)
        self.chance, self.share, self.is_off, self.breaks = chance, 0.0, False, Counter[str]()

    def forward(self, client: socket.socket) -> None:
        with closing(client), closing(socket.create_connection(self.target)) as server, suppress(OSError):
            back = threading.Thread(target=self.send_answers, args=(server, client), daemon=True)
            back.start()
            while (data := client.recv(65536)) and not self.breaks_request(data):
                server.sendall(data)

    def breaks_request(self, data: bytes) -> bool:
        is_booking = data.startswith(b"POST /api/stock/")
        return self.is_off or (is_booking and bool(self.choose("before the request", "")))

    def send_answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                is_booked = data.startswith(b"HTTP/1.1 201")
                kind = self.choose("no answer", "part of the answer", "after the answer") if is_booked else ""
                if kind != "no answer":
                    client.sendall(data[: len(data) // 3] if kind == "part of the answer" else data)
                if kind or self.is_off:
                    break
            client.shutdown(socket.SHUT_RDWR)

    def choose(self, *kinds: str) -> str:
        """Return how to break, or an empty text."""
        kind = self.chance.choice(kinds) if self.chance.random() < self.share else ""
        self.breaks[kind] += bool(kind)
        return kind


class TornDevice:
    """A till behind a network that breaks, in a browser that is killed."""

    def __init__(self, browser_type: BrowserType, shop: TillShop, number: int, chance: random.Random) -> None:
        self.chance, self.name = chance, f"till {number}"
        self.breaker = Breaker(shop.demo.address, chance)
        threading.Thread(target=self.breaker.serve, daemon=True).start()
        self.browser = KeptBrowser(browser_type, find_chromium(), self.breaker.address)
        self.events = Counter[str]()
        self.shown: dict[str, tuple[str, ...]] = {}
        self.pair(shop)

    def pair(self, shop: TillShop) -> None:
        page = self.browser.page
        sign_in(page, shop.owner)
        self.open()
        page.get_by_label("Name of a new till").fill(self.name)
        page.locator("#new-till button").click()
        page.locator("#find").wait_for()
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        self.breaker.share = BREAKS

    def open(self) -> None:
        self.browser.page.goto("/till/")
        self.browser.page.wait_for_selector(READY)

    def sell(self, codes: tuple[str, ...]) -> None:
        """Sell, and note what was shown. A browser that is killed may or may not have shown it."""
        fate = self.chance.random()
        if fate < KILLS:
            self.sell_and_kill(codes)
        elif fate < KILLS + CLOSED_TABS:
            self.sell_and_close(codes)
        else:
            self.breaker.is_off = fate > 1 - OFFLINE
            self.shown[self.browser.page.evaluate(SELL, list(codes))] = codes

    def sell_and_kill(self, codes: tuple[str, ...]) -> None:
        self.events["killed"] += 1
        timer = threading.Timer(self.chance.uniform(0, 0.15), self.browser.kill)
        timer.start()
        with suppress(Error):
            self.shown[self.browser.page.evaluate(SELL, list(codes))] = codes
        timer.join()
        self.browser.restart()
        self.open()

    def sell_and_close(self, codes: tuple[str, ...]) -> None:
        """Close the page during the sale, or after it while it is sent."""
        self.events["closed"] += 1
        page = self.browser.page
        page.evaluate(f"(codes) => {{ ({SELL})(codes); }}", list(codes))
        page.wait_for_timeout(self.chance.uniform(0, 60))
        self.browser.page = self.browser.context.new_page()
        page.close()
        self.open()

    def finish(self) -> list[Any]:
        """Send everything, and return the rows of the queue."""
        self.breaker.is_off, self.breaker.chance = False, random.Random()
        deadline = time.monotonic() + SEND_SECONDS
        while True:
            rows: list[Any] = self.browser.page.evaluate(LIST_ROWS)
            if all(row["state"] == "sent" for row in rows):
                return rows
            assert time.monotonic() < deadline, Counter(row["state"] for row in rows)
            self.browser.page.evaluate("dispatchEvent(new Event('focus'))")
            self.browser.page.wait_for_timeout(300)


@pytest.fixture
def devices(shop: Demo, chromium: Browser) -> Iterator[tuple[TillShop, list[TornDevice]]]:
    chance = random.Random(SEED)
    till_shop = TillShop(shop)
    for product in (till_shop.pen, till_shop.pot):
        body = {"product": product, "movement_type": "IN", "quantity": STOCK, "reason": "purchase"}
        till_shop.call("POST", "/api/stock/", body)
    numbers = range(1, DEVICES + 1)
    found = [TornDevice(chromium.browser_type, till_shop, number, chance) for number in numbers]
    yield till_shop, found
    for device in found:
        with suppress(Error):
            device.browser.close()
        device.breaker.listener.close()


def test_what_was_shown_as_sold_is_booked_once(
    devices: tuple[TillShop, list[TornDevice]], capsys: pytest.CaptureFixture[str]
) -> None:
    till_shop, tills = devices
    chance = random.Random(SEED + 1)
    before = {product: till_shop.count_stock(product) for product in (till_shop.pen, till_shop.pot)}
    began = time.monotonic()
    for _ in range(SALES):
        codes = tuple(chance.choices(["PEN-1", "POT-1"], k=chance.randint(1, 3)))
        chance.choice(tills).sell(codes)
    rows = {row["reference"]: row for till in tills for row in till.finish()}
    booked = Counter(operation["reference"] for operation in till_shop.list_operations())
    called = {till["name"]: till["id"] for till in till_shop.list_tills()}  # receipts have the name of the till
    shown = {
        f"till {called[name]} #{number}": codes
        for till in tills
        for receipt, codes in till.shown.items()
        for name, number in [receipt.split(" #")]
    }
    events = sum((till.events + till.breaker.breaks for till in tills), Counter[str]())
    with capsys.disabled():
        print(f"\n{len(booked)} sales booked, {len(shown)} shown, {time.monotonic() - began:.0f} s, {dict(+events)}")
    assert booked == Counter(dict.fromkeys(rows, 1))  # nothing twice, and nothing that no till has
    assert set(shown) <= set(booked)
    assert len(booked) - len(shown) <= events["killed"] + events["closed"]
    check_lines(till_shop, shown)
    check_gaps(till_shop)
    check_quantities(till_shop, rows, before)


def check_lines(till_shop: TillShop, shown: dict[str, tuple[str, ...]]) -> None:
    """Each sale that was shown is booked with what was scanned."""
    names = {"PEN-1": till_shop.pen, "POT-1": till_shop.pot}
    for operation in till_shop.list_operations():
        if codes := shown.get(operation["reference"]):
            lines = {line["product"]: line["quantity"] for line in operation["movements"]}
            assert lines == Counter(names[code] for code in codes)


def check_gaps(till_shop: TillShop) -> None:
    for till in till_shop.list_tills():
        gaps = till_shop.call("GET", f"/api/tills/{till['id']}/gaps/")
        assert (gaps["missing"], gaps["dropped"]) == ([], [])


def check_quantities(till_shop: TillShop, rows: dict[str, Any], before: dict[int, int]) -> None:
    sold = Counter[int]()
    for row in rows.values():
        for line in row["lines"]:
            sold[line["product"]] += line["quantity"]
    for product, quantity in before.items():
        assert till_shop.count_stock(product) == quantity - sold[product]
