"""A product of a test, and the pages of tasks on which it is booked."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from testing.browser_tests.test_forms import make_unique
from testing.browser_tests.visitor import NARROW, WIDE, Visitor

DRAFT = "What you had typed is here again."

wide = pytest.mark.parametrize("visitor", [WIDE], indirect=True)
narrow = pytest.mark.parametrize("visitor", [NARROW], indirect=True)


class Sale:
    """A new product with 38 units, and the page that sells it."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page, self.sku = visitor, visitor.page, make_unique("SKU")
        add_product(self.page, self.sku)
        self.product = self.page.url.partition("?")[0]
        self.id = self.product.rstrip("/").rpartition("/")[2]

    def open(self, address: str = "/shop/sell/") -> None:
        self.page.goto(address)
        self.fill()

    def fill(self, quantity: str = "2") -> None:
        self.cell("product").fill(self.sku)
        self.cell("quantity").fill(quantity)

    def cell(self, name: str, number: int = 0) -> Locator:
        return self.page.locator(f"[name={name}]").nth(number)

    def send(self) -> None:
        self.page.locator(".send-task .primary").click()

    def expect_message(self, text: str) -> None:
        expect(self.page.locator(".message").last).to_contain_text(text)

    def expect_refusal(self, text: str) -> None:
        expect(self.page.locator(".refusal").first).to_contain_text(text)

    def count_stock(self) -> int:
        found: int = self.page.request.get(f"{self.product}?format=json").json()["quantity"]
        return found


def add_product(page: Page, sku: str, quantity: str = "38") -> None:
    page.goto("/shop/products/add/")
    page.get_by_label("Name").fill(f"Kettle {sku}")
    page.get_by_label("Price required", exact=True).fill("9.90")
    page.get_by_label("In stock").fill(quantity)
    page.locator("summary", has_text="More").click()
    page.get_by_label("SKU", exact=True).fill(sku)
    page.locator(".send-task .primary").click()
    page.wait_for_url(re.compile(r"/api/products/\d+/"))


def open_count(visitor: Visitor, category: str) -> None:
    """List the products of the category on the page that counts."""
    visitor.page.goto("/shop/count/")
    visitor.page.get_by_label("Category").select_option(label=category)
    visitor.page.get_by_text("List the products").click()
    visitor.page.locator(".task-lines.given").wait_for()


def scan(page: Page, code: str) -> None:
    """Type the code as a hand scanner does."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")
