"""The clicks and keys of tasks on the shortest path. Each test has the most that its task may take.

A press of the mouse is a click, also on a file in the chooser. A typed character is a key, and so are Enter and Tab.
`make clicks` does the tasks on windows of four widths, and prints what each has taken. Where a narrow window hides the
menu, the click that opens it is counted, and each task may take it in addition.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page

from ops.demo.credentials import DEMO_PASSWORD
from testing.browser_tests.demo import Demo
from testing.browser_tests.visitor import MIDDLE, NARROW, OPEN_MENU, WIDE, Visitor

SIZES = {size[0]: size for size in (WIDE, (1024, 768), MIDDLE, NARROW)}
COUNTED, WRONG_COUNTS = 20, (3, 8, 13, 18)  # the lines of a count, and those of which the number differs
MIN_TARGET = 44  # pixels
EXPIRING_DAYS = 20
ALL_ROWS = re.compile(r"^All \d+$")
HEADER = "Artikelname;Artikelnummer;VK-Preis;Bestand;MHD"
WRONG = {17: ("auf Anfrage", "4", "31.12.2027"), 88: ("3,50,1", "4", "31.12.2027"), 150: ("gratis", "4", "1.12.2027")}
RIGHT = ("3,50", "4", "31.12.2027")
NEW_PASSWORD, NEW_SHOP = "kettle-and-tea-7", "Anna's teas"
MAIL_SECONDS = 10
MAIL_LINK = re.compile(r"http://\S+/accounts/password/reset/\S+")


class Hand:
    """Uses a page with a mouse and a keyboard, and counts both."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.clicks = self.menus = self.keys = 0

    def click(self, name: str, role: Any = "link") -> None:
        element = self.page.get_by_role(role, name=name, exact=True)
        hidden = self.page.locator("#menu").get_by_role(role, name=name, exact=True, include_hidden=True)
        if not element.count() and hidden.count():
            self.click_on(self.page.locator(OPEN_MENU))
            self.menus += 1
        self.click_on(element.first)

    def click_on(self, element: Locator) -> None:
        element.click()
        self.page.wait_for_load_state()
        self.clicks += 1

    def click_to(self, element: Locator) -> None:
        """Click with Shift, which chooses all rows from the one that was clicked before."""
        element.click(modifiers=["Shift"])
        self.clicks += 1

    def type(self, text: str) -> None:
        """Type into the element that has the focus."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def send_by_enter(self) -> None:
        """Press Enter from the product to the quantity, to an empty line, and there to send the form."""
        for _ in range(3):
            self.press("Enter")

    def choose(self, file: Path) -> None:
        """Open the chooser, and choose a file in it."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_label("File", exact=True).click()
        chooser.value.set_files(file)
        self.clicks += 2

    def wait_for_focus(self, selector: str) -> None:
        self.page.wait_for_function("selector => document.activeElement.matches(selector)", arg=selector)


@pytest.fixture
def visitor(request: pytest.FixtureRequest, chromium: Browser, shop: Demo) -> Iterator[Visitor]:
    visitor = Visitor(chromium, shop.address, SIZES[request.config.getoption("--width") or WIDE[0]])
    visitor.measured = request.node.user_properties
    yield visitor
    visitor.close()
    assert visitor.problems == []


@pytest.fixture
def hand(visitor: Visitor) -> Hand:
    """Return the hand of an owner at the start page."""
    visitor.sign_in("demo")
    visitor.page.goto("/api/")
    return Hand(visitor)


@pytest.fixture
def phone(request: pytest.FixtureRequest, chromium: Browser, shop: Demo) -> Iterator[Hand]:
    """Return the hand of an owner who taps on a phone, at the start page."""
    visitor = Visitor(chromium, shop.address, NARROW)
    visitor.measured = request.node.user_properties
    visitor.sign_in("demo")
    visitor.page.goto("/api/")
    yield Hand(visitor)
    visitor.close()
    assert visitor.problems == []


