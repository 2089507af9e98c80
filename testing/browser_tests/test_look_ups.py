"""Look-ups and scanners: suggestions while typing, use of the keyboard alone, forms without scripts, two browsers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator

from ops.demo.credentials import DEMO_PASSWORD
from testing.browser_tests.conftest import NARROW, WIDE
from testing.browser_tests.demo import Demo
from testing.browser_tests.test_forms import find_sku
from testing.browser_tests.visitor import Visitor

SALE = "/api/stock/?_movement_type=OUT#post-object-form"


def find_product(visitor: Visitor, number: int = 0) -> dict[str, Any]:
    """Return a product with stock and codes. The product with number 0 has the largest quantity."""
    code = find_sku(visitor, number)
    found = visitor.page.request.get(f"/api/products/?sku={code}&format=json").json()["results"]
    product: dict[str, Any] = found[0]
    return product


def scan(visitor: Visitor, code: str) -> None:
    """Type a code and press Enter in the element with the focus, as a hand scanner does."""
    visitor.page.keyboard.type(code)
    visitor.page.keyboard.press("Enter")


def focused(visitor: Visitor) -> Locator:
    return visitor.page.locator(":focus")


@pytest.fixture
def seller(owner: Visitor) -> Visitor:
    owner.open_page(SALE)
    return owner


def test_suggests_products_by_a_part_of_the_name_without_loading_a_page(seller: Visitor) -> None:
    product = find_product(seller)
    field = seller.page.locator("#field-product")
    loads: list[str] = []
    seller.page.on("framenavigated", lambda frame: loads.append(frame.url))
    field.press_sequentially(product["name"][2:8])
    option = seller.page.locator(f'#field-product-list option[value="{product["name"]} ({product["sku"]})"]')
    option.wait_for(state="attached")
    assert f"{product['quantity']} in stock" in (option.get_attribute("label") or "")
    assert loads == []


def test_prints_labels_by_scanner_and_enter_alone(owner: Visitor) -> None:
    owner.open_page("/api/labels/")
    for number in (0, 1):
        product = find_product(owner, number)
        assert focused(owner).get_attribute("name") == f"lines[{number}]product"
        scan(owner, product["barcode"] or product["sku"])
        assert focused(owner).get_attribute("name") == f"lines[{number}]copies"
        scan(owner, "2")
    assert focused(owner).get_attribute("name") == "lines[2]product"


def test_the_page_of_scanned_codes_is_an_open_form(owner: Visitor) -> None:
    main = owner.open_page("/api/scan/")
    assert main.locator(".error, .refusal").count() == 0
    main.get_by_label("Code").fill(find_product(owner)["sku"])
    main.get_by_role("button", name="Show", exact=True).click()
    owner.page.get_by_text("Found by").wait_for()


def test_a_suggestion_is_booked(seller: Visitor) -> None:
    product = find_product(seller)
    seller.page.locator("#field-product").fill(f"{product['name']} ({product['sku']})")
    seller.page.keyboard.press("Enter")
    scan(seller, "1")
    seller.page.locator(".message", has_text=f"Sold 1 of {product['name']}").wait_for()


def test_sells_by_scanner_alone_again_and_again(seller: Visitor) -> None:
    for number in (0, 1):
        product = find_product(seller, number)
        assert focused(seller).get_attribute("name") == "product"
        scan(seller, product["barcode"] or product["sku"])
        assert focused(seller).get_attribute("name") == "quantity"
        with seller.page.expect_navigation():
            scan(seller, "1")
        seller.page.locator(".message", has_text=f"Sold 1 of {product['name']}").wait_for()
        assert seller.page.locator("#field-movement_type").input_value() == "OUT"
    seller.check_page()


def test_enter_in_an_empty_product_field_sends_nothing(seller: Visitor) -> None:
    seller.page.keyboard.press("Enter")
    assert focused(seller).get_attribute("name") == "product"
    assert seller.page.locator(".error").count() == 0


def test_books_a_delivery_by_scanner_line_by_line(owner: Visitor) -> None:
    owner.open_page("/api/stock/operations/#post-object-form")
    codes = [find_sku(owner, number) for number in range(4)]
    for code in codes:
        scan(owner, code)
        if "movement_type" in (focused(owner).get_attribute("name") or ""):  # only the first line asks for it
            focused(owner).select_option("IN")
            owner.page.keyboard.press("Tab")
        assert (focused(owner).get_attribute("name") or "").endswith("quantity")
        scan(owner, "2")
    owner.page.keyboard.press("Enter")
    assert focused(owner).inner_text() == "Book"
    with owner.page.expect_navigation():
        owner.page.keyboard.press("Enter")
    owner.page.locator(".message", has_text="Booked 4 lines.").wait_for()


def test_the_count_of_a_product_begins_at_the_number(owner: Visitor) -> None:
    product = find_product(owner)
    owner.open_page(f"/api/products/{product['id']}/")
    owner.page.get_by_role("link", name="Count", exact=True).click()
    owner.page.wait_for_url("**/counts/**")
    assert focused(owner).get_attribute("name") == "lines[0]counted"
    assert owner.page.locator('[name="lines[0]product"]').input_value() == f"{product['name']} ({product['sku']})"
    assert owner.page.locator('[name="lines[0]counted_at"]').get_attribute("type") == "datetime-local"


def test_a_scan_in_the_search_of_any_page_opens_the_product(owner: Visitor) -> None:
    product = find_product(owner)
    owner.open_page("/api/suppliers/")
    owner.page.locator("#scan").focus()
    with owner.page.expect_navigation():
        scan(owner, product["barcode"] or product["sku"])
    assert owner.page.locator("h1").inner_text() == product["name"]


def test_after_a_booking_the_next_scan_finds_a_product(owner: Visitor) -> None:
    product = find_product(owner)
    owner.open_page(f"/api/stock/?_product={product['id']}&_movement_type=IN#post-object-form")
    assert focused(owner).get_attribute("name") == "quantity"
    with owner.page.expect_navigation():
        scan(owner, "1")
    owner.page.locator(".message", has_text="Received 1 of").wait_for()
    assert focused(owner).get_attribute("id") == "scan"


@pytest.mark.parametrize("button", ["Edit", "Archive"])
def test_a_button_opens_the_closed_form_that_it_points_at(owner: Visitor, button: str) -> None:
    owner.open_page(f"/api/products/{find_product(owner)['id']}/")
    for _ in range(2):  # the second click is on the same address
        owner.page.locator(".title").get_by_role("link", name=button).click()
        owner.page.locator("details.panel[open]", has_text=button).wait_for()
        owner.page.locator("details.panel[open] > summary").click()


def test_a_filter_takes_a_part_of_the_name(owner: Visitor) -> None:
    product = find_product(owner)
    owner.open_page("/api/stock/")
    owner.page.locator("summary", has_text="Filters").click()
    owner.page.locator("#parameter-product").fill(product["sku"])
    owner.page.get_by_role("button", name="Show").click()
    owner.page.wait_for_url("**/api/stock/?product=*")
    names = owner.page.locator('.table td[data-title="Product"] a').all_inner_texts()
    assert set(names) == {product["name"]}
    owner.check_page()


# --- Without scripts -------------------------------------------------------------------------------------------------


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def scriptless(request: pytest.FixtureRequest, chromium: Browser, shop: Demo) -> Iterator[Any]:
    """Return a page of the demo's owner in a browser that runs no scripts."""
    width, height = request.param
    context = chromium.new_context(
        base_url=shop.address, java_script_enabled=False, viewport={"width": width, "height": height}
    )
    page = context.new_page()
    page.goto("/api-auth/login/")
    page.get_by_label(re.compile("user ?name", re.I)).fill("demo")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.locator("main form button").first.click()
    yield page
    context.close()


