"""The page that receives an order: scans count from 0, and a row fits a phone and a desk."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from testing.browser_tests.sales import scan
from testing.browser_tests.test_forms import make_unique
from testing.browser_tests.visitor import NARROW, WIDE, Visitor

both = pytest.mark.parametrize("visitor", [WIDE, NARROW], indirect=True)


class Arrival:
    """A sent order of two new products, and the page that receives it."""

    def __init__(self, owner: Visitor) -> None:
        self.page = owner.page
        self.page.goto("/api/suppliers/")
        token = self.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        self.headers = {"X-CSRFToken": token, "Referer": owner.address, "Accept": "application/json"}
        self.codes = [make_unique("CUP"), make_unique("POT")]
        lines = [{"product": self.post("/api/products/", {"name": code, "sku": code, "price": "9.90"})["id"],
                  "quantity": 30} for code in self.codes]  # fmt: skip
        self.case = make_unique("CASE")
        self.post(f"/api/products/{lines[0]['product']}/codes/", {"code": self.case, "quantity": 12})
        supplier = self.page.request.get("/api/suppliers/?format=json").json()["results"][0]["id"]
        self.order = self.post("/api/purchase-orders/", {"supplier": supplier, "lines": lines})["id"]
        self.post(f"/api/purchase-orders/{self.order}/send/", {}, 200)
        self.page.goto(f"/shop/orders/{self.order}/receive/")
        self.arrived = self.page.locator("[name=quantity]")

    def post(self, path: str, body: dict[str, Any], status: int = 201) -> Any:
        answer = self.page.request.post(path, data=body, headers=self.headers)
        assert answer.status == status, answer.text()
        return answer.json()

    def expect_arrived(self, *quantities: str) -> None:
        for number, quantity in enumerate(quantities):
            expect(self.arrived.nth(number)).to_have_value(quantity)


@both
def test_scans_count_from_nothing(owner: Visitor) -> None:
    arrival = Arrival(owner)
    arrival.expect_arrived("", "")
    for code in (arrival.codes[0], arrival.codes[0], arrival.codes[1], arrival.case, "96385074"):
        scan(arrival.page, code)
    arrival.expect_arrived("14", "1")
    expect(arrival.page.locator("form.task .notices")).to_have_text("96385074 is not in this list.")
    arrival.page.keyboard.type(arrival.codes[1], delay=150)  # a slow scanner
    arrival.page.keyboard.press("Enter")
    arrival.expect_arrived("14", "2")
    owner.check_page()


@both
def test_all_arrived_is_a_button(owner: Visitor) -> None:
    arrival = Arrival(owner)
    arrival.arrived.nth(1).fill("31")
    arrival.page.get_by_role("button", name="All arrived").click()
    arrival.expect_arrived("30", "31")
    arrival.page.locator("[name=damaged]").first.fill("2")
    for row in arrival.page.locator(".task-line").all():
        assert not overflows(row)
    arrival.page.locator(".send-task .primary").click()
    expect(arrival.page.locator(".message")).to_contain_text("What is damaged was written off.")
    expect(arrival.page.get_by_role("link", name="2", exact=True)).to_be_visible()


def overflows(row: Locator) -> bool:
    """Return whether a cell of the row is too narrow for what it has, or outside the row."""
    script = """row => Array.from(row.querySelectorAll("input:not([type=hidden])"))
        .filter(one => one.offsetParent).some(one => one.scrollWidth > one.clientWidth + 1
            || one.getBoundingClientRect().right > row.getBoundingClientRect().right + 1)"""
    return bool(row.evaluate(script))
