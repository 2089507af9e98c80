"""The lines of a task: scans wherever the focus is, and what a refusal looks like and tells a screen reader."""

import random
import re
from string import ascii_uppercase

import pytest
from playwright.sync_api import Locator, expect

from testing.browser_tests.sales import Sale, add_product, open_count, scan, wide
from testing.browser_tests.visitor import Visitor

MIN_BOX = 110  # pixels


def make_letters() -> str:
    """Return a new SKU of five letters."""
    return "".join(random.choices(ascii_uppercase, k=5))


@wide
@pytest.mark.parametrize("page", ["sell", "receive", "reserve", "labels", "write-off", "move"])
def test_a_code_of_letters_that_is_scanned_into_the_quantity_begins_the_next_line(owner: Visitor, page: str) -> None:
    codes = [make_letters(), make_letters()]
    for code in codes:
        add_product(owner.page, code)
    owner.page.goto(f"/shop/{page}/")
    owner.page.locator("[name=product]").first.focus()
    for code in codes:
        owner.page.keyboard.type(code)
        owner.page.keyboard.press("Enter")
    products, numbers = owner.page.locator("[name=product]"), owner.page.locator("[data-quantity]")
    expect(products.nth(1)).to_have_value(codes[1])
    expect(products.nth(0)).to_have_value(codes[0])
    expect(numbers.nth(0)).to_have_value("1")
    expect(numbers.nth(1)).to_be_focused()
    owner.page.evaluate("document.querySelector('form.task').task?.leave()")


FORMS = [
    "sell", "receive", "write-off", "move", "labels", "reserve", "quote", "count", "tiles", "tag", "kits/add",
    "return/without-receipt", "recipe/?product={id}", "prices/products/{id}/", "levels/{place}/",
]  # fmt: skip


@wide
@pytest.mark.parametrize("form", FORMS)
def test_enter_opens_the_next_line_and_loses_nothing(sale: Sale, form: str) -> None:
    """What is typed next, such as a space, joins that line: no button gets it."""
    page = sale.page
    place = page.request.get("/api/locations/?format=json").json()["results"][0]["id"]
    page.goto(f"/shop/{form.format(id=sale.id, place=place)}")
    last = page.locator(".task-line").last
    number = page.locator(".task-line").count()
    last.locator("input:visible").first.fill(sale.sku if last.locator("[data-product]").count() else "12")
    last.locator("input:visible").first.focus()
    for _ in range(8):
        if page.locator(".task-line").count() == number:
            page.keyboard.press("Enter")
    expect(page.locator(".task-line")).to_have_count(number + 1)
    page.keyboard.type("1 2")
    expect(page.locator(".task-line").last.locator("input:visible").first).to_have_value("1 2")
    page.evaluate("document.querySelector('form.task').task?.leave()")


@wide
def test_tiles_are_ticked_and_ordered(sale: Sale) -> None:
    page = sale.page
    page.goto("/shop/tiles/")
    lines, boxes = page.locator(".task-line [name=product]"), page.locator(".offered input")
    before = [text for line in lines.all() if (text := line.input_value())]
    text = page.locator(".offered input:not(:checked)").first.get_attribute("value") or ""
    page.locator(f".offered input[value='{text}']").check()
    expect(lines.last).to_have_value(text)
    page.get_by_role("button", name="Move up").last.click()
    assert [line.input_value() for line in lines.all()] == [*before[:-1], text, before[-1]]
    boxes.first.uncheck()
    expect(lines).to_have_count(len(before))
    page.get_by_role("button", name="Remove").last.click()
    expect(page.locator(f".offered input[value='{before[-1]}']")).not_to_be_checked()
    sale.visitor.check_page()
    page.evaluate("document.querySelector('form.task').task?.leave()")


