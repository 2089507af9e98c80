"""Back and reload. A form that is shown again has its earlier key, so a sale whose response was lost is booked once."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Route

from testing.browser_tests.test_forms import fill_form, make_unique, submit_form
from testing.browser_tests.visitor import WIDE, Visitor

SALES = re.compile(r"/api/stock/(\?_sent=1)?$")
KEY = "#post-object-form [name=_idempotency_key]"


class Sale:
    """A new product with 38 units, and the form that sells it."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page, self.sku = visitor, visitor.page, make_unique("SKU")
        fill_form(visitor, "/api/products/", Name=make_unique("Kettle"), SKU=self.sku, Price="9.90", Quantity="38")
        submit_form(visitor)
        self.product = self.page.url

    @property
    def form(self) -> Locator:
        return self.page.locator("#post-object-form")

    @property
    def quantity(self) -> Locator:
        return self.form.get_by_label("Quantity")

    def open(self, address: str = "/api/stock/?_movement_type=OUT") -> None:
        """Open the form as a link does, and type a sale of two units."""
        fill_form(self.visitor, address)
        self.fill()

    def fill(self, quantity: str = "2") -> None:
        self.page.locator("details:has(#post-object-form)").evaluate("panel => { panel.open = true; }")
        self.form.get_by_label("Product").fill(self.sku)
        self.form.get_by_label("Movement type").select_option("OUT")
        self.quantity.fill(quantity)

    def send(self) -> None:
        with self.page.expect_navigation():
            self.form.locator("> .button").click()

    def lose_answer(self) -> None:
        """Send the form. The server books the sale, and then the connection breaks."""
        self.page.route(SALES, lose, times=1)
        self.form.locator("> .button").click()
        self.page.wait_for_url("chrome-error://**")

    def count_stock(self) -> int:
        found: int = self.page.request.get(f"{self.product}?format=json").json()["quantity"]
        return found

    def read_key(self) -> str:
        return self.page.locator(KEY).input_value()


def lose(route: Route) -> None:
    """Deliver the request, and break the connection instead of delivering the response."""
    assert route.fetch(max_redirects=0).status == 303
    route.abort("connectionreset")


pytestmark = pytest.mark.parametrize("visitor", [WIDE], indirect=True)


@pytest.fixture
def sale(owner: Visitor) -> Iterator[Sale]:
    yield Sale(owner)
    owner.problems = [problem for problem in owner.problems if "ERR_CONNECTION_RESET" not in problem]


@pytest.mark.parametrize("address", ["/api/stock/", "/api/stock/?_movement_type=OUT"])
def test_a_sale_whose_answer_was_lost_is_booked_once_if_it_is_sent_again_after_back(sale: Sale, address: str) -> None:
    sale.open(address)
    sale.lose_answer()
    assert sale.count_stock() == 36
    sale.page.go_back()
    sale.fill()
    sale.send()
    assert "was sent before" in sale.page.locator(".message p").last.inner_text()
    assert sale.count_stock() == 36


def test_a_sale_whose_answer_was_lost_is_booked_once_if_the_error_page_is_reloaded(sale: Sale) -> None:
    sale.open()
    sale.lose_answer()
    sale.page.reload()
    assert "was sent before" in sale.page.locator(".message p").last.inner_text()
    assert sale.count_stock() == 36


def test_a_refused_sale_whose_second_answer_was_lost_is_booked_once(sale: Sale) -> None:
    sale.open()
    sale.fill("99")
    sale.send()
    sale.fill("2")
    sale.lose_answer()
    sale.page.go_back()
    sale.fill("2")
    sale.send()
    assert sale.count_stock() == 36


def test_a_reloaded_form_has_its_key_and_a_form_that_a_link_opens_a_new_one(sale: Sale) -> None:
    sale.page.goto("/api/stock/")
    key = sale.read_key()
    sale.page.reload()
    assert sale.read_key() == key
    with sale.page.expect_navigation():
        sale.page.locator(".crumbs a").last.click()
    assert sale.page.url.endswith("/api/stock/")
    assert sale.read_key() != key


def test_a_part_of_the_page_that_a_link_opens_has_the_same_form(sale: Sale) -> None:
    sale.page.goto("/api/stock/")
    sale.page.evaluate("location.hash = 'post-object-form'")
    sale.fill()
    sale.lose_answer()
    sale.page.go_back()
    sale.fill()
    sale.send()
    assert sale.count_stock() == 36


def test_another_sale_after_back_says_that_the_first_was_booked_and_is_booked_in_addition(sale: Sale) -> None:
    sale.open()
    sale.send()
    sale.page.go_back()
    sale.fill("3")
    sale.send()
    sale.visitor.check_page()
    assert "This form was sent before, with other values." in sale.page.locator(".refusal").inner_text()
    assert sale.count_stock() == 36
    assert (sale.quantity.input_value(), sale.form.get_by_label("Product").input_value()) == ("3", sale.sku)
    sale.send()
    assert sale.page.locator(".message p").inner_text().startswith("Sold 3 of")
    assert sale.count_stock() == 33