def assert_at_most(hand: Hand, clicks: int, keys: int) -> None:
    hand.visitor.measured.append(("taken", (hand.visitor.width, hand.clicks, hand.keys)))
    assert hand.clicks <= clicks + hand.menus
    assert hand.keys <= keys


def read_message(hand: Hand) -> str:
    return hand.page.locator(".message p").inner_text()


def test_sells_one_item_found_by_a_part_of_its_name(hand: Hand) -> None:
    hand.click("Sell")
    hand.wait_for_focus("[name=product]")
    hand.type("sieve")
    hand.send_by_enter()
    assert re.fullmatch(r"Sold 1 of Sieve, steel: \d+ in stock\.", read_message(hand))
    assert_at_most(hand, clicks=1, keys=8)


def test_sells_one_of_several_products_with_the_name(hand: Hand) -> None:
    hand.click("Sell")
    hand.wait_for_focus("[name=product]")
    hand.type("tea")
    hand.send_by_enter()
    hand.click_on(hand.page.locator(".candidates .button").first)
    hand.press("Enter")
    assert re.fullmatch(r"Sold 1 of .+: \d+ in stock\.", read_message(hand))
    assert_at_most(hand, clicks=2, keys=3 + 4)


def test_chooses_one_of_several_products_while_typing(hand: Hand) -> None:
    hand.click("Sell")
    hand.wait_for_focus("[name=product]")
    hand.type("tea")
    option = hand.page.locator("[role=option]").nth(1)
    assert re.search(r"\w+-\w+ · [\d.]+ EUR · \d+ in stock", option.inner_text())
    assert option.locator("img").count() == 1
    hand.click_on(option)
    hand.wait_for_focus("[name=quantity]")
    hand.press("Enter")
    hand.press("Enter")
    assert re.fullmatch(r"Sold 1 of .+: \d+ in stock\.", read_message(hand))
    assert_at_most(hand, clicks=2, keys=3 + 2)


def test_takes_what_there_is_after_a_refusal(hand: Hand) -> None:
    hand.click("Sell")
    hand.wait_for_focus("[name=product]")
    hand.type("pot-0008")
    hand.press("Enter")
    hand.type("9999")
    hand.click_on(hand.page.locator(".send-task .primary"))  # the name of the button has the sum
    hand.click_on(hand.page.locator("[data-rest]"))
    hand.press("Enter")  # the focus is on the button that sells
    assert re.search(r": 0 in stock\.", read_message(hand))
    assert_at_most(hand, clicks=3, keys=8 + 1 + 4 + 1)
    hand.page.get_by_role("button", name="Undo").click()


def test_takes_back_what_a_receipt_has(hand: Hand) -> None:
    """The receipt is the last one. A shop has its thousandth sale before a number takes a fourth key."""
    number = str(hand.page.request.get("/api/sales/?format=json").json()["results"][0]["number"])
    hand.click("Sell")
    hand.click("Return")
    hand.wait_for_focus("[name=sale]")
    hand.type(number)
    hand.press("Enter")
    hand.wait_for_focus("[name=quantity]")
    hand.click("All of it", "button")
    hand.click("Take back", "button")
    assert read_message(hand).startswith("Took back ")
    assert_at_most(hand, clicks=4, keys=len(number) + 1)
    undo(hand.page)


def test_reads_the_takings_of_today_on_the_start_page(hand: Hand) -> None:
    figure = hand.page.locator(".card", has_text="Takings today").locator(".figure")
    assert re.fullmatch(r"[\d,.]+ EUR", figure.inner_text())
    assert_at_most(hand, clicks=0, keys=0)


def test_types_the_name_of_a_new_product_first(hand: Hand) -> None:
    hand.page.goto("/api/products/")
    hand.click("Add a product")
    hand.wait_for_focus("[name=name]")