def test_sells_by_a_part_of_the_name_without_scripts(scriptless: Any) -> None:
    scriptless.goto(SALE)
    scriptless.locator("#field-product").fill("tea")
    scriptless.locator("#field-quantity").fill("1")
    scriptless.get_by_role("button", name="Book").click()
    error = scriptless.locator(".field.wrong .error").inner_text()
    assert "could be more than one product" in error
    choice = re.search(r"Write one of these: (.+?\))[;.]", error)
    assert choice
    scriptless.locator("#field-product").fill(choice[1])
    scriptless.get_by_role("button", name="Book").click()
    assert re.search("Sold 1 of|Only [0-9]+ in stock", scriptless.locator(".message p, .error").first.inner_text())


@pytest.mark.parametrize("button", ["Edit", "Archive"])
def test_a_button_opens_the_form_without_scripts(scriptless: Any, button: str) -> None:
    scriptless.goto("/api/products/3/")
    scriptless.locator(".title").get_by_role("link", name=button).click()
    scriptless.locator("details.panel[open]", has_text=button).wait_for()


# --- Messages --------------------------------------------------------------------------------------------------------


def test_a_message_is_shown_once_and_only_in_the_browser_that_booked(
    chromium: Browser, shop: Demo, seller: Visitor
) -> None:
    product, other = find_product(seller, 0), find_product(seller, 1)
    second = Visitor(chromium, shop.address, WIDE)
    second.sign_in("demo")
    second.open_page(SALE)
    for visitor, sold in ((seller, product), (second, other)):
        visitor.page.locator("#field-product").fill(sold["sku"])
        visitor.page.locator("#field-quantity").fill("1")
    for visitor in (seller, second):
        visitor.page.get_by_role("button", name="Book").click()
    for visitor, sold in ((seller, product), (second, other)):
        visitor.page.locator(".message", has_text=f"Sold 1 of {sold['name']}").wait_for()
        assert visitor.page.locator(".message").count() == 1
        visitor.page.get_by_role("button", name="Undo").click()
        visitor.page.locator(".message", has_text="Reversed operation").wait_for()
        visitor.page.goto("/api/products/")
        assert visitor.page.locator(".message").count() == 0
    second.close()
    assert second.problems == []
