"""Look-ups and scanners: suggestions while typing, use of the keyboard alone, forms without scripts, two browsers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from ops.demo.credentials import DEMO_PASSWORD
from testing.browser_tests.conftest import NARROW, WIDE
from testing.browser_tests.demo import Demo
from testing.browser_tests.test_forms import find_sku
from testing.browser_tests.visitor import Visitor

SALE = "/shop/sell/"


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
    field = seller.page.locator("#product-0")
    loads: list[str] = []
    seller.page.on("framenavigated", lambda frame: loads.append(frame.url))
    field.press_sequentially(product["name"][2:8])
    option = seller.page.locator("[role=option]").filter(has_text=product["sku"])
    option.wait_for()
    assert f"{product['quantity']} in stock" in option.inner_text()
    assert field.get_attribute("aria-expanded") == "true"
    seller.check_page()
    assert loads == []


def test_prints_labels_by_scanner_and_enter_alone(owner: Visitor) -> None:
    owner.open_page("/shop/labels/")
    for number in (0, 1):
        product = find_product(owner, number)
        expect(focused(owner)).to_have_id(f"product-{number}")
        scan(owner, product["barcode"] or product["sku"])
        expect(focused(owner)).to_have_id(f"copies-{number}")
        scan(owner, "2")
    owner.page.keyboard.press("Enter")
    expect(owner.page.locator("main")).to_contain_text("4 labels of")


def test_each_label_is_a_page_of_a_roll_of_labels(owner: Visitor) -> None:
    owner.open_page("/shop/labels/")
    scan(owner, find_product(owner)["sku"])
    scan(owner, "3")
    owner.page.keyboard.press("Enter")
    expect(owner.page.locator("main")).to_contain_text("3 labels of 57 × 32 mm")
    files = [owner.page.pdf(width=width, height=height) for width, height in (("57mm", "32mm"), ("210mm", "297mm"))]
    assert [len(re.findall(rb"/Type /Page\b", file)) for file in files] == [3, 1]


def test_the_page_of_scanned_codes_is_an_open_form(owner: Visitor) -> None:
    main = owner.open_page("/api/scan/")
    assert main.locator(".error, .refusal").count() == 0
    main.get_by_label("Code").fill(find_product(owner)["sku"])
    main.get_by_role("button", name="Show", exact=True).click()
    owner.page.get_by_text("Found by").wait_for()


def test_a_suggestion_is_booked(seller: Visitor) -> None:
    product = find_product(seller)
    seller.page.locator("#product-0").fill(f"{product['name']} ({product['sku']})")
    seller.page.keyboard.press("Enter")
    scan(seller, "1")
    seller.page.keyboard.press("Enter")
    seller.page.locator(".message", has_text=f"Sold 1 of {product['name']}").wait_for()


def test_sells_by_scanner_alone_again_and_again(seller: Visitor) -> None:
    for number in (0, 1):
        product = find_product(seller, number)
        expect(focused(seller)).to_have_id("product-0")
        scan(seller, product["barcode"] or product["sku"])
        expect(focused(seller)).to_have_id("quantity-0")
        scan(seller, "1")
        with seller.page.expect_navigation():
            seller.page.keyboard.press("Enter")
        seller.page.locator(".message", has_text=f"Sold 1 of {product['name']}").wait_for()
    seller.check_page()


def test_enter_in_an_empty_form_books_nothing_and_says_why(seller: Visitor) -> None:
    seller.page.keyboard.press("Enter")
    seller.page.locator(".refusal, .error").first.wait_for()
    expect(focused(seller)).to_have_id("product-0")


def test_books_a_delivery_by_scanner_line_by_line(owner: Visitor) -> None:
    codes = [find_sku(owner, number) for number in range(4)]
    owner.open_page("/shop/receive/")
    for number, code in enumerate(codes):
        scan(owner, code)
        expect(focused(owner)).to_have_id(f"quantity-{number}")
        scan(owner, "2")
    with owner.page.expect_navigation():
        owner.page.keyboard.press("Enter")
    owner.page.locator(".message", has_text="Received 4 lines.").wait_for()


def test_the_count_of_a_product_begins_at_the_number(owner: Visitor) -> None:
    product = find_product(owner)
    owner.open_page(f"/api/products/{product['id']}/")
    owner.page.locator("main").get_by_role("link", name="Count", exact=True).click()
    owner.page.wait_for_url("**/shop/count/?product=*")
    expect(focused(owner)).to_have_id("counted-0")
    expect(owner.page.locator("#product-0")).to_have_value(f"{product['name']} ({product['sku']})")


def test_a_scan_in_the_search_of_any_page_opens_the_product(owner: Visitor) -> None:
    product = find_product(owner)
    owner.open_page("/api/suppliers/")
    owner.page.locator("#scan").focus()
    scan(owner, product["barcode"] or product["sku"])
    expect(owner.page.locator("h1")).to_have_text(product["name"])


def test_after_a_booking_the_next_scan_finds_a_product(owner: Visitor) -> None:
    product = find_product(owner)
    owner.open_page(f"/shop/receive/?product={product['id']}&back={product['id']}")
    expect(focused(owner)).to_have_id("quantity-0")
    scan(owner, "1")
    with owner.page.expect_navigation():
        owner.page.keyboard.press("Enter")
    owner.page.locator(".message", has_text="Received 1 of").wait_for()
    expect(focused(owner)).to_have_id("scan")


def test_a_filter_takes_a_part_of_the_name(owner: Visitor) -> None:
    product = find_product(owner)
    owner.open_page("/api/stock/")
    owner.show_filters()
    owner.page.locator("#parameter-product").fill(product["sku"])
    owner.page.get_by_role("button", name="Show").click()
    owner.page.wait_for_url("**/api/stock/?product=*")
    names = owner.page.locator('.table td[data-title="Product"] a').all_inner_texts()
    assert set(names) == {product["name"]}
    owner.check_page()


def test_a_list_shows_what_it_finds_while_somebody_types(owner: Visitor) -> None:
    product = find_product(owner)
    held: list[Any] = []
    owner.open_page("/api/products/")
    owner.page.route(re.compile(r"\?search=tea$"), lambda route: held.append(route))
    search, rows = owner.page.locator("#filters").get_by_role("searchbox"), owner.page.locator("#rows tbody tr")
    with owner.page.expect_request(re.compile(r"\?search=tea$")):
        search.press_sequentially("tea")
    search.fill(product["sku"])
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(product["name"])
    held[0].continue_()  # the answer to "tea" comes late, and no one wants it any more
    owner.page.wait_for_timeout(500)
    expect(rows).to_have_count(1)
    expect(search).to_be_focused()
    expect(owner.page).to_have_url(re.compile(rf"/api/products/\?search={product['sku']}$"))
    expect(owner.page.locator(".search [role=status]")).to_have_text("1 shown")
    owner.check_page()
    search.fill("")
    expect(owner.page).to_have_url(re.compile("/api/products/$"))
    expect(rows).not_to_have_count(1)


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
    assert scriptless.locator(".task-line").count() == 3
    scriptless.locator("#product-0").fill("tea")
    scriptless.locator(".send-task .primary").click()
    choice = scriptless.locator(".candidates button").first
    name = choice.inner_text()
    choice.click()
    assert scriptless.locator("#product-0").input_value() == name
    scriptless.locator(".send-task .primary").click()
    assert re.search("Sold 1 of|Only [0-9]+ in stock", scriptless.locator(".message p, .error").first.inner_text())


@pytest.mark.parametrize(("link", "button"), [("Edit", "Save"), ("Archive", "Archive")])
def test_a_link_under_more_leads_to_its_form_without_scripts(scriptless: Any, link: str, button: str) -> None:
    scriptless.goto("/api/products/3/")
    scriptless.locator(".more-actions summary").click()
    scriptless.locator(".more-actions").get_by_role("link", name=link, exact=True).click()
    scriptless.locator(".send-task").get_by_role("button", name=button, exact=True).wait_for()


# --- Messages --------------------------------------------------------------------------------------------------------


def test_a_message_is_shown_once_and_only_in_the_browser_that_booked(
    chromium: Browser, shop: Demo, seller: Visitor
) -> None:
    product, other = find_product(seller, 0), find_product(seller, 1)
    second = Visitor(chromium, shop.address, WIDE)
    second.sign_in("demo")
    second.open_page(SALE)
    for visitor, sold in ((seller, product), (second, other)):
        visitor.page.locator("#product-0").fill(sold["sku"])
    for visitor in (seller, second):
        visitor.page.locator(".send-task .primary").click()
    for visitor, sold in ((seller, product), (second, other)):
        visitor.page.locator(".message", has_text=f"Sold 1 of {sold['name']}").wait_for()
        assert visitor.page.locator(".message").count() == 1
        visitor.page.get_by_role("button", name="Undo").click()
        visitor.page.locator(".message", has_text="Undone").wait_for()
        visitor.page.goto("/api/products/")
        assert visitor.page.locator(".message").count() == 0
    second.close()
    assert second.problems == []