def test_receives_a_delivery_of_five_products(hand: Hand) -> None:
    hand.click("Receive")
    hand.wait_for_focus("[name=product]")
    for number in range(8, 13):
        hand.type(f"POT-{number:04d}")
        hand.press("Enter")
        hand.type("12")
        hand.press("Enter")
    hand.press("Enter")  # Enter in an empty line sends the form
    assert read_message(hand) == "Received 5 lines."
    assert_at_most(hand, clicks=1, keys=61)


def test_receives_an_order_of_which_a_line_came_short(hand: Hand) -> None:
    hand.click("Tomorrow's order")
    hand.click_on(hand.page.get_by_role("button", name="Draft").first)
    hand.click("Mark as sent", "button")
    hand.clicks = 0
    hand.click_on(hand.page.locator("nav.actions").get_by_role("link", name="Receive", exact=True))
    number = hand.page.locator("[name=quantity]").count()
    hand.wait_for_focus("[name=quantity]")
    hand.click("All arrived", "button")
    hand.page.locator("[name=quantity]").first.fill("")
    hand.click_on(hand.page.locator("[name=quantity]").first)
    hand.type("1")
    hand.click("Receive", "button")
    assert read_message(hand) == f"Received {number} lines."
    assert_at_most(hand, clicks=4, keys=1)


def test_writes_off_what_has_expired(hand: Hand) -> None:
    number = receive_expired(hand.page)
    hand.page.goto("/api/")
    hand.click(f"{number} expired")
    hand.click_on(hand.page.get_by_label("All", exact=True))
    hand.click("Write off", "button")
    hand.click("Write off", "button")
    assert re.fullmatch(r"Wrote off \d+ lines\.", read_message(hand))
    assert_at_most(hand, clicks=4, keys=0)


def test_writes_off_five_of_a_longer_list_of_what_expires(hand: Hand) -> None:
    expires_on = datetime.now(UTC).date() + timedelta(days=EXPIRING_DAYS)
    for _ in range(7):
        add_product(hand.page, "Fresh biscuits", expires_on)
    hand.page.goto("/api/")
    hand.click_on(hand.page.locator(".section", has_text="Expires within 30 days").get_by_role("link", name=ALL_ROWS))
    boxes = hand.page.locator("[name=product]")
    assert boxes.count() >= 7
    hand.click_on(boxes.nth(1))
    hand.click_to(boxes.nth(5))
    hand.click("Write off", "button")
    assert hand.page.get_by_label("Expired").is_checked()
    number = hand.page.locator("[name=product]").evaluate_all("all => all.filter(one => one.value).length")
    assert number >= 5  # a product may have several lots that expire
    hand.click("Write off", "button")
    assert read_message(hand) == f"Wrote off {number} lines."
    assert_at_most(hand, clicks=5, keys=0)
    undo(hand.page)


def undo(page: Page) -> None:
    page.locator(".message .button").click()
    page.locator(".message", has_text="Undone").wait_for()


def receive_expired(page: Page) -> int:
    """Add two products that have expired. Return the number of all products that have, which is at least five."""
    for _ in range(2):
        add_product(page, "Old biscuits", date(2020, 1, 31))
    number: int = page.request.get("/api/products/?expired=true&format=json").json()["count"]
    assert number >= 5
    return number


def add_product(page: Page, name: str, expires_on: date) -> None:
    page.goto("/shop/products/add/")
    page.locator("[name=name]").fill(f"{name} {uuid4().hex[:6]}")
    page.locator("[name=price]").fill("2")
    page.locator("[name=quantity]").fill("3")
    page.locator("summary", has_text="More").click()
    page.locator("[name=expiration_date]").fill(str(expires_on))
    with page.expect_navigation():
        page.locator(".send-task .primary").click()


def test_shows_the_labels_of_ten_products_that_follow_each_other(hand: Hand) -> None:
    hand.page.goto("/api/products/")
    hand.click_on(hand.page.locator("[name=product]").first)
    hand.click_to(hand.page.locator("[name=product]").nth(9))
    hand.click("Labels", "button")
    hand.click("Show the sheet", "button")
    hand.page.get_by_text("10 labels of").first.wait_for()
    assert_at_most(hand, clicks=4, keys=0)


