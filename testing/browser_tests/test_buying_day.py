"""A day in the tea shop by pages alone: order, receive too little, undo it, receive what came, sell, look at the
margins.

The clicks and keys of each step are counted as in test_clicks.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from testing.browser_tests.demo import Demo
from testing.browser_tests.test_clicks import Hand, assert_at_most, read_message
from testing.browser_tests.visitor import WIDE, Visitor

SUPPLIER = "Pennywhistle Bakehouse"
PRODUCT = "Nougat, with cinnamon, 60 g"
SKU = "SWT-0021"


@pytest.fixture
def visitor(chromium: Browser, shop: Demo) -> Iterator[Visitor]:
    visitor = Visitor(chromium, shop.address, WIDE)
    yield visitor
    visitor.close()
    assert visitor.problems == []


@pytest.fixture
def hand(visitor: Visitor) -> Hand:
    visitor.sign_in("demo")
    visitor.page.goto("/api/")
    return Hand(visitor)


def read_line(hand: Hand) -> list[str]:
    """Return the ordered, received and outstanding quantity of the product on the page of its order."""
    cells = hand.page.locator("main tr", has_text=PRODUCT).first.locator("td").all_inner_texts()
    return [cells[1], *cells[-2:]]


def receive(hand: Hand, quantity: str = "") -> None:
    """Receive this quantity of the order that is shown, or all that is outstanding."""
    hand.click_on(hand.page.locator("nav.actions").get_by_role("link", name="Receive", exact=True))
    hand.wait_for_focus("[name=quantity]")
    if quantity:
        hand.type(quantity)
    else:
        hand.click("All arrived", "button")
    hand.click("Receive", "button")
    assert re.fullmatch(r"Received \d+ lines?\.", read_message(hand))


def test_an_owner_orders_receives_and_sells_in_few_clicks(hand: Hand) -> None:
    page = hand.page

    # To order takes one click to the page, one to the draft, and one to send it.
    hand.click("Tomorrow's order")
    form = page.locator("form", has_text=PRODUCT)
    hand.click_on(form.get_by_role("button", name="Draft"))
    assert read_line(hand) == ["24", "0", "0"]
    hand.click("Mark as sent", "button")
    assert read_line(hand) == ["24", "0", "24"]
    assert_at_most(hand, clicks=3, keys=0)

    # To receive 20 of 24 takes the quantity.
    receive(hand, "20")
    assert read_line(hand) == ["24", "20", "4"]
    assert_at_most(hand, clicks=5, keys=2)

    # Four more were in another box. So undo the delivery, and receive all outstanding quantities.
    hand.click("Undo", "button")
    assert read_message(hand).startswith("Undone")
    assert read_line(hand) == ["24", "0", "24"]
    receive(hand)
    assert read_line(hand) == ["24", "24", "0"]
    assert_at_most(hand, clicks=9, keys=2)

    # Sell two, and look at the margin.
    page.goto("/api/")
    hand.click("Sell")
    hand.wait_for_focus("[name=product]")
    hand.type(SKU)
    hand.press("Enter")
    hand.type("2")
    hand.press("Enter")
    hand.press("Enter")
    assert "Sold 2 of Nougat" in read_message(hand)
    hand.click("Reports")
    hand.click("Margins")
    assert page.locator("svg").count() > 0
    assert_at_most(hand, clicks=12, keys=14)
