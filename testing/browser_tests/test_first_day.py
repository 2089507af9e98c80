"""Walk docs/first-day.md step by step in a new shop. With --shots, save the pictures of that page.

`make browser SHOTS=folder` writes them to folder/pictures; those that the page shows are in docs/pictures.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Locator

from testing.browser_tests.demo import Demo
from testing.browser_tests.pictures import save_picture
from testing.browser_tests.visitor import Visitor

SIZE = (960, 620)
PASSWORD = "a-kettle-of-tea"
HEADER = "Name;SKU;Category;Price;Quantity;Threshold"
ROWS = [
    "Earl Grey, 100 g;TEA-1;Tea;6,90;40;10", "Assam, 100 g;TEA-2;Tea;5,40;3;10", "Mint, 50 g;TEA-3;Tea;3,80;18;5",
    "Teapot, 1 l;POT-1;Crockery;34,00;6;2", "Cup, blue;CUP-1;Crockery;11,00;24;8",
]  # fmt: skip
WRONG = "Cup, white;CUP-2;Crockery;eleven;12;8"
RIGHT = "Cup, white;CUP-2;Crockery;11,00;12;8"
TASK = ".send-task .primary"  # the button of a task


class Guide(Visitor):
    """A visitor who takes the pictures of the guide."""

    taken: list[str]

    def take_picture(self, name: str, top: Locator | None = None) -> None:
        """Save the content of the window, from the top of the page or from an element on."""
        self.check_page()
        self.taken.append(f"first-day-{name}.png")
        self.page.evaluate("top => scrollTo(0, top)", top.evaluate("e => e.offsetTop - 12") if top else 0)
        self.page.evaluate("document.activeElement.blur()")
        if self.shots:
            save_picture(self.page, self.shots / "pictures" / self.taken[-1])

    def press(self, name: str, role: str = "link", within: str = "body") -> None:
        """Click a link or a button of this name, and wait for the next page."""
        with self.page.expect_navigation():
            self.page.locator(within).get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def open_product(self, name: str) -> None:
        """Find a product by a part of its name, as the guide says."""
        self.open_page("/api/products/")
        search = self.page.locator("main form.search")
        search.get_by_role("searchbox").fill(name)
        with self.page.expect_navigation():
            search.get_by_role("button", name="Search").click()
        self.page.locator(".table a", has_text=name).first.click()
        self.page.locator("h1", has_text=name).wait_for()
        self.page.wait_for_load_state()  # the page's script sends the forms

    def send(self, button: str) -> str:
        """Send the form of the page, and return the message of the next one."""
        with self.page.expect_navigation():
            self.page.locator(button).click()
        return self.page.locator(".message p").inner_text()


@pytest.fixture
def rosa(chromium: Browser, shop: Demo, request: pytest.FixtureRequest) -> Iterator[Guide]:
    guide = Guide(chromium, shop.address, SIZE, shots=request.config.getoption("--shots"))
    guide.taken = []
    yield guide
    guide.close()
    assert guide.problems == []


def test_the_steps_of_the_first_day_work(rosa: Guide) -> None:
    open_the_shop(rosa)
    import_the_products(rosa)
    set_a_threshold(rosa)
    sell_and_receive(rosa)
    receive_a_delivery(rosa)
    count_a_shelf(rosa)
    add_a_worker(rosa)
    close_the_day(rosa)
    text = (Path(settings.BASE_DIR) / "docs" / "first-day.md").read_text(encoding="utf-8")
    assert rosa.taken == re.findall(r"\]\(pictures/([\w-]+\.png)\)", text)


def open_the_shop(rosa: Guide) -> None:
    rosa.open_page("/")
    rosa.press("Open a new shop")
    rosa.page.get_by_label("Name of the shop").fill("Rosa's tea")
    rosa.page.get_by_label("Time zone").select_option("Europe/Berlin")
    rosa.page.get_by_label("Currency").select_option("EUR")
    rosa.page.get_by_label("User name").fill("rosa-k")
    rosa.page.get_by_label("E-mail").fill("rosa-k@teashop.example")
    rosa.page.get_by_label("Password").fill(PASSWORD)
    rosa.press("Open the shop", "button")
    rosa.open_page("/api/")
    rosa.take_picture("start")
    rosa.press("Shop")
    rosa.press("Settings")
    rosa.press("Edit")
    form = rosa.page.locator(".task")
    form.locator("[name=csv]").select_option("european")
    rosa.take_picture("settings", form)
    form.get_by_role("button", name="Save").click()
    rosa.page.locator(".message").wait_for()


def choose_file(rosa: Guide, *rows: str) -> None:
    content = "".join(f"{row}\r\n" for row in (HEADER, *rows)).encode()
    file = {"name": "products.csv", "mimeType": "text/csv", "buffer": content}
    rosa.page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]


def import_the_products(rosa: Guide) -> None:
    rosa.open_page("/api/")
    rosa.press("Import your list")
    result = rosa.page.locator("#import-result")
    choose_file(rosa, *ROWS, WRONG)
    result.get_by_text("eleven").first.wait_for()
    rosa.take_picture("import", result)
    choose_file(rosa, *ROWS, RIGHT)
    result.get_by_text("6 new").first.wait_for()
    rosa.page.get_by_role("button", name=re.compile("Import 6")).click()
    result.get_by_text("6 created").first.wait_for()


def set_a_threshold(rosa: Guide) -> None:
    rosa.open_product("Earl Grey")
    rosa.page.get_by_role("link", name=re.compile("^Low at")).click()
    rosa.page.locator(".editing input[name=min_threshold]").fill("12")
    rosa.page.get_by_role("button", name="Save", exact=True).click()
    rosa.page.locator(".message", has_text="Saved Earl Grey").wait_for()


def sell_and_receive(rosa: Guide) -> None:
    rosa.open_page("/api/")
    rosa.press("Sell")
    rosa.page.locator("#product-0").fill("Earl Grey")
    rosa.page.locator("#quantity-0").fill("2")
    assert rosa.send(TASK) == "Sold 2 of Earl Grey, 100 g: 38 in stock."
    rosa.take_picture("sold")
    rosa.open_product("Earl Grey")
    rosa.press("Receive", within="main")
    rosa.page.locator("#quantity-0").fill("2")
    assert rosa.send(TASK) == "Received 2 of Earl Grey, 100 g: 40 in stock."
    rosa.page.get_by_role("button", name="Undo", exact=True).click()  # the page stays
    rosa.page.locator(".message", has_text="Undone").wait_for()
    rosa.open_product("Earl Grey")
    rosa.take_picture("product", rosa.page.locator(".product-head"))


def receive_a_delivery(rosa: Guide) -> None:
    rosa.open_page("/api/")
    rosa.press("Receive")
    rosa.page.locator("summary", has_text=re.compile("more", re.I)).click()
    rosa.page.locator("[name=reference]").fill("delivery 1")
    for number, code in enumerate(("TEA-2", "CUP-1")):
        rosa.page.locator("[name=product]").nth(number).fill(code)
        rosa.page.locator("[name=quantity]").nth(number).fill("4")
        rosa.page.locator("[name=quantity]").nth(number).press("Enter")
    assert rosa.send(TASK) == "Received 2 lines."


def count_a_shelf(rosa: Guide) -> None:
    rosa.open_page("/api/")
    rosa.press("Count")
    rosa.page.get_by_label("Category").select_option(label="Tea")
    rosa.press("List the products", "button")
    lines = rosa.page.locator(".task-line")
    assert lines.count() == 3
    lines.filter(has_text="Mint").locator("[name=counted]").fill("17")
    rosa.page.locator(TASK).click()
    rosa.page.get_by_text("1 product counted.").wait_for()
    assert rosa.send(TASK) == "Counted: 1 difference is saved."


def add_a_worker(rosa: Guide) -> None:
    rosa.open_page("/api/")
    rosa.press("Shop")
    rosa.press("Add a worker")
    rosa.page.locator("[name=username]").fill("tom-at-rosas")
    rosa.page.locator("[name=password]").fill(PASSWORD)
    assert rosa.send(TASK) == "Added tom-at-rosas."


def close_the_day(rosa: Guide) -> None:
    rosa.open_page("/api/")
    rosa.take_picture("evening")
    rosa.open_page("/api/products/alerts/")
    rosa.take_picture("alerts")