def test_shows_the_labels_of_ten_products_here_and_there(hand: Hand) -> None:
    hand.page.goto("/api/products/")
    for number in (0, 1, 3, 5, 7, 9, 11, 13, 15, 17):  # rows of groups have no box
        hand.click_on(hand.page.locator("[name=product]").nth(number))
    hand.click("Labels", "button")
    hand.click("Show the sheet", "button")
    hand.page.get_by_text("10 labels of").first.wait_for()
    assert_at_most(hand, clicks=12, keys=0)


def test_raises_the_prices_of_twelve_products_and_undoes_it(hand: Hand) -> None:
    hand.page.goto("/api/products/")
    hand.click_on(hand.page.locator("[name=product]").first)
    hand.click_to(hand.page.locator("[name=product]").nth(11))
    hand.click("Price", "button")
    hand.wait_for_focus("[name=by]")
    hand.type("5")
    hand.click("Show the new values", "button")
    hand.page.locator("main tbody tr").nth(11).wait_for()
    hand.click("Save", "button")
    hand.page.get_by_text("Changed 12 products.").wait_for()
    assert_at_most(hand, clicks=5, keys=1)
    assert read_message(hand).startswith("Changed 12 products.")
    hand.click("Undo", "button")
    hand.page.get_by_text("Undone: 12 products are as before.").wait_for()
    assert read_message(hand).startswith("Undone: 12 products are as before.")


def test_shift_and_the_space_bar_choose_a_range(hand: Hand) -> None:
    boxes = hand.page.locator("[name=product]")
    hand.page.goto("/api/products/")
    boxes.nth(6).press("Space")
    boxes.nth(2).press("Shift+Space")
    assert [number for number in range(10) if boxes.nth(number).is_checked()] == [2, 3, 4, 5, 6]
    boxes.nth(5).press("Space")
    boxes.nth(3).press("Shift+Space")
    assert [number for number in range(10) if boxes.nth(number).is_checked()] == [2, 6]


def test_counts_twenty_products_on_a_phone_of_which_four_differ(phone: Hand) -> None:
    """A count of a shelf on which sixteen numbers are right: a tap takes each. Two digits are typed for the others."""
    page = phone.page
    phone.click_on(page.locator("main").get_by_role("link", name="Count", exact=True))
    page.get_by_label("Category").select_option(label="Crockery")
    phone.clicks += 2  # a phone opens the list, in which a tap chooses
    phone.click("List the products", "button")
    for number in range(COUNTED):
        count_line(phone, page.locator(".task-line").nth(number), is_right=number not in WRONG_COUNTS)
    phone.click("Count", "button")
    page.get_by_text("20 products counted.").wait_for()
    phone.click("Save the count", "button")
    assert read_message(phone) == "Counted: 4 differences are saved."
    assert_at_most(phone, clicks=27, keys=8)  # 35 together; at first it took 55
    undo(page)


def count_line(hand: Hand, line: Locator, *, is_right: bool) -> None:
    button, field = line.locator("[data-take]"), line.locator("[name=counted]")
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= MIN_TARGET
    number = "97" if button.inner_text() == "98" else "98"
    if is_right:
        number = button.inner_text()
        hand.click_on(button)
        hand.wait_for_focus("button")  # the next one, for which a phone opens no keyboard
    else:
        hand.click_on(field)
        hand.type(number)
    assert field.input_value() == number


def test_finds_the_margin_of_the_month(hand: Hand) -> None:
    hand.click("Reports")
    hand.click("Margins")
    assert_at_most(hand, clicks=2, keys=0)
    for width, height in (WIDE, NARROW):
        hand.page.set_viewport_size({"width": width, "height": height})
        for shown in (hand.page.locator(".figures").get_by_text("Margin"), hand.page.locator(".plot .shapes")):
            box = shown.bounding_box()
            assert box
            assert box["y"] + box["height"] <= height  # it is in view without scrolling