@wide
def test_a_number_that_is_typed_before_the_next_scan_stays_the_quantity(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    scan(sale.page, sale.sku)
    sale.page.keyboard.type("3")
    sale.page.wait_for_timeout(200)
    scan(sale.page, "4006381333931")
    expect(sale.cell("quantity")).to_have_value("3")
    expect(sale.cell("product", 1)).to_have_value("4006381333931")


@wide
def test_the_code_of_a_case_that_begins_with_1_is_scanned_as_a_whole(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    scan(sale.page, sale.sku)
    scan(sale.page, "14006381333938")
    expect(sale.cell("product", 1)).to_have_value("14006381333938")


@wide
def test_a_quantity_with_its_unit_stays_where_it_was_typed(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    scan(sale.page, sale.sku)
    sale.page.keyboard.type("10 kg", delay=150)
    sale.page.keyboard.press("Enter")
    expect(sale.cell("quantity")).to_have_value("10 kg")
    expect(sale.cell("product", 1)).to_have_value("")


@wide
def test_a_scan_into_a_count_begins_the_next_line_and_counts_nothing(sale: Sale) -> None:
    sale.page.goto("/shop/count/")
    sale.cell("product").focus()
    scan(sale.page, sale.sku)
    scan(sale.page, "4006381333931")
    expect(sale.cell("counted")).to_have_value("")
    expect(sale.cell("product", 1)).to_have_value("4006381333931")


@wide
def test_a_scan_into_a_listed_count_leads_to_the_line_of_its_product(owner: Visitor) -> None:
    page = owner.page
    open_count(owner, "Crockery")
    code = re.search(r"\((.+)\)$", page.locator("[name=product]").nth(3).input_value())
    assert code
    page.locator("[name=counted]").first.focus()
    page.keyboard.type(code[1])
    page.keyboard.press("Enter")
    expect(page.locator("[name=counted]").first).to_have_value("")
    expect(page.locator("[name=counted]").nth(3)).to_be_focused()


@wide
def test_a_scan_after_a_refusal_replaces_what_was_refused(sale: Sale) -> None:
    sale.page.goto("/shop/sell/")
    scan(sale.page, "no such thing")
    sale.send()
    expect(sale.page.locator(".task-line .error")).to_have_count(1)
    scan(sale.page, sale.sku)
    expect(sale.cell("product")).to_have_value(sale.sku)


# --- A refusal -------------------------------------------------------------------------------------------------------


@wide
@pytest.mark.parametrize("page", ["sell", "receive", "write-off", "move", "count"])
def test_a_refused_line_keeps_the_width_of_its_boxes(sale: Sale, page: str) -> None:
    sale.page.goto(f"/shop/{page}/")
    if page == "write-off":
        sale.page.get_by_label("Damaged").check()
    if page == "move":
        sale.page.get_by_label("To").select_option(index=1)
    sale.cell("product").fill(sale.sku)
    sale.page.locator("[data-quantity]").first.fill({"receive": "99999999999", "count": "many"}.get(page, "999999"))
    before = list_widths(sale)
    refuse(sale)
    assert list_widths(sale) == before
    assert min(before) >= MIN_BOX


def list_widths(sale: Sale) -> list[int]:
    """Return the widths of the boxes in the first line, each with the buttons that change its number."""
    boxes = sale.page.locator(".task-line").first.locator("input:visible").all()
    return [box.evaluate("box => (box.closest('.steps') ?? box).offsetWidth") for box in boxes]


def refuse(sale: Sale) -> None:
    sale.send()
    expect(sale.page.locator(".task-line .error").first).to_be_visible()


def describe(field: Locator) -> str:
    """Return what a screen reader says about the field after its name."""
    return str(
        field.evaluate("""field => (field.getAttribute("aria-describedby") || "").split(" ").filter(Boolean)
        .map(id => document.getElementById(id).textContent.trim()).join(" ")""")
    )


@wide
def test_the_error_of_a_line_is_told_at_its_fields_and_in_a_live_region(sale: Sale) -> None:
    sale.open()
    sale.cell("quantity").fill("999")
    refuse(sale)
    for name in ("product", "quantity"):
        expect(sale.cell(name)).to_have_attribute("aria-invalid", "true")
        assert "38" in describe(sale.cell(name))
    expect(sale.page.locator(".notices[role=alert]")).to_contain_text("Nothing was saved.")
    expect(sale.cell("quantity")).to_be_focused()
    sale.visitor.check_page()


@wide
def test_a_new_line_after_a_refused_one_is_not_invalid(sale: Sale) -> None:
    sale.open()
    sale.cell("quantity").fill("999")
    refuse(sale)
    sale.page.get_by_role("button", name="Another line").click()
    assert sale.page.locator(".task-line").last.locator("[aria-invalid], .error").count() == 0
    assert describe(sale.cell("product", 1)) == ""
    sale.visitor.check_page()


@wide
def test_the_error_of_a_field_is_told_at_the_field(owner: Visitor) -> None:
    owner.page.goto("/shop/products/add/")
    owner.page.get_by_label("Name").fill("Tin")
    owner.page.get_by_label("Price required", exact=True).fill("much")
    owner.page.locator(".send-task .primary").click()
    price = owner.page.get_by_label("Price required", exact=True)
    expect(price).to_have_attribute("aria-invalid", "true")
    assert "Enter a number." in describe(price)
    expect(price).to_be_focused()
    owner.check_page()


@wide
@pytest.mark.parametrize(("address", "form"), [
    ("/shop/form/suppliers/", ".task"),
    ("/shop/form/account/", ".task"),
])  # fmt: skip
def test_a_refused_form_of_a_row_marks_its_wrong_fields(owner: Visitor, address: str, form: str) -> None:
    owner.page.goto(address)
    name = owner.page.locator(f"{form} [name=name]")
    name.fill("x" * 300)
    owner.page.locator(f"{form} .primary").click()
    expect(name).to_have_attribute("aria-invalid", "true")
    assert "255" in describe(name)


@wide
def test_a_refused_filter_marks_its_field(owner: Visitor) -> None:
    owner.page.goto("/api/products/?min_price=much")
    price = owner.page.locator("#parameter-min_price")
    expect(price).to_have_attribute("aria-invalid", "true")
    assert describe(price)


def test_the_notice_of_an_ended_session_is_in_sight_on_a_long_form(owner: Visitor) -> None:
    owner.page.goto("/shop/form/products/1/")
    owner.context.clear_cookies()
    owner.page.locator(".task .primary").click()
    expect(owner.page.locator(".notices")).to_be_in_viewport()


@wide
def test_a_wrong_password_is_told_at_the_field(visitor: Visitor) -> None:
    visitor.page.goto("/api-auth/login/")
    visitor.page.get_by_label(re.compile("user ?name", re.I)).fill("demo")
    visitor.page.get_by_label("Password").fill("wrong")
    visitor.page.locator("main form button").first.click()
    field = visitor.page.get_by_label("Password")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert describe(field)
