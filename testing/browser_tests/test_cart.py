"""The cart of the page that sells: tiles, quantities, lines that are removed, and the labels of scales."""

import pytest
from playwright.sync_api import expect

from testing.browser_tests.sales import Sale, add_product, narrow, scan, wide

SCALES = [
    {"prefix": "21", "digits": 5, "places": 3, "holds": "weight"},
    {"prefix": "28", "digits": 5, "places": 2, "holds": "price"},
]
WEIGHED, PRICED = "2100042002548", "2800042003476"  # 0.254 kg and 3.47 of the article 00042
FOOT_IS_BELOW = """
    document.activeElement.getBoundingClientRect().bottom
    <= document.querySelector('.send-task').getBoundingClientRect().top
"""


@wide
def test_a_tile_adds_one_and_buttons_change_the_quantity(sale: Sale) -> None:
    sale.open()
    sale.send()
    sale.expect_message("Sold 2 of")
    sale.page.goto("/shop/sell/")
    tile = sale.page.locator(".tile").first
    text = tile.get_attribute("value") or ""
    tile.click()
    expect(sale.cell("product")).to_have_value(text)
    tile.press("Enter")
    expect(sale.cell("quantity")).to_have_value("2")
    sale.page.get_by_role("button", name="One more").click()
    sale.cell("quantity").press("ArrowUp")
    expect(sale.cell("quantity")).to_have_value("4")
    for _ in range(5):
        sale.page.get_by_role("button", name="One less").first.click()
    expect(sale.cell("quantity")).to_have_value("1")
    scan(sale.page, sale.sku)  # a scan begins a line wherever the focus is
    expect(sale.cell("product", 1)).to_have_value(sale.sku)
    sale.page.get_by_role("button", name="Remove").first.click()
    expect(sale.cell("product")).to_have_value(sale.sku)
    expect(sale.page.locator(".task-total")).to_contain_text("9.90")
    sale.visitor.check_page()
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_each_line_is_a_group_with_the_name_of_its_product(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    sale.fill()
    group = sale.page.get_by_role("group", name=f"Kettle {sale.sku}")
    expect(group.get_by_role("button", name="Remove")).to_be_visible()
    expect(group.get_by_label("Quantity")).to_be_visible()
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_only_lines_that_change_are_drawn_again(sale: Sale) -> None:
    sale.open()
    sale.cell("quantity").press("Enter")
    drawn = sale.page.locator(".of-product > span").element_handle()
    assert drawn
    scan(sale.page, sale.sku)
    expect(sale.page.locator(".of-product")).to_have_count(2)
    assert drawn.evaluate("element => element.isConnected")
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_a_scan_into_an_amount_of_money_is_a_line_and_books_nothing(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    scan(sale.page, sale.sku)
    for typed in ("7.50", ""):
        sale.cell("unit_price").fill(typed)
        scan(sale.page, sale.sku)
        expect(sale.cell("unit_price")).to_have_value(typed)
        expect(sale.cell("quantity")).to_be_focused()
    expect(sale.cell("quantity")).to_have_value("3")
    assert sale.count_stock() == 38
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_a_refused_line_can_be_removed(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    sale.fill(quantity="999")
    sale.send()
    sale.page.locator(".task-line .error").first.wait_for()
    for button in ("One less", "One more", "Remove"):
        expect(sale.page.locator(".task-line.wrong").get_by_role("button", name=button)).to_be_visible()
    sale.page.get_by_role("button", name="Remove").first.click()
    expect(sale.page.locator(".task-line .error")).to_have_count(0)
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@narrow
def test_the_field_in_use_is_above_the_foot_of_the_cart(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    for _ in range(4):
        scan(sale.page, sale.sku)
        sale.page.keyboard.press("Enter")
        sale.page.wait_for_function(FOOT_IS_BELOW)
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@pytest.mark.parametrize("visitor", [(640, 400)], indirect=True)  # a wide window at 200 %
def test_the_foot_covers_no_field_of_a_page_that_is_zoomed(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    field = sale.cell("product").bounding_box()
    foot = sale.page.locator(".send-task").bounding_box()
    assert field
    assert foot
    assert field["y"] + field["height"] <= foot["y"]


@pytest.fixture
def cheese(sale: Sale) -> str:
    """Return the name of a product by weight, whose labels the shop reads."""
    token = next(one["value"] for one in sale.page.context.cookies() if one["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": sale.product}

    def call(method: str, address: str, data: object) -> None:
        answer = sale.page.request.fetch(address, method=method, data=data, headers=headers)
        assert answer.ok or "sku" in answer.text(), answer.text()  # another test has added the product

    call("PATCH", "/api/account/", {"scale_codes": SCALES})
    call("POST", "/api/products/", {
        "name": "Comté", "sku": "00042", "unit": "kg", "decimals": 3, "price": "25.00", "amount": "12.500"
    })  # fmt: skip
    return "Comté"


@wide
def test_labels_of_scales_fill_the_line(sale: Sale, cheese: str) -> None:
    sale.page.goto("/shop/sell/")
    scan(sale.page, WEIGHED)
    expect(sale.cell("quantity")).to_have_value("0.254")
    expect(sale.cell("product")).to_have_value(f"{cheese} (00042)")
    scan(sale.page, PRICED)
    expect(sale.cell("quantity", 1)).to_have_value("0.139")
    expect(sale.page.locator(".task-total")).to_contain_text("9.82")
    expect(sale.page.locator("[data-step]:visible")).to_have_count(0)
    sale.send()
    sale.expect_message("Sold 2 lines.")
    sale.page.goto("/shop/receive/")
    scan(sale.page, WEIGHED)
    expect(sale.cell("quantity")).to_have_value("0.254")
    sale.cell("quantity").fill("0.3")
    sale.send()
    sale.expect_message(f"Received 0.300 kg of {cheese}")


@wide
def test_what_was_typed_gives_way_to_the_product_and_a_scanned_code_stays(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    sale.cell("product").fill(f"{sale.sku} ketT")
    sale.cell("quantity").focus()
    expect(sale.cell("product")).to_have_value(f"Kettle {sale.sku} ({sale.sku})")
    sale.fill()
    sale.cell("quantity").focus()
    sale.page.wait_for_timeout(500)
    expect(sale.cell("product")).to_have_value(sale.sku)
    sale.page.evaluate("document.querySelector('form.task').task.leave()")


@wide
def test_nobody_counts_this_leaves_the_cart_as_it_is(sale: Sale) -> None:
    add_product(sale.page, sku := f"C-{sale.sku}", "0")
    sale.page.goto("/shop/sell/")
    sale.cell("product").fill(sku)
    sale.cell("quantity").fill("2")
    sale.send()
    sale.page.get_by_role("button", name="Nobody counts this").click()
    expect(sale.page.locator(".messages")).to_contain_text(f"Nobody counts Kettle {sku}")
    expect(sale.cell("quantity")).to_have_value("2")
    sale.send()
    sale.expect_message(f"Sold 2 of Kettle {sku}")