def test_finds_who_changed_a_stock(hand: Hand) -> None:
    hand.click_on(hand.page.locator("#scan"))
    hand.type("earl grey")
    hand.press("Enter")
    hand.page.wait_for_url(re.compile("search="))
    hand.click("Earl Grey, 250 g")
    row = hand.page.locator(".table tbody tr", has_text="sale").first
    assert re.search(r"\d\d:\d\d.*(helper|trainee|demo)", row.inner_text(), re.DOTALL)
    assert_at_most(hand, clicks=2, keys=10)


def write_german_file(path: Path, wrong: dict[int, tuple[str, str, str]]) -> None:
    """Write 200 rows as Excel does in Germany."""
    run = uuid4().hex[:6]
    rows = [f"Kräutertee {run} {i};K{run}-{i};{';'.join(wrong.get(i, RIGHT))}" for i in range(1, 201)]
    path.write_bytes("".join(f"{row}\r\n" for row in (HEADER, *rows)).encode("cp1252"))


def test_imports_a_german_file_with_three_errors(hand: Hand, tmp_path: Path) -> None:
    file = tmp_path / "Artikel.csv"
    write_german_file(file, WRONG)
    hand.click("Products")
    hand.click("Import")
    hand.choose(file)
    result = hand.page.locator("#import-result")
    result.get_by_text("3 rows stay out").wait_for()
    assert result.locator(".import-errors tbody tr").count() == len(WRONG)
    write_german_file(file, {})
    hand.choose(file)  # the file has the same name; the field was emptied, so that the browser reports a change
    hand.click("Import 200 products", "button")
    result.get_by_text("200 created, 0 changed, 0 unchanged.").wait_for()
    assert_at_most(hand, clicks=7, keys=0)


def test_a_corrected_file_is_not_asked_about_again(hand: Hand, tmp_path: Path) -> None:
    """The first file needs a choice for a column. The corrected one, the next day, needs the file and one button."""
    run, file = uuid4().hex[:6], tmp_path / "products.csv"

    def write(price: str) -> None:
        rows = [f"Biscuit {run} {i},{price},Rack {i}," for i in range(40)]
        file.write_text("\n".join(("Name,EK alt,Where,stock_sequence", *rows)), encoding="utf-8")

    write("2.50")
    hand.click("Products")
    hand.click("Import")
    hand.choose(file)
    result = hand.page.locator("#import-result")
    for column, meaning in (("EK alt", "price"), ("Where", "-")):
        hand.page.get_by_label(f"Meaning of {column}").select_option(meaning)
        hand.clicks += 2
    hand.click("Import 40 products", "button")
    result.get_by_text("40 created, 0 changed, 0 unchanged.").wait_for()
    assert_at_most(hand, clicks=9, keys=0)
    write("2.70")
    hand.page.goto("/api/products/import/")
    hand.clicks = 0
    hand.choose(file)
    hand.click("Import 40 products", "button")
    result.get_by_text("0 created, 40 changed, 0 unchanged.").wait_for()
    assert_at_most(hand, clicks=3, keys=0)


def test_says_which_supplier_is_added_with_the_import(hand: Hand, tmp_path: Path) -> None:
    run, file = uuid4().hex[:6], tmp_path / "products.csv"
    rows = [f"Biscuit {run} {i},2.50,4,Bakery {run}" for i in range(40)]
    file.write_text("\n".join(("Name,Price,Quantity,Supplier", *rows)), encoding="utf-8")
    hand.click("Products")
    hand.click("Import")
    hand.choose(file)
    result = hand.page.locator("#import-result")
    result.get_by_text(f"Bakery {run}").first.wait_for()
    hand.click("Import 40 products", "button")
    result.get_by_text("40 created, 0 changed, 0 unchanged.").wait_for()
    assert_at_most(hand, clicks=5, keys=0)


def test_a_cancelled_chooser_keeps_the_file(hand: Hand, tmp_path: Path) -> None:
    write_german_file(tmp_path / "Artikel.csv", {})
    hand.click("Products")
    hand.click("Import")
    hand.choose(tmp_path / "Artikel.csv")
    hand.page.get_by_role("button", name="Import 200 products").wait_for()
    field = hand.page.get_by_label("File", exact=True)
    with hand.page.expect_file_chooser():
        field.click()
    assert field.evaluate("field => field.files.length") == 0
    field.dispatch_event("cancel")
    assert field.evaluate("field => field.files[0].name") == "Artikel.csv"


def wait_for_mail(shop: Demo, page: Page) -> str:
    """Return the link of the next mail, which the demo prints."""
    for _ in range(MAIL_SECONDS * 10):
        found = MAIL_LINK.findall(shop.log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return str(found[-1])
        page.wait_for_timeout(100)
    raise AssertionError("The demo has printed no mail.")


def test_gets_in_after_forgetting_the_password(visitor: Visitor, shop: Demo) -> None:
    username = f"rosa-{uuid4().hex[:4]}"
    form = {"username": username, "password": DEMO_PASSWORD, "email": f"{username}@x.example", "role": "owner"}
    assert visitor.page.request.post("/api/register/", data=form).status == 201
    hand = Hand(visitor)
    hand.page.goto("/")
    hand.click("Sign in")
    hand.click("Forgot your password?")
    hand.type(username)
    hand.press("Enter")
    hand.page.locator("h1", has_text="Check your mail").wait_for()
    hand.page.goto(wait_for_mail(shop, hand.page))
    hand.clicks += 1  # this is the click on the link in the mail
    hand.wait_for_focus("[type=password]")
    hand.type(NEW_PASSWORD)
    hand.press("Tab")
    hand.type(NEW_PASSWORD)
    hand.press("Enter")
    hand.page.locator("main", has_text="The password is set. Sign in with it.").wait_for()
    hand.type(username)
    hand.press("Tab")
    hand.type(NEW_PASSWORD)
    hand.press("Enter")
    hand.page.locator(".who", has_text=username).wait_for(state="attached")  # a narrow window hides it
    assert_at_most(hand, clicks=3, keys=2 * len(username) + 3 * len(NEW_PASSWORD) + 5)


def test_adds_a_worker(hand: Hand) -> None:
    username = f"tom-{uuid4().hex[:4]}"
    hand.click("Shop")
    hand.click("Add a worker")
    hand.wait_for_focus("[name=username]")
    hand.type(username)
    while hand.page.evaluate("document.activeElement.name") != "password":
        hand.press("Tab")
    hand.type(NEW_PASSWORD)
    hand.press("Enter")
    assert read_message(hand) == f"Added {username}."
    assert_at_most(hand, clicks=2, keys=len(username) + len(NEW_PASSWORD) + 4)


def test_a_newcomer_opens_a_shop_from_the_front_page(visitor: Visitor) -> None:
    hand, username = Hand(visitor), f"anna-{uuid4().hex[:4]}"
    hand.page.goto("/")
    hand.click("Open a new shop")
    hand.wait_for_focus("[name=shop_name]")
    hand.type(NEW_SHOP)
    for _ in range(3):  # past the time zone and the currency, which the browser has filled in
        hand.press("Tab")
    hand.type(username)
    hand.press("Tab")
    hand.press("Tab")
    hand.type(NEW_PASSWORD)
    hand.press("Enter")
    hand.page.locator("h1", has_text=NEW_SHOP).wait_for()
    hand.page.goto("/")
    hand.click("Go to your shop")
    hand.page.locator("h1", has_text=NEW_SHOP).wait_for()
    assert_at_most(hand, clicks=2, keys=len(NEW_SHOP) + len(username) + len(NEW_PASSWORD) + 6)
